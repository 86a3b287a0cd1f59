// PHP: use (also grouped, of functions and constants), require and include, namespaces and the types in them.
#include "code/imports/readers.h"

namespace commandcenter::architecture {
namespace {

bool includes(const Token& token) {
  return token.is("require") || token.is("require_once") || token.is("include") || token.is("include_once");
}

class PhpReader {
 public:
  PhpReader(std::string_view text, FileFacts& facts) : lexer_(text, Tongue::kPhp), facts_(facts) {}

  void run() {
    advance();
    while (token_.kind != TokenKind::kEnd) {
      if (token_.is("namespace") && !member_) {
        advance();
        namespace_ = name();
        if (token_.is_sign('{')) base_depth_ = depth_;
        if (facts_.package.empty()) facts_.package = namespace_;
      } else if (token_.is("use") && depth_ == base_depth_ && !after_bracket_) {
        use_statement();
      } else if (includes(token_) && !member_) {
        require();
      } else if (!member_ &&
                 (token_.is("class") || token_.is("interface") || token_.is("trait") || token_.is("enum"))) {
        declaration();
      } else if (token_.is("function") && depth_ == base_depth_) {
        declaration();
      } else {
        advance();
      }
    }
  }

 private:
  void advance() {
    member_ = token_.is_sign('>') || token_.is_sign(':') || token_.is_sign('$');
    after_bracket_ = token_.is_sign(')');  // function () use ($x)
    token_ = lexer_.next();
    if (token_.is_sign('{')) ++depth_;
    if (token_.is_sign('}') && depth_ > 0) --depth_;
  }

  std::string name() {
    std::string result;
    while ((token_.is_word() && !token_.is("as")) || token_.is_sign('\\')) {
      result += token_.text;
      advance();
    }
    return result;
  }

  void add(std::string_view specifier, std::uint32_t line) {
    if (specifier.starts_with('\\')) specifier.remove_prefix(1);
    add_import(facts_, {.specifier = std::string(specifier), .line = line});
  }

  void use_statement() {
    const std::uint32_t line = token_.line;
    advance();
    if (token_.is("function") || token_.is("const")) advance();
    while (token_.is_word() || token_.is_sign('\\')) {
      std::string full = name();
      if (token_.is_sign('{')) {
        group(full, line);
      } else {
        add(full, line);
      }
      if (token_.is("as")) {
        advance();
        advance();
      }
      if (!token_.is_sign(',')) return;
      advance();
    }
  }

  void group(const std::string& prefix, std::uint32_t line) {
    advance();
    while (token_.kind != TokenKind::kEnd && !token_.is_sign('}') && !token_.is_sign(';')) {
      if (token_.is("function") || token_.is("const")) advance();
      const std::string part = name();
      if (!part.empty()) add(prefix + part, line);
      if (token_.is("as")) {
        advance();
        advance();
      }
      if (!token_.is_sign('}')) advance();
    }
    advance();
  }

  void declaration() {
    const bool is_type = !token_.is("function");
    advance();
    if (!token_.is_word() || token_.is("extends") || token_.is("implements")) return;
    const std::string full =
        namespace_.empty() ? std::string(token_.text) : namespace_ + "\\" + std::string(token_.text);
    advance();
    if (is_type || token_.is_sign('(')) add_declared(facts_, full);
  }

  // require 'x', require(__DIR__ . '/x'), require dirname(__FILE__) . '/x': the one literal, if nothing else is in it.
  void require() {
    Import import{.line = token_.line, .kind = ImportKind::kRequire};
    advance();
    std::size_t ups = 0;
    bool other = false;
    for (std::size_t i = 0; i < 40 && token_.kind != TokenKind::kEnd && !token_.is_sign(';'); ++i, advance()) {
      if (token_.is_string()) {
        if (!import.specifier.empty() || !token_.plain) other = true;
        import.specifier = token_.text;
      } else if (token_.is("__DIR__") || token_.is("__FILE__")) {
        import.relative = true;
        if (token_.is("__FILE__") && ups > 0) --ups;
      } else if (token_.is("dirname")) {
        ++ups;
      } else if (token_.is_word() && ups > 0 && token_.text.size() == 1 && token_.text[0] >= '1' &&
                 token_.text[0] <= '9') {
        ups += static_cast<std::size_t>(token_.text[0] - '1');  // dirname(__DIR__, 2)
      } else if (token_.is_word() || token_.is_sign('$')) {
        other = true;
      }
    }
    if (other || import.specifier.empty()) return;
    std::string_view rest = import.specifier;
    if (import.relative && rest.starts_with('/')) rest.remove_prefix(1);
    std::string target;
    for (std::size_t i = 0; i < ups; ++i)
      target += "../";
    import.specifier = target + std::string(rest);
    add_import(facts_, std::move(import));
  }

  Lexer lexer_;
  FileFacts& facts_;
  Token token_{};
  std::string namespace_{};
  std::size_t depth_ = 0;
  std::size_t base_depth_ = 0;
  bool member_ = false;
  bool after_bracket_ = false;
};

}  // namespace

void read_php(std::string_view text, FileFacts& facts) {
  PhpReader(text, facts).run();
}

}  // namespace commandcenter::architecture
