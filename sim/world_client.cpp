// What clients and people do in a world, and what they remember of the answers.
#include <algorithm>

#include <fmt/format.h>

#include "sim/world.h"

namespace commandcenter::sim {
namespace {

constexpr std::int64_t kTryAgain_ms = 1'500;
constexpr std::int64_t kQueueIsFull_ms = 20 * 60'000;  // a run before it may wait for a person

template <typename... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <typename... F>
Overloaded(F...) -> Overloaded<F...>;

bool is_final_word(const std::string& status) {
  return status == "SUCCESS" || status == "FAILED" || status == "CANCELLED";
}

}  // namespace

void World::post(engine::Message message, const std::shared_ptr<OpenReply>& reply) {
  trace_.line(clock_.now_ms(), reply->what);
  if (engine_ == nullptr || !engine_->post(std::move(message))) {
    if (reply->lost) reply->lost();
    return;
  }
  open_replies_.push_back(reply);
}

// ---- setting up -----------------------------------------------------------------------------------------------------

// One step at a time, as long as it takes.
void World::continue_setup() {
  if (deeds_planned_) return;
  for (const agent::Agent& agent : workload_.agents) {
    if (!set_up_.contains(agent.name)) return set_up_agent(agent);
  }
  for (const workflow::Definition& definition : workload_.workflows) {
    if (!set_up_.contains(definition.name)) return set_up_workflow(definition);
  }
  deeds_planned_ = true;
  for (const PlannedDeed& planned : workload_.deeds)
    later(planned.at_ms, [this, planned] { perform(planned); });
}

void World::setup_answered(const std::string& what, const std::optional<Error>& error) {
  if (!error || error->code == ErrorCode::kConflict) {  // it may have been done before a crash
    set_up_.insert(what);
    return later(0, [this] { continue_setup(); });
  }
  if (error->code != ErrorCode::kUnavailable) return violation(fmt::format("{} is refused: {}", what, error->message));
  later(kTryAgain_ms, [this] { continue_setup(); });
}

void World::set_up_agent(const agent::Agent& agent) {
  auto [reply, open] =
      expect<agent::Agent>("register agent " + agent.name, [this, name = agent.name](Result<agent::Agent> result) {
        setup_answered(name, result ? std::nullopt : std::optional(result.error()));
      });
  engine::RegisterAgent message;
  message.agent = agent;
  message.reply = std::move(reply);
  post(std::move(message), open);
}

void World::set_up_workflow(const workflow::Definition& definition) {
  auto [reply, open] = expect<store::WorkflowRow>(
      "create workflow " + definition.name, [this, name = definition.name](Result<store::WorkflowRow> result) {
        setup_answered(name, result ? std::nullopt : std::optional(result.error()));
      });
  engine::CreateWorkflow message;
  message.definition = definition;
  message.reply = std::move(reply);
  message.problems = [this, answered = open](const std::vector<workflow::Problem>& problems) {
    ++answered->answers;
    violation("the workload is wrong: " + workflow::describe(problems));
  };
  post(std::move(message), open);
}

// ---- deeds ----------------------------------------------------------------------------------------------------------

void World::perform(const PlannedDeed& planned) {
  std::visit(Overloaded{
                 [this](const Trigger& deed) { trigger(deed); },
                 [this](const CancelSomeRun&) { cancel_some_run(); },
                 [this](const AwaitSomeRun& deed) { await_some_run(deed.patience_ms); },
                 [this](const RetrySomeRun&) { repeat_some_run(false); },
                 [this](const RerunSomeRun&) { repeat_some_run(true); },
                 [this](const RollBackSomeRun&) { roll_back_some_run(); },
                 [this](const ReplaceAgent& deed) { replace_agent(deed.agent); },
                 [this](const JumpClock& deed) {
                   trace_.line(clock_.now_ms(), fmt::format("the clock jumps by {} ms", deed.by_ms));
                   clock_.jump(deed.by_ms);
                 },
                 [this](const FailCommits& deed) {
                   trace_.line(clock_.now_ms(), fmt::format("{} commits will fail", deed.count));
                   store_->fail_next_commits(deed.count, ErrorCode::kUnavailable);
                 },
                 [this](const StoreAway& deed) {
                   trace_.line(clock_.now_ms(),
                               fmt::format("the store goes away{}", deed.reads_too ? " for reads too" : ""));
                   observed_->set_away(true, deed.reads_too);
                   later(deed.for_ms, [this] {
                     trace_.line(clock_.now_ms(), "the store is back");
                     observed_->set_away(false, false);
                   });
                 },
                 [this](const BusAway& deed) {
                   trace_.line(clock_.now_ms(), "the bus goes away");
                   bus_away_ = bus_was_away_ = true;
                   later(deed.for_ms, [this] { bus_away_ = false; });
                 },
                 [this](const KillServer&) {
                   if (engine_ != nullptr) die("killed");
                 },
             },
             planned.deed);
}

// A client was told the state of a run.
void World::told(const engine::RunView& view, const std::string& what) {
  promises_.runs.insert(view.run_id);
  if (!is_final_word(view.status)) return;
  const auto [known, is_new] = promises_.final_status.emplace(view.run_id, view.status);
  if (!is_new && known->second != view.status) {
    violation(fmt::format("{}: run {} is {}, but was {} before", what, view.run_id, view.status, known->second));
  }
}

// Whoever triggers with one key is told of one run, always the same.
void World::told_once(const std::string& key, const engine::RunView& view) {
  told(view, "trigger");
  if (key.empty()) {
    if (view.duplicate) violation("a trigger without a key is called a duplicate");
    return;
  }
  const auto [known, is_new] = promises_.once_runs.emplace(key, view.run_id);
  if (!is_new && (known->second != view.run_id || !view.duplicate))
    violation(fmt::format("{} started run {} and again run {}", key, known->second, view.run_id));
  if (view.duplicate && string_member(view.recorded, "runId") != view.run_id)
    violation(fmt::format("{} is recorded with another run than {}", key, view.run_id));
}

void World::trigger(const Trigger& deed) {
  const auto in = [this, deed](std::int64_t in_ms) { later(in_ms, [this, deed] { trigger(deed); }); };
  const auto again = [in] { in(kTryAgain_ms); };
  auto [reply, open] = expect<engine::RunView>(
      fmt::format("trigger {} with {}", deed.workflow, dump_json(deed.context)),
      [this, in, again, deed](Result<engine::RunView> result) {
        if (result) return told_once(deed.once, *result);
        if (result.error().message.find("engine.maxQueuedRuns") != std::string::npos) return in(kQueueIsFull_ms);
        if (result.error().code == ErrorCode::kUnavailable) return again();
        violation("a trigger is refused: " + result.error().message);
      },
      again);
  engine::TriggerRun message;
  message.workflow = deed.workflow;
  message.context = deed.context;
  message.workspace = deed.workspace;
  message.until_finished = deed.until_finished;
  message.deadline_ms = clock_.monotonic_ms() + 20'000;
  if (!deed.once.empty()) {
    message.once = engine::Once{"sim", deed.once, {{"n", 1}}, std::nullopt};
    message.also = {store::StateRow{"beside", deed.once, "{}", 0, std::nullopt}};
  }
  message.reply = std::move(reply);
  post(std::move(message), open);
}

std::optional<std::string> World::some_run() {
  if (promises_.runs.empty()) return std::nullopt;
  return *std::next(promises_.runs.begin(), static_cast<std::ptrdiff_t>(random_.index(promises_.runs.size())));
}

void World::cancel_some_run() {
  const auto run_id = some_run();
  if (!run_id) return;
  auto [reply, open] =
      expect<engine::RunView>("cancel run " + *run_id, [this, id = *run_id](Result<engine::RunView> result) {
        if (!result) {
          if (result.error().code == ErrorCode::kNotFound)
            violation(fmt::format("run {} was promised and is not found", id));
          return;
        }
        promises_.cancelled.insert(id);
        told(*result, "cancel");
      });
  post(engine::CancelRun{*run_id, "somebody", std::move(reply)}, open);
}

void World::await_some_run(std::int64_t patience_ms) {
  const auto run_id = some_run();
  if (!run_id) return;
  auto [reply, open] =
      expect<engine::RunView>("await run " + *run_id, [this, id = *run_id](Result<engine::RunView> result) {
        if (result) return told(*result, "await");
        if (result.error().code == ErrorCode::kNotFound)
          violation(fmt::format("run {} was promised and is not found", id));
      });
  post(engine::AwaitRun{*run_id, clock_.monotonic_ms() + patience_ms, std::move(reply)}, open);
}

// A retry of a failed run, or a rerun of any that has ended.
void World::repeat_some_run(bool any_ended) {
  std::vector<const RunRecord*> candidates;
  for (const auto& [id, run] : ledger_.runs()) {
    if (run.row.status == "FAILED" || (any_ended && run.row.finished)) candidates.push_back(&run);
  }
  if (candidates.empty()) return;
  const RunRecord& run = *candidates[random_.index(candidates.size())];
  engine::RetryRun message;
  message.run_id = run.row.id;
  message.from = random_.chance(50) ? "failed" : "beginning";
  if (random_.chance(30)) message.from = run.plan->nodes[random_.index(run.plan->nodes.size())].id;
  if (any_ended) {
    message.only_failed = false;
    message.trigger = "rerun";
    message.version = random_.between(-1, 1);  // the latest, the same, version 1
  }
  auto [reply, open] =
      expect<engine::RunView>(fmt::format("{} run {} from {}", any_ended ? "rerun" : "retry", run.row.id, message.from),
                              [this](Result<engine::RunView> result) {
                                if (result) return told(*result, "repetition");
                                if (result.error().code != ErrorCode::kUnavailable)
                                  violation("a repetition is refused: " + result.error().message);
                              });
  message.reply = std::move(reply);
  post(std::move(message), open);
}

void World::roll_back_some_run() {
  std::vector<std::string> candidates;
  for (const auto& [id, run] : ledger_.runs()) {
    if (!run.state.applied.empty() && (run.row.finished || random_.chance(10))) candidates.push_back(id);
  }
  if (candidates.empty()) return;
  const std::string run_id = candidates[random_.index(candidates.size())];
  auto [reply, open] =
      expect<engine::RunView>("roll back run " + run_id, [this, run_id](Result<engine::RunView> result) {
        if (result) {
          told(*result, "rollback");
          if (!promises_.rolled_back.insert(run_id).second) violation(run_id + " was taken back twice");
        } else if (result.error().code != ErrorCode::kConflict && result.error().code != ErrorCode::kUnavailable) {
          violation("a rollback is refused: " + result.error().message);
        }
      });
  post(engine::RollbackRun{run_id, "somebody", std::move(reply)}, open);
}

void World::replace_agent(std::size_t index) {
  auto [reply, open] =
      expect<agent::Agent>("replace agent " + workload_.agents[index].name, [](Result<agent::Agent>) {});
  engine::RegisterAgent message;
  message.agent = workload_.agents[index];
  message.agent.version = fmt::format("1.0.{}", random_.between(1, 100));
  message.replace = true;
  message.reply = std::move(reply);
  post(std::move(message), open);
}

// ---- approvals ------------------------------------------------------------------------------------------------------

// People see what is recorded, take their time, and decide; some twice, some never.
void World::look_at_approvals() {
  for (const auto& [id, approval] : ledger_.approvals()) {
    if (approval.status != "PENDING" || !approvals_seen_.insert(id).second) continue;
    const Approvers& people = workload_.approvers;
    const std::int64_t dice = random_.between(0, 99);
    if (dice >= people.approve + people.reject) continue;
    const bool approved = dice < people.approve;
    const std::int64_t in_ms = random_.between(0, people.slowest_ms);
    later(in_ms, [this, id = id, approved] { decide(id, approved); });
    if (!random_.chance(people.decide_twice)) continue;
    later(in_ms + (random_.chance(50) ? 0 : random_.between(1, 3'000)),
          [this, id = id, approved] { decide(id, !approved); });
  }
}

void World::decide(const std::string& approval_id, bool approved) {
  const auto again = [this, approval_id, approved] {
    later(kTryAgain_ms, [this, approval_id, approved] { decide(approval_id, approved); });
  };
  auto [reply, open] = expect<store::ApprovalRow>(
      fmt::format("{} approval {}", approved ? "grant" : "reject", approval_id),
      [this, again, approval_id, approved](Result<store::ApprovalRow> result) {
        if (result) {
          if (!promises_.decided.emplace(approval_id, approved).second)
            violation(fmt::format("approval {} was decided twice", approval_id));
        } else if (result.error().code == ErrorCode::kUnavailable) {
          again();
        } else if (result.error().code != ErrorCode::kConflict) {
          violation(fmt::format("approval {} cannot be decided: {}", approval_id, result.error().message));
        }
      },
      again);
  post(engine::DecideApproval{approval_id, approved, "somebody", approved ? "" : "no", std::move(reply)}, open);
}

}  // namespace commandcenter::sim
