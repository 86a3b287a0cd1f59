// Small facts that are no runs: what was recorded once, what is recorded beside a run, and that expired facts go.
#include <limits>

#include <fmt/format.h>

#include "base/assert.h"
#include "engine/impl.h"

namespace commandcenter::engine {
namespace {

constexpr std::string_view kRunMember = "runId";
constexpr std::int64_t kSweepRows = 500;            // expired facts that one transaction deletes
constexpr std::int64_t kSweepPause_ms = 100;        // between two of them, while there are more
constexpr std::int64_t kSweepInterval_ms = 60'000;  // so that facts that expire one by one go in batches

bool is_expired(const store::StateRow& row, std::int64_t now_ms) {
  return row.expires_at_ms && *row.expires_at_ms <= now_ms;
}

}  // namespace

// What is known, including what the transaction being put together says.
Result<std::optional<store::StateRow>> Engine::Impl::fact(const std::string& space, const std::string& key) {
  std::optional<store::StateRow> row;
  if (const auto staged = batch_facts_.find({space, key}); staged != batch_facts_.end()) {
    row = staged->second;
  } else {
    auto stored = store::read_one<store::StateRow>(store_, {.table = store::Table::kState, .id = key, .space = space});
    if (!stored) return stored;
    row = std::move(*stored);
  }
  if (row && is_expired(*row, clock_.wall_ms())) row.reset();
  return row;
}

// A batch is applied puts first. Facts are staged by key, so that of a put and a delete the later one counts.
void Engine::Impl::stage(store::StateRow row) {
  CC_ASSERT(!row.space.empty());
  row.updated_at_ms = clock_.wall_ms();
  if (row.expires_at_ms) arm_sweep(*row.expires_at_ms);
  std::pair<std::string, std::string> key{row.space, row.key};
  batch_facts_.insert_or_assign(std::move(key), std::move(row));
}

void Engine::Impl::write_facts() {
  for (auto& [key, row] : batch_facts_) {
    if (row)
      batch_.puts.emplace_back(*row);
    else
      batch_.deletes.push_back({store::Table::kState, key.second, key.first});
  }
}

void Engine::Impl::accept(Record message) {
  for (store::StateRow& row : message.puts)
    stage(std::move(row));
  for (const Fact& gone : message.deletes)
    batch_facts_.insert_or_assign({gone.space, gone.key}, std::nullopt);
  answer(std::move(message.reply), true);
}

void Engine::Impl::stage_once(const TriggerRun& message, const std::string& run_id) {
  for (const store::StateRow& row : message.also)
    stage(row);
  if (!message.once) return;
  stage_mark(*message.once, kRunMember, run_id);
}

void Engine::Impl::stage_mark(const Once& once, std::string_view member, const std::string& id) {
  CC_ASSERT(once.document.is_object());
  Json document = once.document;
  document[std::string(member)] = id;
  stage({once.space, once.key, dump_json(document), 0, once.expires_at_ms});
}

// The reply to a message that was recorded before: how that run is by now.
void Engine::Impl::answer_again(TriggerRun message, const store::StateRow& mark) {
  auto document = parse_json(mark.document);
  const std::string run_id = document ? string_member(*document, kRunMember) : std::string();
  message.reply = [reply = std::move(message.reply),
                   document = document ? std::move(*document) : Json::object()](Result<RunView> view) {
    if (view) {
      view->duplicate = true;
      view->recorded = document;
    }
    reply(std::move(view));
  };
  // Of another message than one that starts a run: there is no view, but what is recorded tells.
  if (run_id.empty()) return answer(std::move(message.reply), RunView{});
  if (!live_.contains(run_id)) {
    const auto row = store::read_one<store::RunRow>(store_, {.table = store::Table::kRuns, .id = run_id});
    if (!row) return message.reply(fail(row.error()));
    if (!*row) return answer(std::move(message.reply), RunView{run_id, {}, {}, {}});  // no longer kept
    if ((*row)->finished || !message.until_finished)
      return answer(std::move(message.reply), RunView{run_id, (*row)->workflow_id, (*row)->status, (*row)->error});
  }
  const auto run = live_run(run_id);
  if (!run) return message.reply(fail(run.error()));
  answer_or_wait(**run, std::move(message));
}

void Engine::Impl::answer_again(CreateWorkflow message, const store::StateRow& mark) {
  on_failure([reply = std::move(message.reply)](const Error& error) { reply(fail(error)); });
  auto document = parse_json(mark.document);
  after_commit([repeated = std::move(message.repeated), document = document ? std::move(*document) : Json::object()] {
    repeated(document);
  });
}

// There is one timer for all facts, set for the first that expires.
void Engine::Impl::arm_sweep(std::int64_t expires_at_ms) {
  const std::int64_t due_ms = std::max(expires_at_ms, clock_.wall_ms() + kSweepInterval_ms);
  if (next_sweep_ms_ <= due_ms) return;
  next_sweep_ms_ = due_ms;
  timers_.add({due_ms, TimerKind::kSweepFacts, {}, 0});
}

// Once at the start, then whenever something has expired. Both reads go by the index on expiry.
void Engine::Impl::sweep_facts(const Timer& timer) {
  if (timer.due_ms != next_sweep_ms_) return;  // an earlier one took its place
  next_sweep_ms_ = kNever_ms;
  const std::int64_t now_ms = clock_.wall_ms();
  store::Query query{.table = store::Table::kState, .expires_until = kNever_ms, .limit = kSweepRows + 1};
  const auto rows = store::read_all<store::StateRow>(store_, query);
  if (!rows) {
    log_.error("expired facts cannot be read", {{"error", rows.error().message}});
    return arm_sweep(now_ms);
  }
  std::int64_t deleted = 0;
  for (const store::StateRow& row : *rows) {
    if (!is_expired(row, now_ms)) return arm_sweep(*row.expires_at_ms);
    if (deleted++ == kSweepRows) {
      next_sweep_ms_ = now_ms + kSweepPause_ms;
      return timers_.add({next_sweep_ms_, TimerKind::kSweepFacts, {}, 0});
    }
    if (deleted == 1) on_failure([this](const Error&) { arm_sweep(0); });
    batch_facts_.try_emplace({row.space, row.key}, std::nullopt);  // unless it was renewed just now
  }
}

}  // namespace commandcenter::engine
