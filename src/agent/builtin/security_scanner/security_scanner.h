// The built-in agent `security-scanner`: looks for secrets, SQL injection and cross-site scripting in a folder.
//
// Reads every file once and changes nothing. The secret text it finds appears in no answer.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace commandcenter::security_scanner {

inline constexpr std::size_t kMaxFindings = 10'000;  // more are counted in the summary and in omittedFindings

using LogSink = std::function<void(std::string_view line)>;

// What the agent is and takes: name, version, actions with JSON Schemas.
Json manifest();

// Action "scan". `workspace` is the folder that the agent sees. The answer: {findings, summary, scannedFiles,
// skippedFiles, scanDurationMs}, findings ordered by path, line, column and rule. Fails on input that makes no sense
// and on a target that is missing (kNotFound) or outside the workspace (kForbidden); never because of a file it meets.
Result<Json> run(const std::string& action, const Json& input, const std::string& workspace, const LogSink& log);

}  // namespace commandcenter::security_scanner
