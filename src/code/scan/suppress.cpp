// Reading of suppression comments. A mark that names rules silences those only.
#include "code/scan/suppress.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "code/scan/suppress_marks.h"
#include "code/secrets/candidate.h"

namespace commandcenter::code {
namespace {

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

// From `from` on: faster than text.find() in a whole file.
std::size_t find_in_file(std::string_view text, std::string_view part, std::size_t from) {
  const void* found = ::memmem(text.data() + from, text.size() - from, part.data(), part.size());
  return found == nullptr ? std::string_view::npos
                          : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
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
      kInBlocks, [&](std::string_view part) { return find_in_file(text, part, 0) != std::string_view::npos; });
  if (!may_hold) return;
  for (std::size_t kind = 0; kind < kBlocks.size(); ++kind) {
    const Block& block = kBlocks[kind];
    for (std::size_t at = find_in_file(text, block.begin, 0);
         at != std::string_view::npos && blocks_.size() < kMaxBlocks; at = find_in_file(text, block.begin, at + 1)) {
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
