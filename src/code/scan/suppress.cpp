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

struct Mark {
  std::string_view text;
  Where where;
  bool secrets_only;
  bool names_rules;  // of other tools: silent only when it names none, or one about security
};

constexpr auto kMarks = std::to_array<Mark>({
    {"gitleaks:allow", Where::kSameLine, true, false},
    {"betterleaks:allow", Where::kSameLine, true, false},
    {"trufflehog:ignore", Where::kSameLine, true, false},
    {"pragma: allowlist secret", Where::kSameLine, true, false},
    {"pragma: whitelist secret", Where::kSameLine, true, false},
    {"pragma: allowlist nextline secret", Where::kNextLine, true, false},
    {"secretlint-disable-line", Where::kSameLine, true, false},
    {"secretlint-disable-next-line", Where::kNextLine, true, false},
    {"nosemgrep", Where::kBoth, false, false},
    {"nosec", Where::kSameLine, false, false},
    {"NOSONAR", Where::kSameLine, false, false},
    {"biome-ignore", Where::kNextLine, false, true},
    {"oxlint-disable-line", Where::kSameLine, false, true},
    {"oxlint-disable-next-line", Where::kNextLine, false, true},
    {"eslint-disable-line", Where::kSameLine, false, true},
    {"eslint-disable-next-line", Where::kNextLine, false, true},
});

// What rules of this program are called elsewhere.
struct Namesake {
  std::string_view rule;
  std::string_view elsewhere;
};

constexpr auto kNamesakes = std::to_array<Namesake>({
    {"console-log", "no-console"},
    {"debugger-statement", "no-debugger"},
    {"eval-use", "no-eval"},
    {"eval-use", "no-implied-eval"},
    {"eval-use", "no-new-func"},
    {"await-in-loop", "no-await-in-loop"},
    {"floating-promise", "no-floating-promises"},
    {"empty-catch", "no-empty"},
    {"unreachable-code", "no-unreachable"},
    {"sync-fs", "no-sync"},
    {"import-cycle", "no-cycle"},
    {"todo-comment", "no-warning-comments"},
    {"high-complexity", "complexity"},
    {"high-cognitive-complexity", "cognitive-complexity"},
    {"long-function", "max-lines-per-function"},
    {"long-file", "max-lines"},
    {"deep-nesting", "max-depth"},
    {"many-parameters", "max-params"},
});

bool names_namesake(std::string_view rest, std::string_view rule) {
  return std::ranges::any_of(kNamesakes, [&](const Namesake& same) {
    if (same.rule != rule) return false;
    const std::size_t at = rest.find(same.elsewhere);
    if (at == std::string_view::npos) return false;
    const std::size_t end = at + same.elsewhere.size();
    return end == rest.size() || (!is_word(rest[end]) && rest[end] != '-');
  });
}

// Findings that are no weakness: marks about security say nothing about them.
bool is_review(std::string_view category) {
  return category == "quality" || category == "best-practice" || category == "performance";
}

// The mark as a whole word.
std::size_t find_mark(std::string_view line, std::string_view mark) {
  for (std::size_t at = line.find(mark); at != std::string_view::npos; at = line.find(mark, at + 1)) {
    const std::size_t end = at + mark.size();
    const bool free =
        (at == 0 || !is_word(line[at - 1])) && (end == line.size() || (!is_word(line[end]) && line[end] != '-'));
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

// "rule, other-rule -- reason" behind our mark. Nothing named means every rule.
bool names(std::string_view rest, std::string_view rule, std::string_view category) {
  if (!rest.starts_with(':')) return true;
  rest.remove_prefix(1);
  rest = trimmed(rest.substr(0, rest.find("--")));
  if (rest.empty()) return true;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find_first_of(", \t"), rest.size());
    const std::string_view word = rest.substr(0, end);
    if (word == rule || word == category || word == "*") return true;
    rest = trimmed(rest.substr(std::min(end + 1, rest.size())));
  }
  return false;
}

// What stands behind a mark, without the end of the comment and the reason.
std::string_view named_in(std::string_view rest) {
  rest = trimmed(rest.substr(0, std::min(rest.find("--"), rest.size())));
  while (rest.ends_with("*/") || rest.ends_with("-->"))
    rest = trimmed(rest.substr(0, rest.size() - (rest.ends_with("*/") ? 2 : 3)));
  return rest;
}

bool names_nothing(std::string_view rest) {
  return named_in(rest).empty();
}

bool about_security(std::string_view rest) {
  rest = named_in(rest);
  if (rest.empty()) return true;
  const std::string lowered = lower(rest);
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

// Comments that silence from one line to another, or to the end of the file.
struct Block {
  std::string_view begin;
  std::string_view end;
};
constexpr auto kBlocks = std::to_array<Block>({
    {"eslint-disable", "eslint-enable"},
    {"oxlint-disable", "oxlint-enable"},
    {"biome-ignore-all", ""},
    {"biome-ignore-start", "biome-ignore-end"},
    {"secretlint-disable", "secretlint-enable"},
});

// One of them is part of each beginning; they are looked for in whole texts, and few have one.
constexpr auto kInBlocks = std::to_array<std::string_view>({"lint-disable", "biome-ignore"});
static_assert(std::ranges::all_of(kBlocks, [](const Block& block) {
  return std::ranges::any_of(kInBlocks,
                             [&](std::string_view part) { return block.begin.find(part) != std::string_view::npos; });
}));

constexpr std::size_t kOwn = kMarks.size();  // a comment of our own kind

}  // namespace

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
      if (!only_comment(source.line_text(source.line_of(at)))) continue;
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
    if (mark.secrets_only && category != "secrets") return false;
    if (mark.where == (next ? Where::kSameLine : Where::kNextLine)) return false;
    if (next && mark.where == Where::kBoth && !line.only_comment) return false;
    if (names_namesake(comment.rest, rule)) return true;
    return is_review(category) ? mark.text == "NOSONAR" || (mark.names_rules && names_nothing(comment.rest))
                               : !mark.names_rules || about_security(comment.rest);
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
    const bool secrets_only = block.begin.starts_with("secretlint");
    if (secrets_only ? category == "secrets"
                     : names_namesake(rest, rule) || (is_review(category) ? names_nothing(rest) : about_security(rest)))
      return from;
  }
  return 0;
}

}  // namespace commandcenter::code
