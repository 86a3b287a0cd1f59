// Tree + scope → value. In: a compiled expression, the values of a run, a budget of steps. Out: a value that may borrow
// from both, or the fault in `work`. Pure; one evaluation, one thread.
#pragma once

#include "core/expr/ast.h"
#include "core/expr/value.h"

namespace commandcenter::expr {

// False: work.fault says why.
bool evaluate(const Node& root, const Scope& scope, Work& work, Value& out);

// The code under which a fault leaves the module.
ErrorCode code_of(FaultKind kind);

}  // namespace commandcenter::expr
