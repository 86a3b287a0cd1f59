// Verbs: a person decides about a node that waits for approval, or nobody does in time.
#include <fmt/format.h>

#include "base/quantity.h"
#include "core/run/transition.h"

namespace commandcenter::run {
namespace {

constexpr std::int64_t kHalfHour_ms = 1'800'000;

}  // namespace

void Transition::approval_decided(const ApprovalDecided& event) {
  NodeState& gated = node(event.node);
  if (gated.status != NodeStatus::kWaitingApproval) return refuse(ErrorCode::kConflict, "Approval already processed");
  if (!event.approved) {
    finish_node(event.node, NodeStatus::kFailed, "rejected",
                fmt::format("Workflow node rejected: {}", event.notes.empty() ? "No reason provided" : event.notes));
    return settle({});
  }
  gated.approved = true;
  if (gated.patch) {
    if (gated.patch->text.empty()) {
      gated.has_output = true;
      finish_node(event.node, NodeStatus::kSuccess, {}, {});
      return settle({});
    }
    gated.status = NodeStatus::kApplying;
    touch(event.node);
    command(ApplyPatch{event.node, gated.attempt});
    return update_run_status();
  }
  if (planned(event.node).is_transform) {
    gated.output = gated.input;
    gated.has_output = true;
    gated.started_at_ms = not_before(gated.created_at_ms);
    finish_node(event.node, NodeStatus::kSuccess, {}, {});
    return settle({});
  }
  gated.status = NodeStatus::kPending;
  touch(event.node);
  command(StartNode{event.node, gated.attempt});
  update_run_status();
}

void Transition::approval_expired(const ApprovalExpired& event) {
  if (node(event.node).status != NodeStatus::kWaitingApproval) {
    return refuse(ErrorCode::kConflict, "Approval already processed");
  }
  const std::int64_t expiry_ms = planned(event.node).approval_expiry_ms;
  const bool in_hours = expiry_ms % kHalfHour_ms == 0;  // clients know the words "24 hours"
  finish_node(event.node, NodeStatus::kFailed, "approval_expired",
              fmt::format("Approval timeout after {}",
                          in_hours ? fmt::format("{} hours", static_cast<double>(expiry_ms) / (2.0 * kHalfHour_ms))
                                   : format_duration(expiry_ms)));
  settle({});
}

}  // namespace commandcenter::run
