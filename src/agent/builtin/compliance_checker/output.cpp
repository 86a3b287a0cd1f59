// An outcome as JSON and as a report.
#include <algorithm>

#include "agent/builtin/compliance_checker/check.h"
#include "agent/builtin/compliance_checker/compliance_checker.h"
#include "code/source/source.h"

namespace commandcenter::compliance_checker {
namespace {

Json violation_json(const Violation& violation) {
  Json json = {
      {"rule", violation.rule}, {"severity", level_word(violation.level)}, {"file", code::to_utf8(violation.file)}};
  if (violation.line > 0) json["line"] = violation.line;
  json["message"] = code::to_utf8(violation.message);
  if (!violation.remediation.empty()) json["remediation"] = violation.remediation;
  json["ruleId"] = violation.rule_id;
  if (!violation.cwe.empty()) json["cwe"] = violation.cwe;
  if (!violation.code.empty()) json["code"] = violation.code;
  json["fingerprint"] = violation.fingerprint;
  return json;
}

Json headers_json(const std::vector<code::SiteHeaders>& sites) {
  Json all = Json::array();
  for (const code::SiteHeaders& site : sites) {
    for (const code::HeaderVerdict& verdict : site.headers) {
      if (static_cast<std::size_t>(verdict.header) >= code::kJudgedHeaders) continue;
      Json json = {{"file", code::to_utf8(verdict.file)},
                   {"header", code::header_name(verdict.header)},
                   {"state", code::state_word(verdict.state)},
                   {"line", verdict.line},
                   {"framework", site.framework},
                   {"reason", code::to_utf8(verdict.reason)}};
      if (!verdict.value.empty()) json["value"] = code::to_utf8(verdict.value);
      all.push_back(std::move(json));
    }
  }
  return all;
}

Json dependencies_json(const code::Inventory& inventory) {
  Json all = Json::array();
  for (const code::Dependency& dependency : inventory.dependencies) {
    Json json = {{"ecosystem", dependency.ecosystem},
                 {"name", code::to_utf8(dependency.name)},
                 {"version", code::to_utf8(dependency.version)},
                 {"spdx", dependency.license.empty() ? "unknown" : dependency.license},
                 {"direct", dependency.direct},
                 {"scope", dependency.development ? "development" : "production"},
                 {"file", code::to_utf8(dependency.file)},
                 {"line", std::max<std::size_t>(dependency.line, 1)}};
    if (dependency.license.empty() && !dependency.declared.empty())
      json["declared"] = code::to_utf8(dependency.declared);
    all.push_back(std::move(json));
  }
  return all;
}

Json projects_json(const code::Inventory& inventory) {
  Json all = Json::array();
  for (const code::Project& project : inventory.projects) {
    all.push_back({{"file", code::to_utf8(project.file)},
                   {"ecosystem", project.ecosystem},
                   {"name", code::to_utf8(project.name)},
                   {"spdx", project.license.empty() ? "unknown" : project.license}});
  }
  return all;
}

}  // namespace

Json outcome_json(const Outcome& outcome) {
  Json violations = Json::array();
  for (const Violation& violation : outcome.violations) {
    if (violations.size() >= kMaxViolations) break;
    violations.push_back(violation_json(violation));
  }
  Json licenses = Json::array();
  for (const NamedLicense& license : outcome.licenses) {
    licenses.push_back({{"file", license.file}, {"spdx", license.spdx}});
    if (!license.source.empty()) licenses.back()["by"] = license.source;
  }
  Json skipped = Json::array();
  for (const auto& [file, reason] : outcome.skipped)
    skipped.push_back({{"file", file}, {"reason", reason}});
  Json json = {{"violations", std::move(violations)},
               {"summary",
                {{"total", outcome.violations.size()},
                 {"critical", outcome.count(Level::kCritical)},
                 {"warning", outcome.count(Level::kWarning)},
                 {"info", outcome.count(Level::kInfo)},
                 {"passed", outcome.passed()}}},
               {"checkedFiles", outcome.checked_files},
               {"checkDurationMs", outcome.duration_ms},
               {"rulesApplied", outcome.rules_applied},
               {"licenses", std::move(licenses)},
               {"headers", headers_json(outcome.sites)},
               {"dependencies", dependencies_json(outcome.inventory)},
               {"projects", projects_json(outcome.inventory)},
               {"skippedFiles", std::move(skipped)}};
  if (outcome.violations.size() > kMaxViolations)
    json["omittedViolations"] = outcome.violations.size() - kMaxViolations;
  return json;
}

code::Report report_of(const Outcome& outcome) {
  code::Report report;
  for (const Violation& violation : outcome.violations) {
    code::Finding finding;
    finding.rule = violation.rule_id;
    finding.type = violation.rule_id;
    finding.category = violation.rule;
    finding.severity = violation.level == Level::kCritical  ? code::Severity::kCritical
                       : violation.level == Level::kWarning ? code::Severity::kMedium
                                                            : code::Severity::kLow;
    finding.confidence = code::Confidence::kHigh;
    finding.cwe = violation.cwe;
    finding.file = violation.file;
    finding.line = finding.end_line = std::max<std::size_t>(violation.line, 1);
    finding.column = 1;
    finding.description = violation.message;
    finding.code = violation.code;
    finding.redacted = !violation.code.empty();
    finding.fingerprint = violation.fingerprint;
    report.findings.push_back(std::move(finding));
  }
  report.total = report.findings.size();
  report.scanned_files = outcome.checked_files;
  report.skipped = outcome.skipped;
  report.duration_ms = outcome.duration_ms;
  return report;
}

}  // namespace commandcenter::compliance_checker
