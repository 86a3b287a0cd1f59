// The built-in agent `repository-auditor`: how a repository is built, what it is tied to, how healthy it is.
//
// Three actions, so that a workflow can run them side by side. Reads every file and changes nothing.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace commandcenter::repository_auditor {

using LogSink = std::function<void(std::string_view line)>;

Json manifest();

// Actions "structure", "integration" and "health"; the answers are those of code/audit.
Result<Json> run(const std::string& action, const Json& input, const std::string& workspace, const LogSink& log);

}  // namespace commandcenter::repository_auditor
