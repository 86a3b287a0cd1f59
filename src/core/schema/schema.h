// JSON Schema (https://json-schema.org), draft 2020-12 and draft-07: whether a value is what an agent promised or asked for.
//
// "$schema" chooses the draft; without it 2020-12 is meant. "format" is an annotation and never fails. References may point
// anywhere within the same document; other documents are not loaded. Patterns are RE2's. An empty schema accepts anything.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace commandcenter::schema {

inline constexpr std::size_t kMaxViolations = 20;
inline constexpr std::size_t kMaxSchemaNodes = 50'000;
inline constexpr int kMaxValidationDepth = 256;                // of schemas within schemas, references included
inline constexpr std::int64_t kMaxValidationSteps = 20'000'000;

struct Violation {
  std::string path;      // where in the value: "findings[3].line"; "" = the value itself
  std::string message;   // what was expected, and what was there
  std::string schema_path;  // the conditional keywords it stands under and, for members, its own: "/anyOf/required"
};

struct Node;

// Compiled once, immutable, cheap to copy, usable from any thread. A default-made one accepts anything.
class Schema {
 public:
  Schema() = default;

  // Fails with kInvalid: a keyword of the wrong type, a bad pattern, a reference that leads nowhere.
  static Result<Schema> compile(const Json& schema);

  // Empty when the value fits; at most kMaxViolations otherwise.
  std::vector<Violation> validate(const Json& value) const;

  // Of the schema's own "properties" and "required"; empty when it says nothing about them.
  const std::vector<std::string>& required() const;
  std::vector<std::string> property_names() const;
  // The schema of one of its properties; accepts anything when it says nothing about it.
  Schema property(const std::string& name) const;

 private:
  struct Compiled;
  Schema(std::shared_ptr<const Compiled> compiled, const Node* root) : compiled_(std::move(compiled)), root_(root) {}
  friend class Compiler;

  std::shared_ptr<const Compiled> compiled_;
  const Node* root_ = nullptr;
};

// "findings[3].line: expected integer, got string; …": all of them in one sentence.
std::string describe(std::span<const Violation> violations);

}  // namespace commandcenter::schema
