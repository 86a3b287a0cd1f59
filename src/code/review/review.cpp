#include "code/review/review.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>
#include <unordered_map>
#include <utility>

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

bool is_wanted(const ReviewOptions& options, std::string_view category) {
  if (category == "performance") return options.performance;
  return category == "security" ? options.security : options.quality;
}

}  // namespace

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
    if (!source.traits().generated) judge(view, functions, spots);
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
    if (view.role(id) == review::Role::kNone && !view.is_script() && !view.is(Grammar::kRuby)) continue;
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

Review Reviewer::finish(Report report) {
  Review review;
  review.report = std::move(report);
  review.functions = std::move(functions_);
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
  Json functions = Json::array();
  for (const ReviewedFunction& function : review.functions) {
    if (functions.size() == kMaxListedFunctions) break;
    functions.push_back(function_json(function));
  }
  Json issues = Json::array();
  std::array<std::size_t, 4> counts{};
  for (const Finding& finding : review.report.findings) {
    ++counts[static_cast<std::size_t>(finding.severity)];
    issues.push_back(issue_json(finding));
  }
  Json out = {{"functions", std::move(functions)},
              {"issues", std::move(issues)},
              {"summary",
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
  Json scan = report_json(review.report);
  for (const char* key : {"skippedFiles", "omittedFindings", "omittedSkippedFiles", "suppressedFindings",
                          "baselineFindings", "unusedSuppressions"}) {
    if (scan.contains(key)) out[key] = std::move(scan[key]);
  }
  return out;
}

std::string render_review(const Review& review, Format format, std::string_view version, bool colours) {
  if (format == Format::kJson) return dump_json_pretty(review_json(review)) + "\n";
  return render(review.report, format, version, colours);
}

}  // namespace commandcenter::code
