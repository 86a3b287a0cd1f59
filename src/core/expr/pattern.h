// How much work a regular expression may cause. RE2 is linear in the text, but with a factor that grows with the
// pattern, and counted repetition makes ten characters of pattern worth a million. In: a pattern. Out: an estimate of
// the size of its automaton, for the limits below. Pure; any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace commandcenter::expr {

// Of all patterns written in one expression together, and of a computed one. A literal character is 1, a class 4,
// repetition by a count multiplies.
inline constexpr std::size_t kMaxPatternWeight = 4096;

// Matching costs a step per Limits::kBytesPerStep of text for each full or started so much weight.
inline constexpr std::size_t kPatternWeightPerStep = 16;

// Saturates above kMaxPatternWeight. A text that is no valid pattern has some weight too.
std::size_t pattern_weight(std::string_view pattern);

}  // namespace commandcenter::expr
