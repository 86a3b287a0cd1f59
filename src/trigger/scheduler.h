// Workflows that the clock starts: what is due when, which slots are owed, and that each starts one run. Private to
// this folder.
//
// A slot is started with a mark of its own in the same transaction as its run, so that it cannot start twice, whatever
// happens to the server or the clock. Beside it goes the latest slot of the workflow, from which a restart knows what
// was missed. Thread-safe; asks the clock for the time, and nobody for the workflows: it is told of each change.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "core/schedule/schedule.h"
#include "core/workflow/workflow.h"
#include "engine/engine.h"
#include "observe/log.h"
#include "store/store.h"

namespace commandcenter::trigger {

class Scheduler : public std::enable_shared_from_this<Scheduler> {  // replies of the engine may come late
 public:
  using Post = std::function<bool(engine::Message)>;

  Scheduler(Post post, Clock& clock, observe::Log& log) : post_(std::move(post)), clock_(clock), log_(log) {}

  // The latest slots that were started, of all workflows. Once, before the first set().
  Result<void> load(store::Store& store);

  // The workflow is now due by this trigger. What was due before under another schedule is owed no more.
  void set(const store::WorkflowRow& row, const workflow::Trigger& trigger);
  void remove(const std::string& workflow_id);
  void forget(const std::string& workflow_id);  // remove, and what is remembered of it

  // When fire() has something to do again, by the wall clock.
  std::optional<std::int64_t> next_due_ms() const;
  // Starts what is due. To be called then, and whenever the clock was set.
  void fire();
  // Called, from any thread, when next_due_ms() may be earlier than it was.
  void on_earlier(std::function<void()> callback) { on_earlier_ = std::move(callback); }

  // The next slot of a workflow.
  std::optional<std::int64_t> next_run_ms(const std::string& workflow_id) const;

 private:
  struct Slot {
    std::int64_t at_ms = 0;
    std::size_t missed = 0;  // slots before it that it stands for
    bool is_posted = false;
  };
  struct Entry {
    std::string id;
    std::string name;
    std::int64_t project_id = 1;
    std::string text;
    std::string timezone;
    workflow::MissedPolicy missed = workflow::MissedPolicy::kRunOnce;
    std::size_t missed_max = 1;
    schedule::Schedule schedule;
    schedule::Zone zone;
    std::int64_t seen_ms = 0;  // slots up to here were looked at
    std::optional<std::int64_t> next_ms;
    std::optional<std::int64_t> retry_ms;
    std::optional<std::int64_t> armed_ms;  // its place in agenda_
    std::vector<Slot> owed;                // due, and not known to be started
  };

  void arm(Entry& entry);
  void disarm(Entry& entry);
  void look(Entry& entry, std::int64_t now_ms);
  void owe(Entry& entry, std::int64_t at_ms, std::size_t missed);
  void clock_was_set_back(std::int64_t now_ms);
  engine::TriggerRun message(const Entry& entry, const Slot& slot, std::int64_t now_ms);
  void answered(const std::string& workflow_id, std::int64_t slot_ms, const Result<engine::RunView>& run);
  void call_if_earlier(std::optional<std::int64_t> before_ms);
  std::optional<std::int64_t> first_due_ms() const;

  const Post post_;
  Clock& clock_;
  observe::Log& log_;
  std::function<void()> on_earlier_;

  mutable std::mutex mutex_;  // of what follows; never held while calling others
  std::map<std::string, Entry> entries_;
  std::set<std::pair<std::int64_t, std::string>> agenda_;  // (due, workflow id)
  std::map<std::string, std::int64_t> started_ms_;         // latest slot that was started before this server's start
  std::int64_t now_ms_ = 0;                                // at the last look
};

}  // namespace commandcenter::trigger
