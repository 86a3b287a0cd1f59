// Regular expressions that take exponential time. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace commandcenter::code::dataflow {

inline constexpr std::size_t kMaxPattern_bytes = 1'000;

// True when a group that is repeated can match the same text in several ways, and something behind it can fail:
// "(a+)+$",
// "(\\w|\\d)*x". `whole`: the end of the text must be reached.
bool is_exponential(std::string_view pattern, bool whole);

}  // namespace commandcenter::code::dataflow
