#include "code/review/review.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "code/review/findings.h"
#include "code/review/history.h"
#include "code/review/judge.h"
#include "code/rules/rules.h"
#include "code/syntax/syntax.h"

namespace commandcenter::code {
namespace {

std::string_view review_word(Severity severity) {
  return severity >= Severity::kHigh ? "error" : severity == Severity::kMedium ? "warning" : "info";
}

Json function_json(const ReviewedFunction& function) {
  const FunctionMetrics& metrics = function.metrics;
  Json json = {{"file", function.file},
               {"name", metrics.name},
               {"line", metrics.line},
               {"endLine", metrics.end_line},
               {"cyclomatic", metrics.cyclomatic},
               {"nloc", metrics.lines_of_code},
               {"parameters", metrics.parameters},
               {"tokens", metrics.tokens}};
  if (!function.has_figures) return json;
  json["cognitive"] = function.cognitive;
  json["nesting"] = function.nesting;
  json["halsteadVolume"] = std::round(function.volume);
  json["maintainability"] = std::round(function.maintainability);
  return json;
}

Json issue_json(const Finding& finding) {
  Json issue = {{"type", finding.category},
                {"severity", review_word(finding.severity)},
                {"file", finding.file},
                {"line", finding.line},
                {"column", finding.column},
                {"endLine", finding.end_line},
                {"description", finding.description},
                {"code", finding.code},
                {"ruleId", finding.rule},
                {"fingerprint", finding.fingerprint},
                {"confidence", confidence_word(finding.confidence)}};
  if (!finding.cwe.empty()) issue["cwe"] = finding.cwe;
  if (!finding.suggestion.empty()) issue["suggestion"] = finding.suggestion;
  if (finding.fix) {  // as the patcher takes it
    issue["fix"] = {{"operation", "security-patch"},
                    {"file", finding.file},
                    {"changes", {{"oldValue", finding.fix->before}, {"newValue", finding.fix->after}}}};
  }
  return issue;
}

// The last part of "Shop::Cart::add", "outer.inner", "get head".
std::string_view short_name(std::string_view name) {
  const std::size_t at = name.find_last_of(":. ");
  return at == std::string_view::npos ? name : name.substr(at + 1);
}

// The tree's function that the counters mean: on the same line, by the same name if one has it.
std::vector<review::JudgedFunction> matched(const FileMetrics& file, std::vector<review::FunctionFigures> figures) {
  std::vector<review::JudgedFunction> functions;
  std::vector<bool> taken(figures.size(), false);
  std::unordered_multimap<std::size_t, std::size_t> by_line;
  for (std::size_t i = 0; i < figures.size(); ++i) {
    by_line.emplace(figures[i].line, i);
    if (figures[i].name_line != figures[i].line) by_line.emplace(figures[i].name_line, i);
  }
  for (const FunctionMetrics& metrics : file.functions) {
    review::JudgedFunction function{metrics, std::nullopt};
    std::size_t best = figures.size();
    const auto [first, last] = by_line.equal_range(metrics.line);
    for (auto at = first; at != last; ++at) {
      const std::size_t i = at->second;
      if (taken[i]) continue;
      const bool named = figures[i].name == short_name(metrics.name);
      if (best == figures.size() || named ||
          (figures[i].node < figures[best].node && best != figures.size() &&
           figures[best].name != short_name(metrics.name)))
        best = i;
      if (named) break;
    }
    if (best < figures.size()) {
      taken[best] = true;
      function.figures = figures[best];
    }
    functions.push_back(std::move(function));
  }
  return functions;
}

void order(Report& report) {
  std::ranges::sort(report.findings, [](const Finding& a, const Finding& b) {
    return std::tie(a.file, a.line, a.column, a.rule, a.description) <
           std::tie(b.file, b.line, b.column, b.rule, b.description);
  });
}

Report without_findings(const Report& report) {
  Report rest;
  rest.skipped = report.skipped;
  rest.omitted_skipped = report.omitted_skipped;
  rest.suppressed = report.suppressed;
  rest.in_baseline = report.in_baseline;
  rest.unused_suppressions = report.unused_suppressions;
  return rest;
}

// All members but the two lists.
Json totals_json(const Review& review) {
  std::array<std::size_t, 4> counts{};
  for (const Finding& finding : review.report.findings)
    ++counts[static_cast<std::size_t>(finding.severity)];
  Json out = {{"summary",
               {{"total", review.report.total},
                {"errors", counts[2] + counts[3]},
                {"warnings", counts[1]},
                {"info", counts[0]},
                {"filesReviewed", review.reviewed_files}}},
              {"metrics",
               {{"avgComplexity", review.average_complexity},
                {"maxComplexity", review.max_complexity},
                {"totalLines", review.total_lines}}},
              {"reviewDurationMs", review.report.duration_ms}};
  Json scan = report_json(without_findings(review.report));
  for (const char* key :
       {"skippedFiles", "omittedSkippedFiles", "suppressedFindings", "baselineFindings", "unusedSuppressions"}) {
    if (scan.contains(key)) out[key] = std::move(scan[key]);
  }
  if (review.report.total > review.report.findings.size())
    out["omittedFindings"] = review.report.total - review.report.findings.size();
  return out;
}

// A large document: an entry a line, and never all of it as values.
std::string review_text(const Review& review) {
  std::string text = "{\n\"functions\": [";
  const auto add = [&text](const Json& entry, bool first) {
    text += first ? "\n" : ",\n";
    text += dump_json(entry);
  };
  for (std::size_t i = 0; i < std::min(review.functions.size(), kMaxListedFunctions); ++i)
    add(function_json(review.functions[i]), i == 0);
  text += "\n],\n\"issues\": [";
  for (std::size_t i = 0; i < review.report.findings.size(); ++i)
    add(issue_json(review.report.findings[i]), i == 0);
  text += "\n]";
  const Json totals = totals_json(review);
  for (const auto& [name, value] : totals.items())
    text += ",\n" + dump_json(Json(name)) + ": " + dump_json(value);
  return text + "\n}\n";
}

bool is_wanted(const ReviewOptions& options, std::string_view category) {
  if (category == "performance") return options.performance;
  return category == "security" ? options.security : options.quality;
}

}  // namespace

Reviewer::Reviewer(ReviewOptions options)
    : options_(std::move(options)), collected_(std::make_unique<review::Collected>()) {}
Reviewer::~Reviewer() = default;

Analyzer Reviewer::analyzer() {
  return [this](const Source& source, std::span<const Match>, std::vector<Spot>& spots) { look_at(source, spots); };
}

void Reviewer::look_at(const Source& source, std::vector<Spot>& spots) {
  if (!is_measured(source.path()) || source.traits().minified) return;
  if (!options_.file_pattern.empty() && source.path().find(options_.file_pattern) == std::string_view::npos) return;
  const auto measured = measure(source.path(), source.text());
  if (!measured) return;
  std::vector<review::JudgedFunction> functions;
  const auto grammar = grammar_of(source);
  const auto tree = grammar ? Tree::parse(source.text(), *grammar) : std::nullopt;
  if (tree) {
    const review::View view(source, *tree);
    functions = matched(*measured, review::figures_of(view));
    if (!source.traits().generated) {
      judge(view, functions, spots);
      if (options_.quality && !options_.root.empty()) remember_for_comparison(view);
    }
  } else {
    for (const FunctionMetrics& metrics : measured->functions)
      functions.push_back({metrics, std::nullopt});
  }
  remember(source, functions);
}

void Reviewer::judge(const review::View& view, const std::vector<review::JudgedFunction>& functions,
                     std::vector<Spot>& spots) const {
  std::vector<Spot> found;
  review::Judge judge(view, functions, found);
  if (options_.quality) {
    review::judge_size(judge);
    review::judge_promises(judge);
  }
  for (NodeId id = 0; id < view.size(); ++id) {
    if (view.role(id) == review::Role::kNone) continue;
    if (options_.quality) {
      review::judge_extent(judge, id);
      review::judge_leftovers(judge, id);
      review::judge_errors(judge, id);
    }
    if (options_.security) review::judge_security(judge, id);
    if (options_.performance) review::judge_performance(judge, id);
  }
  for (Spot& spot : found)
    if (is_wanted(options_, spot.category)) spots.push_back(std::move(spot));
}

void Reviewer::remember(const Source& source, const std::vector<review::JudgedFunction>& functions) {
  const std::string file = to_utf8(source.path());
  const std::size_t lines = source.line_count();
  const std::lock_guard lock(mutex_);
  ++files_;
  lines_ += lines;
  for (const review::JudgedFunction& function : functions) {
    ReviewedFunction reviewed{file, function.metrics};
    if (function.figures) {
      reviewed.has_figures = true;
      reviewed.cognitive = function.figures->cognitive;
      reviewed.nesting = function.figures->nesting;
      reviewed.volume = function.figures->volume();
      reviewed.maintainability =
          review::maintainability(reviewed.volume, function.metrics.cyclomatic, function.metrics.lines_of_code);
    }
    functions_.push_back(std::move(reviewed));
  }
}

void Reviewer::remember_for_comparison(const review::View& view) {
  review::CollectedFile file{to_utf8(view.source().path()), review::strip_of(view), review::imports_of(view)};
  const std::lock_guard lock(mutex_);
  if (collected_->tokens + file.strip.hashes.size() > review::kMaxComparedTokens) return;
  collected_->tokens += file.strip.hashes.size();
  collected_->files.push_back(std::move(file));
}

Review Reviewer::finish(Report report, const ScanOptions& scan) {
  if (!options_.root.empty() && options_.quality) review::compare(*collected_, options_.root, scan, report);
  Review review;
  review.functions = std::move(functions_);
  if (options_.hot_spots && !options_.root.empty())
    review::add_hot_spots(review.functions, options_.root, scan, report);
  if (options_.blame && !options_.root.empty()) review::add_authors(report, options_.root);
  order(report);
  review.report = std::move(report);
  review.reviewed_files = files_;
  review.total_lines = lines_;
  std::ranges::sort(review.functions, [](const ReviewedFunction& a, const ReviewedFunction& b) {
    return std::tie(a.file, a.metrics.line, a.metrics.name) < std::tie(b.file, b.metrics.line, b.metrics.name);
  });
  double sum = 0;
  for (const ReviewedFunction& function : review.functions) {
    sum += function.metrics.cyclomatic;
    review.max_complexity = std::max(review.max_complexity, function.metrics.cyclomatic);
  }
  if (!review.functions.empty()) review.average_complexity = sum / static_cast<double>(review.functions.size());
  return review;
}

Json review_json(const Review& review) {
  Json out = {{"functions", Json::array()}, {"issues", Json::array()}};
  for (std::size_t i = 0; i < std::min(review.functions.size(), kMaxListedFunctions); ++i)
    out["functions"].push_back(function_json(review.functions[i]));
  for (const Finding& finding : review.report.findings)
    out["issues"].push_back(issue_json(finding));
  out.update(totals_json(review));
  return out;
}

std::string render_review(const Review& review, Format format, std::string_view version, bool colours) {
  if (format == Format::kJson) return review_text(review);
  std::string text = render(review.report, format, version, colours);
  if (format != Format::kHuman && format != Format::kMarkdown) return text;
  return text + fmt::format("{}{} issues, max complexity {}, avg {:.1f}; {} functions in {} files, {} lines\n",
                            format == Format::kMarkdown ? "\n" : "", review.report.total, review.max_complexity,
                            review.average_complexity, review.functions.size(), review.reviewed_files,
                            review.total_lines);
}

}  // namespace commandcenter::code
