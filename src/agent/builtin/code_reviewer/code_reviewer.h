// The built-in agent `code-reviewer`: measures functions and reviews code in a folder. Reads every file once and
// changes nothing.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace commandcenter::code_reviewer {

using LogSink = std::function<void(std::string_view line)>;

// What the agent is and takes: name, version, actions with JSON Schemas.
Json manifest();

// Action "review". `workspace` is the folder that the agent sees. The answer: {functions, issues, summary, metrics,
// reviewDurationMs, skippedFiles}. Fails on input that makes no sense and on a target that is missing (kNotFound) or
// outside the workspace (kForbidden); never because of a file it meets.
Result<Json> run(const std::string& action, const Json& input, const std::string& workspace, const LogSink& log);

}  // namespace commandcenter::code_reviewer
