// What the agent tells the registry about itself.
#include "agent/builtin/architecture_diagrammer/architecture_diagrammer.h"

namespace commandcenter::architecture_diagrammer {
namespace {

constexpr const char* kDialect = "https://json-schema.org/draft/2020-12/schema";

Json text(const char* description) {
  return {{"type", "string"}, {"description", description}};
}

Json input_schema() {
  Json target = text("Folder to draw; the whole workspace when left out.");
  target["x-workspace"] = true;
  Json old_name = text("Old name of target.");
  old_name["x-workspace"] = true;
  return {
      {"$schema", kDialect},
      {"type", "object"},
      {"properties",
       {{"target", std::move(target)},
        {"repositoryPath", std::move(old_name)},
        {"project_id", {{"type", {"string", "integer"}}, {"description", "Of the caller; changes nothing."}}},
        {"scope", text("Folder or group to draw instead of the whole.")},
        {"format", {{"type", "string"}, {"enum", {"mermaid", "dot", "svg", "html", "json"}}, {"default", "mermaid"}}},
        {"commit", text("A commit to draw instead of the files.")},
        {"diff",
         text("What changed: A..B between two commits, A...B since B parted from A, A between it and the files.")},
        {"folderName", text("What the folder is called, where no manifest says a name.")},
        {"links", text("What stands before the paths that the picture links to.")},
        {"pictures",
         {{"type", "boolean"},
          {"default", false},
          {"description", "Also a picture of each part, as Mermaid and SVG."}}},
        {"rules",
         {{"type", {"array", "object"}},
          {"description",
           "Who must not import whom: objects with name, from, to (globs over paths), except, severity, message."}}}}}};
}

Json output_schema() {
  const Json list = {{"type", "array"}};
  return {
      {"$schema", kDialect},
      {"type", "object"},
      {"required", {"format", "diagram", "mermaid", "summary", "parts", "architecture", "findings"}},
      {"properties",
       {{"format", text("As asked for.")},
        {"diagram", text("The picture in that format; with json as Mermaid, and architecture is all of it.")},
        {"mermaid", text("The same as Mermaid.")},
        {"summary", {{"type", "object"}}},
        {"parts", list},
        {"architecture", {{"type", "object"}, {"description", "Packages, entry points, routes, systems, circles."}}},
        {"difference", {{"type", "object"}, {"description", "With diff: what came and went, list by list."}}},
        {"pictures", list},
        {"findings", list}}}};
}

}  // namespace

Json manifest() {
  return {{"name", "architecture-diagrammer"},
          {"version", "1.1.0"},
          {"description", "Draws the architecture of a repository from its imports, manifests and descriptions"},
          {"type", "SCRIPT"},
          {"riskLevel", "AUTO"},
          {"runtime", "builtin"},
          {"effects", "none"},
          {"sandbox", {{"network", Json::array()}}},
          {"actions", Json::array({{{"name", "diagram"},
                                    {"description", "Draws a folder and lists what is around it"},
                                    {"inputSchema", input_schema()},
                                    {"outputSchema", output_schema()}}})}};
}

}  // namespace commandcenter::architecture_diagrammer
