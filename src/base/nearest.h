// "Did you mean …?": the known name closest to a mistyped one.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace commandcenter {

// The candidate with the smallest Damerau-Levenshtein distance, if that is at most a third of the name's length (and at
// least 1 is always allowed); empty when none is near. Case is ignored.
std::string nearest_name(std::string_view name, std::span<const std::string> candidates);

}  // namespace commandcenter
