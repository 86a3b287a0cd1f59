// How much may wait in the TCP sockets of a sandbox: memory that belongs to no process. The kernel keeps the bounds
// with the network namespace, where only whoever made the sandbox may set them; sockets of other kinds have small ones.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace commandcenter::sandbox {

inline constexpr std::int64_t kTcpBuffer_bytes = 128 << 10;  // in each direction of each socket

// In the network namespace of that process, which descends from this one. This process must be in one of its own, into
// which it can come back (stage.h). False where the kernel does not let it.
bool bound_network(pid_t pid);

}  // namespace commandcenter::sandbox
