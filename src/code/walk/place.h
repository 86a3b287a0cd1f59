// Where a path that somebody wrote lies below a folder.
#pragma once

#include <string>

#include "base/result.h"

namespace commandcenter::code {

// The target relative to the root, "" for the root itself. kForbidden when it is outside, also by way of symbolic
// links; kNotFound when it is not there.
Result<std::string> place_below(const std::string& root, const std::string& target);

}  // namespace commandcenter::code
