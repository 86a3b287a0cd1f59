// Strings and comments of a source text, by a scanner that knows just enough of each language. It recovers at the end
// of the line from what it does not understand.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/builtin/security_scanner/rule.h"

namespace commandcenter::security_scanner {

struct Literal {
  std::size_t open = 0;   // of the prefix ("f", "$", a template's tag), or of the quote
  std::size_t begin = 0;  // of the contents
  std::size_t end = 0;
  std::size_t close = 0;  // after the closing quote
  char quote = '"';
  std::string_view prefix;
};

struct Lexed {
  std::vector<Literal> literals;                              // in order, not nested
  std::vector<std::pair<std::size_t, std::size_t>> comments;  // in order

  bool in_comment(std::size_t at) const;
  const Literal* around(std::size_t at) const;  // the literal whose contents hold this place
  const Literal* opening_at(std::size_t at) const;
};

Lexed lex(std::string_view text, Language language);

// The expressions inside a literal: "${…}", f"{…}", "#{…}", "$name", "\(…)".
std::vector<std::string_view> interpolations(std::string_view text, const Literal& literal, Language language);

}  // namespace commandcenter::security_scanner
