// What must be true of every step of every run, whatever the workflow:
//   - a refused event changed nothing; a node or run that is final stays as it is
//   - touched are exactly the nodes that changed, in order
//   - commands fit the state they lead to, and none is for a node that is final (but the withdrawal of its approval)
//   - a run is final exactly when all its nodes are, says so with one FinishRun, and waits for approval exactly when
//   one
//     of its nodes does
//   - outstanding() is what the commands left open
#include <algorithm>

#include <fmt/format.h>

#include "core/run/scenario.h"

namespace commandcenter::run::scenario {
namespace {

Json node_json(const NodeState& node) {
  Json json = {{"status", state_name(node.status)},
               {"attempt", node.attempt},
               {"interruptions", node.interruptions},
               {"input", node.input},
               {"output", node.output},
               {"patch", node.patch ? node.patch->text : std::string()},
               {"reverse", node.reverse_patch},
               {"hasOutput", node.has_output},
               {"approved", node.approved},
               {"workspace", node.workspace},
               {"error", node.error},
               {"reason", node.reason},
               {"retryAt", node.retry_at_ms},
               {"createdAt", node.created_at_ms}};
  if (node.started_at_ms) json["startedAt"] = *node.started_at_ms;
  if (node.finished_at_ms) json["finishedAt"] = *node.finished_at_ms;
  return json;
}

std::string time_text(std::int64_t at_ms) {
  const std::int64_t since_ms = at_ms - kBegin_ms;
  if (since_ms != 0 && since_ms % 3'600'000 == 0) return fmt::format("{}h", since_ms / 3'600'000);
  if (since_ms % 1'000 == 0) return fmt::format("{}s", since_ms / 1'000);
  return fmt::format("{}ms", since_ms);
}

// The node an event is about, if it is about one.
struct NodeOf {
  std::optional<std::size_t> operator()(const RunCreated&) const { return std::nullopt; }
  std::optional<std::size_t> operator()(const RunAdmitted&) const { return std::nullopt; }
  std::optional<std::size_t> operator()(const RunCancelled&) const { return std::nullopt; }
  std::optional<std::size_t> operator()(const RunTimedOut&) const { return std::nullopt; }
  template <typename OfNode>
  std::optional<std::size_t> operator()(const OfNode& event) const {
    return event.node;
  }
};

struct CommandText {
  const workflow::Plan& plan;

  std::string attempt(std::size_t node, std::int64_t number) const {
    return number == 1 ? plan.nodes[node].id : fmt::format("{}#{}", plan.nodes[node].id, number);
  }
  std::string operator()(const StartNode& c) const { return fmt::format("start({})", attempt(c.node, c.attempt)); }
  std::string operator()(const StopNode& c) const { return fmt::format("stop({})", attempt(c.node, c.attempt)); }
  std::string operator()(const ApplyPatch& c) const { return fmt::format("apply({})", attempt(c.node, c.attempt)); }
  std::string operator()(const RequestApproval& c) const {
    return fmt::format("approve({} until {})", plan.nodes[c.node].id, time_text(c.expires_at_ms));
  }
  std::string operator()(const WithdrawApproval& c) const { return fmt::format("withdraw({})", plan.nodes[c.node].id); }
  std::string operator()(const ScheduleRetry& c) const {
    return fmt::format("retry({} at {})", plan.nodes[c.node].id, time_text(c.at_ms));
  }
  std::string operator()(const FinishRun&) const { return "finish"; }
};

// Whether a command makes sense, given the states around the step.
struct Fits {
  const RunState& before;
  const RunState& after;

  NodeStatus was(std::size_t node) const {
    return node < before.nodes.size() ? before.nodes[node].status : NodeStatus::kWaiting;
  }
  bool operator()(const StartNode& c) const {
    const NodeState& node = after.nodes[c.node];
    return node.status == NodeStatus::kPending && was(c.node) != NodeStatus::kPending && node.attempt == c.attempt;
  }
  bool operator()(const StopNode& c) const {
    const NodeState& node = after.nodes[c.node];
    return node.status == NodeStatus::kRunning && node.attempt == c.attempt && after.stopping;
  }
  bool operator()(const ApplyPatch& c) const {
    const NodeState& node = after.nodes[c.node];
    return node.status == NodeStatus::kApplying && was(c.node) == NodeStatus::kWaitingApproval && node.approved &&
           node.attempt == c.attempt && node.patch && !node.patch->text.empty();
  }
  bool operator()(const RequestApproval& c) const {
    const NodeState& node = after.nodes[c.node];
    if (node.patch) return node.status == NodeStatus::kWaitingApproval && was(c.node) == NodeStatus::kRunning;
    return node.status == NodeStatus::kWaitingApproval && was(c.node) != NodeStatus::kWaitingApproval &&
           c.expires_at_ms == node.created_at_ms + after.plan->nodes[c.node].approval_expiry_ms;
  }
  bool operator()(const WithdrawApproval& c) const {
    return was(c.node) == NodeStatus::kWaitingApproval && after.nodes[c.node].status == NodeStatus::kCancelled;
  }
  bool operator()(const ScheduleRetry& c) const {
    const NodeState& node = after.nodes[c.node];
    return node.status == NodeStatus::kBackoff && node.retry_at_ms == c.at_ms;
  }
  bool operator()(const FinishRun&) const { return is_final(after.status) && !is_final(before.status); }
};

}  // namespace

std::string_view state_name(NodeStatus status) {
  switch (status) {
    case NodeStatus::kWaiting:
      return "WAITING";
    case NodeStatus::kPending:
      return "PENDING";
    case NodeStatus::kWaitingApproval:
      return "WAITING_APPROVAL";
    case NodeStatus::kRunning:
      return "RUNNING";
    case NodeStatus::kApplying:
      return "APPLYING";
    case NodeStatus::kBackoff:
      return "BACKOFF";
    case NodeStatus::kSuccess:
      return "SUCCESS";
    case NodeStatus::kFailed:
      return "FAILED";
    case NodeStatus::kSkipped:
      return "SKIPPED";
    case NodeStatus::kCancelled:
      return "CANCELLED";
  }
  return "";
}

Json state_json(const RunState& state) {
  Json json = {{"id", state.id},
               {"context", state.context},
               {"trigger", state.trigger},
               {"workspace", state.workspace},
               {"status", run_status_word(state.status)},
               {"error", state.error},
               {"queued", state.queued},
               {"stopping", state.stopping},
               {"stopStatus", run_status_word(state.stop_status)},
               {"stopReason", state.stop_reason},
               {"sequence", state.sequence},
               {"createdAt", state.created_at_ms},
               {"nodes", Json::array()}};
  if (state.admitted_at_ms) json["admittedAt"] = *state.admitted_at_ms;
  if (state.finished_at_ms) json["finishedAt"] = *state.finished_at_ms;
  for (const NodeState& node : state.nodes)
    json["nodes"].push_back(node_json(node));
  return json;
}

std::string command_text(const Command& command, const workflow::Plan& plan) {
  return std::visit(CommandText{plan}, command);
}

std::vector<std::string> StepCheck::step_and_check(RunState& state, const Event& event, Decision& decision) {
  broken_.clear();
  const RunState before = state;
  decision = step(state, event);
  if (decision.refused) {
    if (state_json(before) != state_json(state)) broken("a refused event changed the state");
    if (!decision.commands.empty() || !decision.touched.empty()) broken("a refused event has consequences");
    return broken_;
  }
  if (state.sequence != before.sequence + 1) broken("the sequence did not move by one");
  check_states(before, state, decision);
  check_commands(before, state, decision);
  check_outstanding(state, event, decision);
  note_changes(before, state, event);
  return broken_;
}

void StepCheck::check_states(const RunState& before, const RunState& after, const Decision& decision) {
  bool all_final = true;
  bool any_waits = false;
  std::vector<std::size_t> changed;
  for (std::size_t i = 0; i < after.nodes.size(); ++i) {
    const NodeState& node = after.nodes[i];
    const std::string& id = after.plan->nodes[i].id;
    const NodeState was = i < before.nodes.size() ? before.nodes[i] : NodeState{};
    if (node_json(node) != node_json(was)) changed.push_back(i);
    if (is_final(was.status) && node_json(node) != node_json(was)) broken(id + " changed after it was final");
    if (is_final(node.status) != node.finished_at_ms.has_value() && node.status != NodeStatus::kBackoff) {
      broken(id + ": final, and finished at a time, are not the same");
    }
    const std::int64_t started_ms = node.started_at_ms.value_or(node.created_at_ms);
    if (started_ms < node.created_at_ms || node.finished_at_ms.value_or(started_ms) < started_ms) {
      broken(id + ": its times are out of order");
    }
    if (after.finished_at_ms && node.finished_at_ms > after.finished_at_ms) broken(id + " ended after its run");
    if (is_final(node.status) && node.status != NodeStatus::kSuccess && node.reason.empty())
      broken(id + " has no reason");
    if (node.has_output != (node.status == NodeStatus::kSuccess)) broken(id + ": output and success are not the same");
    all_final = all_final && is_final(node.status);
    any_waits = any_waits || node.status == NodeStatus::kWaitingApproval;
  }
  if (changed != decision.touched) broken("touched are not the nodes that changed");
  if (is_final(before.status)) broken("an event was accepted after the end of the run");
  const bool may_be_final = !after.queued || after.stopping;
  if (is_final(after.status) != (all_final && may_be_final)) {
    broken("the run is not final exactly when its nodes are");
  }
  if (after.queued && !is_final(after.status)) {
    if (after.status != RunStatus::kPending || !decision.commands.empty() || phase_of(after) != Phase::kQueued)
      broken("something began in a run that is queued");
  }
  if (phase_of(after) == Phase::kParked && !any_waits) broken("the run is parked, but waits for nobody");
  if (is_final(after.status) != after.finished_at_ms.has_value())
    broken("the run's end has no time, or it has one too early");
  if ((after.status == RunStatus::kWaitingApproval) != any_waits) {
    broken("the run does not wait for approval exactly when a node does");
  }
  if (after.status == RunStatus::kFailed && after.error.empty()) broken("the run failed without an error");
}

void StepCheck::check_commands(const RunState& before, const RunState& after, const Decision& decision) {
  std::size_t finishes = 0;
  std::set<std::string> seen;
  for (const Command& command : decision.commands) {
    const std::string text = command_text(command, *after.plan);
    if (!std::visit(Fits{before, after}, command)) broken(text + " does not fit the state");
    if (!seen.insert(text).second) broken(text + " is given twice");
    if (std::holds_alternative<FinishRun>(command)) ++finishes;
  }
  if (finishes != (is_final(after.status) ? 1U : 0U)) broken(fmt::format("{} commands to finish the run", finishes));
}

void StepCheck::check_outstanding(const RunState& after, const Event& event, const Decision& decision) {
  if (const auto* started = std::get_if<NodeStarted>(&event.payload)) open_.erase(started->node);
  if (const auto* due = std::get_if<RetryDue>(&event.payload)) open_.erase(due->node);
  for (std::size_t i = 0; i < after.nodes.size(); ++i) {
    if (is_final(after.nodes[i].status)) open_.erase(i);
  }
  for (const Command& command : decision.commands) {
    if (const auto* start = std::get_if<StartNode>(&command)) open_[start->node] = command_text(command, *after.plan);
    if (const auto* apply = std::get_if<ApplyPatch>(&command)) open_[apply->node] = command_text(command, *after.plan);
    if (const auto* retry = std::get_if<ScheduleRetry>(&command))
      open_[retry->node] = command_text(command, *after.plan);
  }
  std::vector<std::string> expected;
  for (const auto& [node, text] : open_)
    expected.push_back(text);
  std::vector<std::string> got;
  for (const Command& command : outstanding(after))
    got.push_back(command_text(command, *after.plan));
  if (got != expected) {
    broken(fmt::format("outstanding() is [{}], left open are [{}]", fmt::join(got, ", "), fmt::join(expected, ", ")));
  }
}

void StepCheck::note_changes(const RunState& before, const RunState& after, const Event& event) {
  const std::string type(event_type(event.payload));
  const auto about = std::visit(NodeOf{}, event.payload);
  for (std::size_t i = 0; i < after.nodes.size(); ++i) {
    const NodeStatus was = i < before.nodes.size() ? before.nodes[i].status : NodeStatus::kWaiting;
    const NodeStatus is = after.nodes[i].status;
    if (was == is) continue;
    changes_.nodes.emplace(state_name(was), about && *about != i ? "dependency" : type, state_name(is));
  }
  if (before.status != after.status) {
    changes_.run.emplace(run_status_word(before.status), type, run_status_word(after.status));
  }
}

}  // namespace commandcenter::run::scenario
