// What all launches of one launcher share, made once: the host's layout, the list of allowed system calls, the first
// program, the users that programs become.
#pragma once

#include <optional>
#include <string>

#include "sandbox/cgroup.h"
#include "sandbox/host_user.h"
#include "sandbox/mounts.h"
#include "sandbox/sandbox.h"
#include "sandbox/unique_fd.h"

namespace commandcenter::sandbox {

struct Isolation {
  Tier tier = Tier::kNone;
  HostLayout host;
  UserRange users;
  bool staged = false;  // the helper has a root folder ready, see stage.h
  std::string seccomp;
  UniqueFd init;
  std::optional<CgroupTree> cgroups;  // Tier::kFull
  std::string problem;                // why nothing can be started; empty when it can
};

Isolation make_isolation(const ProbeReport& report, int helper_socket);

ShownAt where_shown(const LaunchSpec& spec, const Isolation& isolation);

}  // namespace commandcenter::sandbox
