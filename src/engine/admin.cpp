// Messages about workflows and agents. Each is a transaction of its own.
#include <fmt/format.h>

#include "engine/impl.h"

namespace commandcenter::engine {
namespace {

// Equal for definitions that say the same: an agent may be named or given by its id, and an action left out where the
// agent has only one. Clients send back what they read, where both are spelt out.
std::string meaning_of(workflow::Definition definition, const Catalog& catalog) {
  for (workflow::NodeDefinition& node : definition.nodes) {
    const agent::Agent* agent = catalog.find_agent(definition.project_id, node.agent);
    if (agent == nullptr) continue;
    node.agent = agent->id;
    if (node.action.empty() && agent->capabilities.size() == 1) node.action = agent->capabilities.front().name;
  }
  return canonical_json(workflow::to_json(definition));
}

}  // namespace

void Engine::Impl::store_workflow(store::WorkflowRow row, Reply<store::WorkflowRow> reply) {
  batch_.puts.emplace_back(row);
  batch_.puts.emplace_back(store::WorkflowVersionRow{row.id, row.version, row.document, row.updated_at_ms});
  catalog_.forget_workflow(row.id);
  tell_changed(row);
  answer(std::move(reply), std::move(row));
}

void Engine::Impl::tell_changed(const store::WorkflowRow& row) {
  if (workflow_changed_) after_commit([this, row] { workflow_changed_(row); });
}

void Engine::Impl::accept(CreateWorkflow message) {
  if (message.once) {
    const auto mark = fact(message.once->space, message.once->key);
    if (!mark) return message.reply(fail(mark.error()));
    if (*mark) return answer_again(std::move(message), **mark);
  }
  const workflow::Definition& definition = message.definition;
  const auto existing = catalog_.find_workflow(definition.project_id, definition.name);
  if (existing && (*existing)->row.name == definition.name) {
    return message.reply(fail(ErrorCode::kConflict, "Workflow with this name already exists for this project"));
  }
  const auto plan = workflow::make_plan(definition, catalog_.lookup(definition.project_id), message.locate,
                                        catalog_.agent_names(definition.project_id));
  if (!plan) return message.problems(plan.error());
  if (message.guard) {
    if (auto allowed = message.guard(); !allowed) return message.reply(fail(std::move(allowed.error())));
  }

  store::WorkflowRow row;
  row.id = new_id();
  row.project_id = definition.project_id;
  row.name = definition.name;
  row.status = definition.status;
  row.document = dump_json(workflow::to_json(definition));
  row.created_at_ms = clock_.wall_ms();
  row.updated_at_ms = row.created_at_ms;
  if (message.once) stage_mark(*message.once, "workflowId", row.id);
  store_workflow(std::move(row), std::move(message.reply));
}

void Engine::Impl::accept(UpdateWorkflow message) {
  const workflow::Definition& definition = message.definition;
  const auto current = catalog_.find_workflow(definition.project_id, message.id);
  if (!current) return message.reply(fail(current.error()));
  store::WorkflowRow row = (*current)->row;
  if (row.version != message.expected_version) {
    if (message.outdated) return message.outdated(row);
    return message.reply(
        fail(ErrorCode::kConflict, "the workflow was changed by somebody else meanwhile; read it again"));
  }
  const std::string before = meaning_of((*current)->definition, catalog_);
  if (row.name != definition.name) {
    const auto namesake = catalog_.find_workflow(row.project_id, definition.name);
    if (namesake && (*namesake)->row.id != row.id) {
      return message.reply(fail(ErrorCode::kConflict, "Workflow with this name already exists for this project"));
    }
  }
  const auto plan =
      workflow::make_plan(definition, catalog_.lookup(row.project_id), {}, catalog_.agent_names(row.project_id));
  if (!plan) return message.problems(plan.error());
  if (message.guard) {
    if (auto allowed = message.guard(); !allowed) return message.reply(fail(std::move(allowed.error())));
  }
  if (meaning_of(definition, catalog_) == before) return answer(std::move(message.reply), std::move(row));
  ++row.version;
  row.name = definition.name;
  row.status = definition.status;
  row.document = dump_json(workflow::to_json(definition));
  row.updated_at_ms = clock_.wall_ms();
  store_workflow(std::move(row), std::move(message.reply));
}

void Engine::Impl::accept(DeleteWorkflow message) {
  const auto current = catalog_.find_workflow(1, message.id);
  if (!current) return message.reply(fail(current.error()));
  const auto live = store_.count({.table = store::Table::kRuns, .workflow_id = message.id, .finished = false});
  if (!live) return message.reply(fail(live.error()));
  if (*live > 0) {
    return message.reply(
        fail(ErrorCode::kConflict, fmt::format("{} runs of this workflow have not ended; cancel them first", *live)));
  }
  store::WorkflowRow row = (*current)->row;
  catalog_.forget_workflow(row.id);
  row.status = kDeletedStatus;
  row.name = fmt::format("{} (deleted {})", row.name, row.id);
  row.updated_at_ms = clock_.wall_ms();
  tell_changed(row);
  batch_.puts.emplace_back(std::move(row));
  answer(std::move(message.reply), true);
}

// The agent as it is now, and as the revision that it is from now on.
void Engine::Impl::put_agent_rows(const agent::Agent& agent) {
  store::AgentRow row = agent::to_row(agent);
  batch_.puts.emplace_back(store::AgentVersionRow{row.id, row.revision, row.document, row.updated_at_ms});
  batch_.puts.emplace_back(std::move(row));
}

void Engine::Impl::store_agent(agent::Agent agent, Reply<agent::Agent> reply) {
  put_agent_rows(agent);
  on_failure([this](const Error&) {
    if (const auto loaded = catalog_.load_agents(); !loaded)
      log_.error("agents cannot be read", {{"error", loaded.error().message}});
  });
  catalog_.put_agent(agent);
  answer(std::move(reply), std::move(agent));
}

void Engine::Impl::accept(RegisterAgent message) {
  agent::Agent& agent = message.agent;
  const agent::Agent* existing = catalog_.find_agent(agent.project_id, agent.name);
  if (existing != nullptr && existing->provided) {
    // What came with the program is taken over under its own name: the client's words, our code.
    agent::Agent claimed = *existing;
    claimed.provided = false;
    if (agent.description) claimed.description = agent.description;
    claimed.updated_at_ms = clock_.wall_ms();
    if (message.folder_to_import.empty()) return store_agent(std::move(claimed), std::move(message.reply));
  } else if (existing != nullptr && !message.replace) {
    return message.reply(fail(ErrorCode::kConflict, "Agent with this name already exists for this project"));
  }
  if (!message.folder_to_import.empty()) {
    auto folder = agent::import_folder(message.folder_to_import, config_.agents_folder);
    if (!folder) return message.reply(fail(std::move(folder.error())));
    agent.folder = std::move(*folder);
  }
  agent.id = existing == nullptr ? new_id() : existing->id;
  agent.revision = existing == nullptr ? 1 : existing->revision + 1;
  agent.registered_at_ms = existing == nullptr ? clock_.wall_ms() : existing->registered_at_ms;
  agent.updated_at_ms = clock_.wall_ms();
  store_agent(std::move(agent), std::move(message.reply));
}

void Engine::Impl::accept(UpdateAgent message) {
  const agent::Agent* existing = catalog_.agent_by_id(message.id);
  if (existing == nullptr) return message.reply(fail(ErrorCode::kNotFound, "Agent not found"));
  agent::Agent changed = *existing;
  message.change(changed);
  const bool moved = changed.name != existing->name || changed.project_id != existing->project_id;
  if (moved && catalog_.find_agent(changed.project_id, changed.name) != nullptr) {
    return message.reply(fail(ErrorCode::kConflict, "Agent with this name already exists for this project"));
  }
  if (moved) {
    if (existing->runtime == agent::Runtime::kBuiltin && changed.name != existing->name) {
      return message.reply(fail(ErrorCode::kConflict,
                                fmt::format("Agent {} is part of the program and keeps its name", existing->name)));
    }
    agent::Agent sought = *existing;  // by its name after a rename; after a move to another project by its id, too
    if (changed.project_id == existing->project_id) sought.id = sought.name;
    const auto users = users_of_agent(sought);
    if (!users) return message.reply(fail(users.error()));
    if (!users->empty()) {
      return message.reply(fail(ErrorCode::kConflict, fmt::format("Agent is used under this name by workflows: {}",
                                                                  fmt::join(*users, ", "))));
    }
  }
  if (!changed.folder.empty() && changed.folder != existing->folder) {  // its program is another one
    auto folder = agent::import_folder(changed.folder, config_.agents_folder);
    if (!folder) return message.reply(fail(std::move(folder.error())));
    changed.folder = std::move(*folder);
  }
  if (moved) catalog_.remove_agent(message.id);
  ++changed.revision;
  changed.updated_at_ms = clock_.wall_ms();
  store_agent(std::move(changed), std::move(message.reply));
}

Result<std::vector<std::string>> Engine::Impl::users_of_agent(const agent::Agent& agent) {
  auto rows =
      store::read_all<store::WorkflowRow>(store_, {.table = store::Table::kWorkflows, .project_id = agent.project_id});
  if (!rows) return fail(std::move(rows.error()));
  std::vector<std::string> users;
  for (const store::WorkflowRow& row : *rows) {
    if (row.status == kDeletedStatus) continue;
    const auto json = parse_json(row.document);
    if (!json) continue;
    const auto definition = workflow::parse_definition(*json);
    if (!definition) continue;
    for (const workflow::NodeDefinition& node : definition->nodes) {
      if (node.agent != agent.name && node.agent != agent.id) continue;
      users.push_back(row.name);
      break;
    }
  }
  return users;
}

void Engine::Impl::accept(DeleteAgent message) {
  const agent::Agent* existing = catalog_.agent_by_id(message.id);
  if (existing == nullptr) return message.reply(fail(ErrorCode::kNotFound, "Agent not found"));
  const auto users = users_of_agent(*existing);
  if (!users) return message.reply(fail(users.error()));
  if (!users->empty()) {
    return message.reply(
        fail(ErrorCode::kConflict, fmt::format("Agent is used by workflows: {}", fmt::join(*users, ", "))));
  }
  batch_.deletes.push_back({store::Table::kAgents, message.id});
  on_failure([this](const Error&) {
    if (const auto loaded = catalog_.load_agents(); !loaded)
      log_.error("agents cannot be read", {{"error", loaded.error().message}});
  });
  catalog_.remove_agent(message.id);
  answer(std::move(message.reply), true);
}

}  // namespace commandcenter::engine
