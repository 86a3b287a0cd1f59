// What the nodes of sixteen grammars are to a reviewer: loops, functions, branches, whatever each grammar calls them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "code/syntax/syntax.h"

namespace commandcenter::code::review {

enum class Role : std::uint8_t {
  kNone,
  kFunction,
  kClosure,  // a function without a name of its own: arrow, lambda, block
  kClass,
  kIf,
  kElseIf,  // a clause of its own
  kElse,    // a clause
  kTernary,
  kSwitch,
  kLoop,
  kCatch,
  kTry,
  kBinary,
  kParenthesized,
  kBlock,  // statements
  kReturn,
  kThrow,
  kBreak,  // break, continue
  kGoto,
  kCall,
  kNew,
  kAwait,
  kComment,
  kStatement,  // an expression as a statement
  kString,
  kDebugger,
  kRow,  // statements, but no block
};

// By kind number.
std::span<const Role> roles_of(Grammar grammar);

// The names that the table knows, for its test.
std::vector<std::string_view> known_kinds();

// A tree with its roles, and the questions that rules ask about it.
class View {
 public:
  View(const Source& source, const Tree& tree) : source_(source), tree_(tree), roles_(roles_of(tree.grammar())) {}

  const Source& source() const { return source_; }
  const Tree& tree() const { return tree_; }
  std::size_t size() const { return tree_.nodes().size(); }
  const SyntaxNode& node(NodeId id) const { return tree_.node(id); }
  std::string_view text(NodeId id) const { return tree_.text(id); }
  NodeId parent(NodeId id) const { return tree_.node(id).parent; }
  NodeId child(NodeId id, std::string_view field) const { return tree_.child(id, field); }
  std::string_view field(NodeId id) const { return tree_.field_name(id); }
  std::string_view kind(NodeId id) const { return tree_.kind_name(id); }
  Role role(NodeId id) const {
    const SyntaxNode& node = tree_.node(id);
    return node.named && node.kind < roles_.size() ? roles_[node.kind] : Role::kNone;  // errors have no kind
  }
  bool is_function(NodeId id) const { return role(id) == Role::kFunction || role(id) == Role::kClosure; }
  std::size_t line(NodeId id) const { return source_.line_of(node(id).begin); }
  std::size_t end_line(NodeId id) const {
    return source_.line_of(node(id).end > node(id).begin ? node(id).end - 1 : node(id).end);
  }

  bool is_script() const {  // JavaScript and TypeScript
    return tree_.grammar() == Grammar::kJavaScript || tree_.grammar() == Grammar::kTypeScript ||
           tree_.grammar() == Grammar::kTsx;
  }
  bool is(Grammar grammar) const { return tree_.grammar() == grammar; }

  // The innermost around it; kNoNode.
  NodeId function_around(NodeId id) const;
  // True for an if that continues another one.
  bool is_else_if(NodeId id) const;
  // True when a construct around nests what is in this child of it: bodies, not conditions.
  bool nests(NodeId construct, NodeId child) const;
  bool is_async(NodeId function) const;

  // What is called: "console.log", "eval", "fs.readFileSync". Empty when it is no plain path of names.
  std::string_view callee(NodeId call) const;
  NodeId callee_node(NodeId call) const;
  std::vector<NodeId> arguments(NodeId call) const;
  bool is_constant(NodeId expression) const;  // literals and what is joined from them

 private:
  const Source& source_;
  const Tree& tree_;
  std::span<const Role> roles_;
};

}  // namespace commandcenter::code::review
