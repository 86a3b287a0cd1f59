// Looking for names. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace commandcenter::code::dataflow {

// `words` have a space between them.
inline bool one_of(std::string_view name, std::string_view words) {
  for (std::string_view rest = words; !rest.empty();) {
    const std::size_t space = std::min(rest.find(' '), rest.size());
    if (rest.substr(0, space) == name) return true;
    rest.remove_prefix(std::min(space + 1, rest.size()));
  }
  return false;
}

// True where no letter, digit, "_" or "$" stands before or behind.
inline bool holds_word(std::string_view text, std::string_view word) {
  const auto part = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
  };
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !part(text[at - 1])) && (end >= text.size() || !part(text[end]))) return true;
  }
  return false;
}

}  // namespace commandcenter::code::dataflow
