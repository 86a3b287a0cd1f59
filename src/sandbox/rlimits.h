// Resource limits of one launch, in the two places where they can be set.
//
// Before exec: memory, file size, open files, core dumps. They are only ever lowered (raising needs CAP_SYS_RESOURCE).
//   Memory is RLIMIT_DATA, which counts the private writable memory of each process. RLIMIT_AS would count reservations
//   too, and Node reserves gigabytes of address space before its first line runs. Shared memory is not counted.
// Inside the sandbox, by its first program: the number of processes. RLIMIT_NPROC counts all processes of a user within
//   a user namespace, so set before the namespace exists it would count the host user's other processes and stop
//   bubblewrap itself. The kernel never applies it to the host's root, which is why programs are not (host_user.h).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "sandbox/sandbox.h"

namespace commandcenter::sandbox {

struct ResourceLimit {
  std::int32_t resource = 0;  // RLIMIT_…
  std::uint64_t value = 0;
};

std::vector<ResourceLimit> limits_before_exec(const Limits& limits);

// Lowers a limit of the calling process. Safe between clone and exec. False with errno set.
bool lower_own_limit(const ResourceLimit& limit);

}  // namespace commandcenter::sandbox
