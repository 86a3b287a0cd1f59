// The rules of a review: names, weights, advice. Each has a page in docs/rules with an example that is found and one
// that is not; tests hold the pages against this table and the rules against the pages.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "code/rules/rules.h"

namespace commandcenter::code::review {

enum class Rule : std::uint8_t {
  kHighComplexity,
  kHighCognitive,
  kLongFunction,
  kLongFile,
  kLargeClass,
  kManyParameters,
  kDeepNesting,
  kDuplicate,
  kTodo,
  kConsole,
  kPrint,
  kDebugger,
  kEmptyCatch,
  kUnreachable,
  kUnusedFunction,
  kFloatingPromise,
  kImportCycle,
  kHotSpot,
  kEval,
  kNestedLoops,
  kSyncFs,
  kAwaitInLoop,
  kQueryInLoop,
  kRegexInLoop,
};

struct RuleInfo {
  Rule rule;
  std::string_view id;
  std::string_view title;
  std::string_view category;  // quality, best-practice, security, performance: the "type" of an issue
  Severity severity;
  std::string_view cwe;  // empty: it is no weakness
  std::string_view advice;
};

const RuleInfo& info(Rule rule);
std::span<const RuleInfo> all_rules();

}  // namespace commandcenter::code::review
