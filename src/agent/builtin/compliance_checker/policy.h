// What is allowed: licences by list, for what runs and for what only builds, and exceptions that end. Read from a YAML
// or JSON file; without one, the usual permissive licences are allowed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "code/dependencies/dependencies.h"
#include "code/licenses/expression.h"

namespace commandcenter::compliance_checker {

inline constexpr std::string_view kPolicyFile = ".commandcenter-policy.yaml";
inline constexpr std::size_t kMaxPolicyEntries = 10'000;

struct LicenseLists {
  std::vector<std::string> allow;  // ids, or patterns such as "BSD-*" and "*"
  std::vector<std::string> review;
  std::vector<std::string> deny;
  code::LicenseVerdict unknown = code::LicenseVerdict::kUnknown;

  code::LicenseVerdict judge(const code::LicenseExpression& license) const;
};

struct Exception {
  std::string package;  // "left-pad", "npm:left-pad@1.*"
  std::string reason;
  std::string expires;  // "2026-12-31"; empty: never
};

struct Policy {
  std::string file;  // empty: the usual one
  LicenseLists production;
  LicenseLists development;
  std::vector<Exception> exceptions;
  bool require_headers = false;  // every source file names its licence
  // What a licence of a dependency is that the project's does not go with; kAllowed: nothing.
  code::LicenseVerdict incompatible = code::LicenseVerdict::kReview;

  // The exception for a dependency; null when there is none. Also those that are over.
  const Exception* find_exception(const code::Dependency& dependency) const;
};

Policy usual_policy();

// kInvalid with the place of what is wrong; unknown keys are.
Result<Policy> parse_policy(std::string_view text, std::string file);

}  // namespace commandcenter::compliance_checker
