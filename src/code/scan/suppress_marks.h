// The comments of other tools that silence a line or several, and what they call the rules of this program.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace commandcenter::code {

enum class Where : std::uint8_t { kSameLine, kNextLine, kBoth };

// What a comment of another tool is about.
enum class About : std::uint8_t {
  kSecrets,     // silences those only
  kWeaknesses,  // and nothing of a review, unless it names the rule
  kAnything,
  kAll,    // when it names no rule; else those that are about security
  kStyle,  // what a review finds, when it names no rule: a line too long is no reason to show nobody a secret in it
};

struct Mark {
  std::string_view text;
  Where where;
  About about;
};

inline constexpr auto kMarks = std::to_array<Mark>({
    {"gitleaks:allow", Where::kSameLine, About::kSecrets},
    {"betterleaks:allow", Where::kSameLine, About::kSecrets},
    {"trufflehog:ignore", Where::kSameLine, About::kSecrets},
    {"pragma: allowlist secret", Where::kSameLine, About::kSecrets},
    {"pragma: whitelist secret", Where::kSameLine, About::kSecrets},
    {"pragma: allowlist nextline secret", Where::kNextLine, About::kSecrets},
    {"secretlint-disable-line", Where::kSameLine, About::kSecrets},
    {"secretlint-disable-next-line", Where::kNextLine, About::kSecrets},
    {"nosemgrep", Where::kBoth, About::kWeaknesses},
    {"nosec", Where::kSameLine, About::kWeaknesses},
    {"njsscan-ignore", Where::kSameLine, About::kWeaknesses},
    {"lgtm[", Where::kSameLine, About::kWeaknesses},
    {"codeql[", Where::kBoth, About::kWeaknesses},
    {"NOSONAR", Where::kSameLine, About::kAnything},
    {"biome-ignore", Where::kNextLine, About::kAll},
    {"oxlint-disable-line", Where::kSameLine, About::kAll},
    {"oxlint-disable-next-line", Where::kNextLine, About::kAll},
    {"eslint-disable-line", Where::kSameLine, About::kAll},
    {"eslint-disable-next-line", Where::kNextLine, About::kAll},
    {"tslint:disable-line", Where::kSameLine, About::kStyle},
    {"tslint:disable-next-line", Where::kNextLine, About::kStyle},
    {"deno-lint-ignore", Where::kNextLine, About::kStyle},
    {"noqa", Where::kSameLine, About::kStyle},
    {"pylint: disable", Where::kBoth, About::kStyle},
    {"pylint:disable", Where::kBoth, About::kStyle},
    {"pylint: disable-next", Where::kNextLine, About::kStyle},
    {"rubocop:disable", Where::kSameLine, About::kStyle},
    {"rubocop:todo", Where::kSameLine, About::kStyle},
    {"nolint", Where::kBoth, About::kStyle},
    {"NOLINT", Where::kSameLine, About::kStyle},
    {"NOLINTNEXTLINE", Where::kNextLine, About::kStyle},
    {"NOPMD", Where::kSameLine, About::kStyle},
    {"phpcs:ignore", Where::kBoth, About::kStyle},
    {"#[allow", Where::kNextLine, About::kStyle},
    {"#[expect", Where::kNextLine, About::kStyle},
});

// What rules of this program are called elsewhere.
struct Namesakes {
  std::string_view rule;
  std::string_view elsewhere;  // with blanks between
};

inline constexpr auto kNamesakes = std::to_array<Namesakes>({
    {"console-log", "no-console noConsole noConsoleLog"},
    {"print-call", "T201 T203 forbidigo Rails/Output WordPress.PHP.DevelopmentFunctions dbg_macro"},
    {"debugger-statement", "no-debugger noDebugger T100 Lint/Debugger"},
    {"eval-use",
     "no-eval no-implied-eval no-new-func noGlobalEval S307 S102 PGH001 eval-used exec-used W0123 W0122 Security/Eval "
     "Squiz.PHP.Eval"},
    {"await-in-loop", "no-await-in-loop noAwaitInLoops"},
    {"floating-promise", "no-floating-promises noFloatingPromises CS4014"},
    {"empty-catch",
     "no-empty noEmptyBlockStatements E722 BLE001 S110 SIM105 bare-except broad-except broad-exception-caught W0702 "
     "W0703 W0718 Lint/SuppressedException bugprone-empty-catch EmptyStatement EmptyCatchBlock CA1031"},
    {"unreachable-code", "no-unreachable noUnreachable W0101 unreachable Lint/UnreachableCode NonExecutableCode"},
    {"unused-function", "no-unused-vars noUnusedVariables UnusedPrivateMethod IDE0051"},
    {"sync-fs", "no-sync"},
    {"import-cycle", "no-cycle noImportCycles cyclic-import R0401"},
    {"todo-comment",
     "no-warning-comments fix"
     "me W0511 FIX001 FIX002 godox Generic.Commenting"},
    {"high-complexity",
     "complexity C901 PLR0912 R0912 too-many-branches Metrics/CyclomaticComplexity gocyclo cyclop CyclomaticComplexity "
     "CA1502"},
    {"high-cognitive-complexity",
     "cognitive-complexity noExcessiveCognitiveComplexity gocognit Metrics/PerceivedComplexity cognitive_complexity"},
    {"long-function",
     "max-lines-per-function PLR0915 R0915 too-many-statements Metrics/MethodLength Metrics/BlockLength funlen "
     "readability-function-size too_many_lines"},
    {"long-file", "max-lines too-many-lines C0302"},
    {"large-class", "PLR0904 R0904 too-many-public-methods Metrics/ClassLength Metrics/ModuleLength"},
    {"deep-nesting", "max-depth PLR1702 R1702 too-many-nested-blocks Metrics/BlockNesting nestif NestingLevel"},
    {"many-parameters",
     "max-params PLR0913 R0913 too-many-arguments Metrics/ParameterLists too_many_arguments ExcessiveParameterList"},
    {"duplicated-code", "duplicate-code R0801 dupl"},
});

// Comments that silence from one line to another, or to the end of the file.
struct Block {
  std::string_view begin;
  std::string_view end;
  About about = About::kStyle;
  bool at_margin = false;  // further in, it ends with what is around, and counts for the next line only
};
inline constexpr auto kBlocks = std::to_array<Block>({
    {"eslint-disable", "eslint-enable", About::kAll},
    {"oxlint-disable", "oxlint-enable", About::kAll},
    {"biome-ignore-all", "", About::kAll},
    {"biome-ignore-start", "biome-ignore-end", About::kAll},
    {"secretlint-disable", "secretlint-enable", About::kSecrets},
    {"tslint:disable", "tslint:enable"},
    {"rubocop:disable", "rubocop:enable"},
    {"rubocop:todo", "rubocop:enable"},
    {"phpcs:disable", "phpcs:enable"},
    {"pragma warning disable", "pragma warning restore"},
    {"pylint: disable", "pylint: enable", About::kStyle, true},
    {"pylint:disable", "pylint:enable", About::kStyle, true},
    {"NOLINTBEGIN", "NOLINTEND"},
    {"flake8: noqa", ""},
    {"ruff: noqa", ""},
});

// One of them is part of each beginning; they are looked for in whole texts, and few have one.
inline constexpr auto kInBlocks =
    std::to_array<std::string_view>({"disable", "biome-ignore", "rubocop:todo", "NOLINTBEGIN", ": noqa"});
static_assert(std::ranges::all_of(kBlocks, [](const Block& block) {
  return std::ranges::any_of(kInBlocks,
                             [&](std::string_view part) { return block.begin.find(part) != std::string_view::npos; });
}));

}  // namespace commandcenter::code
