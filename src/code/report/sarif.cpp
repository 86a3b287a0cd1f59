// SARIF 2.1.0 within the limits of GitHub's code scanning: 25,000 results a run, 20 tags a rule.
#include <map>

#include <fmt/format.h>

#include "code/report/report.h"
#include "code/report/rule_pages.h"

namespace commandcenter::code {
namespace {

constexpr std::size_t kMaxResults = 25'000;
constexpr std::size_t kMaxFlowSteps = 1'000;

std::string_view level_of(Severity severity) {
  return severity >= Severity::kHigh ? "error" : severity == Severity::kMedium ? "warning" : "note";
}

// What GitHub sorts by.
std::string_view score_of(Severity severity) {
  switch (severity) {
    case Severity::kLow:
      return "3.0";
    case Severity::kMedium:
      return "5.5";
    case Severity::kHigh:
      return "8.0";
    case Severity::kCritical:
      return "9.5";
  }
  return {};
}

std::string_view precision_of(Confidence confidence) {
  return confidence == Confidence::kHigh ? "high" : confidence == Confidence::kMedium ? "medium" : "low";
}

// A path as a relative URI.
std::string uri_of(std::string_view path) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
                       std::string_view("-._~/!$&'()*+,;=@").find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

std::string cwe_tag(std::string_view cwe) {  // "CWE-79" gives "external/cwe/cwe-079"
  std::string number(cwe.substr(cwe.find('-') + 1));
  while (number.size() < 3)
    number.insert(number.begin(), '0');
  return "external/cwe/cwe-" + number;
}

bool is_weakness(const Finding& finding) {  // and not a matter of taste or speed
  return finding.category != "quality" && finding.category != "best-practice" && finding.category != "performance";
}

Json rule_json(const Finding& finding) {
  Json tags = Json::array({finding.category});
  if (is_weakness(finding) && finding.category != "security") tags.insert(tags.begin(), "security");
  if (!finding.cwe.empty()) tags.push_back(cwe_tag(finding.cwe));
  Json properties = {{"tags", std::move(tags)}, {"precision", precision_of(finding.confidence)}};
  if (is_weakness(finding)) properties["security-severity"] = score_of(finding.severity);
  Json rule = {{"id", finding.rule},
               {"name", finding.type},
               {"shortDescription", {{"text", finding.type}}},
               {"fullDescription", {{"text", finding.description}}},
               {"defaultConfiguration", {{"level", level_of(finding.severity)}}},
               {"properties", std::move(properties)}};
  const std::string_view page = rule_page(finding.rule, finding.category == "secrets");
  if (!page.empty())
    rule["help"] = {{"text", page}, {"markdown", page}};
  else if (!finding.suggestion.empty())
    rule["help"] = {{"text", finding.suggestion}};
  if (finding.cwe.starts_with("CWE-"))
    rule["helpUri"] = fmt::format("https://cwe.mitre.org/data/definitions/{}.html", finding.cwe.substr(4));
  return rule;
}

Json location(const std::string& file, std::size_t line, std::size_t column, std::size_t end_line) {
  Json region = {{"startLine", line}};
  if (column > 0) region["startColumn"] = column;
  if (end_line > line) region["endLine"] = end_line;
  return {{"physicalLocation",
           {{"artifactLocation", {{"uri", uri_of(file)}, {"uriBaseId", "%SRCROOT%"}}}, {"region", std::move(region)}}}};
}

Json result_json(const Finding& finding, std::size_t rule_index) {
  Json result = {{"ruleId", finding.rule},
                 {"ruleIndex", rule_index},
                 {"level", level_of(finding.severity)},
                 {"message", {{"text", finding.description}}},
                 {"locations", {location(finding.file, finding.line, finding.column, finding.end_line)}},
                 {"partialFingerprints",
                  {{"primaryLocationLineHash", finding.fingerprint.substr(0, 16) + ":1"},
                   {"commandcenter/v1", finding.fingerprint}}},
                 {"properties",
                  {{"severity", severity_word(finding.severity)},
                   {"confidence", confidence_word(finding.confidence)},
                   {"cwe", finding.cwe}}}};
  if (!finding.flow.empty()) {
    Json steps = Json::array();
    for (std::size_t i = 0; i < finding.flow.size() && i < kMaxFlowSteps; ++i) {
      Json place = location(finding.flow[i].file, finding.flow[i].line, 0, 0);
      place["message"] = {{"text", finding.flow[i].message}};
      steps.push_back({{"location", std::move(place)}});
    }
    result["codeFlows"] = Json::array({{{"threadFlows", Json::array({{{"locations", std::move(steps)}}})}}});
  }
  return result;
}

}  // namespace

Json sarif(const Report& report, std::string_view version) {
  Json rules = Json::array();
  Json results = Json::array();
  std::map<std::string_view, std::size_t> indexes;
  for (const Finding& finding : report.findings) {
    if (results.size() == kMaxResults) break;
    const auto [place, is_new] = indexes.emplace(finding.rule, rules.size());
    if (is_new) rules.push_back(rule_json(finding));
    results.push_back(result_json(finding, place->second));
  }
  Json notices = Json::array();
  const auto tell = [&](const char* level, std::string text) {
    notices.push_back({{"level", level}, {"message", {{"text", std::move(text)}}}});
  };
  for (const auto& [file, reason] : report.skipped)
    tell("note", file + " was left out, whole or in part: " + reason);
  if (report.secrets_only_files > 0)
    tell("note", plural(report.secrets_only_files, "test") + " searched for secrets only");
  if (!report.compared_up_to.empty())
    tell("note", fmt::format("files from {} on were not compared with others", report.compared_up_to));
  if (report.total > results.size())
    tell("warning", fmt::format("{} more results were left out: a run holds {} at most", report.total - results.size(),
                                kMaxResults));
  Json run = {
      {"tool", {{"driver", {{"name", "commandcenter"}, {"semanticVersion", version}, {"rules", std::move(rules)}}}}},
      {"columnKind", "unicodeCodePoints"},
      {"results", std::move(results)},
      {"invocations",
       Json::array({{{"executionSuccessful", true}, {"toolExecutionNotifications", std::move(notices)}}})}};
  return {
      {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"}, {"version", "2.1.0"}, {"runs", {std::move(run)}}};
}

}  // namespace commandcenter::code
