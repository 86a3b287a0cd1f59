// The threads of a scan and the way of each file through it.
#include "code/scan/scan.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/clock.h"
#include "code/rules/rules.h"
#include "code/scan/cache.h"
#include "code/scan/seen.h"
#include "code/scan/suppress.h"

namespace commandcenter::code {
namespace {

struct Worker {
  Matcher matcher;
  std::vector<Match> matches;
  FileIdentity identity;  // of the file that is read next
  std::vector<Finding> findings;
  std::vector<UnusedSuppression> unused;
  std::set<std::pair<std::string, std::size_t>>
      used_elsewhere;  // files and lines of comments, of what others see there
  std::size_t total = 0;
  std::size_t suppressed = 0;
  std::size_t in_baseline = 0;
  std::size_t files = 0;
  std::int64_t bytes = 0;
  std::size_t secrets_only = 0;
};

// Lines of a change, and where it was made.
struct Change {
  const std::vector<LineRange>* added = nullptr;  // null: all
  std::string_view commit{};
};

bool is_added(const Change& change, const Located& located) {
  return change.added == nullptr || std::ranges::any_of(*change.added, [&](const LineRange& range) {
           return range.first <= located.last_line && located.finding.line <= range.second;
         });
}

// Takes out what an earlier version of the file had as well, wherever its lines went.
class Earlier {
 public:
  explicit Earlier(const std::vector<Located>& before) {
    for (const Located& one : before) {
      if (one.subject.empty())
        ++lines_[{one.finding.rule, one.finding.code}];
      else
        measures_[{one.finding.rule, one.subject}] = one.measure;
    }
  }

  void take_out(std::vector<Located>& now, const Change& change) const {
    std::map<Key, std::size_t> counts;
    for (const Located& one : now)
      ++counts[{one.finding.rule, one.finding.code}];
    std::erase_if(now, [&](Located& one) {
      if (!is_added(change, one)) return true;
      if (!one.subject.empty()) {
        const auto was = measures_.find({one.finding.rule, one.subject});
        if (was != measures_.end() && one.measure > was->second)
          one.finding.description += fmt::format("; {:g} before the change", was->second);
        return was != measures_.end() && one.measure <= was->second;
      }
      const auto was = lines_.find({one.finding.rule, one.finding.code});
      return was != lines_.end() && counts[{one.finding.rule, one.finding.code}] <= was->second;
    });
  }

 private:
  using Key = std::pair<std::string, std::string>;
  std::map<Key, std::size_t> lines_;  // rule and code
  std::map<Key, double> measures_;    // rule and subject
};

auto place_of(const Finding& finding) {
  return std::tie(finding.file, finding.line, finding.column, finding.rule, finding.commit);
}

// By place. What several files bring about is told once: by the surest of them, and of those by the first way, so that
// it does not depend on which thread was first.
void sort_once(Report& report) {
  const auto before = [](const FlowStep& a, const FlowStep& b) {
    return std::tie(a.file, a.line, a.message) < std::tie(b.file, b.line, b.message);
  };
  std::ranges::sort(report.findings, [&](const Finding& a, const Finding& b) {
    if (place_of(a) != place_of(b)) return place_of(a) < place_of(b);
    if (a.confidence != b.confidence) return a.confidence > b.confidence;
    return std::ranges::lexicographical_compare(a.flow, b.flow, before);
  });
  const auto end = std::unique(report.findings.begin(), report.findings.end(),
                               [](const Finding& a, const Finding& b) { return place_of(a) == place_of(b); });
  report.total -= static_cast<std::size_t>(report.findings.end() - end);
  report.findings.erase(end, report.findings.end());
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
      scan->workers_.push_back({std::move(*matcher), {}, {}, {}, {}, {}, 0, 0, 0, 0, 0});
    }
    return scan;
  }

  void add_baseline(Baseline baseline) { baselines_.push_back(std::move(baseline)); }

  void use_cache(const std::string& root, const std::string& target) {
    if (!options_.cache.empty() && !options_.report_unused)
      cache_ = std::make_unique<ScanCache>(
          options_.cache, root,
          fmt::format("{} {} {}\n{}", options_.secrets, options_.walk.max_file_bytes, target, options_.cache_about));
  }
  bool has_cache() const { return cache_ != nullptr; }

  // True when the cache knows what there is to see.
  bool known(unsigned thread, std::string_view path, const FileIdentity& identity) {
    workers_[thread].identity = identity;
    auto seen = cache_->unread(path, identity);
    if (!seen) return false;
    report(workers_[thread], path, static_cast<std::size_t>(identity.size_bytes), std::move(*seen), {});
    return true;
  }

  void file(unsigned thread, std::string_view path, std::string_view bytes, const Change& change = {},
            const std::string* before = nullptr) {
    Worker& worker = workers_[thread];
    if (cache_ == nullptr) {
      SeenFile seen = look(worker, path, bytes, nullptr);
      if (options_.earlier && before != nullptr && encoding_of(*before) == Encoding::kText)
        Earlier(looker_.look_back(path, *before)).take_out(seen.located, change);
      return report(worker, path, bytes.size(), std::move(seen), change);
    }
    std::string digest = digest_of(bytes);
    if (auto seen = cache_->find(path, worker.identity, digest))
      return report(worker, path, bytes.size(), std::move(*seen), change);
    std::vector<ConsultedFile> dependencies;
    SeenFile seen = look(worker, path, bytes, &dependencies);
    cache_->put(path, worker.identity, std::move(digest), seen, std::move(dependencies));
    report(worker, path, bytes.size(), std::move(seen), change);
  }

  void finish() const {
    if (cache_ != nullptr) cache_->save();
  }

  void skipped(std::string path, std::string reason) {
    const std::lock_guard lock(skipped_mutex_);
    skipped_.emplace(to_utf8(path), std::move(reason));
    if (skipped_.size() <= kMaxSkippedListed) return;
    skipped_.erase(std::prev(skipped_.end()));  // those that are listed do not depend on which thread was first
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
      report.secrets_only_files += worker.secrets_only;
    }
    sort_once(report);
    if (report.findings.size() > options_.max_findings) report.findings.resize(options_.max_findings);
    for (const Worker& worker : workers_) {
      std::erase_if(report.unused_suppressions, [&](const UnusedSuppression& unused) {
        return worker.used_elsewhere.contains({unused.file, unused.line});
      });
    }
    std::ranges::sort(report.unused_suppressions,
                      [](const auto& a, const auto& b) { return std::tie(a.file, a.line) < std::tie(b.file, b.line); });
    report.skipped.assign(skipped_.begin(), skipped_.end());
    report.omitted_skipped = omitted_skipped_;
    return report;
  }

 private:
  explicit Scan(const ScanOptions& options) : options_(options), baselines_(options.baselines), looker_(options) {}

  SeenFile look(Worker& worker, std::string_view path, std::string_view bytes,
                std::vector<ConsultedFile>* dependencies) {
    const Encoding encoding = encoding_of(bytes);
    if (encoding == Encoding::kBinary) return {true, {}};
    std::string decoded;
    if (encoding != Encoding::kText) bytes = decoded = utf16_to_utf8(bytes, encoding == Encoding::kUtf16Be);
    SeenFile seen = looker_.look(path, bytes, worker.matcher, worker.matches, dependencies);
    if (options_.report_unused && bytes.find(kOwnMark) != std::string_view::npos)
      add_unused(worker, Source(path, bytes), seen);
    return seen;
  }

  void report(Worker& worker, std::string_view path, std::size_t size_bytes, SeenFile seen, const Change& change) {
    if (seen.binary) return skipped(std::string(path), "binary");
    ++worker.files;
    worker.bytes += static_cast<std::int64_t>(size_bytes);
    if (options_.secrets_only && options_.secrets_only(path)) ++worker.secrets_only;
    if (options_.noted && !seen.remarks.note.empty()) options_.noted(path, seen.remarks.note);
    if (!seen.remarks.left_out.empty()) skipped(std::string(path), std::move(seen.remarks.left_out));
    for (Located& located : seen.located) {
      Finding& finding = located.finding;
      if (finding.severity < options_.minimum || !is_added(change, located)) continue;
      if (options_.suppressions && (located.suppressed_line > 0 || located.suppressed_there > 0)) {
        if (located.suppressed_there > 0) worker.used_elsewhere.emplace(finding.file, located.suppressed_there);
        ++worker.suppressed;
        continue;
      }
      if (options_.suppressions &&
          std::ranges::any_of(baselines_, [&](const Baseline& baseline) { return baseline.holds(finding); })) {
        ++worker.in_baseline;
        continue;
      }
      finding.commit = change.commit;
      ++worker.total;
      if (worker.findings.size() < options_.max_findings) worker.findings.push_back(std::move(finding));
    }
  }

  void add_unused(Worker& worker, const Source& source, const SeenFile& seen) const {
    for (std::size_t at = source.text().find(kOwnMark); at != std::string_view::npos;
         at = source.text().find(kOwnMark, at + 1)) {
      const std::size_t line = source.line_of(at);
      const auto silenced_by = [&](const Located& one) { return one.suppressed_line == line; };
      if (options_.suppressions && std::ranges::any_of(seen.located, silenced_by)) continue;
      const std::string_view rest = source.line_text(line).substr(at - source.line_begin(line));
      if (is_of_another(rest.substr(kOwnMark.size()))) continue;
      worker.unused.push_back({to_utf8(source.path()), line, to_utf8(cut_utf8(rest, kMaxCode_bytes))});
    }
  }

  bool is_of_another(std::string_view behind_mark) const {
    if (!options_.of_another) return false;
    const auto named = named_behind_mark(behind_mark);
    return !named.empty() && std::ranges::all_of(named, options_.of_another);
  }

  const ScanOptions& options_;
  std::vector<Baseline> baselines_;
  const Looker looker_;
  std::unique_ptr<ScanCache> cache_;
  std::vector<Worker> workers_;
  std::mutex skipped_mutex_;
  std::set<std::pair<std::string, std::string>> skipped_;
  std::size_t omitted_skipped_ = 0;
};

// Blobs on their way from the thread that reads them to those that look at them.
class Waiting {
 public:
  struct Blob {
    BlobPlace place;
    std::string text;
  };

  // Waits for room.
  void put(Blob blob) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return bytes_ < kMost_bytes; });
    bytes_ += blob.text.size();
    blobs_.push_back(std::move(blob));
    changed_.notify_all();
  }

  void end() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

  // Waits for one; nothing when there will be none.
  std::optional<Blob> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ended_ || !blobs_.empty(); });
    if (blobs_.empty()) return std::nullopt;
    Blob blob = std::move(blobs_.front());
    blobs_.pop_front();
    bytes_ -= blob.text.size();
    changed_.notify_all();
    return blob;
  }

 private:
  static constexpr std::size_t kMost_bytes = std::size_t{4} << 20;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Blob> blobs_;
  std::size_t bytes_ = 0;
  bool ended_ = false;
};

}  // namespace

std::string folder_text(const std::vector<std::string>& names) {
  return fmt::format("{}\n", fmt::join(names, "\n"));
}

std::string digest_of(std::string_view text) {
  return ScanCache::digest_of(text);
}

Result<Report> scan_tree(const std::string& root, const std::string& target, const ScanOptions& options) {
  SystemClock clock;
  const std::int64_t begin_ms = clock.monotonic_ms();
  auto scan = Scan::make(options, thread_count(options.walk));
  if (!scan) return fail(std::move(scan.error()));
  const std::string ignore_file = fmt::format("{}/{}", root, kIgnoreFile);
  if (options.suppressions && ::access(ignore_file.c_str(), R_OK) == 0) {
    if (auto known = Baseline::read(ignore_file))
      (*scan)->add_baseline(std::move(*known));
    else
      (*scan)->skipped(std::string(kIgnoreFile), "it is no list of fingerprints and silences nothing");
  }
  (*scan)->use_cache(root, target);
  Visitor visitor{
      [&](unsigned thread, std::string_view path, std::string_view bytes) { (*scan)->file(thread, path, bytes); },
      [&](std::string path, std::string reason) { (*scan)->skipped(std::move(path), std::move(reason)); }};
  if ((*scan)->has_cache()) {
    visitor.is_known = [&](unsigned thread, std::string_view path, const FileIdentity& identity) {
      return (*scan)->known(thread, path, identity);
    };
  }
  if (auto walked = walk(root, target, options.walk, visitor); !walked) return fail(std::move(walked.error()));
  (*scan)->finish();
  return (*scan)->report(clock.monotonic_ms() - begin_ms);
}

Result<Report> scan_changes(const std::vector<ChangedFile>& files, const ScanOptions& options) {
  SystemClock clock;
  const std::int64_t begin_ms = clock.monotonic_ms();
  const auto threads = static_cast<unsigned>(std::clamp<std::size_t>(files.size(), 1, thread_count(options.walk)));
  auto scan = Scan::make(options, threads);
  if (!scan) return fail(std::move(scan.error()));
  std::atomic<std::size_t> next = 0;
  on_threads(threads, [&](unsigned thread) {
    for (std::size_t i = next++; i < files.size(); i = next++) {
      const ChangedFile& file = files[i];
      (*scan)->file(thread, file.path, file.text, {&file.added, {}}, file.before ? &*file.before : nullptr);
    }
  });
  return (*scan)->report(clock.monotonic_ms() - begin_ms);
}

Result<Report> scan_history(const Repository& repository, const ScanOptions& options, const std::string& way) {
  SystemClock clock;
  const std::int64_t begin_ms = clock.monotonic_ms();
  const unsigned lookers = thread_count(options.walk);
  auto scan = Scan::make(options, lookers);
  if (!scan) return fail(std::move(scan.error()));
  Waiting waiting;
  Result<std::size_t> walked = 0;  // files
  on_threads(lookers + 1, [&](unsigned thread) {
    if (thread == lookers) {
      walked = repository.history(way, options.walk.max_file_bytes, [&](const BlobPlace& place, std::string_view text) {
        waiting.put({place, std::string(text)});
      });
      waiting.end();
      return;
    }
    while (const auto blob = waiting.take())
      (*scan)->file(thread, blob->place.path, blob->text, {nullptr, blob->place.commit});
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
