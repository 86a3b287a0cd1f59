#include "core/schema/loops.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/schema/messages.h"

namespace commandcenter::schema {
namespace {

// The nodes a rule applies to the value itself. Where a "$dynamicRef" leads is known only with a value; the limit on
// depth holds for those.
struct SameValue {
  std::vector<NodeIndex> operator()(const AllOfRule& rule) const { return rule.nodes; }
  std::vector<NodeIndex> operator()(const AnyOfRule& rule) const { return rule.nodes; }
  std::vector<NodeIndex> operator()(const OneOfRule& rule) const { return rule.nodes; }
  std::vector<NodeIndex> operator()(const NotRule& rule) const { return {rule.node}; }
  std::vector<NodeIndex> operator()(const RefRule& rule) const {
    return rule.dynamic_anchor.empty() ? std::vector<NodeIndex>{rule.node} : std::vector<NodeIndex>{};
  }
  std::vector<NodeIndex> operator()(const ConditionalRule& rule) const {
    std::vector<NodeIndex> nodes = {rule.condition};
    if (rule.then) nodes.push_back(*rule.then);
    if (rule.otherwise) nodes.push_back(*rule.otherwise);
    return nodes;
  }
  std::vector<NodeIndex> operator()(const DependentSchemasRule& rule) const {
    std::vector<NodeIndex> nodes;
    for (const auto& entry : rule.node_by_trigger)
      nodes.push_back(entry.second);
    return nodes;
  }
  template <typename Other>
  std::vector<NodeIndex> operator()(const Other&) const {
    return {};
  }
};

std::vector<NodeIndex> on_same_value(const Node& node) {
  std::vector<NodeIndex> all;
  for (const Rule& rule : node.rules) {
    const auto nodes = std::visit(SameValue(), rule.body);
    all.insert(all.end(), nodes.begin(), nodes.end());
  }
  return all;
}

std::string name_circle(const Program& program, const std::vector<NodeIndex>& circle) {
  std::vector<std::string> places;
  for (const NodeIndex index : circle)
    places.push_back(shown(program.nodes[index].location));
  return fmt::format(
      "the schema refers to itself for the same value, so no value could be decided: {} lead{} back to {}",
      listed(places), places.size() == 1 ? "s" : "", places.front());
}

}  // namespace

std::optional<std::string> describe_loop(const Program& program) {
  enum class State { kNew, kOpen, kDone };
  struct Frame {
    NodeIndex node = 0;
    std::vector<NodeIndex> next;
  };
  std::vector<State> states(program.nodes.size(), State::kNew);
  for (NodeIndex start = 0; start < program.nodes.size(); ++start) {
    if (states[start] != State::kNew) continue;
    std::vector<Frame> path = {{start, on_same_value(program.nodes[start])}};
    states[start] = State::kOpen;
    while (!path.empty()) {
      if (path.back().next.empty()) {
        states[path.back().node] = State::kDone;
        path.pop_back();
        continue;
      }
      const NodeIndex next = path.back().next.back();
      path.back().next.pop_back();
      if (states[next] == State::kOpen) {
        std::vector<NodeIndex> circle;
        const auto first =
            std::find_if(path.begin(), path.end(), [&](const Frame& frame) { return frame.node == next; });
        for (auto frame = first; frame != path.end(); ++frame)
          circle.push_back(frame->node);
        return name_circle(program, circle);
      }
      if (states[next] == State::kDone) continue;
      states[next] = State::kOpen;
      path.push_back({next, on_same_value(program.nodes[next])});
    }
  }
  return std::nullopt;
}

void collect_properties(Program& program) {
  std::vector<NodeIndex> pending = {0};  // nodes that always apply to the value
  std::set<NodeIndex> seen;
  std::unordered_map<std::string, std::size_t> index;
  const auto property = [&](const std::string& name) -> Property& {
    const auto [at, added] = index.emplace(name, program.properties.size());
    if (added) program.properties.push_back({name, false});
    return program.properties[at->second];
  };
  for (std::size_t i = 0; i < pending.size(); ++i) {
    if (!seen.insert(pending[i]).second) continue;
    for (const Rule& rule : program.nodes[pending[i]].rules) {
      const auto* properties = std::get_if<PropertiesRule>(&rule.body);
      if (properties == nullptr) continue;
      for (const std::string& name : properties->names)
        property(name);
      const bool others_refused = properties->additional && program.nodes[*properties->additional].never;
      if (others_refused && properties->patterns.empty()) program.closed = true;
    }
    for (const Rule& rule : program.nodes[pending[i]].rules) {
      if (const auto* required = std::get_if<RequiredRule>(&rule.body)) {
        for (const std::string& name : required->names)
          property(name).required = true;
      } else if (const auto* all = std::get_if<AllOfRule>(&rule.body)) {
        pending.insert(pending.end(), all->nodes.begin(), all->nodes.end());
      } else if (const auto* ref = std::get_if<RefRule>(&rule.body); ref != nullptr && ref->dynamic_anchor.empty()) {
        pending.push_back(ref->node);
      }
    }
  }
}

}  // namespace commandcenter::schema
