// Which runs a list shows: ?status=&trigger=&workflow=&since=&until=&q=. Private to this folder.
#pragma once

#include <string>
#include <vector>

#include "server/api.h"
#include "server/http.h"
#include "store/store.h"

namespace commandcenter::server {

// A search by text looks at this many workflows whose names match, the newest ones.
inline constexpr std::size_t kMaxSearchedWorkflows = 100;

struct RunFilters {
  store::Query query{.table = store::Table::kRuns};
  std::string text;  // of ?q=: the beginning of a run's id, or a part of its workflow's name; empty = any
};

// kInvalid says which parameter is wrong; kNotFound that there is no such workflow.
Result<RunFilters> run_filters(Services& services, const Request& request);
Response filters_response(const Error& error, const std::string& request_id);

// In the order and up to the limit of the query.
Result<std::vector<store::RunRow>> find_runs(Services& services, const RunFilters& filters);

std::vector<Parameter> run_filter_parameters();

}  // namespace commandcenter::server
