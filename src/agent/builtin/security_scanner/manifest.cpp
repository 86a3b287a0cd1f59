// What the scanner tells the registry about itself. "x-workspace" marks the members that name a repository of the host:
// the engine mounts it and hands the agent the path it has inside.
#include "agent/builtin/security_scanner/flaws.h"
#include "agent/builtin/security_scanner/security_scanner.h"
#include "code/scan/scan.h"

namespace commandcenter::security_scanner {
namespace {

constexpr const char* kDialect = "https://json-schema.org/draft/2020-12/schema";

Json least_severity_schema() {
  return {{"enum", {"all", "low", "medium", "high", "critical"}}};
}

Json severity_schema() {
  return {{"type", "string"}, {"enum", {"low", "medium", "high", "critical"}}};
}
Json scan_type_schema() {
  Json words = Json::array({"secrets"});
  for (const std::string& family : families())
    words.push_back(family);
  words.push_back("all");
  return {{"type", "string"}, {"enum", std::move(words)}};
}
Json count_schema() {
  return {{"type", "integer"}, {"minimum", 0}};
}
Json text_schema() {
  return {{"type", "string"}};
}
Json place_schema() {
  return {{"type", "integer"}, {"minimum", 1}};
}

Json described(Json schema, const char* description) {
  schema["description"] = description;
  return schema;
}

Json path_schema(const char* description) {
  Json schema = described(text_schema(), description);
  schema["x-workspace"] = true;
  return schema;
}

Json input_schema() {
  Json scan_type = described(scan_type_schema(), "What to look for.");
  scan_type["default"] = "all";
  return {
      {"$schema", kDialect},
      {"type", "object"},
      {"properties",
       {{"target", path_schema("Folder or file to scan; the whole workspace when left out.")},
        {"repositoryPath", path_schema("Old name of target.")},
        {"scanType", std::move(scan_type)},
        {"rules",
         {{"type", "array"}, {"items", scan_type_schema()}, {"description", "Old name of scanType: several of them."}}},
        {"severity", described(least_severity_schema(), "The least severity that is reported; all: every one.")}}}};
}

Json finding_schema() {
  return {{"type", "object"},
          {"required", {"type", "severity", "file", "line", "description", "ruleId", "cwe", "fingerprint"}},
          {"properties",
           {{"type", text_schema()},
            {"severity", severity_schema()},
            {"file", described(text_schema(), "Relative to the workspace.")},
            {"line", place_schema()},
            {"column", place_schema()},
            {"endLine", place_schema()},
            {"description", text_schema()},
            {"code", described(text_schema(), "The line, with every secret masked.")},
            {"ruleId", text_schema()},
            {"category", text_schema()},
            {"cwe", text_schema()},
            {"fingerprint", described(text_schema(), "Stays the same when the line moves within its file.")},
            {"confidence", {{"type", "string"}, {"enum", {"low", "medium", "high"}}}},
            {"snippetRedacted", {{"type", "boolean"}}}}}};
}

Json output_schema() {
  const Json skipped = {{"type", "object"},
                        {"required", {"file", "reason"}},
                        {"properties", {{"file", text_schema()}, {"reason", text_schema()}}}};
  return {{"$schema", kDialect},
          {"type", "object"},
          {"required", {"findings", "summary", "scannedFiles", "skippedFiles", "scanDurationMs"}},
          {"properties",
           {{"findings", {{"type", "array"}, {"maxItems", kMaxFindings}, {"items", finding_schema()}}},
            {"summary",
             {{"type", "object"},
              {"required", {"total", "critical", "high", "medium", "low"}},
              {"properties",
               {{"total", count_schema()},
                {"critical", count_schema()},
                {"high", count_schema()},
                {"medium", count_schema()},
                {"low", count_schema()}}}}},
            {"scannedFiles", count_schema()},
            {"skippedFiles", {{"type", "array"}, {"maxItems", code::kMaxSkippedListed}, {"items", skipped}}},
            {"scanDurationMs", count_schema()},
            {"secretsOnlyFiles", described(count_schema(), "Tests, in which flaws were not looked for.")},
            {"omittedFindings", described(count_schema(), "Counted in the summary but not listed.")},
            {"omittedSkippedFiles", count_schema()},
            {"suppressedFindings", described(count_schema(), "Silenced by a comment or the ignore file.")},
            {"baselineFindings", count_schema()}}}};
}

}  // namespace

Json manifest() {
  return {{"name", "security-scanner"},
          {"version", "1.0.0"},
          {"description",
           "Finds hardcoded secrets, injection (SQL, commands, pages, paths …) and unsafe calls in a repository"},
          {"type", "SCRIPT"},
          {"riskLevel", "AUTO"},
          {"runtime", "builtin"},
          {"effects", "none"},
          {"sandbox", {{"network", Json::array()}}},
          {"actions", Json::array({{{"name", "scan"},
                                    {"description", "Scans a folder or a file and lists what it finds"},
                                    {"inputSchema", input_schema()},
                                    {"outputSchema", output_schema()}}})}};
}

}  // namespace commandcenter::security_scanner
