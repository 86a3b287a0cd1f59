// JSON written as text, for documents with very many entries: the same bytes as dump_json() without making values.
#pragma once

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

namespace commandcenter::code {

// In quotes, with what must be escaped; bytes that are no UTF-8 as dump_json() has them.
void append_json(std::string& out, std::string_view text);

void append_json(std::string& out, std::integral auto number) {
  char digits[24];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
  out.append(digits, end);
}

}  // namespace commandcenter::code
