// What can be run: the agents and workflows as they are now, and the plans made from them. Lives on the engine's
// thread; reads the store when asked for something it has not seen.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/agent.h"
#include "base/result.h"
#include "core/workflow/workflow.h"
#include "store/store.h"

namespace commandcenter::engine {

inline constexpr std::size_t kMaxCachedWorkflows = 2'000;
inline constexpr std::size_t kMaxCachedPlans = 2'000;

struct CachedWorkflow {
  store::WorkflowRow row;
  workflow::Definition definition;
  std::shared_ptr<const workflow::Plan> plan;  // null until first needed, and after agents changed
};

class Catalog {
 public:
  explicit Catalog(store::Store& store) : store_(store) {}

  Result<void> load_agents();

  // By id, or by name within the project.
  const agent::Agent* find_agent(std::int64_t project_id, const std::string& name_or_id) const;
  const agent::Agent* agent_by_id(const std::string& id) const;
  void put_agent(agent::Agent agent);
  void remove_agent(const std::string& id);
  workflow::AgentLookup lookup(std::int64_t project_id) const;
  std::vector<std::string> agent_names(std::int64_t project_id) const;

  // By id, or by name within the project. kNotFound when there is none (or it was deleted).
  Result<CachedWorkflow*> find_workflow(std::int64_t project_id, const std::string& id_or_name);
  void forget_workflow(const std::string& id);

  // The plan of a workflow's current version with the agents of now; kConflict when it cannot be made any more.
  Result<std::shared_ptr<const workflow::Plan>> plan_of(CachedWorkflow& workflow);

  // The plan of another version of it, with the agents of now; kConflict likewise.
  Result<std::shared_ptr<const workflow::Plan>> plan_of_version(const store::WorkflowRow& workflow,
                                                                const std::string& document);

  // A plan that a run has pinned.
  Result<std::shared_ptr<const workflow::Plan>> pinned_plan(const std::string& plan_id);

  // Whether the store has the plan already; remember_stored() says that it will have after this batch.
  bool is_stored(const std::string& plan_id) const { return stored_plans_.contains(plan_id); }
  void remember_stored(const std::shared_ptr<const workflow::Plan>& plan);

  // After a failed commit: nothing that was only in memory may be believed.
  void reset();

 private:
  store::Store& store_;
  std::map<std::string, agent::Agent> agents_;                               // by id
  std::map<std::pair<std::int64_t, std::string>, std::string> agent_names_;  // (project, name) to id
  std::unordered_map<std::string, CachedWorkflow> workflows_;                // by id
  std::map<std::pair<std::int64_t, std::string>, std::string> workflow_names_;
  std::unordered_map<std::string, std::shared_ptr<const workflow::Plan>> stored_plans_;
};

// A deleted workflow keeps its row, and its runs their history; only its name is free again.
inline constexpr std::string_view kDeletedStatus = "DELETED";

}  // namespace commandcenter::engine
