// Starting one program from the helper: clone that shares memory until exec, so that its cost does not depend on the
// helper's size and a failing exec is known at once. Runs in the helper only.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "sandbox/child_setup.h"
#include "sandbox/spawn_protocol.h"

namespace commandcenter::sandbox {

struct SpawnOutcome {
  pid_t pid = -1;  // -1: no process was made; with an error: it ended before exec and is to be reaped
  SpawnStage stage = SpawnStage::kProcess;
  int error = 0;
};

// What set_up_child() is told, with all that it points to. The plan and the disguise must outlive it.
class SetupParts {
 public:
  SetupParts(const SpawnPlan& plan, const std::vector<UniqueFd>& fds, const std::optional<Disguise>& disguise);
  SetupParts(const SetupParts&) = delete;
  SetupParts& operator=(const SetupParts&) = delete;
  const ChildSetup& setup() const { return setup_; }

 private:
  std::string user_map_;
  std::string group_map_;
  std::vector<int> fds_;
  std::vector<ShownEntry> shown_;
  ChildSetup setup_;
};

// With a disguise the program becomes that user; with a cgroup it is born there. It gets the descriptors as 0, 1, 2, …,
// no others, its own session, default signals, no new privileges, the plan's limits, and a SIGKILL when the helper
// dies.
SpawnOutcome spawn_child(const SpawnPlan& plan, const std::vector<UniqueFd>& fds,
                         const std::optional<Disguise>& disguise, const UniqueFd& cgroup);

}  // namespace commandcenter::sandbox
