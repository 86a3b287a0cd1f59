// Time zones by their IANA names, from the system's zone files, in the form that core/schedule takes. Any thread.
#pragma once

#include <string_view>

#include "base/result.h"
#include "core/schedule/schedule.h"

namespace commandcenter::trigger {

// The empty name is UTC. kInvalid when there is no such zone; kUnavailable when the system has no zone files.
Result<schedule::Zone> find_zone(std::string_view name);

}  // namespace commandcenter::trigger
