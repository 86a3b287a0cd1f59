#include "code/review/findings.h"

#include <fcntl.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "base/sha256.h"

namespace commandcenter::code::review {
namespace {

// Python: a function with an underscore is private by agreement only. One that another file imports, or gets from its
// module, is used.
void drop_used_elsewhere(const Collected& collected, Report& report) {
  const auto is_suspect = [](const Finding& finding) {
    return finding.rule == info(Rule::kUnusedFunction).id && finding.file.ends_with(".py") &&
           finding.confidence == Confidence::kMedium;
  };
  const auto name_of = [](const Finding& finding) {
    return std::string_view(finding.description).substr(finding.description.rfind(' ') + 1);
  };
  std::unordered_map<std::uint32_t, std::vector<const Finding*>> suspects;
  for (const Finding& finding : report.findings)
    if (is_suspect(finding)) suspects[static_cast<std::uint32_t>(text_hash(name_of(finding)))].push_back(&finding);
  if (suspects.empty()) return;
  std::unordered_set<const Finding*> used;
  for (const auto& [path, file] : collected.files()) {
    for (const std::uint32_t name : file.private_names) {
      const auto named = suspects.find(name);
      if (named == suspects.end()) continue;
      for (const Finding* finding : named->second)
        if (finding->file != path) used.insert(finding);
    }
  }
  std::vector<Finding> kept;
  kept.reserve(report.findings.size() - used.size());
  for (Finding& finding : report.findings)
    if (!used.contains(&finding)) kept.push_back(std::move(finding));
  report.total -= used.size();
  report.findings = std::move(kept);
}

// "shop.js" and "shop.ts" side by side, or "lib/shop.js" and "src/shop.ts": one is what a compiler made of the other.
bool is_made_of(std::string_view a, std::string_view b) {
  const auto split = [](std::string_view path) {
    const std::string_view name = path.substr(path.rfind('/') + 1);
    return std::pair(name.substr(0, name.rfind('.')), name.substr(std::min(name.rfind('.'), name.size())));
  };
  const auto [name_a, ending_a] = split(a);
  const auto [name_b, ending_b] = split(b);
  const auto is_typed = [](std::string_view ending) { return ending == ".ts" || ending == ".tsx"; };
  return name_a == name_b && ending_a != ending_b && is_typed(ending_a) != is_typed(ending_b);
}

struct Part {
  std::string path;
  std::size_t line = 0;
  std::size_t end_line = 0;
};

// How many of its lines a change added.
std::size_t added_in(const Part& part, const AddedLines& added) {
  const auto file = added.find(part.path);
  std::size_t count = 0;
  if (file == added.end()) return count;
  for (const auto& [first, last] : file->second) {
    const std::size_t begin = std::max<std::size_t>(first, part.line);
    const std::size_t end = std::min<std::size_t>(last, part.end_line);
    if (begin <= end) count += end - begin + 1;
  }
  return count;
}

// Most of it: a change within a copy that was there makes none.
bool is_new(const Part& part, const AddedLines& added) {
  return 2 * added_in(part, added) > part.end_line - part.line + 1;
}

}  // namespace

bool LateFindings::open(const std::string& path) {
  if (path == path_) return source_.has_value();
  suppressions_.reset();
  source_.reset();
  path_ = path;
  std::string reason;
  const std::string_view text = buffer_.read(AT_FDCWD, fmt::format("{}/{}", root_, path).c_str(), reason);
  if (!reason.empty()) return false;
  source_.emplace(path_, text);
  if (scan_.suppressions) suppressions_.emplace(*source_);
  return true;
}

void LateFindings::add(Rule rule, const std::string& path, std::size_t line, std::size_t end_line,
                       std::string description) {
  const RuleInfo& about = info(rule);
  if (about.severity < scan_.minimum) return;
  if (!open(path) || line == 0 || line > source_->line_count()) return;
  if (const std::size_t by = suppressions_ ? suppressions_->line_for(line, about.id, about.category) : 0; by > 0) {
    ++report_.suppressed;
    std::erase_if(report_.unused_suppressions,
                  [&](const UnusedSuppression& unused) { return unused.file == path && unused.line == by; });
    return;
  }
  const std::string_view code = source_->line_text(line);
  Finding finding;
  finding.rule = about.id;
  finding.type = about.title;
  finding.category = about.category;
  finding.severity = about.severity;
  finding.cwe = about.cwe;
  finding.file = path;
  finding.line = line;
  finding.column = 1;
  finding.end_line = end_line;
  finding.description = std::move(description);
  finding.suggestion = about.advice;
  // A line with a text in quotes may hold a secret; nobody has looked.
  if (code.find_first_of("\"'`") == std::string_view::npos || rule == Rule::kImportCycle)
    finding.code = to_utf8(cut_utf8(code, kMaxCode_bytes));
  // Copies often begin alike, with "else" or with nothing: those of one file are counted.
  std::string key = fmt::format("{}\n{}\n{}", about.id, path, code);
  if (const std::size_t copy = copies_[key]++; copy > 0) key += fmt::format("\n{}", copy);
  finding.fingerprint = sha256_hex(key);
  if (scan_.suppressions &&
      std::ranges::any_of(scan_.baselines, [&](const Baseline& baseline) { return baseline.holds(finding); })) {
    ++report_.in_baseline;
    return;
  }
  ++report_.total;
  if (report_.findings.size() < scan_.max_findings) report_.findings.push_back(std::move(finding));
}

void Collected::add(std::string path, CollectedFile file) {
  if (end_ && path >= *end_) return;
  tokens_ += file.tokens;
  files_.insert_or_assign(std::move(path), std::move(file));
  while (tokens_ > kMaxComparedTokens) {
    const auto last = std::prev(files_.end());
    tokens_ -= last->second.tokens;
    end_ = last->first;
    files_.erase(last);
  }
}

void compare(const Collected& collected, const std::string& root, const ScanOptions& scan, const AddedLines* added,
             Report& report) {
  drop_used_elsewhere(collected, report);
  report.compared_up_to = to_utf8(collected.end());
  std::vector<std::string_view> strips;
  std::vector<std::string> paths;
  std::vector<std::vector<Import>> imports;
  for (const auto& [path, file] : collected.files()) {
    paths.push_back(path);
    strips.push_back(file.strip);
    imports.push_back(file.imports);
  }
  LateFindings findings(root, scan, report);
  for (const Duplicate& duplicate : duplicates_of(strips)) {
    Part copy{paths[duplicate.file], duplicate.line, duplicate.end_line};
    Part other{paths[duplicate.other_file], duplicate.other_line,
               duplicate.other_line + duplicate.end_line - duplicate.line};
    if (is_made_of(copy.path, other.path)) continue;
    if (added && !is_new(copy, *added)) {
      if (!is_new(other, *added)) continue;
      std::swap(copy, other);
    }
    findings.add(
        Rule::kDuplicate, copy.path, copy.line, copy.end_line,
        fmt::format("Duplicated code: {} lines as in {}:{}", copy.end_line - copy.line + 1, other.path, other.line));
  }
  for (const Cycle& cycle : cycles_of(paths, imports)) {
    const std::size_t size = cycle.files.size();
    std::size_t first = 0;
    while (added && first < size &&
           added_in({paths[cycle.files[first]], cycle.lines[first], cycle.lines[first]}, *added) == 0)
      ++first;
    if (first == size) continue;
    std::string way;
    for (std::size_t i = 0; i < size; ++i)
      way += paths[cycle.files[(first + i) % size]] + " → ";
    const std::string& file = paths[cycle.files[first]];
    findings.add(Rule::kImportCycle, file, cycle.lines[first], cycle.lines[first],
                 "Modules that import each other: " + way + file);
  }
}

}  // namespace commandcenter::code::review
