// Python and Ruby: functions by their "def", and what is in them by how far it is indented. Pure.
#pragma once

#include "code/dataflow/clauses.h"

namespace commandcenter::code::dataflow {

// Adds the functions, and says of each clause whose body it is in.
void find_indented(Clauses& all);

}  // namespace commandcenter::code::dataflow
