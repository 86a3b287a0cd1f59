// What tests of a text tell about it.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "code/dataflow/ir.h"
#include "code/dataflow/value.h"

namespace commandcenter::code::dataflow {

struct PatternTest {  // of a text, by a regular expression
  IrId pattern = kNoIr;
  IrId subject = kNoIr;
  bool whole = false;     // nothing may stand before or behind
  bool at_begin = false;  // nothing may stand before
};

std::optional<std::size_t> position_of(std::string_view text);

// True for patterns of which only harmless texts pass; `whole`: it has to match all of the text.
bool allows_little(std::string_view pattern, bool whole);
bool tells_of_whole(std::string_view name);
Contexts contexts_without(std::string_view part);

}  // namespace commandcenter::code::dataflow
