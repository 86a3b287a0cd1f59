// What to write instead, for flaws that are one word: a setting that should be the other way round, a call that has a
// safe twin of the same arguments. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "code/scan/scan.h"

namespace commandcenter::security_scanner {

// Nothing when there is no such word on the lines of the spot, or more than one.
std::optional<code::Fix> suggested_fix(std::string_view text, const code::Spot& spot);

}  // namespace commandcenter::security_scanner
