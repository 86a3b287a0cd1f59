// Dart, Protocol Buffers and Lua: a literal after a word.
#include "code/imports/readers.h"

namespace commandcenter::architecture {

void read_dart(std::string_view text, FileFacts& facts) {
  Lexer lexer(text, Tongue::kDart);
  std::size_t depth = 0;
  for (Token token = lexer.next(); token.kind != TokenKind::kEnd;) {
    const bool directive = token.first && depth == 0 && (token.is("import") || token.is("export") || token.is("part"));
    const Token word = token;
    if (token.is_sign('{')) ++depth;
    if (token.is_sign('}') && depth > 0) --depth;
    token = lexer.next();
    if (word.is("main") && depth == 0 && token.is_sign('(') && facts.main_line == 0) facts.main_line = word.line;
    if (!directive || !token.is_string()) continue;
    const ImportKind kind = word.is("export") ? ImportKind::kExport
                            : word.is("part") ? ImportKind::kInclude
                                              : ImportKind::kImport;
    add_import(facts, {.specifier = std::string(token.text), .line = word.line, .kind = kind});
  }
}

void read_proto(std::string_view text, FileFacts& facts) {
  Lexer lexer(text, Tongue::kProto);
  for (Token token = lexer.next(); token.kind != TokenKind::kEnd;) {
    const bool directive = token.first && token.is("import");
    const std::uint32_t line = token.line;
    token = lexer.next();
    if (!directive) continue;
    if (token.is("public") || token.is("weak")) token = lexer.next();
    if (token.is_string()) add_import(facts, {.specifier = std::string(token.text), .line = line});
  }
}

void read_lua(std::string_view text, FileFacts& facts) {
  Lexer lexer(text, Tongue::kLua);
  for (Token token = lexer.next(); token.kind != TokenKind::kEnd;) {
    const bool requires_file = token.is("require");
    const std::uint32_t line = token.line;
    token = lexer.next();
    if (!requires_file) continue;
    if (token.is_sign('(')) token = lexer.next();
    if (token.is_string())
      add_import(facts, {.specifier = std::string(token.text), .line = line, .kind = ImportKind::kRequire});
  }
}

}  // namespace commandcenter::architecture
