// The seams to time and chance. Production code asks these and nothing else, so that a simulator can run everything
// from one seed.
#pragma once

#include <cstdint>
#include <string>

namespace commandcenter {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::int64_t wall_ms() = 0;       // Unix time; may jump
  virtual std::int64_t monotonic_ms() = 0;  // never goes back; for durations and deadlines
};

class SystemClock final : public Clock {
 public:
  std::int64_t wall_ms() override;
  std::int64_t monotonic_ms() override;
};

// "2026-01-31T09:05:00.123Z"
std::string iso8601(std::int64_t wall_ms);

}  // namespace commandcenter
