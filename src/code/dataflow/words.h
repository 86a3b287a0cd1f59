// Looking for names, and which grammars are one language. Pure.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "code/syntax/syntax.h"

namespace commandcenter::code::dataflow {

inline bool is_script(Grammar grammar) {
  return grammar == Grammar::kJavaScript || grammar == Grammar::kTypeScript || grammar == Grammar::kTsx;
}

// Words with a space between them, made when the program is compiled; most names are told apart by a look at their size
// and their ends.
class Words {
 public:
  template <typename Text>
  requires std::convertible_to<const Text&, std::string_view>
  consteval Words(const Text& text) : text_(text) {  // NOLINT(google-explicit-constructor): calls give literals
    for (std::string_view rest = text_; !rest.empty();) {
      const std::string_view word = rest.substr(0, rest.find(' '));
      seen_[place_of(word) / 64] |= std::uint64_t{1} << (place_of(word) % 64);
      rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    }
  }
  bool hold(std::string_view name) const {
    const std::size_t place = place_of(name);
    if ((seen_[place / 64] >> (place % 64) & 1) == 0) return false;
    if (name.empty() || name.find(' ') != std::string_view::npos) return false;
    for (std::size_t at = text_.find(name); at != std::string_view::npos; at = text_.find(name, at + 1)) {
      const std::size_t end = at + name.size();
      if ((at == 0 || text_[at - 1] == ' ') && (end == text_.size() || text_[end] == ' ')) return true;
    }
    return false;
  }

 private:
  static constexpr std::size_t place_of(std::string_view word) {
    if (word.empty()) return 0;
    const auto first = static_cast<unsigned char>(word.front());
    const auto last = static_cast<unsigned char>(word.back());
    return (word.size() * 37 + first * std::size_t{5} + last) % 256;
  }
  std::string_view text_;
  std::array<std::uint64_t, 4> seen_{};
};

// Of one line.
inline bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

// "clean" of "utils.clean".
inline std::string_view last_of(std::string_view path) {
  return path.substr(path.rfind('.') + 1);
}

// "utils" of "helpers.utils.clean".
inline std::string_view module_before(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  if (dot == std::string_view::npos) return {};
  const std::string_view before = last_of(path.substr(0, dot));
  return before.substr(before.rfind('/') + 1);
}

// "MAX_SIZE"; also "$MAX", "Config::MAX" and "\\App\\MAX".
inline bool is_constant_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' || c == '\\' || c == ':';
  });
}

inline bool is_type_name(std::string_view name) {
  return !name.empty() && name.front() >= 'A' && name.front() <= 'Z';
}

inline bool one_of(std::string_view name, const Words& words) {
  return words.hold(name);
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
