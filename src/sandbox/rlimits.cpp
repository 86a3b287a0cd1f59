#include "sandbox/rlimits.h"

#include <sys/resource.h>

#include <algorithm>

namespace commandcenter::sandbox {
namespace {

bool lower(pid_t pid, int resource, rlim_t value) {
  const auto which = static_cast<__rlimit_resource>(resource);
  rlimit now{};
  if (::prlimit(pid, which, nullptr, &now) != 0) return false;
  const rlim_t lowered = std::min(value, now.rlim_max);
  const rlimit wanted{lowered, lowered};
  return ::prlimit(pid, which, &wanted, nullptr) == 0;
}

}  // namespace

std::vector<ResourceLimit> limits_before_exec(const Limits& limits) {
  std::vector<ResourceLimit> out;
  out.push_back({RLIMIT_CORE, 0});
  out.push_back({RLIMIT_FSIZE, static_cast<std::uint64_t>(limits.file_size_bytes)});
  out.push_back({RLIMIT_NOFILE, static_cast<std::uint64_t>(limits.open_files)});
  if (limits.memory_bytes > 0) out.push_back({RLIMIT_DATA, static_cast<std::uint64_t>(limits.memory_bytes)});
  return out;
}

bool lower_own_limit(const ResourceLimit& limit) {
  return lower(0, limit.resource, limit.value);
}

bool limit_processes_of(pid_t pid, int processes) {
  return lower(pid, RLIMIT_NPROC, static_cast<rlim_t>(processes));
}

}  // namespace commandcenter::sandbox
