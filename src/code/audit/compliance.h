// What the compliance checker says about licences, headers, secrets and dependencies, as parts of the health report.
#pragma once

#include <cstddef>
#include <string>

#include "base/json.h"

namespace commandcenter::audit {

struct Compliance {
  std::size_t secrets = 0;
  std::size_t licence_problems = 0;
  std::size_t header_problems = 0;
  std::size_t dependencies = 0;
  std::size_t direct = 0;
  std::size_t dated = 0;  // direct ones of which the history tells since when they have their version
  std::size_t old = 0;    // direct ones whose version nobody touched for kOld_s before the latest commit
  Json lists{};           // secrets, licences, licenceProblems, headers, headerProblems, dependencies, manifests
};

// `answer` as the checker gives it. Reads the history of manifests below `root` to tell since when a dependency has its
// version; where there is none, that is unknown.
Compliance read_compliance(const std::string& root, const Json& answer);

}  // namespace commandcenter::audit
