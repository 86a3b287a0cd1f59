// What is certain about a node's input before the run: members an action requires that no template can supply, and
// constants that the action's schema refuses. Private to this folder.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "core/schema/schema.h"

namespace commandcenter::workflow {

// Of the violations that the input has as written, templates unresolved, those that no value of its templates can cure.
std::vector<schema::Violation> certain_violations(const Json& input, const schema::Schema& schema);

}  // namespace commandcenter::workflow
