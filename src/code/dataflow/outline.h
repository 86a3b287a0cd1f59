// The functions of a text, as far as its layout shows them: a head on one line, a body that is indented more, and what
// closes it where the head begins. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "code/syntax/syntax.h"

namespace commandcenter::code::dataflow {

struct OutlinedFunction {
  std::string_view name;
  std::uint32_t begin = 0;  // of the line of its head
  std::uint32_t body = 0;   // behind that line
  std::uint32_t end = 0;    // of the body: before the line that closes it
  bool makes = false;       // a constructor, or what else runs without being named
};

// Those that lie in no other one, in order. A function that is laid out otherwise is not there.
std::vector<OutlinedFunction> outline(std::string_view text, Grammar grammar);

}  // namespace commandcenter::code::dataflow
