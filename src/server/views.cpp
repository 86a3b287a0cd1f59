#include "server/views.h"

#include "base/clock.h"
#include "observe/trace.h"
#include "server/limits.h"

namespace commandcenter::server {
namespace {

Json time_or_null(const std::optional<std::int64_t>& at_ms) {
  return at_ms ? Json(iso8601(*at_ms)) : Json(nullptr);
}
Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json json_or_null(const std::string& text) {
  if (text.empty()) return nullptr;
  auto parsed = parse_json(text, kMaxJsonDepth + 8);
  return parsed ? std::move(*parsed) : Json(nullptr);
}

std::optional<workflow::Definition> definition_of(const std::string& document) {
  const auto json = parse_json(document);
  if (!json) return std::nullopt;
  auto definition = workflow::parse_definition(*json);
  return definition ? std::optional(std::move(*definition)) : std::nullopt;
}

}  // namespace

Result<AgentIndex> AgentIndex::read(store::Store& store, std::int64_t project_id) {
  auto rows = store::read_all<store::AgentRow>(store, {.table = store::Table::kAgents, .project_id = project_id});
  if (!rows) return fail(std::move(rows.error()));
  AgentIndex index;
  for (const store::AgentRow& row : *rows) {
    auto agent = agent::from_row(row);
    if (!agent) return fail(std::move(agent.error()));
    index.ids_by_name_[agent->name] = agent->id;
    index.by_id_.emplace(agent->id, std::move(*agent));
  }
  return index;
}

const agent::Agent* AgentIndex::find(const std::string& name_or_id) const {
  const auto name = ids_by_name_.find(name_or_id);
  const auto found = by_id_.find(name == ids_by_name_.end() ? name_or_id : name->second);
  return found == by_id_.end() ? nullptr : &found->second;
}

std::vector<std::string> AgentIndex::names() const {
  std::vector<std::string> names;
  for (const auto& [name, id] : ids_by_name_)
    names.push_back(name);
  return names;
}

Json node_view(const std::string& workflow_id, const workflow::NodeDefinition& node, const AgentIndex& agents,
               bool with_agent) {
  const agent::Agent* agent = agents.find(node.agent);
  std::string action = node.action;
  if (action.empty() && agent != nullptr && agent->capabilities.size() == 1) action = agent->capabilities.front().name;
  Json json = {{"id", node.id},
               {"workflowId", workflow_id},
               {"agentId", agent != nullptr ? Json(agent->id) : text_or_null(node.agent)},
               {"action", node.is_transform ? Json("transform") : Json(action)},
               {"inputsJson", node.input},
               {"dependsOn", node.depends_on},
               {"approvalRequired", node.approval_required},
               {"symbolicId", node.id},
               {"agentName", agent != nullptr ? Json(agent->name) : Json(nullptr)}};
  // The policies in their canonical form, so that what was read can be written back without loss.
  const Json canonical = workflow::to_json(node);
  for (const char* key :
       {"when", "join", "retry", "timeout", "timeoutMs", "onError", "approval", "position", "transform"}) {
    if (const Json* value = find_member(canonical, key)) json[key] = *value;
  }
  if (with_agent) json["agent"] = agent == nullptr ? Json(nullptr) : agent::to_api_json(*agent, false);
  return json;
}

Json workflow_view(const store::WorkflowRow& row) {
  Json json = {{"id", row.id},
               {"projectId", row.project_id},
               {"name", row.name},
               {"description", nullptr},
               {"trigger", nullptr},
               {"status", row.status},
               {"createdAt", iso8601(row.created_at_ms)},
               {"updatedAt", iso8601(row.updated_at_ms)},
               {"version", row.version}};
  if (const auto definition = definition_of(row.document)) {
    if (definition->has_description) json["description"] = definition->description;
    json["trigger"] = definition->trigger_as_given;
  }
  return json;
}

Json workflow_view(const store::WorkflowRow& row, const std::string& document, const AgentIndex& agents,
                   bool with_agents) {
  Json json = workflow_view(row);
  json["nodes"] = Json::array();
  const auto definition = definition_of(document);
  if (!definition) return json;
  for (const workflow::NodeDefinition& node : definition->nodes)
    json["nodes"].push_back(node_view(row.id, node, agents, with_agents));
  const auto parsed = parse_json(document);
  if (parsed) json["definition"] = *parsed;
  return json;
}

Json run_view(const store::RunRow& row, const RunViewer& viewer) {
  const Json context = json_or_null(row.context);
  const observe::TraceContext trace = observe::trace_of_run(row.id, context, row.trace_parent);
  const bool is_traced = viewer.are_traced || !trace.span_id.empty();
  return {{"id", row.id},
          {"workflowId", row.workflow_id},
          {"trigger", row.trigger},
          {"contextJson", viewer.masker.masked(context)},
          {"status", row.status},
          {"startedAt", iso8601(row.started_at_ms)},
          {"finishedAt", time_or_null(row.finished_at_ms)},
          {"error", text_or_null(row.error)},
          {"workflowVersion", row.workflow_version},
          {"retryOf", text_or_null(row.trigger == "rerun" ? std::string() : row.retry_of)},
          {"rerunOf", text_or_null(row.trigger == "rerun" ? row.retry_of : std::string())},
          {"from", text_or_null(row.rerun_from)},
          {"workspace", text_or_null(row.workspace)},
          {"durationMs", row.finished_at_ms ? Json(*row.finished_at_ms - row.started_at_ms) : Json(nullptr)},
          {"traceId", is_traced ? Json(trace.trace_id) : Json(nullptr)}};
}

Json trace_view(const Json& run, const std::string& trace_url) {
  const std::string id = string_member(run, "traceId");
  if (id.empty()) return nullptr;
  Json url = nullptr;
  if (const std::size_t at = trace_url.find(kTraceId); at != std::string::npos)
    url = std::string(trace_url).replace(at, std::string_view(kTraceId).size(), id);
  return {{"id", id}, {"url", std::move(url)}};
}

Json agent_run_view(const store::NodeRunRow& row, const AgentIndex& agents, outbox::Masker& masker,
                    bool with_capabilities) {
  const std::int64_t started_at_ms = row.started_at_ms.value_or(row.created_at_ms);
  const agent::Agent* agent = row.agent_id.empty() ? nullptr : agents.find(row.agent_id);
  Json json = {{"id", row.id},
               {"agentId", text_or_null(row.agent_id)},
               {"workflowRunId", row.run_id},
               {"nodeId", row.node},
               {"inputJson", masker.masked(json_or_null(row.input))},
               {"outputJson", json_or_null(row.output)},
               {"status", row.status},
               {"error", text_or_null(row.error)},
               {"reason", text_or_null(row.reason)},
               {"attempt", row.attempt},
               {"createdAt", iso8601(row.created_at_ms)},
               {"startedAt", iso8601(started_at_ms)},
               {"finishedAt", time_or_null(row.finished_at_ms)},
               {"durationMs", row.finished_at_ms ? Json(*row.finished_at_ms - started_at_ms) : Json(nullptr)},
               {"version", agent != nullptr ? Json(agent->version) : Json(nullptr)},
               {"sandbox", json_or_null(row.detail)}};
  const Json* told = find_member(json["sandbox"], "progress");
  Json progress = told == nullptr ? Json(nullptr) : *told;
  json["progress"] = std::move(progress);
  json["agent"] = agent == nullptr ? Json(nullptr) : agent::to_api_json(*agent, with_capabilities);
  return json;
}

Json approval_view(const store::ApprovalRow& row, outbox::Masker& masker) {
  const Json document = json_or_null(row.document);
  const Json* input = find_member(document, "input");
  const Json* preview = find_member(document, "preview");
  return {{"id", row.id},
          {"workflowRunId", row.run_id},
          {"nodeId", row.node},
          {"status", row.status},
          {"requestedAt", iso8601(row.requested_at_ms)},
          {"respondedAt", time_or_null(row.responded_at_ms)},
          {"respondedBy", text_or_null(row.responded_by)},
          {"notes", text_or_null(row.notes)},
          {"expiresAt", iso8601(row.expires_at_ms)},
          {"hash", row.hash},
          {"input", input == nullptr ? Json(nullptr) : masker.masked(*input)},
          {"preview", preview == nullptr ? Json(nullptr) : *preview},
          {"agentName", string_member(document, "agent")},
          {"action", string_member(document, "action")},
          {"riskLevel", string_member(document, "riskLevel", "AUTO")}};
}

}  // namespace commandcenter::server
