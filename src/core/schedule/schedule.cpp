#include "core/schedule/schedule.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "base/json.h"
#include "base/quantity.h"
#include "core/schedule/cron.h"

namespace commandcenter::schedule {
namespace {

constexpr std::int64_t kAlways_s = std::numeric_limits<std::int64_t>::max() / 4;
constexpr std::int64_t kDay_ms = 86'400'000;
constexpr std::string_view kEvery = "@every";

std::int64_t floor_divide(std::int64_t value, std::int64_t by) {
  return (value >= 0 ? value : value - (by - 1)) / by;
}

// The first slot at or after an instant that lies within a time of one offset, where every hour counts: the local clock
// is asked as it goes.
std::optional<std::int64_t> in_real_time(const Cron& cron, std::int64_t at_s, const Offset& offset) {
  const auto local_s = first_match(cron, at_s + offset.east_s);
  if (!local_s) return std::nullopt;
  return *local_s - offset.east_s;
}

// The same where a time of day counts once a day: what the clocks leave out is due when they have gone on, and what
// they show a second time is over.
std::optional<std::int64_t> once_a_day(const Cron& cron, std::int64_t at_s, const Offset& offset,
                                       std::int64_t east_before_s) {
  const std::int64_t shown_s = offset.from_s + east_before_s;  // up to here the local clock had come before
  const std::int64_t from_s = at_s > offset.from_s ? std::max(at_s + offset.east_s, shown_s) : shown_s;
  const auto local_s = first_match(cron, from_s);
  if (!local_s) return std::nullopt;
  return std::max(*local_s - offset.east_s, offset.from_s);
}

std::optional<std::int64_t> next_cron(const Cron& cron, std::int64_t after_s, const Zone& zone) {
  const std::int64_t last_s = after_s + kHorizon_days * 86'400;
  std::int64_t at_s = after_s + 1;
  while (at_s <= last_s) {
    const Offset offset = zone(at_s);
    const bool is_first = offset.from_s <= -kAlways_s;
    const auto slot_s = is_every_hour(cron) || is_first
                            ? in_real_time(cron, at_s, offset)
                            : once_a_day(cron, at_s, offset, zone(offset.from_s - 1).east_s);
    if (!slot_s) return std::nullopt;
    if (*slot_s < offset.until_s) return slot_s;
    at_s = offset.until_s;
  }
  return std::nullopt;
}

}  // namespace

Offset utc(std::int64_t) {
  return {0, -kAlways_s, kAlways_s};
}

tl::expected<Schedule, Trouble> Schedule::parse(std::string_view text) {
  if (text.size() > kMaxScheduleLength) {
    return tl::unexpected(Trouble{kMaxScheduleLength + 1, fmt::format("has {} characters; at most {} are allowed",
                                                                      text.size(), kMaxScheduleLength)});
  }
  const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  if (text.substr(begin).starts_with(kEvery)) {
    const std::size_t at = std::min(text.find_first_not_of(" \t", begin + kEvery.size()), text.size());
    const std::size_t end = text.find_last_not_of(" \t") + 1;
    const auto interval_ms = parse_duration_ms(Json(std::string(text.substr(at, end - std::min(at, end)))));
    if (!interval_ms)
      return tl::unexpected(
          Trouble{at + 1, "expected a duration, as in \"@every 15m\": " + interval_ms.error().message});
    auto schedule = every(*interval_ms);
    if (!schedule) schedule.error().column = at + 1;
    return schedule;
  }
  auto cron = parse_cron(text);
  if (!cron) return tl::unexpected(std::move(cron.error()));
  Schedule schedule;
  schedule.cron_ = *cron;
  return schedule;
}

tl::expected<Schedule, Trouble> Schedule::every(std::int64_t interval_ms) {
  if (interval_ms < kMinInterval_ms || interval_ms > kMaxInterval_ms) {
    return tl::unexpected(Trouble{1, fmt::format("{} ms is no interval; expected from 1 s to 366 days", interval_ms)});
  }
  Schedule schedule;
  schedule.interval_ms_ = interval_ms;
  return schedule;
}

std::optional<std::int64_t> Schedule::next(std::int64_t after_ms, const Zone& zone) const {
  if (interval_ms_ > 0) return (floor_divide(after_ms, interval_ms_) + 1) * interval_ms_;
  const auto slot_s = next_cron(cron_, floor_divide(after_ms, 1'000), zone);
  if (!slot_s) return std::nullopt;
  return *slot_s * 1'000;
}

std::vector<std::int64_t> Schedule::upcoming(std::int64_t after_ms, std::size_t count, const Zone& zone) const {
  std::vector<std::int64_t> slots;
  while (slots.size() < std::min(count, kMaxSlots)) {
    const auto slot_ms = next(after_ms, zone);
    if (!slot_ms) break;
    slots.push_back(*slot_ms);
    after_ms = *slot_ms;
  }
  return slots;
}

std::vector<std::int64_t> Schedule::latest(std::int64_t after_ms, std::int64_t until_ms, std::size_t count,
                                           const Zone& zone) const {
  count = std::min(count, kMaxSlots);
  if (count == 0 || after_ms >= until_ms) return {};
  // A short look back first: it is enough for what is often due, and longer ones only meet what is seldom due.
  std::int64_t window_ms = interval_ms_ > 0 ? interval_ms_ * static_cast<std::int64_t>(count) : kDay_ms;
  while (true) {
    const bool is_whole = until_ms - window_ms <= after_ms;
    std::vector<std::int64_t> slots;
    std::int64_t at_ms = is_whole ? after_ms : until_ms - window_ms;
    for (auto slot_ms = next(at_ms, zone); slot_ms && *slot_ms <= until_ms; slot_ms = next(*slot_ms, zone))
      slots.push_back(*slot_ms);
    if (slots.size() >= count || is_whole) {
      if (slots.size() > count) slots.erase(slots.begin(), slots.end() - static_cast<std::ptrdiff_t>(count));
      return slots;
    }
    window_ms *= 8;
  }
}

}  // namespace commandcenter::schedule
