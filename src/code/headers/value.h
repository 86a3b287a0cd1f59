// What an expression is, as far as that can be told from its text: literals, constants, what is put together of them,
// and the fallbacks of settings that are read from the environment. Pure; recursion is bounded.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "code/headers/tokens.h"

namespace commandcenter::code::headers {

struct Value {
  enum class Kind { kUnknown, kNull, kBool, kNumber, kString, kSymbol, kList, kDict };
  Kind kind = Kind::kUnknown;
  std::string text;      // of a string, or the dotted name of a symbol
  double number = 0;     // of a number; of a truth value 0 or 1
  bool dynamic = false;  // a string of which parts are unknown
  std::vector<Value> items;
  struct Member;
  std::vector<Member> members;
  std::size_t offset = 0;

  bool is(Kind wanted) const { return kind == wanted; }
  bool is_true() const { return kind == Kind::kBool && number != 0; }
  bool is_false() const { return kind == Kind::kBool && number == 0; }
  bool is_off() const { return kind == Kind::kNull || is_false(); }
  const Value* find(std::string_view key) const;
};
struct Value::Member {
  std::string name;
  Value value;
};

// Where a name was given its value.
struct Constant {
  const Tokens* tokens = nullptr;
  Range range;
};
using Constants = std::map<std::string, Constant, std::less<>>;

inline constexpr int kMaxValueDepth = 24;
inline constexpr std::size_t kMaxValueText_bytes = 64 << 10;  // of what is put together; more counts as computed
inline constexpr std::size_t kMaxValueSteps = 4'000;  // expressions that one value is made of

Value evaluate(const Tokens& tokens, Range range, const Constants& constants);

// "name = value" anywhere in the code; of several the first. Members of objects are not looked at.
void collect_constants(const Tokens& tokens, Constants& constants);

// Arguments of a call: those without a name in order, and those with one ("name=value", "name: value" in C#).
struct Arguments {
  std::vector<Range> positional;
  std::vector<std::pair<std::string, Range>> named;
  const Range* find(std::string_view name) const;
};
Arguments arguments(const Tokens& tokens, std::size_t open, std::string_view name_separator);

}  // namespace commandcenter::code::headers
