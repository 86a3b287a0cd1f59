// What the checker tells the registry about itself. "x-workspace" marks the members that name a repository of the host:
// the engine mounts it and hands the agent the path it has inside.
#include "agent/builtin/compliance_checker/compliance_checker.h"

namespace commandcenter::compliance_checker {
namespace {

constexpr const char* kDialect = "https://json-schema.org/draft/2020-12/schema";

Json text_schema() {
  return {{"type", "string"}};
}
Json count_schema() {
  return {{"type", "integer"}, {"minimum", 0}};
}
Json place_schema() {
  return {{"type", "integer"}, {"minimum", 1}};
}
Json scope_schema() {
  return {{"type", "string"}, {"enum", {"licenses", "security-headers", "secrets", "all"}}};
}

Json described(Json schema, const char* description) {
  schema["description"] = description;
  return schema;
}

Json list_of(Json items) {
  return {{"type", "array"}, {"items", std::move(items)}};
}

Json path_schema(const char* description) {
  Json schema = described(text_schema(), description);
  schema["x-workspace"] = true;
  return schema;
}

Json input_schema() {
  Json scope = described(scope_schema(), "What to check.");
  scope["default"] = "all";
  return {
      {"$schema", kDialect},
      {"type", "object"},
      {"properties",
       {{"target", path_schema("Folder or file to check; the whole workspace when left out.")},
        {"repositoryPath", path_schema("Old name of target.")},
        {"scope", std::move(scope)},
        {"rules", described(list_of(scope_schema()), "Old name of scope: several of them.")},
        {"strictMode",
         {{"type", "boolean"}, {"default", false}, {"description", "Every violation counts, not only critical ones."}}},
        {"policy", described(text_schema(),
                             "Policy file below the workspace; without it .commandcenter-policy.yaml, "
                             "and without that the usual one.")}}}};
}

Json violation_schema() {
  return {{"type", "object"},
          {"required", {"rule", "severity", "file", "message"}},
          {"properties",
           {{"rule", {{"enum", {"licenses", "security-headers", "secrets"}}}},
            {"severity", {{"enum", {"critical", "warning", "info"}}}},
            {"file", described(text_schema(), "Relative to the workspace.")},
            {"line", place_schema()},
            {"message", text_schema()},
            {"remediation", text_schema()},
            {"ruleId", text_schema()},
            {"cwe", text_schema()},
            {"code", described(text_schema(), "The line, with every secret masked.")},
            {"fingerprint", text_schema()}}}};
}

Json summary_schema() {
  return {{"type", "object"},
          {"required", {"total", "critical", "warning", "info", "passed"}},
          {"properties",
           {{"total", count_schema()},
            {"critical", count_schema()},
            {"warning", count_schema()},
            {"info", count_schema()},
            {"passed", described({{"type", "boolean"}}, "The verdict; the agent succeeds either way.")}}}};
}

Json header_schema() {
  return {{"type", "object"},
          {"required", {"file", "header", "state"}},
          {"properties",
           {{"file", text_schema()},
            {"header", text_schema()},
            {"state", {{"enum", {"present", "weak", "missing", "commented", "report-only", "overridden"}}}},
            {"line", place_schema()},
            {"framework", text_schema()},
            {"value", text_schema()},
            {"reason", text_schema()}}}};
}

Json license_schema() {
  return {{"type", "object"},
          {"required", {"file", "spdx"}},
          {"properties", {{"file", text_schema()}, {"spdx", described(text_schema(), "SPDX expression.")}}}};
}

Json dependency_schema() {
  return {{"type", "object"},
          {"required", {"ecosystem", "name", "version", "spdx", "direct", "scope"}},
          {"properties",
           {{"ecosystem", text_schema()},
            {"name", text_schema()},
            {"version", text_schema()},
            {"spdx", described(text_schema(), "SPDX expression, or \"unknown\".")},
            {"direct", {{"type", "boolean"}}},
            {"scope", {{"enum", {"production", "development"}}}},
            {"file", text_schema()},
            {"line", place_schema()}}}};
}

Json output_schema() {
  Json violations = list_of(violation_schema());
  violations["maxItems"] = kMaxViolations;
  return {{"$schema", kDialect},
          {"type", "object"},
          {"required", {"violations", "summary", "checkedFiles", "checkDurationMs", "rulesApplied"}},
          {"properties",
           {{"violations", std::move(violations)},
            {"summary", summary_schema()},
            {"checkedFiles", count_schema()},
            {"checkDurationMs", count_schema()},
            {"rulesApplied", list_of(text_schema())},
            {"licenses", list_of(license_schema())},
            {"headers", list_of(header_schema())},
            {"dependencies", list_of(dependency_schema())},
            {"omittedViolations", described(count_schema(), "Counted in the summary but not listed.")}}}};
}

}  // namespace

Json manifest() {
  return {{"name", "compliance-checker"},
          {"version", "1.0.0"},
          {"description", "Checks licences, security headers and secrets of a repository against a policy"},
          {"type", "SCRIPT"},
          {"riskLevel", "AUTO"},
          {"runtime", "builtin"},
          {"effects", "none"},
          {"sandbox", {{"network", Json::array()}}},
          {"actions",
           Json::array({{{"name", "check"},
                         {"description", "Checks a folder; a policy that is not met is a verdict, not a failure"},
                         {"inputSchema", input_schema()},
                         {"outputSchema", output_schema()}}})}};
}

}  // namespace commandcenter::compliance_checker
