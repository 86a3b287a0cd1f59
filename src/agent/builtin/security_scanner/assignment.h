// "name = value" in all its spellings, on one line. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "agent/builtin/security_scanner/source.h"

namespace commandcenter::security_scanner {

struct Assignment {
  std::string_view name;  // the whole identifier
  std::size_t begin = 0;  // of the value, in the line
  std::size_t end = 0;
  bool quoted = false;
};

// The value given to the identifier that ends with the word at [word_begin, word_end) of the line: `=`, `:`, `:=`,
// `=>`, typed declarations, JSON and YAML members, XML attributes and elements, command line flags, environment files,
// look-ups with a default. Values without quotes count only where the language has such.
std::optional<Assignment> parse_assignment(std::string_view line, std::size_t word_begin, std::size_t word_end,
                                           Language language);

// False for what only looks like a secret: placeholders, references to variables, labels, types, paths.
bool is_plausible_secret(const Assignment& assignment, std::string_view value);

}  // namespace commandcenter::security_scanner
