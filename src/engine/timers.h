// What is due when. Entries are never removed early: whoever is woken checks whether it still matters.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <utility>
#include <vector>

namespace commandcenter::engine {

enum class TimerKind {
  kRetryNode,
  kRunTimeout,
  kApprovalExpiry,
  kExpiryWindow,
  kStoreRetry,
  kSweepFacts,
  kRetention,
  kProgress,
  kHeartbeat
};

struct Timer {
  std::int64_t due_ms = 0;  // wall clock
  TimerKind kind = TimerKind::kRetryNode;
  std::string id;  // of the run or the approval
  std::size_t node = 0;

  bool operator>(const Timer& other) const {
    return std::tie(due_ms, id, node) > std::tie(other.due_ms, other.id, other.node);
  }
};

// Approvals that expire later than this wait in the store; once per window those that are near get timers.
inline constexpr std::int64_t kExpiryWindow_ms = 3'600'000;

class Timers {
 public:
  void add(Timer timer) { heap_.push(std::move(timer)); }

  std::optional<std::int64_t> next_due_ms() const {
    return heap_.empty() ? std::nullopt : std::optional(heap_.top().due_ms);
  }

  std::optional<Timer> take_due(std::int64_t now_ms) {
    if (heap_.empty() || heap_.top().due_ms > now_ms) return std::nullopt;
    Timer timer = heap_.top();
    heap_.pop();
    return timer;
  }

 private:
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> heap_;
};

}  // namespace commandcenter::engine
