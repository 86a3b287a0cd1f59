// One scan: files in, report out. Every agent that reads code goes this way: one walk, one read, one pass of the
// database; then each rule looks where the pass pointed.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "code/git/git.h"
#include "code/match/match.h"
#include "code/report/report.h"
#include "code/source/source.h"
#include "code/walk/walk.h"

namespace commandcenter::code {

inline constexpr std::size_t kMaxFindings = 100'000;
inline constexpr std::size_t kMaxSkippedListed = 1'000;
inline constexpr std::size_t kMaxCode_bytes = 200;
inline constexpr std::string_view kIgnoreFile = ".commandcenter-ignore";  // fingerprints, at the root

// A finding before it has a place and a fingerprint: a range of the text.
struct Spot {
  std::string_view rule;
  std::string_view type;
  std::string_view category;
  std::string_view cwe;
  Severity severity = Severity::kMedium;
  Confidence confidence = Confidence::kMedium;
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string description;
  std::vector<FlowStep> flow{};
  std::string suggestion{};
  std::optional<Fix> fix{};
  std::size_t extent_end = 0;  // changes up to here bring the spot about, too; 0: those of its lines only
};

// Rules of another agent. Called from several threads at once.
using Analyzer = std::function<void(const Source& source, std::span<const Match> matches, std::vector<Spot>& spots)>;

struct ScanOptions {
  WalkOptions walk;
  bool secrets = true;
  Severity minimum = Severity::kLow;
  bool suppressions = true;  // comments, the ignore file and baselines
  bool report_unused = false;
  std::vector<Baseline> baselines;
  std::vector<Analyzer> analyzers;
  std::size_t max_findings = kMaxFindings;
};

// Files below `root`, or the one that `target` names.
Result<Report> scan_tree(const std::string& root, const std::string& target, const ScanOptions& options);

// Only what changed; findings outside the added lines are left out.
Result<Report> scan_changes(const std::vector<ChangedFile>& files, const ScanOptions& options);

// Every blob that the repository's branches and tags ever held, each once.
Result<Report> scan_history(const Repository& repository, const ScanOptions& options);

Result<Report> scan_text(std::string_view path, std::string_view text, const ScanOptions& options);

}  // namespace commandcenter::code
