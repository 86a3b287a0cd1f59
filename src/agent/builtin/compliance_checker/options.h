// What a caller asks of a check, in either vocabulary. Pure, but for looking whether the target is there.
#pragma once

#include <string>

#include "agent/builtin/compliance_checker/check.h"
#include "base/json.h"
#include "base/result.h"

namespace commandcenter::compliance_checker {

struct Request {
  std::string target = ".";
  CheckOptions check;
};

// Members: target or repositoryPath, scope or rules, strictMode, policy. Others are ignored. Fails with kInvalid.
Result<Request> parse_request(const Json& input);

// One of the words of `scope`, added to the options.
Result<void> add_scope(const std::string& word, CheckOptions& options);

// The target relative to the workspace. kForbidden when it is outside, also by way of symbolic links; kNotFound when it
// is not there.
Result<std::string> resolve_target(const std::string& workspace, const std::string& target);

}  // namespace commandcenter::compliance_checker
