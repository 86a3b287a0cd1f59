// What the policy makes of the licences of a project and of what it depends on. Pure.
#pragma once

#include <string>
#include <vector>

#include "agent/builtin/compliance_checker/check.h"
#include "agent/builtin/compliance_checker/policy.h"

namespace commandcenter::compliance_checker {

struct LicenseFacts {
  const code::Inventory& inventory;
  const std::vector<NamedLicense>& files;    // every file with the licences that it names
  const std::vector<std::string>& unmarked;  // source files that name none
  std::string today;                         // "2025-11-30"
};

void judge_licenses(const Policy& policy, const LicenseFacts& facts, std::vector<Violation>& violations);

}  // namespace commandcenter::compliance_checker
