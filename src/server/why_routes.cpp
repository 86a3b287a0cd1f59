// GET …/runs/:runId/why: what a run that has not ended, and each of its nodes that is not running, waits for. The nodes
// come from the store; who has the places that they want, from the engine.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "server/api.h"
#include "server/routes.h"
#include "server/rows.h"
#include "server/views.h"

namespace commandcenter::server {
namespace {

using NodeRows = std::map<std::string, store::NodeRunRow>;  // the latest attempt of each node

constexpr std::size_t kMaxNamedHolders = 20;

// What the store knows of the run.
struct Facts {
  store::RunRow run;
  workflow::Definition definition;
  NodeRows rows;
  std::map<std::string, store::ApprovalRow> approvals;  // pending ones, by node

  bool has_ended(const std::string& node) const {
    const auto row = rows.find(node);
    return row != rows.end() && row->second.finished;
  }
};

Result<Facts> read_facts(store::Store& store, store::RunRow run) {
  Facts facts;
  const auto version = store::read_one<store::WorkflowVersionRow>(
      store,
      {.table = store::Table::kWorkflowVersions, .workflow_id = run.workflow_id, .version = run.workflow_version});
  if (!version) return fail(version.error());
  const auto nodes = store::read_all<store::NodeRunRow>(store, {.table = store::Table::kNodeRuns, .run_id = run.id});
  if (!nodes) return fail(nodes.error());
  const auto approvals = store::read_all<store::ApprovalRow>(
      store, {.table = store::Table::kApprovals, .run_id = run.id, .status = "PENDING"});
  if (!approvals) return fail(approvals.error());
  for (const store::NodeRunRow& row : *nodes) {
    const auto known = facts.rows.find(row.node);
    if (known == facts.rows.end() || known->second.attempt < row.attempt) facts.rows.insert_or_assign(row.node, row);
  }
  for (const store::ApprovalRow& row : *approvals)
    facts.approvals.emplace(row.node, row);
  const auto document = *version ? parse_json((*version)->document) : parse_json("{}");
  if (auto definition = workflow::parse_definition(document ? *document : Json::object()))
    facts.definition = std::move(*definition);
  facts.run = std::move(run);
  return facts;
}

// Why a queued run has not begun: its lane's places, or the server's.
Json waits_for_turn(const engine::Standings& standings) {
  Json json = {{"reason", "queued"}, {"queuedBefore", standings.queued_before}};
  std::string text;
  if (standings.lane_limit > 0 && !standings.lane_holders.empty()) {
    const std::size_t slash = standings.lane.find('/');
    const std::string key = standings.lane.substr(std::min(standings.lane.size(), slash + 1));
    const std::vector<std::string> named(
        standings.lane_holders.begin(),
        standings.lane_holders.begin() +
            static_cast<std::ptrdiff_t>(std::min(standings.lane_holders.size(), kMaxNamedHolders)));
    json["concurrency"] = {{"limit", standings.lane_limit}, {"key", key}, {"heldBy", named}};
    text = fmt::format("its workflow lets {} run at a time{}; {} under way: {}", standings.lane_limit,
                       key.empty() ? std::string() : fmt::format(" for the key {}", key),
                       named.size() == 1 ? "one is" : fmt::format("{} are", standings.lane_holders.size()),
                       fmt::join(named, ", "));
  }
  if (standings.moving_runs >= standings.max_moving_runs || text.empty()) {
    json["server"] = {{"running", standings.moving_runs}, {"limit", standings.max_moving_runs}};
    text += fmt::format("{}{} runs are under way on this server, which takes {} at a time (engine.maxRunningRuns)",
                        text.empty() ? "" : "; and ", standings.moving_runs, standings.max_moving_runs);
  }
  json["detail"] = fmt::format("waits for its turn behind {} others: {}", standings.queued_before, text);
  return json;
}

Json waits_for_dependencies(const workflow::NodeDefinition& node, const Facts& facts) {
  std::vector<std::string> open;
  for (const std::string& dependency : node.depends_on) {
    if (!facts.has_ended(dependency)) open.push_back(dependency);
  }
  if (!open.empty())
    return {
        {"reason", "dependencies"}, {"waitsFor", open}, {"detail", fmt::format("waits for {}", fmt::join(open, ", "))}};
  for (const workflow::NodeDefinition& other : facts.definition.nodes) {
    if (other.on_error.fallback_node == node.id && !facts.has_ended(other.id)) open.push_back(other.id);
  }
  return {{"reason", "dependencies"},
          {"waitsFor", open},
          {"detail", fmt::format("waits for {}, which it stands in for", fmt::join(open, ", "))}};
}

Json waits_for_approval(const std::string& node, const Facts& facts) {
  const auto found = facts.approvals.find(node);
  if (found == facts.approvals.end()) return {{"reason", "approval"}, {"detail", "waits for somebody to approve it"}};
  const store::ApprovalRow& approval = found->second;
  return {{"reason", "approval"},
          {"approvalId", approval.id},
          {"expiresAt", iso8601(approval.expires_at_ms)},
          {"detail", fmt::format("waits for somebody to decide approval {}, until {}", approval.id,
                                 iso8601(approval.expires_at_ms))}};
}

Json waits_for_place(const engine::Standings& standings) {
  return {
      {"reason", "capacity"},
      {"running", standings.running_nodes},
      {"limit", standings.max_running_nodes},
      {"ready", standings.ready_nodes},
      {"detail", fmt::format("waits for a free place to run: {} of at most {} agents are running, {} nodes are ready "
                             "to",
                             standings.running_nodes, standings.max_running_nodes, standings.ready_nodes)}};
}

Json waits_for_retry(const workflow::NodeDefinition& node, const store::NodeRunRow& row,
                     const engine::Standings& standings) {
  const auto latest = row.finished_at_ms.value_or(row.created_at_ms);
  Json json = {{"reason", "retry"}, {"attempt", row.attempt}, {"attempts", node.retry.attempts}};
  std::string when = "after its delay";
  if (const auto due = standings.retry_at_ms.find(node.id); due != standings.retry_at_ms.end()) {
    json["nextAttemptAt"] = iso8601(due->second);
    when = "at " + iso8601(due->second);
  }
  json["detail"] = fmt::format("attempt {} of {} failed at {}: {}; the next one follows {}", row.attempt,
                               node.retry.attempts, iso8601(latest), row.error, when);
  return json;
}

std::optional<Json> reason_of(const workflow::NodeDefinition& node, const Facts& facts,
                              const engine::Standings& standings) {
  if (facts.run.phase == "queued") return Json{{"reason", "queued"}, {"detail", "waits for the turn of its run"}};
  const auto found = facts.rows.find(node.id);
  if (found == facts.rows.end()) return waits_for_dependencies(node, facts);
  const store::NodeRunRow& row = found->second;
  if (row.status == "WAITING_APPROVAL") return waits_for_approval(node.id, facts);
  if (row.status == "PENDING") return waits_for_place(standings);
  if (row.status == "FAILED") return waits_for_retry(node, row, standings);  // not ended, so another attempt follows
  return std::nullopt;
}

// A node that counts as running may still wait for its sandbox.
std::optional<Json> waits_for_runtime(const sandbox::GuardedLauncher* runtime, const store::NodeRunRow& row) {
  if (runtime == nullptr) return std::nullopt;
  if (!runtime->waits(fmt::format("run {} node {} attempt {}", row.run_id, row.node, row.attempt))) return std::nullopt;
  const sandbox::RuntimeHealth health = runtime->health();
  return Json{{"reason", "runtime"},
              {"detail", fmt::format("waits until sandboxes can be made again (breaker {}): {}",
                                     sandbox::state_word(health.state), health.last_error)}};
}

Response explanation(const Facts& facts, const engine::Standings& standings, const sandbox::GuardedLauncher* runtime) {
  Json waiting = Json::array();
  for (const workflow::NodeDefinition& node : facts.definition.nodes) {
    if (facts.has_ended(node.id)) continue;
    auto reason = reason_of(node, facts, standings);
    const auto row = facts.rows.find(node.id);
    if (!reason && row != facts.rows.end()) reason = waits_for_runtime(runtime, row->second);
    if (!reason) continue;
    Json entry = {{"nodeId", node.id}};
    entry.update(*reason);
    waiting.push_back(std::move(entry));
  }
  Json body = {{"runId", facts.run.id}, {"status", facts.run.status}, {"waiting", std::move(waiting)}};
  if (facts.run.phase == "queued") body["queue"] = waits_for_turn(standings);
  return json_response(200, body);
}

void explain(Services& services, const Request& request, const Params& params,
             const std::shared_ptr<Responder>& responder) {
  auto run = read_run(services, request, params, *responder);
  if (!run) return;
  if (run->finished) {
    return responder->respond(
        json_response(200, {{"runId", run->id}, {"status", run->status}, {"waiting", Json::array()}}));
  }
  auto facts = read_facts(services.store, std::move(*run));
  if (!facts) return responder->respond(error_response(facts.error(), request.id));
  engine::ExplainRun message;
  message.run_id = facts->run.id;
  message.reply = reply_with<engine::Standings>(
      responder, request.id, [facts = std::move(*facts), &services](const engine::Standings& standings) {
        return explanation(facts, standings, services.runtime);
      });
  send(services, std::move(message), responder, request.id);
}

}  // namespace

void add_why_routes(Api& api) {
  using namespace schema;
  const Json idle = object({{"nodeId", text()},
                            {"reason", words({"queued", "dependencies", "approval", "capacity", "runtime", "retry"})},
                            {"detail", text()},
                            optional("waitsFor", list(text())),
                            optional("approvalId", text()),
                            optional("expiresAt", timestamp()),
                            optional("running", described(integer(), "Of the places to run, those that are taken")),
                            optional("limit", described(integer(), "Places to run (`engine.maxRunningNodes`)")),
                            optional("ready", described(integer(), "Nodes that wait for such a place")),
                            optional("attempt", integer()),
                            optional("attempts", integer()),
                            optional("nextAttemptAt", timestamp())});
  api.define("IdleNode", idle);
  const Json places = object({{"limit", integer()}, {"key", text()}, {"heldBy", list(text())}});
  const Json queue = object({{"reason", words({"queued"})},
                             {"queuedBefore", described(integer(), "Runs that want the same places and come first")},
                             {"detail", text()},
                             optional("concurrency", described(places, "Of its workflow and key, and who has them")),
                             optional("server", object({{"running", integer()}, {"limit", integer()}}))});
  api.add("GET", {"/api/workflows/:id/runs/:runId/why", "/api/workflows/runs/:runId/why", "/api/runs/:runId/why"},
          {.id = "explainRun",
           .tag = "Runs",
           .summary = "What each node waits for that is not running",
           .answers = {{200, "The idle nodes",
                        object({{"runId", text()},
                                {"status", text()},
                                {"waiting", list(ref("IdleNode"))},
                                optional("queue", queue)})},
                       bad_request("The run is one of another workflow"),
                       not_found("Workflow run not found")}},
          explain);
}

}  // namespace commandcenter::server
