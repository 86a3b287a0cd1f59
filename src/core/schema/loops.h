// What can be seen in a finished program without a value. Internal to this module.
#pragma once

#include <optional>
#include <string>

#include "core/schema/program.h"

namespace commandcenter::schema {

// A schema that applies itself to the same value again could never be decided; names the places of such a circle.
std::optional<std::string> describe_loop(const Program& program);

// Fills in Program::properties and Program::closed.
void collect_properties(Program& program);

}  // namespace commandcenter::schema
