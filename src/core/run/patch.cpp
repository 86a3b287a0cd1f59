// Verbs: an agent has changed its copy of the workspace, and what became of that patch.
#include <fmt/format.h>

#include "core/run/transition.h"

namespace commandcenter::run {

void Transition::node_previewed(const NodePreviewed& event) {
  if (!expect_running(event.node, event.attempt)) return;
  if (state_.stopping) return finish_stopped(event.node);
  NodeState& shown = node(event.node);
  shown.interruptions = 0;
  shown.output = event.output;
  shown.patch = event.patch;
  if (event.patch.text.empty() && !planned(event.node).needs_approval) {
    shown.has_output = true;
    finish_node(event.node, NodeStatus::kSuccess, {}, {});
    return settle({});
  }
  shown.status = NodeStatus::kWaitingApproval;
  touch(event.node);
  command(RequestApproval{event.node, at_ms_ + planned(event.node).approval_expiry_ms});
  update_run_status();
}

bool Transition::expect_applying(std::size_t index, std::int64_t attempt) {
  const NodeState& state = node(index);
  if (state.status == NodeStatus::kApplying && state.attempt == attempt) return true;
  refuse(ErrorCode::kConflict, fmt::format("no patch of node {} is being applied", planned(index).id));
  return false;
}

// Also while the run is being stopped: what is in the workspace is in the record.
void Transition::patch_applied(const PatchApplied& event) {
  if (!expect_applying(event.node, event.attempt)) return;
  NodeState& applied = node(event.node);
  applied.has_output = true;
  applied.reverse_patch = event.reverse;
  state_.applied.push_back(event.node);
  finish_node(event.node, NodeStatus::kSuccess, {}, {});
  settle({});
}

void Transition::patch_refused(const PatchRefused& event) {
  if (!expect_applying(event.node, event.attempt)) return;
  if (state_.stopping) return finish_stopped(event.node);
  finish_node(event.node, NodeStatus::kFailed, "patch_refused", event.error);
  settle({});
}

}  // namespace commandcenter::run
