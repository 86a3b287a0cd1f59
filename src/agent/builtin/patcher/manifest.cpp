// What the patcher tells the registry about itself.
#include "agent/builtin/patcher/patcher.h"

namespace commandcenter::patcher {
namespace {

constexpr const char* kDialect = "https://json-schema.org/draft/2020-12/schema";

Json text(const char* description) {
  return {{"type", "string"}, {"description", description}};
}

Json flag(bool fallback, const char* description) {
  return {{"type", "boolean"}, {"default", fallback}, {"description", description}};
}

Json changes_schema() {
  return {
      {"type", "object"},
      {"properties",
       {{"oldValue", text("What is replaced: literal; with regex: in front a regular expression (RE2), with ast: a "
                          "pattern of code.")},
        {"newValue", text("What takes its place; $1 … $9 and $& with a regular expression.")},
        {"version", text("The version wanted of a dependency.")},
        {"content", text("The new content of a configuration file.")},
        {"set",
         {{"type", "object"}, {"description", "Settings to be merged into a configuration file; null removes one."}}},
        {"setPaths", {{"type", "object"}, {"description", "The same with paths such as server.port for names."}}},
        {"matches", {{"type", "integer"}, {"minimum", 1}, {"description", "How often oldValue must be found."}}},
        {"regex", flag(false, "oldValue is a regular expression.")}}}};
}

Json input_schema() {
  return {
      {"$schema", kDialect},
      {"type", "object"},
      {"properties",
       {{"target",
         {{"type", "string"},
          {"default", "/workspace"},
          {"x-workspace", true},
          {"description", "Folder to be patched, or a file in it."}}},
        {"repositoryPath", {{"type", "string"}, {"x-workspace", true}, {"description", "The same as target."}}},
        {"operation",
         text("update-deps (or dependency-update), security-patch, simple-refactor, config-update or apply-fixes.")},
        {"patchType", text("The same as operation.")},
        {"file", text("The file; for update-deps the package; for simple-refactor a part of the paths.")},
        {"changes", changes_schema()},
        {"strategy", {{"type", "string"}, {"enum", {"replace", "bump", "widen", "pin"}}, {"default", "replace"}}},
        {"recursive", flag(false, "Also manifests in folders below the target.")},
        {"line", {{"type", "integer"}, {"minimum", 1}, {"description", "simple-refactor: of the declaration."}}},
        {"findings", {{"type", "array"}, {"description", "apply-fixes: findings that bring {fix: {before, after}}."}}},
        {"check",
         {{"type", Json::array({"object", "string"})},
          {"description", "A command that must succeed on the patched copy: {command, timeoutSeconds}."}}},
        {"inStrings", flag(false, "Rename in strings and comments as well.")},
        {"dryRun", flag(true, "Only tell what would be changed.")}}}};
}

Json output_schema() {
  const Json count = {{"type", "integer"}, {"minimum", 0}};
  return {{"$schema", kDialect},
          {"type", "object"},
          {"required", {"applied", "changes", "summary", "patchDurationMs"}},
          {"properties",
           {{"applied", {{"type", "boolean"}}},
            {"changes",
             {{"type", "array"},
              {"items",
               {{"type", "object"},
                {"required", {"file", "action"}},
                {"properties",
                 {{"file", {{"type", "string"}}},
                  {"action", {{"enum", {"modified", "created", "deleted"}}}},
                  {"linesChanged", count},
                  {"diff", {{"type", "string"}}}}}}}}},
            {"summary",
             {{"type", "object"},
              {"properties",
               {{"filesModified", count},
                {"filesCreated", count},
                {"filesDeleted", count},
                {"totalLinesChanged", count}}}}},
            {"patchDurationMs", count},
            {"patch", {{"type", "string"}}},
            {"rollbackScript", {{"type", "string"}}},
            {"matches", count},
            {"parsedFiles", count},
            {"check", {{"type", "object"}}},
            {"updatedLockFiles", {{"type", "array"}, {"items", {{"type", "string"}}}}},
            {"staleLockFiles", {{"type", "array"}, {"items", {{"type", "string"}}}}},
            {"notes", {{"type", "array"}, {"items", {{"type", "string"}}}}}}}};
}

Json action(const char* name, const char* description, const char* alias_of) {
  Json input = input_schema();
  if (alias_of != nullptr) input["x-alias"] = alias_of;
  return {{"name", name},
          {"description", description},
          {"inputSchema", std::move(input)},
          {"outputSchema", output_schema()}};
}

}  // namespace

Json manifest() {
  Json actions =
      Json::array({action("patch", "Changes files as `operation` says; update-deps if it says nothing", nullptr)});
  for (const char* name : {"update-deps", "dependency-update", "security-patch", "simple-refactor", "config-update",
                           "apply-fixes", "apply"})
    actions.push_back(action(name, "The same as patch; a name of an operation is the operation", "patch"));
  return {{"name", "patcher"},
          {"version", "2.0.0"},
          {"description", "Updates dependencies, replaces, renames and configures, as a patch that a person approves"},
          {"type", "SCRIPT"},
          {"riskLevel", "APPROVAL_REQUIRED"},
          {"runtime", "builtin"},
          {"effects", "workspace"},
          {"actions", std::move(actions)}};
}

}  // namespace commandcenter::patcher
