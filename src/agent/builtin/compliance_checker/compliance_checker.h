// The built-in agent `compliance-checker`: licences, security headers and secrets of a repository against a policy.
//
// Reads and changes nothing. A policy that is not met is a verdict in the answer, never a failure of the agent.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace commandcenter::compliance_checker {

inline constexpr std::size_t kMaxViolations = 10'000;  // more are counted in the summary and in omittedViolations

using LogSink = std::function<void(std::string_view line)>;

// What the agent is and takes: name, version, actions with JSON Schemas.
Json manifest();

// Action "check". The answer: {violations, summary, checkedFiles, checkDurationMs, rulesApplied, licenses, headers,
// dependencies}. Fails on input that makes no sense and on a target that is missing (kNotFound) or outside the
// workspace (kForbidden); never because of what it finds.
Result<Json> run(const std::string& action, const Json& input, const std::string& workspace, const LogSink& log);

}  // namespace commandcenter::compliance_checker
