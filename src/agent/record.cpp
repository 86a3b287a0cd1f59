// Agents as rows, as API objects and as plan snapshots, and from the bodies that API clients send.
#include <algorithm>

#include <fmt/format.h>

#include "agent/agent.h"
#include "agent/fields.h"
#include "agent/limits.h"
#include "base/clock.h"

namespace commandcenter::agent {
namespace {

constexpr std::size_t kMaxRegisteredName_bytes = 200;  // clients name agents more freely than manifests may

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

std::string_view risk_word(workflow::Risk risk) {
  return risk == workflow::Risk::kAuto ? "AUTO" : "APPROVAL_REQUIRED";
}

std::string_view runtime_word(Runtime runtime) {
  switch (runtime) {
    case Runtime::kBuiltin:
      return "builtin";
    case Runtime::kCommand:
      return "command";
    case Runtime::kOci:
      return "oci";
  }
  return "command";
}

Runtime runtime_of(std::string_view word) {
  return word == "builtin" ? Runtime::kBuiltin : word == "oci" ? Runtime::kOci : Runtime::kCommand;
}

std::string_view effects_word(Effects effects) {
  switch (effects) {
    case Effects::kNone:
      return "none";
    case Effects::kWorkspace:
      return "workspace";
    case Effects::kExternal:
      return "external";
  }
  return "external";
}

Effects effects_of(std::string_view word) {
  return word == "none" ? Effects::kNone : word == "workspace" ? Effects::kWorkspace : Effects::kExternal;
}

Json optional_text(const std::optional<std::string>& text) {
  return text ? Json(*text) : Json(nullptr);
}

std::optional<std::string> text_or_nothing(const Json& object, std::string_view key) {
  const Json* value = find_member(object, key);
  return value != nullptr && value->is_string() ? std::optional(value->get<std::string>()) : std::nullopt;
}

Json schema_or_empty(const Json& object, std::string_view key) {
  const Json* value = find_member(object, key);
  return value == nullptr || value->is_null() ? Json::object() : *value;
}

template <typename T>
void read_number(const Json& object, std::string_view key, T& value) {
  if (const Json* found = find_member(object, key); found != nullptr && found->is_number_integer())
    value = found->get<T>();
}

// Without those that are the server's to choose.
Json own_limits(const Agent& agent) {
  Json limits = limits_json(agent.limits);
  if (!agent.own_timeout) limits.erase("timeoutMs");
  if (!agent.own_memory) limits.erase("memoryBytes");
  return limits;
}

// Everything about an agent but its place in the registry; what a plan pins.
Json document(const Agent& agent) {
  Json capabilities = Json::array();
  for (const Capability& capability : agent.capabilities) {
    capabilities.push_back({{"name", capability.name},
                            {"description", optional_text(capability.description)},
                            {"inputSchema", capability.input_schema},
                            {"outputSchema", capability.output_schema}});
  }
  Json json = {{"projectId", agent.project_id},
               {"name", agent.name},
               {"type", agent.type},
               {"description", optional_text(agent.description)},
               {"entryPath", agent.entry_path},
               {"version", agent.version},
               {"riskLevel", risk_word(agent.risk)},
               {"runtime", runtime_word(agent.runtime)},
               {"command", agent.command},
               {"folder", agent.folder},
               {"effects", effects_word(agent.effects)},
               {"inputArgument", agent.input_argument},
               {"network", agent.network},
               {"limits", own_limits(agent)},
               {"provided", agent.provided},
               {"capabilities", std::move(capabilities)}};
  if (agent.image) {
    json["image"] = agent.image->name;
    json["pull"] = agent.image->pull == sandbox::ImagePull::kMissing ? "missing" : "never";
  }
  for (const SecretUse& use : agent.secrets)
    json["secrets"].push_back({{"name", use.name}, {"env", use.variable}});
  if (agent.heartbeat_ms > 0) json["heartbeatMs"] = agent.heartbeat_ms;
  if (agent.start_ahead) json["startAhead"] = true;
  return json;
}

std::vector<SecretUse> secret_uses_of(const Json& document) {
  std::vector<SecretUse> uses;
  if (const Json* list = find_member(document, "secrets")) {
    for (const Json& use : *list)
      uses.push_back({string_member(use, "name"), string_member(use, "env")});
  }
  return uses;
}

std::vector<Capability> capabilities_of(const Json& list) {
  std::vector<Capability> capabilities;
  for (const Json& item : list) {
    capabilities.push_back({string_member(item, "name"), text_or_nothing(item, "description"),
                            schema_or_empty(item, "inputSchema"), schema_or_empty(item, "outputSchema")});
  }
  return capabilities;
}

}  // namespace

store::AgentRow to_row(const Agent& agent) {
  return {agent.id,           agent.project_id,           agent.name,
          agent.revision,     dump_json(document(agent)), agent.registered_at_ms,
          agent.updated_at_ms};
}

Result<Agent> from_row(const store::AgentRow& row) {
  const auto json = parse_json(row.document);
  if (!json)
    return fail(ErrorCode::kInternal,
                fmt::format("the record of agent {} is damaged: {}", row.id, json.error().message));
  Agent agent;
  agent.id = row.id;
  agent.revision = row.revision;
  agent.registered_at_ms = row.created_at_ms;
  agent.updated_at_ms = row.updated_at_ms;
  read_number(*json, "projectId", agent.project_id);
  agent.name = string_member(*json, "name");
  agent.type = string_member(*json, "type", "SCRIPT");
  agent.description = text_or_nothing(*json, "description");
  agent.entry_path = string_member(*json, "entryPath");
  agent.version = string_member(*json, "version");
  agent.risk = string_member(*json, "riskLevel") == "AUTO" ? workflow::Risk::kAuto : workflow::Risk::kApprovalRequired;
  agent.runtime = runtime_of(string_member(*json, "runtime"));
  if (const std::string image = string_member(*json, "image"); !image.empty()) {
    const bool pulled = string_member(*json, "pull") == "missing";
    agent.image = sandbox::ImageUse{image, pulled ? sandbox::ImagePull::kMissing : sandbox::ImagePull::kNever};
  }
  agent.folder = string_member(*json, "folder");
  agent.effects = effects_of(string_member(*json, "effects"));
  agent.input_argument = json->value("inputArgument", false);
  agent.start_ahead = json->value("startAhead", false);
  if (const Json* network = find_member(*json, "network")) agent.network = network->get<std::vector<std::string>>();
  // As agents were recorded before there were lists of hosts.
  if (json->value("hostNetwork", false)) agent.network = {"*"};
  agent.provided = json->value("provided", false);
  if (const Json* command = find_member(*json, "command")) agent.command = command->get<std::vector<std::string>>();
  if (const Json* limits = find_member(*json, "limits")) {
    read_recorded_limits(*limits, agent.limits);
    agent.own_timeout = limits->contains("timeoutMs");
    agent.own_memory = limits->contains("memoryBytes");
  }
  agent.secrets = secret_uses_of(*json);
  read_number(*json, "heartbeatMs", agent.heartbeat_ms);
  if (const Json* list = find_member(*json, "capabilities")) agent.capabilities = capabilities_of(*list);
  return agent;
}

Agent make_builtin(const Json& manifest) {
  Agent agent;
  agent.name = string_member(manifest, "name");
  agent.version = string_member(manifest, "version");
  agent.type = string_member(manifest, "type", "SCRIPT");
  agent.description = text_or_nothing(manifest, "description");
  agent.entry_path = "builtin:" + agent.name;
  agent.risk = string_member(manifest, "riskLevel", "AUTO") == "AUTO" ? workflow::Risk::kAuto
                                                                      : workflow::Risk::kApprovalRequired;
  agent.runtime = Runtime::kBuiltin;
  agent.effects = effects_of(string_member(manifest, "effects"));
  agent.provided = true;
  if (const Json* sandbox = find_member(manifest, "sandbox")) {
    if (const Json* network = find_member(*sandbox, "network"))
      agent.network = network->get<std::vector<std::string>>();
  }
  if (const Json* list = find_member(manifest, "actions")) agent.capabilities = capabilities_of(*list);
  return agent;
}

Json to_api_json(const Agent& agent, bool with_capabilities) {
  Json json = {{"id", agent.id},
               {"projectId", agent.project_id},
               {"name", agent.name},
               {"type", agent.type},
               {"description", optional_text(agent.description)},
               {"entryPath", agent.entry_path},
               {"version", agent.version},
               {"riskLevel", risk_word(agent.risk)},
               {"registeredAt", iso8601(agent.registered_at_ms)},
               {"updatedAt", iso8601(agent.updated_at_ms)}};
  if (!with_capabilities) return json;
  Json capabilities = Json::array();
  for (std::size_t i = 0; i < agent.capabilities.size(); ++i) {
    const Capability& capability = agent.capabilities[i];
    capabilities.push_back({{"id", fmt::format("{}-{:02}", agent.id, i)},
                            {"agentId", agent.id},
                            {"name", capability.name},
                            {"description", optional_text(capability.description)},
                            {"inputSchema", capability.input_schema},
                            {"outputSchema", capability.output_schema}});
  }
  json["capabilities"] = std::move(capabilities);
  json["runtime"] = runtime_word(agent.runtime);
  if (agent.image) json["image"] = agent.image->name;
  json["effects"] = effects_word(agent.effects);
  json["limits"] = own_limits(agent);
  json["network"] = agent.network;
  json["secrets"] = Json::array();
  for (const SecretUse& use : agent.secrets)
    json["secrets"].push_back(use.name);
  return json;
}

std::vector<SecretUse> secrets_of(const workflow::AgentSnapshot& agent) {
  return secret_uses_of(agent.document);
}

std::int64_t project_of(const workflow::AgentSnapshot& agent) {
  std::int64_t project_id = 1;
  read_number(agent.document, "projectId", project_id);
  return project_id;
}

workflow::AgentSnapshot snapshot(const Agent& agent) {
  workflow::AgentSnapshot snapshot;
  snapshot.id = agent.id;
  snapshot.name = agent.name;
  snapshot.version = agent.version;
  snapshot.revision = agent.revision;
  snapshot.risk = agent.risk;
  snapshot.has_effects = agent.effects == Effects::kExternal;  // a layer that is thrown away is no effect
  snapshot.changes_workspace = agent.effects == Effects::kWorkspace;
  for (const Capability& capability : agent.capabilities) {
    snapshot.actions.push_back({capability.name, capability.input_schema, capability.output_schema});
  }
  snapshot.document = document(agent);
  return snapshot;
}

tl::expected<Agent, Problems> parse_registration(const Json& body) {
  Fields fields(Fields::NumbersAsText::kNo);
  Agent agent;
  agent.name = fields.required_text(body, "", "name");
  if (agent.name.size() > kMaxRegisteredName_bytes || std::any_of(agent.name.begin(), agent.name.end(), is_control))
    fields.problem("name", fmt::format("expected one line of at most {} bytes", kMaxRegisteredName_bytes));
  agent.type = fields.word(body, "", "type", {"LLM", "RULE", "API", "SCRIPT"}, "SCRIPT");
  agent.entry_path = fields.required_text(body, "", "entryPath");
  agent.version = fields.required_text(body, "", "version");
  agent.risk = fields.word(body, "", "riskLevel", {"AUTO", "APPROVAL_REQUIRED"}, "AUTO") == "AUTO"
                   ? workflow::Risk::kAuto
                   : workflow::Risk::kApprovalRequired;
  agent.effects = effects_of(fields.word(body, "", "effects", {"none", "workspace", "external"}, "external"));
  if (const Json* project = find_member(body, "projectId"); project != nullptr && !project->is_null()) {
    if (project->is_number_integer() && *project > 0)
      agent.project_id = project->get<std::int64_t>();
    else
      fields.problem("projectId", fmt::format("expected a positive whole number, got {}", dump_json(*project)));
  }
  if (const Json* description = find_member(body, "description"); description != nullptr && !description->is_null()) {
    agent.description = fields.text(body, "", "description");
  }
  if (agent.entry_path.find("..") != std::string::npos) {
    fields.problem("entryPath", fmt::format("{} leaves the agent's folder: \"..\" is not allowed", agent.entry_path));
  }
  const Json* list = find_member(body, "capabilities");
  if (list != nullptr && !list->is_null() && (!list->is_array() || list->size() > kMaxActions)) {
    fields.problem("capabilities", fmt::format("expected a list of at most {} capabilities", kMaxActions));
    list = nullptr;
  }
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    const std::string path = fmt::format("capabilities[{}]", i);
    const Json& item = (*list)[i];
    if (!item.is_object()) {
      fields.problem(
          path, fmt::format("expected an object {{name, inputSchema, outputSchema}}, got {}", json_type_name(item)));
      continue;
    }
    Capability capability;
    capability.name = fields.required_text(item, path, "name");
    if (const Json* text = find_member(item, "description"); text != nullptr && !text->is_null()) {
      capability.description = fields.text(item, path, "description");
    }
    capability.input_schema = fields.schema(item, path, "inputSchema");
    capability.output_schema = fields.schema(item, path, "outputSchema");
    for (const Capability& other : agent.capabilities) {
      if (other.name == capability.name)
        fields.problem(path + ".name", fmt::format("there are two capabilities named {}", other.name));
    }
    agent.capabilities.push_back(std::move(capability));
  }
  if (fields.any()) return tl::unexpected(fields.take());
  return agent;
}

}  // namespace commandcenter::agent
