// Cron and interval arithmetic, above all where clocks change. Zones are written down here, as their rules were in the
// years that the tests look at.
#include "core/schedule/schedule.h"

#include <gtest/gtest.h>

#include "base/clock.h"

namespace commandcenter::schedule {
namespace {

using Times = std::vector<std::string>;

std::int64_t at(int year, int month, int day, int hour = 0, int minute = 0, int second = 0) {
  const std::chrono::sys_days date = std::chrono::year(year) / month / day;
  return std::chrono::duration_cast<std::chrono::milliseconds>(date.time_since_epoch()).count() +
         ((hour * 60 + minute) * 60 + second) * 1'000LL;
}

// A zone from the instants its clocks change at.
Zone zone_of(std::int64_t first_east_s, std::vector<std::pair<std::int64_t, std::int64_t>> changes) {
  return [=](std::int64_t at_s) {
    Offset offset{first_east_s, utc(0).from_s, utc(0).until_s};
    for (const auto& [from_ms, east_s] : changes) {
      if (at_s < from_ms / 1'000) {
        offset.until_s = from_ms / 1'000;
        break;
      }
      offset = {east_s, from_ms / 1'000, utc(0).until_s};
    }
    return offset;
  };
}

const Zone kBerlin = zone_of(3'600, {{at(2026, 3, 29, 1), 7'200}, {at(2026, 10, 25, 1), 3'600}});
const Zone kNewYork = zone_of(-18'000, {{at(2026, 3, 8, 7), -14'400}, {at(2026, 11, 1, 6), -18'000}});
const Zone kLordHowe = zone_of(39'600, {{at(2026, 4, 4, 15), 37'800}, {at(2026, 10, 3, 15, 30), 39'600}});
const Zone kApia = zone_of(-36'000, {{at(2011, 12, 30, 10), 50'400}});  // there was no 30 December

Schedule parsed(std::string_view text) {
  auto schedule = Schedule::parse(text);
  EXPECT_TRUE(schedule) << text << ": " << (schedule ? "" : schedule.error().message);
  return schedule ? *schedule : Schedule();
}

Times next(std::string_view text, std::int64_t after_ms, std::size_t count, const Zone& zone = utc) {
  Times times;
  for (const std::int64_t slot_ms : parsed(text).upcoming(after_ms, count, zone))
    times.push_back(iso8601(slot_ms).substr(0, 16));
  return times;
}

TEST(Cron, ReadsEverythingFiveFieldsMayHold) {
  EXPECT_EQ(next("* * * * *", at(2026, 1, 1), 2), (Times{"2026-01-01T00:01", "2026-01-01T00:02"}));
  EXPECT_EQ(next("0 9 * * 1", at(2026, 1, 1), 2), (Times{"2026-01-05T09:00", "2026-01-12T09:00"}));
  EXPECT_EQ(next("*/20 8-10/2 1,15 JAN-mar,12 *", at(2026, 3, 15, 10, 20), 2),
            (Times{"2026-03-15T10:40", "2026-12-01T08:00"}));
  EXPECT_EQ(next("  59 23\t31 12 *  ", at(2026, 1, 1), 1), Times{"2026-12-31T23:59"});
  EXPECT_EQ(next("0 0 * * SUN", at(2026, 1, 1), 1), next("0 0 * * 7", at(2026, 1, 1), 1));
  EXPECT_EQ(next("0 0 * * FRI-SUN", at(2026, 1, 1), 3),
            (Times{"2026-01-02T00:00", "2026-01-03T00:00", "2026-01-04T00:00"}));
  EXPECT_EQ(next("0 0 * * 5-7/2", at(2026, 1, 1), 2), (Times{"2026-01-02T00:00", "2026-01-04T00:00"}));
}

TEST(Cron, NamesForWholeLines) {
  EXPECT_EQ(next("@hourly", at(2026, 1, 1, 0, 30), 1), Times{"2026-01-01T01:00"});
  EXPECT_EQ(next("@daily", at(2026, 1, 1), 1), Times{"2026-01-02T00:00"});
  EXPECT_EQ(next("@midnight", at(2026, 1, 1), 1), Times{"2026-01-02T00:00"});
  EXPECT_EQ(next("@weekly", at(2026, 1, 1), 1), Times{"2026-01-04T00:00"});
  EXPECT_EQ(next("@monthly", at(2026, 1, 1), 1), Times{"2026-02-01T00:00"});
  EXPECT_EQ(next("@yearly", at(2026, 1, 1), 1), Times{"2027-01-01T00:00"});
  EXPECT_EQ(next("@annually", at(2026, 1, 1), 1), Times{"2027-01-01T00:00"});
}

TEST(Cron, DayOfMonthOrDayOfWeek) {
  EXPECT_EQ(next("0 0 13 * FRI", at(2026, 2, 1), 3),
            (Times{"2026-02-06T00:00", "2026-02-13T00:00", "2026-02-20T00:00"}))
      << "neither begins with *: one is enough";
  EXPECT_EQ(next("0 0 13 * *", at(2026, 2, 1), 1), Times{"2026-02-13T00:00"});
  EXPECT_EQ(next("0 0 */2 * FRI", at(2026, 2, 1), 2), (Times{"2026-02-13T00:00", "2026-02-27T00:00"}))
      << "one begins with *: both must fit";
}

TEST(Cron, LeapDays) {
  EXPECT_EQ(next("0 12 29 2 *", at(2026, 1, 1), 2), (Times{"2028-02-29T12:00", "2032-02-29T12:00"}));
  EXPECT_EQ(next("0 12 29 2 *", at(2096, 3, 1), 1), Times{"2104-02-29T12:00"}) << "2100 is no leap year";
  EXPECT_EQ(next("0 0 31 * *", at(2026, 1, 31), 2), (Times{"2026-03-31T00:00", "2026-05-31T00:00"}));
  EXPECT_EQ(next("0 0 1 3 *", at(2028, 2, 29), 1), Times{"2028-03-01T00:00"});
}

TEST(Cron, SlotsAreAfterTheInstant) {
  EXPECT_EQ(next("0 9 * * *", at(2026, 1, 1, 9), 1), Times{"2026-01-02T09:00"});
  EXPECT_EQ(next("0 9 * * *", at(2026, 1, 1, 9) - 1, 1), Times{"2026-01-01T09:00"});
  EXPECT_EQ(next("0 9 * * *", at(2026, 1, 1, 8, 59, 59), 1), Times{"2026-01-01T09:00"});
  EXPECT_EQ(next("0 0 * * *", at(1969, 12, 31, 12), 1), Times{"1970-01-01T00:00"});
}

TEST(Cron, TroubleNamesFieldAndColumn) {
  struct Case {
    const char* text;
    std::size_t column;
    const char* part;
  };
  for (const Case& bad : std::initializer_list<Case>{
           {"* * * *", 8, "five fields"},
           {"", 1, "five fields"},
           {"* * * * * *", 11, "five fields"},
           {"60 * * * *", 1, "minute \"60\": expected 0 to 59"},
           {"0 1,24 * * *", 5, "hour \"24\": expected 0 to 23"},
           {"* * 0 * *", 5, "day of month \"0\": expected 1 to 31"},
           {"* * L * *", 5, "expected 1 to 31"},
           {"* * * JANUARY *", 7, "month \"JANUARY\": expected 1 to 12 or JAN to DEC"},
           {"* * * * 8", 9, "day of week \"8\": expected 0 to 7 or SUN to SAT"},
           {"* * * * FRI-MON", 9, "backwards"},
           {"*/0 * * * *", 1, "step from 1"},
           {"5/10 * * * *", 1, "a step needs"},
           {"0 0 30 2 *", 5, "the day 30 of month 2 never comes"},
           {"0 0 31 4,6 *", 5, "never comes"},
           {"@fortnightly", 1, "expected @yearly"},
           {"@every", 7, "duration"},
           {"@every soon", 8, "duration"},
           {"@every 0s", 8, "from 1 s to 366 days"},
           {"@every 400d", 8, "from 1 s to 366 days"},
       }) {
    const auto schedule = Schedule::parse(bad.text);
    ASSERT_FALSE(schedule) << bad.text;
    EXPECT_EQ(schedule.error().column, bad.column) << bad.text;
    EXPECT_NE(schedule.error().message.find(bad.part), std::string::npos) << schedule.error().message;
  }
  for (const char* text : {"1,,2 * * * *", "-1 * * * *", "1- * * * *", "* * * * 1-", "*/ * * * *", "+1 * * * *",
                           "0x1 * * * *", "** * * * *", "99999999999 * * * *"})
    EXPECT_FALSE(Schedule::parse(text)) << text;
  EXPECT_FALSE(Schedule::parse(std::string(300, '*')));
}

TEST(Every, MultiplesSince1970) {
  EXPECT_EQ(next("@every 15m", at(2026, 1, 1, 0, 1), 2), (Times{"2026-01-01T00:15", "2026-01-01T00:30"}));
  EXPECT_EQ(next(" @every  1d ", at(2026, 1, 1), 1), Times{"2026-01-02T00:00"});
  EXPECT_EQ(Schedule::every(15'000)->next(-1, utc), 0);
  EXPECT_EQ(Schedule::every(15'000)->next(0, kBerlin), 15'000);
  EXPECT_FALSE(Schedule::every(999));
}

// Feature 114: once per slot across daylight saving time.
TEST(DaylightSaving, ATimeInTheGapIsDueBehindIt) {
  EXPECT_EQ(next("30 2 * * *", at(2026, 3, 27, 12), 3, kBerlin),
            (Times{"2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"}));
  EXPECT_EQ(next("30 2 * * *", at(2026, 3, 7, 12), 2, kNewYork), (Times{"2026-03-08T07:00", "2026-03-09T06:30"}));
  EXPECT_EQ(next("0,30 2,3 * * *", at(2026, 3, 28, 12), 3, kBerlin),
            (Times{"2026-03-29T01:00", "2026-03-29T01:30", "2026-03-30T00:00"}))
      << "02:00 and 02:30 do not exist, 03:00 is the same instant";
  EXPECT_EQ(next("15 2 * * *", at(2026, 10, 3, 12), 1, kLordHowe), Times{"2026-10-03T15:30"})
      << "half an hour is enough";
  EXPECT_EQ(next("0 9 30 12 *", at(2011, 12, 1), 1, kApia), Times{"2011-12-30T10:00"}) << "a whole day is missing";
}

TEST(DaylightSaving, ARepeatedTimeIsDueOnce) {
  EXPECT_EQ(next("30 2 * * *", at(2026, 10, 24, 12), 2, kBerlin), (Times{"2026-10-25T00:30", "2026-10-26T01:30"}));
  EXPECT_EQ(next("30 1 * * *", at(2026, 10, 31, 12), 2, kNewYork), (Times{"2026-11-01T05:30", "2026-11-02T06:30"}));
  EXPECT_EQ(next("*/30 2 * * *", at(2026, 10, 24, 12), 3, kBerlin),
            (Times{"2026-10-25T00:00", "2026-10-25T00:30", "2026-10-26T01:00"}));
  EXPECT_EQ(next("0 3 * * *", at(2026, 10, 24, 12), 1, kBerlin), Times{"2026-10-25T02:00"})
      << "the end of it is not in it";
  EXPECT_EQ(next("30 2 * * *", at(2026, 10, 25, 1, 10), 1, kBerlin), Times{"2026-10-26T01:30"})
      << "asked during the second time round";
  EXPECT_EQ(next("45 1 * * *", at(2026, 4, 4, 12), 2, kLordHowe), (Times{"2026-04-04T14:45", "2026-04-05T15:15"}));
}

TEST(DaylightSaving, EveryHourFollowsRealTime) {
  EXPECT_EQ(next("30 * * * *", at(2026, 3, 29, 0), 3, kBerlin),
            (Times{"2026-03-29T00:30", "2026-03-29T01:30", "2026-03-29T02:30"}));
  EXPECT_EQ(next("30 * * * *", at(2026, 10, 25, 0), 3, kBerlin),
            (Times{"2026-10-25T00:30", "2026-10-25T01:30", "2026-10-25T02:30"}));
  EXPECT_EQ(next("0 * * * *", at(2026, 11, 1, 5, 30), 2, kNewYork), (Times{"2026-11-01T06:00", "2026-11-01T07:00"}));
}

TEST(DaylightSaving, SlotsRiseAndNoneIsLostOrTwice) {
  for (const Zone* zone : {&kBerlin, &kNewYork, &kLordHowe}) {
    for (const char* text : {"30 2 * * *", "*/7 1-3 * * *", "*/15 * * * *", "0 0 1 * MON"}) {
      const auto slots = parsed(text).upcoming(at(2026, 1, 1), 1'000, *zone);
      ASSERT_EQ(slots.size(), 1'000U);
      for (std::size_t i = 1; i < slots.size(); ++i) {
        ASSERT_LT(slots[i - 1], slots[i]) << text;
        // Asked from anywhere between two slots, the next one is the same.
        ASSERT_EQ(parsed(text).next((slots[i - 1] + slots[i]) / 2, *zone), slots[i]) << text;
      }
    }
  }
  EXPECT_EQ(parsed("30 2 * * *").upcoming(at(2026, 1, 1), 365, kBerlin).back(), at(2026, 12, 31, 1, 30))
      << "one a day, all the year";
}

TEST(Latest, TheLastOfThoseThatPassed) {
  const auto latest = [](std::string_view text, std::int64_t after_ms, std::int64_t until_ms, std::size_t count) {
    Times times;
    for (const std::int64_t slot_ms : parsed(text).latest(after_ms, until_ms, count, utc))
      times.push_back(iso8601(slot_ms).substr(0, 16));
    return times;
  };
  EXPECT_EQ(latest("0 9 * * *", at(2026, 1, 1), at(2026, 1, 10), 2), (Times{"2026-01-08T09:00", "2026-01-09T09:00"}));
  EXPECT_EQ(latest("0 9 * * *", at(2026, 1, 9, 9), at(2026, 1, 10, 9), 5), Times{"2026-01-10T09:00"});
  EXPECT_EQ(latest("* * * * *", at(1996, 1, 1), at(2026, 1, 1), 1), Times{"2026-01-01T00:00"}) << "30 years of minutes";
  EXPECT_EQ(latest("0 0 29 2 *", at(1996, 1, 1), at(2026, 1, 1), 2), (Times{"2020-02-29T00:00", "2024-02-29T00:00"}));
  EXPECT_EQ(latest("@every 1s", at(1996, 1, 1), at(2026, 1, 1), 1), Times{"2026-01-01T00:00"});
  EXPECT_EQ(latest("0 9 * * *", at(2026, 1, 1, 9), at(2026, 1, 1, 9), 5), Times{});
}

}  // namespace
}  // namespace commandcenter::schedule
