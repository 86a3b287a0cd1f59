#include "core/run/state.h"

#include "base/assert.h"
#include "base/sha256.h"

namespace commandcenter::run {
namespace {

// `value` in base 36 with exactly `width` digits.
void append_base36(std::string& out, std::int64_t value, std::size_t width) {
  static constexpr char kDigits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::string digits(width, '0');
  for (std::size_t i = width; i-- > 0; value /= 36)
    digits[i] = kDigits[value % 36];
  CC_ASSERT(value == 0);
  out += digits;
}

}  // namespace

std::string_view run_status_word(RunStatus status) {
  switch (status) {
    case RunStatus::kPending:
      return "PENDING";
    case RunStatus::kRunning:
      return "RUNNING";
    case RunStatus::kWaitingApproval:
      return "WAITING_APPROVAL";
    case RunStatus::kSuccess:
      return "SUCCESS";
    case RunStatus::kFailed:
      return "FAILED";
    case RunStatus::kCancelled:
      return "CANCELLED";
  }
  return "";
}

std::string_view node_status_word(NodeStatus status) {
  switch (status) {
    case NodeStatus::kWaiting:
    case NodeStatus::kPending:
      return "PENDING";
    case NodeStatus::kWaitingApproval:
      return "WAITING_APPROVAL";
    case NodeStatus::kRunning:
    case NodeStatus::kApplying:
      return "RUNNING";
    case NodeStatus::kSuccess:
      return "SUCCESS";
    case NodeStatus::kBackoff:
    case NodeStatus::kFailed:
      return "FAILED";
    case NodeStatus::kSkipped:
      return "SKIPPED";
    case NodeStatus::kCancelled:
      return "CANCELLED";
  }
  return "";
}

bool is_final(RunStatus status) {
  return status == RunStatus::kSuccess || status == RunStatus::kFailed || status == RunStatus::kCancelled;
}

bool is_final(NodeStatus status) {
  return status == NodeStatus::kSuccess || status == NodeStatus::kFailed || status == NodeStatus::kSkipped ||
         status == NodeStatus::kCancelled;
}

Phase phase_of(const RunState& state) {
  if (is_final(state.status)) return Phase::kDone;
  if (state.queued) return Phase::kQueued;
  for (const NodeState& node : state.nodes) {
    if (node.status == NodeStatus::kPending || node.status == NodeStatus::kRunning ||
        node.status == NodeStatus::kApplying || node.status == NodeStatus::kBackoff) {
      return Phase::kMoving;
    }
  }
  return Phase::kParked;
}

std::string node_run_id(std::string_view run_id, std::size_t node, std::int64_t item, std::int64_t attempt) {
  std::string id(run_id);
  id += '-';
  append_base36(id, static_cast<std::int64_t>(node), 2);
  append_base36(id, item, 3);
  append_base36(id, attempt, 2);
  return id;
}

std::string approval_id(std::string_view run_id, std::size_t node, std::int64_t item) {
  std::string id(run_id);
  id += "-p";
  append_base36(id, static_cast<std::int64_t>(node), 2);
  append_base36(id, item, 3);
  return id;
}

std::string approval_hash(const RunState& state, std::size_t node) {
  const workflow::PlannedNode& planned = state.plan->nodes[node];
  Json bound = {{"run", state.id}, {"node", planned.id}, {"input", state.nodes[node].input}};
  if (const std::string& workspace = state.nodes[node].workspace; !workspace.empty()) bound["workspace"] = workspace;
  if (const auto& patch = state.nodes[node].patch) bound["patch"] = sha256_hex(patch->text);
  if (!planned.is_transform) {
    const workflow::AgentSnapshot& agent = state.plan->agents[planned.agent];
    bound["agent"] = {
        {"id", agent.id}, {"version", agent.version}, {"revision", agent.revision}, {"action", planned.action}};
  }
  return sha256_hex(canonical_json(bound));
}

}  // namespace commandcenter::run
