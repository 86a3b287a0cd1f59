// Patches on their way to the workspace, and back: approved ones are written by the launcher, which makes each order
// count once; what came of it is an event. A run that was taken back is a fact beside it.
#include <fmt/format.h>

#include "core/workflow/workspace.h"
#include "engine/impl.h"

namespace commandcenter::engine {
namespace {

constexpr std::string_view kRollbackSpace = "rollback";
constexpr std::string_view kPending = "pending";
constexpr std::string_view kDone = "done";

std::string rollback_id(const std::string& run_id) {
  return run_id + "-rollback";
}

}  // namespace

// The folder that a node works on, if it may still be used.
Result<std::string> Engine::Impl::workspace_of(const LiveRun& run, std::size_t node) const {
  const std::string& own = run.state.nodes[node].workspace;
  const std::string& workspace = own.empty() ? run.state.workspace : own;
  if (workspace.empty()) return std::string();
  if (workflow::repository_of(workspace)) {
    if (run.checkout) return run.checkout->folder;
    return fail(ErrorCode::kConflict, "the run worked on a copy of a repository, which is gone with the run's end");
  }
  return config_.roots.resolve(workspace);
}

void Engine::Impl::apply_patch(const LiveRun& run, std::size_t node, std::int64_t attempt) {
  if (lacks_checkout(run, node)) {  // after a restart
    return with_checkout(run, [this, node, attempt](LiveRun& again, const Error* problem) {
      if (problem == nullptr) return apply_patch(again, node, attempt);
      const PatchEnded refused{again.state.id, node, attempt, fail(*problem)};
      after_commit([this, refused] { inbox_.force(Item(refused)); });
    });
  }
  after_commit([this, run_id = run.state.id, node, attempt] {
    const auto live = live_.find(run_id);
    if (live == live_.end()) return;
    const run::NodeState& state = live->second.state.nodes[node];
    const auto done = [this, run_id, node, attempt](Result<patch::Applied> applied) {
      std::optional<StoredOutput> stored;
      if (applied) stored = keep_patch(artifacts_, applied->reverse.front());
      inbox_.force(Item(PatchEnded{run_id, node, attempt, std::move(applied), std::move(stored)}));
    };
    auto workspace = workspace_of(live->second, node);
    if (!workspace) return done(fail(std::move(workspace.error())));
    const std::string id = run::node_run_id(run_id, node, 0, attempt);
    launcher_.apply({id, {{std::move(*workspace), state.patch ? state.patch->text : std::string()}}}, done);
  });
}

void Engine::Impl::accept(PatchEnded ended) {
  const auto run = live_run(ended.run_id);
  if (!run && ended.stored) {
    artifacts_->release(ended.stored->hash);
    remove_unnamed({ended.stored->hash});
  }
  if (!run) {  // read again once the store works; then the patch is asked for again, and found to be written
    if (run.error().code == ErrorCode::kNotFound) return;
    suspended_runs_.insert(ended.run_id);
    return fire_again({0, TimerKind::kStoreRetry, {}, 0});
  }
  const bool written = ended.applied.has_value();
  const std::string node_id = (*run)->state.plan->nodes[ended.node].id;
  if (const auto& patch = (*run)->state.nodes[ended.node].patch; patch && written) {
    (*run)->facts[ended.node]["patch"] = {
        {"files", patch->files}, {"added", patch->added}, {"removed", patch->removed}};
  }
  if (ended.stored) (*run)->stored_reverses[ended.node] = *ended.stored;
  const auto refused = written
                           ? apply(**run, run::PatchApplied{ended.node, ended.attempt, ended.applied->reverse.front()})
                           : apply(**run, run::PatchRefused{ended.node, ended.attempt, ended.applied.error().message});
  if (ended.stored) record_stored(**run, ended.node, ended.attempt, *ended.stored, kStoredReverse, !refused);
  if (refused) return;  // told twice
  log_.info(written ? "patch applied" : "patch refused", {{"run", ended.run_id}, {"node", node_id}});
  if (!written) return;
  after_commit([this, id = run::node_run_id(ended.run_id, ended.node, 0, ended.attempt)] { launcher_.forget(id); });
}

void Engine::Impl::accept(RollbackRun message) {
  const auto run = live_run(message.run_id);
  if (!run) return message.reply(fail(run.error()));
  const run::RunState& state = (*run)->state;
  if (!is_final(state.status)) {
    return message.reply(fail(ErrorCode::kConflict, fmt::format("the run has not ended ({}): cancel it first",
                                                                run_status_word(state.status))));
  }
  if (state.applied.empty()) return message.reply(fail(ErrorCode::kConflict, "the run changed no files"));
  const auto mark = fact(std::string(kRollbackSpace), message.run_id);
  if (!mark) return message.reply(fail(mark.error()));
  if (*mark) {
    const auto document = parse_json((*mark)->document);
    const bool done = document && string_member(*document, "state") == kDone;
    return message.reply(fail(ErrorCode::kConflict, done ? "the changes of this run were taken back before"
                                                         : "the changes of this run are being taken back"));
  }
  stage({std::string(kRollbackSpace), message.run_id, dump_json({{"state", kPending}, {"by", message.by}}), 0, {}});
  if (message.reply) on_failure([reply = message.reply](const Error& error) { reply(fail(error)); });
  roll_back(**run, message.by, message.reply);
}

// The patches of a run in reverse order, as one order: all of them are taken back or none.
void Engine::Impl::roll_back(const LiveRun& run, const std::string& by, const Reply<RunView>& reply) {
  const auto ended = [this, run_id = run.state.id, by, reply](Result<patch::Applied> applied) {
    inbox_.force(Item(RollbackEnded{run_id, by, std::move(applied), reply}));
  };
  patch::Order order{rollback_id(run.state.id), {}};
  for (auto node = run.state.applied.rbegin(); node != run.state.applied.rend(); ++node) {
    auto workspace = workspace_of(run, *node);
    if (!workspace) return after_commit([ended, error = workspace.error()] { ended(fail(error)); });
    order.steps.push_back({std::move(*workspace), run.state.nodes[*node].reverse_patch});
  }
  after_commit([this, order = std::move(order), ended] { launcher_.apply(order, ended); });
}

void Engine::Impl::accept(RollbackEnded ended) {
  const auto run = live_run(ended.run_id);
  if (!run) {
    if (ended.reply) ended.reply(fail(run.error()));
    return;  // the next start finds it pending
  }
  const bool written = ended.applied.has_value();
  log_.info(written ? "run rolled back" : "rollback refused", {{"run", ended.run_id}});
  if (!written) {
    batch_facts_.insert_or_assign({std::string(kRollbackSpace), ended.run_id}, std::nullopt);
    if (ended.reply) {
      after_commit([reply = ended.reply, error = ended.applied.error()] { reply(fail(error)); });
      on_failure([reply = ended.reply](const Error& error) { reply(fail(error)); });
    }
    return;
  }
  stage({std::string(kRollbackSpace), ended.run_id, dump_json({{"state", kDone}, {"by", ended.by}}), 0, {}});
  answer(std::move(ended.reply), view(**run));
  after_commit([this, id = rollback_id(ended.run_id)] { launcher_.forget(id); });
}

// What a restart interrupted goes on. Whoever asked for it is gone.
Result<void> Engine::Impl::recover_rollbacks() {
  const auto marks =
      store::read_all<store::StateRow>(store_, {.table = store::Table::kState, .space = std::string(kRollbackSpace)});
  if (!marks) return fail(marks.error());
  for (const store::StateRow& mark : *marks) {
    const auto document = parse_json(mark.document);
    if (!document || string_member(*document, "state") != kPending) continue;
    const auto run = live_run(mark.key);
    if (run) roll_back(**run, string_member(*document, "by"), {});
  }
  return {};
}

}  // namespace commandcenter::engine
