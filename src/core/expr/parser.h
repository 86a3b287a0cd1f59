// Tokens → tree, with every name resolved: roots, node ids, variables, functions. In: tokens, known names. Out: the
// tree and its references, or the first error. Pure; any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/expr/ast.h"
#include "core/expr/lexer.h"

namespace commandcenter::expr {

struct Names {
  std::span<const std::string> node_ids;
  std::span<const std::string> variables;
};

std::optional<CompileError> parse(std::vector<Token> tokens, const Names& names, CompiledExpression& out);

}  // namespace commandcenter::expr
