// JavaScript and TypeScript: the names of their grammars' nodes, and what they say about a name.
#include <algorithm>

#include "agent/builtin/patcher/names.h"

namespace commandcenter::patcher {
namespace {

using code::kNoNode;
using code::NodeId;
using code::Tree;

class ScriptReader {
 public:
  ScriptReader(const Tree& tree, std::string_view name) : tree_(tree), name_(name) {}

  Names read() {
    for (NodeId id = 0; id < tree_.nodes().size(); ++id) {
      const std::string_view kind = tree_.kind_name(id);
      if (kind == "import_statement" || kind == "export_statement") names_.is_module = true;
      if (kind == "namespace_import" || kind == "variable_declarator") take_namespace(id, kind);
      const auto& node = tree_.node(id);
      if (!node.named || node.end - node.begin != name_.size() || tree_.text(id) != name_) continue;
      if (kind == "identifier" || kind == "type_identifier" || kind == "property_identifier" ||
          kind == "shorthand_property_identifier" || kind == "shorthand_property_identifier_pattern")
        classify(id, kind);
    }
    for (const Occurrence& one : names_.all) {
      const bool declares =
          one.role == Role::kDeclares || one.role == Role::kShorthandDeclares || one.role == Role::kImports;
      if (declares) names_.declared.insert(one.scope);
    }
    return std::move(names_);
  }

 private:
  NodeId parent(NodeId id) const { return tree_.node(id).parent; }
  std::string_view kind(NodeId id) const { return id == kNoNode ? std::string_view() : tree_.kind_name(id); }
  bool is(NodeId id, std::initializer_list<std::string_view> kinds) const {
    return std::ranges::find(kinds, kind(id)) != kinds.end();
  }

  NodeId function_scope(NodeId id) const {
    const NodeId found =
        ancestor(tree_, id,
                 {"function_declaration", "function_expression", "generator_function_declaration", "generator_function",
                  "arrow_function", "method_definition", "class_static_block", "program"});
    return found == kNoNode ? 0 : found;
  }

  NodeId block_scope(NodeId id) const {
    const NodeId found = ancestor(
        tree_, id,
        {"statement_block", "for_statement", "for_in_statement", "switch_body", "class_static_block", "program"});
    return found == kNoNode ? 0 : found;
  }

  // The module of `require("m")`, possibly awaited or with a member behind it; empty for anything else.
  std::string required(NodeId value) const {
    if (value == kNoNode || kind(value) != "call_expression") return {};
    const NodeId function = tree_.child(value, "function");
    const NodeId arguments = tree_.child(value, "arguments");
    if (function == kNoNode || arguments == kNoNode || tree_.text(function) != "require") return {};
    const NodeId first = tree_.named_child(arguments, 0);
    return kind(first) == "string" ? unquoted_text(tree_, first) : std::string();
  }

  void take_namespace(NodeId id, std::string_view of_kind) {
    if (of_kind == "namespace_import") {
      const NodeId name = tree_.named_child(id, 0);
      if (name != kNoNode) names_.namespaces[std::string(tree_.text(name))] = source_of(id);
      return;
    }
    const NodeId name = tree_.child(id, "name");
    const std::string source = required(tree_.child(id, "value"));
    if (source.empty() || name == kNoNode) return;
    names_.is_module = true;
    if (kind(name) == "identifier") names_.namespaces[std::string(tree_.text(name))] = source;
  }

  std::string source_of(NodeId id) const {
    const NodeId statement = ancestor(tree_, id, {"import_statement", "export_statement"});
    const NodeId source = statement == kNoNode ? kNoNode : tree_.child(statement, "source");
    return source == kNoNode ? std::string() : unquoted_text(tree_, source);
  }

  Occurrence& add(NodeId id, Role role, NodeId scope = 0) {
    names_.all.push_back(
        {.begin = tree_.node(id).begin, .end = tree_.node(id).end, .role = role, .node = id, .scope = scope});
    return names_.all.back();
  }

  void classify(NodeId id, std::string_view of_kind) {
    const NodeId above = parent(id);
    if (of_kind == "property_identifier") return member(id, above);
    if (of_kind == "shorthand_property_identifier") {
      Occurrence& one = add(id, Role::kShorthand);
      one.exported = in_exports(above);
      return;
    }
    if (of_kind == "type_identifier") return type(id, above);
    if (is(above, {"import_specifier", "export_specifier"})) return specifier(id, above);
    pattern(id, of_kind == "shorthand_property_identifier_pattern");
  }

  // "module.exports" in front of an object that is assigned to it.
  bool in_exports(NodeId object) const {
    const NodeId assignment = kind(object) == "object" ? parent(object) : kNoNode;
    if (kind(assignment) != "assignment_expression") return false;
    const std::string_view left = tree_.text(tree_.child(assignment, "left"));
    return left == "module.exports" || left == "exports";
  }

  void member(NodeId id, NodeId above) {
    if (is(above, {"jsx_attribute"})) return;
    Occurrence one{.begin = tree_.node(id).begin, .end = tree_.node(id).end, .role = Role::kMember, .node = id};
    if (is(above, {"member_expression", "nested_identifier"})) {
      const NodeId object = tree_.child(above, "object");
      if (object != kNoNode) one.object = tree_.text(object);
      one.exported = one.object == "exports" || one.object == "module.exports";
    } else if (kind(above) == "pair") {
      one.exported = in_exports(parent(above));
    } else if (kind(above) == "pair_pattern") {  // const {name: other} = require("m")
      const NodeId declarator = parent(parent(above));
      if (kind(declarator) == "variable_declarator") one.source = required(tree_.child(declarator, "value"));
      if (!one.source.empty()) one.role = Role::kImportsAs;
    }
    names_.all.push_back(std::move(one));
  }

  void type(NodeId id, NodeId above) {
    const bool is_name = tree_.field_name(id) == "name";
    if (is_name && is(above, {"class_declaration", "abstract_class_declaration", "interface_declaration",
                              "type_alias_declaration", "enum_declaration"})) {
      declare(id, above, block_scope(above));
    } else if (is_name && is(above, {"class"})) {
      add(id, Role::kDeclares, above);
    } else if (is_name && is(above, {"type_parameter"})) {
      add(id, Role::kDeclares, parent(parent(above)));
    } else if (is_name && is(above, {"nested_type_identifier"})) {
      Occurrence& one = add(id, Role::kMember);
      const NodeId module = tree_.child(above, "module");
      if (module != kNoNode) one.object = tree_.text(module);
    } else {
      add(id, Role::kRefers);
    }
  }

  void specifier(NodeId id, NodeId above) {
    const bool has_alias = tree_.child(above, "alias") != kNoNode;
    const bool is_alias = tree_.field_name(id) == "alias";
    if (kind(above) == "import_specifier") {
      if (is_alias) {
        add(id, Role::kDeclares).imported = true;
        return;
      }
      Occurrence& one = add(id, has_alias ? Role::kImportsAs : Role::kImports);
      one.source = source_of(id);
      one.imported = true;
      return;
    }
    if (is_alias) return;  // a name that others know it by
    const std::string source = source_of(id);
    Occurrence& one = add(id, source.empty() ? Role::kExports : Role::kExportsFrom);
    one.source = source;
    one.renamed_as = has_alias;
  }

  // A declaration of a module may be exported where it stands, but not as its default.
  void declare(NodeId id, NodeId declaration, NodeId scope) {
    Occurrence& one = add(id, Role::kDeclares, scope);
    const NodeId statement = parent(declaration);
    if (kind(statement) != "export_statement") return;
    one.exported = true;
    for (NodeId child = tree_.first_child(statement); child != kNoNode; child = tree_.next_sibling(child))
      one.exported = one.exported && tree_.text(child) != "default";
  }

  // Identifiers, alone or in a pattern: what the pattern is for decides.
  void pattern(NodeId id, bool shorthand) {
    NodeId part = id;
    NodeId above = parent(id);
    while (is(above, {"array_pattern", "object_pattern", "rest_pattern", "pair_pattern"}) ||
           (is(above, {"assignment_pattern", "object_assignment_pattern"}) && tree_.field_name(part) == "left")) {
      part = above;
      above = parent(above);
    }
    const std::string_view field = tree_.field_name(part);
    const Role role = shorthand ? Role::kShorthandDeclares : Role::kDeclares;
    if (kind(above) == "variable_declarator" && field == "name") {
      const NodeId declaration = parent(above);
      const bool hoisted = kind(declaration) == "variable_declaration";
      const std::string source = part != id ? required(tree_.child(above, "value")) : std::string();
      declare(id, declaration, hoisted ? function_scope(declaration) : block_scope(declaration));
      names_.all.back().role = role;
      names_.all.back().source = shorthand ? source : "";
      names_.all.back().imported = !required(tree_.child(above, "value")).empty();
    } else if (is(above, {"formal_parameters"})) {
      add(id, role, parent(above));
    } else if (is(above, {"required_parameter", "optional_parameter"}) && field == "pattern") {
      add(id, role, parent(parent(above)));
    } else if ((is(above, {"arrow_function", "catch_clause"})) && field == "parameter") {
      add(id, role, above);
    } else if (is(above, {"for_in_statement"}) && field == "left") {
      const NodeId word = tree_.child(above, "kind");
      const std::string_view how = word == kNoNode ? std::string_view() : tree_.text(word);
      if (how.empty())
        add(id, shorthand ? Role::kShorthand : Role::kRefers);
      else
        add(id, role, how == "var" ? function_scope(above) : above);
    } else if (shorthand) {
      add(id, Role::kShorthand);
    } else {
      plain(id, above, field);
    }
  }

  void plain(NodeId id, NodeId above, std::string_view field) {
    const bool is_name = field == "name";
    if (is_name && is(above, {"function_declaration", "generator_function_declaration", "class_declaration",
                              "enum_declaration", "function_signature", "internal_module", "module"})) {
      declare(id, above, block_scope(above));
    } else if (is_name && is(above, {"function_expression", "generator_function", "class"})) {
      add(id, Role::kDeclares, above);
    } else if (is(above, {"import_clause", "namespace_import", "import_require_clause", "import_alias"})) {
      add(id, Role::kDeclares).imported = true;
    } else if (!is(above, {"namespace_export", "index_signature", "jsx_attribute"})) {
      add(id, Role::kRefers);
    }
  }

  const Tree& tree_;
  std::string_view name_;
  Names names_;
};

}  // namespace

Names names_in_script(const Tree& tree, std::string_view name) {
  return ScriptReader(tree, name).read();
}

bool is_script(code::Grammar grammar) {
  return grammar == code::Grammar::kJavaScript || grammar == code::Grammar::kTypeScript ||
         grammar == code::Grammar::kTsx;
}

}  // namespace commandcenter::patcher
