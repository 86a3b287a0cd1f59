// What is a violation: each function judges one part of what was found. Pure.
#pragma once

#include <vector>

#include "agent/builtin/compliance_checker/check.h"

namespace commandcenter::compliance_checker {

// Headers that are missing, weak, commented out, only reported or taken back.
void judge_headers(const std::vector<code::SiteHeaders>& sites, std::vector<Violation>& violations);

// Findings of the scanner, and defaults of environment variables that are secrets; of one line only the worse.
void judge_secrets(const code::Report& report, std::vector<Violation>& violations);

}  // namespace commandcenter::compliance_checker
