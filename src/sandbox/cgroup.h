// Control groups (v2): the kernel counts memory, tasks and processor time of each sandbox as a whole. Possible when the
// server has been given a part of the tree to divide: a systemd unit with Delegate=yes, or root on a machine without
// systemd.
//
//   <own group>/server      the server and its helper: a group with children may hold no processes itself
//   <own group>/agents/<n>  one for each launch, made before it and removed after it
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"
#include "sandbox/sandbox.h"
#include "sandbox/unique_fd.h"
#include "sandbox/usage_watch.h"

namespace commandcenter::sandbox {

// The group of one launch; removes it in the end.
class Cgroup {
 public:
  Cgroup(std::string folder, UniqueFd fd) : folder_(std::move(folder)), fd_(std::move(fd)) {}
  Cgroup(Cgroup&& other) noexcept : folder_(std::exchange(other.folder_, {})), fd_(std::move(other.fd_)) {}
  Cgroup& operator=(Cgroup&&) = delete;
  ~Cgroup();

  const UniqueFd& fd() const { return fd_; }
  // Which limit the kernel has seen reached, if any: also when nobody looked meanwhile, and the program lives with it.
  std::optional<Breach> breach(const Limits& limits) const;

 private:
  std::string folder_;  // empty: moved from
  UniqueFd fd_;
};

class CgroupTree {
 public:
  // The folder of the own group, if it can be divided. Only looks; the error says why not.
  static Result<std::string> find();

  // Moves this process and its children (the spawn helper) aside and makes the folder of the agents' groups. On the
  // main thread, which has forked them.
  static Result<CgroupTree> take(const std::string& folder);

  Result<Cgroup> make(std::uint64_t launch, const Limits& limits) const;

 private:
  explicit CgroupTree(std::string agents) : agents_(std::move(agents)) {}
  std::string agents_;
};

}  // namespace commandcenter::sandbox
