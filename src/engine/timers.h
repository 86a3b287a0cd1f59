// What is due when. Most entries are never removed early: whoever is woken checks whether it still matters.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

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

  bool operator<(const Timer& other) const {
    return std::tie(due_ms, id, node, kind) < std::tie(other.due_ms, other.id, other.node, other.kind);
  }
};

// Time-outs and expiries that are due later than this wait in the store; once per window those that are near get
// timers.
inline constexpr std::int64_t kExpiryWindow_ms = 3'600'000;

class Timers {
 public:
  void add(Timer timer) { timers_.insert(std::move(timer)); }
  void remove(const Timer& timer) { timers_.erase(timer); }

  std::optional<std::int64_t> next_due_ms() const {
    return timers_.empty() ? std::nullopt : std::optional(timers_.begin()->due_ms);
  }

  std::optional<Timer> take_due(std::int64_t now_ms) {
    if (timers_.empty() || timers_.begin()->due_ms > now_ms) return std::nullopt;
    return std::move(timers_.extract(timers_.begin()).value());
  }

 private:
  std::set<Timer> timers_;
};

}  // namespace commandcenter::engine
