#include "trigger/scheduler.h"

#include <algorithm>

#include <fmt/format.h>

#include "trigger/time_zones.h"
#include "trigger/trigger.h"

namespace commandcenter::trigger {
namespace {

constexpr const char* kLatestSpace = "schedule";     // key: workflow; the latest slot that was started
constexpr const char* kSlotSpace = "schedule-slot";  // key: workflow and slot; that it was started

}  // namespace

Result<void> Scheduler::load(store::Store& store) {
  const auto rows = store::read_all<store::StateRow>(store, {.table = store::Table::kState, .space = kLatestSpace});
  if (!rows) return fail(rows.error());
  const std::lock_guard lock(mutex_);
  for (const store::StateRow& row : *rows) {
    const auto document = parse_json(row.document);
    const Json* slot = document ? find_member(*document, "slotMs") : nullptr;
    if (slot != nullptr && slot->is_number_integer()) started_ms_[row.key] = slot->get<std::int64_t>();
  }
  return {};
}

void Scheduler::set(const store::WorkflowRow& row, const workflow::Trigger& trigger) {
  const auto parsed = schedule::Schedule::parse(trigger.schedule);
  auto zone = find_zone(trigger.timezone);
  if (!parsed || !zone) {
    log_.error("a schedule cannot be read; it starts nothing",
               {{"workflowId", row.id}, {"error", parsed ? zone.error().message : parsed.error().message}});
    return remove(row.id);
  }
  std::optional<std::int64_t> before_ms;
  {
    const std::lock_guard lock(mutex_);
    before_ms = first_due_ms();
    const auto [place, is_new] = entries_.try_emplace(row.id);
    Entry& entry = place->second;
    const bool is_same = !is_new && entry.text == trigger.schedule && entry.timezone == trigger.timezone;
    entry.id = row.id;
    entry.name = row.name;
    entry.project_id = row.project_id;
    entry.text = trigger.schedule;
    entry.timezone = trigger.timezone;
    entry.missed = trigger.missed;
    entry.missed_max =
        trigger.missed == workflow::MissedPolicy::kRunAll ? static_cast<std::size_t>(trigger.missed_max) : 1;
    entry.schedule = *parsed;
    entry.zone = std::move(*zone);
    if (!is_same) {
      entry.owed.clear();
      entry.retry_ms.reset();
      entry.seen_ms = row.updated_at_ms;
      const auto started = started_ms_.find(row.id);
      if (started != started_ms_.end()) entry.seen_ms = std::max(entry.seen_ms, started->second);
      // A clock that was ahead when this was written must not silence the schedule until it is that late again.
      entry.seen_ms = std::min(entry.seen_ms, clock_.wall_ms());
      entry.next_ms = entry.schedule.next(entry.seen_ms, entry.zone);
    }
    arm(entry);
  }
  call_if_earlier(before_ms);
}

void Scheduler::remove(const std::string& workflow_id) {
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(workflow_id);
  started_ms_.erase(workflow_id);
  if (entry == entries_.end()) return;
  disarm(entry->second);
  entries_.erase(entry);
}

void Scheduler::forget(const std::string& workflow_id) {
  remove(workflow_id);
  engine::Record record;
  record.deletes.push_back({kLatestSpace, workflow_id});
  record.reply = [](const Result<bool>&) {};
  post_(std::move(record));  // should it be refused, a small row stays behind
}

std::optional<std::int64_t> Scheduler::first_due_ms() const {
  return agenda_.empty() ? std::nullopt : std::optional(agenda_.begin()->first);
}

std::optional<std::int64_t> Scheduler::next_due_ms() const {
  const std::lock_guard lock(mutex_);
  return first_due_ms();
}

std::optional<std::int64_t> Scheduler::next_run_ms(const std::string& workflow_id) const {
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(workflow_id);
  return entry == entries_.end() ? std::nullopt : entry->second.next_ms;
}

void Scheduler::call_if_earlier(std::optional<std::int64_t> before_ms) {
  const auto now_ms = next_due_ms();
  if (on_earlier_ && now_ms && (!before_ms || *now_ms < *before_ms)) on_earlier_();
}

void Scheduler::disarm(Entry& entry) {
  if (entry.armed_ms) agenda_.erase({*entry.armed_ms, entry.id});
  entry.armed_ms.reset();
}

void Scheduler::arm(Entry& entry) {
  disarm(entry);
  entry.armed_ms = entry.next_ms;
  if (entry.retry_ms && (!entry.armed_ms || *entry.retry_ms < *entry.armed_ms)) entry.armed_ms = entry.retry_ms;
  if (entry.armed_ms) agenda_.emplace(*entry.armed_ms, entry.id);
}

// Slots that lie ahead again come again; those that were started have their marks.
void Scheduler::clock_was_set_back(std::int64_t now_ms) {
  for (auto& [id, entry] : entries_) {
    entry.seen_ms = std::min(entry.seen_ms, now_ms);
    entry.next_ms = entry.schedule.next(entry.seen_ms, entry.zone);
    if (entry.retry_ms) entry.retry_ms = now_ms;
    arm(entry);
  }
}

void Scheduler::owe(Entry& entry, std::int64_t at_ms, std::size_t missed) {
  entry.owed.push_back({at_ms, missed, false});
  // What could not be posted for so long is missed, too: its place is taken by what came later.
  std::size_t waiting = static_cast<std::size_t>(
      std::count_if(entry.owed.begin(), entry.owed.end(), [](const Slot& slot) { return !slot.is_posted; }));
  while (waiting-- > entry.missed_max) {
    const auto oldest =
        std::find_if(entry.owed.begin(), entry.owed.end(), [](const Slot& slot) { return !slot.is_posted; });
    entry.owed.back().missed += oldest->missed + 1;
    entry.owed.erase(oldest);
  }
}

// Which slots since the last look are to be started.
void Scheduler::look(Entry& entry, std::int64_t now_ms) {
  const auto passed = entry.schedule.latest(entry.seen_ms, now_ms, schedule::kMaxSlots, entry.zone);
  entry.seen_ms = now_ms;
  entry.next_ms = entry.schedule.next(now_ms, entry.zone);
  if (passed.empty()) return;
  if (entry.missed == workflow::MissedPolicy::kSkip && now_ms - passed.back() > kMaxLateness_ms) {
    log_.info("slots of a schedule were missed and are skipped",
              {{"workflowId", entry.id}, {"slots", passed.size()}, {"latest", iso8601(passed.back())}});
    return;
  }
  const std::size_t count = std::min(entry.missed_max, passed.size());
  for (std::size_t i = passed.size() - count; i < passed.size(); ++i)
    owe(entry, passed[i], i == passed.size() - count ? i : 0);
}

engine::TriggerRun Scheduler::message(const Entry& entry, const Slot& slot, std::int64_t now_ms) {
  engine::TriggerRun message;
  message.workflow = entry.id;
  message.project_id = entry.project_id;
  message.trigger = "schedule";
  message.context = {{"schedule",
                      {{"slot", iso8601(slot.at_ms)},
                       {"workflow", entry.name},
                       {"schedule", entry.text},
                       {"timezone", entry.timezone.empty() ? "UTC" : entry.timezone},
                       {"late", now_ms - slot.at_ms > kMaxLateness_ms},
                       {"missed", slot.missed}}}};
  message.once = engine::Once{kSlotSpace, fmt::format("{}/{}", entry.id, iso8601(slot.at_ms)), Json::object(),
                              std::max(slot.at_ms, now_ms) + kSlotMemory_ms};
  message.also.push_back({kLatestSpace, entry.id, dump_json({{"slotMs", slot.at_ms}}), 0, std::nullopt});
  message.reply = [self = shared_from_this(), id = entry.id, at_ms = slot.at_ms](const Result<engine::RunView>& run) {
    self->answered(id, at_ms, run);
  };
  return message;
}

void Scheduler::fire() {
  std::vector<engine::TriggerRun> messages;
  {
    const std::lock_guard lock(mutex_);
    const std::int64_t now_ms = clock_.wall_ms();
    if (now_ms < now_ms_) clock_was_set_back(now_ms);
    now_ms_ = now_ms;
    while (!agenda_.empty() && agenda_.begin()->first <= now_ms && messages.size() < kMaxSlotsAtOnce) {
      Entry& entry = entries_.at(agenda_.begin()->second);
      if (entry.next_ms && *entry.next_ms <= now_ms) look(entry, now_ms);
      entry.retry_ms.reset();
      arm(entry);
      for (Slot& slot : entry.owed) {
        if (slot.is_posted) continue;
        slot.is_posted = true;
        messages.push_back(message(entry, slot, now_ms));
      }
    }
  }
  for (engine::TriggerRun& run : messages) {
    auto reply = run.reply;
    if (!post_(std::move(run))) reply(fail(ErrorCode::kUnavailable, "the server takes no more requests now"));
  }
}

void Scheduler::answered(const std::string& workflow_id, std::int64_t slot_ms, const Result<engine::RunView>& run) {
  const bool again = !run && run.error().code == ErrorCode::kUnavailable;
  if (!run) {
    log_.warn(
        "a schedule could not start its workflow",
        {{"workflowId", workflow_id}, {"slot", iso8601(slot_ms)}, {"again", again}, {"error", run.error().message}});
  }
  std::optional<std::int64_t> before_ms;
  {
    const std::lock_guard lock(mutex_);
    before_ms = first_due_ms();
    const auto entry = entries_.find(workflow_id);
    if (entry == entries_.end()) return;
    auto& owed = entry->second.owed;
    const auto slot = std::find_if(owed.begin(), owed.end(), [&](const Slot& s) { return s.at_ms == slot_ms; });
    if (slot == owed.end()) return;
    if (!again) {
      owed.erase(slot);
      return;
    }
    slot->is_posted = false;
    entry->second.retry_ms = clock_.wall_ms() + kSlotRetry_ms;
    arm(entry->second);
  }
  call_if_earlier(before_ms);
}

}  // namespace commandcenter::trigger
