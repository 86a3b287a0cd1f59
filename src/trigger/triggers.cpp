// The parts put together: workflows go to the index and the scheduler, one thread waits for the clock.
#include <fmt/format.h>

#include "trigger/alarm.h"
#include "trigger/index.h"
#include "trigger/scheduler.h"
#include "trigger/time_zones.h"
#include "trigger/trigger.h"

namespace commandcenter::trigger {
namespace {

constexpr std::string_view kDeletedStatus = "DELETED";

Result<workflow::Trigger> read_trigger(const store::WorkflowRow& row) {
  const auto document = parse_json(row.document);
  if (!document) return fail(document.error());
  return workflow::read_trigger(*document);
}

}  // namespace

Triggers::Triggers(Post post, store::Store& store, Clock& clock, Entropy& entropy, observe::Log& log)
    : store_(store),
      log_(log),
      index_(std::make_shared<TriggerIndex>()),
      scheduler_(std::make_shared<Scheduler>(post, clock, log)),
      events_(post, index_, clock, entropy, log),
      alarm_(std::make_unique<Alarm>()) {
  scheduler_->on_earlier([this] { alarm_->call(); });
}

Triggers::~Triggers() {
  stop();
  scheduler_->on_earlier({});
}

Result<void> Triggers::load() {
  if (auto loaded = scheduler_->load(store_); !loaded) return loaded;
  const auto rows = store::read_all<store::WorkflowRow>(store_, {.table = store::Table::kWorkflows});
  if (!rows) return fail(rows.error());
  for (const store::WorkflowRow& row : *rows) {
    if (row.status != kDeletedStatus) workflow_changed(row);
  }
  return {};
}

void Triggers::workflow_changed(const store::WorkflowRow& row) {
  if (row.status == kDeletedStatus) {
    index_->remove(row.id);
    return scheduler_->forget(row.id);
  }
  const auto trigger = read_trigger(row);
  const Result<void> known = trigger ? index_->set(row, *trigger) : Result<void>(fail(trigger.error()));
  if (!known) {
    log_.error("the trigger of a workflow cannot be used; it starts by hand only",
               {{"workflowId", row.id}, {"version", row.version}, {"error", known.error().message}});
  }
  if (!trigger) index_->remove(row.id);
  if (trigger && trigger->kind == workflow::TriggerKind::kSchedule && row.status == "ACTIVE")
    scheduler_->set(row, *trigger);
  else
    scheduler_->remove(row.id);
}

void Triggers::start() {
  thread_ = std::thread([this] {
    while (!stopping_) {
      scheduler_->fire();
      alarm_->wait(scheduler_->next_due_ms());
    }
  });
}

void Triggers::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  alarm_->call();
  thread_.join();
}

void Triggers::fire_due() {
  scheduler_->fire();
}

std::optional<std::int64_t> Triggers::next_due_ms() const {
  return scheduler_->next_due_ms();
}

std::optional<Hook> Triggers::hook(const std::string& path) const {
  return index_->hook(path);
}

std::optional<std::int64_t> Triggers::next_run_ms(const std::string& workflow_id) const {
  return scheduler_->next_run_ms(workflow_id);
}

Result<void> Triggers::check_path(const workflow::Trigger& trigger, const std::string& workflow_id) const {
  if (trigger.path.empty()) return {};
  const auto hook = index_->hook(trigger.path);
  if (!hook || hook->workflow_id == workflow_id) return {};
  return fail(ErrorCode::kConflict,
              fmt::format("the webhook path {} belongs to another workflow; choose another one", trigger.path));
}

std::vector<workflow::Problem> check_trigger(const workflow::Trigger& trigger) {
  std::vector<workflow::Problem> problems;
  if (const auto zone = find_zone(trigger.timezone); !zone)
    problems.push_back({"trigger.timezone", 0, 0, zone.error().message});
  if (const auto matcher = Matcher::compile(trigger); !matcher)
    problems.push_back({"trigger.filters", 0, 0, matcher.error().message});
  return problems;
}

}  // namespace commandcenter::trigger
