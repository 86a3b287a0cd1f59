// /api/workflows/…/runs: what happened and is happening; retry, rerun and cancel.
#include <limits>

#include <fmt/format.h>

#include "server/api.h"
#include "server/idempotency.h"
#include "server/members.h"
#include "server/paging.h"
#include "server/routes.h"
#include "server/rows.h"
#include "server/run_filters.h"
#include "server/views.h"

namespace commandcenter::server {
namespace {

void refuse(Responder& responder, const Error& error, const Request& request) {
  responder.respond(error_response(error, request.id));
}

Result<Json> agent_runs(Services& services, const store::RunRow& run, bool with_capabilities) {
  auto rows = store::read_all<store::NodeRunRow>(services.store, {.table = store::Table::kNodeRuns, .run_id = run.id});
  if (!rows) return fail(std::move(rows.error()));
  const auto agents = AgentIndex::read(services.store, run.project_id);
  if (!agents) return fail(agents.error());
  std::stable_sort(rows->begin(), rows->end(), [](const store::NodeRunRow& a, const store::NodeRunRow& b) {
    return a.started_at_ms.value_or(a.created_at_ms) < b.started_at_ms.value_or(b.created_at_ms);
  });
  Json list = Json::array();
  for (const store::NodeRunRow& row : *rows)
    list.push_back(agent_run_view(row, *agents, *services.masker, with_capabilities));
  return list;
}

Result<Json> approvals(Services& services, const store::RunRow& run) {
  const auto rows = store::read_all<store::ApprovalRow>(
      services.store, {.table = store::Table::kApprovals, .run_id = run.id, .newest_first = true});
  if (!rows) return fail(rows.error());
  Json list = Json::array();
  for (const store::ApprovalRow& row : *rows)
    list.push_back(approval_view(row, *services.masker));
  return list;
}

// The workflow as of the version that the run is pinned to.
Result<Json> pinned_workflow(Services& services, const store::RunRow& run) {
  const auto row =
      store::read_one<store::WorkflowRow>(services.store, {.table = store::Table::kWorkflows, .id = run.workflow_id});
  if (!row) return fail(row.error());
  const auto version = store::read_one<store::WorkflowVersionRow>(
      services.store,
      {.table = store::Table::kWorkflowVersions, .workflow_id = run.workflow_id, .version = run.workflow_version});
  if (!version) return fail(version.error());
  const auto agents = AgentIndex::read(services.store, run.project_id);
  if (!agents) return fail(agents.error());
  if (!*row || !*version) return Json(nullptr);
  return workflow_view(**row, (*version)->document, *agents, true);
}

void show_run(const std::string& trace_url, Services& services, const Request& request, const Params& params,
              const std::shared_ptr<Responder>& responder) {
  const auto run = read_run(services, request, params, *responder);
  if (!run) return;
  const auto workflow = pinned_workflow(services, *run);
  if (!workflow) return refuse(*responder, workflow.error(), request);
  const auto nodes = agent_runs(services, *run, false);
  if (!nodes) return refuse(*responder, nodes.error(), request);
  const auto decisions = approvals(services, *run);
  if (!decisions) return refuse(*responder, decisions.error(), request);
  Json json = run_view(*run, viewer_of(services));
  Json trace = trace_view(json, trace_url);
  json["trace"] = std::move(trace);
  json["workflow"] = *workflow;
  json["agentRuns"] = *nodes;
  json["approvals"] = *decisions;
  responder->respond(json_response(200, json));
}

// Cuts the page, and puts the contexts into rows that were read without them: one by one, so that what does not fit is
// not even read.
Result<void> fill_page(Services& services, const Page& page, std::vector<store::RunRow>& rows, std::string& next) {
  cut_page(page, rows, &store::RunRow::started_at_ms, next);
  std::size_t size_bytes = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto whole = store::read_one<store::RunRow>(services.store, {.table = store::Table::kRuns, .id = rows[i].id});
    if (!whole) return fail(std::move(whole.error()));
    if (!*whole) continue;  // deleted meanwhile
    size_bytes += (*whole)->context.size();
    if (i > 0 && size_bytes > kMaxPage_bytes) {
      rows.resize(i);
      next = cursor_of(rows.back().started_at_ms, rows.back().id);
      break;
    }
    rows[i].context = std::move((*whole)->context);
  }
  return {};
}

void list_runs_of_workflow(Services& services, const Request& request, const Params& params,
                           const std::shared_ptr<Responder>& responder) {
  const auto workflow = read_workflow(services, params.at("id"), request, *responder);
  if (!workflow) return;
  const auto page = page_of(request, kMaxListedRuns, *responder);
  if (!page) return;
  store::Query query{.table = store::Table::kRuns, .workflow_id = workflow->id, .without_context = true};
  if (!ask_for_page(*page, query, request, *responder)) return;
  auto rows = store::read_all<store::RunRow>(services.store, query);
  if (!rows) return refuse(*responder, rows.error(), request);
  std::string next;
  if (auto filled = fill_page(services, *page, *rows, next); !filled)
    return refuse(*responder, filled.error(), request);
  Json list = Json::array();
  for (const store::RunRow& row : *rows)
    list.push_back(run_view(row, viewer_of(services)));
  Response response = json_response(200, list);
  if (!next.empty()) link_next(response, request, next);
  responder->respond(std::move(response));
}

void list_runs(Services& services, const Request& request, const Params&, const std::shared_ptr<Responder>& responder) {
  const auto page = page_of(request, kMaxListedRuns, *responder);
  if (!page) return;
  auto filters = run_filters(services, request);
  if (!filters) return responder->respond(filters_response(filters.error(), request.id));
  filters->query.without_context = true;
  if (!ask_for_page(*page, filters->query, request, *responder)) return;
  auto rows = find_runs(services, *filters);
  if (!rows) return refuse(*responder, rows.error(), request);
  std::string next;
  if (auto filled = fill_page(services, *page, *rows, next); !filled)
    return refuse(*responder, filled.error(), request);
  std::map<std::string, Json> names;  // of workflows; a page has few of them
  Json list = Json::array();
  for (const store::RunRow& row : *rows) {
    const auto [name, is_new] = names.try_emplace(row.workflow_id);
    if (is_new) {
      const auto workflow = store::read_one<store::WorkflowRow>(
          services.store, {.table = store::Table::kWorkflows, .id = row.workflow_id});
      if (workflow && *workflow) name->second = (*workflow)->name;
    }
    Json run = run_view(row, viewer_of(services));
    run["workflowName"] = name->second;
    list.push_back(std::move(run));
  }
  Response response = json_response(200, {{"runs", std::move(list)}});
  if (!next.empty()) link_next(response, request, next);
  responder->respond(std::move(response));
}

void show_agent_runs(Services& services, const Request& request, const Params& params,
                     const std::shared_ptr<Responder>& responder) {
  const auto run = read_run(services, request, params, *responder);
  if (!run) return;
  const auto nodes = agent_runs(services, *run, true);
  if (!nodes) return refuse(*responder, nodes.error(), request);
  responder->respond(json_response(200, *nodes));
}

void show_agent_runs_by_query(Services& services, const Request& request, const Params&,
                              const std::shared_ptr<Responder>& responder) {
  const auto id = request.query.find("workflowRunId");
  if (id == request.query.end()) {
    return responder->respond(error_response(400, "Missing workflowRunId query parameter", "invalid", request.id));
  }
  show_agent_runs(services, request, Params{{"runId", id->second}}, responder);
}

void show_approvals(Services& services, const Request& request, const Params& params,
                    const std::shared_ptr<Responder>& responder) {
  const auto run = read_run(services, request, params, *responder);
  if (!run) return;
  const auto decisions = approvals(services, *run);
  if (!decisions) return refuse(*responder, decisions.error(), request);
  responder->respond(json_response(200, *decisions));
}

// The log of a run, or with ?nodeId= of one node, oldest first; at most kMaxShownLog_bytes, from the beginning.
void show_logs(Services& services, const Request& request, const Params& params,
               const std::shared_ptr<Responder>& responder) {
  const auto run = read_run(services, request, params, *responder);
  if (!run) return;
  const auto nodes =
      store::read_all<store::NodeRunRow>(services.store, {.table = store::Table::kNodeRuns, .run_id = run->id});
  if (!nodes) return refuse(*responder, nodes.error(), request);
  const auto wanted = request.query.find("nodeId");
  std::int64_t shown_bytes = 0;
  Json list = Json::array();
  for (const store::NodeRunRow& node : *nodes) {
    if (wanted != request.query.end() && wanted->second != node.node && wanted->second != node.id) continue;
    const auto chunks =
        store::read_all<store::LogRow>(services.store, {.table = store::Table::kLogs, .node_run_id = node.id});
    if (!chunks) return refuse(*responder, chunks.error(), request);
    std::string text;
    std::int64_t last_chunk = 0;
    for (const store::LogRow& chunk : *chunks) {
      if (shown_bytes + static_cast<std::int64_t>(chunk.text.size()) > kMaxShownLog_bytes) break;
      shown_bytes += static_cast<std::int64_t>(chunk.text.size());
      text += chunk.text;
      last_chunk = chunk.chunk;
    }
    list.push_back({{"agentRunId", node.id},
                    {"nodeId", node.node},
                    {"attempt", node.attempt},
                    {"chunk", last_chunk},
                    {"text", std::move(text)}});
  }
  responder->respond(json_response(200, {{"logs", std::move(list)}}));
}

// Where a repetition starts and what it executes; answers 400 itself.
bool read_choice(const Json& body, engine::RetryRun& message, const Request& request, Responder& responder) {
  const auto refuse_member = [&](std::string_view member, const Json& value, std::string_view expected) {
    responder.respond(error_response(
        400, fmt::format("{}: {} is not possible; expected {}", member, dump_json(value).substr(0, 100), expected),
        "invalid", request.id));
    return false;
  };
  if (const Json* from = find_member(body, "from"); from != nullptr && !from->is_null()) {
    if (!from->is_string()) return refuse_member("from", *from, "\"failed\", \"beginning\" or the id of a node");
    message.from = from->get<std::string>();
  }
  const Json* version = find_member(body, "version");
  if (version == nullptr || version->is_null()) return true;
  if (*version == "same") {
    message.version = engine::RetryRun::kSameVersion;
  } else if (*version == "latest") {
    message.version = engine::RetryRun::kLatestVersion;
  } else if (version->is_number_integer() && *version >= 1 && *version <= std::numeric_limits<std::int64_t>::max()) {
    message.version = version->get<std::int64_t>();
  } else {
    return refuse_member("version", *version, "\"same\", \"latest\" or the number of a version");
  }
  return true;
}

void repeat_run(Services& services, engine::RetryRun message, const Idempotency& idempotency, const Request& request,
                const std::shared_ptr<Responder>& responder, std::string_view text) {
  message.reply = [responder, original = message.run_id, from = message.from, known = idempotency, text,
                   id = request.id](Result<engine::RunView> view) {
    if (!view) return responder->respond(error_response(view.error(), id));
    if (view->duplicate && !is_same_request(known, view->recorded)) return responder->respond(refuse_reused_key(id));
    Response response = json_response(202, {{"workflowRunId", view->run_id},
                                            {"id", view->run_id},
                                            {"originalRunId", original},
                                            {"from", from},
                                            {"status", "PENDING"},
                                            {"message", text}});
    response.headers.emplace_back("Location",
                                  fmt::format("/api/workflows/{}/runs/{}", view->workflow_id, view->run_id));
    if (view->duplicate) mark_replayed(response);
    responder->respond(std::move(response));
  };
  send(services, std::move(message), responder, request.id);
}

void retry_run(Services& services, const Request& request, const Params& params,
               const std::shared_ptr<Responder>& responder) {
  const auto body = json_body(request, *responder);
  if (!body) return;
  const auto run = read_run(services, request, params, *responder);
  if (!run) return;
  const auto idempotency = idempotency_of(request, services.clock, *responder);
  if (!idempotency) return;
  if (run->status != "FAILED") {
    return responder->respond(error_response(400, "Can only retry failed workflow runs", "invalid", request.id,
                                             {{"currentStatus", run->status}}));
  }
  engine::RetryRun message;
  message.run_id = run->id;
  message.once = idempotency->once;
  if (!read_choice(*body, message, request, *responder)) return;
  repeat_run(services, std::move(message), *idempotency, request, responder, "Workflow retry started");
}

// A new run of any run that has ended. Unlike a retry it stays with what the run executed unless told otherwise.
void rerun_run(Services& services, const Request& request, const Params& params,
               const std::shared_ptr<Responder>& responder) {
  const auto body = json_body(request, *responder);
  if (!body) return;
  const auto run = read_run(services, request, params, *responder);
  if (!run) return;
  const auto idempotency = idempotency_of(request, services.clock, *responder);
  if (!idempotency) return;
  engine::RetryRun message;
  message.run_id = run->id;
  message.version = engine::RetryRun::kSameVersion;
  message.only_failed = false;
  message.trigger = "rerun";
  message.from = run->status == "SUCCESS" ? "beginning" : "failed";
  message.once = idempotency->once;
  if (!read_choice(*body, message, request, *responder)) return;
  repeat_run(services, std::move(message), *idempotency, request, responder, "Workflow rerun started");
}

// Two names for the same.
std::optional<std::string> who_wants_it(const Json& body, const Request& request, Responder& responder) {
  auto by = name_of(body, "by", request, responder);
  return by && by->empty() ? name_of(body, "requestedBy", request, responder) : by;
}

void cancel_run(Services& services, const Request& request, const Params& params,
                const std::shared_ptr<Responder>& responder) {
  const auto body = json_body(request, *responder);
  if (!body) return;
  auto by = who_wants_it(*body, request, *responder);
  if (!by) return;
  const auto run = read_run(services, request, params, *responder);
  if (!run) return;
  engine::CancelRun message;
  message.run_id = run->id;
  message.by = std::move(*by);
  message.reply = reply_with<engine::RunView>(responder, request.id, [](const engine::RunView& view) {
    return json_response(202, {{"workflowRunId", view.run_id},
                               {"id", view.run_id},
                               {"status", view.status},
                               {"message", "Workflow run is being cancelled"}});
  });
  send(services, std::move(message), responder, request.id);
}

void roll_back_run(Services& services, const Request& request, const Params& params,
                   const std::shared_ptr<Responder>& responder) {
  const auto body = json_body(request, *responder);
  if (!body) return;
  auto by = who_wants_it(*body, request, *responder);
  if (!by) return;
  const auto run = read_run(services, request, params, *responder);
  if (!run) return;
  engine::RollbackRun message;
  message.run_id = run->id;
  message.by = std::move(*by);
  message.reply = reply_with<engine::RunView>(responder, request.id, [](const engine::RunView& view) {
    return json_response(200, {{"workflowRunId", view.run_id},
                               {"id", view.run_id},
                               {"status", view.status},
                               {"message", "What the run changed in its workspace was taken back"}});
  });
  send(services, std::move(message), responder, request.id);
}

std::vector<std::string> paths_of_run(const std::string& end) {
  return {"/api/workflows/:id/runs/:runId" + end, "/api/workflows/runs/:runId" + end, "/api/runs/:runId" + end};
}

void add_run_parts(Api& api) {
  using namespace schema;
  const auto add = [&](const std::string& end, const std::string& id, const std::string& summary, Json shown,
                       std::vector<Parameter> query, const Api::Handler& handler) {
    api.add("GET", paths_of_run(end),
            {.id = id,
             .tag = "Runs",
             .summary = summary,
             .query = std::move(query),
             .answers = {{200, summary, std::move(shown)},
                         bad_request("The run is one of another workflow"),
                         not_found("Workflow run not found")}},
            handler);
  };
  const Json log = object({{"agentRunId", text()},
                           {"nodeId", text()},
                           {"attempt", integer()},
                           {"chunk", described(integer(), "Of the last line; the event stream numbers them too")},
                           {"text", text()}});
  add("", "getRun", "A run with its workflow, agent runs and approvals", ref("RunDetail"), {},
      [trace_url = api.config().trace_url](Services& services, const Request& request, const Params& params,
                                           const std::shared_ptr<Responder>& responder) {
        show_run(trace_url, services, request, params, responder);
      });
  add("/agent-runs", "listAgentRuns", "The attempts of a run's nodes", list(ref("AgentRunDetail")), {},
      show_agent_runs);
  add("/approvals", "listApprovalsOfRun", "The approvals of a run", list(ref("Approval")), {}, show_approvals);
  add("/logs", "getLogs", "What the agents of a run logged", object({{"logs", list(log)}}),
      {{"nodeId", "Only this node, or this agent run"}}, show_logs);
}

void add_run_actions(Api& api) {
  using namespace schema;
  const auto choice = [](const std::string& version) {
    return object(
        {optional("from", described(text(),
                                    "`failed` (what succeeded is kept), `beginning`, or the id of a "
                                    "node: what is not behind it is kept")),
         optional("version", described(any(), "`same` (what the run executed), `latest` or a number; " + version))});
  };
  const Json repeated = object({{"workflowRunId", text()},
                                {"id", text()},
                                {"originalRunId", text()},
                                {"from", text()},
                                {"status", words({"PENDING"})},
                                {"message", text()}});
  api.add("POST", paths_of_run("/retry"),
          {.id = "retryRun",
           .tag = "Runs",
           .summary = "Repeat a failed run in a new one",
           .headers = {idempotency_header()},
           .body = choice("`latest`, unless said otherwise"),
           .traffic = Traffic::kTrigger,
           .answers = {{202, "The new run", repeated},
                       bad_request("The run has not failed, or has no such node"),
                       not_found("Workflow run not found"),
                       reused_key()}},
          retry_run);
  api.add("POST", paths_of_run("/rerun"),
          {.id = "rerunRun",
           .tag = "Runs",
           .summary = "Repeat any run that has ended in a new one",
           .headers = {idempotency_header()},
           .body = choice("`same`, unless said otherwise"),
           .traffic = Traffic::kTrigger,
           .answers = {{202, "The new run", repeated},
                       bad_request("There is no such node or version"),
                       not_found("Workflow run not found"),
                       conflict("The run has not ended, or its outputs cannot stand for those of that version"),
                       reused_key()}},
          rerun_run);
  api.add("POST", paths_of_run("/cancel"),
          {.id = "cancelRun",
           .tag = "Runs",
           .summary = "Stop a run",
           .body = object({optional("by", described(text(), "Who wants it"))}),
           .answers = {{202, "It is being stopped",
                        object({{"workflowRunId", text()}, {"id", text()}, {"status", text()}, {"message", text()}})},
                       bad_request("The body is wrong, or the run is one of another workflow"),
                       not_found("Workflow run not found"),
                       conflict("It has ended already")}},
          cancel_run);
  api.add("POST", paths_of_run("/rollback"),
          {.id = "rollBackRun",
           .tag = "Runs",
           .summary = "Take back what a run changed in its workspace",
           .body = object({optional("by", described(text(), "Who wants it"))}),
           .answers = {{200, "Every file is as it was before",
                        object({{"workflowRunId", text()}, {"id", text()}, {"status", text()}, {"message", text()}})},
                       bad_request("The body is wrong, or the run is one of another workflow"),
                       not_found("Workflow run not found"),
                       conflict("It has not ended, changed no files, was taken back before, or a file has changed "
                                "since: then nothing is changed")}},
          roll_back_run);
}

}  // namespace

void add_run_routes(Api& api) {
  using namespace schema;
  api.add("GET", {"/api/workflows/:id/runs"},
          {.id = "listRunsOfWorkflow",
           .tag = "Runs",
           .summary = "The latest runs of a workflow",
           .query = with_page({project_parameter("Whose workflow has that name")}, kMaxListedRuns),
           .answers = {{200, "Newest first", list(ref("Run"))},
                       bad_request("A parameter is wrong"),
                       not_found("Workflow not found")}},
          list_runs_of_workflow);
  api.add("GET", {"/api/workflows/runs", "/api/runs"},
          {.id = "listRuns",
           .tag = "Runs",
           .summary = "The latest runs of all workflows",
           .query = with_page(run_filter_parameters(), kMaxListedRuns),
           .answers = {{200, "Newest first", object({{"runs", list(ref("ListedRun"))}})},
                       bad_request("A parameter is wrong")}},
          list_runs);
  api.add("GET", {"/api/agents/runs"},
          {.id = "findAgentRuns",
           .tag = "Runs",
           .summary = "The attempts of a run's nodes",
           .query = {{"workflowRunId", "The run", text(), true}},
           .answers = {{200, "Oldest first", list(ref("AgentRunDetail"))},
                       bad_request("workflowRunId is missing"),
                       not_found("Workflow run not found")}},
          show_agent_runs_by_query);
  add_run_parts(api);
  add_run_actions(api);
}

}  // namespace commandcenter::server
