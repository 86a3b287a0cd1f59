// What follows when nodes reach a final state: the nodes behind them become ready or are skipped, fallbacks start or
// are not needed, and in the end the run itself is final.
#include <algorithm>

#include <fmt/format.h>

#include "core/run/transition.h"

namespace commandcenter::run {
namespace {

constexpr std::string_view kWorkspaceInside = "/workspace";

// An absolute path that is not inside the sandbox's own view of a workspace: a folder of the host.
bool names_host_folder(const Json& value) {
  if (!value.is_string()) return false;
  const auto& path = value.get_ref<const std::string&>();
  if (!path.starts_with('/')) return false;
  return path != kWorkspaceInside && !path.starts_with(std::string(kWorkspaceInside) + "/");
}

std::vector<expr::NodeValue> node_values(const RunState& state) {
  std::vector<expr::NodeValue> values;
  values.reserve(state.plan->node_ids.size());
  for (std::size_t i = 0; i < state.plan->node_ids.size(); ++i) {
    const NodeState& node = state.nodes[i % state.nodes.size()];  // the aliases follow the ids in the same order
    values.push_back(
        {state.plan->node_ids[i], node.has_output ? &node.output : nullptr, node_status_word(node.status), node.error});
  }
  return values;
}

// What templates call run.
Json run_value(const RunState& state) {
  return {{"id", state.id}, {"workflow", state.plan->name}, {"trigger", state.trigger}};
}

}  // namespace

Transition::Resolution Transition::resolution(std::size_t index) const {
  const NodeState& state = state_.nodes[index];
  switch (state.status) {
    case NodeStatus::kSuccess:
      return Resolution::kOk;
    case NodeStatus::kSkipped:
    case NodeStatus::kCancelled:
      return Resolution::kNotOk;
    case NodeStatus::kFailed:
      break;
    case NodeStatus::kWaiting:
    case NodeStatus::kPending:
    case NodeStatus::kWaitingApproval:
    case NodeStatus::kRunning:
    case NodeStatus::kApplying:
    case NodeStatus::kBackoff:
      return Resolution::kOpen;
  }
  switch (planned(index).on_error) {
    case workflow::OnErrorKind::kFail:
      return Resolution::kNotOk;
    case workflow::OnErrorKind::kContinue:
      return Resolution::kOk;
    case workflow::OnErrorKind::kFallback:
      break;
  }
  const NodeStatus fallback = state_.nodes[*planned(index).fallback].status;
  if (!is_final(fallback)) return Resolution::kOpen;
  return fallback == NodeStatus::kSuccess ? Resolution::kOk : Resolution::kNotOk;
}

void Transition::finish_node(std::size_t index, NodeStatus status, std::string reason, std::string error) {
  NodeState& state = node(index);
  state.status = status;
  state.reason = std::move(reason);
  state.error = std::move(error);
  state.finished_at_ms = not_before(state.started_at_ms.value_or(state.created_at_ms));
  touch(index);
  const workflow::PlannedNode& plan = planned(index);
  open_.insert(open_.end(), plan.dependents.begin(), plan.dependents.end());
  if (plan.fallback) open_.push_back(*plan.fallback);
  if (plan.is_fallback) {  // whoever waited for what this one makes good
    for (const workflow::PlannedNode& other : state_.plan->nodes) {
      if (other.fallback == index) open_.insert(open_.end(), other.dependents.begin(), other.dependents.end());
    }
  }
}

void Transition::settle(std::vector<std::size_t> candidates) {
  open_.insert(open_.begin(), candidates.begin(), candidates.end());
  for (std::size_t next = 0; next < open_.size(); ++next) {
    const std::size_t index = open_[next];
    if (node(index).status == NodeStatus::kWaiting && dependencies_resolved(index)) decide_waiting(index);
  }
  open_.clear();
  update_run_status();
}

bool Transition::dependencies_resolved(std::size_t index) const {
  const workflow::PlannedNode& plan = planned(index);
  for (const std::size_t dependency : plan.dependencies) {
    if (resolution(dependency) == Resolution::kOpen) return false;
  }
  if (plan.is_fallback) {
    for (std::size_t i = 0; i < state_.plan->nodes.size(); ++i) {
      if (planned(i).fallback == index && !is_final(state_.nodes[i].status)) return false;
    }
  }
  return true;
}

// The dependencies of a waiting node are all resolved: it becomes ready, or it is skipped.
void Transition::decide_waiting(std::size_t index) {
  const workflow::PlannedNode& plan = planned(index);
  NodeState& waiting = node(index);
  waiting.attempt = 1;
  waiting.created_at_ms = at_ms_;

  if (plan.is_fallback) {
    const auto failed = [&](const workflow::PlannedNode& other) {
      const auto position = static_cast<std::size_t>(&other - state_.plan->nodes.data());
      return other.fallback == index && state_.nodes[position].status == NodeStatus::kFailed;
    };
    if (std::none_of(state_.plan->nodes.begin(), state_.plan->nodes.end(), failed)) {
      return finish_node(index, NodeStatus::kSkipped, "not_needed", "skipped because nothing it stands in for failed");
    }
  }

  std::size_t ok = 0;
  std::optional<std::size_t> broken;
  for (const std::size_t dependency : plan.dependencies) {
    if (resolution(dependency) == Resolution::kOk)
      ++ok;
    else if (!broken)
      broken = dependency;
  }
  const bool joined =
      plan.join == workflow::Join::kAllDone || !broken || (plan.join == workflow::Join::kAnySuccess && ok > 0);
  if (!joined) {
    const bool failed = state_.nodes[*broken].status == NodeStatus::kFailed;
    return finish_node(
        index, NodeStatus::kSkipped, failed ? "dependency_failed" : "dependency_skipped",
        fmt::format("skipped because node {} {}", planned(*broken).id, failed ? "failed" : "did not run"));
  }
  if (!condition_holds(index) || !resolve_input(index)) return;
  schedule(index);
}

bool Transition::condition_holds(std::size_t index) {
  const workflow::PlannedNode& plan = planned(index);
  if (!plan.when) return true;
  const auto values = node_values(state_);
  const Json run = run_value(state_);
  const expr::Variable variables[] = {{"run", &run}};
  const auto result = plan.when->evaluate(expr::Scope{&state_.context, values, variables});
  if (!result || !result->is_boolean()) {
    finish_node(index, NodeStatus::kFailed, "condition_failed",
                result ? fmt::format("when: expected true or false, got {}", json_type_name(*result))
                       : fmt::format("when: {}", result.error().message));
    return false;
  }
  if (!result->get<bool>()) {
    finish_node(index, NodeStatus::kSkipped, "condition_false", "skipped because its condition (when) is false");
    return false;
  }
  return true;
}

// Fills in the node's input, or fails the node with what could not be filled in.
bool Transition::resolve_input(std::size_t index) {
  const workflow::PlannedNode& plan = planned(index);
  NodeState& ready = node(index);
  const auto values = node_values(state_);
  const Json run = run_value(state_);
  const expr::Variable variables[] = {{"run", &run}};
  auto input = plan.input.resolve(expr::Scope{&state_.context, values, variables});
  if (!input) {
    finish_node(index, NodeStatus::kFailed, "template_failed", input.error().message);
    return false;
  }
  for (const std::string& field : plan.workspace_fields) {
    const Json* value = find_member(*input, field);
    if (value == nullptr || !names_host_folder(*value)) continue;
    ready.workspace = value->get<std::string>();
    (*input)[field] = kWorkspaceInside;
  }
  if (const std::size_t size = dump_json(*input).size(); size > kMaxNodeInput_bytes) {
    finish_node(index, NodeStatus::kFailed, "input_too_large",
                fmt::format("the resolved input has {} bytes; at most {} are allowed", size, kMaxNodeInput_bytes));
    return false;
  }
  if (const auto violations = plan.input_schema.validate(*input); !violations.empty()) {
    finish_node(index, NodeStatus::kFailed, "input_invalid",
                fmt::format("the input does not fit action {}: {}", plan.action, schema::describe(violations)));
    return false;
  }
  ready.input = std::move(*input);
  return true;
}

void Transition::schedule(std::size_t index) {
  const workflow::PlannedNode& plan = planned(index);
  NodeState& ready = node(index);
  if (plan.needs_approval && !ready.approved && !works_on_copy(index)) {
    ready.status = NodeStatus::kWaitingApproval;
    touch(index);
    return command(RequestApproval{index, at_ms_ + plan.approval_expiry_ms});
  }
  if (plan.is_transform) {  // pure: there is nothing to do outside
    ready.output = ready.input;
    ready.has_output = true;
    ready.started_at_ms = at_ms_;
    return finish_node(index, NodeStatus::kSuccess, {}, {});
  }
  ready.status = NodeStatus::kPending;
  touch(index);
  command(StartNode{index, ready.attempt});
}

void Transition::update_run_status() {
  if (state_.queued && !state_.stopping) return;  // kept outputs are no beginning
  bool all_final = true;
  bool any_waiting_approval = false;
  bool any_begun = false;
  for (const NodeState& state : state_.nodes) {
    all_final = all_final && is_final(state.status);
    any_waiting_approval = any_waiting_approval || state.status == NodeStatus::kWaitingApproval;
    any_begun = any_begun || (state.status != NodeStatus::kWaiting && state.status != NodeStatus::kPending) ||
                state.attempt > 1;
  }
  if (all_final) return finish_run();
  if (any_waiting_approval)
    state_.status = RunStatus::kWaitingApproval;
  else if (any_begun || state_.status == RunStatus::kWaitingApproval)
    state_.status = RunStatus::kRunning;
}

void Transition::finish_run() {
  if (is_final(state_.status)) return;
  std::int64_t finished_at_ms = not_before(state_.created_at_ms);
  for (const NodeState& state : state_.nodes)
    finished_at_ms = std::max(finished_at_ms, state.finished_at_ms.value_or(0));
  state_.finished_at_ms = finished_at_ms;
  command(FinishRun{});
  if (state_.stopping) {
    state_.status = state_.stop_status;
    return;
  }
  state_.status = RunStatus::kSuccess;
  for (std::size_t i = 0; i < state_.nodes.size(); ++i) {
    if (state_.nodes[i].status != NodeStatus::kFailed || resolution(i) == Resolution::kOk) continue;
    state_.status = RunStatus::kFailed;
    if (state_.error.empty()) state_.error = fmt::format("node {} failed: {}", planned(i).id, state_.nodes[i].error);
  }
}

}  // namespace commandcenter::run
