// The part of the reactor that starts programs before there is input for them; see started_ahead.h.
#include <memory>
#include <utility>

#include "sandbox/reactor.h"
#include "sandbox/spawn_request.h"

namespace commandcenter::sandbox {

// The program or the sandbox that waits for such a launch becomes it.
bool Reactor::use_one_ahead(ActiveLaunch& launch) {
  const StartedAhead::Choice choice = started_ahead_.take(launch.spec);
  for (const LaunchId stale : choice.stale)
    retire(stale);
  ActiveLaunch* ahead = choice.fits ? find(*choice.fits) : nullptr;
  if (ahead != nullptr && !(ahead->is_fit() && give_orders(ahead->pipes, launch.spec))) {
    retire(*choice.fits);
    ahead = nullptr;
  }
  ahead_waiting_ = static_cast<int>(started_ahead_.size());
  if (ahead == nullptr) return false;
  const auto own = launches_.extract(launch.id);
  known_as_[launch.id] = ahead->id;
  ahead->become(std::move(*own.mapped()));
  ahead->deadline_ms = ahead->start_ms + ahead->spec.limits.timeout_ms;
  ahead_used_ += 1;
  if (ahead->phase != Phase::kWaiting) talk_to(*ahead);
  open_gate(*ahead);  // is_fit() may have read what opens it
  look_again(*ahead);
  if (!ahead->spec.may_start_ahead) start_ahead(ahead->spec);
  return true;
}

void Reactor::start_ahead(const LaunchSpec& like) {
  if (shutting_down_ || !helper_alive_ || launches_.size() >= kMaxLaunches) return;
  auto order = started_ahead_.next(like);
  if (!order) return;
  if (order->in_place_of) retire(*order->in_place_of);
  const LaunchId id = next_ahead_++;
  started_ahead_.add(id, order->spec);
  ahead_waiting_ = static_cast<int>(started_ahead_.size());
  order->spec.label = "ahead";
  auto launch = std::make_unique<ActiveLaunch>(id, std::move(order->spec),
                                               LaunchCallbacks{{}, [](std::string_view) {}, [](const Exit&) {}},
                                               isolation_.tier, clock_.monotonic_ms());
  launch->ahead = true;
  launch->deadline_ms = launch->start_ms + kAheadIdle_ms;
  set_timer(*launch, launch->deadline_ms);
  waiting_.push_back(id);
  launches_.emplace(id, std::move(launch));
}

void Reactor::retire(LaunchId id) {
  started_ahead_.forget(id);
  if (ActiveLaunch* launch = find(id)) end(*launch, ExitKind::kKilled, {}, "nobody needed it");
}

void Reactor::retire_all() {
  for (const LaunchId id : started_ahead_.all())
    retire(id);
  ahead_waiting_ = 0;
}

AheadReport Reactor::ahead() const {
  return {started_ahead_.most(), ahead_waiting_, ahead_used_, ahead_retired_};
}

}  // namespace commandcenter::sandbox
