// Time and chance of a simulated world. One thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "base/clock.h"
#include "base/entropy.h"

namespace commandcenter::sim {

// SplitMix64 (https://prng.di.unimi.it/splitmix64.c): the same numbers on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  // From lowest to highest, both included.
  std::int64_t between(std::int64_t lowest, std::int64_t highest) {
    const auto width = static_cast<std::uint64_t>(highest - lowest) + 1;
    return lowest + static_cast<std::int64_t>(next() % width);
  }
  bool chance(int percent) { return between(0, 99) < percent; }
  std::size_t index(std::size_t size) { return static_cast<std::size_t>(next() % size); }

 private:
  std::uint64_t state_;
};

class FakeClock final : public Clock {
 public:
  std::int64_t wall_ms() override { return monotonic_ms_ + offset_ms_; }
  std::int64_t monotonic_ms() override { return monotonic_ms_; }
  std::int64_t now_ms() const { return monotonic_ms_; }
  std::int64_t offset_ms() const { return offset_ms_; }

  void advance_to(std::int64_t now_ms) { monotonic_ms_ = std::max(monotonic_ms_, now_ms); }
  void jump(std::int64_t by_ms) { offset_ms_ += by_ms; }

 private:
  std::int64_t monotonic_ms_ = 0;
  std::int64_t offset_ms_ = 1'700'000'000'000;
};

class FakeEntropy final : public Entropy {
 public:
  explicit FakeEntropy(std::uint64_t seed) : random_(seed) {}
  void fill(std::span<std::uint8_t> bytes) override {
    for (std::uint8_t& byte : bytes)
      byte = static_cast<std::uint8_t>(random_.next());
  }

 private:
  Random random_;
};

}  // namespace commandcenter::sim
