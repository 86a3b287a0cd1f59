// GET …/runs/:runId/why: what each node that is not running waits for.
#include <fmt/format.h>

#include "server/api.h"
#include "server/routes.h"
#include "server/rows.h"
#include "server/views.h"

namespace commandcenter::server {
namespace {

using NodeRows = std::map<std::string, store::NodeRunRow>;  // the latest attempt of each node

bool has_ended(const NodeRows& rows, const std::string& node) {
  const auto row = rows.find(node);
  return row != rows.end() && row->second.finished;
}

Json waits_for_dependencies(const workflow::NodeDefinition& node, const NodeRows& rows) {
  Json open = Json::array();
  for (const std::string& dependency : node.depends_on) {
    if (!has_ended(rows, dependency)) open.push_back(dependency);
  }
  const std::string text = open.empty()
                               ? "waits for a node that it stands in for"
                               : fmt::format("waits for {}", fmt::join(open.get<std::vector<std::string>>(), ", "));
  return {{"nodeId", node.id}, {"reason", "dependencies"}, {"waitsFor", std::move(open)}, {"detail", text}};
}

Json waits_for_approval(Services& services, const store::NodeRunRow& row) {
  Json json = {{"nodeId", row.node}, {"reason", "approval"}, {"detail", "waits for somebody to approve it"}};
  const auto approvals = store::read_all<store::ApprovalRow>(
      services.store, {.table = store::Table::kApprovals, .run_id = row.run_id, .status = "PENDING"});
  if (!approvals) return json;
  for (const store::ApprovalRow& approval : *approvals) {
    if (approval.node != row.node) continue;
    json["approvalId"] = approval.id;
    json["expiresAt"] = iso8601(approval.expires_at_ms);
    json["detail"] =
        fmt::format("waits for somebody to decide approval {}, until {}", approval.id, iso8601(approval.expires_at_ms));
  }
  return json;
}

std::optional<Json> reason_of(Services& services, const workflow::NodeDefinition& node, const NodeRows& rows) {
  const auto found = rows.find(node.id);
  if (found == rows.end()) return waits_for_dependencies(node, rows);
  const store::NodeRunRow& row = found->second;
  if (row.status == "WAITING_APPROVAL") return waits_for_approval(services, row);
  if (row.status == "PENDING") {
    const engine::Health health = services.engine.health();
    return Json{{"nodeId", node.id},
                {"reason", "capacity"},
                {"detail", fmt::format("waits for a free place to run: {} agents are running, {} are ready to",
                                       health.running_nodes, health.ready_nodes)}};
  }
  if (row.status == "FAILED") {  // not ended, so there will be another attempt
    const auto latest = row.finished_at_ms.value_or(row.created_at_ms);
    return Json{{"nodeId", node.id},
                {"reason", "retry"},
                {"detail", fmt::format("attempt {} of {} failed at {}: {}; the next one follows after its delay",
                                       row.attempt, node.retry.attempts, iso8601(latest), row.error)}};
  }
  return std::nullopt;
}

void explain(Services& services, const Request& request, const Params& params,
             const std::shared_ptr<Responder>& responder) {
  const auto run = read_run(services, request, params, *responder);
  if (!run) return;
  Json waiting = Json::array();
  if (!run->finished) {
    const auto version = store::read_one<store::WorkflowVersionRow>(
        services.store,
        {.table = store::Table::kWorkflowVersions, .workflow_id = run->workflow_id, .version = run->workflow_version});
    const auto nodes =
        store::read_all<store::NodeRunRow>(services.store, {.table = store::Table::kNodeRuns, .run_id = run->id});
    if (!version) return responder->respond(error_response(version.error(), request.id));
    if (!nodes) return responder->respond(error_response(nodes.error(), request.id));
    NodeRows rows;
    for (const store::NodeRunRow& row : *nodes) {
      const auto known = rows.find(row.node);
      if (known == rows.end() || known->second.attempt < row.attempt) rows.insert_or_assign(row.node, row);
    }
    const auto document = *version ? parse_json((*version)->document) : parse_json("{}");
    const auto definition = workflow::parse_definition(document ? *document : Json::object());
    for (std::size_t i = 0; definition && i < definition->nodes.size(); ++i) {
      const workflow::NodeDefinition& node = definition->nodes[i];
      if (has_ended(rows, node.id)) continue;
      if (auto reason = reason_of(services, node, rows)) waiting.push_back(std::move(*reason));
    }
  }
  responder->respond(
      json_response(200, {{"runId", run->id}, {"status", run->status}, {"waiting", std::move(waiting)}}));
}

}  // namespace

void add_why_routes(Api& api) {
  using namespace schema;
  const Json idle = object({{"nodeId", text()},
                            {"reason", words({"dependencies", "approval", "capacity", "retry"})},
                            {"detail", text()},
                            optional("waitsFor", list(text())),
                            optional("approvalId", text()),
                            optional("expiresAt", timestamp())});
  api.add(
      "GET", {"/api/workflows/:id/runs/:runId/why", "/api/workflows/runs/:runId/why", "/api/runs/:runId/why"},
      {.id = "explainRun",
       .tag = "Runs",
       .summary = "What each node waits for that is not running",
       .answers = {{200, "The idle nodes", object({{"runId", text()}, {"status", text()}, {"waiting", list(idle)}})},
                   bad_request("The run is one of another workflow"),
                   not_found("Workflow run not found")}},
      explain);
}

}  // namespace commandcenter::server
