// Reading of suppression comments. A mark that names rules silences those only.
#include "code/scan/suppress.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>

#include "code/secrets/candidate.h"

namespace commandcenter::code {
namespace {

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

constexpr auto kMarks = std::to_array<Mark>({
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

constexpr auto kNamesakes = std::to_array<Namesakes>({
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

bool has_name(std::string_view rest, std::string_view name) {
  for (std::size_t at = rest.find(name); at != std::string_view::npos; at = rest.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    if (end == rest.size() || (!is_word(rest[end]) && rest[end] != '-')) return true;
  }
  return false;
}

bool names_namesake(std::string_view rest, std::string_view rule) {
  const auto known = std::ranges::find(kNamesakes, rule, &Namesakes::rule);
  if (rest.empty() || known == kNamesakes.end()) return false;
  for (std::string_view names = known->elsewhere; !names.empty();) {
    const std::size_t end = std::min(names.find(' '), names.size());
    if (has_name(rest, names.substr(0, end))) return true;
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return false;
}

// Findings that are no weakness: marks about security say nothing about them.
bool is_review(std::string_view category) {
  return category == "quality" || category == "best-practice" || category == "performance";
}

// The mark as a whole word.
std::size_t find_mark(std::string_view line, std::string_view mark) {
  const bool is_open = !is_word(mark.back());  // "codeql[": its end is part of it
  for (std::size_t at = line.find(mark); at != std::string_view::npos; at = line.find(mark, at + 1)) {
    const std::size_t end = at + mark.size();
    const bool free = (at == 0 || !is_word(line[at - 1])) &&
                      (is_open || end == line.size() || (!is_word(line[end]) && line[end] != '-'));
    if (free) return at;
  }
  return std::string_view::npos;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  text.remove_prefix(begin);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

bool names(std::string_view rest, std::string_view rule, std::string_view category) {
  const auto named = named_behind_mark(rest);
  return named.empty() || std::ranges::any_of(named, [&](std::string_view word) {
           return word == rule || word == category || word == "*";
         });
}

// What stands behind a mark, without the end of the comment and the reason.
std::string_view named_in(std::string_view rest) {
  for (const std::string_view end : {"--", "*/", "//"})
    rest = rest.substr(0, rest.find(end));
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t:="), rest.size()));
  return trimmed(rest);
}

bool names_nothing(std::string_view rest) {
  rest = named_in(rest);
  return rest.empty() || rest == "all";
}

bool about_security(std::string_view rest) {
  if (names_nothing(rest)) return true;
  const std::string lowered = lower(named_in(rest));
  return std::ranges::any_of(
      std::to_array<std::string_view>({"secret", "security", "inject", "eval", "unsafe", "danger", "xss", "sanitize"}),
      [&](std::string_view word) { return lowered.find(word) != std::string::npos; });
}

bool only_comment(std::string_view line) {
  line = trimmed(line);
  for (const std::string_view open : {"//", "#", "/*", "--", "<!--", ";", "*", "%", "{/*"}) {
    if (line.starts_with(open)) return true;
  }
  return false;
}

// What is found where a comment of that kind holds.
bool covers(About about, std::string_view rest, std::string_view rule, std::string_view category) {
  if (about == About::kSecrets) return category == "secrets";
  if (about == About::kAnything || names_namesake(rest, rule)) return true;
  if (about == About::kWeaknesses) return !is_review(category);
  if (is_review(category)) return names_nothing(rest);
  return about == About::kAll && about_security(rest);
}

// Comments that silence from one line to another, or to the end of the file.
struct Block {
  std::string_view begin;
  std::string_view end;
  About about = About::kStyle;
  bool at_margin = false;  // further in, it ends with what is around, and counts for the next line only
};
constexpr auto kBlocks = std::to_array<Block>({
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
constexpr auto kInBlocks =
    std::to_array<std::string_view>({"disable", "biome-ignore", "rubocop:todo", "NOLINTBEGIN", ": noqa"});
static_assert(std::ranges::all_of(kBlocks, [](const Block& block) {
  return std::ranges::any_of(kInBlocks,
                             [&](std::string_view part) { return block.begin.find(part) != std::string_view::npos; });
}));

constexpr std::size_t kOwn = kMarks.size();  // a comment of our own kind

}  // namespace

std::vector<std::string_view> named_behind_mark(std::string_view rest) {
  std::vector<std::string_view> named;
  if (!rest.starts_with(':')) return named;
  rest.remove_prefix(1);
  rest = trimmed(rest.substr(0, rest.find("--")));
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find_first_of(", \t"), rest.size());
    if (end > 0) named.push_back(rest.substr(0, end));
    rest = trimmed(rest.substr(std::min(end + 1, rest.size())));
  }
  return named;
}

Suppressions::Suppressions(const Source& source) : source_(source) {
  const std::string_view text = source.text();
  const bool may_hold = std::ranges::any_of(
      kInBlocks, [&](std::string_view part) { return ::memmem(text.data(), text.size(), part.data(), part.size()); });
  if (!may_hold) return;
  for (std::size_t kind = 0; kind < kBlocks.size(); ++kind) {
    const Block& block = kBlocks[kind];
    for (std::size_t at = text.find(block.begin); at != std::string_view::npos && blocks_.size() < kMaxBlocks;
         at = text.find(block.begin, at + 1)) {
      const std::size_t mark = at + block.begin.size();
      if (at == 0 || (mark < text.size() && (is_word(text[mark]) || text[mark] == '-')) || is_word(text[at - 1]))
        continue;
      const std::string_view line = source.line_text(source.line_of(at));
      if (!only_comment(line) || (block.at_margin && (line[0] == ' ' || line[0] == '\t'))) continue;
      const std::size_t end = block.end.empty() ? std::string_view::npos : text.find(block.end, mark);
      blocks_.push_back({kind, at, end});
    }
  }
}

void Suppressions::read(std::size_t number, Line& line) const {
  if (line.number == number) return;
  const std::string_view text = source_.line_text(number);
  line = {number, only_comment(text), {}};
  const auto add = [&](std::size_t kind, std::size_t at, std::string_view mark) {
    if (at != std::string_view::npos) line.comments.push_back({kind, text.substr(at + mark.size(), kMaxComment_bytes)});
  };
  add(kOwn, text.find(kOwnMark), kOwnMark);
  for (std::size_t kind = 0; kind < kMarks.size(); ++kind)
    add(kind, find_mark(text, kMarks[kind].text), kMarks[kind].text);
}

bool Suppressions::silences(const Line& line, bool next, std::string_view rule, std::string_view category) {
  return std::ranges::any_of(line.comments, [&](const Comment& comment) {
    if (comment.kind == kOwn) return (!next || line.only_comment) && names(comment.rest, rule, category);
    const Mark& mark = kMarks[comment.kind];
    if (mark.where == (next ? Where::kSameLine : Where::kNextLine)) return false;
    if (next && mark.where == Where::kBoth && !line.only_comment) return false;
    return covers(mark.about, comment.rest, rule, category);
  });
}

std::size_t Suppressions::line_for(std::size_t line, std::string_view rule, std::string_view category) {
  read(line, here_);
  if (silences(here_, false, rule, category)) return line;
  if (line > 1) {
    read(line - 1, above_);
    if (silences(above_, true, rule, category)) return line - 1;
  }
  return block_for(line, rule, category);
}

// The line of the last block that silences `line`.
std::size_t Suppressions::block_for(std::size_t line, std::string_view rule, std::string_view category) const {
  if (blocks_.empty()) return 0;
  const std::size_t here = source_.line_begin(line);
  for (std::size_t i = blocks_.size(); i > 0; --i) {
    const Found& found = blocks_[i - 1];
    if (found.begin >= here || found.end < here) continue;
    const Block& block = kBlocks[found.kind];
    const std::size_t from = source_.line_of(found.begin);
    const std::size_t mark = found.begin + block.begin.size();
    const std::string_view rest = source_.line_text(from).substr(mark - source_.line_begin(from));
    if (covers(block.about, rest, rule, category)) return from;
  }
  return 0;
}

}  // namespace commandcenter::code
