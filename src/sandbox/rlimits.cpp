#include "sandbox/rlimits.h"

#include <sys/resource.h>

namespace commandcenter::sandbox {

namespace {

constexpr std::uint64_t kReservedPerUsed = 4;

}  // namespace

std::vector<ResourceLimit> limits_before_exec(const Limits& limits, Tier tier) {
  std::vector<ResourceLimit> out;
  // No file, as with 0, and no program of the host that is fed the memory of who crashes: that runs as root.
  out.push_back({RLIMIT_CORE, 1});
  out.push_back({RLIMIT_FSIZE, static_cast<std::uint64_t>(limits.file_size_bytes)});
  if (tier == Tier::kNone) out.push_back({RLIMIT_NOFILE, static_cast<std::uint64_t>(limits.open_files)});
  if (limits.memory_bytes > 0) {
    out.push_back({RLIMIT_DATA, static_cast<std::uint64_t>(limits.memory_bytes) * kReservedPerUsed});
  }
  return out;
}

}  // namespace commandcenter::sandbox
