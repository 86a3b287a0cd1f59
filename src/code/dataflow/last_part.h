// Names of files that are the last part of a path: without a separator they lead to no other folder. Pure.
#pragma once

#include <map>
#include <string_view>

#include "code/dataflow/ir.h"

namespace commandcenter::code::dataflow {

// From what names were made last.
using MadeFrom = std::map<std::string_view, IrId>;

// "x.substring(x.lastIndexOf('/') + 1)", "parts[parts.length - 1]" of "x.split('/')", "x.split('/').pop()".
bool is_last_part(const Module& module, const MadeFrom& made, IrId id);

// "slash" of "slash = x.lastIndexOf('/')": the call; everything else as it is.
IrId position_behind(const Module& module, const MadeFrom& made, IrId id);

}  // namespace commandcenter::code::dataflow
