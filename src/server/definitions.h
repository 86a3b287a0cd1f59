// A workflow as a request's body brings it, JSON or YAML: read, and checked as far as its own text goes. Private to
// this folder.
#pragma once

#include "base/document.h"
#include "core/workflow/workflow.h"
#include "server/http.h"
#include "store/store.h"

namespace commandcenter::server {

bool is_yaml(const Request& request);  // by its Content-Type

// Problems have their places in the document.
tl::expected<workflow::Definition, std::vector<workflow::Problem>> read_definition(const Document& document);

// Everything that is wrong with it, by place: what read_definition said, and what the agents of its project and its own
// graph forbid of all that could be read. Empty: it can be stored.
Result<std::vector<workflow::Problem>> problems_of(
    store::Store& store, const Document& document,
    const tl::expected<workflow::Definition, std::vector<workflow::Problem>>& definition);

Json problem_list(const std::vector<workflow::Problem>& problems);  // [{path, message, line?, column?}]
Json problem_schema();

}  // namespace commandcenter::server
