// Which workflows an event starts, how often, and what is answered. The engine is a list of messages here.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "store/memory/memory.h"
#include "trigger/trigger.h"

namespace commandcenter::trigger {
namespace {

class FixedEntropy final : public Entropy {
 public:
  void fill(std::span<std::uint8_t> bytes) override {
    for (std::uint8_t& byte : bytes)
      byte = ++last_;
  }

 private:
  std::uint8_t last_ = 0;
};

class FixedClock final : public Clock {
 public:
  std::int64_t wall_ms() override { return 1'767'225'600'000; }
  std::int64_t monotonic_ms() override { return 0; }
};

class StarterTest : public ::testing::Test {
 protected:
  // A workflow that listens to a pattern.
  void add(const std::string& id, const std::string& trigger, std::int64_t project_id = 1,
           const std::string& status = "ACTIVE", std::int64_t version = 1) {
    put({id, project_id, id, version, status,
         fmt::format(R"({{"name":"{}","trigger":{},"nodes":[{{"id":"n","agent":"a","action":"go"}}]}})", id, trigger),
         ++created_at_ms_, 1});
  }

  void put(store::WorkflowRow row) {
    store::Batch batch;
    batch.puts.emplace_back(std::move(row));
    ASSERT_TRUE(store_->commit(batch));
    triggers_.workflow_changed(std::get<store::WorkflowRow>(batch.puts.front()));
  }

  void publish(const std::string& type, const std::string& id = "", std::int64_t project_id = 1,
               Json payload = Json::object()) {
    Event event;
    event.type = type;
    event.id = id;
    event.payload = std::move(payload);
    event.source = "test";
    event.trace_parent = "00-a-b-01";
    triggers_.events().publish(project_id, std::move(event),
                               [this](Result<Outcome> outcome) { answers_.push_back(std::move(outcome)); });
  }

  // The engine's answer to everything that was posted.
  void record_all() {
    auto posted = std::move(posted_);
    posted_.clear();
    for (engine::TriggerRun& run : posted) {
      engine::RunView view{"run-of-" + run.workflow, run.workflow, "PENDING", ""};
      if (run.once) view.duplicate = !marks_.insert(run.once->space + "/" + run.once->key).second;
      run.reply(view);
    }
  }

  void refuse_all(ErrorCode code) {
    auto posted = std::move(posted_);
    posted_.clear();
    for (engine::TriggerRun& run : posted)
      run.reply(fail(code, "refused"));
  }

  std::vector<std::string> posted_workflows() const {
    std::vector<std::string> names;
    for (const engine::TriggerRun& run : posted_)
      names.push_back(run.workflow);
    return names;
  }

  std::unique_ptr<store::Store> store_ = store::make_memory_store();
  FixedClock clock_;
  FixedEntropy entropy_;
  observe::Log log_{clock_, -1, observe::Level::kError};
  std::vector<engine::TriggerRun> posted_;
  std::set<std::string> marks_;  // what was recorded once
  std::size_t room_ = 1'000'000;
  std::vector<Result<Outcome>> answers_;
  std::int64_t created_at_ms_ = 0;
  Triggers triggers_{[this](engine::Message message) {
                       if (posted_.size() >= room_) return false;
                       if (auto* run = std::get_if<engine::TriggerRun>(&message)) posted_.push_back(std::move(*run));
                       return true;
                     },
                     *store_, clock_, entropy_, log_};
};

using Names = std::vector<std::string>;

TEST_F(StarterTest, OneRunForEachMatchingActiveWorkflowOfTheProject) {
  add("typed", R"({"type":"event","pattern":"graph.file.*"})");
  add("short", R"({"event":"graph.file.updated","pattern":"graph.>"})");
  add("on", R"({"on":["audit.>","graph.file.updated"]})");
  add("other", R"({"on":["graph.file.deleted"]})");
  add("nothing", R"("EVENT")");
  add("by-hand", R"("MANUAL")");
  add("draft", R"({"on":["graph.>"]})", 1, "DRAFT");
  add("elsewhere", R"({"on":["graph.>"]})", 2);
  publish("graph.file.updated");
  EXPECT_EQ(posted_workflows(), (Names{"typed", "short", "on"}));
  EXPECT_TRUE(answers_.empty()) << "nothing is durable yet";
  record_all();
  ASSERT_EQ(answers_.size(), 1U);
  ASSERT_TRUE(answers_[0]);
  EXPECT_EQ(answers_[0]->matched, 3U);
  ASSERT_EQ(answers_[0]->runs.size(), 3U);
  EXPECT_EQ(answers_[0]->runs[2].run_id, "run-of-on");
  EXPECT_EQ(answers_[0]->event_id.size(), 26U);
}

TEST_F(StarterTest, TheRunKnowsItsEvent) {
  add("w", R"({"on":["a.b"]})");
  publish("a.b", "e1", 1, {{"filePath", "x"}});
  ASSERT_EQ(posted_.size(), 1U);
  EXPECT_EQ(posted_[0].trigger, "event:a.b");
  EXPECT_EQ(dump_json(posted_[0].context),
            R"({"event":{"filePath":"x"},"timestamp":"2026-01-01T00:00:00.000Z","source":"test","eventDepth":0})");
  EXPECT_EQ(posted_[0].trace_parent, "00-a-b-01") << "and where it belongs, which is no part of what it knows";
}

TEST_F(StarterTest, NobodyListens) {
  publish("a.b");
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_EQ(answers_[0]->matched, 0U);
}

TEST_F(StarterTest, ABrokenRowDisturbsNobody) {
  put({"broken", 1, "broken", 1, "ACTIVE", "{not json", 1, 1});
  add("bad-pattern", R"({"type":"event","pattern":"graph.("})");
  add("no-pattern", R"({"type":"event"})");
  add("fine", R"({"on":["a.b"]})");
  for (int i = 0; i < 2; ++i) {
    publish("a.b");
    EXPECT_EQ(posted_workflows(), Names{"fine"});
    record_all();
  }
}

TEST_F(StarterTest, ANewVersionCountsAtOnce) {
  add("w", R"({"on":["a"]})");
  publish("a");
  EXPECT_EQ(posted_.size(), 1U);
  add("w", R"({"on":["b"]})", 1, "ACTIVE", 2);
  publish("a");
  EXPECT_EQ(posted_.size(), 1U);
  publish("b");
  EXPECT_EQ(posted_.size(), 2U);
}

// Pitfall B20: duplicates. That the marks survive a restart is tested with the real engine (tests/e2e/test_events.py).
TEST_F(StarterTest, TheSameEventStartsNothingTwice) {
  add("w", R"({"on":["a"]})");
  publish("a", "e1");
  ASSERT_EQ(posted_.size(), 1U);
  EXPECT_EQ(posted_[0].once->space, "event");
  EXPECT_EQ(posted_[0].once->key, "1/e1/w");
  EXPECT_EQ(posted_[0].once->expires_at_ms, clock_.wall_ms() + kEventMemory_ms);
  record_all();
  publish("a", "e1");
  record_all();
  ASSERT_EQ(answers_.size(), 2U);
  EXPECT_FALSE(answers_[0]->duplicate);
  EXPECT_TRUE(answers_[1]->duplicate);
  EXPECT_EQ(answers_[1]->event_id, "e1");
  ASSERT_EQ(answers_[1]->runs.size(), 1U);
  EXPECT_EQ(answers_[1]->runs[0].run_id, "run-of-w") << "the run of the first time";
  EXPECT_TRUE(answers_[1]->runs[0].duplicate);
  publish("a", "e2");
  record_all();
  EXPECT_FALSE(answers_[2]->duplicate) << "another id is another event";
  publish("a");
  ASSERT_EQ(posted_.size(), 1U);
  EXPECT_FALSE(posted_[0].once) << "an event without an id cannot be recognised";
}

TEST_F(StarterTest, ARunStartsItsOwnWorkflowOnlyOnce) {  // pitfall B20
  add("a", R"({"on":["workflow.>"]})");
  add("b", R"({"on":["workflow.>"]})");
  for (const char* type : {"workflow.started.a", "workflow.completed.a"}) {
    Event event;
    event.type = type;
    event.id = type;
    event.source = "commandcenter";
    event.payload = {{"workflowId", "a"}, {"workflowRunId", "run-1"}};
    triggers_.events().publish(1, std::move(event),
                               [this](Result<Outcome> outcome) { answers_.push_back(std::move(outcome)); });
    record_all();
  }
  ASSERT_EQ(answers_.size(), 2U);
  EXPECT_FALSE(answers_[0]->runs[0].duplicate);
  EXPECT_TRUE(answers_[1]->runs[0].duplicate);   // of a itself
  EXPECT_FALSE(answers_[1]->runs[1].duplicate);  // b hears everything
}

TEST_F(StarterTest, IdsBelongToAProject) {
  add("w1", R"({"on":["a"]})", 1);
  add("w2", R"({"on":["a"]})", 2);
  publish("a", "e1", 1);
  publish("a", "e1", 2);
  EXPECT_EQ(posted_workflows(), (Names{"w1", "w2"}));
  EXPECT_NE(posted_[0].once->key, posted_[1].once->key);
}

TEST_F(StarterTest, AnEventThatCouldNotBeRecordedMayComeAgain) {
  add("w1", R"({"on":["a"]})");
  add("w2", R"({"on":["a"]})");
  publish("a", "e1");
  refuse_all(ErrorCode::kUnavailable);
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_EQ(answers_[0].error().code, ErrorCode::kUnavailable);
  room_ = 1;
  publish("a", "e1");
  record_all();
  ASSERT_EQ(answers_.size(), 2U);
  EXPECT_EQ(answers_[1].error().code, ErrorCode::kUnavailable) << "the second has no run yet";
  room_ = 2;
  publish("a", "e1");
  record_all();
  ASSERT_TRUE(answers_[2]);
  EXPECT_FALSE(answers_[2]->duplicate);
  ASSERT_EQ(answers_[2]->runs.size(), 2U);
  EXPECT_TRUE(answers_[2]->runs[0].duplicate) << "the first is not started again";
  EXPECT_FALSE(answers_[2]->runs[1].duplicate);
}

TEST_F(StarterTest, WithoutAnIdWhatStartedIsToldAndNotAskedForAgain) {
  add("w1", R"({"on":["a"]})");
  add("w2", R"({"on":["a"]})");
  room_ = 1;
  publish("a");
  record_all();
  ASSERT_TRUE(answers_[0]);
  EXPECT_EQ(answers_[0]->runs.size(), 1U);
  EXPECT_EQ(answers_[0]->not_started.size(), 1U);
}

// Pitfall A10: the engine records a FAILED run for a workflow that cannot run any more.
TEST_F(StarterTest, AFailureToStartIsARecord) {
  add("w", R"({"on":["a"]})");
  publish("a");
  EXPECT_TRUE(posted_[0].records_failure);
}

TEST_F(StarterTest, WorkflowsComeAndGo) {
  add("w", R"({"on":["a"]})");
  add("w", R"({"on":["a"]})", 1, "ARCHIVED", 2);
  publish("a");
  EXPECT_TRUE(posted_.empty());
  add("w", R"({"on":["a"]})", 1, "ACTIVE", 3);
  publish("a");
  EXPECT_EQ(posted_.size(), 1U);
  add("w", R"({"on":["a"]})", 1, "DELETED", 4);
  publish("a");
  EXPECT_EQ(posted_.size(), 1U);
}

TEST_F(StarterTest, WhatIsInTheStoreIsReadAtTheStart) {
  add("w", R"({"on":["a"]})");
  put({"broken", 1, "broken", 1, "ACTIVE", "{not json", 1, 1});
  Triggers again(
      [this](engine::Message message) {
        posted_.push_back(std::move(std::get<engine::TriggerRun>(message)));
        return true;
      },
      *store_, clock_, entropy_, log_);
  ASSERT_TRUE(again.load());
  Event event;
  event.type = "a";
  again.events().publish(1, std::move(event), [](const Result<Outcome>&) {});
  EXPECT_EQ(posted_workflows(), Names{"w"});
}

TEST_F(StarterTest, WebhookPathsBelongToOneWorkflow) {
  add("w", R"({"type":"webhook","path":"/deploy","token":"0123456789abcdef"})");
  const auto hook = triggers_.hook("deploy");
  ASSERT_TRUE(hook);
  EXPECT_EQ(hook->workflow_id, "w");
  EXPECT_EQ(hook->token, "0123456789abcdef");
  workflow::Trigger same;
  same.path = "deploy";
  EXPECT_TRUE(triggers_.check_path(same, "w"));
  EXPECT_EQ(triggers_.check_path(same, "other").error().code, ErrorCode::kConflict);
  add("other", R"({"type":"webhook","path":"deploy"})");
  EXPECT_EQ(triggers_.hook("deploy")->workflow_id, "w") << "the first one keeps it";
  add("w", R"({"type":"webhook","path":"ship"})", 1, "DRAFT", 2);
  EXPECT_FALSE(triggers_.hook("deploy"));
  EXPECT_EQ(triggers_.hook("ship")->status, "DRAFT");
  add("w", R"("manual")", 1, "ACTIVE", 3);
  EXPECT_FALSE(triggers_.hook("ship"));
}

TEST_F(StarterTest, AWorkflowThatCannotStartIsToldApart) {
  add("w1", R"({"on":["a"]})");
  add("w2", R"({"on":["a"]})");
  publish("a", "e1");
  posted_[0].reply(fail(ErrorCode::kConflict, "cannot run any more"));
  posted_[1].reply(engine::RunView{"r2", "w2", "PENDING", ""});
  ASSERT_EQ(answers_.size(), 1U);
  ASSERT_TRUE(answers_[0]);
  EXPECT_EQ(answers_[0]->matched, 2U);
  ASSERT_EQ(answers_[0]->runs.size(), 1U);
  ASSERT_EQ(answers_[0]->not_started.size(), 1U);
  EXPECT_EQ(answers_[0]->not_started[0].workflow_id, "w1");
}

TEST_F(StarterTest, TooMuchIsRefusedBeforeAnythingStarts) {
  for (std::size_t i = 0; i < 100; ++i)
    add(fmt::format("w{}", i), R"({"on":["a"]})");
  publish("a", "e1", 1, {{"text", std::string(kMaxPayload_bytes, 'x')}});
  publish("a", "e1", 1, {{"text", std::string(kMaxPayload_bytes - 100, 'x')}});
  for (std::size_t i = 100; i <= kMaxRunsPerEvent; ++i)
    add(fmt::format("w{}", i), R"({"on":["a"]})");
  publish("a", "e1");
  ASSERT_EQ(answers_.size(), 3U);
  for (const auto& answer : answers_)
    EXPECT_EQ(answer.error().code, ErrorCode::kTooLarge);
  EXPECT_TRUE(posted_.empty());
}

}  // namespace
}  // namespace commandcenter::trigger
