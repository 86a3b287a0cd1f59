// /api/secrets: what agents may be given. Values go in and never come out.
#include <algorithm>

#include <fmt/format.h>

#include "agent/agent.h"
#include "server/api.h"
#include "server/routes.h"

namespace commandcenter::server {
namespace {

using Agents = std::vector<store::AgentRow>;

Result<Agents> agents_of(Services& services, std::int64_t project_id) {
  return store::read_all<store::AgentRow>(services.store, {.table = store::Table::kAgents, .project_id = project_id});
}

// Grants of agents that are gone are not shown.
Json secret_view(const vault::Secret& secret, const Agents& agents) {
  Json granted = Json::array();
  for (const store::AgentRow& agent : agents) {
    if (std::ranges::find(secret.agents, agent.id) != secret.agents.end()) granted.push_back(agent.name);
  }
  return {{"name", secret.name.name},
          {"projectId", secret.name.project_id},
          {"createdAt", iso8601(secret.created_at_ms)},
          {"updatedAt", iso8601(secret.updated_at_ms)},
          {"agents", std::move(granted)}};
}

Result<vault::SecretName> secret_name(const Request& request, const Params& params) {
  const auto project_id = project_of(request);
  if (!project_id) return fail(project_id.error());
  return vault::SecretName{*project_id, params.at("name")};
}

Response secret_not_found(const std::string& request_id) {
  return error_response(404, "Secret not found", "not_found", request_id);
}

// Answers itself when there is none.
std::optional<vault::Secret> known_secret(Services& services, const vault::SecretName& name, const Request& request,
                                          Responder& responder) {
  auto secret = services.vault.find(name);
  if (secret && *secret) return std::move(**secret);
  responder.respond(secret ? secret_not_found(request.id) : error_response(secret.error(), request.id));
  return std::nullopt;
}

void answer_with_secret(Services& services, engine::Record change, const vault::SecretName& name, int status,
                        const Request& request, const std::shared_ptr<Responder>& responder) {
  change.reply = reply_with<bool>(responder, request.id, [&services, name, status, id = request.id](bool) {
    const auto secret = services.vault.find(name);
    if (!secret) return error_response(secret.error(), id);
    if (!*secret) return secret_not_found(id);  // deleted by somebody else at the same time
    const auto agents = agents_of(services, name.project_id);
    if (!agents) return error_response(agents.error(), id);
    return json_response(status, secret_view(**secret, *agents));
  });
  send(services, std::move(change), responder, request.id);
}

void list_secrets(Services& services, const Request& request, const Params&,
                  const std::shared_ptr<Responder>& responder) {
  const auto project_id = project_of(request);
  if (!project_id) return responder->respond(error_response(project_id.error(), request.id));
  const auto secrets = services.vault.list(*project_id);
  if (!secrets) return responder->respond(error_response(secrets.error(), request.id));
  const auto agents = agents_of(services, *project_id);
  if (!agents) return responder->respond(error_response(agents.error(), request.id));
  Json list = Json::array();
  for (const vault::Secret& secret : *secrets)
    list.push_back(secret_view(secret, *agents));
  responder->respond(json_response(200, list));
}

// Nothing of the body may be in what is answered, so its problems are told without it.
std::optional<std::string> value_of(const Request& request, Responder& responder) {
  const auto body = json_body(request, responder);
  if (!body) return std::nullopt;
  const Json* text = find_member(*body, "value");
  const Json* encoded = find_member(*body, "valueBase64");
  std::optional<std::string> value;
  if (text != nullptr && encoded == nullptr && text->is_string()) value = text->get<std::string>();
  if (encoded != nullptr && text == nullptr && encoded->is_string())
    value = vault::from_base64(encoded->get_ref<const std::string&>());
  if (!value) {
    responder.respond(
        error_response(400, "expected one of value, a text, and valueBase64, a text in Base64", "invalid", request.id));
  }
  return value;
}

void put_value(Services& services, bool must_exist, const Request& request, const Params& params,
               const std::shared_ptr<Responder>& responder) {
  const auto value = value_of(request, *responder);
  if (!value) return;
  const auto name = secret_name(request, params);
  if (!name) return responder->respond(error_response(name.error(), request.id));
  const auto before = services.vault.find(*name);
  if (!before) return responder->respond(error_response(before.error(), request.id));
  if (must_exist && !*before) return responder->respond(secret_not_found(request.id));
  auto row = services.vault.set(*name, *value, services.clock.wall_ms());
  if (!row) return responder->respond(error_response(row.error(), request.id));
  engine::Record change;
  change.puts.push_back(std::move(*row));
  answer_with_secret(services, std::move(change), *name, *before ? 200 : 201, request, responder);
}

void delete_secret(Services& services, const Request& request, const Params& params,
                   const std::shared_ptr<Responder>& responder) {
  const auto name = secret_name(request, params);
  if (!name) return responder->respond(error_response(name.error(), request.id));
  auto keys = services.vault.remove(*name);
  if (!keys) return responder->respond(error_response(keys.error(), request.id));
  engine::Record change;
  for (auto& [space, key] : *keys)
    change.deletes.push_back({std::move(space), std::move(key)});
  change.reply = reply_with<bool>(responder, request.id, [](bool) { return no_content(); });
  send(services, std::move(change), responder, request.id);
}

void change_grant(Services& services, bool is_grant, const Request& request, const Params& params,
                  const std::shared_ptr<Responder>& responder) {
  const auto name = secret_name(request, params);
  if (!name) return responder->respond(error_response(name.error(), request.id));
  if (!known_secret(services, *name, request, *responder)) return;
  const auto agents = agents_of(services, name->project_id);
  if (!agents) return responder->respond(error_response(agents.error(), request.id));
  const std::string& wanted = params.at("agent");
  const auto agent = std::ranges::find_if(
      *agents, [&wanted](const store::AgentRow& row) { return row.name == wanted || row.id == wanted; });
  if (agent == agents->end())
    return responder->respond(error_response(404, "Agent not found", "not_found", request.id));
  engine::Record change;
  if (is_grant) {
    change.puts.push_back(vault::Vault::grant(*name, agent->id));
  } else {
    auto [space, key] = vault::Vault::grant_key(*name, agent->id);
    change.deletes.push_back({std::move(space), std::move(key)});
  }
  answer_with_secret(services, std::move(change), *name, 200, request, responder);
}

}  // namespace

void add_secret_routes(Api& api) {
  using namespace schema;
  const std::string tag = "Secrets";
  api.define("Secret", object({{"name", text()},
                               {"projectId", integer()},
                               {"createdAt", timestamp()},
                               {"updatedAt", described(timestamp(), "When its value was set last")},
                               {"agents", described(list(text()), "Names of the agents that are given it")}}));
  const std::vector<Parameter> project = {project_parameter("The project")};
  const Json value = object({optional("value", text()), optional("valueBase64", described(text(), "Any bytes"))});
  api.add("GET", {"/api/secrets"},
          {.id = "listSecrets",
           .tag = tag,
           .summary = "All secrets of a project, without their values",
           .query = project,
           .answers = {{200, "By name", list(ref("Secret"))}, bad_request("projectId is wrong")}},
          list_secrets);
  const auto put = [](bool must_exist) {
    return [must_exist](Services& services, const Request& request, const Params& params,
                        const std::shared_ptr<Responder>& responder) {
      put_value(services, must_exist, request, params, responder);
    };
  };
  api.add("PUT", {"/api/secrets/:name"},
          {.id = "setSecret",
           .tag = tag,
           .summary = "Set the value of a secret",
           .description = "No answer ever holds it. Attempts that start from now on get it.",
           .query = project,
           .body = value,
           .answers = {{200, "It has a new value", ref("Secret")},
                       {201, "It is new", ref("Secret")},
                       bad_request("The name or the value is wrong")}},
          put(false));
  api.add("POST", {"/api/secrets/:name/rotate"},
          {.id = "rotateSecret",
           .tag = tag,
           .summary = "Replace the value of a secret that exists",
           .query = project,
           .body = value,
           .answers = {{200, "It has a new value", ref("Secret")},
                       bad_request("The value is wrong"),
                       not_found("Secret not found")}},
          put(true));
  api.add("DELETE", {"/api/secrets/:name"},
          {.id = "deleteSecret",
           .tag = tag,
           .summary = "Forget a secret and its grants",
           .query = project,
           .answers = {{204, "It is gone", {}}, bad_request("projectId is wrong"), not_found("Secret not found")}},
          delete_secret);
  for (const bool is_grant : {true, false}) {
    api.add(is_grant ? "PUT" : "DELETE", {"/api/secrets/:name/agents/:agent"},
            {.id = is_grant ? "grantSecret" : "revokeSecret",
             .tag = tag,
             .summary = is_grant ? "Let an agent have a secret" : "Let an agent no longer have a secret",
             .description = "The agent is named by its name or its id.",
             .query = project,
             .answers = {{200, "The secret", ref("Secret")},
                         bad_request("projectId is wrong"),
                         not_found("Secret not found, or the agent")}},
            [is_grant](Services& services, const Request& request, const Params& params,
                       const std::shared_ptr<Responder>& responder) {
              change_grant(services, is_grant, request, params, responder);
            });
  }
}

}  // namespace commandcenter::server
