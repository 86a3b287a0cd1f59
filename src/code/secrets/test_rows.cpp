// A test that runs once for each row: the rows stand above it, and its parameters name their columns.
#include <algorithm>

#include "code/secrets/assigned.h"
#include "code/secrets/columns.h"
#include "code/secrets/value.h"

namespace commandcenter::code {
namespace {

constexpr std::string_view kTestRows = "@CsvSource(";
constexpr std::size_t kMaxTestParameters_bytes = 200;
constexpr std::size_t kMaxTestRows_bytes = 3'000;

// Which parameter the name is; npos when it is none.
std::size_t place_of(std::string_view text, std::size_t name_begin) {
  const std::size_t floor = name_begin - std::min(name_begin, kMaxTestParameters_bytes);
  const std::string_view before = text.substr(floor, name_begin - floor);
  const std::size_t open = before.rfind('(');
  if (open == std::string_view::npos || !before.ends_with("String ")) return std::string_view::npos;
  const std::string_view parameters = before.substr(open);
  if (parameters.find_first_of(");{}=\"") != std::string_view::npos) return std::string_view::npos;
  return static_cast<std::size_t>(std::ranges::count(parameters, ','));
}

// The value at that place of a row, without blanks and marks; empty when it has fewer.
std::string_view cell_of(std::string_view row, std::size_t place) {
  for (; place > 0; --place) {
    const std::size_t comma = row.find(',');
    if (comma == std::string_view::npos) return {};
    row.remove_prefix(comma + 1);
  }
  row = row.substr(0, row.find(','));
  while (!row.empty() && (is_blank(row.front()) || row.front() == '\''))
    row.remove_prefix(1);
  while (!row.empty() && (is_blank(row.back()) || row.back() == '\''))
    row.remove_suffix(1);
  return row;
}

}  // namespace

std::vector<Candidate> rows_of_test(const Source& source, std::size_t name_begin, std::size_t name_end) {
  std::vector<Candidate> found;
  const std::string_view text = source.text();
  if (source.language() != Language::kJava || name_end >= text.size()) return found;
  if (text[name_end] != ',' && text[name_end] != ')') return found;
  const std::size_t place = place_of(text, name_begin);
  if (place == std::string_view::npos) return found;
  const std::size_t floor = name_begin - std::min(name_begin, kMaxTestRows_bytes);
  const std::string_view before = text.substr(floor, name_begin - floor);
  std::size_t at = before.rfind(kTestRows);
  if (at == std::string_view::npos) return found;
  at += kTestRows.size();
  while (at < before.size()) {
    const std::size_t open = before.find_first_of("\")", at);
    if (open == std::string_view::npos || before[open] == ')') break;
    const std::size_t close = before.find_first_of("\"\n", open + 1);
    if (close == std::string_view::npos || before[close] == '\n') return {};
    const std::string_view value = cell_of(before.substr(open + 1, close - open - 1), place);
    if (is_mixed_password(value) || is_random(value)) {
      const auto begin = static_cast<std::size_t>(value.data() - text.data());
      found.push_back(placed(begin, begin + value.size()));
    }
    at = close + 1;
  }
  const std::string_view rest = before.substr(std::min(at, before.size()));  // up to the name: one method
  return std::ranges::count(rest, ';') == 0 ? found : std::vector<Candidate>();
}

}  // namespace commandcenter::code
