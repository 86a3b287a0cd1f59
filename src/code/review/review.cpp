#include "code/review/review.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <span>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "code/report/fix_json.h"
#include "code/review/cache.h"
#include "code/review/findings.h"
#include "code/review/history.h"
#include "code/rules/rules.h"

namespace commandcenter::code {
namespace {

std::string_view review_word(Severity severity) {
  return severity >= Severity::kHigh ? "error" : severity == Severity::kMedium ? "warning" : "info";
}

Json function_json(const ReviewedFunction& function) {
  const FunctionMetrics& metrics = function.metrics;
  Json json = {{"file", function.file},
               {"name", to_utf8(metrics.name)},
               {"line", metrics.line},
               {"endLine", metrics.end_line},
               {"cyclomatic", metrics.cyclomatic},
               {"nloc", metrics.lines_of_code},
               {"parameters", metrics.parameters},
               {"tokens", metrics.tokens}};
  if (!function.has_figures) return json;
  json["cognitive"] = function.cognitive;
  json["nesting"] = function.nesting;
  json["halsteadVolume"] = std::llround(function.volume);
  json["maintainability"] = std::llround(function.maintainability);
  return json;
}

// The rules of the scanner have families of their own: all of them are about security.
std::string_view type_of(std::string_view category) {
  return category == "quality" || category == "best-practice" || category == "performance" ? category : "security";
}

Json issue_json(const Finding& finding) {
  Json issue = {{"type", type_of(finding.category)},
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
  if (finding.fix) issue["fix"] = fix_json(finding);
  return issue;
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

// The issues of the page that is asked for.
std::span<const Finding> listed(const Review& review) {
  const std::span<const Finding> all = review.report.findings;
  const std::size_t begin = std::min(review.page.offset, all.size());
  return all.subspan(begin, std::min(review.page.limit, all.size() - begin));
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
  if (review.page.offset > 0) out["offset"] = review.page.offset;
  if (const std::size_t next = review.page.offset + listed(review).size(); next < review.report.findings.size())
    out["nextOffset"] = next;
  if (review.report.total > review.report.findings.size())
    out["omittedFindings"] = review.report.total - review.report.findings.size();
  return out;
}

// Most texts need no more than quotes.
void append_text(std::string& text, std::string_view value) {
  const bool plain = std::ranges::all_of(value, [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
  if (plain)
    (text += '"').append(value) += '"';
  else
    text += dump_json(Json(value));
}

// The same as function_json(), without making values of it: there are very many.
void append_function(std::string& text, const ReviewedFunction& function) {
  const FunctionMetrics& metrics = function.metrics;
  text += R"({"file":)";
  append_text(text, function.file);
  text += R"(,"name":)";
  append_text(text, to_utf8(metrics.name));
  fmt::format_to(std::back_inserter(text),
                 R"(,"line":{},"endLine":{},"cyclomatic":{},"nloc":{},"parameters":{},"tokens":{})", metrics.line,
                 metrics.end_line, metrics.cyclomatic, metrics.lines_of_code, metrics.parameters, metrics.tokens);
  if (function.has_figures) {
    fmt::format_to(std::back_inserter(text), R"(,"cognitive":{},"nesting":{},"halsteadVolume":{},"maintainability":{})",
                   function.cognitive, function.nesting, std::llround(function.volume),
                   std::llround(function.maintainability));
  }
  text += '}';
}

// The same as issue_json().
void append_issue(std::string& text, const Finding& finding) {
  const auto member = [&](std::string_view name, std::string_view value) {
    ((text += ",\"").append(name)) += "\":";
    append_text(text, value);
  };
  text += R"({"type":)";
  append_text(text, type_of(finding.category));
  member("severity", review_word(finding.severity));
  member("file", finding.file);
  fmt::format_to(std::back_inserter(text), R"(,"line":{},"column":{},"endLine":{})", finding.line, finding.column,
                 finding.end_line);
  member("description", finding.description);
  member("code", finding.code);
  member("ruleId", finding.rule);
  member("fingerprint", finding.fingerprint);
  member("confidence", confidence_word(finding.confidence));
  if (!finding.cwe.empty()) member("cwe", finding.cwe);
  if (!finding.suggestion.empty()) member("suggestion", finding.suggestion);
  if (finding.fix) text += ",\"fix\":" + dump_json(fix_json(finding));
  text += '}';
}

// A large document: an entry a line, and never all of it as values.
std::string review_text(const Review& review) {
  constexpr std::size_t kFunction_bytes = 256;  // about
  constexpr std::size_t kIssue_bytes = 768;
  std::string text = "{\n\"functions\": [";
  text.reserve(review.functions.size() * kFunction_bytes + review.report.findings.size() * kIssue_bytes);
  for (std::size_t i = 0; i < std::min(review.functions.size(), kMaxListedFunctions); ++i) {
    text += i == 0 ? "\n" : ",\n";
    append_function(text, review.functions[i]);
  }
  text += "\n],\n\"issues\": [";
  bool first = true;
  for (const Finding& finding : listed(review)) {
    text += std::exchange(first, false) ? "\n" : ",\n";
    append_issue(text, finding);
  }
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
    : options_(std::move(options)), collected_(std::make_unique<review::Collected>()) {
  if (!options_.cache.empty() && !options_.root.empty())
    cache_ = std::make_unique<review::Cache>(options_.cache, options_.root);
}
Reviewer::~Reviewer() = default;

Analyzer Reviewer::analyzer() {
  return [this](const Subject& subject, std::vector<Spot>& spots) { look_at(subject.parsed(), spots); };
}

Analyzer Reviewer::earlier() const {
  return [native = options_.native_complexity](const Subject& subject, std::vector<Spot>& spots) {
    if (is_measured(subject.source().path())) spots = review::look_at(subject.parsed(), native).spots;
  };
}

void Reviewer::look_at(const ParsedSource& parsed, std::vector<Spot>& spots) {
  const Source& source = parsed.source();
  if (!is_measured(source.path())) return;
  if (!options_.file_pattern.empty() && source.path().find(options_.file_pattern) == std::string_view::npos) return;
  if (cache_ == nullptr) return take(source, review::look_at(parsed, options_.native_complexity), spots);
  const std::string key = cache_->key(source, options_.native_complexity);
  if (auto known = cache_->find(key)) return take(source, std::move(*known), spots);
  review::FileOutcome outcome = review::look_at(parsed, options_.native_complexity);
  cache_->put(key, outcome);
  take(source, std::move(outcome), spots);
}

void Reviewer::take(const Source& source, review::FileOutcome outcome, std::vector<Spot>& spots) {
  for (Spot& spot : outcome.spots)
    if (is_wanted(options_, spot.category)) spots.push_back(std::move(spot));
  const std::string file = to_utf8(source.path());
  const std::lock_guard lock(mutex_);
  if (!outcome.left_out.empty() && left_out_.size() < kMaxSkippedListed)
    left_out_.emplace_back(file, std::move(outcome.left_out));
  if (!outcome.measured) return;
  ++files_;
  lines_ += outcome.lines;
  for (ReviewedFunction& function : outcome.functions) {
    function.file = file;
    functions_.push_back(std::move(function));
  }
  if (options_.root.empty() || !options_.quality || outcome.strip.hashes.empty()) return;
  if (collected_->tokens + outcome.strip.hashes.size() > review::kMaxComparedTokens) return;
  collected_->tokens += outcome.strip.hashes.size();
  collected_->files.push_back({file, std::move(outcome.strip), std::move(outcome.imports)});
}

Review Reviewer::finish(Report report, const ScanOptions& scan) {
  if (!options_.root.empty() && options_.quality) review::compare(*collected_, options_.root, scan, report);
  if (cache_ != nullptr) cache_->save();
  Review review;
  review.functions = std::move(functions_);
  if (options_.hot_spots && !options_.root.empty())
    review::add_hot_spots(review.functions, options_.root, scan, report);
  if (options_.blame && !options_.root.empty()) review::add_authors(report, options_.root);
  order(report);
  std::ranges::move(left_out_, std::back_inserter(report.skipped));
  std::ranges::sort(report.skipped);
  review.report = std::move(report);
  review.reviewed_files = files_;
  review.total_lines = lines_;
  // Those of one file lie together in the order of their ends, which equal ones keep.
  std::ranges::stable_sort(review.functions, [](const ReviewedFunction& a, const ReviewedFunction& b) {
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
  for (const Finding& finding : listed(review))
    out["issues"].push_back(issue_json(finding));
  out.update(totals_json(review));
  return out;
}

std::string render_review(const Review& review, Format format, std::string_view version, bool colours) {
  if (format == Format::kJson) return review_text(review);
  std::string text = render(review.report, format, version, colours);
  if (format != Format::kHuman && format != Format::kMarkdown) return text;
  return text + fmt::format("{}{}, max complexity {}, avg {:.1f}; {} in {}, {}\n",
                            format == Format::kMarkdown ? "\n" : "", plural(review.report.total, "issue"),
                            review.max_complexity, review.average_complexity,
                            plural(review.functions.size(), "function"), plural(review.reviewed_files, "file"),
                            plural(review.total_lines, "line"));
}

}  // namespace commandcenter::code
