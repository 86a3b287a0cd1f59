#include "server/rows.h"

#include "server/replies.h"

namespace commandcenter::server {

std::optional<store::WorkflowRow> read_workflow(Services& services, const std::string& id_or_name,
                                                const Request& request, Responder& responder) {
  const auto project_id = project_of(request);
  if (!project_id) {
    responder.respond(error_response(project_id.error(), request.id));
    return std::nullopt;
  }
  auto row = store::read_one<store::WorkflowRow>(services.store, {.table = store::Table::kWorkflows, .id = id_or_name});
  if (row && !*row)
    row = store::read_one<store::WorkflowRow>(
        services.store, {.table = store::Table::kWorkflows, .project_id = *project_id, .name = id_or_name});
  if (!row) {
    responder.respond(error_response(row.error(), request.id));
    return std::nullopt;
  }
  if (!*row || (*row)->status == "DELETED") {
    responder.respond(error_response(404, "Workflow not found", "not_found", request.id));
    return std::nullopt;
  }
  return std::move(**row);
}

RunViewer viewer_of(Services& services) {
  return {*services.masker, services.traces != nullptr};
}

std::optional<store::RunRow> read_run(Services& services, const Request& request, const Params& params,
                                      Responder& responder) {
  auto row = store::read_one<store::RunRow>(services.store, {.table = store::Table::kRuns, .id = params.at("runId")});
  if (!row) {
    responder.respond(error_response(row.error(), request.id));
    return std::nullopt;
  }
  if (!*row) {
    responder.respond(error_response(404, "Workflow run not found", "not_found", request.id));
    return std::nullopt;
  }
  if (const auto workflow = params.find("id"); workflow != params.end() && workflow->second != (*row)->workflow_id) {
    const auto named = store::read_one<store::WorkflowRow>(
        services.store, {.table = store::Table::kWorkflows, .id = (*row)->workflow_id});
    if (!named || !*named || (*named)->name != workflow->second) {
      responder.respond(
          error_response(400, "Workflow run does not belong to specified workflow", "invalid", request.id));
      return std::nullopt;
    }
  }
  return std::move(**row);
}

}  // namespace commandcenter::server
