// A circuit breaker: after enough failures within a window nothing is tried for a while; then one attempt at a time,
// until enough of them in a row have succeeded. Pure: time comes in with each call and never goes back.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>

namespace commandcenter::sandbox {

struct BreakerConfig {
  std::int64_t failures = 5;
  std::int64_t window_ms = 120'000;
  std::int64_t reset_ms = 60'000;
  std::int64_t successes = 3;
};

class CircuitBreaker {
 public:
  enum class State { kClosed, kOpen, kHalfOpen };

  explicit CircuitBreaker(BreakerConfig config) : config_(config) {}

  // Whether an attempt may begin now; if so, it has begun, and one of the three below must follow.
  bool try_begin(std::int64_t now_ms);
  void succeeded();
  void failed(std::int64_t now_ms);
  void abandoned();  // ended without telling anything, killed for instance

  State state() const { return state_; }
  bool probing() const { return state_ == State::kHalfOpen && probing_; }  // nothing else may begin until it has ended
  // When an open breaker lets the next attempt through.
  std::optional<std::int64_t> reopens_ms() const;
  std::int64_t failures_total() const { return failures_total_; }
  std::int64_t trips_total() const { return trips_total_; }

 private:
  void open(std::int64_t now_ms);

  const BreakerConfig config_;
  State state_ = State::kClosed;
  std::deque<std::int64_t> recent_failures_ms_;  // at most config_.failures
  std::int64_t opened_ms_ = 0;
  bool probing_ = false;
  std::int64_t successes_ = 0;  // in a row, half-open
  std::int64_t failures_total_ = 0;
  std::int64_t trips_total_ = 0;
};

std::string_view state_word(CircuitBreaker::State state);  // "closed", "open", "half-open"

}  // namespace commandcenter::sandbox
