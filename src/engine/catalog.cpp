#include "engine/catalog.h"

#include <fmt/format.h>

namespace commandcenter::engine {

Result<void> Catalog::load_agents() {
  auto rows = store::read_all<store::AgentRow>(store_, {.table = store::Table::kAgents});
  if (!rows) return fail(std::move(rows.error()));
  agents_.clear();
  agent_names_.clear();
  for (const store::AgentRow& row : *rows) {
    auto agent = agent::from_row(row);
    if (!agent) return fail(std::move(agent.error()));
    put_agent(std::move(*agent));
  }
  return {};
}

const agent::Agent* Catalog::agent_by_id(const std::string& id) const {
  const auto found = agents_.find(id);
  return found == agents_.end() ? nullptr : &found->second;
}

const agent::Agent* Catalog::find_agent(std::int64_t project_id, const std::string& name_or_id) const {
  if (const auto name = agent_names_.find({project_id, name_or_id}); name != agent_names_.end())
    return agent_by_id(name->second);
  const agent::Agent* by_id = agent_by_id(name_or_id);
  return by_id != nullptr && by_id->project_id == project_id ? by_id : nullptr;
}

void Catalog::put_agent(agent::Agent agent) {
  agent_names_[{agent.project_id, agent.name}] = agent.id;
  agents_[agent.id] = std::move(agent);
  for (auto& [id, workflow] : workflows_)
    workflow.plan.reset();
}

void Catalog::remove_agent(const std::string& id) {
  const auto found = agents_.find(id);
  if (found == agents_.end()) return;
  agent_names_.erase({found->second.project_id, found->second.name});
  agents_.erase(found);
  for (auto& [workflow_id, workflow] : workflows_)
    workflow.plan.reset();
}

workflow::AgentLookup Catalog::lookup(std::int64_t project_id) const {
  return [this, project_id](const std::string& name_or_id) -> std::optional<workflow::AgentSnapshot> {
    const agent::Agent* found = find_agent(project_id, name_or_id);
    return found == nullptr ? std::nullopt : std::optional(agent::snapshot(*found));
  };
}

std::vector<std::string> Catalog::agent_names(std::int64_t project_id) const {
  std::vector<std::string> names;
  for (const auto& [id, agent] : agents_) {
    if (agent.project_id == project_id) names.push_back(agent.name);
  }
  return names;
}

Result<CachedWorkflow*> Catalog::find_workflow(std::int64_t project_id, const std::string& id_or_name) {
  std::string id = id_or_name;
  if (const auto name = workflow_names_.find({project_id, id_or_name}); name != workflow_names_.end())
    id = name->second;
  if (const auto cached = workflows_.find(id); cached != workflows_.end()) return &cached->second;

  auto row = store::read_one<store::WorkflowRow>(store_, {.table = store::Table::kWorkflows, .id = id});
  if (!row) return fail(std::move(row.error()));
  if (!*row) {
    row = store::read_one<store::WorkflowRow>(
        store_, {.table = store::Table::kWorkflows, .project_id = project_id, .name = id_or_name});
    if (!row) return fail(std::move(row.error()));
  }
  if (!*row || (*row)->status == kDeletedStatus) return fail(ErrorCode::kNotFound, "Workflow not found");
  const auto json = parse_json((*row)->document);
  if (!json) return fail(ErrorCode::kInternal, fmt::format("the record of workflow {} is damaged", (*row)->id));
  auto definition = workflow::parse_definition(*json);
  if (!definition) {
    return fail(ErrorCode::kInternal, fmt::format("the record of workflow {} cannot be read: {}", (*row)->id,
                                                  workflow::describe(definition.error())));
  }
  if (workflows_.size() >= kMaxCachedWorkflows) {
    workflows_.clear();
    workflow_names_.clear();
  }
  id = (*row)->id;
  workflow_names_[{(*row)->project_id, (*row)->name}] = id;
  return &workflows_.insert_or_assign(id, CachedWorkflow{std::move(**row), std::move(*definition), nullptr})
              .first->second;
}

void Catalog::forget_workflow(const std::string& id) {
  const auto cached = workflows_.find(id);
  if (cached == workflows_.end()) return;
  workflow_names_.erase({cached->second.row.project_id, cached->second.row.name});
  workflows_.erase(cached);
}

Result<std::shared_ptr<const workflow::Plan>> Catalog::plan_of(CachedWorkflow& workflow) {
  if (workflow.plan == nullptr) {
    auto plan = workflow::make_plan(workflow.definition, lookup(workflow.row.project_id));
    if (!plan) {
      return fail(ErrorCode::kConflict, fmt::format("workflow {} cannot run any more: {}", workflow.row.name,
                                                    workflow::describe(plan.error())));
    }
    workflow.plan = std::move(*plan);
  }
  return workflow.plan;
}

Result<std::shared_ptr<const workflow::Plan>> Catalog::plan_of_version(const store::WorkflowRow& workflow,
                                                                       const std::string& document) {
  const auto cannot_run = [&](const std::vector<workflow::Problem>& problems) {
    return fail(ErrorCode::kConflict, fmt::format("that version of workflow {} cannot run any more: {}", workflow.name,
                                                  workflow::describe(problems)));
  };
  const auto json = parse_json(document);
  if (!json) return fail(ErrorCode::kInternal, fmt::format("a version of workflow {} is damaged", workflow.id));
  const auto definition = workflow::parse_definition(*json);
  if (!definition) return cannot_run(definition.error());
  auto plan = workflow::make_plan(*definition, lookup(workflow.project_id));
  if (!plan) return cannot_run(plan.error());
  return std::move(*plan);
}

Result<std::shared_ptr<const workflow::Plan>> Catalog::pinned_plan(const std::string& plan_id) {
  if (const auto known = stored_plans_.find(plan_id); known != stored_plans_.end()) return known->second;
  auto row = store::read_one<store::PlanRow>(store_, {.table = store::Table::kPlans, .id = plan_id});
  if (!row) return fail(std::move(row.error()));
  if (!*row) return fail(ErrorCode::kInternal, fmt::format("plan {} is missing from the store", plan_id));
  auto plan = workflow::load_plan((*row)->document);
  if (!plan) return plan;
  remember_stored(*plan);
  return plan;
}

void Catalog::remember_stored(const std::shared_ptr<const workflow::Plan>& plan) {
  if (stored_plans_.size() >= kMaxCachedPlans) stored_plans_.clear();
  stored_plans_.emplace(plan->id, plan);
}

void Catalog::reset() {
  workflows_.clear();
  workflow_names_.clear();
  stored_plans_.clear();
}

}  // namespace commandcenter::engine
