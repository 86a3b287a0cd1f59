// The front door of the state machine: events to verbs, and what a restart must do again.
#include <algorithm>

#include "base/assert.h"
#include "core/run/transition.h"

namespace commandcenter::run {

void Transition::touch(std::size_t node) {
  auto& touched = decision_.touched;
  const auto place = std::lower_bound(touched.begin(), touched.end(), node);
  if (place == touched.end() || *place != node) touched.insert(place, node);
}

Decision step(RunState& state, const Event& event) {
  CC_ASSERT(state.plan != nullptr);
  const bool is_first = std::holds_alternative<RunCreated>(event.payload);
  CC_ASSERT(is_first == (state.sequence == 0));

  Transition transition(state, event.at_ms);
  struct Verbs {
    Transition& transition;
    void operator()(const RunCreated& e) { transition.create(e); }
    void operator()(const RunAdmitted&) { transition.admit(); }
    void operator()(const NodeStarted& e) { transition.node_started(e); }
    void operator()(const NodeSucceeded& e) { transition.node_succeeded(e); }
    void operator()(const NodePreviewed& e) { transition.node_previewed(e); }
    void operator()(const PatchApplied& e) { transition.patch_applied(e); }
    void operator()(const PatchRefused& e) { transition.patch_refused(e); }
    void operator()(const NodeFailed& e) { transition.node_failed(e); }
    void operator()(const NodeInterrupted& e) { transition.node_interrupted(e); }
    void operator()(const RetryDue& e) { transition.retry_due(e); }
    void operator()(const ApprovalDecided& e) { transition.approval_decided(e); }
    void operator()(const ApprovalExpired& e) { transition.approval_expired(e); }
    void operator()(const RunCancelled& e) { transition.run_cancelled(e); }
    void operator()(const RunTimedOut&) { transition.run_timed_out(); }
  };
  std::visit(Verbs{transition}, event.payload);
  Decision decision = transition.take();
  if (!decision.refused) ++state.sequence;
  return decision;
}

std::vector<Command> outstanding(const RunState& state) {
  std::vector<Command> commands;
  for (std::size_t i = 0; i < state.nodes.size(); ++i) {
    const NodeState& node = state.nodes[i];
    switch (node.status) {
      case NodeStatus::kPending:
        commands.push_back(StartNode{i, node.attempt});
        break;
      case NodeStatus::kBackoff:
        commands.push_back(ScheduleRetry{i, node.retry_at_ms});
        break;
      case NodeStatus::kApplying:
        commands.push_back(ApplyPatch{i, node.attempt});
        break;
      case NodeStatus::kWaiting:
      case NodeStatus::kWaitingApproval:
      case NodeStatus::kRunning:
      case NodeStatus::kSuccess:
      case NodeStatus::kFailed:
      case NodeStatus::kSkipped:
      case NodeStatus::kCancelled:
        break;
    }
  }
  return commands;
}

std::vector<std::size_t> running_nodes(const RunState& state) {
  std::vector<std::size_t> running;
  for (std::size_t i = 0; i < state.nodes.size(); ++i) {
    if (state.nodes[i].status == NodeStatus::kRunning) running.push_back(i);
  }
  return running;
}

}  // namespace commandcenter::run
