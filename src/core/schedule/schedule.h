// When something that repeats is due: cron lines and intervals, in any time zone.
//
// In: the text of a schedule, an instant, and the rules of a zone as a function, for this is pure. Out: the slots,
// which are instants (Unix milliseconds) and the same whenever and wherever they are asked for.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace commandcenter::schedule {

inline constexpr std::size_t kMaxScheduleLength = 256;
inline constexpr std::int64_t kMinInterval_ms = 1'000;
inline constexpr std::int64_t kMaxInterval_ms = 366LL * 24 * 3600 * 1000;
inline constexpr std::size_t kMaxSlots = 1'000;          // that one question may ask for
inline constexpr std::int64_t kHorizon_days = 41 * 366;  // a slot that is further away never comes

// How far east of UTC a zone's clocks are, and the instants between which that holds (the end excluded).
struct Offset {
  std::int64_t east_s = 0;
  std::int64_t from_s = 0;
  std::int64_t until_s = 0;
};

// The offset that holds at an instant, in Unix seconds. Pure: the same answer for the same instant.
using Zone = std::function<Offset(std::int64_t at_s)>;
Offset utc(std::int64_t at_s);

// What is wrong with the text of a schedule, and at which character of it (1-based).
struct Trouble {
  std::size_t column = 1;
  std::string message;
};

// Bit n of a field is set when the value n is meant.
struct Cron {
  std::uint64_t minutes = 0;
  std::uint64_t hours = 0;
  std::uint64_t days = 0;
  std::uint64_t months = 0;
  std::uint64_t weekdays = 0;  // Sunday is 0
  bool every_day = false;      // the day of month begins with *, so that the day of week decides alone, and the reverse
  bool every_weekday = false;
};

class Schedule {
 public:
  // Five cron fields "minute hour day-of-month month day-of-week", each of *, values, a-b, */n, a-b/n and lists of
  // these, months and days also as JAN or MON, Sunday as 0 or 7; or @yearly, @monthly, @weekly, @daily, @hourly; or
  // "@every 15m". If neither day field begins with *, one of the two must fit, otherwise both.
  static tl::expected<Schedule, Trouble> parse(std::string_view text);

  // Slots at the multiples of the interval since 1970 in UTC: 15 minutes means the quarters of every hour.
  static tl::expected<Schedule, Trouble> every(std::int64_t interval_ms);

  // The first slot after the instant; none when there is none within kHorizon_days.
  //
  // Where clocks are put forward, a slot in the gap is due at the first instant behind it. Where they are put back, the
  // slots of the repeated hour are due once, the first time. Schedules for every hour of the day are not moved: they
  // are due in each hour that really passes.
  std::optional<std::int64_t> next(std::int64_t after_ms, const Zone& zone) const;

  // The next `count` slots.
  std::vector<std::int64_t> upcoming(std::int64_t after_ms, std::size_t count, const Zone& zone) const;

  // The last `count` slots that are after `after_ms` and not after `until_ms`, the oldest first. Takes time for these
  // slots, not for all that lie between.
  std::vector<std::int64_t> latest(std::int64_t after_ms, std::int64_t until_ms, std::size_t count,
                                   const Zone& zone) const;

 private:
  Cron cron_;
  std::int64_t interval_ms_ = 0;  // 0 = cron_ counts
};

}  // namespace commandcenter::schedule
