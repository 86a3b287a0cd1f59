// One reader of imports for each language; see imports.h.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "code/imports/imports.h"
#include "code/imports/lexer.h"

namespace commandcenter::architecture {

void read_script(std::string_view text, FileFacts& facts, std::uint32_t first_line = 1);
void read_component(std::string_view text, FileFacts& facts);
void read_python(std::string_view text, FileFacts& facts);
void read_go(std::string_view text, FileFacts& facts);
void read_jvm(std::string_view text, FileFacts& facts);
void read_rust(std::string_view text, FileFacts& facts);
void read_c(std::string_view text, FileFacts& facts);
void read_csharp(std::string_view text, FileFacts& facts);
void read_php(std::string_view text, FileFacts& facts);
void read_ruby(std::string_view text, FileFacts& facts);
void read_dart(std::string_view text, FileFacts& facts);
void read_proto(std::string_view text, FileFacts& facts);
void read_lua(std::string_view text, FileFacts& facts);

inline void add_import(FileFacts& facts, Import import) {
  if (facts.imports.size() < kMaxImports && !import.specifier.empty()) facts.imports.push_back(std::move(import));
}
inline void add_declared(FileFacts& facts, std::string name) {
  if (facts.declares.size() < kMaxNames) facts.declares.push_back(std::move(name));
}

// A name of words joined by `joint`, with `token` as its first word; `token` ends behind it. Stops before a joint that
// no word follows: the caller then sees what follows the joint.
std::string dotted(Lexer& lexer, Token& token, char joint);

// Remembers capitalised words, for wildcards.
void note_use(FileFacts& facts, const Token& token);
void note_name(FileFacts& facts, std::string_view name);  // likewise, whatever its case
void finish_uses(FileFacts& facts);

}  // namespace commandcenter::architecture
