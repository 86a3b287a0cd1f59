// Ruby: require, require_relative, load, autoload with a literal, or with a path that is put together of literals and
// the place of the file.
#include <optional>

#include "code/imports/readers.h"

namespace commandcenter::architecture {
namespace {

constexpr std::size_t kMaxArgumentTokens = 40;

// What a call is given: "x"; "#{__dir__}/x"; File.join(__dir__, "a", "b"); File.expand_path("../x", __FILE__).
class Argument {
 public:
  // Reads up to the end of the line, of the bracket, or of the argument; `token` ends there.
  Argument(Lexer& lexer, Token& token) {
    std::size_t depth = 0;
    for (std::size_t i = 0; i < kMaxArgumentTokens && token.kind != TokenKind::kEnd; ++i) {
      if (i > 0 && token.first && depth == 0) break;
      if (token.is("if") || token.is("unless") || token.is("rescue") || token.is_sign(';')) break;
      if (depth == 0 && (token.is_sign(',') || token.is_sign(')') || token.is_sign('}'))) break;
      if (token.is_sign('(')) ++depth;
      if (token.is_sign(')')) --depth;
      take(token);
      token = lexer.next();
    }
  }

  // Nothing when it is more than the program text says.
  std::optional<std::string> path() const {
    if (unclear_ || path_.empty()) return std::nullopt;
    if (!anchored_) return pieces_ == 1 && !called_ ? std::optional(path_) : std::nullopt;
    // The place of the file itself: its folder is one step up.
    if (of_file_ && !folder_) return path_.starts_with("../") ? std::optional(path_.substr(3)) : std::nullopt;
    return path_;
  }
  bool anchored() const { return anchored_; }

 private:
  void take(const Token& token) {
    if (token.is_string()) {
      std::string_view text = token.text;
      for (const std::string_view here : {"#{__dir__}", "#{File.dirname(__FILE__)}"}) {
        if (!text.starts_with(here)) continue;
        text.remove_prefix(here.size());
        anchored_ = folder_ = true;
      }
      if (text.find("#{") != std::string_view::npos) unclear_ = true;
      while (text.starts_with('/') && (anchored_ || pieces_ > 0))
        text.remove_prefix(1);
      if (!path_.empty() && !path_.ends_with('/')) path_ += '/';
      path_ += text;
      ++pieces_;
    } else if (token.is("__dir__")) {
      anchored_ = folder_ = true;
    } else if (token.is("__FILE__")) {
      anchored_ = of_file_ = true;
    } else if (token.is("dirname")) {
      folder_ = true;
    } else if (token.is_word()) {
      const bool known = token.is("File") || token.is("join") || token.is("expand_path") || token.is("absolute_path") ||
                         token.is("Pathname") || token.is("new") || token.is("to_s");
      called_ = true;
      if (!known) unclear_ = true;
    } else if (token.is_sign('[') || token.is_sign('%') || token.is_sign('?')) {
      unclear_ = true;
    } else if (token.is_sign('+') || token.is_sign('.')) {
      called_ = true;
    }
  }

  std::string path_{};
  std::size_t pieces_ = 0;
  bool anchored_ = false;  // at the place of the file
  bool of_file_ = false;
  bool folder_ = false;
  bool called_ = false;
  bool unclear_ = false;
};

}  // namespace

void read_ruby(std::string_view text, FileFacts& facts) {
  Lexer lexer(text, Tongue::kRuby);
  Token before;
  Token token = lexer.next();
  const auto advance = [&] {
    before = token;
    token = lexer.next();
  };
  while (token.kind != TokenKind::kEnd) {
    const bool is_relative = token.is("require_relative");
    const bool is_autoload = token.is("autoload");
    const bool is_require = is_relative || token.is("require") || token.is("load");
    const std::uint32_t line = token.line;
    const bool is_method = before.is_sign('.');  // of something else
    advance();
    if (is_method || (!is_require && !is_autoload)) continue;
    if (token.is_sign('(')) advance();
    if (is_autoload) {  // autoload :Name, "path"
      if (token.is_sign(':')) advance();
      if (token.is_word()) advance();
      if (!token.is_sign(',')) continue;
      advance();
    }
    if (token.first || (!token.is_string() && !token.is_word())) continue;
    const Argument argument(lexer, token);
    if (auto path = argument.path())
      add_import(facts, {.specifier = std::move(*path),
                         .line = line,
                         .kind = is_autoload ? ImportKind::kDynamic : ImportKind::kRequire,
                         .relative = is_relative || argument.anchored()});
  }
}

}  // namespace commandcenter::architecture
