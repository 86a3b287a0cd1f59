// If-Match on workflows: whoever saves says which version the change was made from, so that nobody overwrites unseen
// what somebody else saved meanwhile. The ETag of a workflow is its version. Pure functions. Private to this folder.
#pragma once

#include <cstdint>
#include <string>

#include "server/api.h"
#include "server/http.h"
#include "store/store.h"

namespace commandcenter::server {

// ETag of an answer that shows the workflow at that version.
void add_version_tag(Response& response, std::int64_t version);

bool has_precondition(const Request& request);

// Whether the request is meant for that version: If-Match lists it, or is "*", or is not given.
bool accepts_version(const Request& request, std::int64_t version);

// 412, with what the workflow is at now.
Response refuse_outdated(const store::WorkflowRow& current, const std::string& request_id);

Parameter precondition_header();
Answer outdated();  // 412

}  // namespace commandcenter::server
