#include "sandbox/rlimits.h"

#include <sys/resource.h>

#include <algorithm>

namespace commandcenter::sandbox {

namespace {

constexpr std::uint64_t kReservedPerUsed = 4;

}  // namespace

std::vector<ResourceLimit> limits_before_exec(const Limits& limits) {
  std::vector<ResourceLimit> out;
  // No file, as with 0, and no program of the host that is fed the memory of who crashes: that runs as root.
  out.push_back({RLIMIT_CORE, 1});
  out.push_back({RLIMIT_FSIZE, static_cast<std::uint64_t>(limits.file_size_bytes)});
  out.push_back({RLIMIT_NOFILE, static_cast<std::uint64_t>(limits.open_files)});
  if (limits.memory_bytes > 0) {
    out.push_back({RLIMIT_DATA, static_cast<std::uint64_t>(limits.memory_bytes) * kReservedPerUsed});
  }
  return out;
}

bool lower_own_limit(const ResourceLimit& limit) {
  const auto which = static_cast<__rlimit_resource>(limit.resource);
  rlimit now{};
  if (::getrlimit(which, &now) != 0) return false;
  const rlim_t lowered = std::min<rlim_t>(limit.value, now.rlim_max);
  const rlimit wanted{lowered, lowered};
  return ::setrlimit(which, &wanted) == 0;
}

}  // namespace commandcenter::sandbox
