// One picture: what lies directly in a group, with the imports between its parts added up.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "code/architecture/algorithms.h"
#include "code/architecture/architecture.h"
#include "code/graph/tree.h"

namespace commandcenter::architecture {
namespace {

constexpr std::uint32_t kNone = 0xffffffff;

ViewNode node_of(const Model& model, const Group& group) {
  ViewNode node;
  node.id = group.id;
  node.label = group.name;
  node.kind = group.kind;
  node.section = group.section;
  node.files = group.files.size();
  node.lines = group.lines;
  node.aside = group.aside;
  if (!group.files.empty()) node.spot = {model.graph.files[group.files.front()].path, 1};
  return node;
}

// Systems around the whole, tied to the parts that name them.
void add_systems(const Model& model, const std::vector<std::uint32_t>& node_of_file, View& view) {
  for (const System& system : model.systems) {
    if (view.nodes.size() >= kMaxViewNodes) break;
    std::map<std::uint32_t, std::pair<std::size_t, Spot>> users;
    for (const Spot& spot : system.spots) {
      const SourceFile* file = model.graph.find(spot.file);
      if (file == nullptr) continue;
      const auto index = static_cast<std::size_t>(file - model.graph.files.data());
      if (node_of_file[index] == kNone) continue;
      auto& [count, first] = users.try_emplace(node_of_file[index], 0, spot).first->second;
      ++count;
    }
    if (users.empty()) continue;
    ViewNode node;
    node.id = "system:" + system.name;
    node.label = system.name;
    node.kind = system.kind;
    node.spot = system.spots.front();
    node.change = system.change;
    view.nodes.push_back(std::move(node));
    for (const auto& [user, use] : users) {
      ViewEdge edge;
      edge.from = user;
      edge.to = view.nodes.size() - 1;
      edge.imports = use.first;
      edge.spot = use.second;
      edge.change = system.change;
      (system.change == Change::kRemoved ? edge.removed : edge.added) = system.change == Change::kNone ? 0 : use.first;
      view.edges.push_back(std::move(edge));
    }
  }
}

std::vector<std::uint32_t> components_of(const View& view, bool with_removed) {
  Links links(view.nodes.size());
  for (const ViewEdge& edge : view.edges) {
    if (with_removed || edge.change != Change::kRemoved)
      links[edge.from].push_back(static_cast<std::uint32_t>(edge.to));
  }
  return components(links);
}

// Imports that are gone close no circle, but the layout must know which of them run against the others.
void mark_cycles(View& view) {
  const auto component = components_of(view, false);
  for (ViewEdge& edge : view.edges) {
    if (component[edge.from] != component[edge.to] || edge.change == Change::kRemoved) continue;
    edge.cycle = true;
    view.nodes[edge.from].cycle = view.nodes[edge.to].cycle = true;
  }
  const auto drawn_component = view.difference ? components_of(view, true) : component;
  std::vector<Weighted> circular;
  for (const ViewEdge& edge : view.edges) {
    if (drawn_component[edge.from] == drawn_component[edge.to])
      circular.push_back({static_cast<std::uint32_t>(edge.from), static_cast<std::uint32_t>(edge.to),
                          static_cast<double>(edge.imports)});
  }
  const auto position = least_backward(view.nodes.size(), circular);
  std::vector<std::pair<std::size_t, std::size_t>> forward;
  for (ViewEdge& edge : view.edges) {
    edge.back = drawn_component[edge.from] == drawn_component[edge.to] && position[edge.from] > position[edge.to];
    if (!edge.back) forward.emplace_back(edge.from, edge.to);
  }
  const auto implied = implied_edges(view.nodes.size(), forward);
  std::size_t next = 0;
  for (ViewEdge& edge : view.edges) {
    if (!edge.back) edge.implied = implied[next++];
  }
}

}  // namespace

View view_of(const Model& model, std::size_t index) {
  const Group& group = model.groups[index];
  View view;
  view.group = index;
  const Difference* difference = model.difference ? &*model.difference : nullptr;
  view.difference = difference != nullptr;
  std::vector<std::uint32_t> node_of_file(model.graph.files.size(), kNone);
  for (const std::size_t child : group.children) {
    view.nodes.push_back(node_of(model, model.groups[child]));
    if (difference != nullptr) view.nodes.back().change = difference->groups[child];
    for (const std::uint32_t file : model.groups[child].files)
      node_of_file[file] = static_cast<std::uint32_t>(view.nodes.size() - 1);
  }
  for (const std::uint32_t file : group.members) {
    const SourceFile& source = model.graph.files[file];
    ViewNode node;
    node.id = source.path;
    node.label = name_of(source.path);
    node.kind = "file";
    node.files = 1;
    node.lines = source.facts.lines;
    node.aside = source.test;
    node.spot = {source.path, 1};
    if (difference != nullptr) node.change = difference->files[file];
    view.nodes.push_back(std::move(node));
    node_of_file[file] = static_cast<std::uint32_t>(view.nodes.size() - 1);
  }
  for (const EntryPoint& entry : model.entries) {
    const SourceFile* file = model.graph.find(entry.spot.file);
    if (file == nullptr || file->test) continue;
    const std::uint32_t node = node_of_file[static_cast<std::size_t>(file - model.graph.files.data())];
    if (node == kNone || view.nodes[node].entry) continue;
    view.nodes[node].entry = true;
    view.nodes[node].spot = entry.spot;
  }
  std::map<std::pair<std::uint32_t, std::uint32_t>, ViewEdge> edges;
  for (const std::uint32_t file : group.files) {
    const auto begin = std::ranges::lower_bound(model.graph.edges, file, {}, &Edge::from);
    const auto end = std::ranges::upper_bound(model.graph.edges, file, {}, &Edge::from);
    for (const Edge& edge : std::span(begin, end)) {
      const std::uint32_t from = node_of_file[file];
      const std::uint32_t to = node_of_file[edge.to];
      if (from == to || to == kNone || from == kNone) continue;
      ViewEdge& link = edges[{from, to}];
      if (difference != nullptr) {
        const Change change = difference->edges[static_cast<std::size_t>(&edge - model.graph.edges.data())];
        link.added += change == Change::kAdded ? 1U : 0U;
        link.removed += change == Change::kRemoved ? 1U : 0U;
      }
      if (link.imports++ > 0) continue;
      link.from = from;
      link.to = to;
      link.spot = {model.graph.files[file].path, edge.line};
      link.target = model.graph.files[edge.to].path;
    }
  }
  for (const Violation& violation : model.violations) {
    const SourceFile* from = model.graph.find(violation.spot.file);
    const SourceFile* to = model.graph.find(violation.target);
    if (from == nullptr || to == nullptr) continue;
    const auto link = edges.find({node_of_file[static_cast<std::size_t>(from - model.graph.files.data())],
                                  node_of_file[static_cast<std::size_t>(to - model.graph.files.data())]});
    if (link != edges.end()) link->second.violation = true;
  }
  for (auto& [key, edge] : edges) {
    const std::size_t changes = edge.added + edge.removed;
    edge.change = edge.added == edge.imports     ? Change::kAdded
                  : edge.removed == edge.imports ? Change::kRemoved
                  : changes > 0                  ? Change::kChanged
                                                 : Change::kNone;
    view.edges.push_back(std::move(edge));
  }
  mark_cycles(view);
  if (index == 0) add_systems(model, node_of_file, view);
  return view;
}

std::optional<std::size_t> find_group(const Model& model, std::string_view wanted) {
  if (wanted.empty() || wanted == "." || wanted == "/") return 0;
  while (wanted.ends_with('/') && wanted.size() > 1)
    wanted.remove_suffix(1);
  for (std::size_t i = 0; i < model.groups.size(); ++i) {
    if (model.groups[i].id == wanted) return i;
  }
  for (std::size_t i = 0; i < model.groups.size(); ++i) {
    if (model.groups[i].path == wanted) return i;
  }
  // A folder that was passed through, because it holds only another.
  const std::string prefix = std::string(wanted) + "/";
  for (std::size_t i = 1; i < model.groups.size(); ++i) {
    if (model.groups[i].path.starts_with(prefix) && model.groups[i].kind != "range") return i;
  }
  return std::nullopt;
}

}  // namespace commandcenter::architecture
