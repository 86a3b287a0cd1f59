// Ruby: require, require_relative, load, autoload with a literal.
#include "code/imports/readers.h"

namespace commandcenter::architecture {

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
    if (!token.is_string() || !token.plain) continue;
    Import import{.specifier = std::string(token.text),
                  .line = line,
                  .kind = is_autoload ? ImportKind::kDynamic : ImportKind::kRequire,
                  .relative = is_relative};
    advance();
    if (token.is_sign('.') || token.is_sign('+') || token.is_sign('%')) continue;  // more than the literal
    add_import(facts, std::move(import));
  }
}

}  // namespace commandcenter::architecture
