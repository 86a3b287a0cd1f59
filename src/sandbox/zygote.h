// The helper's end of a loaded bubblewrap, see zygote_main.cpp. Where it does not work, and for what does not fit into
// an order, spawn_child() does the same, slower. The helper's thread only.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "sandbox/spawn_child.h"
#include "sandbox/spawn_protocol.h"
#include "sandbox/unique_fd.h"

namespace commandcenter::sandbox {

class Zygote {
 public:
  Zygote() = default;
  Zygote(const Zygote&) = delete;
  Zygote& operator=(const Zygote&) = delete;
  ~Zygote() { end(); }

  // Loads the plan's bubblewrap if that has not been done yet, and again when its file is another one by now. Nothing:
  // it has to be started in the usual way, which will also tell what is wrong with it.
  std::optional<SpawnOutcome> spawn(const SpawnPlan& plan, const std::vector<UniqueFd>& fds,
                                    const std::optional<Disguise>& disguise, const UniqueFd& cgroup);

  // A child of this process has been reaped. True if it was this one; the next spawn() starts another.
  bool ended(pid_t pid);

  void end();

 private:
  bool load(const SpawnPlan& plan);
  bool start(const SpawnPlan& plan);
  bool is_loaded(const struct stat& bubblewrap) const;

  UniqueFd library_;
  UniqueFd socket_;
  pid_t pid_ = -1;
  bool gave_up_ = false;
  struct stat bubblewrap_ {};  // that was loaded, or would not be
};

}  // namespace commandcenter::sandbox
