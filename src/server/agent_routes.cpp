// /api/agents: the registry.
#include <filesystem>

#include <fmt/format.h>

#include "agent/agent.h"
#include "server/api.h"
#include "server/definitions.h"
#include "server/paging.h"
#include "server/routes.h"
#include "server/views.h"

namespace commandcenter::server {
namespace {

const std::vector<std::string> kRequired{"projectId", "name", "type", "entryPath", "version", "riskLevel"};
const std::vector<std::string> kTypes{"LLM", "RULE", "API", "SCRIPT"};
const std::vector<std::string> kRiskLevels{"AUTO", "APPROVAL_REQUIRED"};

bool is_given(const Json& body, const std::string& key) {
  const Json* value = find_member(body, key);
  if (value == nullptr || value->is_null()) return false;
  return !value->is_string() || !value->get_ref<const std::string&>().empty();
}

bool is_word_of(const Json& body, const std::string& key, const std::vector<std::string>& words) {
  return std::find(words.begin(), words.end(), string_member(body, key)) != words.end();
}

// The checks that clients know, in their order, before the ones that look at every member.
std::optional<Response> refuse_registration(const Json& body, const std::string& request_id) {
  std::vector<workflow::Problem> missing;
  for (const std::string& key : kRequired) {
    if (key != "projectId" && !is_given(body, key)) missing.push_back({key, 0, 0, "is missing"});
  }
  if (!missing.empty()) {
    return error_response(400, "Missing required fields", "missing_fields", request_id,
                          {{"required", kRequired}, {"problems", problem_list(missing)}});
  }
  if (!is_word_of(body, "type", kTypes)) {
    return error_response(400, "Invalid type", "invalid", request_id, {{"validTypes", kTypes}});
  }
  if (!is_word_of(body, "riskLevel", kRiskLevels)) {
    return error_response(400, "Invalid riskLevel", "invalid", request_id, {{"validRiskLevels", kRiskLevels}});
  }
  return std::nullopt;
}

// Where the program of an agent lies, if this server can see it: the entry path, taken as it is or below one of the
// roots. An absolute path outside the roots is refused; one that is not there is accepted, and told when the agent is
// to run.
Result<void> find_program(Services& services, agent::Agent& agent) {
  namespace fs = std::filesystem;
  const fs::path entry(agent.entry_path);
  std::vector<fs::path> candidates;
  if (entry.is_absolute()) {
    candidates.push_back(entry);
  } else {
    for (const std::string& root : services.roots.roots())
      candidates.push_back(fs::path(root) / entry);
  }
  for (const fs::path& candidate : candidates) {
    std::error_code error;
    if (!fs::is_regular_file(candidate, error)) continue;
    auto folder = services.roots.resolve(candidate.parent_path().string());
    if (!folder)
      return fail(ErrorCode::kInvalid,
                  fmt::format("entryPath {} is outside the folders this server may use", agent.entry_path));
    agent.folder = std::move(*folder);
    agent.command = {"./" + candidate.filename().string()};
    return {};
  }
  if (entry.is_absolute() && !services.roots.resolve(entry.parent_path().string())) {
    return fail(ErrorCode::kInvalid,
                fmt::format("entryPath {} is outside the folders this server may use", agent.entry_path));
  }
  return {};
}

// {"folder": PATH, "replace": false, "projectId": 1}
void register_folder(Services& services, const Json& body, const Request& request,
                     const std::shared_ptr<Responder>& responder) {
  const auto wrong = [&](std::string_view field, std::string_view expected) {
    responder->respond(error_response(
        400, fmt::format("{}: expected {}, got {}", field, expected, dump_json(body.at(std::string(field)))), "invalid",
        request.id));
  };
  const Json* replace = find_member(body, "replace");
  const Json* project = find_member(body, "projectId");
  if (!body.at("folder").is_string()) return wrong("folder", "the folder on the server that holds the agent.yaml");
  if (replace != nullptr && !replace->is_boolean()) return wrong("replace", "true or false");
  if (project != nullptr && (!project->is_number_integer() || *project <= 0))
    return wrong("projectId", "a positive whole number");
  auto resolved = services.roots.resolve(body.at("folder").get<std::string>());
  if (!resolved) return responder->respond(error_response(resolved.error(), request.id));
  auto agent = agent::load_agent_folder(*resolved, &services.agent_limits);
  if (!agent) return responder->respond(problems_response("Invalid agent manifest", agent.error(), request.id));
  if (project != nullptr) agent->project_id = project->get<std::int64_t>();
  engine::RegisterAgent message;
  message.agent = std::move(*agent);
  message.folder_to_import = std::move(*resolved);
  message.replace = replace != nullptr && replace->get<bool>();
  message.reply = reply_with<agent::Agent>(responder, request.id, [](const agent::Agent& registered) {
    return json_response(201, agent::to_api_json(registered, true));
  });
  send(services, std::move(message), responder, request.id);
}

void post_agent(Services& services, const Request& request, const Params&,
                const std::shared_ptr<Responder>& responder) {
  const auto body = json_body(request, *responder);
  if (!body) return;
  if (const Json* folder = find_member(*body, "folder"); folder != nullptr && !folder->is_null())
    return register_folder(services, *body, request, responder);
  if (auto refused = refuse_registration(*body, request.id)) return responder->respond(std::move(*refused));
  auto agent = agent::parse_registration(*body);
  if (!agent) return responder->respond(problems_response("Invalid agent", agent.error(), request.id));
  if (auto found = find_program(services, *agent); !found)
    return responder->respond(error_response(found.error(), request.id));
  engine::RegisterAgent message;
  message.folder_to_import = agent->folder;
  message.agent = std::move(*agent);
  message.reply = reply_with<agent::Agent>(responder, request.id, [](const agent::Agent& registered) {
    return json_response(201, agent::to_api_json(registered, true));
  });
  send(services, std::move(message), responder, request.id);
}

std::optional<agent::Agent> read_agent(Services& services, const std::string& id, const Request& request,
                                       Responder& responder) {
  const auto row = store::read_one<store::AgentRow>(services.store, {.table = store::Table::kAgents, .id = id});
  if (!row) {
    responder.respond(error_response(row.error(), request.id));
    return std::nullopt;
  }
  if (!*row) {
    responder.respond(error_response(404, "Agent not found", "not_found", request.id));
    return std::nullopt;
  }
  auto agent = agent::from_row(**row);
  if (agent) return std::move(*agent);
  responder.respond(error_response(agent.error(), request.id));
  return std::nullopt;
}

// Every revision there ever was, oldest first; also of an agent that was deleted since. Runs pin theirs.
void list_versions(Services& services, const Request& request, const Params& params,
                   const std::shared_ptr<Responder>& responder) {
  const auto rows = store::read_all<store::AgentVersionRow>(
      services.store, {.table = store::Table::kAgentVersions, .id = params.at("id")});
  if (!rows) return responder->respond(error_response(rows.error(), request.id));
  if (rows->empty()) return responder->respond(error_response(404, "Agent not found", "not_found", request.id));
  Json list = Json::array();
  for (const store::AgentVersionRow& row : *rows) {
    store::AgentRow as_agent;
    as_agent.id = row.agent_id;
    as_agent.revision = row.revision;
    as_agent.document = row.document;
    as_agent.created_at_ms = rows->front().created_at_ms;
    as_agent.updated_at_ms = row.created_at_ms;
    const auto agent = agent::from_row(as_agent);
    if (!agent) return responder->respond(error_response(agent.error(), request.id));
    list.push_back({{"revision", row.revision},
                    {"version", agent->version},
                    {"createdAt", iso8601(row.created_at_ms)},
                    {"agent", agent::to_api_json(*agent, true)}});
  }
  responder->respond(json_response(200, {{"versions", std::move(list)}}));
}

void list_agents(Services& services, const Request& request, const Params&,
                 const std::shared_ptr<Responder>& responder) {
  const auto project_id = lenient_number(request, "projectId");
  if (!project_id) {
    return responder->respond(
        error_response(400, "Missing or invalid projectId query parameter", "invalid", request.id));
  }
  const auto page = page_of(request, kMaxPage, *responder);
  if (!page) return;
  const auto rows =
      store::read_all<store::AgentRow>(services.store, {.table = store::Table::kAgents, .project_id = *project_id});
  if (!rows) return responder->respond(error_response(rows.error(), request.id));
  Json list = Json::array();
  std::string last;
  bool has_more = false;
  for (const store::AgentRow& row : *rows) {
    if (row.name <= page->cursor) continue;  // the cursor is the name that the page before ended with
    has_more = list.size() == static_cast<std::size_t>(page->limit);
    if (has_more) break;
    const auto agent = agent::from_row(row);
    if (!agent) return responder->respond(error_response(agent.error(), request.id));
    list.push_back(agent::to_api_json(*agent, true));
    last = row.name;
  }
  Response response = json_response(200, list);
  if (has_more) link_next(response, request, last);
  responder->respond(std::move(response));
}

// The program of an agent whose entry path changes: a file of its own folder, else found like that of a new one.
Result<void> find_other_program(Services& services, const agent::Agent& current, agent::Agent& changed) {
  namespace fs = std::filesystem;
  const fs::path entry(changed.entry_path);
  std::error_code error;
  if (current.folder.empty() || entry.is_absolute() || !fs::is_regular_file(fs::path(current.folder) / entry, error))
    return find_program(services, changed);
  changed.folder = current.folder;
  changed.command = {"./" + entry.lexically_normal().string()};
  return {};
}

// Every member may change; what the body leaves out stays.
void change_agent(Services& services, const Request& request, const Params& params,
                  const std::shared_ptr<Responder>& responder) {
  const auto body = json_body(request, *responder);
  if (!body) return;
  const auto current = read_agent(services, params.at("id"), request, *responder);
  if (!current) return;
  Json merged = agent::to_api_json(*current, true);
  for (const auto& [key, value] : body->items())
    merged[key] = value;
  if (!is_word_of(merged, "type", kTypes)) {
    return responder->respond(error_response(400, "Invalid type", "invalid", request.id, {{"validTypes", kTypes}}));
  }
  if (!is_word_of(merged, "riskLevel", kRiskLevels)) {
    return responder->respond(
        error_response(400, "Invalid riskLevel", "invalid", request.id, {{"validRiskLevels", kRiskLevels}}));
  }
  auto parsed = agent::parse_registration(merged);
  if (!parsed) return responder->respond(problems_response("Invalid agent", parsed.error(), request.id));
  const bool has_other_program =
      parsed->entry_path != current->entry_path && current->runtime == agent::Runtime::kCommand;
  if (has_other_program) {
    if (auto found = find_other_program(services, *current, *parsed); !found)
      return responder->respond(error_response(found.error(), request.id));
  }
  engine::UpdateAgent message;
  message.id = current->id;
  message.change = [parsed = std::move(*parsed), has_other_program](agent::Agent& agent) {
    if (has_other_program) {
      agent.folder = parsed.folder;
      agent.command = parsed.command;
    }
    agent.project_id = parsed.project_id;
    agent.name = parsed.name;
    agent.type = parsed.type;
    agent.description = parsed.description;
    agent.entry_path = parsed.entry_path;
    agent.version = parsed.version;
    agent.risk = parsed.risk;
    agent.effects = parsed.effects;
    agent.capabilities = parsed.capabilities;
  };
  message.reply = reply_with<agent::Agent>(responder, request.id, [](const agent::Agent& changed) {
    return json_response(200, agent::to_api_json(changed, true));
  });
  send(services, std::move(message), responder, request.id);
}

void show_agent(Services& services, const Request& request, const Params& params,
                const std::shared_ptr<Responder>& responder) {
  if (const auto agent = read_agent(services, params.at("id"), request, *responder))
    responder->respond(json_response(200, agent::to_api_json(*agent, true)));
}

void delete_agent(Services& services, const Request& request, const Params& params,
                  const std::shared_ptr<Responder>& responder) {
  engine::DeleteAgent message;
  message.id = params.at("id");
  message.reply = reply_with<bool>(responder, request.id, [](bool) { return no_content(); });
  send(services, std::move(message), responder, request.id);
}

Json registration_schema(bool is_change) {
  using namespace schema;
  Json type = described(text(), "LLM, RULE, API or SCRIPT");
  const Json capability = object({{"name", text()},
                                  optional("description", nullable(text())),
                                  optional("inputSchema", described(any(), "A JSON Schema")),
                                  optional("outputSchema", described(any(), "A JSON Schema"))});
  Json body = object({optional("projectId", described(integer(), "1 if it is not given")), optional("name", text()),
                      optional("type", std::move(type)), optional("description", nullable(text())),
                      optional("entryPath", described(text(), "The program, below one of the server's roots")),
                      optional("version", text()), optional("riskLevel", words({"AUTO", "APPROVAL_REQUIRED"})),
                      optional("effects", words({"none", "workspace", "external"})),
                      optional("capabilities", list(capability))});
  if (is_change) return body;
  return extended(std::move(body),
                  {optional("folder", described(text(), "Instead of all this: a folder with an agent.yaml")),
                   optional("replace", described(boolean(), "A folder's agent that is known gets a new revision"))});
}

}  // namespace

void add_agent_routes(Api& api) {
  using namespace schema;
  const std::string tag = "Agents";
  api.add("POST", {"/api/agents"},
          {.id = "registerAgent",
           .tag = tag,
           .summary = "Register an agent",
           .description = "`name`, `type`, `entryPath`, `version` and `riskLevel` are required, or `folder`.",
           .body = registration_schema(false),
           .answers = {{201, "The agent", ref("Agent")},
                       bad_request("A member is missing or wrong"),
                       not_found("The folder is not there"),
                       conflict("The project has an agent of this name")}},
          post_agent);
  api.add("GET", {"/api/agents"},
          {.id = "listAgents",
           .tag = tag,
           .summary = "All agents of a project, by name",
           .query = with_page({{"projectId", "The project", integer(), true}}, kMaxPage),
           .answers = {{200, "The agents", list(ref("Agent"))},
                       bad_request("projectId is missing, or a parameter is wrong")}},
          list_agents);
  api.add("GET", {"/api/agents/:id"},
          {.id = "getAgent",
           .tag = tag,
           .summary = "One agent",
           .answers = {{200, "The agent", ref("Agent")}, not_found("Agent not found")}},
          show_agent);
  api.add("GET", {"/api/agents/:id/versions"},
          {.id = "listAgentVersions",
           .tag = tag,
           .summary = "Every revision of an agent, also of a deleted one",
           .answers = {{200, "Oldest first",
                        object({{"versions", list(object({{"revision", integer()},
                                                          {"version", text()},
                                                          {"createdAt", timestamp()},
                                                          {"agent", ref("Agent")}}))}})},
                       not_found("Agent not found")}},
          list_versions);
  for (const std::string method : {"PUT", "PATCH"}) {
    api.add(method, {"/api/agents/:id"},
            {.id = method == "PUT" ? "replaceAgent" : "changeAgent",
             .tag = tag,
             .summary = "Change an agent",
             .description = "Every member may change; what the body leaves out stays.",
             .body = registration_schema(true),
             .answers = {{200, "The agent", ref("Agent")},
                         bad_request("A member is wrong"),
                         not_found("Agent not found"),
                         conflict("The project has an agent of this name")}},
            change_agent);
  }
  api.add("DELETE", {"/api/agents/:id"},
          {.id = "deleteAgent",
           .tag = tag,
           .summary = "Forget an agent",
           .answers = {{204, "It is gone", {}}, not_found("Agent not found"), conflict("Workflows use it")}},
          delete_agent);
}

}  // namespace commandcenter::server
