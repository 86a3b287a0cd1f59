// Findings as JSON, and the choice of a format.
#include "code/report/report.h"

#include <array>

#include <fmt/format.h>

#include "code/report/fix_json.h"

namespace commandcenter::code {

Result<Format> format_of(std::string_view word) {
  constexpr std::array<std::string_view, 7> kWords{"human", "json", "sarif", "junit", "github", "gitlab", "markdown"};
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    if (word == kWords[i]) return static_cast<Format>(i);
  }
  return fail(ErrorCode::kInvalid, fmt::format("unknown format \"{}\"; expected {}", word, kFormatWords));
}

Json fix_json(const Finding& finding) {
  return {{"operation", "security-patch"},
          {"file", finding.file},
          {"changes", {{"oldValue", finding.fix->before}, {"newValue", finding.fix->after}}}};
}

Json report_json(const Report& report) {
  std::array<std::size_t, 4> counts{};
  Json findings = Json::array();
  for (const Finding& finding : report.findings) {
    ++counts[static_cast<std::size_t>(finding.severity)];
    Json one = {{"type", finding.type},
                {"severity", severity_word(finding.severity)},
                {"file", finding.file},
                {"line", finding.line},
                {"column", finding.column},
                {"endLine", finding.end_line},
                {"description", finding.description},
                {"code", finding.code},
                {"ruleId", finding.rule},
                {"category", finding.category},
                {"cwe", finding.cwe},
                {"fingerprint", finding.fingerprint},
                {"confidence", confidence_word(finding.confidence)},
                {"snippetRedacted", finding.redacted}};
    if (!finding.commit.empty()) one["commit"] = finding.commit;
    if (finding.fix) one["fix"] = fix_json(finding);
    for (const FlowStep& step : finding.flow)
      one["flow"].push_back({{"file", step.file}, {"line", step.line}, {"message", step.message}});
    findings.push_back(std::move(one));
  }
  Json skipped = Json::array();
  for (const auto& [file, reason] : report.skipped)
    skipped.push_back({{"file", file}, {"reason", reason}});
  const auto count = [&](Severity severity) { return counts[static_cast<std::size_t>(severity)]; };
  Json out = {{"findings", std::move(findings)},
              {"summary",
               {{"total", report.total},
                {"critical", count(Severity::kCritical)},
                {"high", count(Severity::kHigh)},
                {"medium", count(Severity::kMedium)},
                {"low", count(Severity::kLow)}}},
              {"scannedFiles", report.scanned_files},
              {"skippedFiles", std::move(skipped)},
              {"scanDurationMs", report.duration_ms}};
  if (report.total > report.findings.size()) out["omittedFindings"] = report.total - report.findings.size();
  if (report.secrets_only_files > 0) out["secretsOnlyFiles"] = report.secrets_only_files;
  if (report.omitted_skipped > 0) out["omittedSkippedFiles"] = report.omitted_skipped;
  if (report.suppressed > 0) out["suppressedFindings"] = report.suppressed;
  if (report.in_baseline > 0) out["baselineFindings"] = report.in_baseline;
  for (const UnusedSuppression& unused : report.unused_suppressions)
    out["unusedSuppressions"].push_back({{"file", unused.file}, {"line", unused.line}, {"text", unused.text}});
  return out;
}

}  // namespace commandcenter::code
