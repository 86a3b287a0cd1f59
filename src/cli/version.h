// The version of this program; CHANGELOG.md says what each one brought.
#pragma once

namespace commandcenter::cli {

inline constexpr const char* kVersion = "0.1.0";

}  // namespace commandcenter::cli
