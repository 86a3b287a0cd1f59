// Cron lines: their text to sets of values, and the next time of day and date that is in all sets. Knows nothing of
// time zones. Private to this folder.
#pragma once

#include "core/schedule/schedule.h"

namespace commandcenter::schedule {

tl::expected<Cron, Trouble> parse_cron(std::string_view text);

// The first match at or after a local time, both as seconds since 1970 on the local clock.
std::optional<std::int64_t> first_match(const Cron& cron, std::int64_t local_s);

bool is_every_hour(const Cron& cron);

}  // namespace commandcenter::schedule
