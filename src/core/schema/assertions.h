// The keywords that look at a value alone: its type, size, number, text, names. Each answers with its objection, or
// with nothing when the value is fine. Internal to this module.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/json.h"
#include "core/schema/program.h"

namespace commandcenter::schema {

// What an assertion needs besides the value.
struct Inspection {
  bool wants_text = true;  // false: the objection may be empty, only its existence counts
  bool secret = false;     // do not show the value
  std::size_t steps_left = kMaxValidationSteps;
  std::size_t steps = 0;  // work done beyond one step; the caller adds it up
};

using Objection = std::optional<std::string>;

Objection object_to(const TypeRule& rule, const Json& value, Inspection& inspection);
Objection object_to(const EnumRule& rule, const Json& value, Inspection& inspection);
Objection object_to(const NumberRule& rule, const Json& value, Inspection& inspection);
Objection object_to(const SizeRule& rule, const Json& value, Inspection& inspection);
Objection object_to(const PatternRule& rule, const Json& value, Inspection& inspection);
Objection object_to(const FormatRule& rule, const Json& value, Inspection& inspection);
Objection object_to(const UniqueRule& rule, const Json& value, Inspection& inspection);
Objection object_to(const RequiredRule& rule, const Json& value, Inspection& inspection);
Objection object_to(const DependentRequiredRule& rule, const Json& value, Inspection& inspection);

// Steps that matching the pattern against the text may cost.
std::size_t matching_steps(const Pattern& pattern, const std::string& text);

// Tells which names an object has, in constant time each.
class MemberNames {
 public:
  explicit MemberNames(const Json& object);
  bool has(const std::string& name) const;

 private:
  const Json& object_;
  std::set<std::string_view> index_;  // empty for small objects
};

}  // namespace commandcenter::schema
