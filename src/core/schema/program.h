// What a schema is compiled into: numbered nodes, each a list of rules. Internal to this module.
//
// A node stands for one subschema; rules refer to other nodes by number, so recursive schemas are finite. Rules own all
// they need; the schema document can go once the program exists.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/regex.h"
#include "core/schema/format.h"
#include "core/schema/schema.h"

namespace commandcenter::schema {

using NodeIndex = std::size_t;

// A regular expression, how the schema wrote it, and what matching one byte may cost.
struct Pattern {
  Regex regex;
  std::string text;
  std::size_t weight = 1;
};

// --- assertions: about the value alone
struct TypeRule {
  std::vector<std::string> types;  // any of them
};
struct EnumRule {
  std::set<std::string> keys;      // equality_key of each value
  std::vector<std::string> shown;  // as messages list them
  std::vector<std::string> texts;  // the strings among them, for "did you mean"
};
struct NumberRule {
  enum class Kind { kMinimum, kMaximum, kExclusiveMinimum, kExclusiveMaximum, kMultipleOf };
  Kind kind = Kind::kMinimum;
  Json bound;
};
struct SizeRule {
  enum class Of { kText, kArray, kObject };
  Of of = Of::kText;
  bool at_least = true;  // else at most
  std::uint64_t bound = 0;
};
struct PatternRule {
  Pattern pattern;
};
struct FormatRule {
  Format format;
};
struct UniqueRule {};
struct RequiredRule {
  std::vector<std::string> names;
  std::vector<std::string> known;  // members the schema describes; another one close to a missing name is a misspelling
};
struct DependentRequiredRule {
  std::vector<std::pair<std::string, std::vector<std::string>>> names_by_trigger;
};

// --- applicators to members and items
struct PropertiesRule {
  std::map<std::string, NodeIndex> named;
  std::vector<std::string> names;  // keys of named, in the order of the schema
  std::vector<std::pair<Pattern, NodeIndex>> patterns;
  std::optional<NodeIndex> additional;
};
struct PropertyNamesRule {
  NodeIndex node = 0;
};
struct ItemsRule {
  std::vector<NodeIndex> prefix;
  std::optional<NodeIndex> rest;
};
struct ContainsRule {
  NodeIndex node = 0;
  std::uint64_t at_least = 1;
  std::optional<std::uint64_t> at_most;
};

// --- applicators to the value itself
struct AllOfRule {
  std::vector<NodeIndex> nodes;
};
struct AnyOfRule {
  std::vector<NodeIndex> nodes;
};
struct OneOfRule {
  std::vector<NodeIndex> nodes;
};
struct NotRule {
  NodeIndex node = 0;
};
struct ConditionalRule {
  NodeIndex condition = 0;
  std::optional<NodeIndex> then;
  std::optional<NodeIndex> otherwise;
};
struct DependentSchemasRule {
  std::vector<std::pair<std::string, NodeIndex>> node_by_trigger;
};
struct RefRule {
  NodeIndex node = 0;
  std::string dynamic_anchor;  // not empty: the outermost resource in scope with this anchor is meant, not the node
};

// --- what no other rule of the node looked at; always last
struct UnevaluatedItemsRule {
  NodeIndex node = 0;
};
struct UnevaluatedPropertiesRule {
  NodeIndex node = 0;
};

struct Rule {
  std::string_view keyword;  // of static storage
  std::variant<TypeRule, EnumRule, NumberRule, SizeRule, PatternRule, FormatRule, UniqueRule, RequiredRule,
               DependentRequiredRule, PropertiesRule, PropertyNamesRule, ItemsRule, ContainsRule, AllOfRule, AnyOfRule,
               OneOfRule, NotRule, ConditionalRule, DependentSchemasRule, RefRule, UnevaluatedItemsRule,
               UnevaluatedPropertiesRule>
      body;
};

struct Node {
  std::string location;  // JSON pointer in its document, which is named unless it is the schema itself
  bool never = false;    // the schema `false`
  bool secret = false;   // writeOnly or format password: messages do not show the value
  bool has_unevaluated = false;
  std::size_t resource = 0;  // which part with an "$id" of its own
  std::vector<Rule> rules;
};

struct Program {
  std::vector<Node> nodes;                                        // the first is the schema
  std::vector<std::map<std::string, NodeIndex>> dynamic_anchors;  // of each resource
  std::vector<Property> properties;
  bool closed = false;
};

// All nodes of a schema document. Fails as Schema::compile does.
Result<Program> compile_program(const Json& schema, const CompileOptions& options);

// The violations of a value, at most kMaxViolations.
std::vector<Violation> run_program(const Program& program, const Json& value);

}  // namespace commandcenter::schema
