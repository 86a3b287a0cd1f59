// A review: the figures of every function, and what is wrong with the code.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "code/metrics/metrics.h"
#include "code/report/report.h"
#include "code/scan/scan.h"

namespace commandcenter::code {

namespace review {
class Collected;
}  // namespace review

inline constexpr std::size_t kMaxListedFunctions = 500'000;

// Lines that a change added, by file.
using AddedLines = std::map<std::string, std::vector<LineRange>>;

struct ReviewOptions {
  bool quality = true;
  bool security = true;
  bool performance = true;
  std::string file_pattern{};      // a part of the path; files without it are not looked at
  std::string root{};              // of a whole tree, so that files are held against each other; empty: of changes
  bool native_complexity = false;  // ESLint's for JavaScript and TypeScript, radon's for Python; else lizard's
  bool hot_spots = false;          // asks the history, if there is one
  bool blame = false;              // who wrote the notes, and when
  // Of what files have with each other only what these lines brought about; null: all. Outlives the reviewer.
  const AddedLines* added = nullptr;
};

struct ReviewedFunction {
  std::string_view file;  // belongs to the review
  FunctionMetrics metrics;
  bool has_figures = false;  // what follows; the tree does not see every function that the counters see
  int cognitive = 0;
  int nesting = 0;
  double volume = 0;           // Halstead's
  double maintainability = 0;  // 100: easy
};

// Which issues the JSON of a review lists; the rest of it is the same on every page.
struct IssuePage {
  std::size_t offset = 0;
  std::size_t limit = kMaxFindings;
};

struct Review {
  Report report;
  IssuePage page;
  std::deque<std::string> files;            // that have functions
  std::vector<ReviewedFunction> functions;  // by path and line
  std::size_t reviewed_files = 0;
  std::size_t total_lines = 0;
  double average_complexity = 0;  // of functions, cyclomatic
  int max_complexity = 0;
};

// One review: it takes part in a scan, and must outlive it.
class Reviewer {
 public:
  explicit Reviewer(ReviewOptions options);
  ~Reviewer();
  // Adds what a review looks for, and says what a cache of it depends on.
  void join(ScanOptions& scan);
  Review finish(Report report, const ScanOptions& scan);  // after the scan, with the options it had

 private:
  void look_at(const Subject& subject, std::vector<Spot>& spots) const;
  void take(std::string_view path, std::string_view note);

  struct File {
    std::string path;
    std::vector<ReviewedFunction> functions;
  };

  ReviewOptions options_;
  std::mutex mutex_;  // for all below
  std::vector<File> files_;
  std::vector<std::pair<std::string, std::string>> left_out_;  // file, reason
  std::size_t measured_ = 0;
  std::size_t lines_ = 0;
  std::unique_ptr<review::Collected> collected_;  // what is compared at the end
};

// True for the name of a rule of reviews, and for a category of them.
bool is_review_rule(std::string_view name);

// {functions, issues, summary, metrics, reviewDurationMs, …}
Json review_json(const Review& review);

// In any of the forms of a report; JSON is review_json(). Piece by piece, so that a long one is never held as a whole.
using TextSink = std::function<void(std::string_view piece)>;
void write_review(const Review& review, Format format, std::string_view version, bool colours, const TextSink& sink);
std::string render_review(const Review& review, Format format, std::string_view version, bool colours);

}  // namespace commandcenter::code
