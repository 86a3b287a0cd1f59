// What the reviewer tells the registry about itself. "x-workspace" marks the members that name a repository of the
// host: the engine mounts it and hands the agent the path it has inside.
#include "agent/builtin/code_reviewer/code_reviewer.h"

namespace commandcenter::code_reviewer {
namespace {

constexpr const char* kDialect = "https://json-schema.org/draft/2020-12/schema";

Json text_schema() {
  return {{"type", "string"}};
}
Json count_schema() {
  return {{"type", "integer"}, {"minimum", 0}};
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

Json type_schema(const char* description) {
  return {{"type", "string"},
          {"enum", {"quality", "security", "performance", "all", "full"}},
          {"description", description}};
}

Json flag_schema(const char* description) {
  return {{"type", "boolean"}, {"default", false}, {"description", description}};
}

Json input_schema() {
  Json type = type_schema("What to look for.");
  type["default"] = "all";
  return {{"$schema", kDialect},
          {"type", "object"},
          {"properties",
           {{"target", path_schema("Folder or file to review; the whole workspace when left out.")},
            {"repositoryPath", path_schema("Old name of target.")},
            {"type", std::move(type)},
            {"reviewType", type_schema("Old name of type.")},
            {"filePattern", described(text_schema(), "Only files with this in their path.")},
            {"offset", described(count_schema(), "How many issues to pass over: nextOffset of the answer before.")},
            {"limit", described(count_schema(), "How many issues to list; 20,000 at most.")},
            {"hotSpots", flag_schema("Also what is complicated and often changed, by the history.")},
            {"blame", flag_schema("Tell who wrote the notes that are to be done, and when.")}}}};
}

Json function_schema() {
  return {{"type", "object"},
          {"required", {"file", "name", "line", "endLine", "cyclomatic", "nloc", "parameters"}},
          {"properties",
           {{"file", described(text_schema(), "Relative to the workspace.")},
            {"name", text_schema()},
            {"line", count_schema()},
            {"endLine", count_schema()},
            {"cyclomatic", count_schema()},
            {"nloc", described({{"type", "integer"}}, "Lines that hold code.")},
            {"parameters", count_schema()}}}};
}

Json issue_schema() {
  return {{"type", "object"},
          {"required", {"type", "severity", "file", "line", "description", "ruleId", "fingerprint"}},
          {"properties",
           {{"type", text_schema()},
            {"severity", {{"type", "string"}, {"enum", {"error", "warning", "info"}}}},
            {"file", described(text_schema(), "Relative to the workspace.")},
            {"line", count_schema()},
            {"description", text_schema()},
            {"code", described(text_schema(), "The line, with every secret masked.")},
            {"suggestion", described(text_schema(), "What to do.")},
            {"ruleId", text_schema()},
            {"fingerprint", described(text_schema(), "Stays the same when the line moves within its file.")}}}};
}

Json output_schema() {
  return {{"$schema", kDialect},
          {"type", "object"},
          {"required", {"functions", "issues", "summary", "metrics", "reviewDurationMs"}},
          {"properties",
           {{"functions", {{"type", "array"}, {"items", function_schema()}}},
            {"issues", {{"type", "array"}, {"items", issue_schema()}}},
            {"summary",
             {{"type", "object"},
              {"required", {"total", "errors", "warnings", "info", "filesReviewed"}},
              {"properties",
               {{"total", count_schema()},
                {"errors", count_schema()},
                {"warnings", count_schema()},
                {"info", count_schema()},
                {"filesReviewed", count_schema()}}}}},
            {"metrics",
             {{"type", "object"},
              {"required", {"avgComplexity", "maxComplexity", "totalLines"}},
              {"properties",
               {{"avgComplexity", {{"type", "number"}}},
                {"maxComplexity", count_schema()},
                {"totalLines", count_schema()}}}}},
            {"reviewDurationMs", count_schema()},
            {"offset", described(count_schema(), "How many issues were passed over.")},
            {"nextOffset", described(count_schema(), "Where to go on; missing when these were the last.")},
            {"omittedFindings", described(count_schema(), "Counted in the summary but not listed.")},
            {"comparedUpTo", described(text_schema(),
                                       "From this file on none was compared with others; missing: all "
                                       "were.")}}}};
}

}  // namespace

Json manifest() {
  return {{"name", "code-reviewer"},
          {"version", "1.0.0"},
          {"description", "Measures every function of a repository and reviews its code"},
          {"type", "SCRIPT"},
          {"riskLevel", "AUTO"},
          {"runtime", "builtin"},
          {"effects", "none"},
          {"sandbox", {{"network", Json::array()}}},
          {"actions", Json::array({{{"name", "review"},
                                    {"description", "Reviews a folder or a file"},
                                    {"inputSchema", input_schema()},
                                    {"outputSchema", output_schema()}}})}};
}

}  // namespace commandcenter::code_reviewer
