// A review as documents: JSON for programs, and what people read below the findings.
#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "code/report/fix_json.h"
#include "code/review/json_text.h"
#include "code/review/review.h"

namespace commandcenter::code {
namespace {

constexpr std::size_t kPiece_bytes = 128 << 10;

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
  if (!review.report.compared_up_to.empty()) out["comparedUpTo"] = review.report.compared_up_to;
  if (review.page.offset > 0) out["offset"] = review.page.offset;
  if (const std::size_t next = review.page.offset + listed(review).size(); next < review.report.findings.size())
    out["nextOffset"] = next;
  if (review.report.total > review.report.findings.size())
    out["omittedFindings"] = review.report.total - review.report.findings.size();
  return out;
}

// The same as function_json(), without making values of it: there are very many. `file`: its name in quotes.
void append_function(std::string& text, const ReviewedFunction& function, std::string_view file) {
  const FunctionMetrics& metrics = function.metrics;
  const auto member = [&](std::string_view name, auto value) { append_json(text.append(name), value); };
  text.append(R"({"file":)").append(file) += R"(,"name":)";
  append_json(text, to_utf8(metrics.name));
  member(R"(,"line":)", metrics.line);
  member(R"(,"endLine":)", metrics.end_line);
  member(R"(,"cyclomatic":)", metrics.cyclomatic);
  member(R"(,"nloc":)", metrics.lines_of_code);
  member(R"(,"parameters":)", metrics.parameters);
  member(R"(,"tokens":)", metrics.tokens);
  if (function.has_figures) {
    member(R"(,"cognitive":)", function.cognitive);
    member(R"(,"nesting":)", function.nesting);
    member(R"(,"halsteadVolume":)", std::llround(function.volume));
    member(R"(,"maintainability":)", std::llround(function.maintainability));
  }
  text += '}';
}

// The same as issue_json().
void append_issue(std::string& text, const Finding& finding) {
  const auto member = [&](std::string_view name, auto value) { append_json(text.append(name), value); };
  member(R"({"type":)", type_of(finding.category));
  member(R"(,"severity":)", review_word(finding.severity));
  member(R"(,"file":)", std::string_view(finding.file));
  member(R"(,"line":)", finding.line);
  member(R"(,"column":)", finding.column);
  member(R"(,"endLine":)", finding.end_line);
  member(R"(,"description":)", std::string_view(finding.description));
  member(R"(,"code":)", std::string_view(finding.code));
  member(R"(,"ruleId":)", std::string_view(finding.rule));
  member(R"(,"fingerprint":)", std::string_view(finding.fingerprint));
  member(R"(,"confidence":)", confidence_word(finding.confidence));
  if (!finding.cwe.empty()) member(R"(,"cwe":)", std::string_view(finding.cwe));
  if (!finding.suggestion.empty()) member(R"(,"suggestion":)", std::string_view(finding.suggestion));
  if (finding.fix) text += ",\"fix\":" + dump_json(fix_json(finding));
  text += '}';
}

// An entry a line.
void write_json(const Review& review, const TextSink& sink) {
  std::string text = "{\n\"functions\": [";
  const auto end_entry = [&] {
    if (text.size() < kPiece_bytes) return;
    sink(text);
    text.clear();
  };
  const std::span<const ReviewedFunction> functions(review.functions.data(),
                                                    std::min(review.functions.size(), kMaxListedFunctions));
  const char* begin = "\n";
  std::string_view file;
  std::string quoted;
  for (const ReviewedFunction& function : functions) {
    if (quoted.empty() || function.file != file) {
      file = function.file;
      quoted.clear();
      append_json(quoted, file);
    }
    text += std::exchange(begin, ",\n");
    append_function(text, function, quoted);
    end_entry();
  }
  text += "\n],\n\"issues\": [";
  begin = "\n";
  for (const Finding& finding : listed(review)) {
    text += std::exchange(begin, ",\n");
    append_issue(text, finding);
    end_entry();
  }
  text += "\n]";
  const Json totals = totals_json(review);
  for (const auto& [name, value] : totals.items())
    text += ",\n" + dump_json(Json(name)) + ": " + dump_json(value);
  text += "\n}\n";
  sink(text);
}

}  // namespace

Json review_json(const Review& review) {
  Json out = {{"functions", Json::array()}, {"issues", Json::array()}};
  for (std::size_t i = 0; i < std::min(review.functions.size(), kMaxListedFunctions); ++i)
    out["functions"].push_back(function_json(review.functions[i]));
  for (const Finding& finding : listed(review))
    out["issues"].push_back(issue_json(finding));
  out.update(totals_json(review));
  return out;
}

void write_review(const Review& review, Format format, std::string_view version, bool colours, const TextSink& sink) {
  if (format == Format::kJson) return write_json(review, sink);
  sink(render(review.report, format, version, colours));
  if (format != Format::kHuman && format != Format::kMarkdown) return;
  sink(fmt::format("{}{}, max complexity {}, avg {:.1f}; {} in {}, {}\n", format == Format::kMarkdown ? "\n" : "",
                   plural(review.report.total, "issue"), review.max_complexity, review.average_complexity,
                   plural(review.functions.size(), "function"), plural(review.reviewed_files, "file"),
                   plural(review.total_lines, "line")));
}

std::string render_review(const Review& review, Format format, std::string_view version, bool colours) {
  std::string text;
  write_review(review, format, version, colours, [&](std::string_view piece) { text += piece; });
  return text;
}

}  // namespace commandcenter::code
