// The functions of the language. In: evaluated arguments (of x.f(y), x is the first). Out: a value, or a fault. Pure;
// one evaluation, one thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/regex.h"
#include "core/expr/value.h"

namespace commandcenter::expr {

struct Call {
  std::span<Value> arguments;
  const Regex* pattern;  // of functions that take one
  Work& work;
};

struct Function {
  std::string_view name;
  std::string_view usage;  // as messages show it: "split(text, separator)"
  std::size_t min_arguments;
  std::size_t max_arguments;
  bool takes_pattern;  // the second argument is a regular expression
  bool (*call)(Call& call, Value& out);
};

// Null when there is none of that name.
const Function* find_function(std::string_view name);

// Functions and macros, for "did you mean".
std::span<const std::string> function_names();

}  // namespace commandcenter::expr
