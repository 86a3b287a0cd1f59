// What a running sandbox uses, looked at from outside: memory and tasks of all its processes, space and files of /tmp
// and /dev/shm. The kernel's limits of a process (rlimits.h) are per process, and a program that runs into them only
// sees a call fail; here they hold for the whole tree, and reaching one ends the launch with a sentence.
//
// A look costs some ten microseconds for each process. The first comes after kFirstLookMs, so short programs cost
// nothing; what they can do until then is bounded by the rlimits. The reactor's thread only.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "sandbox/sandbox.h"
#include "sandbox/unique_fd.h"

namespace commandcenter::sandbox {

inline constexpr std::int64_t kFirstLookMs = 50;
inline constexpr std::int64_t kLookAgainMs = 100;
inline constexpr std::int64_t kLookCloselyMs = 20;  // while more than half of the memory is in use
// What waits in a socket is no process's memory, and nothing tells how much it is. Without a control group each of them
// beyond the first few counts as the most that the kernel keeps in one.
inline constexpr std::int64_t kFreeSockets = 64;
inline constexpr std::int64_t kSocket_bytes = 256 << 10;

struct Breach {
  std::string limit;
  std::string message;
};

Breach too_many_processes(const Limits& limits);

class UsageWatch {
 public:
  // `inner` is pid 1 of the namespaces, whose mounts are complete. With a control group the kernel counts memory.
  UsageWatch(pid_t inner, const Limits& limits, bool has_cgroup);

  std::optional<Breach> look();
  // After the last process is gone: what the file systems that it left tell.
  std::optional<Breach> look_back() const;
  std::int64_t next_look_ms() const { return closely_ ? kLookCloselyMs : kLookAgainMs; }

 private:
  struct Tree {
    std::int64_t tasks = 0;
    std::int64_t resident_bytes = 0;  // shared pages counted for each process
    std::int64_t private_bytes = -1;  // each page once, files excluded; when asked for
  };
  Tree read_tree(bool exactly) const;
  std::optional<Breach> look_at_folders() const;
  std::int64_t socket_bytes() const;

  const Limits limits_;
  const bool has_cgroup_;
  UniqueFd processes_;  // /proc as the sandbox has it
  UniqueFd scratch_;
  UniqueFd shared_memory_;
  bool closely_ = false;
};

}  // namespace commandcenter::sandbox
