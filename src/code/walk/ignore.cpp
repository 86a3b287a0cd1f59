// Reading and matching .gitignore patterns, as gitignore(5) describes them.
#include "code/walk/ignore.h"

#include <optional>

namespace commandcenter::code {
namespace {

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> segments;
  while (true) {
    const std::size_t slash = path.find('/');
    segments.emplace_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

// "[a-z]" at `at`: whether it takes c, and where the pattern goes on. Nothing when there is no closing bracket.
std::optional<std::pair<bool, std::size_t>> match_class(std::string_view pattern, std::size_t at, char c) {
  std::size_t i = at + 1;
  const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  bool taken = false;
  for (const std::size_t first = i; i < pattern.size(); ++i) {
    if (pattern[i] == ']' && i != first) return std::pair(taken != negated, i + 1);
    if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
    const char low = pattern[i];
    char high = low;
    if (i + 2 < pattern.size() && pattern[i + 1] == '-' && pattern[i + 2] != ']') {
      i += 2;
      if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
      high = pattern[i];
    }
    if (low <= c && c <= high) taken = true;
  }
  return std::nullopt;
}

// One pattern item other than '*' against c: where the pattern goes on, or nothing.
std::optional<std::size_t> match_one(std::string_view pattern, std::size_t at, char c) {
  if (pattern[at] == '?') return at + 1;
  if (pattern[at] == '[') {
    if (const auto found = match_class(pattern, at, c))
      return found->first ? std::optional(found->second) : std::nullopt;
  }
  if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
  return pattern[at] == c ? std::optional(at + 1) : std::nullopt;
}

}  // namespace

bool segment_matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::optional<std::size_t> star;  // after the last '*', to which we come back when the rest does not fit
  std::size_t star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      star_text = t;
      continue;
    }
    if (p < pattern.size()) {
      if (const auto next = match_one(pattern, p, text[t])) {
        p = *next;
        ++t;
        continue;
      }
    }
    if (!star) return false;
    p = *star;
    t = ++star_text;
  }
  while (p < pattern.size() && pattern[p] == '*')
    ++p;
  return p == pattern.size();
}

IgnoreFile::IgnoreFile(std::string_view text) {
  while (!text.empty() && patterns_.size() < kMaxIgnorePatterns) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    while (line.ends_with(' ') && !line.ends_with("\\ "))
      line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    Pattern pattern;
    if (line.starts_with('!')) {
      pattern.negated = true;
      line.remove_prefix(1);
    }
    if (line.ends_with('/')) {
      pattern.folders_only = true;
      line.remove_suffix(1);
    }
    pattern.anchored = line.find('/') != std::string_view::npos;
    if (line.starts_with('/')) line.remove_prefix(1);
    if (line.empty()) continue;
    pattern.segments = split(line);
    patterns_.push_back(std::move(pattern));
  }
}

bool IgnoreFile::matches(const Pattern& pattern, std::string_view path) {
  if (!pattern.anchored) return segment_matches(pattern.segments.front(), path.substr(path.rfind('/') + 1));
  const std::vector<std::string> parts = split(path);
  std::size_t p = 0;
  std::size_t t = 0;
  std::optional<std::size_t> star;
  std::size_t star_part = 0;
  while (t < parts.size()) {
    if (p < pattern.segments.size() && pattern.segments[p] == "**") {
      if (++p == pattern.segments.size()) return true;  // "a/**": everything inside, but at least one part
      star = p;
      star_part = t;
    } else if (p < pattern.segments.size() && segment_matches(pattern.segments[p], parts[t])) {
      ++p;
      ++t;
    } else {
      if (!star) return false;
      p = *star;
      t = ++star_part;
    }
  }
  return p == pattern.segments.size();
}

IgnoreFile::Verdict IgnoreFile::judge(std::string_view path, bool is_folder) const {
  for (auto pattern = patterns_.rbegin(); pattern != patterns_.rend(); ++pattern) {
    if (pattern->folders_only && !is_folder) continue;
    if (matches(*pattern, path)) return pattern->negated ? Verdict::kKept : Verdict::kIgnored;
  }
  return Verdict::kSilent;
}

}  // namespace commandcenter::code
