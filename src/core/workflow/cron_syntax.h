// Five-field cron lines, as far as their writing goes: "minute hour day-of-month month day-of-week".
//
// A field is *, a value, a range a-b, a step (*/n or a-b/n), or a list of these. Months and days of the week may be
// named by three letters, Sunday is 0 or 7. Nothing else: no seconds, no years, no @daily.
#pragma once

#include <string_view>

#include "base/result.h"

namespace commandcenter::workflow {

inline constexpr std::size_t kMaxCronLength = 256;

// Fails with kInvalid; the message names the field, what stood there and what it may hold.
Result<void> check_cron(std::string_view text);

}  // namespace commandcenter::workflow
