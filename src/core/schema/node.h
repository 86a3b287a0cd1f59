// A schema, compiled: one Node for each (sub)schema, its keywords as fields. Private to this folder.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/regex.h"
#include "core/schema/schema.h"

namespace commandcenter::schema {

enum TypeBit : unsigned {
  kNullBit = 1,
  kBooleanBit = 2,
  kIntegerBit = 4,
  kNumberBit = 8,
  kStringBit = 16,
  kArrayBit = 32,
  kObjectBit = 64,
};

struct PatternNode {
  std::string pattern;
  Regex regex;
  const Node* node;
};

struct Node {
  std::optional<bool> verdict;                 // true and false are schemas too
  unsigned types = 0;                          // 0: any
  std::string type_words;                      // for messages
  std::optional<Json> constant;
  std::vector<Json> enumeration;
  bool has_enumeration = false;

  std::optional<double> minimum, maximum, exclusive_minimum, exclusive_maximum, multiple_of;
  std::optional<std::size_t> min_length, max_length, min_items, max_items, min_properties, max_properties;
  std::optional<std::pair<std::string, Regex>> pattern;

  std::vector<const Node*> prefix_items;
  const Node* items = nullptr;                 // those after the prefix
  const Node* contains = nullptr;
  std::size_t min_contains = 1;
  std::optional<std::size_t> max_contains;
  bool unique_items = false;

  std::map<std::string, const Node*> properties;
  std::vector<PatternNode> pattern_properties;
  const Node* additional_properties = nullptr;
  const Node* property_names = nullptr;
  std::vector<std::string> required;
  std::map<std::string, std::vector<std::string>> dependent_required;
  std::map<std::string, const Node*> dependent_schemas;

  std::vector<const Node*> all_of, any_of, one_of;
  const Node* negated = nullptr;
  const Node* condition = nullptr;
  const Node* then_branch = nullptr;
  const Node* else_branch = nullptr;
  const Node* reference = nullptr;
  std::string dynamic_anchor;                  // this node's own
  std::string dynamic_reference;               // looks for that anchor outwards through the schemas being applied
  const Node* unevaluated_properties = nullptr;
  const Node* unevaluated_items = nullptr;
  std::size_t resource = 0;                    // which "$id" it lies under

  bool needs_annotations() const { return unevaluated_properties != nullptr || unevaluated_items != nullptr; }
};

struct Schema::Compiled {
  std::vector<std::unique_ptr<Node>> nodes;
  std::map<std::pair<std::size_t, std::string>, const Node*> dynamic_anchors;  // (resource, name)
};

}  // namespace commandcenter::schema
