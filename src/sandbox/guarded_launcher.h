// A launcher behind a circuit breaker. When no sandbox can be made (bubblewrap gone, processes or descriptors used up),
// launches do not fail: they wait in a queue, and are tried again by the breaker's rules. What a program does, once it
// runs, never counts.
//
//   start ──▶ queue ──breaker lets through──▶ inner launcher ──▶ the program runs, or the launch is wrong: told
//               ▲                                  │
//               └──────── infrastructure failed ───┘
//
// The time-out of a launch begins when it is let through.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "sandbox/circuit_breaker.h"
#include "sandbox/sandbox.h"

namespace commandcenter::sandbox {

inline constexpr int kMaxInfrastructureFailures = 20;  // of one launch; then it is told as it is
inline constexpr int kMaxFailuresBesideOthers = 3;     // while other launches succeed: then it is this launch
inline constexpr std::int64_t kFirstPauseMs = 100;     // before the same launch is tried again; doubles
inline constexpr std::int64_t kLongestPauseMs = 2'000;

// For health, metrics and `why`.
struct RuntimeHealth {
  CircuitBreaker::State state = CircuitBreaker::State::kClosed;
  std::int64_t failures_total = 0;
  std::int64_t trips_total = 0;
  std::int64_t waiting = 0;                   // launches that wait to be let through
  std::optional<std::int64_t> next_probe_ms;  // from now, when open
  std::string last_error;                     // of the latest infrastructure failure
};

class GuardedLauncher final : public Launcher {
 public:
  GuardedLauncher(std::unique_ptr<Launcher> inner, Clock& clock, BreakerConfig config = {});
  ~GuardedLauncher() override;

  LaunchId start(LaunchSpec spec, LaunchCallbacks callbacks) override;
  void kill(LaunchId id) override;
  Tier tier() const override { return inner_tier_; }
  AheadReport ahead() const override { return inner_->ahead(); }
  void apply(patch::Order order, std::function<void(Result<patch::Applied>)> done) override;
  void forget(const std::string& id) override;
  void fetch(FetchOrder order, std::function<void(Result<Fetched>)> done) override;
  void release(const std::string& id) override;

  // Any thread.
  RuntimeHealth health() const;
  bool waits(const std::string& label) const;  // of a LaunchSpec

 private:
  struct Launch {
    LaunchSpec spec;  // given up once the program runs
    std::shared_ptr<const LaunchCallbacks> callbacks;
    std::string label;
    std::optional<LaunchId> inner_id;
    bool running = false;
    bool killed = false;
    int failures = 0;
    int failures_beside_others = 0;
    std::int64_t successes_seen = 0;
    std::int64_t not_before_ms = 0;
  };

  void let_through();
  void begin(LaunchId id, Launch& launch);
  void on_started(LaunchId id);
  void on_exit(LaunchId id, Exit exit);
  bool try_again(LaunchId id, Launch& launch, const Exit& exit);
  void serve();

  Clock& clock_;
  const Tier inner_tier_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  CircuitBreaker breaker_;
  std::map<LaunchId, Launch> launches_;
  std::deque<LaunchId> waiting_;
  std::vector<std::shared_ptr<const LaunchCallbacks>> killed_;  // to be told by the thread
  LaunchId next_id_ = 1;
  std::int64_t successes_total_ = 0;
  std::string last_error_;
  bool stopping_ = false;
  std::unique_ptr<Launcher> inner_;
  std::thread thread_;
};

}  // namespace commandcenter::sandbox
