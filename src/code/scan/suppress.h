// Comments that silence a finding: ours ("commandcenter-ignore: rule -- reason") and those that other tools know. Pure.
#pragma once

#include <cstddef>
#include <string_view>

#include "code/source/source.h"

namespace commandcenter::code {

// The line whose comment silences a finding of that rule and category on `line`; 0 when there is none. A comment counts
// on the line itself; ours alone on a line, and those meant so, count for the next one.
std::size_t suppressing_line(const Source& source, std::size_t line, std::string_view rule, std::string_view category);

inline constexpr std::string_view kOwnMark = "commandcenter-ignore";

}  // namespace commandcenter::code
