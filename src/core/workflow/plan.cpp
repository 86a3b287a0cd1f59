// make_plan and load_plan: a definition bound to agents, checked, and compiled.
//
// Both go through build_plan; load_plan leaves the checks of inputs out, so that a stored plan still loads when a
// later version of the program has become stricter.
#include <algorithm>
#include <map>
#include <tuple>

#include "base/nearest.h"
#include "base/sha256.h"
#include "core/workflow/dialect.h"
#include "core/workflow/graph.h"
#include "core/workflow/plan_builder.h"
#include "core/workflow/reader.h"
#include "core/workflow/workflow.h"

namespace commandcenter::workflow {
namespace {

constexpr int kDocumentFormat = 1;
constexpr std::size_t kDocumentDepth = kMaxJsonDepth + 16;  // a definition and schemas, one level further in

Agents bind_agents(const Definition& definition, const AgentLookup& lookup, const std::vector<std::string>& agent_names,
                   Reader& reader) {
  Agents agents;
  std::map<std::string, std::optional<std::size_t>> known;  // by the name the definition uses
  for (std::size_t i = 0; i < definition.nodes.size(); ++i) {
    const NodeDefinition& node = definition.nodes[i];
    agents.of_node.emplace_back();
    if (node.is_transform) continue;
    auto found = known.find(node.agent);
    if (found == known.end()) {
      auto snapshot = lookup ? lookup(node.agent) : std::nullopt;
      std::optional<std::size_t> position;
      if (snapshot) {
        const auto same = std::find_if(agents.list.begin(), agents.list.end(),
                                       [&](const AgentSnapshot& a) { return a.id == snapshot->id; });
        position = static_cast<std::size_t>(same - agents.list.begin());
        if (same == agents.list.end()) agents.list.push_back(std::move(*snapshot));
      }
      found = known.emplace(node.agent, position).first;
    }
    agents.of_node.back() = found->second;
    if (found->second) continue;
    const std::string nearest = nearest_name(node.agent, agent_names);
    reader.problem(member_path(node_path(definition.nodes, i), "agent"),
                   "there is no agent " + shown(node.agent) +
                       (nearest.empty() ? "; " : "; did you mean \"" + nearest + "\"? ") +
                       "`commandcenter agents list` shows those of the project");
  }
  return agents;
}

Json document_json(const Definition& definition, const Agents& agents) {
  Json json = {{"format", kDocumentFormat},
               {"definition", to_json(definition)},
               {"agents", Json::array()},
               {"nodeAgents", Json::array()}};
  for (const AgentSnapshot& agent : agents.list) {
    Json actions = Json::array();
    for (const Action& action : agent.actions) {
      actions.push_back({{"name", action.name}, {"input", action.input_schema}, {"output", action.output_schema}});
    }
    Json pinned = {{"id", agent.id},
                   {"name", agent.name},
                   {"version", agent.version},
                   {"revision", agent.revision},
                   {"approval", agent.risk == Risk::kApprovalRequired},
                   {"effects", agent.has_effects},
                   {"actions", std::move(actions)},
                   {"document", agent.document}};
    if (agent.changes_workspace) pinned["changesWorkspace"] = true;
    json["agents"].push_back(std::move(pinned));
  }
  for (const auto& agent : agents.of_node)
    json["nodeAgents"].push_back(agent ? Json(*agent) : Json(nullptr));
  return json;
}

std::shared_ptr<const Plan> with_document(std::shared_ptr<Plan> plan, const Json& json) {
  plan->document = dump_json(json);
  plan->id = sha256_hex(canonical_json(json));
  return plan;
}

bool flag(const Json& json, std::string_view key, bool fallback) {
  const Json* value = find_member(json, key);
  return value != nullptr && value->is_boolean() ? value->get<bool>() : fallback;
}

Json value_or_null(const Json& json, std::string_view key) {
  const Json* value = find_member(json, key);
  return value == nullptr ? Json(nullptr) : *value;
}

AgentSnapshot read_agent(const Json& json) {
  AgentSnapshot agent;
  agent.id = string_member(json, "id");
  agent.name = string_member(json, "name");
  agent.version = string_member(json, "version");
  if (const Json* revision = find_member(json, "revision"); revision != nullptr && revision->is_number_integer()) {
    agent.revision = revision->get<std::int64_t>();
  }
  agent.risk = flag(json, "approval", true) ? Risk::kApprovalRequired : Risk::kAuto;
  agent.has_effects = flag(json, "effects", true);
  agent.changes_workspace = flag(json, "changesWorkspace", false);
  agent.document = value_or_null(json, "document");
  if (const Json* actions = find_member(json, "actions"); actions != nullptr && actions->is_array()) {
    for (const Json& action : *actions) {
      agent.actions.push_back(
          {string_member(action, "name"), value_or_null(action, "input"), value_or_null(action, "output")});
    }
  }
  return agent;
}

}  // namespace

tl::expected<std::shared_ptr<const Plan>, std::vector<Problem>> make_plan(const Definition& definition,
                                                                          const AgentLookup& agents,
                                                                          const Locator& locate,
                                                                          const std::vector<std::string>& agent_names) {
  Reader reader(locate);
  Agents bound = bind_agents(definition, agents, agent_names, reader);
  const Json document = document_json(definition, bound);
  auto plan = build_plan(definition, std::move(bound), reader, true);
  if (plan == nullptr) return tl::unexpected(reader.take());
  return with_document(std::move(plan), document);
}

std::vector<Problem> all_problems(const Json& tree, const AgentLookup& agents, const Locator& locate,
                                  const std::vector<std::string>& agent_names) {
  Reader reader(locate);
  Definition definition;
  const Graph graph = read_definition(tree, reader, definition);
  reader.settle();
  Agents bound = bind_agents(definition, agents, agent_names, reader);
  build_plan(definition, std::move(bound), reader, true, &graph);
  std::vector<Problem> problems = reader.take();
  const auto by_place = [](const Problem& a, const Problem& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  };
  // Without a place, at the end: how many are not shown.
  const auto placed =
      std::stable_partition(problems.begin(), problems.end(), [](const Problem& p) { return p.line > 0; });
  std::stable_sort(problems.begin(), placed, by_place);
  return problems;
}

std::map<std::string, std::string> node_meanings(const Plan& plan) {
  std::map<std::string, std::string> meanings;
  const auto json = parse_json(plan.document, kDocumentDepth);
  const Json* written = json ? find_member(*json, "definition") : nullptr;
  const auto definition = parse_definition(written != nullptr ? *written : Json::object());
  if (!definition) return meanings;
  for (const NodeDefinition& node : definition->nodes) {
    const Json meaning = {node.agent, node.action, node.is_transform, node.input, node.depends_on, node.when};
    meanings.emplace(node.id, dump_json(meaning));
  }
  return meanings;
}

Result<std::shared_ptr<const Plan>> load_plan(std::string_view document) {
  const auto damaged = [](const std::string& why) {
    return fail(ErrorCode::kInternal, "the stored plan cannot be read: " + why);
  };
  const auto json = parse_json(document, kDocumentDepth);
  if (!json) return damaged(json.error().message);
  const Json* written = find_member(*json, "definition");
  const Json* agents = find_member(*json, "agents");
  const Json* node_agents = find_member(*json, "nodeAgents");
  if (written == nullptr || agents == nullptr || node_agents == nullptr || !agents->is_array() ||
      !node_agents->is_array()) {
    return damaged("it has no definition or no agents");
  }
  const auto definition = parse_definition(*written);
  if (!definition) return damaged(describe(definition.error()));
  if (node_agents->size() != definition->nodes.size()) return damaged("nodes and agents do not fit each other");
  Agents bound;
  for (const Json& agent : *agents)
    bound.list.push_back(read_agent(agent));
  for (std::size_t i = 0; i < node_agents->size(); ++i) {
    const Json& index = (*node_agents)[i];
    const bool valid = index.is_number_unsigned() ? index.get<std::uint64_t>() < bound.list.size() : false;
    if (valid == definition->nodes[i].is_transform) return damaged("nodes and agents do not fit each other");
    bound.of_node.push_back(valid ? std::optional(index.get<std::size_t>()) : std::nullopt);
  }
  Reader reader({});
  auto plan = build_plan(*definition, std::move(bound), reader, false);
  if (plan == nullptr) return damaged(describe(reader.take()));
  return with_document(std::move(plan), *json);
}

}  // namespace commandcenter::workflow
