// Rows by what a request's path names. Each answers 404 and the like itself when there is none. Private to this folder.
#pragma once

#include <optional>
#include <string>

#include "server/http.h"
#include "server/router.h"
#include "server/server.h"
#include "server/views.h"

namespace commandcenter::server {

// By id, or by name in the project that the query names.
std::optional<store::WorkflowRow> read_workflow(Services& services, const std::string& id_or_name,
                                                const Request& request, Responder& responder);

// By `runId`. With a workflow in the path (`id`, an id or a name), the run must be one of that workflow.
std::optional<store::RunRow> read_run(Services& services, const Request& request, const Params& params,
                                      Responder& responder);

RunViewer viewer_of(Services& services);

}  // namespace commandcenter::server
