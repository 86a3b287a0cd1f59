#include "core/workflow/graph.h"

#include <algorithm>
#include <map>

#include "base/assert.h"
#include "base/nearest.h"

namespace commandcenter::workflow {
namespace {

class Linker {
 public:
  Linker(const std::vector<NodeDefinition>& nodes, Reader& reader, const std::vector<std::vector<std::string>>& paths)
      : nodes_(nodes), reader_(reader), paths_(paths) {
    graph_.dependencies.resize(nodes.size());
    graph_.fallbacks.resize(nodes.size());
    graph_.is_fallback.resize(nodes.size());
    following_.resize(nodes.size());
  }

  Graph link() {
    index_ids();
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      link_dependencies(i);
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      link_fallback(i);
    collect_edges();
    if (!find_cycles()) collect_upstream();
    return std::move(graph_);
  }

 private:
  std::string at(std::size_t index, std::string_view key) const { return member_path(node_path(nodes_, index), key); }

  void index_ids() {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const auto [first, inserted] = by_id_.emplace(nodes_[i].id, i);
      ids_.push_back(nodes_[i].id);
      if (inserted) continue;
      reader_.problem(at(i, "id"), "the id " + shown(nodes_[i].id) + " is taken by " +
                                       node_path(nodes_, first->second) + " already; ids must differ");
    }
  }

  std::optional<std::size_t> find(const std::string& id, std::size_t self, const std::string& path) {
    if (const auto found = by_id_.find(id); found != by_id_.end()) return found->second;
    std::vector<std::string> others = ids_;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(self));
    const std::string nearest = nearest_name(id, others);
    std::string known;
    for (const std::string& other : others) {
      if (known.size() < 200) known += (known.empty() ? "" : ", ") + other;
    }
    reader_.problem(path, "there is no node " + shown(id) +
                              (!nearest.empty() ? "; did you mean \"" + nearest + "\"?"
                               : known.empty()  ? "; it is the only node"
                                                : "; the other nodes are " + known));
    return std::nullopt;
  }

  void link_dependencies(std::size_t index) {
    const NodeDefinition& node = nodes_[index];
    std::vector<std::size_t>& list = graph_.dependencies[index];
    for (std::size_t k = 0; k < node.depends_on.size(); ++k) {
      const bool placed = index < paths_.size() && k < paths_[index].size();
      const std::string path = placed ? paths_[index][k] : element_path(at(index, "dependsOn"), k);
      const auto dependency = find(node.depends_on[k], index, path);
      if (!dependency) continue;
      if (*dependency == index) {
        reader_.problem(path, "node " + shown(node.id) + " depends on itself; leave this out");
      } else if (std::find(list.begin(), list.end(), *dependency) == list.end()) {
        list.push_back(*dependency);
      }
    }
  }

  void link_fallback(std::size_t index) {
    const NodeDefinition& node = nodes_[index];
    if (node.on_error.kind != OnErrorKind::kFallback || node.on_error.fallback_node.empty()) return;
    const std::string path = at(index, "onError");
    const auto fallback = by_id_.find(node.on_error.fallback_node);
    if (fallback == by_id_.end()) {
      std::vector<std::string> known = ids_;
      known.insert(known.end(), {"fail", "continue"});
      const std::string nearest = nearest_name(node.on_error.fallback_node, known);
      return reader_.problem(path, shown(node.on_error.fallback_node) +
                                       " is neither fail, continue nor the id of a node" +
                                       (nearest.empty() ? "" : "; did you mean \"" + nearest + "\"?"));
    }
    if (fallback->second == index)
      return reader_.problem(path, "a node cannot stand in for itself; to try it again use retry");
    const std::vector<std::size_t>& waits_for = graph_.dependencies[fallback->second];
    if (std::find(waits_for.begin(), waits_for.end(), index) != waits_for.end()) {
      return reader_.problem(at(fallback->second, "dependsOn"),
                             "node " + shown(nodes_[fallback->second].id) + " is the fallback of " + shown(node.id) +
                                 " and runs only after that has failed; leave the dependency out");
    }
    graph_.fallbacks[index] = fallback->second;
    graph_.is_fallback[fallback->second] = true;
  }

  void follow(std::size_t first, std::size_t second) {
    std::vector<std::size_t>& list = following_[first];
    if (std::find(list.begin(), list.end(), second) == list.end()) list.push_back(second);
  }

  void collect_edges() {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      for (const std::size_t dependency : graph_.dependencies[i]) {
        follow(dependency, i);
        if (const auto fallback = graph_.fallbacks[dependency]; fallback) follow(*fallback, i);
      }
      if (graph_.fallbacks[i]) follow(i, *graph_.fallbacks[i]);
    }
  }

  enum class Mark : unsigned char { kNew, kOpen, kDone };

  // Depth-first, without recursion; each edge that leads back to an open node closes a cycle.
  bool find_cycles() {
    std::vector<Mark> marks(nodes_.size(), Mark::kNew);
    std::vector<std::pair<std::size_t, std::size_t>> path;  // node, next of its followers
    bool found = false;
    for (std::size_t start = 0; start < nodes_.size(); ++start) {
      if (marks[start] != Mark::kNew) continue;
      path.emplace_back(start, 0);
      marks[start] = Mark::kOpen;
      while (!path.empty()) {
        auto& [node, next] = path.back();
        if (next == following_[node].size()) {
          marks[node] = Mark::kDone;
          order_.push_back(node);
          path.pop_back();
          continue;
        }
        const std::size_t follower = following_[node][next++];
        if (marks[follower] == Mark::kOpen) {
          report_cycle(path, follower);
          found = true;
        } else if (marks[follower] == Mark::kNew) {
          marks[follower] = Mark::kOpen;
          path.emplace_back(follower, 0);
        }
      }
    }
    return found;
  }

  void report_cycle(const std::vector<std::pair<std::size_t, std::size_t>>& path, std::size_t first) {
    std::string text;
    bool through_fallback = false;
    std::size_t previous = path.back().first;
    auto step = std::find_if(path.begin(), path.end(), [&](const auto& entry) { return entry.first == first; });
    for (; step != path.end(); ++step) {
      const std::vector<std::size_t>& waits_for = graph_.dependencies[step->first];
      through_fallback = through_fallback || std::find(waits_for.begin(), waits_for.end(), previous) == waits_for.end();
      previous = step->first;
      text += nodes_[step->first].id + " → ";
    }
    text += nodes_[first].id;
    reader_.problem(
        at(first, "dependsOn"),
        "these nodes wait for each other: " + text + "; take one of the dependencies out" +
            (through_fallback ? " (a fallback runs after its node and before what depends on that node)" : ""));
  }

  void collect_upstream() {
    graph_.upstream.resize(nodes_.size());
    for (auto node = order_.rbegin(); node != order_.rend(); ++node) {  // dependencies first
      NodeSet set = graph_.upstream[*node];
      set.set(*node);
      for (const std::size_t follower : following_[*node])
        graph_.upstream[follower] |= set;
    }
  }

  const std::vector<NodeDefinition>& nodes_;
  Reader& reader_;
  const std::vector<std::vector<std::string>>& paths_;
  std::map<std::string, std::size_t> by_id_;
  std::vector<std::string> ids_;
  std::vector<std::vector<std::size_t>> following_;  // nodes that come after it, fallbacks counted in
  std::vector<std::size_t> order_;                   // last ones first
  Graph graph_;
};

}  // namespace

std::string node_path(const std::vector<NodeDefinition>& nodes, std::size_t index) {
  return nodes[index].path.empty() ? element_path("nodes", index) : nodes[index].path;
}

Graph link_nodes(const std::vector<NodeDefinition>& nodes, Reader& reader,
                 const std::vector<std::vector<std::string>>& dependency_paths) {
  CC_ASSERT(nodes.size() <= kMaxNodes);
  return Linker(nodes, reader, dependency_paths).link();
}

}  // namespace commandcenter::workflow
