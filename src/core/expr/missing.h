// The words for a value that is not there: the path as its author would write it, and why it ends where it does. In: an
// access of the tree and the value reached. Out: text that names paths, keys and types, never values. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>

#include "core/expr/ast.h"

namespace commandcenter::expr {

// The path of an access up to and without step `count`.
std::string show_path(const Node& access, std::size_t count);

// Why `value`, which the path has reached, has no such step; to follow the path: " has no member 'x'".
std::string explain_missing(const Json& value, const Step& step);

}  // namespace commandcenter::expr
