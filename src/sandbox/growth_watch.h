// How much a program has written to folders on disk, which no limit of the kernel counts: its copy of the workspace.
// Looked at now and then, seldom where a look takes long. The reactor's thread only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sandbox/sandbox.h"
#include "sandbox/usage_watch.h"

namespace commandcenter::sandbox {

inline constexpr std::int64_t kGrowthPause_ms = 500;  // between two looks, at least
inline constexpr std::int64_t kGrowthShare = 20;      // of which a look may take one part

class GrowthWatch {
 public:
  explicit GrowthWatch(const LaunchSpec& spec);

  std::optional<Breach> look(std::int64_t now_ms);

 private:
  std::string folder_;  // empty: there is none
  std::int64_t most_bytes_ = 0;
  std::int64_t limit_bytes_ = 0;
  std::int64_t next_ms_ = 0;
};

}  // namespace commandcenter::sandbox
