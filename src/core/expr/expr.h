// `{{ … }}` templates and the expression language inside them: CEL's grammar and semantics where they overlap, plus the
// default operator `??`. docs/formats/expressions.md is the language's description for users.
//
// In: expression text or a JSON tree whose strings and object keys may hold templates; later the values of a run.
// Out: JSON, or an error that says where and why. Pure and total: every evaluation ends within the limits below, and
// the values inserted are data, never scanned for templates again.
//
// Compile once, evaluate often: both classes share their immutable compiled form, so copies are cheap and several
// threads may evaluate the same object at once.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace commandcenter::expr {

struct Limits {
  static constexpr std::size_t kMaxExpressionBytes = 16 * 1024;  // text of one expression
  static constexpr std::size_t kMaxExpressionDepth = 64;         // nested parentheses, operators, calls
  static constexpr std::size_t kMaxEvaluationSteps = 100'000;    // of one expression; a step is one node visited,
  static constexpr std::size_t kBytesPerStep = 64;               // or this much text or data handled
  static constexpr std::size_t kMaxResolveSteps = 1'000'000;     // of all expressions of one template
  static constexpr std::size_t kMaxTemplateBytes = 1024 * 1024;  // of a tree that has templates, as compact JSON
  static constexpr std::size_t kMaxOutputBytes = 1024 * 1024;    // of a result, as compact JSON
  static constexpr std::size_t kMaxOutputDepth = kMaxJsonDepth;  // so that every result can be read back
};

// What a node of the workflow has to show. A null `output` means that it has none (yet): reading it is a missing value.
struct NodeValue {
  std::string_view id;
  const Json* output = nullptr;
  std::string_view status;      // empty: unknown, which is a missing value too
  std::string_view error = {};  // why it failed or did not run; empty: nothing to tell, a missing value too
};

// A value under a name of its own, such as the item of a loop.
struct Variable {
  std::string_view name;
  const Json* value = nullptr;
};

// The values of one evaluation; all are borrowed for the call. A node must be listed under every id and alias by which
// the expression may name it.
struct Scope {
  const Json* context = nullptr;
  std::span<const NodeValue> nodes;
  std::span<const Variable> variables;
};

// A place where an expression reads the scope.
struct Reference {
  std::string root;               // "context", "nodes" or the name of a variable
  std::string node_id;            // when root is "nodes": the id or alias as written
  std::vector<std::string> path;  // the steps after the root or node id, up to the first one that is computed;
                                  // for a node it starts with "output", "status" or "error"
  std::size_t column = 0;         // of the root, 1-based, in characters of the text (of the whole string in a template)
};

struct CompiledExpression;
struct CompiledTemplate;

class Expression {
 public:
  // `node_ids` are the ids and aliases that the workflow knows, `variables` the names that every scope will hold.
  // Fails with kInvalid (or kTooLarge for length and depth); the message starts "column N: " and tells what was
  // expected.
  static Result<Expression> compile(std::string_view text, std::span<const std::string> node_ids,
                                    std::span<const std::string> variables = {});

  // Fails with kNotFound when a value is missing, kTooLarge when a limit is exceeded, kInvalid otherwise; the message
  // starts "column N: ". Messages name paths and types, never the values.
  Result<Json> evaluate(const Scope& scope) const;

  // In the order of the text; the same place may be listed more than once.
  const std::vector<Reference>& references() const;

 private:
  explicit Expression(std::shared_ptr<const CompiledExpression> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const CompiledExpression> compiled_;
};

// One thing wrong with a template.
struct TemplateError {
  std::string path;  // of the string in the tree: "message", "metadata.items[2]", "headers[\"x y\"]"; "" is the root
  std::size_t column = 0;  // in that string, 1-based, in characters
  std::string message;
};

class Template {
 public:
  // On failure the result holds the first error as text (path, column and message), `errors`, if given, all of them.
  static Result<Template> compile(const Json& tree, std::span<const std::string> node_ids,
                                  std::vector<TemplateError>* errors = nullptr,
                                  std::span<const std::string> variables = {});

  // The tree with every template replaced. A string that is one template takes the value's type; elsewhere the value's
  // text is inserted. Error codes as Expression::evaluate; the message names the path in the tree and the template.
  Result<Json> resolve(const Scope& scope) const;

  // Of all expressions, in the order of the tree.
  const std::vector<Reference>& references() const;

  // No templates inside: resolving is a copy.
  bool is_constant() const;

 private:
  explicit Template(std::shared_ptr<const CompiledTemplate> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const CompiledTemplate> compiled_;
};

}  // namespace commandcenter::expr
