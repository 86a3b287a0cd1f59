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

bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const bool begins = at == 0 || !is_letter(text[at - 1]);
    const std::size_t end = at + word.size();
    if (begins && (end >= text.size() || !is_letter(text[end]))) return true;
  }
  return false;
}

// `words`: with a space between them.
bool holds_any(std::string_view text, std::string_view words) {
  while (!words.empty()) {
    const std::string_view word = words.substr(0, words.find(' '));
    if (has_word(text, word)) return true;
    words.remove_prefix(std::min(word.size() + 1, words.size()));
  }
  return false;
}

}  // namespace

bool looks_like_sql(std::string_view text) {
  struct Statement {
    std::string_view verb;
    std::string_view clauses;  // one of which must follow; empty: anything
  };
  constexpr std::string_view kObjects =
      "table database user view index procedure schema function trigger sequence role type extension";
  constexpr std::string_view kClauses =
      "from into set where values table database user view index to procedure as call schema";
  constexpr auto kStatements = std::to_array<Statement>({{"select", kClauses},
                                                         {"insert", kClauses},
                                                         {"update", "set from where"},
                                                         {"delete", "from where"},
                                                         {"replace", "into set values"},
                                                         {"with", "as"},
                                                         {"merge", "into using"},
                                                         {"create", kObjects},
                                                         {"alter", kObjects},
                                                         {"drop", kObjects},
                                                         {"call", {}},
                                                         {"exec", {}},
                                                         {"execute", {}},
                                                         {"truncate", "table"},
                                                         {"grant", "to on"},
                                                         {"explain", kClauses},
                                                         {"from", kClauses}});
  text = text.substr(0, kMaxText_bytes);
  const std::size_t at = text.find_first_not_of(" \t\r\n({;");
  if (at == std::string_view::npos) return false;
  std::size_t end = at;
  while (end < text.size() && is_letter(text[end]))
    ++end;
  const auto* statement = std::ranges::find(kStatements, lower(text.substr(at, end - at)), &Statement::verb);
  if (statement == kStatements.end()) return false;
  if (statement->clauses.empty()) return end < text.size() && text[end] <= ' ';
  return holds_any(lower(text.substr(end)), statement->clauses);
}

// MySQL: name = "…, name LIKE "%…: a value in quotes that others use for names.
bool is_in_double_quotes(std::string_view before) {
  if (std::ranges::count(before, '"') % 2 == 0) return false;
  const std::string_view head = before.substr(0, before.rfind('"'));
  const std::size_t end = head.find_last_not_of(" \t\r\n");
  if (end == std::string_view::npos) return false;
  return std::string_view("=<>").find(head[end]) != std::string_view::npos ||
         head.substr(0, end + 1).ends_with(" like");
}

HolePlace place_of(std::string_view before, char behind) {
  constexpr auto kBeforeValue =
      std::to_array<std::string_view>({"where", "and", "or", "like", "ilike", "in", "between", "limit", "offset",
                                       "values", "then", "else", "having", "not", "call", "is"});
  if (std::ranges::count(before, '\'') % 2 == 1 || is_in_double_quotes(before)) return HolePlace::kQuoted;
  if (std::string_view(".`]=<>!").find(behind) != std::string_view::npos) return HolePlace::kName;
  const std::size_t end = before.find_last_not_of(" \t\r\n");
  if (end == std::string_view::npos) return HolePlace::kName;
  before = before.substr(0, end + 1);
  char c = before.back();
  if (c == '"') {  // a value of MySQL behind a sign or LIKE; else the name of a column
    before.remove_suffix(1);
    before = before.substr(0, before.find_last_not_of(" \t\r\n") + 1);
    if (before.empty()) return HolePlace::kName;
    c = before.back();
  }
  if (std::string_view("'\"=<>%+-|*").find(c) != std::string_view::npos) return HolePlace::kValue;
  const std::size_t order = std::max(before.rfind("order by") + 1, before.rfind("group by") + 1);
  const bool ordered = order > 0 && before.find("limit", order) == std::string_view::npos &&
                       before.find('(', order) == std::string_view::npos;
  if (c == '(' || c == ',') {
    const bool in_values = has_word(before, "values") || has_word(before, "in") || has_word(before, "call");
    return in_values && !ordered ? HolePlace::kValue : ordered ? HolePlace::kOrder : HolePlace::kName;
  }
  if (is_letter(c)) {
    std::size_t begin = before.size();
    while (begin > 0 && is_letter(before[begin - 1]))
      --begin;
    const std::string_view word = before.substr(begin);
    if (std::ranges::find(kBeforeValue, word) != kBeforeValue.end()) return HolePlace::kValue;
  }
  return ordered ? HolePlace::kOrder : HolePlace::kName;
}

std::vector<HolePlace> hole_places(std::string_view text) {
  std::vector<HolePlace> places;
  const std::string small = lower(text);
  for (std::size_t hole = small.find(kHole); hole != std::string::npos; hole = small.find(kHole, hole + 1)) {
    const std::size_t next = small.find_first_not_of(' ', hole + 1);
    places.push_back(place_of(std::string_view(small).substr(0, hole), next == std::string::npos ? ' ' : small[next]));
  }
  return places;
}

}  // namespace commandcenter::code::dataflow
