// Go: package, imports, whether the file is left out of its package by a build constraint.
#include <algorithm>

#include "code/imports/readers.h"

namespace commandcenter::architecture {
namespace {

// Only lines before the package clause count.
bool is_left_out(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (line.ends_with('\r') || line.ends_with(' '))
      line.remove_suffix(1);
    if (line.starts_with("package ")) return false;
    if (line == "//go:build ignore" || line == "// +build ignore" || line == "//+build ignore") return true;
  }
  return false;
}

// Go has a main function in package main; the rest of the file is only looked through for it.
std::uint32_t main_line_of(std::string_view text) {
  std::size_t at = text.starts_with("func main()") ? 0 : text.find("\nfunc main()");
  if (at == std::string_view::npos) return 0;
  if (at > 0) ++at;
  const auto before = text.substr(0, at);
  return static_cast<std::uint32_t>(std::ranges::count(before, '\n')) + 1;
}

}  // namespace

void read_go(std::string_view text, FileFacts& facts) {
  facts.standalone = is_left_out(text);
  Lexer lexer(text, Tongue::kGo);
  bool in_group = false;
  bool importing = false;
  for (Token token = lexer.next(); token.kind != TokenKind::kEnd; token = lexer.next()) {
    if (in_group || importing) {
      if (token.is_string()) {
        add_import(facts, {.specifier = std::string(token.text), .line = token.line});
        importing = false;
      } else if (token.is_sign('(')) {
        in_group = true;
      } else if (token.is_sign(')')) {
        in_group = importing = false;
      }
    } else if (token.is("package") && facts.package.empty()) {
      facts.package = lexer.next().text;
    } else if (token.is("import")) {
      importing = true;
    } else if (token.is("func") || token.is("type") || token.is("var") || token.is("const")) {
      break;  // imports come first
    }
  }
  if (facts.package == "main") facts.main_line = main_line_of(text);
}

}  // namespace commandcenter::architecture
