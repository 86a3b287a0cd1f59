// Which system calls a sandboxed program may make, as a program for the kernel: short, because the kernel compiles it
// for each sandbox anew.
//
// What agents need is listed; everything else does not exist for them (ENOSYS, so that libraries fall back to what they
// did on older kernels), or is refused by name (EPERM, which people understand): mount, ptrace, new namespaces, bpf,
// keys, modules, other processes' memory. Sockets are local, IPv4 and IPv6 streams and datagrams, and the one kind of
// netlink that lists interfaces. Programs for other processors' calls (32 bit) end with SIGSYS.
#pragma once

#include <string>

#include "base/result.h"

namespace commandcenter::sandbox {

// The bytes bubblewrap expects at --seccomp.
Result<std::string> seccomp_program();

}  // namespace commandcenter::sandbox
