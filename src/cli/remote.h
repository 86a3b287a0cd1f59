// What the verbs over the HTTP API share. Private to this folder.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "cli/api_client.h"
#include "cli/verbs.h"

namespace commandcenter::cli {

std::string shown(const Json& object, std::string_view key);  // the member as text; "-" when there is none
std::string duration_of(const Json& run);
std::string current_user();

// The path of a workflow, by its id or by its name in the project; `rest` goes on from there.
std::string workflow_path(const Remote& remote, const std::string& name_or_id, const std::string& rest = {});

// Prints a list as JSON or as a table of the named members.
int print_list(const Remote& remote, const Json& list, const std::vector<std::pair<std::string, std::string>>& columns,
               std::string_view nothing);

}  // namespace commandcenter::cli
