// The tree of a compiled expression: what the parser builds and the evaluator walks. Immutable once built. Every
// operator level is one node with a list of operands, so that the tree is no deeper than the text is nested.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/regex.h"
#include "core/expr/expr.h"

namespace commandcenter::expr {

struct Function;
struct Node;
using NodePtr = std::unique_ptr<const Node>;

enum class NodeKind {
  kLiteral,      // literal
  kAccess,       // root, steps
  kConditional,  // children: condition, then, else
  kCoalesce,     // children: alternatives
  kOr,           // children
  kAnd,          // children
  kChain,        // children joined by operators, from left to right
  kNot,          // children: operand
  kNegate,       // children: operand
  kList,         // children: elements
  kMap,          // children: key, value, key, value, …
  kCall,         // function, children: arguments
  kHas,          // children: the access whose presence is asked
  kMacro,        // children: range, body; of a map with three arguments also: the test of the elements it takes
};

enum class Operator {
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kRemainder,
};

enum class Macro { kMap, kFilter, kExists, kExistsOne, kAll };

enum class Root {
  kContext,
  kNodeOutput,  // name: the node's id
  kNodeStatus,  // name: the node's id
  kNodeError,   // name: the node's id
  kVariable,    // name
  kBound,       // name, slot: the n-th enclosing macro's variable, counted from the outermost
  kExpression,  // children: the value to step into
};

// One step of a path: a name or an index as written, or computed when `computed` is set.
struct Step {
  std::string name;  // an index in decimal when it is one
  std::optional<std::uint64_t> index;
  NodePtr computed;
  std::size_t column = 0;
};

struct Node {
  NodeKind kind = NodeKind::kLiteral;
  std::size_t column = 0;
  std::size_t height = 1;
  std::vector<NodePtr> children;
  std::vector<Operator> operators;  // of a chain: operators[i] stands before children[i + 1]
  Json literal;
  Root root = Root::kContext;
  std::string name;
  std::size_t slot = 0;
  std::vector<Step> steps;
  const Function* function = nullptr;
  Macro macro = Macro::kMap;
  std::optional<Regex> pattern;  // of a call of matches() with a literal pattern
};

struct CompiledExpression {
  NodePtr root;
  std::vector<Reference> references;
};

}  // namespace commandcenter::expr
