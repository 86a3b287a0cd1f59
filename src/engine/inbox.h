// The bounded queue between every other thread and the engine's.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

namespace commandcenter::engine {

template <typename T>
class Inbox {
 public:
  explicit Inbox(std::size_t capacity) : capacity_(capacity) {}

  // False when full or closed.
  bool offer(T message) {
    {
      const std::lock_guard lock(mutex_);
      if (closed_ || messages_.size() >= capacity_) return false;
      messages_.push_back(std::move(message));
    }
    arrived_.notify_one();
    return true;
  }

  // For what must not be lost: its number is bounded by other limits (running nodes).
  void force(T message) {
    {
      const std::lock_guard lock(mutex_);
      messages_.push_back(std::move(message));
    }
    arrived_.notify_one();
  }

  // Refuses new offers from now on.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }

  void wake() {
    {
      const std::lock_guard lock(mutex_);
      woken_ = true;
    }
    arrived_.notify_one();
  }

  // Waits until there is a message, a wake() or the time is up (negative: no limit), then takes at most `most`
  // messages.
  std::vector<T> take(std::size_t most, std::int64_t wait_ms) {
    std::unique_lock lock(mutex_);
    const auto ready = [&] { return !messages_.empty() || woken_; };
    if (wait_ms < 0)
      arrived_.wait(lock, ready);
    else if (wait_ms > 0)
      arrived_.wait_for(lock, std::chrono::milliseconds(wait_ms), ready);
    woken_ = false;
    const std::size_t count = std::min(most, messages_.size());
    const auto end = messages_.begin() + static_cast<std::ptrdiff_t>(count);
    std::vector<T> taken(std::make_move_iterator(messages_.begin()), std::make_move_iterator(end));
    messages_.erase(messages_.begin(), end);
    return taken;
  }

  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return messages_.size();
  }

 private:
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<T> messages_;
  bool closed_ = false;
  bool woken_ = false;
};

}  // namespace commandcenter::engine
