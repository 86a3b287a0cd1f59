// JSON Schema: checks the inputs and outputs of agents, and bodies of requests, against what their schema promises.
//
// Drafts 2020-12 and 07; "$schema" chooses, 2020-12 is the default. Every keyword of the core, applicator, validation
// and unevaluated vocabularies counts; "format" is an annotation unless asked for. Nothing is ever fetched. Pure: no
// clock, no I/O; a compiled Schema never changes and may be used by several threads at once.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace commandcenter::schema {

inline constexpr std::size_t kMaxViolations = 20;  // reported per value
inline constexpr std::size_t kMaxValidationSteps =
    10'000'000;                                          // one step: a schema tried on a value, a member, a comparison
inline constexpr std::size_t kMaxValidationDepth = 512;  // schemas applied inside one another
inline constexpr std::size_t kMaxValueDepth = 128;       // arrays and objects inside one another
inline constexpr std::size_t kMaxSchemaDepth = 128;      // the same, of the schema document
inline constexpr std::size_t kMaxSchemaNodes = 50'000;   // subschemas of a schema and what it refers to
inline constexpr std::size_t kMaxPattern_bytes = 4'096;
inline constexpr std::size_t kMaxPatternWeight = 10'000;  // matching states a pattern may need, about one per character
inline constexpr std::size_t kMaxSchemaPatternWeight = 200'000;  // of all patterns of a schema together

struct Violation {
  std::string path;         // where in the value: "findings[3].line"; "" is the value itself
  std::string message;      // "expected integer, got string \"x\""
  std::string schema_path;  // the keyword that objects, as a JSON pointer: "/properties/findings/items/required"
};

struct CompileOptions {
  // Check date-time, date, time, email, hostname, ipv4, ipv6, uri, uuid and regex; other formats are never checked.
  bool assert_format = false;
  // Documents that "$ref" may name, by absolute URI. The meta-schemas of both drafts are always known.
  std::map<std::string, Json> documents;
};

struct Property {
  std::string name;
  bool required = false;
};

struct Program;

class Schema {
 public:
  Schema() = default;  // accepts anything

  // Null (no schema) and {} accept anything. Fails with kInvalid or kTooLarge; the message names the place in the
  // schema.
  static Result<Schema> compile(const Json& schema, const CompileOptions& options = {});

  // Empty when the value fits; otherwise the first violations, in the order of the schema. A value that would take more
  // than the limits above does not fit, and a violation says which limit.
  std::vector<Violation> validate(const Json& value) const;

  // What is certain about the members of an object that fits: names listed in "properties" or "required" of the schema
  // itself, of its "allOf" and of what it "$ref"s, in that order.
  const std::vector<Property>& properties() const;

  // True when no other members than properties() are allowed ("additionalProperties": false and no patterns).
  bool closed() const;

 private:
  explicit Schema(std::shared_ptr<const Program> program) : program_(std::move(program)) {}
  std::shared_ptr<const Program> program_;  // null: accepts anything
};

// "findings[3].line: expected integer, got string \"x\"; summary: missing required property \"total\"". Empty for none.
std::string describe(std::span<const Violation> violations);

}  // namespace commandcenter::schema
