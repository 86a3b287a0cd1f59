// Python: the names of its grammar's nodes, and what they say about a name.
#include <algorithm>

#include "agent/builtin/patcher/names.h"

namespace commandcenter::patcher {
namespace {

using code::kNoNode;
using code::NodeId;
using code::Tree;

class PythonReader {
 public:
  PythonReader(const Tree& tree, std::string_view name) : tree_(tree), name_(name) {}

  Names read() {
    names_.is_module = true;
    for (NodeId id = 0; id < tree_.nodes().size(); ++id) {
      const std::string_view kind = tree_.kind_name(id);
      if (kind == "import_statement" || kind == "import_from_statement") take_namespaces(id);
      const auto& node = tree_.node(id);
      if (!node.named || node.end - node.begin < name_.size()) continue;
      if (kind == "identifier" && tree_.text(id) == name_) classify(id);
      if (kind == "string" && unquoted_text(tree_, id) == name_) listed(id);
    }
    for (const Occurrence& one : names_.all) {
      if (one.role == Role::kDeclares || one.role == Role::kImports) names_.declared.insert(one.scope);
    }
    for (const Occurrence& one : names_.all) {
      if (one.role != Role::kDeclares || kind(one.scope) != "class_definition") continue;
      const NodeId statement = ancestor(tree_, one.node, {"assignment", "function_definition", "class_definition"});
      const bool assigned = kind(statement) == "assignment";
      names_.known_from.try_emplace(one.scope, assigned ? tree_.node(statement).end : one.end);
    }
    for (const NodeId scope : outer_)  // "global name", "nonlocal name": not its own
      names_.declared.erase(scope);
    for (Occurrence& one : names_.all) {
      if (one.role == Role::kDeclares && outer_.contains(one.scope)) one.role = Role::kRefers;
    }
    return std::move(names_);
  }

 private:
  NodeId parent(NodeId id) const { return id == kNoNode ? kNoNode : tree_.node(id).parent; }
  std::string_view kind(NodeId id) const { return id == kNoNode ? std::string_view() : tree_.kind_name(id); }
  bool is(NodeId id, std::initializer_list<std::string_view> kinds) const {
    return std::ranges::find(kinds, kind(id)) != kinds.end();
  }

  NodeId scope(NodeId id) const {
    const NodeId found = ancestor(tree_, id, {"function_definition", "lambda", "class_definition", "module"});
    return found == kNoNode ? 0 : found;
  }

  void take_namespaces(NodeId statement) {
    const NodeId module = tree_.child(statement, "module_name");
    const std::string prefix = module == kNoNode ? "" : std::string(tree_.text(module));
    for (NodeId child = tree_.first_child(statement); child != kNoNode; child = tree_.next_sibling(child)) {
      if (child == module) continue;
      const bool aliased = kind(child) == "aliased_import";
      const NodeId name = aliased ? tree_.child(child, "name") : child;
      if (name == kNoNode || kind(name) != "dotted_name") continue;
      const NodeId alias = aliased ? tree_.child(child, "alias") : name;
      const std::string whole(tree_.text(name));
      const std::string dot = prefix.empty() || prefix.ends_with('.') ? "" : ".";
      names_.namespaces[std::string(tree_.text(alias))] = prefix + dot + whole;
    }
  }

  Occurrence& add(NodeId id, Role role, NodeId of_scope = 0) {
    names_.all.push_back(
        {.begin = tree_.node(id).begin, .end = tree_.node(id).end, .role = role, .node = id, .scope = of_scope});
    return names_.all.back();
  }

  // A name in `__all__` is what others may import.
  void listed(NodeId id) {
    const NodeId assignment = ancestor(tree_, id, {"assignment", "augmented_assignment"});
    const NodeId left = assignment == kNoNode ? kNoNode : tree_.child(assignment, "left");
    if (left == kNoNode || tree_.text(left) != "__all__") return;
    const std::size_t inside = tree_.text(id).find(name_);
    const std::size_t begin = tree_.node(id).begin + inside;
    names_.all.push_back({.begin = begin, .end = begin + name_.size(), .role = Role::kListed, .node = id});
  }

  void imported(NodeId id, NodeId dotted) {
    const NodeId above = parent(dotted);
    const bool aliased = kind(above) == "aliased_import";
    const NodeId statement = aliased ? parent(above) : above;
    if (kind(statement) == "import_statement") {
      const bool first = tree_.node(dotted).begin == tree_.node(id).begin;
      if (!aliased && first) add(id, Role::kDeclares, scope(statement)).imported = true;
      return;
    }
    const NodeId module = tree_.child(statement, "module_name");
    if (kind(statement) != "import_from_statement" || dotted == module || module == kNoNode) return;
    Occurrence& one = add(id, aliased ? Role::kImportsAs : Role::kImports, scope(statement));
    one.imported = true;
    one.source = tree_.text(module);
  }

  void classify(NodeId id) {
    const NodeId above = parent(id);
    const std::string_view field = tree_.field_name(id);
    if (kind(above) == "attribute" && field == "attribute") {
      Occurrence& one = add(id, Role::kMember);
      if (const NodeId object = tree_.child(above, "object"); object != kNoNode) one.object = tree_.text(object);
    } else if (kind(above) == "keyword_argument" && field == "name") {
      return;  // the name of somebody's parameter
    } else if (is(above, {"function_definition", "class_definition"}) && field == "name") {
      add(id, Role::kDeclares, scope(above));
    } else if (is(above, {"parameters", "lambda_parameters"})) {
      add(id, Role::kDeclares, parent(above));
    } else if (is(above, {"default_parameter", "typed_default_parameter"}) && field == "name") {
      add(id, Role::kDeclares, parent(parent(above)));
    } else if (kind(above) == "typed_parameter" && field != "type") {
      add(id, Role::kDeclares, parent(parent(above)));
    } else if (is(above, {"list_splat_pattern", "dictionary_splat_pattern"}) &&
               is(parent(above), {"parameters", "lambda_parameters"})) {
      add(id, Role::kDeclares, parent(parent(above)));
    } else if (kind(above) == "dotted_name") {
      is(parent(above), {"import_statement", "import_from_statement", "aliased_import"}) ? imported(id, above)
                                                                                         : void(add(id, Role::kRefers));
    } else if (kind(above) == "aliased_import") {
      add(id, Role::kDeclares, scope(above)).imported = true;
    } else if (is(above, {"global_statement", "nonlocal_statement"})) {
      outer_.insert(scope(above));
      add(id, Role::kRefers);
    } else if (kind(above) == "as_pattern_target" || (kind(above) == "named_expression" && field == "name")) {
      add(id, Role::kDeclares, scope(above));
    } else {
      target(id);
    }
  }

  // The left side of an assignment or a loop, alone or in a pattern.
  void target(NodeId id) {
    NodeId part = id;
    NodeId above = parent(id);
    while (is(above, {"pattern_list", "tuple_pattern", "list_pattern", "list_splat_pattern"})) {
      part = above;
      above = parent(above);
    }
    const bool is_left = tree_.field_name(part) == "left";
    if (is_left && is(above, {"assignment", "augmented_assignment", "for_statement"}))
      add(id, Role::kDeclares, scope(above));
    else if (is_left && kind(above) == "for_in_clause")
      add(id, Role::kDeclares, parent(above));
    else
      add(id, Role::kRefers);
  }

  const Tree& tree_;
  std::string_view name_;
  Names names_;
  std::set<NodeId> outer_;
};

}  // namespace

Names names_in_python(const Tree& tree, std::string_view name) {
  return PythonReader(tree, name).read();
}

bool is_python(code::Grammar grammar) {
  return grammar == code::Grammar::kPython;
}

Names names_in(const Tree& tree, std::string_view name) {
  return is_python(tree.grammar()) ? names_in_python(tree, name) : names_in_script(tree, name);
}

code::NodeId ancestor(const Tree& tree, NodeId node, std::initializer_list<std::string_view> kinds) {
  for (NodeId above = tree.node(node).parent; above != kNoNode; above = tree.node(above).parent) {
    if (std::ranges::find(kinds, tree.kind_name(above)) != kinds.end()) return above;
  }
  return kNoNode;
}

std::string unquoted_text(const Tree& tree, NodeId string) {
  std::string_view text = tree.text(string);
  const std::size_t quote = text.find_first_of("\"'`");
  if (quote == std::string_view::npos || text.size() < quote + 2) return {};
  return std::string(text.substr(quote + 1, text.size() - quote - 2));
}

// Upwards through the scopes. In Python the names of a class are not known inside its functions, and the default of a
// parameter is worked out before there is one.
std::optional<NodeId> Names::resolve(const Tree& tree, NodeId node) const {
  const bool python = is_python(tree.grammar());
  bool in_function = false;
  bool skip_function = false;
  for (NodeId below = node, at = node; at != kNoNode; below = at, at = tree.node(at).parent) {
    const std::string_view kind = tree.kind_name(at);
    if (python) {
      if ((kind == "default_parameter" || kind == "typed_default_parameter") && tree.field_name(below) == "value")
        skip_function = true;
      const bool is_function = kind == "function_definition" || kind == "lambda";
      if (kind == "class_definition" && in_function) continue;
      if (is_function && skip_function) {
        skip_function = false;
        continue;
      }
      in_function = in_function || is_function;
    }
    const auto known = known_from.find(at);
    if (known != known_from.end() && tree.node(node).begin < known->second) continue;
    if (declared.contains(at)) return at;
  }
  return std::nullopt;
}

}  // namespace commandcenter::patcher
