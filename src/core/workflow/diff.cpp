#include "core/workflow/diff.h"

#include <algorithm>

namespace commandcenter::workflow {
namespace {

class Differ {
 public:
  std::vector<Change> take() { return std::move(changes_); }

  void members(const std::string& path, const Json& before, const Json& after) {
    for (const auto& [key, value] : after.items()) {
      const Json* old = find_member(before, key);
      value_of(join(path, key), old, &value);
    }
    for (const auto& [key, value] : before.items()) {
      if (!after.contains(key)) value_of(join(path, key), &value, nullptr);
    }
  }

  void nodes(const std::vector<NodeDefinition>& before, const std::vector<NodeDefinition>& after) {
    for (const NodeDefinition& node : after) {
      const NodeDefinition* old = find(before, node.id);
      if (old == nullptr)
        add(ChangeKind::kAdded, "nodes." + node.id, nullptr, workflow::to_json(node));
      else
        members("nodes." + node.id, workflow::to_json(*old), workflow::to_json(node));
    }
    for (const NodeDefinition& node : before) {
      if (find(after, node.id) == nullptr)
        add(ChangeKind::kRemoved, "nodes." + node.id, workflow::to_json(node), nullptr);
    }
    order(before, after);
  }

 private:
  static std::string join(const std::string& path, const std::string& key) {
    return path.empty() ? key : path + "." + key;
  }

  static const NodeDefinition* find(const std::vector<NodeDefinition>& nodes, const std::string& id) {
    const auto found =
        std::find_if(nodes.begin(), nodes.end(), [&](const NodeDefinition& node) { return node.id == id; });
    return found == nodes.end() ? nullptr : &*found;
  }

  void add(ChangeKind kind, const std::string& path, Json before, Json after) {
    changes_.push_back({kind, path, std::move(before), std::move(after)});
  }

  void value_of(const std::string& path, const Json* before, const Json* after) {
    if (before == nullptr) return add(ChangeKind::kAdded, path, nullptr, *after);
    if (after == nullptr) return add(ChangeKind::kRemoved, path, *before, nullptr);
    if (canonical_json(*before) == canonical_json(*after)) return;
    if (before->is_object() && after->is_object()) return members(path, *before, *after);
    add(ChangeKind::kChanged, path, *before, *after);
  }

  // Nodes that both have, when their order is another one: it decides who starts first among equals.
  void order(const std::vector<NodeDefinition>& before, const std::vector<NodeDefinition>& after) {
    const auto common = [](const std::vector<NodeDefinition>& nodes, const std::vector<NodeDefinition>& others) {
      Json ids = Json::array();
      for (const NodeDefinition& node : nodes) {
        if (find(others, node.id) != nullptr) ids.push_back(node.id);
      }
      return ids;
    };
    Json old_order = common(before, after);
    Json new_order = common(after, before);
    if (old_order != new_order) add(ChangeKind::kMoved, "nodes", std::move(old_order), std::move(new_order));
  }

  std::vector<Change> changes_;
};

std::string_view kind_word(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kAdded:
      return "added";
    case ChangeKind::kRemoved:
      return "removed";
    case ChangeKind::kChanged:
      return "changed";
    case ChangeKind::kMoved:
      return "moved";
  }
  return "changed";
}

}  // namespace

std::vector<Change> diff(const Definition& before, const Definition& after) {
  Json old_head = to_json(before);
  Json new_head = to_json(after);
  old_head.erase("nodes");
  new_head.erase("nodes");
  Differ differ;
  differ.members("", old_head, new_head);
  differ.nodes(before.nodes, after.nodes);
  return differ.take();
}

Json to_json(const std::vector<Change>& changes) {
  Json list = Json::array();
  for (const Change& change : changes) {
    list.push_back(
        {{"kind", kind_word(change.kind)}, {"path", change.path}, {"before", change.before}, {"after", change.after}});
  }
  return list;
}

}  // namespace commandcenter::workflow
