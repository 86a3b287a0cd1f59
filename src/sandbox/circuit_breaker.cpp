#include "sandbox/circuit_breaker.h"

namespace commandcenter::sandbox {

bool CircuitBreaker::try_begin(std::int64_t now_ms) {
  if (state_ == State::kClosed) return true;
  if (state_ == State::kOpen) {
    if (now_ms < opened_ms_ + config_.reset_ms) return false;
    state_ = State::kHalfOpen;
    successes_ = 0;
    probing_ = false;
  }
  if (probing_) return false;
  probing_ = true;
  return true;
}

void CircuitBreaker::succeeded() {
  // A success of an attempt that began before the breaker opened says nothing about now.
  if (state_ != State::kHalfOpen || !probing_) return;
  probing_ = false;
  if (++successes_ < config_.successes) return;
  state_ = State::kClosed;
  recent_failures_ms_.clear();
}

void CircuitBreaker::failed(std::int64_t now_ms) {
  ++failures_total_;
  if (state_ == State::kHalfOpen) return open(now_ms);
  if (state_ == State::kOpen) return;
  recent_failures_ms_.push_back(now_ms);
  while (recent_failures_ms_.front() < now_ms - config_.window_ms)
    recent_failures_ms_.pop_front();
  if (static_cast<std::int64_t>(recent_failures_ms_.size()) >= config_.failures) open(now_ms);
}

void CircuitBreaker::abandoned() {
  probing_ = false;
}

std::optional<std::int64_t> CircuitBreaker::reopens_ms() const {
  if (state_ != State::kOpen) return std::nullopt;
  return opened_ms_ + config_.reset_ms;
}

void CircuitBreaker::open(std::int64_t now_ms) {
  state_ = State::kOpen;
  opened_ms_ = now_ms;
  probing_ = false;
  recent_failures_ms_.clear();
  ++trips_total_;
}

std::string_view state_word(CircuitBreaker::State state) {
  switch (state) {
    case CircuitBreaker::State::kClosed:
      return "closed";
    case CircuitBreaker::State::kOpen:
      return "open";
    case CircuitBreaker::State::kHalfOpen:
      return "half-open";
  }
  return "closed";
}

}  // namespace commandcenter::sandbox
