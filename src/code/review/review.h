// A review: the figures of every function, and what is wrong with the code.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/json.h"
#include "code/metrics/metrics.h"
#include "code/report/report.h"
#include "code/scan/scan.h"

namespace commandcenter::code {

namespace review {
class View;
struct JudgedFunction;
}  // namespace review

inline constexpr std::size_t kMaxListedFunctions = 500'000;

struct ReviewOptions {
  bool quality = true;
  bool security = true;
  bool performance = true;
  std::string file_pattern;  // a part of the path; files without it are not looked at
};

struct ReviewedFunction {
  std::string file;
  FunctionMetrics metrics;
  bool has_figures = false;  // what follows; the tree does not see every function that the counters see
  int cognitive = 0;
  int nesting = 0;
  double volume = 0;           // Halstead's
  double maintainability = 0;  // 100: easy
};

struct Review {
  Report report;
  std::vector<ReviewedFunction> functions;  // by path and line
  std::size_t reviewed_files = 0;
  std::size_t total_lines = 0;
  double average_complexity = 0;  // of functions, cyclomatic
  int max_complexity = 0;
};

// One review. The analyzer is called by the threads of a scan and must not outlive the reviewer.
class Reviewer {
 public:
  explicit Reviewer(ReviewOptions options) : options_(std::move(options)) {}
  Analyzer analyzer();
  Review finish(Report report);  // after the scan

 private:
  void look_at(const Source& source, std::vector<Spot>& spots);
  void judge(const review::View& view, const std::vector<review::JudgedFunction>& functions,
             std::vector<Spot>& spots) const;
  void remember(const Source& source, const std::vector<review::JudgedFunction>& functions);

  ReviewOptions options_;
  std::mutex mutex_;
  std::vector<ReviewedFunction> functions_;
  std::size_t files_ = 0;
  std::size_t lines_ = 0;
};

// {functions, issues, summary, metrics, reviewDurationMs, …}
Json review_json(const Review& review);

// In any of the forms of a report; JSON is review_json().
std::string render_review(const Review& review, Format format, std::string_view version, bool colours);

}  // namespace commandcenter::code
