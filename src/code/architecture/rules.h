// Rules about who may import whom, and what breaks them as findings.
#pragma once

#include "code/architecture/architecture.h"
#include "code/report/report.h"

namespace commandcenter::architecture {

inline constexpr std::size_t kMaxRules = 500;

// {"rules": [{"name", "from", "to", "except", "severity", "message"}], "noCycles": true}. `from`, `to` and `except` are
// globs over paths (a folder stands for all below it) or lists of them. Fills `violations`; kInvalid names the place.
Result<void> apply_rules(Model& model, const Json& rules);

code::Report violations_report(const Model& model);

bool glob_matches(std::string_view glob, std::string_view path);

}  // namespace commandcenter::architecture
