// The face of single expressions: compile, evaluate, the limits of a result.
#include <utility>

#include "core/expr/evaluate.h"
#include "core/expr/expr.h"
#include "core/expr/lexer.h"
#include "core/expr/parser.h"

namespace commandcenter::expr {
namespace {

std::string at_column(std::size_t column, std::string_view message) {
  return "column " + std::to_string(column) + ": " + std::string(message);
}

}  // namespace

Result<Expression> Expression::compile(std::string_view text, std::span<const std::string> node_ids,
                                       std::span<const std::string> variables) {
  auto compiled = std::make_shared<CompiledExpression>();
  Tokens tokens;
  auto error = tokenize(text, 1, Ending::kWholeText, tokens);
  if (!error) error = parse(std::move(tokens.list), Names{node_ids, variables}, *compiled);
  if (error) {
    return fail(error->too_large ? ErrorCode::kTooLarge : ErrorCode::kInvalid,
                at_column(error->column, error->message));
  }
  return Expression(std::move(compiled));
}

Result<Json> Expression::evaluate(const Scope& scope) const {
  Work work(Limits::kMaxEvaluationSteps);
  Value value;
  if (!expr::evaluate(*compiled_->root, scope, work, value)) {
    return fail(code_of(work.fault.kind), at_column(work.fault.column, work.fault.message));
  }
  const Extent extent = measure(value.get(), Limits::kMaxOutputBytes, Limits::kMaxOutputDepth);
  if (extent.bytes > Limits::kMaxOutputBytes) {
    return fail(ErrorCode::kTooLarge,
                "the result is larger than " + std::to_string(Limits::kMaxOutputBytes) + " bytes");
  }
  if (extent.depth > Limits::kMaxOutputDepth) {
    return fail(ErrorCode::kTooLarge,
                "the result is nested deeper than " + std::to_string(Limits::kMaxOutputDepth) + " levels");
  }
  return std::move(value.own());
}

const std::vector<Reference>& Expression::references() const {
  return compiled_->references;
}

}  // namespace commandcenter::expr
