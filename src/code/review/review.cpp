#include "code/review/review.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "code/review/file_outcome.h"
#include "code/review/findings.h"
#include "code/review/history.h"
#include "code/review/rule_table.h"
#include "code/rules/rules.h"

namespace commandcenter::code {
namespace {

void order(Report& report) {
  std::ranges::sort(report.findings, [](const Finding& a, const Finding& b) {
    return std::tie(a.file, a.line, a.column, a.rule, a.description) <
           std::tie(b.file, b.line, b.column, b.rule, b.description);
  });
}

bool is_wanted(const ReviewOptions& options, std::string_view category) {
  if (category == "performance") return options.performance;
  return category == "security" ? options.security : options.quality;
}

bool looks_for(const ReviewOptions& options, std::string_view name) {
  return std::ranges::any_of(review::all_rules(), [&](const review::RuleInfo& rule) {
    return (rule.id == name || rule.category == name) && is_wanted(options, rule.category);
  });
}

}  // namespace

bool is_review_rule(std::string_view name) {
  return looks_for(ReviewOptions{}, name);
}

Reviewer::Reviewer(ReviewOptions options)
    : options_(std::move(options)), collected_(std::make_unique<review::Collected>()) {}
Reviewer::~Reviewer() = default;

void Reviewer::join(ScanOptions& scan) {
  scan.analyzers.push_back([this](const Subject& subject, std::vector<Spot>& spots) { look_at(subject, spots); });
  scan.noted = [this](std::string_view path, std::string_view note) { take(path, note); };
  scan.earlier = [native = options_.native_complexity](const Subject& subject, std::vector<Spot>& spots) {
    if (is_measured(subject.source().path(), subject.source().text()))
      spots = review::look_at(subject.parsed(), native).spots;
  };
  scan.of_another = [options = options_](std::string_view name) { return name != "*" && !looks_for(options, name); };
  scan.cache_about = fmt::format("review {} {} {} {} {}", options_.quality, options_.security, options_.performance,
                                 options_.native_complexity, options_.file_pattern);
}

void Reviewer::look_at(const Subject& subject, std::vector<Spot>& spots) const {
  const std::string_view path = subject.source().path();
  if (!is_measured(path, subject.source().text()) || path.find(options_.file_pattern) == std::string_view::npos) return;
  review::FileOutcome outcome = review::look_at(subject.parsed(), options_.native_complexity);
  for (Spot& spot : outcome.spots)
    if (is_wanted(options_, spot.category)) spots.push_back(std::move(spot));
  subject.note(review::note_of(outcome));
}

void Reviewer::take(std::string_view path, std::string_view note) {
  auto outcome = review::read_note(note);
  if (!outcome) return;
  std::string file = to_utf8(path);
  // Those of one line in the order of their ends.
  std::ranges::stable_sort(outcome->functions, [](const ReviewedFunction& a, const ReviewedFunction& b) {
    return std::tie(a.metrics.line, a.metrics.name) < std::tie(b.metrics.line, b.metrics.name);
  });
  const std::lock_guard lock(mutex_);
  if (!outcome->left_out.empty() && left_out_.size() < kMaxSkippedListed)
    left_out_.emplace_back(file, std::move(outcome->left_out));
  if (!outcome->measured) return;
  ++measured_;
  lines_ += outcome->lines;
  const bool has_say = !outcome->strip.empty() || !outcome->imports.empty() || !outcome->private_names.empty() ||
                       file.ends_with(".py");  // names that are imported are looked for among the files
  if (!options_.root.empty() && options_.quality && has_say) {
    const std::size_t tokens = review::tokens_in(outcome->strip);
    collected_->add(
        file, {std::move(outcome->strip), std::move(outcome->imports), std::move(outcome->private_names), tokens});
  }
  if (!outcome->functions.empty()) files_.push_back({std::move(file), std::move(outcome->functions)});
}

Review Reviewer::finish(Report report, const ScanOptions& scan) {
  if (!options_.root.empty() && options_.quality)
    review::compare(*collected_, options_.root, scan, options_.added, report);
  collected_.reset();
  Review review;
  std::ranges::sort(files_, {}, &File::path);
  for (File& file : files_) {
    review.files.push_back(std::move(file.path));
    for (ReviewedFunction& function : file.functions) {
      function.file = review.files.back();
      review.functions.push_back(std::move(function));
    }
    file.functions = {};
  }
  if (options_.hot_spots && !options_.root.empty())
    review::add_hot_spots(review.functions, options_.root, scan, report);
  if (options_.blame && !options_.root.empty()) review::add_authors(report, options_.root);
  order(report);
  std::ranges::move(left_out_, std::back_inserter(report.skipped));
  std::ranges::sort(report.skipped);
  review.report = std::move(report);
  review.reviewed_files = measured_;
  review.total_lines = lines_;
  double sum = 0;
  for (const ReviewedFunction& function : review.functions) {
    sum += function.metrics.cyclomatic;
    review.max_complexity = std::max(review.max_complexity, function.metrics.cyclomatic);
  }
  if (!review.functions.empty()) review.average_complexity = sum / static_cast<double>(review.functions.size());
  return review;
}

}  // namespace commandcenter::code
