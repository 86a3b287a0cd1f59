#include "code/review/roles.h"

#include <algorithm>
#include <array>

namespace commandcenter::code::review {
namespace {

using enum Role;

constexpr auto kKinds = std::to_array<std::pair<std::string_view, Role>>({
    {"function_declaration", kFunction},
    {"function_definition", kFunction},
    {"function_expression", kFunction},
    {"generator_function", kFunction},
    {"generator_function_declaration", kFunction},
    {"function_item", kFunction},
    {"method_definition", kFunction},
    {"method_declaration", kFunction},
    {"constructor_declaration", kFunction},
    {"compact_constructor_declaration", kFunction},
    {"destructor_declaration", kFunction},
    {"operator_declaration", kFunction},
    {"accessor_declaration", kFunction},
    {"local_function_statement", kFunction},
    {"method", kFunction},
    {"singleton_method", kFunction},
    {"arrow_function", kClosure},
    {"lambda", kClosure},
    {"lambda_expression", kClosure},
    {"anonymous_method_expression", kClosure},
    {"anonymous_function", kClosure},
    {"func_literal", kClosure},
    {"closure_expression", kClosure},
    {"do_block", kClosure},
    {"class", kClass},
    {"class_declaration", kClass},
    {"class_definition", kClass},
    {"class_specifier", kClass},
    {"struct_specifier", kClass},
    {"struct_declaration", kClass},
    {"enum_declaration", kClass},
    {"record_declaration", kClass},
    {"trait_declaration", kClass},
    {"impl_item", kClass},
    {"if_statement", kIf},
    {"if_expression", kIf},
    {"if", kIf},
    {"unless", kIf},
    {"if_modifier", kIf},
    {"unless_modifier", kIf},
    {"elif_clause", kElseIf},
    {"else_if_clause", kElseIf},
    {"elsif", kElseIf},
    {"else_clause", kElse},
    {"else", kElse},
    {"ternary_expression", kTernary},
    {"conditional_expression", kTernary},
    {"conditional", kTernary},
    {"switch_statement", kSwitch},
    {"switch_expression", kSwitch},
    {"expression_switch_statement", kSwitch},
    {"type_switch_statement", kSwitch},
    {"select_statement", kSwitch},
    {"match_statement", kSwitch},
    {"match_expression", kSwitch},
    {"case", kSwitch},
    {"case_match", kSwitch},
    {"for_statement", kLoop},
    {"for_in_statement", kLoop},
    {"for_range_loop", kLoop},
    {"foreach_statement", kLoop},
    {"enhanced_for_statement", kLoop},
    {"for_expression", kLoop},
    {"for", kLoop},
    {"while_statement", kLoop},
    {"while_expression", kLoop},
    {"while", kLoop},
    {"while_modifier", kLoop},
    {"until", kLoop},
    {"until_modifier", kLoop},
    {"do_statement", kLoop},
    {"loop_expression", kLoop},
    {"catch_clause", kCatch},
    {"except_clause", kCatch},
    {"except_group_clause", kCatch},
    {"rescue", kCatch},
    {"try_statement", kTry},
    {"try_with_resources_statement", kTry},
    {"binary_expression", kBinary},
    {"boolean_operator", kBinary},
    {"binary", kBinary},
    {"parenthesized_expression", kParenthesized},
    {"parenthesized_statements", kParenthesized},
    {"statement_block", kBlock},
    {"block", kBlock},
    {"compound_statement", kBlock},
    {"body_statement", kBlock},
    {"constructor_body", kBlock},
    {"return_statement", kReturn},
    {"return_expression", kReturn},
    {"return", kReturn},
    {"throw_statement", kThrow},
    {"raise_statement", kThrow},
    {"break_statement", kBreak},
    {"continue_statement", kBreak},
    {"break_expression", kBreak},
    {"continue_expression", kBreak},
    {"break", kBreak},
    {"next", kBreak},
    {"goto_statement", kGoto},
    {"call_expression", kCall},
    {"call", kCall},
    {"method_invocation", kCall},
    {"invocation_expression", kCall},
    {"function_call_expression", kCall},
    {"member_call_expression", kCall},
    {"nullsafe_member_call_expression", kCall},
    {"scoped_call_expression", kCall},
    {"macro_invocation", kCall},
    {"new_expression", kNew},
    {"object_creation_expression", kNew},
    {"await_expression", kAwait},
    {"await", kAwait},
    {"debugger_statement", kDebugger},
    {"switch_case", kRow},
    {"switch_default", kRow},
    {"switch_block_statement_group", kRow},
    {"switch_section", kRow},
    {"then", kRow},
    {"comment", kComment},
    {"line_comment", kComment},
    {"block_comment", kComment},
    {"expression_statement", kStatement},
    {"string", kString},
    {"string_literal", kString},
    {"template_string", kString},
    {"interpreted_string_literal", kString},
    {"raw_string_literal", kString},
    {"encapsed_string", kString},
});

std::vector<Role> make_roles(Grammar grammar) {
  std::vector<Role> roles;
  for (const std::string_view name : kind_names(grammar)) {
    const auto found = std::ranges::find(kKinds, name, &std::pair<std::string_view, Role>::first);
    Role role = found == kKinds.end() ? kNone : found->second;
    if (grammar == Grammar::kRuby && name == "block") role = kClosure;        // { |x| … }
    if (grammar == Grammar::kRuby && name == "identifier") role = kDebugger;  // perhaps: it stands alone
    roles.push_back(role);
  }
  return roles;
}

bool is_name_like(std::string_view text) {
  constexpr std::size_t kLongestPath = 120;
  return !text.empty() && text.size() <= kLongestPath && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '$' || c == ':' || c == '?' || c == '!' || c == '@' || c == '\\' || c == '>' || c == '-';
  });
}

}  // namespace

std::span<const Role> roles_of(Grammar grammar) {
  static const auto kAll = [] {
    std::array<std::vector<Role>, kGrammars> all;
    for (std::size_t i = 0; i < kGrammars; ++i)
      all[i] = make_roles(static_cast<Grammar>(i));
    return all;
  }();
  return kAll[static_cast<std::size_t>(grammar)];
}

std::vector<std::string_view> known_kinds() {
  std::vector<std::string_view> names;
  for (const auto& [name, role] : kKinds)
    names.push_back(name);
  return names;
}

NodeId View::function_around(NodeId id) const {
  for (NodeId at = parent(id); at != kNoNode; at = parent(at))
    if (is_function(at)) return at;
  return kNoNode;
}

bool View::is_else_if(NodeId id) const {
  if (role(id) != kIf) return false;
  const NodeId above = parent(id);
  if (above == kNoNode) return false;
  if (role(above) == kElse) return tree_.named_child(above, 0) == id && !is(Grammar::kPython);
  return role(above) == kIf && field(id) == "alternative";
}

bool View::nests(NodeId construct, NodeId child) const {
  const std::string_view part = field(child);
  switch (role(construct)) {
    case kFunction:
    case kClosure:
    case kCatch:
      return true;
    case kIf:
      return !is_else_if(construct) && (part == "consequence" || part == "alternative" || part == "body");
    case kElseIf:
      return false;  // its if has done so
    case kLoop:
      return part == "body" || part == "alternative";
    case kSwitch:
      return part != "value" && part != "condition" && part != "subject" && part != "initializer";
    case kTernary:
      return part != "condition";
    default:
      return false;
  }
}

bool View::is_async(NodeId function) const {
  for (NodeId at = tree_.first_child(function); at != kNoNode; at = tree_.next_sibling(at)) {
    if (text(at) == "async") return true;
    if (role(at) == kBlock) return false;
  }
  return false;
}

NodeId View::callee_node(NodeId call) const {
  for (const std::string_view name : {"function", "constructor", "macro", "type"}) {
    if (const NodeId found = child(call, name); found != kNoNode) return found;
  }
  return kNoNode;
}

std::string_view View::callee(NodeId call) const {
  std::string_view path;
  if (const NodeId found = callee_node(call); found != kNoNode) {
    path = text(found);
  } else {  // a receiver and a name
    NodeId name = child(call, "name");
    if (name == kNoNode) name = child(call, "method");
    if (name == kNoNode) return {};
    const std::size_t begin = node(call).begin;
    path = tree_.source().substr(begin, node(name).end - begin);
  }
  return is_name_like(path) ? path : std::string_view();
}

std::vector<NodeId> View::arguments(NodeId call) const {
  std::vector<NodeId> all;
  const NodeId list = child(call, "arguments");
  if (list == kNoNode) return all;
  for (NodeId at = tree_.first_child(list); at != kNoNode; at = tree_.next_sibling(at))
    if (node(at).named && role(at) != kComment) all.push_back(at);
  return all;
}

bool View::is_constant(NodeId expression) const {
  for (NodeId id = expression; id < node(expression).after; ++id) {
    const SyntaxNode& part = node(id);
    if (!part.named) continue;
    const std::string_view name = kind(id);
    if (name == "identifier" || name.ends_with("_identifier") || role(id) == kCall || role(id) == kNew ||
        name == "template_substitution" || name == "interpolation" || name == "variable_name" || name == "this" ||
        name == "self" || name == "member_expression")
      return false;
  }
  return true;
}

}  // namespace commandcenter::code::review
