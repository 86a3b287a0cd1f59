// A mutex that lets waiters through in the order they came. The writer locks again the moment it has unlocked; with
// std::mutex the checkpointer might never get its turn under load.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace commandcenter::store {

class Turnstile {
 public:
  void lock() {
    std::unique_lock lock(mutex_);
    const std::uint64_t ticket = next_++;
    turn_.wait(lock, [&] { return ticket == serving_; });
  }
  void unlock() {
    {
      const std::lock_guard lock(mutex_);
      ++serving_;
    }
    turn_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable turn_;
  std::uint64_t next_ = 0;
  std::uint64_t serving_ = 0;
};

}  // namespace commandcenter::store
