#include "agent/builtin/repository_auditor/repository_auditor.h"

#include <fmt/format.h>

#include "agent/builtin/compliance_checker/compliance_checker.h"
#include "code/audit/audit.h"
#include "code/walk/place.h"

namespace commandcenter::repository_auditor {
namespace {

constexpr const char* kDialect = "https://json-schema.org/draft/2020-12/schema";

Json action(const char* name, const char* description, Json required) {
  const Json target = {
      {"type", "string"}, {"x-workspace", true}, {"description", "Folder; the whole workspace when left out."}};
  const Json folder = {{"type", "string"},
                       {"description", "What the folder is called, where no manifest says a name."}};
  Json input = {{"$schema", kDialect},
                {"type", "object"},
                {"properties", {{"target", target}, {"repositoryPath", target}, {"folderName", folder}}}};
  Json output = {{"$schema", kDialect}, {"type", "object"}, {"required", std::move(required)}};
  return {{"name", name},
          {"description", description},
          {"inputSchema", std::move(input)},
          {"outputSchema", std::move(output)}};
}

// The compliance checker has its say in the health of the code.
Result<Json> health_of(const audit::Place& place, const LogSink& log) {
  const Json input = {{"target", place.target.empty() ? "." : place.target}};
  const auto compliance = compliance_checker::run("check", input, place.root, log);
  if (!compliance) return fail(compliance.error());
  return audit::health(place, *compliance);
}

}  // namespace

Json manifest() {
  return {
      {"name", "repository-auditor"},
      {"version", "1.1.0"},
      {"description", "Tells how a repository is built, what it is tied to and how healthy it is"},
      {"type", "SCRIPT"},
      {"riskLevel", "AUTO"},
      {"runtime", "builtin"},
      {"effects", "none"},
      {"sandbox", {{"network", Json::array()}}},
      {"actions",
       Json::array({action("structure", "Parts, packages, largest files, exports in XML",
                           {"name", "summary", "parts", "exports"}),
                    action("integration", "Endpoints, events, systems, credentials",
                           {"name", "counts", "offered", "called", "credentials"}),
                    action("health", "Metrics with thresholds, and what they count", {"name", "metrics", "counts"})})}};
}

Result<Json> run(const std::string& action, const Json& input, const std::string& workspace, const LogSink& log) {
  if (!input.is_object()) return fail(ErrorCode::kInvalid, "the input must be an object such as {\"target\": \".\"}");
  const std::string root = workspace.empty() ? "." : workspace;
  const auto folder =
      code::place_below(root, string_member(input, "target", string_member(input, "repositoryPath", ".")));
  if (!folder) return fail(folder.error());
  const audit::Place place{.root = root, .target = *folder, .folder = string_member(input, "folderName")};
  auto answer =
      action == "structure"     ? audit::structure(place)
      : action == "integration" ? audit::integration(place)
      : action == "health"
          ? health_of(place, log)
          : Result<Json>(
                fail(ErrorCode::kInvalid,
                     fmt::format("repository-auditor has no action \"{}\"; expected structure, integration or health",
                                 action)));
  if (answer) log(fmt::format("{} of {} is told", action, string_member(*answer, "name")));
  return answer;
}

}  // namespace commandcenter::repository_auditor
