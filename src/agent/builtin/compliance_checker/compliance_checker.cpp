// The agent's face: its input to options, the outcome to its answer.
#include "agent/builtin/compliance_checker/compliance_checker.h"

#include <fmt/format.h>

#include "agent/builtin/compliance_checker/check.h"
#include "agent/builtin/compliance_checker/options.h"
#include "base/quantity.h"

namespace commandcenter::compliance_checker {

Result<Json> run(const std::string& action, const Json& input, const std::string& workspace, const LogSink& log) {
  if (!action.empty() && action != "check")
    return fail(ErrorCode::kInvalid, fmt::format("compliance-checker has no action \"{}\"; expected check", action));
  const auto request = parse_request(input);
  if (!request) return fail(request.error());
  const std::string root = workspace.empty() ? "." : workspace;
  const auto target = resolve_target(root, request->target);
  if (!target) return fail(target.error());
  const auto outcome = check(root, *target, request->check);
  if (!outcome) return fail(outcome.error());
  log(fmt::format("checked {} files in {}: {} violations, {}", outcome->checked_files,
                  format_duration(outcome->duration_ms), outcome->violations.size(),
                  outcome->passed() ? "passed" : "not passed"));
  return outcome_json(*outcome);
}

}  // namespace commandcenter::compliance_checker
