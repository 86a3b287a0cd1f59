// How far a start had come when it failed.
#pragma once

#include <cstdint>

namespace commandcenter::sandbox {

enum class SpawnStage : std::int32_t {
  kRequest = 0,
  kProcess = 1,
  kDescriptors = 2,
  kLimits = 3,
  kFolder = 4,
  kExec = 5,
  kUser = 6,
  kLayer = 7,
  kStage = 8
};

}  // namespace commandcenter::sandbox
