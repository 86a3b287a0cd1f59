// What a caller asks of a scan, in either vocabulary. Pure.
#pragma once

#include <string>
#include <string_view>

#include "agent/builtin/security_scanner/rule.h"
#include "base/json.h"
#include "base/result.h"

namespace commandcenter::security_scanner {

struct Options {
  std::string target = ".";
  bool secrets = true;
  bool sql = true;
  bool xss = true;
  Severity minimum = Severity::kLow;
};

// Members: target or repositoryPath, scanType or rules, severity. Others are ignored. Fails with kInvalid.
Result<Options> parse_options(const Json& input);

std::string_view severity_word(Severity severity);
std::string_view confidence_word(Confidence confidence);
Severity severity_of(Category category);

}  // namespace commandcenter::security_scanner
