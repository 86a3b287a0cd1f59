// What a caller asks of a scan, in either vocabulary. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "code/rules/rules.h"

namespace commandcenter::security_scanner {

struct Options {
  std::string target = ".";
  bool secrets = true;
  std::vector<std::string> families;  // beside secrets; see families()
  code::Severity minimum = code::Severity::kLow;
};

// Members: target or repositoryPath, scanType or rules, severity. Others are ignored. Fails with kInvalid.
Result<Options> parse_options(const Json& input);

// Adds what one word asks for: secrets, one of families(), or all. `key` is what messages call it. Fails with kInvalid.
Result<void> add_scan_type(const std::string& word, std::string_view key, Options& options);

// The target relative to the workspace, from what the caller wrote. kForbidden when it is outside, also by way of
// symbolic links; kNotFound when it is not there.
Result<std::string> resolve_target(const std::string& workspace, const std::string& target);

// True for a resolved target that is a test or a folder of tests: who names it wants it looked at.
bool names_tests(const std::string& target);

}  // namespace commandcenter::security_scanner
