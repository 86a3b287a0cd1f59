// The seam to randomness, and the ids made from it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace commandcenter {

class Entropy {
 public:
  virtual ~Entropy() = default;
  virtual void fill(std::span<std::uint8_t> bytes) = 0;
};

class SystemEntropy final : public Entropy {
 public:
  void fill(std::span<std::uint8_t> bytes) override;
};

// A ULID (https://github.com/ulid/spec) in lower case: 26 characters, sorted by time, 80 random bits.
std::string make_id(std::int64_t wall_ms, Entropy& entropy);

// Such ids in the order in which they were made, those of one millisecond, too (the specification's monotonic factory).
// For one thread.
class IdSequence {
 public:
  std::string next(std::int64_t wall_ms, Entropy& entropy);

 private:
  std::string last_;
};

}  // namespace commandcenter
