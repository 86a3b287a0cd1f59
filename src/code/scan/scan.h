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
#include <utility>
#include <vector>

#include "base/result.h"
#include "code/git/git.h"
#include "code/match/match.h"
#include "code/report/report.h"
#include "code/source/source.h"
#include "code/syntax/syntax.h"
#include "code/walk/walk.h"

namespace commandcenter::code {

inline constexpr std::size_t kMaxFindings = 100'000;
inline constexpr std::size_t kMaxSkippedListed = 1'000;
inline constexpr std::size_t kMaxCode_bytes = 200;
inline constexpr std::size_t kMaxDependency_bytes = 128 << 10;  // longer files have no say in what is seen of others
inline constexpr std::string_view kIgnoreFile = ".commandcenter-ignore";  // fingerprints, at the root

// A range of another file of the scan.
struct Elsewhere {
  std::string path;  // below the root
  std::string text;  // all of it
  std::size_t begin = 0;
  std::size_t end = 0;
};

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
  std::size_t extent_end = 0;            // changes up to here bring the spot about, too; 0: those of its lines only
  std::string subject{};                 // what was measured, a function mostly; empty: nothing was
  double measure = 0;                    // the greater, the worse
  std::optional<Elsewhere> elsewhere{};  // where it is shown, then; for scans of whole trees
};

// Another file that had a say in what was seen of one: below the root, and a digest of its text. Empty: it is not
// there. A path that ends in "/" is a folder, and its text the names in it, a line each (folder_text).
struct ConsultedFile {
  std::string path;
  std::string digest;
};

// What analyzers say of a file besides their spots.
struct Remarks {
  std::string note{};      // what one of them wants to be told in every run: see ScanOptions::noted
  std::string left_out{};  // why it was not looked at in full; empty: it was
};

// A file as analyzers see it. For one thread; ends with the call.
class Subject {
 public:
  // `dependencies`: null when nobody keeps them.
  Subject(const Source& source, std::span<const Match> matches, std::vector<ConsultedFile>* dependencies,
          Remarks& remarks)
      : parsed_(source), matches_(matches), dependencies_(dependencies), remarks_(remarks) {}
  const Source& source() const { return parsed_.source(); }
  std::span<const Match> matches() const { return matches_; }
  const ParsedSource& parsed() const { return parsed_; }  // shared by the analyzers
  // `digest`: called for that of its text, where it is kept.
  template <typename Digest>
  void depends_on(const std::string& path, const Digest& digest) const {
    if (dependencies_ != nullptr) dependencies_->push_back({path, digest()});
  }
  void note(std::string bytes) const { remarks_.note = std::move(bytes); }
  void leave_out(std::string reason) const { remarks_.left_out = std::move(reason); }

 private:
  ParsedSource parsed_;
  std::span<const Match> matches_;
  std::vector<ConsultedFile>* dependencies_;
  Remarks& remarks_;
};

// What a ConsultedFile says of a text.
std::string digest_of(std::string_view text);
std::string folder_text(const std::vector<std::string>& names);

// Rules of another agent. Called from several threads at once.
using Analyzer = std::function<void(const Subject& subject, std::vector<Spot>& spots)>;

struct ScanOptions {
  WalkOptions walk;
  bool secrets = true;
  Severity minimum = Severity::kLow;
  bool suppressions = true;  // comments, the ignore file and baselines
  bool report_unused = false;
  // True for rules and categories that only another command looks for: comments that name no other are not this one's
  // to call unused.
  std::function<bool(std::string_view name)> of_another{};
  std::vector<Baseline> baselines;
  std::vector<Analyzer> analyzers;
  std::function<bool(std::string_view path)> secrets_only{};  // files that analyzers leave alone; they are counted
  // Called for each file of which there is a note, by this run or the one that filled the cache; from any thread.
  std::function<void(std::string_view path, std::string_view note)> noted{};
  Analyzer earlier{};  // what a change found there: of each kind, only what it added is reported
  std::size_t max_findings = kMaxFindings;
  std::string cache{};        // folder that keeps what was seen of files of a tree; empty: none
  std::string cache_about{};  // which analyzers there are, and what they were told
};

// Files below `root`, or the one that `target` names.
Result<Report> scan_tree(const std::string& root, const std::string& target, const ScanOptions& options);

// Only what changed; findings outside the added lines are left out.
Result<Report> scan_changes(const std::vector<ChangedFile>& files, const ScanOptions& options);

// Every blob that the repository's branches and tags ever held, each once; at or below `way`, as Repository::way_to()
// tells, "" for all.
Result<Report> scan_history(const Repository& repository, const ScanOptions& options, const std::string& way = {});

Result<Report> scan_text(std::string_view path, std::string_view text, const ScanOptions& options);

}  // namespace commandcenter::code
