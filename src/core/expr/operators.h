// Binary operators on values, as CEL defines them. Each spends the work it does and sets the fault when it returns
// false. Pure; one evaluation, one thread.
#pragma once

#include "core/expr/ast.h"
#include "core/expr/value.h"

namespace commandcenter::expr {

// left = left op right
bool apply(Operator op, Value& left, const Value& right, Work& work);

bool negate(Value& value, Work& work);

// Deep equality: numbers by value, objects whatever their order, different types never equal.
bool equal(const Json& left, const Json& right, bool& result, Work& work);

// A member, or null; charged by the size of the object, which is searched.
bool find(const Json& object, std::string_view key, const Json*& result, Work& work);

}  // namespace commandcenter::expr
