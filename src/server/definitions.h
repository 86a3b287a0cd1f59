// A workflow as a request's body brings it, JSON or YAML: read, and checked as far as its own text goes. Private to
// this folder.
#pragma once

#include "base/document.h"
#include "core/workflow/workflow.h"
#include "server/http.h"

namespace commandcenter::server {

bool is_yaml(const Request& request);  // by its Content-Type

// Problems have their places in the document.
tl::expected<workflow::Definition, std::vector<workflow::Problem>> read_definition(const Document& document);

Json problem_list(const std::vector<workflow::Problem>& problems);  // [{path, message, line?, column?}]
Json problem_schema();

}  // namespace commandcenter::server
