// Start-up: the registry, the built-in agents of this version, and every run that had not ended.
#include <fmt/format.h>

#include "agent/builtin/builtin.h"
#include "engine/impl.h"

namespace commandcenter::engine {
namespace {

constexpr std::int64_t kRecoveryPage_rows = 1'000;  // read, and written, at a time

}  // namespace

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
      fresh.risk = existing->risk;  // whether people are asked is the operator's word
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

// Who has places and who waits for them, without their documents: a queued or parked run costs its row.
Result<void> Engine::Impl::recover_claims(std::string_view phase, std::vector<std::string>* run_ids) {
  const Standing standing = phase == "queued"   ? Standing::kQueued
                            : phase == "moving" ? Standing::kMoving
                                                : Standing::kHolding;
  store::Query page{.table = store::Table::kRuns,
                    .finished = false,
                    .phase = std::string(phase),
                    .without_context = true,
                    .limit = kRecoveryPage_rows};
  while (true) {
    auto rows = store::read_all<store::RunRow>(store_, page);
    if (!rows) return fail(std::move(rows.error()));
    for (store::RunRow& row : *rows) {
      const auto plan = catalog_.pinned_plan(row.plan_id);
      if (!plan && plan.error().code == ErrorCode::kUnavailable) return fail(plan.error());
      const std::int64_t limit = plan ? (*plan)->concurrency.limit : 0;
      last_ticket_ = std::max(last_ticket_, row.ticket);
      if (run_ids != nullptr) run_ids->push_back(row.id);
      admission_.put(
          {std::move(row.id), row.ticket, std::move(row.workflow_id), std::move(row.lane), limit, standing, false});
    }
    if (static_cast<std::int64_t>(rows->size()) < kRecoveryPage_rows) return {};
    page.after = rows->back().ticket;
  }
}

// A run in which something was under way. Attempts that nobody watched any more are lost.
Result<void> Engine::Impl::recover_run(const std::string& run_id) {
  const auto run = live_run(run_id);
  if (!run && run.error().code == ErrorCode::kUnavailable) return fail(run.error());
  if (!run) {  // damaged: the others go on without it
    log_.error("a run cannot be recovered", {{"run", run_id}, {"error", run.error().message}});
    admission_.remove(run_id);
    return {};
  }
  (*run)->phase.reset();
  (*run)->unwritten = true;  // an older program may have left its row without what this one goes by
  update_claim(**run);
  for (const std::size_t node : run::running_nodes((*run)->state)) {
    const std::int64_t attempt = (*run)->state.nodes[node].attempt;
    if (const auto refused = apply(**run, run::NodeInterrupted{node, attempt})) {
      log_.error("a lost attempt cannot be recorded", {{"run", run_id}, {"error", refused->message}});
    }
  }
  return {};
}

Result<void> Engine::Impl::recover_runs() {
  const auto unfinished = store_.count({.table = store::Table::kRuns, .finished = false});
  if (!unfinished) return fail(unfinished.error());
  unfinished_runs_ = *unfinished;
  std::vector<std::string> moving;
  if (auto done = recover_claims("moving", &moving); !done) return done;
  if (auto done = recover_claims("holding", nullptr); !done) return done;
  if (auto done = recover_claims("queued", nullptr); !done) return done;
  const auto parked = store::read_one<store::RunRow>(store_, {.table = store::Table::kRuns,
                                                              .finished = false,
                                                              .phase = "parked",
                                                              .newest_first = true,
                                                              .without_context = true});
  if (!parked) return fail(parked.error());
  if (*parked) last_ticket_ = std::max(last_ticket_, (*parked)->ticket);
  admission_.settle();

  for (std::size_t i = 0; i < moving.size(); ++i) {
    if (auto done = recover_run(moving[i]); !done) return done;
    if (i + 1 < moving.size() && (i + 1) % kRecoveryPage_rows != 0) continue;
    commit();
    if (!store_ok_) return fail(ErrorCode::kUnavailable, "the store cannot be written; see the log");
  }
  if (auto rollbacks = recover_rollbacks(); !rollbacks) return rollbacks;
  if (unfinished_runs_ > 0) {
    log_.info("unfinished runs recovered",
              {{"runs", *unfinished}, {"moving", admission_.moving()}, {"queued", admission_.queued()}});
  }
  commit();  // whose turn has come
  if (!store_ok_) return fail(ErrorCode::kUnavailable, "the store cannot be written; see the log");
  return {};
}

}  // namespace commandcenter::engine
