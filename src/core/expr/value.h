// What the evaluator computes with: values that borrow from the scope where they can, the work counted so far, and the
// fault that ended it. Pure; one evaluation, one thread.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "core/expr/expr.h"

namespace commandcenter::expr {

// A JSON value that belongs to the evaluation, or points to one that outlives it (the scope, a literal).
class Value {
 public:
  Value() = default;
  explicit Value(Json owned) : owned_(std::move(owned)) {}
  static Value borrow(const Json& value) {
    Value result;
    result.borrowed_ = &value;
    return result;
  }

  const Json& get() const { return borrowed_ != nullptr ? *borrowed_ : owned_; }
  bool is_borrowed() const { return borrowed_ != nullptr; }

  // Makes the value the evaluation's own, by a copy if need be.
  Json& own() {
    if (borrowed_ != nullptr) owned_ = *std::exchange(borrowed_, nullptr);
    return owned_;
  }

 private:
  const Json* borrowed_ = nullptr;
  Json owned_;
};

enum class FaultKind { kMissing, kInvalid, kLimit };

struct Fault {
  FaultKind kind = FaultKind::kInvalid;
  std::size_t column = 0;
  std::string message;
};

// The account of one evaluation. Functions that return bool return false exactly when they have set the fault.
class Work {
 public:
  explicit Work(std::size_t steps) : steps_left_(steps) {}

  bool spend(std::size_t steps);
  bool spend_bytes(std::size_t bytes) { return spend(bytes / Limits::kBytesPerStep); }
  bool spend_copy(const Json& value);  // for a copy of all of it; refuses what is nested too deep

  // Makes a value own its JSON, paying for the copy.
  bool spend_own(Value& value) { return !value.is_borrowed() || (spend_copy(value.get()) && (value.own(), true)); }

  bool fail(FaultKind kind, std::string message);
  bool fail(std::string message) { return fail(FaultKind::kInvalid, std::move(message)); }

  std::size_t column = 0;  // of what is being evaluated; where the next fault is
  Fault fault;
  std::size_t steps_left() const { return steps_left_; }

 private:
  std::size_t steps_left_;
};

// "null", "bool", "int", "double", "string", "list", "map": the words of type() and of messages.
std::string_view type_name(const Json& value);

// The size of a value as compact JSON, escapes not counted, and how deep it is nested; stops once either is beyond.
struct Extent {
  std::size_t bytes = 0;
  std::size_t depth = 0;
};
Extent measure(const Json& value, std::size_t max_bytes, std::size_t max_depth);

// The text that a value has inside a string: strings as they are, all else in JSON form.
void append_text(const Json& value, std::string& out);

// Collects members in order, refusing a second one of the same name; linear in their number.
class ObjectBuilder {
 public:
  bool add(std::string key, Json value);  // false: there is one already
  Json take() { return Json(std::move(members_)); }

 private:
  bool contains(const std::string& key);
  Json::object_t members_;
  std::set<std::string> index_;  // used once there are many
};

}  // namespace commandcenter::expr
