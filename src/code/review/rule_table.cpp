#include "code/review/rule_table.h"

#include <array>

namespace commandcenter::code::review {
namespace {

using enum Severity;

// clang-format off
constexpr auto kRules = std::to_array<RuleInfo>({
    {Rule::kHighComplexity, "high-complexity", "High cyclomatic complexity", "quality", kMedium, "CWE-1121",
     "Split it: each function should have one reason to branch."},
    {Rule::kHighCognitive, "high-cognitive-complexity", "Hard to follow", "quality", kLow, "CWE-1121",
     "Return early, name the conditions, and move the inner blocks to functions."},
    {Rule::kLongFunction, "long-function", "Function too long", "quality", kMedium, "CWE-1080",
     "Move parts that can be named to functions of their own."},
    {Rule::kLongFile, "long-file", "File too long", "quality", kLow, "CWE-1080", "Divide it by what changes together."},
    {Rule::kLargeClass, "large-class", "Class too large", "quality", kLow, "CWE-1093",
     "Give each responsibility a class of its own."},
    {Rule::kManyParameters, "many-parameters", "Too many parameters", "quality", kLow, "CWE-1064",
     "Pass what belongs together as one value."},
    {Rule::kDeepNesting, "deep-nesting", "Nested too deeply", "quality", kLow, "CWE-1124",
     "Return early, or move the inner blocks to functions."},
    {Rule::kDuplicate, "duplicated-code", "Duplicated code", "quality", kLow, "CWE-1041",
     "Move what is equal to one function and call it from both places."},
    {Rule::kTodo, "todo-comment",
     "Unresolved TO" "DO/FIX" "ME comment",
     "quality", kLow, "CWE-546", "Do it, or make it an issue and name that."},
    {Rule::kConsole, "console-log", "console.log found in production code", "best-practice", kMedium, "CWE-489",
     "Remove it, or use the logger of the application."},
    {Rule::kPrint, "print-call", "Output for debugging", "best-practice", kLow, "CWE-489",
     "Remove it, or use the logger of the application."},
    {Rule::kDebugger, "debugger-statement", "Debugger left in code", "best-practice", kMedium, "CWE-489", "Remove it."},
    {Rule::kEmptyCatch, "empty-catch", "Error swallowed", "quality", kMedium, "CWE-390",
     "Handle the error, pass it on, or say in a comment why nothing is to be done."},
    {Rule::kUnreachable, "unreachable-code", "Code that is never reached", "quality", kMedium, "CWE-561", "Remove it."},
    {Rule::kUnusedFunction, "unused-function", "Function that nothing calls", "quality", kLow, "CWE-561",
     "Remove it; the history keeps it."},
    {Rule::kFloatingPromise, "floating-promise", "Promise that nobody waits for", "quality", kMedium, "CWE-703",
     "Await it, return it, or catch its failure; write void before it when that is meant."},
    {Rule::kImportCycle, "import-cycle", "Modules that import each other", "quality", kLow, "CWE-1047",
     "Move what both need to a third module."},
    {Rule::kHotSpot, "hot-spot", "Complicated and often changed", "quality", kLow, "CWE-1121",
     "Simplify here first: this is where the next change is likely."},
    {Rule::kEval, "eval-use", "Use of eval() is dangerous", "security", kHigh, "CWE-95",
     "Use a parser for data, a table of functions for names."},
    {Rule::kNestedLoops, "nested-loops", "Nested loops detected", "performance", kMedium, "CWE-1050",
     "Make a map or a set before the outer loop and look up in it."},
    {Rule::kSyncFs, "sync-fs", "Synchronous file system operation", "performance", kLow, "CWE-1050",
     "Use the function of node:fs/promises and await it."},
    {Rule::kAwaitInLoop, "await-in-loop", "Waits in each turn of a loop", "performance", kLow, "CWE-1050",
     "If the turns do not depend on each other, start them all and wait once."},
    {Rule::kQueryInLoop, "query-in-loop", "A query in each turn of a loop", "performance", kMedium, "CWE-1073",
     "Ask once for all, with a list of keys or a join."},
    {Rule::kRegexInLoop, "regex-in-loop", "Regular expression compiled in a loop", "performance", kLow, "CWE-1050",
     "Compile it once before the loop."},
});
// clang-format on

}  // namespace

const RuleInfo& info(Rule rule) {
  return kRules[static_cast<std::size_t>(rule)];
}

std::span<const RuleInfo> all_rules() {
  return kRules;
}

}  // namespace commandcenter::code::review
