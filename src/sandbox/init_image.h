// The first program of every sandbox, as bytes of this executable.
#pragma once

#include "base/result.h"
#include "sandbox/unique_fd.h"

namespace commandcenter::sandbox {

// A sealed file in memory that can be executed. Made once, by the launcher.
Result<UniqueFd> init_image();

}  // namespace commandcenter::sandbox
