// Which runs a schedule starts: over restarts, changes of the clock and of the workflow, and when the store fails. The
// engine is a list of messages here that remembers what was recorded once, as the real one does.
#include "trigger/scheduler.h"

#include <gtest/gtest.h>

#include "store/memory/memory.h"
#include "trigger/time_zones.h"
#include "trigger/trigger.h"

namespace commandcenter::trigger {
namespace {

using Times = std::vector<std::string>;

constexpr std::int64_t kMinute_ms = 60'000;
constexpr std::int64_t kHour_ms = 60 * kMinute_ms;
constexpr std::int64_t kDay_ms = 24 * kHour_ms;

std::int64_t at(int year, int month, int day, int hour = 0, int minute = 0) {
  const std::chrono::sys_days date = std::chrono::year(year) / month / day;
  return std::chrono::duration_cast<std::chrono::milliseconds>(date.time_since_epoch()).count() + hour * kHour_ms +
         minute * kMinute_ms;
}

class HandClock final : public Clock {
 public:
  std::int64_t wall_ms() override { return now_ms; }
  std::int64_t monotonic_ms() override { return now_ms; }
  std::int64_t now_ms = at(2026, 1, 1);
};

class SchedulerTest : public ::testing::Test {
 protected:
  SchedulerTest() { start(); }

  // A server's start: what was in memory is gone, what was recorded is there.
  void start() {
    scheduler_ =
        std::make_shared<Scheduler>([this](engine::Message message) { return take(std::move(message)); }, clock_, log_);
    ASSERT_TRUE(scheduler_->load(*store_));
    for (const auto& [row, trigger] : workflows_)
      scheduler_->set(row, trigger);
  }

  void add(const std::string& id, const std::string& schedule, const std::string& zone = "",
           workflow::MissedPolicy missed = workflow::MissedPolicy::kRunOnce, int max = 10) {
    store::WorkflowRow row{id, 1, "name of " + id, 1, "ACTIVE", "{}", clock_.now_ms, clock_.now_ms};
    workflow::Trigger trigger;
    trigger.kind = workflow::TriggerKind::kSchedule;
    trigger.schedule = schedule;
    trigger.timezone = zone;
    trigger.missed = missed;
    trigger.missed_max = max;
    std::erase_if(workflows_, [&](const auto& known) { return known.first.id == id; });
    workflows_.emplace_back(row, trigger);
    scheduler_->set(row, trigger);
  }

  bool take(engine::Message message) {
    if (std::holds_alternative<engine::Record>(message)) {
      for (const engine::Fact& fact : std::get<engine::Record>(message).deletes) {
        store::Batch batch;
        batch.deletes.push_back({store::Table::kState, fact.key, fact.space});
        EXPECT_TRUE(store_->commit(batch));
      }
      return true;
    }
    auto& run = std::get<engine::TriggerRun>(message);
    if (is_full_) return false;
    if (refusal_) {
      run.reply(fail(*refusal_, "refused"));
      return true;
    }
    engine::RunView view{"r", run.workflow, "PENDING", ""};
    view.duplicate = !marks_.insert({run.once->key, *run.once->expires_at_ms}).second;
    if (!view.duplicate) {
      store::Batch batch;
      for (const store::StateRow& row : run.also)
        batch.puts.emplace_back(row);
      EXPECT_TRUE(store_->commit(batch));
      started_.push_back(run.workflow + " " + run.context["schedule"]["slot"].get<std::string>().substr(0, 16));
      contexts_.push_back(run.context["schedule"]);
      triggers_.insert(run.trigger);
    }
    run.reply(view);
    return true;
  }

  // Time passes; the scheduler is woken exactly when it asked to be.
  void run_until(std::int64_t then_ms) {
    while (true) {
      const auto due_ms = scheduler_->next_due_ms();
      if (!due_ms || *due_ms > then_ms) break;
      clock_.now_ms = std::max(clock_.now_ms, *due_ms);
      scheduler_->fire();
    }
    clock_.now_ms = then_ms;
  }

  // The clock is set, or nobody was there to look; then somebody looks.
  void jump_to(std::int64_t then_ms) {
    clock_.now_ms = then_ms;
    scheduler_->fire();
  }

  Times started() { return std::exchange(started_, {}); }

  std::unique_ptr<store::Store> store_ = store::make_memory_store();
  HandClock clock_;
  observe::Log log_{clock_, -1, observe::Level::kError};
  std::shared_ptr<Scheduler> scheduler_;
  std::vector<std::pair<store::WorkflowRow, workflow::Trigger>> workflows_;
  std::map<std::string, std::int64_t> marks_;
  Times started_;
  std::vector<Json> contexts_;
  std::set<std::string> triggers_;
  bool is_full_ = false;
  std::optional<ErrorCode> refusal_;
};

TEST(TimeZones, TheSystemsZonesAreRead) {
  const auto berlin = find_zone("Europe/Berlin");
  ASSERT_TRUE(berlin) << berlin.error().message;
  const schedule::Offset summer = (*berlin)(at(2026, 7, 1) / 1'000);
  EXPECT_EQ(summer.east_s, 7'200);
  EXPECT_EQ(summer.from_s, at(2026, 3, 29, 1) / 1'000);
  EXPECT_EQ(summer.until_s, at(2026, 10, 25, 1) / 1'000);
  EXPECT_EQ((*find_zone("America/New_York"))(at(2036, 7, 1) / 1'000).east_s, -14'400);
  EXPECT_EQ((*find_zone("Etc/GMT+5"))(0).from_s, schedule::utc(0).from_s) << "has no changes";
  EXPECT_EQ((*find_zone("Asia/Kolkata"))(at(2026, 1, 1) / 1'000).until_s, schedule::utc(0).until_s);
  for (const char* name : {"Europe/Atlantis", "../../etc/passwd", "europe/berlin2", "posixrules2"})
    EXPECT_FALSE(find_zone(name)) << name;
}

// Feature 114: once for each slot.
TEST_F(SchedulerTest, EachSlotStartsOneRun) {
  add("w", "0 9 * * *");
  add("often", "@every 8h");
  run_until(at(2026, 1, 2, 12));
  EXPECT_EQ(started(), (Times{"often 2026-01-01T08:00", "w 2026-01-01T09:00", "often 2026-01-01T16:00",
                              "often 2026-01-02T00:00", "often 2026-01-02T08:00", "w 2026-01-02T09:00"}));
  EXPECT_EQ(triggers_, std::set<std::string>{"schedule"});
  EXPECT_EQ(dump_json(contexts_[1]),
            R"({"slot":"2026-01-01T09:00:00.000Z","workflow":"name of w","schedule":"0 9 * * *","timezone":"UTC",)"
            R"("late":false,"missed":0})");
  EXPECT_EQ(scheduler_->next_run_ms("w"), at(2026, 1, 3, 9));
  EXPECT_EQ(scheduler_->next_run_ms("x"), std::nullopt);
}

TEST_F(SchedulerTest, DaylightSavingInBerlinAndNewYork) {
  clock_.now_ms = at(2026, 3, 28, 12);
  add("berlin", "30 2 * * *", "Europe/Berlin");
  run_until(at(2026, 3, 30, 12));
  EXPECT_EQ(started(), (Times{"berlin 2026-03-29T01:00", "berlin 2026-03-30T00:30"})) << "02:30 is left out: at 03:00";
  run_until(at(2026, 10, 24, 12));
  started();
  run_until(at(2026, 10, 26, 12));
  EXPECT_EQ(started(), (Times{"berlin 2026-10-25T00:30", "berlin 2026-10-26T01:30"})) << "02:30 comes twice";
  clock_.now_ms = at(2027, 3, 13, 12);
  scheduler_->remove("berlin");
  add("york", "30 2 * * *", "America/New_York");
  run_until(at(2027, 3, 15, 12));
  EXPECT_EQ(started(), (Times{"york 2027-03-14T07:00", "york 2027-03-15T06:30"}));
}

TEST_F(SchedulerTest, LeapDay) {
  add("w", "0 12 29 2 *");
  run_until(at(2033, 1, 1));
  EXPECT_EQ(started(), (Times{"w 2028-02-29T12:00", "w 2032-02-29T12:00"}));
}

TEST_F(SchedulerTest, ARestartStartsNothingAgain) {
  add("w", "0 9 * * *");
  run_until(at(2026, 1, 1, 9));
  EXPECT_EQ(started(), Times{"w 2026-01-01T09:00"});
  start();
  scheduler_->fire();
  run_until(at(2026, 1, 1, 12));
  EXPECT_EQ(started(), Times{});
  start();
  run_until(at(2026, 1, 2, 12));
  EXPECT_EQ(started(), Times{"w 2026-01-02T09:00"});
}

TEST_F(SchedulerTest, MissedSlotsByPolicy) {
  add("once", "0 9 * * *");
  add("skip", "0 9 * * *", "", workflow::MissedPolicy::kSkip);
  add("all", "0 9 * * *", "", workflow::MissedPolicy::kRunAll, 3);
  run_until(at(2026, 1, 1, 12));
  started();
  clock_.now_ms = at(2026, 1, 8, 12);  // a week without a server
  start();
  scheduler_->fire();
  EXPECT_EQ(started(),
            (Times{"all 2026-01-06T09:00", "all 2026-01-07T09:00", "all 2026-01-08T09:00", "once 2026-01-08T09:00"}));
  EXPECT_EQ(contexts_.back()["missed"], 6);
  EXPECT_EQ(contexts_.back()["late"], true);
  EXPECT_EQ(contexts_[contexts_.size() - 4]["missed"], 4);
  EXPECT_EQ(contexts_[contexts_.size() - 3]["missed"], 0);
  scheduler_->fire();
  start();
  scheduler_->fire();
  EXPECT_EQ(started(), Times{}) << "they are made up for once";
  run_until(at(2026, 1, 9, 9));
  EXPECT_EQ(started().size(), 3U) << "all go on";
}

TEST_F(SchedulerTest, ALittleLateIsNotMissed) {
  add("skip", "0 9 * * *", "", workflow::MissedPolicy::kSkip);
  jump_to(at(2026, 1, 1, 9) + kMaxLateness_ms);
  EXPECT_EQ(started(), Times{"skip 2026-01-01T09:00"});
  jump_to(at(2026, 1, 2, 9) + kMaxLateness_ms + 1);
  EXPECT_EQ(started(), Times{});
}

TEST_F(SchedulerTest, TheClockIsSetBack) {
  add("w", "0 9 * * *");
  run_until(at(2026, 1, 3, 12));
  EXPECT_EQ(started().size(), 3U);
  jump_to(at(2026, 1, 2, 6));
  run_until(at(2026, 1, 3, 12));
  EXPECT_EQ(started(), Times{}) << "these slots were started";
  run_until(at(2026, 1, 4, 12));
  EXPECT_EQ(started(), Times{"w 2026-01-04T09:00"});
}

TEST_F(SchedulerTest, AClockFarAheadDoesNotSilenceTheSchedule) {
  add("w", "0 9 * * *");
  jump_to(at(2027, 6, 1, 10));
  EXPECT_EQ(started(), Times{"w 2027-06-01T09:00"});
  jump_to(at(2026, 1, 1, 1));
  run_until(at(2026, 1, 2, 12));
  EXPECT_EQ(started(), (Times{"w 2026-01-01T09:00", "w 2026-01-02T09:00"}));
  start();  // the latest recorded slot would be the one of 2027, had nothing come after it
  run_until(at(2026, 1, 3, 12));
  EXPECT_EQ(started(), Times{"w 2026-01-03T09:00"});
}

TEST_F(SchedulerTest, ChangesCountAtOnce) {
  int calls = 0;
  scheduler_->on_earlier([&] { ++calls; });
  add("w", "0 9 * * *");
  EXPECT_EQ(calls, 1);
  add("later", "0 10 * * *");
  EXPECT_EQ(calls, 1) << "nobody need be woken for what is later";
  add("w", "0 8 * * *");
  EXPECT_EQ(calls, 2);
  run_until(at(2026, 1, 1, 8, 30));
  EXPECT_EQ(started(), Times{"w 2026-01-01T08:00"});
  add("w", "15 8 * * *");
  run_until(at(2026, 1, 1, 9));
  EXPECT_EQ(started(), Times{}) << "08:15 had passed when the schedule was written";
  scheduler_->remove("later");
  run_until(at(2026, 1, 1, 11));
  EXPECT_EQ(started(), Times{});
  scheduler_->on_earlier({});
}

TEST_F(SchedulerTest, AChangeOfSomethingElseLosesNothing) {
  add("w", "0 9 * * *");
  clock_.now_ms = at(2026, 1, 1, 9) + 5;
  add("w", "0 9 * * *");  // as with another description, a moment after the slot and before anybody looked
  scheduler_->fire();
  EXPECT_EQ(started(), Times{"w 2026-01-01T09:00"});
}

TEST_F(SchedulerTest, WhatCannotBeRecordedIsTriedAgain) {
  add("w", "0 9 * * *");
  is_full_ = true;
  run_until(at(2026, 1, 1, 9));
  is_full_ = false;
  refusal_ = ErrorCode::kUnavailable;
  run_until(at(2026, 1, 1, 9) + 5'000);
  EXPECT_EQ(started(), Times{});
  refusal_.reset();
  run_until(at(2026, 1, 1, 9) + 10'000);
  EXPECT_EQ(started(), Times{"w 2026-01-01T09:00"});
  run_until(at(2026, 1, 1, 9) + 60'000);
  EXPECT_EQ(started(), Times{});
}

TEST_F(SchedulerTest, ALongRefusalKeepsWhatThePolicyKeeps) {
  add("w", "* * * * *");
  refusal_ = ErrorCode::kUnavailable;
  run_until(at(2026, 1, 1, 1));
  refusal_.reset();
  run_until(at(2026, 1, 1, 1) + 1'000);
  EXPECT_EQ(started(), Times{"w 2026-01-01T01:00"});
  EXPECT_EQ(contexts_.back()["missed"], 59);
}

TEST_F(SchedulerTest, AWorkflowThatIsGoneIsNotTriedAgain) {
  add("w", "0 9 * * *");
  refusal_ = ErrorCode::kNotFound;
  run_until(at(2026, 1, 1, 12));
  refusal_.reset();
  run_until(at(2026, 1, 2, 8));
  EXPECT_EQ(started(), Times{});
}

TEST_F(SchedulerTest, ADeletedWorkflowLeavesNothingBehind) {
  add("w", "0 9 * * *");
  run_until(at(2026, 1, 1, 12));
  EXPECT_EQ(store_->count({.table = store::Table::kState}), 1);
  scheduler_->forget("w");
  EXPECT_EQ(store_->count({.table = store::Table::kState}), 0);
  EXPECT_EQ(scheduler_->next_due_ms(), std::nullopt);
}

TEST_F(SchedulerTest, ABrokenScheduleDisturbsNobody) {
  add("bad", "0 9 * *");
  add("nowhere", "0 9 * * *", "Europe/Atlantis");
  add("w", "0 9 * * *");
  run_until(at(2026, 1, 1, 12));
  EXPECT_EQ(started(), Times{"w 2026-01-01T09:00"});
}

TEST_F(SchedulerTest, TenThousandAreAHeapAndNotAScan) {
  for (int i = 0; i < 10'000; ++i)
    add("w" + std::to_string(i), std::to_string(i % 60) + " " + std::to_string(i / 60 % 24) + " * * *");
  const auto begin = std::chrono::steady_clock::now();
  run_until(at(2026, 1, 2));
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(started().size(), 10'000U);
  EXPECT_LT(took, std::chrono::seconds(5)) << "a scan for each of 1,440 moments would look at 14 million";
}

}  // namespace
}  // namespace commandcenter::trigger
