// C#: using directives, namespaces and the types in them, capitalised words.
#include "code/imports/readers.h"

namespace commandcenter::architecture {
namespace {

class CSharpReader {
 public:
  CSharpReader(std::string_view text, FileFacts& facts) : lexer_(text, Tongue::kCSharp), facts_(facts) {}

  void run() {
    advance();
    while (token_.kind != TokenKind::kEnd) {
      if (token_.is("using") && token_.first) {
        using_directive(false);
      } else if (token_.is("global") && token_.first) {
        advance();
        if (token_.is("using")) using_directive(true);
      } else if (token_.is("namespace")) {
        name_space();
      } else if (declares_type()) {
        type();
      } else {
        if (token_.is("Main") && facts_.main_line == 0) facts_.main_line = token_.line;
        note_use(facts_, token_);
        advance();
      }
    }
    finish_uses(facts_);
  }

 private:
  struct Scope {
    std::string name;
    std::size_t depth;
  };

  void advance() {
    token_ = lexer_.next();
    if (token_.is_sign('{')) ++depth_;
    if (!token_.is_sign('}') || depth_ == 0) return;
    --depth_;
    if (!scopes_.empty() && scopes_.back().depth > depth_) scopes_.pop_back();
  }

  bool declares_type() const {
    return token_.is("class") || token_.is("struct") || token_.is("interface") || token_.is("enum") ||
           token_.is("record") || token_.is("delegate");
  }

  void using_directive(bool global) {
    Import import{.line = token_.line};
    advance();
    if (token_.is("static")) {
      import.is_static = true;
      advance();
    }
    if (!token_.is_word() || token_.is("var") || token_.is("await")) return;
    import.specifier = dotted(lexer_, token_, '.');
    if (token_.is_sign('=')) {  // an alias
      advance();
      import.specifier = dotted(lexer_, token_, '.');
      import.is_static = true;
    }
    if (!token_.is_sign(';') && !token_.is_sign('<')) return;
    import.wildcard = !import.is_static;
    import.system = global;
    add_import(facts_, std::move(import));
  }

  void name_space() {
    advance();
    const std::string name = dotted(lexer_, token_, '.');
    if (name.empty()) return;
    if (token_.is_sign('{') || token_.is_sign(';')) {
      const std::string full = scopes_.empty() ? name : scopes_.back().name + "." + name;
      if (scopes_.size() < kMaxNesting) scopes_.push_back({full, token_.is_sign('{') ? ++depth_ : 0});
      if (facts_.package.empty()) facts_.package = full;
      advance();
    }
  }

  // Types within types are reached through the outer one.
  void type() {
    const bool is_delegate = token_.is("delegate");
    const std::size_t outer = scopes_.empty() ? 0 : scopes_.back().depth;
    const bool top = depth_ == outer;
    advance();
    if (token_.is("class") || token_.is("struct")) advance();  // record struct
    if (is_delegate && token_.is_word()) {
      note_use(facts_, token_);
      advance();
    }
    if (!token_.is_word() || !top) return;
    add_declared(facts_,
                 scopes_.empty() ? std::string(token_.text) : scopes_.back().name + "." + std::string(token_.text));
    advance();
  }

  Lexer lexer_;
  FileFacts& facts_;
  Token token_{};
  std::size_t depth_ = 0;
  std::vector<Scope> scopes_{};
};

}  // namespace

void read_csharp(std::string_view text, FileFacts& facts) {
  CSharpReader(text, facts).run();
}

}  // namespace commandcenter::architecture
