// What a setup.py asks for, as far as it stands there as text: nothing is run. Pure; survives any text.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace commandcenter::code {

inline constexpr std::size_t kMaxSetupRequirements = 10'000;

struct SetupRequirement {
  std::size_t offset = 0;    // of `text` in the file
  std::string_view text{};   // "requests[socks]>=2,<3; python_version < '3'"
  std::string_view list{};   // install_requires, extras_require, setup_requires or tests_require
  std::string_view group{};  // of extras_require; else empty
};

// In the order of the file. Lists are read where they are given, or where a variable that is given gets them at the
// beginning of a line.
std::vector<SetupRequirement> setup_requirements(std::string_view text);

}  // namespace commandcenter::code
