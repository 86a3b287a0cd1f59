// Messages about runs: start, retry, cancel, wait for, decide.
#include <fmt/format.h>

#include "core/run/rerun.h"
#include "engine/impl.h"

namespace commandcenter::engine {

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
  auto plan = catalog_.plan_of(**workflow);
  std::string error;  // why the run cannot begin, where somebody must be told by a run
  if (plan) {
    if (auto ready = check_secrets(**plan); !ready) plan = fail(std::move(ready.error()));
  }
  const bool is_recorded =
      !plan && (plan.error().code == ErrorCode::kConflict || plan.error().code == ErrorCode::kInvalid);
  if (is_recorded && message.records_failure) {
    error = plan.error().message;
    plan = Catalog::empty_plan(**workflow);
  }
  if (!plan) return message.reply(fail(std::move(plan.error())));
  if (message.records_failure && error.empty()) {
    if (const auto key = run::concurrency_key(**plan, message.context); !key) error = key.error().message;
  }
  NewRun fresh{std::move(*plan), (*workflow)->row.id, (*workflow)->row.version, {}};
  fresh.created.error = std::move(error);
  fresh.created.trigger = std::move(message.trigger);
  fresh.created.context = std::move(message.context);
  fresh.created.trace_parent = std::move(message.trace_parent);
  fresh.created.workspace =
      message.workspace.empty() ? (*workflow)->definition.workspace : std::move(message.workspace);
  const auto run = create_run(std::move(fresh));
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
  if (message.once) {
    const auto mark = fact(message.once->space, message.once->key);
    if (!mark) return message.reply(fail(mark.error()));
    if (*mark) {
      TriggerRun again;
      again.reply = std::move(message.reply);
      return answer_again(std::move(again), **mark);
    }
  }
  auto fresh = repetition(message);
  if (!fresh) return message.reply(fail(std::move(fresh.error())));
  const auto run = create_run(std::move(*fresh));
  if (!run) return message.reply(fail(run.error()));
  if (message.once) stage_mark(*message.once, "runId", (*run)->state.id);
  answer(std::move(message.reply), view(**run));
}

// The run that repeats another one, with what it keeps of it.
Result<NewRun> Engine::Impl::repetition(const RetryRun& message) {
  const auto row = store::read_one<store::RunRow>(store_, {.table = store::Table::kRuns, .id = message.run_id});
  if (!row) return fail(row.error());
  if (!*row) return fail(ErrorCode::kNotFound, "Workflow run not found");
  if (message.only_failed && (*row)->status != "FAILED")
    return fail(ErrorCode::kConflict, "Can only retry failed workflow runs");
  if (!(*row)->finished) {
    return fail(ErrorCode::kConflict, fmt::format("the run has not ended ({}); cancel it or wait", (*row)->status));
  }
  auto fresh = chosen_version(**row, message.version);
  if (!fresh) return fresh;
  auto original = load_run(message.run_id);
  if (!original) return fail(std::move(original.error()));
  if (fresh->plan == nullptr) fresh->plan = original->state.plan;
  if (auto ready = check_secrets(*fresh->plan); !ready) return fail(std::move(ready.error()));
  auto kept = run::kept_outputs(original->state, *fresh->plan, message.from);
  if (!kept) return fail(std::move(kept.error()));
  run::RunCreated& created = fresh->created;
  created.trigger = message.trigger;
  created.context = std::move(original->state.context);
  created.workspace = std::move(original->state.workspace);
  created.trace_parent = std::move(original->state.trace_parent);
  created.retry_of = message.run_id;
  created.rerun_from = message.from;
  created.kept = std::move(*kept);
  return fresh;
}

// Without a plan when it is the one that the original ran.
Result<NewRun> Engine::Impl::chosen_version(const store::RunRow& original, std::int64_t version) {
  const auto workflow = catalog_.find_workflow(original.project_id, original.workflow_id);
  if (!workflow) return fail(workflow.error());
  NewRun fresh;
  fresh.workflow_id = original.workflow_id;
  if (version == RetryRun::kSameVersion) {
    fresh.workflow_version = original.workflow_version;
    return fresh;
  }
  if (version == RetryRun::kLatestVersion || version == (*workflow)->row.version) {
    fresh.workflow_version = (*workflow)->row.version;
    auto plan = catalog_.plan_of(**workflow);
    if (!plan) return fail(std::move(plan.error()));
    fresh.plan = std::move(*plan);
    return fresh;
  }
  const auto row = store::read_one<store::WorkflowVersionRow>(
      store_, {.table = store::Table::kWorkflowVersions, .workflow_id = original.workflow_id, .version = version});
  if (!row) return fail(row.error());
  if (!*row) {
    return fail(ErrorCode::kInvalid, fmt::format("version: the workflow has no version {}; its latest one is {}",
                                                 version, (*workflow)->row.version));
  }
  fresh.workflow_version = version;
  auto plan = catalog_.plan_of_version((*workflow)->row, (*row)->document);
  if (!plan) return fail(std::move(plan.error()));
  fresh.plan = std::move(*plan);
  return fresh;
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
  auto runs = store::read_all<store::RunRow>(
      store_, {.table = store::Table::kRuns, .finished = false, .expires_until = until_ms, .without_context = true});
  if (!runs) {
    log_.error("time-outs cannot be read", {{"error", runs.error().message}});
    return fire_again({0, TimerKind::kExpiryWindow, {}, 0});
  }
  window_until_ms_ = until_ms;
  timers_.add({until_ms, TimerKind::kExpiryWindow, {}, 0});
  for (store::ApprovalRow& row : *rows)
    timers_.add({row.expires_at_ms, TimerKind::kApprovalExpiry, std::move(row.id), 0});
  for (store::RunRow& row : *runs)
    timers_.add({row.deadline_ms.value_or(until_ms), TimerKind::kRunTimeout, std::move(row.id), 0});
}

}  // namespace commandcenter::engine
