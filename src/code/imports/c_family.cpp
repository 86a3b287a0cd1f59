// C, C++, Objective-C: #include and #import, except within #if 0; main.
#include "code/imports/readers.h"

namespace commandcenter::architecture {
namespace {

class CReader {
 public:
  CReader(std::string_view text, FileFacts& facts) : text_(text), lexer_(text, Tongue::kC), facts_(facts) {}

  void run() {
    token_ = lexer_.next();
    while (token_.kind != TokenKind::kEnd) {
      if (token_.is_sign('#') && token_.first) {
        directive();
        continue;
      }
      const bool maybe_main = depth_ == 0 && token_.is("main") && facts_.main_line == 0;
      const std::uint32_t line = token_.line;
      if (token_.is_sign('{')) ++depth_;
      if (token_.is_sign('}') && depth_ > 0) --depth_;
      token_ = lexer_.next();
      if (maybe_main && token_.is_sign('(')) facts_.main_line = line;
    }
  }

 private:
  void directive() {
    token_ = lexer_.next();
    if (!token_.is_word() || token_.first) return;
    const std::string_view word = token_.text;
    if (word == "if" || word == "ifdef" || word == "ifndef") {
      token_ = lexer_.next();
      if (off_ > 0)
        ++off_;
      else if (word == "if" && token_.text == "0" && !token_.first)
        off_ = 1;
    } else if (word == "endif") {
      if (off_ > 0) --off_;
      token_ = lexer_.next();
    } else if (word == "else" || word == "elif") {
      if (off_ == 1) off_ = 0;
      token_ = lexer_.next();
    } else if (word == "include" || word == "import" || word == "include_next") {
      include();
    } else {
      token_ = lexer_.next();
    }
  }

  void include() {
    const std::uint32_t line = token_.line;
    token_ = lexer_.next();
    if (token_.first || off_ > 0) return;
    if (token_.is_string()) {
      add_import(facts_, {.specifier = std::string(token_.text), .line = line, .kind = ImportKind::kInclude});
    } else if (token_.is_sign('<')) {
      const std::size_t close = text_.find_first_of(">\n", token_.begin);
      if (close == std::string_view::npos || text_[close] != '>') return;
      add_import(facts_, {.specifier = std::string(text_.substr(token_.begin + 1, close - token_.begin - 1)),
                          .line = line,
                          .kind = ImportKind::kInclude,
                          .system = true});
      lexer_.go_on_at(close);  // what stands between the angles may look like a comment
    }
  }

  std::string_view text_;
  Lexer lexer_;
  FileFacts& facts_;
  Token token_{};
  std::size_t depth_ = 0;
  std::size_t off_ = 0;  // conditions within one that is never true
};

}  // namespace

void read_c(std::string_view text, FileFacts& facts) {
  CReader(text, facts).run();
}

}  // namespace commandcenter::architecture
