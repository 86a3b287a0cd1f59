#include "core/schedule/cron.h"

#include <bit>
#include <cctype>
#include <charconv>
#include <span>

#include <fmt/format.h>

namespace commandcenter::schedule {
namespace {

constexpr std::int64_t kMinute_s = 60;
constexpr std::int64_t kHour_s = 3'600;
constexpr std::int64_t kDay_s = 86'400;

constexpr std::array<std::string_view, 12> kMonths{"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                   "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::array<std::string_view, 7> kDays{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

struct Field {
  std::string_view name;
  int least;
  int most;
  std::span<const std::string_view> names;  // the first one stands for `least`
};

constexpr std::array<Field, 5> kFields{{{"minute", 0, 59, {}},
                                        {"hour", 0, 23, {}},
                                        {"day of month", 1, 31, {}},
                                        {"month", 1, 12, kMonths},
                                        {"day of week", 0, 7, kDays}}};
constexpr std::size_t kWeekday = 4;

struct Macro {
  std::string_view name;
  std::string_view line;
};

constexpr std::array<Macro, 7> kMacros{{{"@yearly", "0 0 1 1 *"},
                                        {"@annually", "0 0 1 1 *"},
                                        {"@monthly", "0 0 1 * *"},
                                        {"@weekly", "0 0 * * 0"},
                                        {"@daily", "0 0 * * *"},
                                        {"@midnight", "0 0 * * *"},
                                        {"@hourly", "0 * * * *"}}};

struct Word {
  std::string_view text;
  std::size_t column;
};

std::vector<Word> words_of(std::string_view text) {
  std::vector<Word> words;
  std::size_t at = 0;
  while ((at = text.find_first_not_of(" \t", at)) != std::string_view::npos) {
    const std::size_t end = std::min(text.find_first_of(" \t", at), text.size());
    words.push_back({text.substr(at, end - at), at + 1});
    at = end;
  }
  return words;
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
  std::string text = fmt::format("{} to {}", field.least, field.most);
  if (!field.names.empty()) text += fmt::format(" or {} to {}", field.names.front(), field.names.back());
  return text;
}

// One member of a list into the set; what is wrong with it, else empty.
std::string read_item(const Field& field, std::string_view item, std::uint64_t& set) {
  const auto slash = item.find('/');
  const std::string_view range = item.substr(0, slash);
  const auto dash = range.find('-');
  const bool is_weekday = &field == &kFields[kWeekday];
  int first = field.least;
  int last = is_weekday ? field.most - 1 : field.most;
  if (range != "*") {
    const auto from = value_of(field, range.substr(0, dash));
    auto to = dash == std::string_view::npos ? from : value_of(field, range.substr(dash + 1));
    if (!from || !to) return "expected " + allowed(field);
    if (is_weekday && *to == 0 && *from > 0) to = 7;  // FRI-SUN
    if (*from > *to) return "the range runs backwards; write it as two, separated by a comma";
    first = *from;
    last = *to;
  }
  int step = 1;
  if (slash != std::string_view::npos) {
    if (range != "*" && dash == std::string_view::npos)
      return "a step needs * or a range before it, as in */5 or 0-30/5";
    const auto given = whole_number(item.substr(slash + 1));
    if (!given || *given < 1 || *given > field.most) return fmt::format("expected a step from 1 to {}", field.most);
    step = *given;
  }
  for (int value = first; value <= last; value += step)
    set |= std::uint64_t{1} << (is_weekday && value == 7 ? 0 : value);
  return {};
}

tl::expected<std::uint64_t, Trouble> read_field(const Field& field, const Word& word) {
  std::uint64_t set = 0;
  std::size_t at = 0;
  while (true) {
    const std::size_t end = std::min(word.text.find(',', at), word.text.size());
    const std::string_view item = word.text.substr(at, end - at);
    const std::string why = read_item(field, item, set);
    if (!why.empty()) {
      return tl::unexpected(Trouble{word.column + at, fmt::format("{} \"{}\": {}", field.name, item, why)});
    }
    if (end == word.text.size()) return set;
    at = end + 1;
  }
}

bool contains(std::uint64_t set, std::int64_t value) {
  return ((set >> value) & 1U) != 0;
}

struct Date {
  std::int64_t year;
  int month;
  int day;
};

// Proleptic Gregorian calendar; years are counted from March, so that the leap day is a year's last.
Date date_of(std::int64_t days_since_1970) {
  constexpr std::int64_t kDaysTo1970 = 719'468;  // from 0000-03-01
  constexpr std::int64_t kEraDays = 146'097;     // 400 years
  const std::int64_t days = days_since_1970 + kDaysTo1970;
  const std::int64_t era = (days >= 0 ? days : days - (kEraDays - 1)) / kEraDays;
  const std::int64_t of_era = days - era * kEraDays;
  const std::int64_t year_of_era = (of_era - of_era / 1'460 + of_era / 36'524 - of_era / 146'096) / 365;
  const std::int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int from_march = static_cast<int>((5 * of_year + 2) / 153);
  const int day = static_cast<int>(of_year - (153 * from_march + 2) / 5) + 1;
  const int month = from_march < 10 ? from_march + 3 : from_march - 9;
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

bool fits(const Cron& cron, std::int64_t days_since_1970) {
  const Date date = date_of(days_since_1970);
  if (!contains(cron.months, date.month)) return false;
  constexpr std::int64_t kThursday = 4;  // 1970-01-01
  const std::int64_t weekday = ((days_since_1970 + kThursday) % 7 + 7) % 7;
  const bool day = contains(cron.days, date.day);
  const bool week = contains(cron.weekdays, weekday);
  return cron.every_day || cron.every_weekday ? day && week : day || week;
}

// The first match of a day at or after a second of it.
std::optional<std::int64_t> time_of_day(const Cron& cron, std::int64_t from_s) {
  const std::int64_t from_minute = (from_s + kMinute_s - 1) / kMinute_s;
  for (std::int64_t hour = from_minute / 60; hour < 24; ++hour) {
    if (!contains(cron.hours, hour)) continue;
    const std::int64_t least = hour == from_minute / 60 ? from_minute % 60 : 0;
    const std::uint64_t left = cron.minutes >> least << least;
    if (left != 0) return hour * kHour_s + std::countr_zero(left) * kMinute_s;
  }
  return std::nullopt;
}

std::int64_t floor_day(std::int64_t local_s) {
  return (local_s >= 0 ? local_s : local_s - (kDay_s - 1)) / kDay_s;
}

}  // namespace

std::optional<std::int64_t> first_match(const Cron& cron, std::int64_t local_s) {
  const std::int64_t first = floor_day(local_s);
  for (std::int64_t day = first; day <= first + kHorizon_days; ++day) {
    if (!fits(cron, day)) continue;
    const auto time_s = time_of_day(cron, day == first ? local_s - day * kDay_s : 0);
    if (time_s) return day * kDay_s + *time_s;
  }
  return std::nullopt;
}

bool is_every_hour(const Cron& cron) {
  return cron.hours == (std::uint64_t{1} << 24) - 1;
}

tl::expected<Cron, Trouble> parse_cron(std::string_view text) {
  std::vector<Word> words = words_of(text);
  if (words.size() == 1 && words[0].text.starts_with('@')) {
    for (const Macro& macro : kMacros) {
      if (macro.name == words[0].text) return parse_cron(macro.line);
    }
    return tl::unexpected(Trouble{
        words[0].column, fmt::format("\"{}\" is not known; expected @yearly, @monthly, @weekly, @daily, @hourly, "
                                     "\"@every 15m\" or five fields",
                                     words[0].text)});
  }
  if (words.size() != kFields.size()) {
    const std::size_t column = words.size() > kFields.size() ? words[kFields.size()].column : text.size() + 1;
    return tl::unexpected(Trouble{column, fmt::format("expected five fields (minute hour day-of-month month "
                                                      "day-of-week), as in \"0 9 * * MON\", got {}",
                                                      words.size())});
  }
  std::array<std::uint64_t, kFields.size()> sets{};
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    const auto set = read_field(kFields[i], words[i]);
    if (!set) return tl::unexpected(set.error());
    sets[i] = *set;
  }
  Cron cron{
      sets[0], sets[1], sets[2], sets[3], sets[4], words[2].text.starts_with('*'), words[4].text.starts_with('*')};
  if (!first_match(cron, 0)) {
    return tl::unexpected(
        Trouble{words[2].column, fmt::format("the day {} of month {} never comes", words[2].text, words[3].text)});
  }
  return cron;
}

}  // namespace commandcenter::schedule
