// /api/workflows/:id/versions: every definition a workflow ever had, and what changed from one to another.
#include <charconv>

#include <fmt/format.h>

#include "core/workflow/diff.h"
#include "server/api.h"
#include "server/routes.h"
#include "server/rows.h"
#include "server/views.h"

namespace commandcenter::server {
namespace {

Json version_view(const store::WorkflowVersionRow& row, std::int64_t current) {
  const auto definition = parse_json(row.document);
  return {{"version", row.version},
          {"current", row.version == current},
          {"createdAt", iso8601(row.created_at_ms)},
          {"definition", definition ? *definition : Json(nullptr)}};
}

// The version that a path names: a number, or "current". Answers 400 or 404 itself.
std::optional<store::WorkflowVersionRow> read_version(Services& services, const store::WorkflowRow& workflow,
                                                      const std::string& word, const Request& request,
                                                      Responder& responder) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (word == "current") {
    number = workflow.version;
  } else if (error != std::errc{} || end != word.data() + word.size() || number < 1) {
    responder.respond(error_response(
        400, fmt::format("\"{}\" is no version; expected a number from 1 to {}, or current", word, workflow.version),
        "invalid", request.id));
    return std::nullopt;
  }
  const auto rows = store::read_all<store::WorkflowVersionRow>(
      services.store, {.table = store::Table::kWorkflowVersions, .workflow_id = workflow.id});
  if (!rows) {
    responder.respond(error_response(rows.error(), request.id));
    return std::nullopt;
  }
  for (const store::WorkflowVersionRow& row : *rows) {
    if (row.version == number) return row;
  }
  responder.respond(error_response(
      404, fmt::format("Workflow {} has no version {}; the latest is {}", workflow.name, number, workflow.version),
      "not_found", request.id));
  return std::nullopt;
}

void list_versions(Services& services, const Request& request, const Params& params,
                   const std::shared_ptr<Responder>& responder) {
  const auto workflow = read_workflow(services, params.at("id"), request, *responder);
  if (!workflow) return;
  const auto rows = store::read_all<store::WorkflowVersionRow>(
      services.store, {.table = store::Table::kWorkflowVersions, .workflow_id = workflow->id});
  if (!rows) return responder->respond(error_response(rows.error(), request.id));
  Json list = Json::array();
  for (const store::WorkflowVersionRow& row : *rows)
    list.push_back(version_view(row, workflow->version));
  responder->respond(json_response(200, list));
}

void show_version(Services& services, const Request& request, const Params& params,
                  const std::shared_ptr<Responder>& responder) {
  const auto workflow = read_workflow(services, params.at("id"), request, *responder);
  if (!workflow) return;
  const auto row = read_version(services, *workflow, params.at("version"), request, *responder);
  if (row) responder->respond(json_response(200, version_view(*row, workflow->version)));
}

void show_diff(Services& services, const Request& request, const Params& params,
               const std::shared_ptr<Responder>& responder) {
  const auto workflow = read_workflow(services, params.at("id"), request, *responder);
  if (!workflow) return;
  const auto before = read_version(services, *workflow, params.at("version"), request, *responder);
  if (!before) return;
  const auto after = read_version(services, *workflow, params.at("other"), request, *responder);
  if (!after) return;
  const auto definition = [](const store::WorkflowVersionRow& row) -> Result<workflow::Definition> {
    const auto tree = parse_json(row.document);
    if (!tree) return fail(tree.error());
    auto parsed = workflow::parse_definition(*tree);
    if (!parsed) return fail(ErrorCode::kInternal, fmt::format("version {} cannot be read any more", row.version));
    return std::move(*parsed);
  };
  const auto old_definition = definition(*before);
  const auto new_definition = definition(*after);
  if (!old_definition) return responder->respond(error_response(old_definition.error(), request.id));
  if (!new_definition) return responder->respond(error_response(new_definition.error(), request.id));
  responder->respond(
      json_response(200, {{"workflowId", workflow->id},
                          {"from", before->version},
                          {"to", after->version},
                          {"changes", workflow::to_json(workflow::diff(*old_definition, *new_definition))}}));
}

}  // namespace

void add_version_routes(Api& api) {
  using namespace schema;
  const std::string tag = "Workflows";
  const Json version = object(
      {{"version", integer()}, {"current", boolean()}, {"createdAt", timestamp()}, {"definition", map_of(any())}});
  api.add("GET", {"/api/workflows/:id/versions"},
          {.id = "listVersions",
           .tag = tag,
           .summary = "Every version of a workflow",
           .query = {project_parameter("Whose workflow has that name")},
           .answers = {{200, "Oldest first", list(version)},
                       bad_request("projectId is wrong"),
                       not_found("Workflow not found")}},
          list_versions);
  api.add("GET", {"/api/workflows/:id/versions/:version"},
          {.id = "getVersion",
           .tag = tag,
           .summary = "One version of a workflow",
           .description = "By its number, or `current`.",
           .query = {project_parameter("Whose workflow has that name")},
           .answers = {{200, "The version", version},
                       bad_request("The version is no number, or projectId is wrong"),
                       not_found("Workflow not found, or it has no such version")}},
          show_version);
  const Json change = object({{"kind", words({"added", "removed", "changed", "moved"})},
                              {"path", described(text(), "timeout, nodes.scan, nodes.scan.input.target")},
                              {"before", any()},
                              {"after", any()}});
  api.add(
      "GET", {"/api/workflows/:id/versions/:version/diff/:other"},
      {.id = "diffVersions",
       .tag = tag,
       .summary = "What changed from one version to another",
       .description = "Nodes are the same when their ids are; dialect and defaults spelt out make no difference.",
       .query = {project_parameter("Whose workflow has that name")},
       .answers = {{200, "The changes, in the order of the later version",
                    object(
                        {{"workflowId", text()}, {"from", integer()}, {"to", integer()}, {"changes", list(change)}})},
                   bad_request("A version is no number, or projectId is wrong"),
                   not_found("Workflow not found, or it has no such version")}},
      show_diff);
}

}  // namespace commandcenter::server
