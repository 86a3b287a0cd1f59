// The first program of every sandbox, and what is loaded into bubblewrap, as bytes of this executable.
#pragma once

#include "base/result.h"
#include "sandbox/unique_fd.h"

namespace commandcenter::sandbox {

// Sealed files in memory that can be executed. Each is made once.
Result<UniqueFd> init_image();    // by the launcher
Result<UniqueFd> zygote_image();  // by the helper

}  // namespace commandcenter::sandbox
