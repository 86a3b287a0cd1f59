// /api/workflows: definitions, and starting runs of them.
#include <algorithm>
#include <array>
#include <filesystem>

#include <fmt/format.h>

#include "base/document.h"
#include "core/workflow/workflow.h"
#include "core/workflow/workspace.h"
#include "observe/trace.h"
#include "server/api.h"
#include "server/definitions.h"
#include "server/idempotency.h"
#include "server/paging.h"
#include "server/precondition.h"
#include "server/routes.h"
#include "server/rows.h"
#include "server/views.h"

namespace commandcenter::server {
namespace {

using workflow::Definition;

bool is_truthy(const Json& body, const std::string& key) {
  const Json* value = find_member(body, key);
  if (value == nullptr || value->is_null() || *value == false) return false;
  return !value->is_string() || !value->get_ref<const std::string&>().empty();
}

// A blueprint has no `trigger`, but writes what starts it among its own members.
bool names_a_trigger(const Json& body) {
  constexpr std::array kKeys{"trigger", "on", "event", "pattern", "patterns", "schedule", "cron"};
  return std::ranges::any_of(kKeys, [&body](const char* key) { return is_truthy(body, key); });
}

// The workflow as whoever stored it is answered, who is also told what of it means nothing.
Response stored_response(Services& services, int status, const store::WorkflowRow& row,
                         const std::vector<std::string>& ignored) {
  const auto agents = AgentIndex::read(services.store, row.project_id);
  Json view = workflow_view(row, row.document, agents ? *agents : AgentIndex{}, false);
  if (!ignored.empty()) view["ignored"] = ignored;
  Response response = json_response(status, view);
  add_version_tag(response, row.version);
  return response;
}

Response created_response(Services& services, const store::WorkflowRow& row, const std::vector<std::string>& ignored) {
  Response response = stored_response(services, 201, row, ignored);
  response.headers.emplace_back("Location", "/api/workflows/" + row.id);
  return response;
}

// Says everything that is wrong, also what would show only when this is mended.
void refuse_definition(Services& services, const Document& document,
                       const tl::expected<Definition, std::vector<workflow::Problem>>& definition,
                       const std::string& request_id, Responder& responder) {
  const auto problems = problems_of(services.store, document, definition);
  responder.respond(problems ? problems_response("Invalid workflow definition", *problems, request_id)
                             : error_response(problems.error(), request_id));
}

// A workflow as it was when it was made, whatever became of it.
Result<store::WorkflowRow> read_as_created(Services& services, const std::string& id) {
  auto row = store::read_one<store::WorkflowRow>(services.store, {.table = store::Table::kWorkflows, .id = id});
  if (!row) return fail(std::move(row.error()));
  auto first = store::read_one<store::WorkflowVersionRow>(
      services.store, {.table = store::Table::kWorkflowVersions, .workflow_id = id, .version = 1});
  if (!first) return fail(std::move(first.error()));
  if (!*row || !*first) return fail(ErrorCode::kInternal, fmt::format("the record of workflow {} is damaged", id));
  const auto definition = parse_json((*first)->document);
  if (!definition) return fail(definition.error());
  store::WorkflowRow created = std::move(**row);
  created.version = 1;
  created.name = string_member(*definition, "name");
  created.status = string_member(*definition, "status");
  created.document = std::move((*first)->document);
  created.updated_at_ms = created.created_at_ms;
  return created;
}

void post_workflow(Services& services, const Request& request, const Params&,
                   const std::shared_ptr<Responder>& responder) {
  auto document = std::make_shared<Document>();
  if (is_yaml(request)) {
    auto parsed = parse_document(request.body);
    if (!parsed) return responder->respond(error_response(parsed.error(), request.id));
    *document = std::move(*parsed);
  } else {
    auto body = json_body(request, *responder);
    if (!body) return;
    std::vector<workflow::Problem> missing;
    for (const std::string key : {"name", "trigger", "nodes"}) {
      const bool is_there = key == "trigger" ? names_a_trigger(*body) : is_truthy(*body, key);
      if (!is_there) missing.push_back({key, 0, 0, "is missing"});
    }
    if (!missing.empty()) {
      return responder->respond(error_response(
          400, "Missing required fields", "missing_fields", request.id,
          {{"required", {"projectId", "name", "trigger", "nodes"}}, {"problems", problem_list(missing)}}));
    }
    document->value = std::move(*body);
    if (auto located = parse_document(request.body)) document->positions = std::move(located->positions);
  }
  const auto project_id = project_of(request);
  if (!project_id) return responder->respond(error_response(project_id.error(), request.id));
  if (document->value.is_object() && !document->value.contains("projectId")) document->value["projectId"] = *project_id;
  const workflow::Locator locate = [document](const std::string& path) { return document->locate(path); };
  auto definition = read_definition(*document);
  if (!definition) return refuse_definition(services, *document, definition, request.id, *responder);

  auto idempotency = idempotency_of(request, services.clock, *responder);
  if (!idempotency) return;
  engine::CreateWorkflow message;
  message.once = std::move(idempotency->once);
  message.repeated = [&services, responder, id = request.id, known = *idempotency,
                      ignored = definition->ignored](const Json& recorded) {
    if (!is_same_request(known, recorded)) return responder->respond(refuse_reused_key(id));
    const auto row = read_as_created(services, string_member(recorded, "workflowId"));
    if (!row) return responder->respond(error_response(row.error(), id));
    Response response = created_response(services, *row, ignored);
    mark_replayed(response);
    responder->respond(std::move(response));
  };
  message.guard = [&services, trigger = definition->trigger] { return services.triggers.check_path(trigger, {}); };
  message.reply = reply_with<store::WorkflowRow>(
      responder, request.id, [&services, ignored = std::move(definition->ignored)](const store::WorkflowRow& row) {
        return created_response(services, row, ignored);
      });
  message.definition = std::move(*definition);
  message.locate = locate;
  message.problems = [responder, id = request.id](const std::vector<workflow::Problem>& problems) {
    responder->respond(problems_response("Invalid workflow definition", problems, id));
  };
  send(services, std::move(message), responder, request.id);
}

Json next_run_at(const Services& services, const std::string& workflow_id) {
  const auto next_ms = services.triggers.next_run_ms(workflow_id);
  return next_ms ? Json(iso8601(*next_ms)) : Json(nullptr);
}

void list_workflows(Services& services, const Request& request, const Params&,
                    const std::shared_ptr<Responder>& responder) {
  const auto project_id = lenient_number(request, "projectId");
  if (!project_id) {
    return responder->respond(
        error_response(400, "Missing or invalid projectId query parameter", "invalid", request.id));
  }
  const auto page = page_of(request, kMaxPage, *responder);
  if (!page) return;
  store::Query query{.table = store::Table::kWorkflows, .project_id = *project_id};
  if (!ask_for_page(*page, query, request, *responder)) return;
  if (const auto status = request.query.find("status"); status != request.query.end()) {
    if (status->second != "ACTIVE" && status->second != "DRAFT" && status->second != "ARCHIVED") {
      return responder->respond(
          error_response(400, fmt::format("Unknown status {}; expected ACTIVE, DRAFT or ARCHIVED", status->second),
                         "invalid", request.id, {{"validStatuses", {"ACTIVE", "DRAFT", "ARCHIVED"}}}));
    }
    query.status = status->second;
  }
  auto rows = store::read_all<store::WorkflowRow>(services.store, query);
  const auto agents = AgentIndex::read(services.store, *project_id);
  if (!rows) return responder->respond(error_response(rows.error(), request.id));
  if (!agents) return responder->respond(error_response(agents.error(), request.id));
  std::string next;
  cut_page(*page, *rows, &store::WorkflowRow::created_at_ms, next);
  Json list = Json::array();
  for (const store::WorkflowRow& row : *rows) {
    if (row.status == "DELETED") continue;
    list.push_back(workflow_view(row, row.document, *agents, false));
    list.back()["nextRunAt"] = next_run_at(services, row.id);
  }
  Response response = json_response(200, list);
  if (!next.empty()) link_next(response, request, next);
  responder->respond(std::move(response));
}

void show_workflow(Services& services, const Request& request, const Params& params,
                   const std::shared_ptr<Responder>& responder) {
  const auto row = read_workflow(services, params.at("id"), request, *responder);
  if (!row) return;
  const auto agents = AgentIndex::read(services.store, row->project_id);
  if (!agents) return responder->respond(error_response(agents.error(), request.id));
  Json view = workflow_view(*row, row->document, *agents, true);
  view["nextRunAt"] = next_run_at(services, row->id);
  Response response = json_response(200, view);
  add_version_tag(response, row->version);
  responder->respond(std::move(response));
}

// The workflow with what the body says in place of what is stored.
tl::expected<Document, workflow::Problem> changed_document(Json stored, const Json& body) {
  // A member may be written in more than one way: the body's way replaces the stored one.
  static const std::map<std::string, std::string> kStoredAs{
      {"timeoutMs", "timeout"}, {"timeoutSeconds", "timeout"}, {"on", "trigger"},
      {"event", "trigger"},     {"pattern", "trigger"},        {"patterns", "trigger"},
      {"schedule", "trigger"},  {"cron", "trigger"},           {"projectId", "project"}};
  // A null takes away what may be missing. These have a value always, so that a null would bring back the default: a
  // client that sends null for what it does not mean to change must not wake a draft.
  static const std::vector<std::string> kAlwaysThere{"name", "status", "trigger", "nodes", "projectId"};
  for (const auto& [key, value] : body.items()) {
    if (value.is_null() && std::find(kAlwaysThere.begin(), kAlwaysThere.end(), key) != kAlwaysThere.end())
      return tl::unexpected(workflow::Problem{key, 0, 0, "is null; leave it out to keep it as it is"});
    if (const auto known = kStoredAs.find(key); known != kStoredAs.end()) stored.erase(known->second);
  }
  for (const auto& [key, value] : body.items()) {
    if (key != "id" && key != "definition" && key != "version") stored[key] = value;
  }
  return Document{std::move(stored), {}};
}

// PUT and PATCH alike: what the body leaves out stays; any change is a new version.
void change_workflow(Services& services, const Request& request, const Params& params,
                     const std::shared_ptr<Responder>& responder) {
  const auto body = json_body(request, *responder);
  if (!body) return;
  const auto row = read_workflow(services, params.at("id"), request, *responder);
  if (!row) return;
  if (!accepts_version(request, row->version)) return responder->respond(refuse_outdated(*row, request.id));
  auto stored = parse_json(row->document);
  if (!stored) return responder->respond(error_response(stored.error(), request.id));
  const auto refuse = [responder, id = request.id](const std::vector<workflow::Problem>& problems) {
    responder->respond(problems_response("Invalid workflow definition", problems, id));
  };
  const auto document = changed_document(std::move(*stored), *body);
  if (!document) return refuse({document.error()});
  auto definition = read_definition(*document);
  if (!definition) return refuse_definition(services, *document, definition, request.id, *responder);
  if (definition->project_id != row->project_id) {
    const std::string stays = fmt::format("the workflow belongs to project {} and stays there", row->project_id);
    return refuse({{"projectId", 0, 0, stays}});
  }
  engine::UpdateWorkflow message;
  message.id = row->id;
  message.guard = [&services, trigger = definition->trigger, id = row->id] {
    return services.triggers.check_path(trigger, id);
  };
  message.expected_version = row->version;
  auto ignored = std::move(definition->ignored);
  message.definition = std::move(*definition);
  message.problems = refuse;
  if (has_precondition(request)) {
    message.outdated = [responder, id = request.id](const store::WorkflowRow& current) {
      responder->respond(refuse_outdated(current, id));
    };
  }
  message.reply = reply_with<store::WorkflowRow>(
      responder, request.id, [&services, ignored = std::move(ignored)](const store::WorkflowRow& changed) {
        return stored_response(services, 200, changed, ignored);
      });
  send(services, std::move(message), responder, request.id);
}

void delete_workflow(Services& services, const Request& request, const Params& params,
                     const std::shared_ptr<Responder>& responder) {
  const auto row = read_workflow(services, params.at("id"), request, *responder);
  if (!row) return;
  if (!accepts_version(request, row->version)) return responder->respond(refuse_outdated(*row, request.id));
  engine::DeleteWorkflow message;
  message.id = row->id;
  message.reply = reply_with<bool>(responder, request.id, [](bool) { return no_content(); });
  send(services, std::move(message), responder, request.id);
}

// The repository a run works on, as the trigger names it: explicitly, or as a host folder in the context.
Result<std::string> workspace_of(Services& services, const Json& body, const Json& context) {
  for (const char* key : {"workspace", "repository"}) {
    const Json* written = find_member(body, key);
    if (written == nullptr || written->is_null()) continue;
    auto workspace = workflow::workspace_text(*written);
    if (!workspace) return fail(ErrorCode::kInvalid, fmt::format("{}: {}", key, workspace.error().message));
    if (workflow::repository_of(*workspace)) return workspace;
    if (!workspace->empty()) return services.roots.resolve(*workspace);
  }
  for (const char* key : {"workspace", "repositoryPath", "repository"}) {
    const std::string path = string_member(context, key);
    if (path.starts_with('/') && path != "/workspace" && !path.starts_with("/workspace/"))
      return services.roots.resolve(path);
  }
  return std::string();
}

// Three names for the same thing; a value must not be dropped in silence.
Result<Json> context_of(const Json& body) {
  const Json* found = nullptr;
  for (const char* key : {"contextJson", "context", "input"}) {
    const Json* context = find_member(body, key);
    if (context == nullptr || context->is_null()) continue;
    if (!context->is_object())
      return fail(ErrorCode::kInvalid, fmt::format("{}: expected an object, got {}", key, json_type_name(*context)));
    if (found != nullptr && *found != *context)
      return fail(ErrorCode::kInvalid,
                  fmt::format("{}: contextJson, context and input are names of the same, and differ; send one", key));
    found = context;
  }
  return found == nullptr ? Json(Json::object()) : *found;
}

Response refuse_trigger(const Error& error, const std::string& request_id) {
  if (error.code != ErrorCode::kConflict || !error.message.starts_with("Cannot trigger"))
    return error_response(error, request_id);
  const auto open = error.message.rfind('(');
  return error_response(400, "Cannot trigger non-active workflow", "not_active", request_id,
                        {{"currentStatus", error.message.substr(open + 1, error.message.size() - open - 2)}});
}

Response triggered_response(const engine::RunView& run, bool waited) {
  Json reply = {{"workflowRunId", run.run_id},
                {"id", run.run_id},
                {"status", waited ? run.status : "PENDING"},
                {"message", "Workflow execution started"}};
  if (waited) {
    reply["message"] = fmt::format("Workflow run is {}", run.status);
    reply["error"] = run.error.empty() ? Json(nullptr) : Json(run.error);
  }
  Response response = json_response(201, reply);
  response.headers.emplace_back(
      "Location", run.workflow_id.empty() ? "/api/runs/" + run.run_id
                                          : fmt::format("/api/workflows/{}/runs/{}", run.workflow_id, run.run_id));
  if (run.duplicate) mark_replayed(response);
  return response;
}

// What came as the caller's trace, if it is one.
std::string trace_parent_of(const Request& request) {
  const auto header = request.headers.find(observe::kTraceParent);
  return header != request.headers.end() && observe::parse_trace_parent(header->second) ? header->second
                                                                                        : std::string();
}

void trigger_workflow(Services& services, const Request& request, const Params& params,
                      const std::shared_ptr<Responder>& responder) {
  const auto body = json_body(request, *responder);
  if (!body) return;
  auto context = context_of(*body);
  if (!context) return responder->respond(error_response(context.error(), request.id));
  auto workspace = workspace_of(services, *body, *context);
  if (!workspace) return responder->respond(error_response(workspace.error(), request.id));

  const auto project_id = project_of(request);  // of a name
  if (!project_id) return responder->respond(error_response(project_id.error(), request.id));
  const auto waits = flag_of(request, "wait");
  if (!waits) return responder->respond(error_response(waits.error(), request.id));
  const auto wait_s = lenient_number(request, "timeoutSeconds");
  if (!wait_s && request.query.contains("timeoutSeconds"))
    return responder->respond(
        error_response(400, "timeoutSeconds: expected a whole number from 1 on", "invalid", request.id));

  const auto idempotency = idempotency_of(request, services.clock, *responder);
  if (!idempotency) return;
  engine::TriggerRun message;
  message.once = idempotency->once;
  message.workflow = params.at("id");
  message.project_id = *project_id;
  message.context = std::move(*context);
  message.workspace = std::move(*workspace);
  message.trace_parent = trace_parent_of(request);
  message.until_finished = *waits;
  const std::int64_t wait_ms = std::min(wait_s.value_or(kDefaultWait_ms / 1000), kMaxWait_ms / 1000) * 1000;
  message.deadline_ms = services.clock.monotonic_ms() + wait_ms;
  message.reply = [responder, id = request.id, waited = message.until_finished,
                   known = *idempotency](const Result<engine::RunView>& run) {
    if (!run) return responder->respond(refuse_trigger(run.error(), id));
    if (run->duplicate && !is_same_request(known, run->recorded)) return responder->respond(refuse_reused_key(id));
    responder->respond(triggered_response(*run, waited));
  };
  send(services, std::move(message), responder, request.id);
}

Json definition_schema(bool is_change) {
  using namespace schema;
  Json body =
      object({optional("description", nullable(text())),
              optional("projectId", described(integer(), "That of the query if it is not given, or 1")),
              optional("status", words({"ACTIVE", "DRAFT", "ARCHIVED"})), optional("timeout", any()),
              optional("concurrency", any()), optional("workspace", any()), optional("edges", list(map_of(any())))});
  const Json nodes = described(any(), "An array of nodes, or an object of nodes by id");
  const Json trigger = described(any(), "manual, an event, a schedule or a webhook, in any form");
  if (is_change)
    return extended(body, {optional("name", text()), optional("trigger", trigger), optional("nodes", nodes)});
  return extended(body, {{"name", text()}, optional("trigger", trigger), {"nodes", nodes}});
}

Json trigger_schema() {
  using namespace schema;
  const Json context = described(map_of(any()), "What the run knows as `context`; all three names mean the same");
  return object({optional("contextJson", nullable(context)), optional("context", nullable(context)),
                 optional("input", nullable(context)),
                 optional("workspace", described(any(),
                                                 "The repository to work on: a folder below the roots, an address "
                                                 "with #reference, or {repo, ref}"))});
}

void add_definition_routes(Api& api) {
  using namespace schema;
  const std::string tag = "Workflows";
  api.add("POST", {"/api/workflows"},
          {.id = "createWorkflow",
           .tag = tag,
           .summary = "Create a workflow",
           .description = "From any dialect of docs/formats/workflow.md, as JSON or YAML.",
           .query = {project_parameter("Where it belongs if the body does not say")},
           .headers = {idempotency_header()},
           .body = definition_schema(false),
           .takes_yaml = true,
           .answers = {{201, "The workflow", ref("Workflow")},
                       bad_request("Everything that is wrong with it, and nothing is stored"),
                       conflict("The project has a workflow of this name"),
                       reused_key()}},
          post_workflow);
  api.add("GET", {"/api/workflows"},
          {.id = "listWorkflows",
           .tag = tag,
           .summary = "All workflows of a project, newest first",
           .query = with_page({{"projectId", "The project", integer(), true},
                               {"status", "Only these", words({"ACTIVE", "DRAFT", "ARCHIVED"})}},
                              kMaxPage),
           .answers = {{200, "The workflows", list(ref("Workflow"))},
                       bad_request("projectId is missing, or a parameter is wrong")}},
          list_workflows);
  api.add("GET", {"/api/workflows/:id"},
          {.id = "getWorkflow",
           .tag = tag,
           .summary = "One workflow",
           .description = "ETag is its version, for If-Match.",
           .query = {project_parameter("Whose workflow has that name")},
           .answers = {{200, "The workflow", ref("WorkflowDetail")},
                       bad_request("projectId is wrong"),
                       not_found("Workflow not found")}},
          show_workflow);
  for (const std::string method : {"PUT", "PATCH"}) {
    api.add(method, {"/api/workflows/:id"},
            {.id = method == "PUT" ? "replaceWorkflow" : "changeWorkflow",
             .tag = tag,
             .summary = "Change a workflow",
             .description =
                 "What the body leaves out stays. Every change is a new version, which ETag tells; runs keep theirs. "
                 "What changes nothing makes none.",
             .query = {project_parameter("Whose workflow has that name")},
             .headers = {precondition_header()},
             .body = definition_schema(true),
             .answers = {{200, "The workflow", ref("Workflow")},
                         bad_request("Everything that is wrong with it, and nothing is changed"),
                         not_found("Workflow not found"),
                         conflict("The name is taken, or somebody else changed it at the same time"),
                         outdated()}},
            change_workflow);
  }
  api.add("DELETE", {"/api/workflows/:id"},
          {.id = "deleteWorkflow",
           .tag = tag,
           .summary = "Delete a workflow; its runs stay",
           .query = {project_parameter("Whose workflow has that name")},
           .headers = {precondition_header()},
           .answers = {{204, "It is gone", {}},
                       bad_request("projectId is wrong"),
                       not_found("Workflow not found"),
                       conflict("Runs of it have not ended"),
                       outdated()}},
          delete_workflow);
}

}  // namespace

void add_workflow_routes(Api& api) {
  using namespace schema;
  add_definition_routes(api);
  api.add("POST", {"/api/workflows/:id/trigger"},
          {.id = "triggerWorkflow",
           .tag = "Workflows",
           .summary = "Start a run",
           .description = "The answer comes when the run is on disk, or with `wait` when it has ended.",
           .query = {project_parameter("Whose workflow has that name"),
                     {"wait", "true: answer when the run has ended", boolean()},
                     {"timeoutSeconds", "How long to wait at most; 60 if it is not given", integer()}},
           .headers = {idempotency_header()},
           .body = trigger_schema(),
           .traffic = Traffic::kTrigger,
           .answers = {{201, "The run; also in Location",
                        object({{"workflowRunId", text()},
                                {"id", text()},
                                {"status", text()},
                                {"message", text()},
                                optional("error", nullable(text()))})},
                       bad_request("The body or a parameter is wrong, or the workflow is not active"),
                       not_found("Workflow not found, or the workspace"),
                       reused_key()}},
          trigger_workflow);
}

}  // namespace commandcenter::server
