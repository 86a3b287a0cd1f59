// New runs, and when they begin: places, queues, and runs that take the place of older ones.
#include <algorithm>

#include <fmt/format.h>

#include "engine/impl.h"

namespace commandcenter::engine {
namespace {

constexpr int kMaxAdmissionsPerCommit = 64;  // more of them would make everybody else wait

Standing standing_of(run::Phase phase) {
  if (phase == run::Phase::kQueued) return Standing::kQueued;
  return phase == run::Phase::kMoving ? Standing::kMoving : Standing::kHolding;
}

}  // namespace

Result<LiveRun*> Engine::Impl::create_run(NewRun fresh) {
  if (stopping_) return fail(ErrorCode::kUnavailable, "the server is stopping");
  if (unfinished_runs_ >= config_.max_unfinished_runs) {
    return fail(
        ErrorCode::kUnavailable,
        fmt::format("{} runs have not ended, the most this server takes (engine.maxUnfinishedRuns); try again later",
                    unfinished_runs_));
  }
  run::RunCreated& created = fresh.created;
  const workflow::Concurrency rule = created.error.empty() ? fresh.plan->concurrency : workflow::Concurrency{};
  Claim claim{new_id(), last_ticket_ + 1, fresh.workflow_id, {}, rule.limit, Standing::kQueued, false};
  if (rule.limit > 0) {
    const auto key = run::concurrency_key(*fresh.plan, created.context);
    if (!key) return fail(key.error());
    claim.lane = fmt::format("{}/{}", fresh.workflow_id, *key);
  }
  if (admission_.queued() >= config_.max_queued_runs && !admission_.may_begin(claim)) {
    return fail(ErrorCode::kUnavailable, fmt::format("{} runs wait for their turn, the most this server takes "
                                                     "(engine.maxQueuedRuns); try again later",
                                                     admission_.queued()));
  }
  if (rule.limit > 0 && rule.policy == workflow::ConcurrencyPolicy::kCancelPrevious) {
    if (auto done = supersede(claim); !done) return fail(std::move(done.error()));
  }
  if (!catalog_.is_stored(fresh.plan->id)) {
    batch_.puts.emplace_back(store::PlanRow{fresh.plan->id, fresh.plan->document});
    catalog_.remember_stored(fresh.plan);
  }

  created.run_id = claim.run_id;
  created.workflow_id = fresh.workflow_id;
  created.workflow_version = fresh.workflow_version;
  created.queued = created.error.empty() && !admission_.may_begin(claim);
  LiveRun live;
  live.workflow_id = fresh.workflow_id;
  live.workflow_version = fresh.workflow_version;
  live.retry_of = created.retry_of;
  live.rerun_from = created.rerun_from;
  live.lane = claim.lane;
  live.ticket = ++last_ticket_;
  live.state.plan = std::move(fresh.plan);
  LiveRun& run = live_.emplace(claim.run_id, std::move(live)).first->second;
  ++unfinished_runs_;
  on_failure([this](const Error&) { --unfinished_runs_; });
  run.state.id = claim.run_id;  // commands name the run from its first event on
  apply(run, std::move(created));
  return &run;
}

// cancel-previous: the oldest runs of the lane end until the new one fits in. Those that have to be killed first keep
// their places until they are dead, so that the new one may have to wait for them.
Result<void> Engine::Impl::supersede(const Claim& claim) {
  std::vector<Claim> members = admission_.members(claim.lane);
  std::erase_if(members, [](const Claim& member) { return member.stopping; });
  const auto excess = static_cast<std::int64_t>(members.size()) + 1 - claim.limit;
  std::vector<LiveRun*> oldest;
  for (std::int64_t i = 0; i < excess; ++i) {
    const auto run = live_run(members[static_cast<std::size_t>(i)].run_id);
    if (run)
      oldest.push_back(*run);
    else if (run.error().code == ErrorCode::kUnavailable)
      return fail(run.error());
  }
  for (LiveRun* run : oldest) {
    if (const auto refused = apply(*run, run::RunCancelled{{}, claim.run_id}))
      log_.error("a run cannot be superseded", {{"run", run->state.id}, {"error", refused->message}});
  }
  return {};
}

// Lets queued runs begin while there are places for them, as part of the transaction that is being put together.
void Engine::Impl::admit_waiting() {
  more_to_admit_ = false;
  if (stopping_) return;
  for (int admitted = 0; const Claim* next = admission_.next(); ++admitted) {
    if (admitted == kMaxAdmissionsPerCommit) {
      more_to_admit_ = true;
      return;
    }
    const std::string run_id = next->run_id;
    admission_.begins(*next);
    const auto run = live_run(run_id);
    if (!run && run.error().code == ErrorCode::kUnavailable) return fire_again({0, TimerKind::kStoreRetry, {}, 0});
    const auto refused = run ? apply(**run, run::RunAdmitted{}) : std::optional(run.error());
    if (!refused) continue;
    log_.error("a queued run cannot begin", {{"run", run_id}, {"error", refused->message}});
    admission_.remove(run_id);  // damaged: the others go on without it
  }
}

// Keeps the run's claim true to its state.
void Engine::Impl::update_claim(LiveRun& run) {
  const run::Phase phase = run::phase_of(run.state);
  if (run.phase == phase && !run.state.stopping) return;
  run.phase = phase;
  if (phase == run::Phase::kDone || (phase == run::Phase::kParked && run.lane.empty()))
    return admission_.remove(run.state.id);
  admission_.put({run.state.id, run.ticket, run.workflow_id, run.lane, run.state.plan->concurrency.limit,
                  standing_of(phase), run.state.stopping});
}

Standings Engine::Impl::standings(const std::string& run_id) {
  Standings standings;
  const auto ahead = admission_.ahead_of(run_id);
  standings.queued = ahead.has_value();
  standings.queued_before = ahead.value_or(0);
  if (const Claim* claim = admission_.find(run_id); claim != nullptr && !claim->lane.empty()) {
    standings.lane = claim->lane;
    standings.lane_limit = claim->limit;
    for (const Claim& member : admission_.members(claim->lane)) {
      if (member.standing != Standing::kQueued) standings.lane_holders.push_back(member.run_id);
    }
  }
  standings.moving_runs = admission_.moving();
  standings.max_moving_runs = config_.max_running_runs;
  standings.running_nodes = static_cast<int>(work_.size());
  standings.max_running_nodes = config_.max_running_nodes;
  standings.ready_nodes = ready_.size();
  if (const auto live = live_.find(run_id); live != live_.end()) {
    const run::RunState& state = live->second.state;
    for (std::size_t i = 0; i < state.nodes.size(); ++i) {
      if (state.nodes[i].status == run::NodeStatus::kBackoff)
        standings.retry_at_ms.emplace(state.plan->nodes[i].id, state.nodes[i].retry_at_ms);
    }
  }
  return standings;
}

void Engine::Impl::accept(ExplainRun message) {
  answer(std::move(message.reply), standings(message.run_id));
}

}  // namespace commandcenter::engine
