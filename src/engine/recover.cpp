// Start-up: the registry, the built-in agents of this version, and every run that had not ended.
#include <fmt/format.h>

#include "agent/builtin/builtin.h"
#include "engine/impl.h"

namespace commandcenter::engine {

Result<void> Engine::Impl::recover() {
  if (auto loaded = catalog_.load_agents(); !loaded) return loaded;
  if (auto registered = register_builtins(); !registered) return registered;
  if (auto recovered = recover_runs(); !recovered) return recovered;
  load_expiry_window();
  arm_sweep(0);
  sweep_artifacts();
  arm_retention(0);
  update_health();
  return {};
}

// A built-in agent keeps its id over upgrades; a changed manifest is a new revision.
Result<void> Engine::Impl::register_builtins() {
  for (const builtin::Builtin& provided : builtin::builtins()) {
    agent::Agent fresh = agent::make_builtin(provided.manifest);
    const agent::Agent* existing = catalog_.find_agent(fresh.project_id, fresh.name);
    if (existing != nullptr) {
      if (existing->runtime != agent::Runtime::kBuiltin) continue;  // somebody registered their own under this name
      fresh.id = existing->id;
      fresh.revision = existing->revision;
      fresh.provided = existing->provided;
      if (!existing->provided) fresh.description = existing->description;  // the words of who registered it
      fresh.registered_at_ms = existing->registered_at_ms;
      fresh.updated_at_ms = existing->updated_at_ms;
      if (agent::to_row(fresh).document == agent::to_row(*existing).document) continue;
      ++fresh.revision;
    } else {
      fresh.id = new_id();
      fresh.registered_at_ms = clock_.wall_ms();
    }
    fresh.updated_at_ms = clock_.wall_ms();
    put_agent_rows(fresh);
    catalog_.put_agent(std::move(fresh));
  }
  if (batch_.empty()) return {};
  auto committed = store_.commit(batch_);
  batch_ = {};
  if (!committed) return fail(std::move(committed.error()));
  return {};
}

Result<void> Engine::Impl::recover_runs() {
  auto runs = store::read_all<store::RunRow>(store_, {.table = store::Table::kRuns, .finished = false});
  if (!runs) return fail(std::move(runs.error()));
  auto nodes = store::read_all<store::NodeRunRow>(store_, {.table = store::Table::kNodeRuns, .finished = false});
  if (!nodes) return fail(std::move(nodes.error()));
  unfinished_runs_ = static_cast<std::int64_t>(runs->size());

  std::set<std::string> moving;  // runs in which something was under way; all others wait for a person
  for (const store::NodeRunRow& node : *nodes) {
    if (node.status != "WAITING_APPROVAL") moving.insert(node.run_id);
  }
  for (const store::RunRow& run : *runs) {
    if (run.status != "WAITING_APPROVAL") moving.insert(run.id);
    const auto plan = catalog_.pinned_plan(run.plan_id);
    if (!plan && plan.error().code == ErrorCode::kUnavailable) return fail(plan.error());
    if (plan && (*plan)->timeout_ms)
      timers_.add({run.started_at_ms + *(*plan)->timeout_ms, TimerKind::kRunTimeout, run.id, 0});
  }
  for (const std::string& run_id : moving) {
    const auto run = live_run(run_id);
    if (!run && run.error().code == ErrorCode::kUnavailable) return fail(run.error());
    if (!run) {  // damaged: the others go on without it
      log_.error("a run cannot be recovered", {{"run", run_id}, {"error", run.error().message}});
      continue;
    }
    for (const std::size_t node : run::running_nodes((*run)->state)) {
      const std::int64_t attempt = (*run)->state.nodes[node].attempt;
      if (const auto refused = apply(**run, run::NodeInterrupted{node, attempt})) {
        log_.error("a lost attempt cannot be recorded", {{"run", run_id}, {"error", refused->message}});
      }
    }
  }
  if (auto rollbacks = recover_rollbacks(); !rollbacks) return rollbacks;
  if (!moving.empty())
    log_.info("unfinished runs recovered",
              {{"runs", moving.size()}, {"parked", runs->size() - std::min(runs->size(), moving.size())}});
  commit();
  if (!store_ok_) return fail(ErrorCode::kUnavailable, "the store cannot be written; see the log");
  return {};
}

}  // namespace commandcenter::engine
