// The threads of a scan and the way of each file through it.
#include "code/scan/scan.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/sha256.h"
#include "code/rules/rules.h"
#include "code/scan/snippet.h"
#include "code/scan/suppress.h"
#include "code/secrets/secrets.h"

namespace commandcenter::code {
namespace {

struct Worker {
  Matcher matcher;
  std::vector<Match> matches;
  std::vector<Finding> findings;
  std::vector<UnusedSuppression> unused;
  std::size_t total = 0;
  std::size_t suppressed = 0;
  std::size_t in_baseline = 0;
  std::size_t files = 0;
  std::int64_t bytes = 0;
};

std::string secret_description(std::string_view name) {
  return fmt::format("Potential {} found in code", name.starts_with("Hardcoded") ? lower(name) : std::string(name));
}

bool is_added(const std::vector<LineRange>* added, std::size_t first, std::size_t last) {
  return added == nullptr || std::ranges::any_of(*added, [&](const LineRange& range) {
           return range.first <= last && first <= range.second;
         });
}

class Scan {
 public:
  static Result<std::unique_ptr<Scan>> make(const ScanOptions& options, unsigned threads) {
    auto database = Database::load(pattern_images());
    if (!database) return fail(std::move(database.error()));
    std::unique_ptr<Scan> scan(new Scan(options));
    for (unsigned i = 0; i < threads; ++i) {
      auto matcher = Matcher::make(*database);
      if (!matcher) return fail(std::move(matcher.error()));
      scan->workers_.push_back({std::move(*matcher), {}, {}, {}, 0, 0, 0, 0, 0});
    }
    return scan;
  }

  void add_baseline(Baseline baseline) { baselines_.push_back(std::move(baseline)); }

  void file(unsigned thread, std::string_view path, std::string_view bytes,
            const std::vector<LineRange>* added = nullptr, std::string_view commit = {}) {
    const Encoding encoding = encoding_of(bytes);
    if (encoding == Encoding::kBinary) return skipped(std::string(path), "binary");
    Worker& worker = workers_[thread];
    ++worker.files;
    worker.bytes += static_cast<std::int64_t>(bytes.size());
    if (encoding == Encoding::kText) return text(worker, path, bytes, added, commit);
    text(worker, path, utf16_to_utf8(bytes, encoding == Encoding::kUtf16Be), added, commit);
  }

  void skipped(std::string path, std::string reason) {
    const std::lock_guard lock(skipped_mutex_);
    if (skipped_.size() < kMaxSkippedListed)
      skipped_.emplace_back(to_utf8(path), std::move(reason));
    else
      ++omitted_skipped_;
  }

  Report report(std::int64_t duration_ms) {
    Report report;
    report.duration_ms = duration_ms;
    for (Worker& worker : workers_) {
      std::ranges::move(worker.findings, std::back_inserter(report.findings));
      std::ranges::move(worker.unused, std::back_inserter(report.unused_suppressions));
      report.total += worker.total;
      report.suppressed += worker.suppressed;
      report.in_baseline += worker.in_baseline;
      report.scanned_files += worker.files;
      report.scanned_bytes += worker.bytes;
    }
    std::ranges::sort(report.findings, [](const Finding& a, const Finding& b) {
      return std::tie(a.file, a.line, a.column, a.rule, a.commit) <
             std::tie(b.file, b.line, b.column, b.rule, b.commit);
    });
    if (report.findings.size() > options_.max_findings) report.findings.resize(options_.max_findings);
    std::ranges::sort(report.unused_suppressions,
                      [](const auto& a, const auto& b) { return std::tie(a.file, a.line) < std::tie(b.file, b.line); });
    std::ranges::sort(skipped_);
    report.skipped = std::move(skipped_);
    report.omitted_skipped = omitted_skipped_;
    return report;
  }

 private:
  explicit Scan(const ScanOptions& options) : options_(options), baselines_(options.baselines) {}

  void text(Worker& worker, std::string_view path, std::string_view bytes, const std::vector<LineRange>* added,
            std::string_view commit) {
    worker.matcher.find(bytes, worker.matches);
    const Source source(path, bytes);
    std::vector<Spot> spots;
    for (const Analyzer& analyzer : options_.analyzers)
      analyzer(source, worker.matches, spots);
    std::vector<Secret> secrets;  // also wanted where only others report: their lines may hold secrets
    if (options_.secrets || !spots.empty()) secrets = secrets_.find(source, worker.matches);
    if (options_.secrets) {
      for (const Secret& secret : secrets) {
        spots.push_back({secret.rule, secret.name, "secrets", "CWE-798", secret.severity, secret.confidence,
                         secret.begin, secret.end, secret_description(secret.name)});
      }
    }
    const bool marks = options_.report_unused && bytes.find(kOwnMark) != std::string_view::npos;
    if (spots.empty() && !marks) return;
    std::ranges::stable_sort(
        spots, [](const Spot& a, const Spot& b) { return std::tie(a.begin, a.rule) < std::tie(b.begin, b.rule); });
    std::set<std::size_t> used;
    add_findings(worker, source, spots, Snippets(source, secrets), added, commit, used);
    if (marks) add_unused(worker, source, used);
  }

  void add_findings(Worker& worker, const Source& source, const std::vector<Spot>& spots, const Snippets& snippets,
                    const std::vector<LineRange>* added, std::string_view commit, std::set<std::size_t>& used) {
    std::map<std::pair<std::string_view, std::string>, std::size_t> seen;  // rule and code: tells equal lines apart
    const std::string file = to_utf8(source.path());
    for (const Spot& spot : spots) {
      if (spot.severity < options_.minimum) continue;
      const std::size_t line = source.line_of(spot.begin);
      const std::size_t end_line = source.line_of(spot.end > spot.begin ? spot.end - 1 : spot.end);
      Snippet snippet = snippets.around(spot.begin);
      const std::size_t copy = seen[{spot.rule, snippet.code}]++;
      const std::size_t last_line = spot.extent_end > spot.end ? source.line_of(spot.extent_end - 1) : end_line;
      if (!is_added(added, line, last_line)) continue;
      if (options_.suppressions) {
        if (const std::size_t by = suppressing_line(source, line, spot.rule, spot.category); by > 0) {
          used.insert(by);
          ++worker.suppressed;
          continue;
        }
      }
      // From the masked line, so that a fingerprint gives nothing away; without its number, so that it survives a move.
      Finding finding{std::string(spot.rule),
                      std::string(spot.type),
                      std::string(spot.category),
                      spot.severity,
                      spot.confidence,
                      std::string(spot.cwe),
                      file,
                      line,
                      source.column_of(spot.begin),
                      end_line,
                      spot.description,
                      std::move(snippet.code),
                      snippet.redacted,
                      {},
                      std::string(commit),
                      spot.flow,
                      spot.suggestion,
                      spot.fix};
      finding.fingerprint = sha256_hex(fmt::format("{}\n{}\n{}\n{}", spot.rule, file, finding.code, copy));
      if (options_.suppressions &&
          std::ranges::any_of(baselines_, [&](const Baseline& baseline) { return baseline.holds(finding); })) {
        ++worker.in_baseline;
        continue;
      }
      ++worker.total;
      if (worker.findings.size() < options_.max_findings) worker.findings.push_back(std::move(finding));
    }
  }

  static void add_unused(Worker& worker, const Source& source, const std::set<std::size_t>& used) {
    for (std::size_t at = source.text().find(kOwnMark); at != std::string_view::npos;
         at = source.text().find(kOwnMark, at + 1)) {
      const std::size_t line = source.line_of(at);
      if (used.contains(line)) continue;
      const std::string_view rest = source.line_text(line).substr(at - source.line_begin(line));
      worker.unused.push_back({to_utf8(source.path()), line, to_utf8(cut_utf8(rest, kMaxCode_bytes))});
    }
  }

  const ScanOptions& options_;
  std::vector<Baseline> baselines_;
  const SecretRules secrets_;
  std::vector<Worker> workers_;
  std::mutex skipped_mutex_;
  std::vector<std::pair<std::string, std::string>> skipped_;
  std::size_t omitted_skipped_ = 0;
};

}  // namespace

Result<Report> scan_tree(const std::string& root, const std::string& target, const ScanOptions& options) {
  SystemClock clock;
  const std::int64_t begin_ms = clock.monotonic_ms();
  auto scan = Scan::make(options, thread_count(options.walk));
  if (!scan) return fail(std::move(scan.error()));
  const std::string ignore_file = fmt::format("{}/{}", root, kIgnoreFile);
  if (options.suppressions && ::access(ignore_file.c_str(), R_OK) == 0) {
    if (auto known = Baseline::read(ignore_file)) (*scan)->add_baseline(std::move(*known));
  }
  const Visitor visitor{
      [&](unsigned thread, std::string_view path, std::string_view bytes) { (*scan)->file(thread, path, bytes); },
      [&](std::string path, std::string reason) { (*scan)->skipped(std::move(path), std::move(reason)); }};
  if (auto walked = walk(root, target, options.walk, visitor); !walked) return fail(std::move(walked.error()));
  return (*scan)->report(clock.monotonic_ms() - begin_ms);
}

Result<Report> scan_changes(const std::vector<ChangedFile>& files, const ScanOptions& options) {
  SystemClock clock;
  const std::int64_t begin_ms = clock.monotonic_ms();
  auto scan = Scan::make(options, 1);
  if (!scan) return fail(std::move(scan.error()));
  for (const ChangedFile& file : files)
    (*scan)->file(0, file.path, file.text, &file.added);
  return (*scan)->report(clock.monotonic_ms() - begin_ms);
}

Result<Report> scan_history(const Repository& repository, const ScanOptions& options) {
  SystemClock clock;
  const std::int64_t begin_ms = clock.monotonic_ms();
  auto scan = Scan::make(options, 1);
  if (!scan) return fail(std::move(scan.error()));
  const auto walked =
      repository.history(options.walk.max_file_bytes, [&](const BlobPlace& place, std::string_view text) {
        (*scan)->file(0, place.path, text, nullptr, place.commit);
      });
  if (!walked) return fail(walked.error());
  return (*scan)->report(clock.monotonic_ms() - begin_ms);
}

Result<Report> scan_text(std::string_view path, std::string_view text, const ScanOptions& options) {
  SystemClock clock;
  const std::int64_t begin_ms = clock.monotonic_ms();
  auto scan = Scan::make(options, 1);
  if (!scan) return fail(std::move(scan.error()));
  (*scan)->file(0, path, text);
  return (*scan)->report(clock.monotonic_ms() - begin_ms);
}

}  // namespace commandcenter::code
