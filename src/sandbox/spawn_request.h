// From a LaunchSpec to what the helper needs: the plan, the descriptors that the program inherits, and the server's
// ends of the pipes. Here is where Tier::kNamespaces and Tier::kNone differ.
#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "sandbox/active_launch.h"
#include "sandbox/isolation.h"
#include "sandbox/sandbox.h"
#include "sandbox/unique_fd.h"

namespace commandcenter::sandbox {

struct SpawnRequest {
  std::vector<UniqueFd> fds;  // for the helper: the plan, the cgroup if there is one, then the program's 0, 1, 2, …
  LaunchPipes pipes;          // for the server; not blocking
};

// A spec without a program is of a sandbox that will be told later. Fails when the server runs out of descriptors or
// memory; the message is for the Exit.
Result<SpawnRequest> make_spawn_request(const LaunchSpec& spec, const Isolation& isolation,
                                        const std::optional<Cgroup>& cgroup);

// To a sandbox that was made without them; where that is not so there is nothing to do. False when memory runs out.
bool give_orders(LaunchPipes& pipes, const LaunchSpec& spec);

}  // namespace commandcenter::sandbox
