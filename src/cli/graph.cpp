#include "cli/graph.h"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "cli/output.h"

namespace commandcenter::cli {
namespace {

using workflow::Definition;
using workflow::NodeDefinition;

std::string what_it_does(const NodeDefinition& node) {
  if (node.is_transform) return "transform";
  return node.action.empty() ? node.agent : node.agent + " " + node.action;
}

std::string conditions(const NodeDefinition& node) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (node.approval_required) add("asks for approval");
  if (!node.when.empty()) add("when " + node.when);
  if (node.join == workflow::Join::kAllDone) add("after all, failed or not");
  if (node.join == workflow::Join::kAnySuccess) add("after the first success");
  if (node.retry.attempts > 1) add(fmt::format("{} attempts", node.retry.attempts));
  if (node.on_error.kind == workflow::OnErrorKind::kContinue) add("may fail");
  if (node.on_error.kind == workflow::OnErrorKind::kFallback) add("else " + node.on_error.fallback_node);
  return text;
}

// Every node after what it depends on, otherwise in the order of the definition.
std::vector<const NodeDefinition*> in_order(const Definition& definition) {
  std::vector<const NodeDefinition*> ordered;
  std::map<std::string, bool> placed;
  while (ordered.size() < definition.nodes.size()) {
    const std::size_t before = ordered.size();
    for (const NodeDefinition& node : definition.nodes) {
      const bool ready = std::all_of(node.depends_on.begin(), node.depends_on.end(),
                                     [&](const std::string& id) { return placed.contains(id); });
      if (placed.contains(node.id) || !ready) continue;
      placed[node.id] = true;
      ordered.push_back(&node);
    }
    if (ordered.size() == before) break;  // a circle; whoever validates will say so
  }
  return ordered;
}

// A lane leads down to one node. Lanes are columns, two characters wide.
class Lanes {
 public:
  explicit Lanes(const Definition& definition) {
    for (const NodeDefinition& node : definition.nodes) {
      for (const std::string& id : node.depends_on)
        dependents_[id].push_back(node.id);
    }
  }

  struct Row {
    std::string picture;
    std::size_t columns = 0;
    const NodeDefinition* node = nullptr;  // null: only lines
  };

  void place(const NodeDefinition& node) {
    const std::size_t lane = lane_to(node.id).value_or(free_lane());
    occupy(lane, node.id);
    rows_.push_back(node_row(node, lane));
    const std::vector<std::optional<std::string>> above = targets_;
    targets_[lane].reset();
    std::vector<std::size_t> reached;
    for (const std::string& dependent : dependents_[node.id]) {
      auto to = lane_to(dependent);
      if (!to) {
        to = targets_[lane] ? free_lane() : lane;
        occupy(*to, dependent);
      }
      reached.push_back(*to);
    }
    const bool only_down = std::all_of(reached.begin(), reached.end(), [&](std::size_t to) { return to == lane; });
    if (!only_down) rows_.push_back(line_row(above, lane, reached));
    while (!targets_.empty() && !targets_.back())
      targets_.pop_back();
  }

  const std::vector<Row>& rows() const { return rows_; }

 private:
  std::optional<std::size_t> lane_to(const std::string& id) const {
    for (std::size_t lane = 0; lane < targets_.size(); ++lane) {
      if (targets_[lane] == id) return lane;
    }
    return std::nullopt;
  }

  std::size_t free_lane() const {
    for (std::size_t lane = 0; lane < targets_.size(); ++lane) {
      if (!targets_[lane]) return lane;
    }
    return targets_.size();
  }

  void occupy(std::size_t lane, const std::string& id) {
    if (targets_.size() <= lane) targets_.resize(lane + 1);
    targets_[lane] = id;
  }

  Row node_row(const NodeDefinition& node, std::size_t lane) const {
    Row row{{}, targets_.size(), &node};
    for (std::size_t i = 0; i < targets_.size(); ++i)
      row.picture += i == lane ? "● " : targets_[i] ? "│ " : "  ";
    return row;
  }

  // From the node's lane to every lane it leads to.
  Row line_row(const std::vector<std::optional<std::string>>& above, std::size_t from,
               const std::vector<std::size_t>& reached) const {
    const std::size_t left = std::min(from, *std::min_element(reached.begin(), reached.end()));
    const std::size_t right = std::max(from, *std::max_element(reached.begin(), reached.end()));
    Row row{{}, std::max(above.size(), targets_.size()), nullptr};
    for (std::size_t i = 0; i < row.columns; ++i) {
      const bool up = i < above.size() && above[i].has_value();
      const bool down = i < targets_.size() && targets_[i].has_value();
      const bool joined = i == from || std::find(reached.begin(), reached.end(), i) != reached.end();
      if (joined)
        row.picture += corner(up, down, i > left, i < right);
      else if (up && down)
        row.picture += "│";  // passes in front
      else
        row.picture += i > left && i < right ? "─" : " ";
      row.picture += i >= left && i < right ? "─" : " ";
    }
    return row;
  }

  static const char* corner(bool up, bool down, bool to_left, bool to_right) {
    static constexpr const char* kCorners[16] = {" ", "╶", "╴", "─", "╷", "╭", "╮", "┬",
                                                 "╵", "╰", "╯", "┴", "│", "├", "┤", "┼"};
    return kCorners[(up ? 8 : 0) + (down ? 4 : 0) + (to_left ? 2 : 0) + (to_right ? 1 : 0)];
  }

  std::map<std::string, std::vector<std::string>> dependents_;
  std::vector<std::optional<std::string>> targets_;
  std::vector<Row> rows_;
};

std::string quoted(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '"')
      safe += "'";
    else if (static_cast<unsigned char>(c) >= 0x20)
      safe += c;
  }
  return "\"" + safe + "\"";
}

std::string label(const NodeDefinition& node, std::string_view line_break) {
  const std::string more = conditions(node);
  return fmt::format("{}{}{}{}{}", node.id, line_break, what_it_does(node), more.empty() ? "" : line_break, more);
}

// node-0, node-1, …: ids of nodes may be words that Mermaid and Graphviz keep for themselves.
std::map<std::string, std::string> short_names(const Definition& definition) {
  std::map<std::string, std::string> names;
  for (const NodeDefinition& node : definition.nodes)
    names.emplace(node.id, fmt::format("n{}", names.size()));
  return names;
}

}  // namespace

std::string draw_lanes(const Definition& definition, bool terminal) {
  Lanes lanes(definition);
  for (const NodeDefinition* node : in_order(definition))
    lanes.place(*node);
  std::size_t columns = 0;
  std::size_t id_width = 0;
  for (const Lanes::Row& row : lanes.rows()) {
    columns = std::max(columns, row.columns);
    if (row.node != nullptr) id_width = std::max(id_width, row.node->id.size());
  }
  std::string text;
  for (const Lanes::Row& row : lanes.rows()) {
    std::string line = row.picture;
    if (row.node != nullptr) {
      line.append(2 * (columns - row.columns) + 1, ' ');
      line += paint(fmt::format("{:<{}}", row.node->id, id_width), Colour::kBold, terminal) + "  " +
              what_it_does(*row.node);
      if (const std::string more = conditions(*row.node); !more.empty())
        line += "  " + paint("(" + more + ")", Colour::kGrey, terminal);
    }
    while (line.ends_with(' '))
      line.pop_back();
    text += line + "\n";
  }
  return text;
}

std::string draw_mermaid(const Definition& definition) {
  const auto names = short_names(definition);
  std::string text = "flowchart TD\n";
  for (const NodeDefinition& node : definition.nodes) {
    const bool gate = node.approval_required;
    text += fmt::format("  {}{}{}{}\n", names.at(node.id), gate ? "{{" : "[", quoted(label(node, "<br/>")),
                        gate ? "}}" : "]");
  }
  for (const NodeDefinition& node : definition.nodes) {
    for (const std::string& id : node.depends_on)
      text += fmt::format("  {} --> {}\n", names.at(id), names.at(node.id));
    if (const auto fallback = names.find(node.on_error.fallback_node); fallback != names.end())
      text += fmt::format("  {} -.->|on error| {}\n", names.at(node.id), fallback->second);
  }
  return text;
}

std::string draw_dot(const Definition& definition) {
  const auto names = short_names(definition);
  std::string text = fmt::format("digraph {} {{\n  node [shape=box];\n", quoted(definition.name));
  for (const NodeDefinition& node : definition.nodes) {
    text += fmt::format("  {} [label={}{}];\n", names.at(node.id), quoted(label(node, "\\n")),
                        node.approval_required ? ", shape=hexagon" : "");
  }
  for (const NodeDefinition& node : definition.nodes) {
    for (const std::string& id : node.depends_on)
      text += fmt::format("  {} -> {};\n", names.at(id), names.at(node.id));
    if (const auto fallback = names.find(node.on_error.fallback_node); fallback != names.end())
      text += fmt::format("  {} -> {} [style=dashed, label=\"on error\"];\n", names.at(node.id), fallback->second);
  }
  return text + "}\n";
}

}  // namespace commandcenter::cli
