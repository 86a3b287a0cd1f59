#include "sandbox/isolation.h"

#include <utility>

#include "sandbox/init_image.h"
#include "sandbox/seccomp_filter.h"

namespace commandcenter::sandbox {

Isolation make_isolation(const ProbeReport& report) {
  Isolation isolation;
  isolation.tier = report.tier;
  isolation.host = look_at_host();
  if (report.tier == Tier::kNone) return isolation;
  if (report.separate_users) isolation.users = unused_users();
  auto seccomp = seccomp_program();
  if (!seccomp) {
    isolation.problem = seccomp.error().message;
    return isolation;
  }
  isolation.seccomp = std::move(*seccomp);
  auto init = init_image();
  if (!init) {
    isolation.problem = init.error().message;
    return isolation;
  }
  isolation.init = std::move(*init);
  if (report.tier == Tier::kFull) {
    auto folder = CgroupTree::find();
    auto tree = folder ? CgroupTree::take(*folder) : Result<CgroupTree>(fail(folder.error()));
    if (tree) {
      isolation.cgroups.emplace(std::move(*tree));
    } else {
      isolation.tier = Tier::kNamespaces;
    }
  }
  return isolation;
}

}  // namespace commandcenter::sandbox
