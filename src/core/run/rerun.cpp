#include "core/run/rerun.h"

#include <set>
#include <vector>

#include <fmt/format.h>

namespace commandcenter::run {
namespace {

using Nodes = std::set<std::size_t>;

// Everything that can be reached from `from` along `next`, itself included.
Nodes reachable(const workflow::Plan& plan, Nodes from, std::vector<std::size_t> workflow::PlannedNode::*next) {
  std::vector<std::size_t> open(from.begin(), from.end());
  while (!open.empty()) {
    const std::size_t node = open.back();
    open.pop_back();
    for (const std::size_t other : plan.nodes[node].*next) {
      if (from.insert(other).second) open.push_back(other);
    }
  }
  return from;
}

// The past of the nodes of `target`.
class Past {
 public:
  Past(const RunState& original, const workflow::Plan& target) {
    const bool same = original.plan->id == target.id;
    const auto then = same ? std::map<std::string, std::string>() : node_meanings(*original.plan);
    const auto now = same ? std::map<std::string, std::string>() : node_meanings(target);
    std::map<std::string_view, const NodeState*> states;
    for (std::size_t i = 0; i < original.nodes.size(); ++i)
      states.emplace(original.plan->nodes[i].id, &original.nodes[i]);
    for (const workflow::PlannedNode& node : target.nodes) {
      const auto state = states.find(node.id);
      const bool known = state != states.end() && (same || then.at(node.id) == now.at(node.id));
      states_.push_back(known ? state->second : nullptr);
    }
  }

  // Null when the node is new, or means something else than it did.
  const NodeState* of(std::size_t node) const { return states_[node]; }

 private:
  std::vector<const NodeState*> states_;
};

}  // namespace

Result<std::map<std::string, Json>> kept_outputs(const RunState& original, const workflow::Plan& target,
                                                 const std::string& from) {
  std::map<std::string, Json> kept;
  if (from == kFromBeginning) return kept;
  const Past past(original, target);
  Nodes again;
  if (from != kFromFailed) {
    const auto start = target.find_node(from);
    if (!start) {
      return fail(ErrorCode::kInvalid, fmt::format("from: the workflow has no node {} (expected a node's id, "
                                                   "\"failed\" or \"beginning\")",
                                                   from));
    }
    again.insert(*start);
    std::vector<std::string> unknown;
    for (const std::size_t node : reachable(target, {*start}, &workflow::PlannedNode::dependencies)) {
      if (node != *start && past.of(node) == nullptr) unknown.push_back(target.nodes[node].id);
    }
    if (!unknown.empty()) {
      return fail(ErrorCode::kConflict,
                  fmt::format("node {} stands behind {}, which the run did not have or had differently, so that there "
                              "is no output to keep: start from there, from \"beginning\", or with version \"same\"",
                              from, fmt::join(unknown, ", ")));
    }
  }
  for (std::size_t i = 0; i < target.nodes.size(); ++i) {
    const NodeState* state = past.of(i);
    if (state == nullptr || (state->status != NodeStatus::kSuccess && state->status != NodeStatus::kSkipped))
      again.insert(i);
  }
  again = reachable(target, std::move(again), &workflow::PlannedNode::dependents);
  for (std::size_t i = 0; i < target.nodes.size(); ++i) {
    const NodeState* state = past.of(i);
    if (!again.contains(i) && state->status == NodeStatus::kSuccess) kept.emplace(target.nodes[i].id, state->output);
  }
  return kept;
}

}  // namespace commandcenter::run
