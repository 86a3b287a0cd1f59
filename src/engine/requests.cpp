// Messages about runs: start, retry, cancel, wait for, decide.
#include <fmt/format.h>

#include "engine/impl.h"

namespace commandcenter::engine {

Result<LiveRun*> Engine::Impl::create_run(CachedWorkflow& workflow, run::RunCreated created) {
  if (stopping_) return fail(ErrorCode::kUnavailable, "the server is stopping");
  if (unfinished_runs_ >= config_.max_unfinished_runs) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("{} runs are unfinished, the most this server takes; try again later", unfinished_runs_));
  }
  auto plan = catalog_.plan_of(workflow);
  if (!plan) return fail(std::move(plan.error()));
  if (!catalog_.is_stored((*plan)->id)) {
    batch_.puts.emplace_back(store::PlanRow{(*plan)->id, (*plan)->document});
    catalog_.remember_stored(*plan);
  }

  created.run_id = new_id();
  created.workflow_id = workflow.row.id;
  created.workflow_version = workflow.row.version;
  LiveRun fresh;
  fresh.workflow_id = workflow.row.id;
  fresh.workflow_version = workflow.row.version;
  fresh.retry_of = created.retry_of;
  fresh.state.plan = *plan;
  const std::string id = created.run_id;
  LiveRun& run = live_.emplace(id, std::move(fresh)).first->second;
  ++unfinished_runs_;
  on_failure([this](const Error&) { --unfinished_runs_; });
  run.state.id = id;  // commands name the run from its first event on
  apply(run, std::move(created));
  if ((*plan)->timeout_ms && !is_final(run.state.status)) {
    timers_.add({clock_.wall_ms() + *(*plan)->timeout_ms, TimerKind::kRunTimeout, id, 0});
  }
  return &run;
}

void Engine::Impl::accept(TriggerRun message) {
  if (message.once) {
    const auto mark = fact(message.once->space, message.once->key);
    if (!mark) return message.reply(fail(mark.error()));
    if (*mark) return answer_again(std::move(message), **mark);
  }
  auto workflow = catalog_.find_workflow(message.project_id, message.workflow);
  if (!workflow) return message.reply(fail(std::move(workflow.error())));
  if ((*workflow)->row.status != "ACTIVE") {
    return message.reply(
        fail(ErrorCode::kConflict, fmt::format("Cannot trigger non-active workflow ({})", (*workflow)->row.status)));
  }
  run::RunCreated created;
  created.trigger = std::move(message.trigger);
  created.context = std::move(message.context);
  created.workspace = message.workspace.empty() ? (*workflow)->definition.workspace : std::move(message.workspace);
  const auto run = create_run(**workflow, std::move(created));
  if (!run) return message.reply(fail(run.error()));
  stage_once(message, (*run)->state.id);
  answer_or_wait(**run, std::move(message));
}

void Engine::Impl::answer_or_wait(const LiveRun& run, TriggerRun message) {
  if (!message.until_finished || is_final(run.state.status)) return answer(std::move(message.reply), view(run));
  on_failure([reply = message.reply](const Error& error) { reply(fail(error)); });
  after_commit(
      [this, id = run.state.id, deadline_ms = message.deadline_ms, reply = std::move(message.reply)]() mutable {
        earliest_waiter_ms_ = std::min(earliest_waiter_ms_, deadline_ms);
        waiters_.emplace(id, Waiter{deadline_ms, std::move(reply)});
      });
}

void Engine::Impl::accept(RetryRun message) {
  auto row = store::read_one<store::RunRow>(store_, {.table = store::Table::kRuns, .id = message.run_id});
  if (!row) return message.reply(fail(std::move(row.error())));
  if (!*row) return message.reply(fail(ErrorCode::kNotFound, "Workflow run not found"));
  if ((*row)->status != "FAILED")
    return message.reply(fail(ErrorCode::kConflict, "Can only retry failed workflow runs"));
  auto workflow = catalog_.find_workflow((*row)->project_id, (*row)->workflow_id);
  if (!workflow) return message.reply(fail(std::move(workflow.error())));
  auto original = load_run(message.run_id);
  if (!original) return message.reply(fail(std::move(original.error())));

  run::RunCreated created;
  created.trigger = "retry";
  created.context = original->state.context;
  created.workspace = original->state.workspace;
  created.retry_of = message.run_id;
  const workflow::Plan& plan = *original->state.plan;
  std::set<std::size_t> again;  // nodes to run again, and with them everything behind them
  if (message.from == "failed") {
    for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
      if (original->state.nodes[i].status != run::NodeStatus::kSuccess) again.insert(i);
    }
  } else if (message.from != "beginning") {
    const auto from = plan.find_node(message.from);
    if (!from) return message.reply(fail(ErrorCode::kInvalid, fmt::format("the run has no node {}", message.from)));
    again.insert(*from);
  }
  std::vector<std::size_t> behind(again.begin(), again.end());
  while (!behind.empty()) {
    const std::size_t node = behind.back();
    behind.pop_back();
    for (const std::size_t dependent : plan.nodes[node].dependents) {
      if (again.insert(dependent).second) behind.push_back(dependent);
    }
  }
  for (std::size_t i = 0; message.from != "beginning" && i < plan.nodes.size(); ++i) {
    const run::NodeState& node = original->state.nodes[i];
    if (!again.contains(i) && node.status == run::NodeStatus::kSuccess)
      created.kept.emplace(plan.nodes[i].id, node.output);
  }
  const auto run = create_run(**workflow, std::move(created));
  if (!run) return message.reply(fail(run.error()));
  answer(std::move(message.reply), view(**run));
}

void Engine::Impl::accept(CancelRun message) {
  const auto run = live_run(message.run_id);
  if (!run) return message.reply(fail(run.error()));
  if (const auto refused = apply(**run, run::RunCancelled{message.by})) return message.reply(fail(*refused));
  answer(std::move(message.reply), view(**run));
}

void Engine::Impl::accept(AwaitRun message) {
  const auto run = live_run(message.run_id);
  if (!run) return message.reply(fail(run.error()));
  if (is_final((*run)->state.status)) return answer(std::move(message.reply), view(**run));
  earliest_waiter_ms_ = std::min(earliest_waiter_ms_, message.deadline_ms);
  waiters_.emplace(message.run_id, Waiter{message.deadline_ms, std::move(message.reply)});
}

void Engine::Impl::accept(DecideApproval message) {
  auto row = approval_row(message.approval_id);
  if (!row) return message.reply(fail(std::move(row.error())));
  if (row->status != "PENDING") {
    // The decision that came first may be part of this very transaction: it counts once that is durable.
    after_commit([reply = message.reply] { reply(fail(ErrorCode::kConflict, "Approval already processed")); });
    return on_failure([reply = std::move(message.reply)](const Error& error) { reply(fail(error)); });
  }
  const auto run = live_run(row->run_id);
  if (!run) return message.reply(fail(run.error()));
  const auto node = (*run)->state.plan->find_node(row->node);
  if (!node) return message.reply(fail(ErrorCode::kInternal, "the approval names a node that its run does not have"));
  if (message.approved && row->hash != run::approval_hash((*run)->state, *node)) {
    return message.reply(
        fail(ErrorCode::kConflict, "what was to be approved has changed since it was shown; look at it again"));
  }
  if (const auto refused = apply(**run, run::ApprovalDecided{*node, message.approved, message.by, message.notes})) {
    return message.reply(fail(*refused));
  }
  close_approval(**run, *node, message.approved ? "APPROVED" : "REJECTED", message.by, message.notes);
  answer(std::move(message.reply), store::ApprovalRow(batch_approvals_[message.approval_id]));
}

void Engine::Impl::expire_approval(const Timer& timer) {
  const auto row = approval_row(timer.id);
  if (row && row->status != "PENDING") return;
  const Result<LiveRun*> run = row ? live_run(row->run_id) : Result<LiveRun*>(fail(row.error()));
  if (!run) {
    if (run.error().code != ErrorCode::kNotFound) fire_again(timer);
    return;
  }
  const auto node = (*run)->state.plan->find_node(row->node);
  if (!node || apply(**run, run::ApprovalExpired{*node})) return;
  on_failure([this, timer](const Error&) { fire_again(timer); });
  close_approval(**run, *node, "REJECTED", {}, (*run)->state.nodes[*node].error);
}

void Engine::Impl::load_expiry_window() {
  const std::int64_t until_ms = clock_.wall_ms() + kExpiryWindow_ms;
  auto rows = store::read_all<store::ApprovalRow>(
      store_, {.table = store::Table::kApprovals, .status = "PENDING", .expires_until = until_ms});
  if (!rows) {
    log_.error("pending approvals cannot be read", {{"error", rows.error().message}});
    return fire_again({0, TimerKind::kExpiryWindow, {}, 0});
  }
  timers_.add({until_ms, TimerKind::kExpiryWindow, {}, 0});
  for (store::ApprovalRow& row : *rows)
    timers_.add({row.expires_at_ms, TimerKind::kApprovalExpiry, std::move(row.id), 0});
}

}  // namespace commandcenter::engine
