// Resource limits of one launch, in the two places where they can be set.
//
// Before exec: memory, file size, core dumps; without a sandbox also open files. They are only ever lowered (raising
// needs CAP_SYS_RESOURCE).
//   Memory is RLIMIT_DATA, which counts the private writable memory that each process has asked for, used or not, so it
//   is a multiple of what may be used; usage_watch.h looks at that. It bounds what a program can take between two
//   looks. RLIMIT_AS would count reservations that cannot even be written, of which Node makes gigabytes at its start.
// Inside the sandbox, by its first program: the number of open files, of which bubblewrap needs more the more secrets
//   there are, and of processes. RLIMIT_NPROC counts all processes of a user within
//   a user namespace, so set before the namespace exists it would count the host user's other processes and stop
//   bubblewrap itself. The kernel never applies it to the host's root, which is why programs are not (host_user.h).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "sandbox/child_setup.h"
#include "sandbox/sandbox.h"

namespace commandcenter::sandbox {

std::vector<ResourceLimit> limits_before_exec(const Limits& limits, Tier tier);

}  // namespace commandcenter::sandbox
