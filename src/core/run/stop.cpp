// Verbs: a run is cancelled, or takes too long. Nothing new starts; what runs is killed, and the run ends when the last
// attempt has ended, so that nothing is recorded after a run's final state.
#include <fmt/format.h>

#include "core/run/transition.h"

namespace commandcenter::run {

void Transition::run_cancelled(const RunCancelled& event) {
  if (!event.superseded_by.empty()) {
    return stop(
        RunStatus::kCancelled, "superseded",
        fmt::format("cancelled because run {} of the same concurrency key took its place", event.superseded_by));
  }
  stop(RunStatus::kCancelled, "cancelled", event.by.empty() ? "cancelled" : fmt::format("cancelled by {}", event.by));
}

void Transition::run_timed_out() {
  stop(RunStatus::kFailed, "timeout",
       fmt::format("the run took longer than its time-out of {} s",
                   static_cast<double>(state_.plan->timeout_ms.value_or(0)) / 1000.0));
}

void Transition::stop(RunStatus end, std::string reason, std::string error) {
  if (is_final(state_.status)) {
    return refuse(ErrorCode::kConflict, fmt::format("the run has already ended ({})", run_status_word(state_.status)));
  }
  if (state_.stopping) return refuse(ErrorCode::kConflict, "the run is being stopped already");
  state_.stopping = true;
  state_.stop_status = end;
  state_.stop_reason = std::move(reason);
  state_.error = std::move(error);
  for (std::size_t i = 0; i < state_.nodes.size(); ++i) {
    if (is_final(node(i).status)) continue;
    if (node(i).status == NodeStatus::kApplying) continue;  // half a patch is worse than all of it
    if (node(i).status == NodeStatus::kRunning) {
      command(StopNode{i, node(i).attempt});
      continue;
    }
    if (node(i).status == NodeStatus::kWaitingApproval) command(WithdrawApproval{i});
    finish_stopped(i);
  }
  update_run_status();
}

void Transition::finish_stopped(std::size_t index) {
  NodeState& stopped = node(index);
  if (stopped.attempt == 0) stopped.attempt = 1;
  if (stopped.created_at_ms == 0) stopped.created_at_ms = at_ms_;
  finish_node(index, NodeStatus::kCancelled, state_.stop_reason, state_.error);
  update_run_status();
}

}  // namespace commandcenter::run
