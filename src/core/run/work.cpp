// Verbs: an attempt of a node begins, and ends in one of its ways.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/run/transition.h"

namespace commandcenter::run {
namespace {

std::int64_t backoff_ms(const workflow::Retry& retry, std::int64_t attempt, double jitter) {
  const double steady =
      static_cast<double>(retry.backoff_ms) * std::pow(retry.factor, static_cast<double>(attempt - 1));
  const double bounded = std::min(steady, static_cast<double>(retry.max_backoff_ms));
  return static_cast<std::int64_t>(bounded * (1.0 - retry.jitter * jitter));
}

}  // namespace

bool Transition::expect_running(std::size_t index, std::int64_t attempt) {
  const NodeState& state = node(index);
  if (state.status == NodeStatus::kRunning && state.attempt == attempt) return true;
  refuse(ErrorCode::kConflict, fmt::format("attempt {} of node {} is not running", attempt, planned(index).id));
  return false;
}

void Transition::node_started(const NodeStarted& event) {
  NodeState& started = node(event.node);
  if (started.status != NodeStatus::kPending || started.attempt != event.attempt) {
    return refuse(ErrorCode::kConflict, fmt::format("node {} is not waiting to start", planned(event.node).id));
  }
  started.status = NodeStatus::kRunning;
  started.started_at_ms = not_before(started.created_at_ms);
  touch(event.node);
  update_run_status();
}

void Transition::node_succeeded(const NodeSucceeded& event) {
  if (!expect_running(event.node, event.attempt)) return;
  NodeState& succeeded = node(event.node);
  succeeded.output = event.output;
  succeeded.has_output = true;
  succeeded.interruptions = 0;
  finish_node(event.node, NodeStatus::kSuccess, {}, {});
  settle({});
}

void Transition::node_failed(const NodeFailed& event) {
  if (!expect_running(event.node, event.attempt)) return;
  if (state_.stopping) return finish_stopped(event.node);
  NodeState& failed = node(event.node);
  failed.interruptions = 0;  // this attempt was not lost
  const workflow::Retry& retry = planned(event.node).retry;
  if (event.attempt < retry.attempts) {
    failed.status = NodeStatus::kBackoff;
    failed.reason = event.reason;
    failed.error = event.error;
    failed.finished_at_ms = not_before(failed.started_at_ms.value_or(failed.created_at_ms));
    failed.retry_at_ms = at_ms_ + backoff_ms(retry, event.attempt, event.jitter);
    touch(event.node);
    command(ScheduleRetry{event.node, failed.retry_at_ms});
    return update_run_status();
  }
  finish_node(event.node, NodeStatus::kFailed, event.reason, event.error);
  settle({});
}

void Transition::node_interrupted(const NodeInterrupted& event) {
  if (!expect_running(event.node, event.attempt)) return;
  if (state_.stopping) return finish_stopped(event.node);
  NodeState& lost = node(event.node);
  const workflow::PlannedNode& plan = planned(event.node);
  const bool harmless = plan.is_transform || !state_.plan->agents[plan.agent].has_effects;
  if (harmless && lost.interruptions + 1 < kMaxInterruptions) {
    ++lost.interruptions;
    lost.status = NodeStatus::kBackoff;  // the row of the lost attempt says so; the next one starts at once
    lost.reason = "interrupted";
    lost.error = "the server stopped while this attempt was running; it is repeated";
    lost.finished_at_ms = not_before(lost.started_at_ms.value_or(lost.created_at_ms));
    lost.retry_at_ms = at_ms_;
    touch(event.node);
    command(ScheduleRetry{event.node, lost.retry_at_ms});
    return update_run_status();
  }
  finish_node(event.node, NodeStatus::kFailed, "interrupted",
              harmless
                  ? fmt::format("the server stopped {} times in a row while this node was running", kMaxInterruptions)
                  : "the server stopped while this node was running; it may have had effects, so it was not repeated: "
                    "retry the run to run it again");
  settle({});
}

void Transition::retry_due(const RetryDue& event) {
  NodeState& due = node(event.node);
  if (due.status != NodeStatus::kBackoff) {
    return refuse(ErrorCode::kConflict, fmt::format("node {} waits for no retry", planned(event.node).id));
  }
  due.status = NodeStatus::kPending;
  ++due.attempt;
  due.reason.clear();
  due.error.clear();
  due.created_at_ms = at_ms_;
  due.started_at_ms.reset();
  due.finished_at_ms.reset();
  touch(event.node);
  command(StartNode{event.node, due.attempt});
  update_run_status();
}

}  // namespace commandcenter::run
