#include "trigger/time_zones.h"

#include <date/tz.h>
#include <fmt/format.h>

namespace commandcenter::trigger {
namespace {

// The library ends the first and the last stretch of a zone thousands of years away; here they have no end.
constexpr std::int64_t kFarAway_s = 20'000LL * 366 * 86'400;

schedule::Offset offset_of(const date::time_zone& zone, std::int64_t at_s) {
  const date::sys_info info = zone.get_info(date::sys_seconds(std::chrono::seconds(at_s)));
  schedule::Offset offset{info.offset.count(), info.begin.time_since_epoch().count(),
                          info.end.time_since_epoch().count()};
  if (offset.from_s < -kFarAway_s) offset.from_s = schedule::utc(at_s).from_s;
  if (offset.until_s > kFarAway_s) offset.until_s = schedule::utc(at_s).until_s;
  return offset;
}

}  // namespace

Result<schedule::Zone> find_zone(std::string_view name) {
  if (name.empty() || name == "UTC") return schedule::Zone(schedule::utc);
  try {
    static_cast<void>(date::get_tzdb());
  } catch (const std::exception&) {
    return fail(ErrorCode::kUnavailable,
                "the system's time zones cannot be read; install them (package tzdata) or use UTC");
  }
  try {
    return schedule::Zone([zone = date::locate_zone(name)](std::int64_t at_s) { return offset_of(*zone, at_s); });
  } catch (const std::exception&) {
    return fail(
        ErrorCode::kInvalid,
        fmt::format("there is no time zone \"{}\"; expected a name such as \"Europe/Berlin\" or \"UTC\"", name));
  }
}

}  // namespace commandcenter::trigger
