#include "code/dataflow/sql_text.h"

#include <algorithm>
#include <array>
#include <string>

#include "code/dataflow/value.h"
#include "code/source/source.h"

namespace commandcenter::code::dataflow {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9');
}

bool holds_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const bool begins = at == 0 || !is_letter(text[at - 1]);
    const std::size_t end = at + word.size();
    if (begins && (end >= text.size() || !is_letter(text[end]))) return true;
  }
  return false;
}

template <std::size_t N>
bool holds_any(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return holds_word(text, word); });
}

}  // namespace

bool looks_like_sql(std::string_view text) {
  constexpr auto kVerbs = std::to_array<std::string_view>({"select", "insert", "update", "delete", "replace", "with",
                                                           "merge", "create", "alter", "drop", "call", "exec",
                                                           "execute", "truncate", "grant", "explain", "from"});
  constexpr auto kClauses =
      std::to_array<std::string_view>({"from", "into", "set", "where", "values", "table", "database", "user", "view",
                                       "index", "to", "procedure", "as", "call", "schema"});
  const std::string small = lower(text.substr(0, kMaxText_bytes));
  std::size_t at = small.find_first_not_of(" \t\r\n({;");
  if (at == std::string::npos) return false;
  std::size_t end = at;
  while (end < small.size() && is_letter(small[end]))
    ++end;
  const std::string_view verb = std::string_view(small).substr(at, end - at);
  if (std::ranges::find(kVerbs, verb) == kVerbs.end()) return false;
  if (verb == "call" || verb == "exec" || verb == "execute") return end < small.size() && small[end] <= ' ';
  return holds_any(std::string_view(small).substr(end), kClauses);
}

HolePlaces hole_places(std::string_view text) {
  HolePlaces places;
  constexpr auto kBeforeValue =
      std::to_array<std::string_view>({"where", "and", "or", "like", "ilike", "in", "between", "limit", "offset",
                                       "values", "then", "else", "having", "not", "call", "is"});
  for (std::size_t hole = text.find(kHole); hole != std::string_view::npos; hole = text.find(kHole, hole + 1)) {
    const std::string before = lower(text.substr(0, hole));
    std::size_t at = before.size();
    while (at > 0 &&
           (before[at - 1] == ' ' || before[at - 1] == '\n' || before[at - 1] == '\t' || before[at - 1] == '\r'))
      --at;
    if (at == 0) {
      places.name = true;
      continue;
    }
    const char c = before[at - 1];
    const bool in_values = holds_word(before, "values") || holds_word(before, "in") || holds_word(before, "call");
    if (c == '\'' || c == '"' || c == '=' || c == '<' || c == '>' || c == '%' || c == '+' || c == '-' || c == '|' ||
        c == '*') {
      places.value = true;
    } else if (c == '(' || c == ',') {
      (in_values ? places.value : places.name) = true;
    } else if (is_letter(c)) {
      std::size_t begin = at;
      while (begin > 0 && is_letter(before[begin - 1]))
        --begin;
      const std::string_view word = std::string_view(before).substr(begin, at - begin);
      const bool value = std::ranges::find(kBeforeValue, word) != kBeforeValue.end();
      (value ? places.value : places.name) = true;
    } else {
      places.name = true;
    }
    // An odd number of quotes before: inside a text.
    if (std::ranges::count(before, '\'') % 2 == 1) places.value = true;
  }
  return places;
}

}  // namespace commandcenter::code::dataflow
