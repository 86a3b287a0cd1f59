#include "core/workflow/cron_syntax.h"

#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace commandcenter::workflow {
namespace {

constexpr std::array<std::string_view, 12> kMonths{"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                   "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::array<std::string_view, 7> kDays{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

struct Field {
  std::string_view name;
  int least;
  int most;
  std::span<const std::string_view> names;  // the first one stands for `least`
};

const std::array<Field, 5>& fields() {
  static const std::array<Field, 5> kFields{{{"minute", 0, 59, {}},
                                             {"hour", 0, 23, {}},
                                             {"day of month", 1, 31, {}},
                                             {"month", 1, 12, kMonths},
                                             {"day of week", 0, 7, kDays}}};
  return kFields;
}

std::vector<std::string_view> split(std::string_view text, char separator, bool keep_empty) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = text.find(separator);
    const std::string_view part = text.substr(0, end);
    if (keep_empty || !part.empty()) parts.push_back(part);
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<int> whole_number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool complete = error == std::errc{} && end == text.data() + text.size() && !text.empty() && text[0] != '-';
  return complete ? std::optional(value) : std::nullopt;
}

std::optional<int> value_of(const Field& field, std::string_view text) {
  std::string upper;
  for (const char c : text)
    upper += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  for (std::size_t i = 0; i < field.names.size(); ++i) {
    if (field.names[i] == upper) return field.least + static_cast<int>(i);
  }
  const auto value = whole_number(text);
  return value && *value >= field.least && *value <= field.most ? value : std::nullopt;
}

std::string allowed(const Field& field) {
  std::string text = std::to_string(field.least) + " to " + std::to_string(field.most);
  if (!field.names.empty()) {
    text += " or " + std::string(field.names.front()) + " to " + std::string(field.names.back());
  }
  return text;
}

// Empty when the item is fine.
std::string trouble(const Field& field, std::string_view item) {
  const auto slash = item.find('/');
  const std::string_view range = item.substr(0, slash);
  const auto dash = range.find('-');
  if (range != "*") {
    const auto first = value_of(field, range.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : value_of(field, range.substr(dash + 1));
    if (!first || !last) return "expected " + allowed(field);
    if (*first > *last) return "the range runs backwards; write it as two, separated by a comma";
  }
  if (slash == std::string_view::npos) return {};
  if (range != "*" && dash == std::string_view::npos) return "a step needs * or a range before it, as in */5 or 0-30/5";
  const auto step = whole_number(item.substr(slash + 1));
  if (!step || *step < 1 || *step > field.most) return "expected a step from 1 to " + std::to_string(field.most);
  return {};
}

}  // namespace

Result<void> check_cron(std::string_view text) {
  if (text.size() > kMaxCronLength) {
    return fail(ErrorCode::kInvalid, "the schedule has " + std::to_string(text.size()) + " characters; at most " +
                                         std::to_string(kMaxCronLength) + " are allowed");
  }
  std::string blanks(text);
  for (char& c : blanks) {
    if (c == '\t') c = ' ';
  }
  const auto parts = split(blanks, ' ', false);
  if (parts.size() != fields().size()) {
    return fail(ErrorCode::kInvalid,
                "expected five fields (minute hour day-of-month month day-of-week), as in "
                "\"0 9 * * MON\", got " +
                    std::to_string(parts.size()));
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Field& field = fields()[i];
    for (const std::string_view item : split(parts[i], ',', true)) {
      const std::string why = trouble(field, item);
      if (why.empty()) continue;
      return fail(ErrorCode::kInvalid, std::string(field.name) + " \"" + std::string(item) + "\": " + why);
    }
  }
  return {};
}

}  // namespace commandcenter::workflow
