#include "sandbox/guarded_launcher.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

namespace commandcenter::sandbox {
namespace {

Exit killed_exit(std::string message) {
  Exit exit;
  exit.kind = ExitKind::kKilled;
  exit.message = std::move(message);
  return exit;
}

}  // namespace

GuardedLauncher::GuardedLauncher(std::unique_ptr<Launcher> inner, Clock& clock, BreakerConfig config)
    : clock_(clock), inner_tier_(inner->tier()), breaker_(config), inner_(std::move(inner)), thread_([this] {
        serve();
      }) {}

GuardedLauncher::~GuardedLauncher() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
  inner_.reset();  // tells the end of all that it has
  for (const auto& [id, launch] : launches_)
    launch.callbacks->on_exit(killed_exit("killed because the server is shutting down"));
}

LaunchId GuardedLauncher::start(LaunchSpec spec, LaunchCallbacks callbacks) {
  const std::lock_guard lock(mutex_);
  const LaunchId id = next_id_++;
  Launch& launch = launches_[id];
  launch.label = spec.label;
  launch.spec = std::move(spec);
  launch.callbacks = std::make_shared<const LaunchCallbacks>(std::move(callbacks));
  waiting_.push_back(id);
  let_through();
  return id;
}

void GuardedLauncher::kill(LaunchId id) {
  const std::lock_guard lock(mutex_);
  const auto found = launches_.find(id);
  if (found == launches_.end()) return;
  found->second.killed = true;
  if (found->second.inner_id) return inner_->kill(*found->second.inner_id);
  std::erase(waiting_, id);
  killed_.push_back(found->second.callbacks);
  launches_.erase(found);
  changed_.notify_all();
}

// With the lock held, which the inner launcher's start() allows: it calls nobody back.
void GuardedLauncher::let_through() {
  const std::int64_t now_ms = clock_.monotonic_ms();
  for (auto next = waiting_.begin(); next != waiting_.end();) {
    Launch& launch = launches_.at(*next);
    if (launch.not_before_ms > now_ms) {
      ++next;
      continue;
    }
    if (stopping_ || !breaker_.try_begin(now_ms)) break;
    begin(*next, launch);
    next = waiting_.erase(next);
  }
  if (!waiting_.empty()) changed_.notify_all();
}

void GuardedLauncher::begin(LaunchId id, Launch& launch) {
  LaunchCallbacks callbacks;
  callbacks.on_log = [told = launch.callbacks](std::string_view line) { told->on_log(line); };
  callbacks.on_started = [this, id] { on_started(id); };
  callbacks.on_exit = [this, id](Exit exit) { on_exit(id, std::move(exit)); };
  launch.inner_id = inner_->start(launch.spec, std::move(callbacks));
}

void GuardedLauncher::on_started(LaunchId id) {
  std::shared_ptr<const LaunchCallbacks> callbacks;
  {
    const std::lock_guard lock(mutex_);
    const auto found = launches_.find(id);
    if (found == launches_.end() || found->second.running) return;
    found->second.running = true;
    found->second.spec = {};
    callbacks = found->second.callbacks;
    ++successes_total_;
    breaker_.succeeded();
    let_through();
  }
  if (callbacks->on_started) callbacks->on_started();
}

void GuardedLauncher::on_exit(LaunchId id, Exit exit) {
  std::shared_ptr<const LaunchCallbacks> callbacks;
  {
    const std::lock_guard lock(mutex_);
    const auto found = launches_.find(id);
    if (found == launches_.end()) return;
    Launch& launch = found->second;
    if (exit.infrastructure) {
      last_error_ = exit.message;
      breaker_.failed(clock_.monotonic_ms());
    } else if (!launch.running && (exit.kind == ExitKind::kKilled || exit.kind == ExitKind::kLimit)) {
      breaker_.abandoned();
    } else if (!launch.running) {
      breaker_.succeeded();  // the runtime did its part; the launch was wrong
    }
    const bool again = try_again(id, launch, exit);
    if (!again) {
      callbacks = launch.callbacks;
      launches_.erase(found);
    }
    let_through();
  }
  if (callbacks) callbacks->on_exit(std::move(exit));
}

// Puts a launch that never ran back into the queue, unless it is time to give up.
bool GuardedLauncher::try_again(LaunchId id, Launch& launch, const Exit& exit) {
  if (!exit.infrastructure || exit.kind != ExitKind::kNotStarted || launch.running || stopping_) return false;
  ++launch.failures;
  if (launch.failures > 1 && launch.successes_seen != successes_total_) ++launch.failures_beside_others;
  launch.successes_seen = successes_total_;
  if (launch.killed || launch.failures >= kMaxInfrastructureFailures ||
      launch.failures_beside_others >= kMaxFailuresBesideOthers) {
    return false;
  }
  launch.inner_id.reset();
  const std::int64_t pause_ms = kFirstPauseMs << std::min(launch.failures - 1, 10);
  launch.not_before_ms = clock_.monotonic_ms() + std::min(pause_ms, kLongestPauseMs);
  waiting_.push_back(id);
  return true;
}

// The thread: lets waiting launches through when their time has come, and tells the ends of those killed in the queue.
void GuardedLauncher::serve() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (!killed_.empty()) {
      const auto killed = std::exchange(killed_, {});
      lock.unlock();
      for (const auto& callbacks : killed)
        callbacks->on_exit(killed_exit("killed"));
      lock.lock();
      continue;
    }
    const std::int64_t now_ms = clock_.monotonic_ms();
    std::int64_t next_ms = std::numeric_limits<std::int64_t>::max();
    for (const LaunchId id : waiting_)
      next_ms = std::min(next_ms, launches_.at(id).not_before_ms);
    if (breaker_.probing()) {
      next_ms = std::numeric_limits<std::int64_t>::max();  // the end of the probe goes on
    } else if (const auto reopens_ms = breaker_.reopens_ms(); reopens_ms && !waiting_.empty()) {
      next_ms = std::max(next_ms, *reopens_ms);
    }
    if (next_ms == std::numeric_limits<std::int64_t>::max()) {
      changed_.wait(lock);
    } else if (next_ms > now_ms) {
      changed_.wait_for(lock, std::chrono::milliseconds(next_ms - now_ms));
    }
    if (!stopping_) let_through();
  }
}

// Patches need no sandbox, so the breaker has no say in them.
void GuardedLauncher::apply(patch::Order order, std::function<void(Result<patch::Applied>)> done) {
  inner_->apply(std::move(order), std::move(done));
}

void GuardedLauncher::forget(const std::string& id) {
  inner_->forget(id);
}

void GuardedLauncher::fetch(FetchOrder order, std::function<void(Result<Fetched>)> done) {
  inner_->fetch(std::move(order), std::move(done));
}

void GuardedLauncher::release(const std::string& id) {
  inner_->release(id);
}

RuntimeHealth GuardedLauncher::health() const {
  const std::lock_guard lock(mutex_);
  RuntimeHealth health;
  health.state = breaker_.state();
  health.failures_total = breaker_.failures_total();
  health.trips_total = breaker_.trips_total();
  health.waiting = static_cast<std::int64_t>(waiting_.size());
  if (const auto reopens_ms = breaker_.reopens_ms()) {
    health.next_probe_ms = std::max<std::int64_t>(0, *reopens_ms - clock_.monotonic_ms());
  }
  health.last_error = last_error_;
  return health;
}

bool GuardedLauncher::waits(const std::string& label) const {
  const std::lock_guard lock(mutex_);
  return std::any_of(waiting_.begin(), waiting_.end(), [&](LaunchId id) { return launches_.at(id).label == label; });
}

}  // namespace commandcenter::sandbox
