// What is told to the metrics, once it is durable and before anybody hears of it.
#include "engine/impl.h"

namespace commandcenter::engine {
namespace {

observe::AgentAction action_of(const LiveRun& run, std::size_t node) {
  const workflow::PlannedNode& planned = run.state.plan->nodes[node];
  const workflow::AgentSnapshot& agent = run.state.plan->agents[planned.agent];
  return {agent.id, agent.name, planned.action};
}

}  // namespace

void Engine::Impl::measure_end(const LiveRun& run) {
  if (metrics_ == nullptr) return;
  const run::RunState& state = run.state;
  const std::int64_t from_ms = state.admitted_at_ms.value_or(state.created_at_ms);
  measures_.push_back(
      [this, end = observe::RunEnd{run.workflow_id, state.plan->name, state.trigger,
                                   std::string(run_status_word(state.status)),
                                   *state.finished_at_ms - from_ms - run.waited_ms}] { metrics_->run_ended(end); });
}

void Engine::Impl::measure_attempt(const LiveRun& run, const NodeEnded& ended) {
  if (metrics_ == nullptr) return;
  const Json* duration = find_member(ended.facts, "durationMs");
  observe::AttemptEnd end{action_of(run, ended.node), ended.outcome.success, ended.outcome.reason,
                          duration != nullptr ? duration->get<std::int64_t>() : 0};
  measures_.push_back([this, end = std::move(end)] { metrics_->attempt_ended(end); });
}

void Engine::Impl::measure_retry(const LiveRun& run, std::size_t node) {
  if (metrics_ == nullptr || run.state.plan->nodes[node].is_transform) return;
  measures_.push_back([this, of = action_of(run, node)] { metrics_->attempt_retried(of); });
}

void Engine::Impl::measure_decision(const store::ApprovalRow& row) {
  if (metrics_ == nullptr || !row.responded_at_ms) return;
  measures_.push_back([this, status = row.status, wait_ms = *row.responded_at_ms - row.requested_at_ms] {
    metrics_->approval_decided(status, wait_ms);
  });
}

}  // namespace commandcenter::engine
