// The engine's named limits, each at the limit and one past it, and what it counts.
#include <gtest/gtest.h>

#include "engine/engine.h"
#include "store/memory/memory.h"

namespace commandcenter::engine {
namespace {

class NoLauncher final : public sandbox::Launcher {
 public:
  sandbox::LaunchId start(sandbox::LaunchSpec, sandbox::LaunchCallbacks) override { return 1; }
  void kill(sandbox::LaunchId) override {}
  sandbox::Tier tier() const override { return sandbox::Tier::kNone; }
};

class EngineLimits : public ::testing::Test {
 protected:
  void open(Config config) {
    engine_ = std::make_unique<Engine>(std::move(config), Seams{*store_, clock_, entropy_, launcher_, *bus_, log_});
    ASSERT_TRUE(engine_->recover());
  }

  template <typename M>
  bool post(M message) {
    return engine_->post(Message(std::move(message)));
  }

  void create(const std::string& text) {
    auto definition = workflow::parse_definition(*parse_json(text));
    ASSERT_TRUE(definition) << workflow::describe(definition.error());
    CreateWorkflow message;
    message.definition = std::move(*definition);
    message.reply = [](const Result<store::WorkflowRow>& row) { EXPECT_TRUE(row); };
    message.problems = [](const auto& problems) { ADD_FAILURE() << workflow::describe(problems); };
    ASSERT_TRUE(post(std::move(message)));
    settle();
  }

  Result<RunView> trigger(const std::string& name, Json context = Json::object()) {
    Result<RunView> answer = fail(ErrorCode::kInternal, "no answer");
    TriggerRun message;
    message.workflow = name;
    message.context = std::move(context);
    message.reply = [&answer](Result<RunView> result) { answer = std::move(result); };
    EXPECT_TRUE(post(std::move(message)));
    settle();
    return answer;
  }

  void decide(const std::string& run_id) {
    const auto rows = store::read_all<store::ApprovalRow>(
        *store_, {.table = store::Table::kApprovals, .run_id = run_id, .status = "PENDING"});
    ASSERT_EQ(rows->size(), 1U);
    DecideApproval message;
    message.approval_id = rows->front().id;
    message.approved = true;
    message.reply = [](const Result<store::ApprovalRow>& row) { EXPECT_TRUE(row); };
    post(std::move(message));
    settle();
  }

  void settle() {
    while (engine_->turn()) {
    }
  }

  std::string status(const std::string& run_id) {
    const auto row = store::read_one<store::RunRow>(*store_, {.table = store::Table::kRuns, .id = run_id});
    return (*row)->status;
  }

  static constexpr const char* kGated =
      R"({"name":"gated","trigger":"manual","concurrency":1,"nodes":[{"id":"a","transform":{},"approval":true}]})";

  SystemClock clock_;
  SystemEntropy entropy_;
  NoLauncher launcher_;
  observe::Log log_{clock_, -1, observe::Level::kError};
  std::unique_ptr<store::Store> store_ = store::make_memory_store();
  std::unique_ptr<bus::Bus> bus_ = bus::make_in_process_bus();
  std::unique_ptr<Engine> engine_;
};

TEST_F(EngineLimits, as_many_runs_are_queued_as_the_limit_says) {  // pitfall B11
  Config config;
  config.max_queued_runs = 3;
  open(config);
  create(kGated);
  const auto first = trigger("gated");
  EXPECT_EQ(status(first->run_id), "WAITING_APPROVAL");
  std::vector<std::string> queued;
  for (int i = 0; i < 3; ++i)
    queued.push_back(trigger("gated")->run_id);
  const auto refused = trigger("gated");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);  // 503 with Retry-After to clients
  EXPECT_NE(refused.error().message.find("3 runs wait for their turn"), std::string::npos);
  EXPECT_NE(refused.error().message.find("engine.maxQueuedRuns"), std::string::npos);
  EXPECT_EQ(engine_->health().queued_runs, 3);
  EXPECT_EQ(engine_->health().unfinished_runs, 4);
  EXPECT_EQ(*store_->count({.table = store::Table::kRuns}), 4) << "nothing of the refused one is stored";
  decide(first->run_id);
  EXPECT_EQ(status(queued[0]), "WAITING_APPROVAL");
  EXPECT_EQ(status(queued[1]), "PENDING");
  EXPECT_TRUE(trigger("gated")) << "there is room again";
}

TEST_F(EngineLimits, a_restart_knows_the_queue_and_its_order) {  // pitfall A6, feature 105
  open({});
  create(kGated);
  std::vector<std::string> runs;
  for (int i = 0; i < 5; ++i)
    runs.push_back(trigger("gated")->run_id);
  for (const std::string& run : runs) {
    open({});
    EXPECT_EQ(engine_->health().live_runs, 0) << "what waits costs its row and no memory";
    EXPECT_EQ(status(run), "WAITING_APPROVAL");
    decide(run);
    EXPECT_EQ(status(run), "SUCCESS");
  }
  // Whatever happened, the numbers are those of the runs that live: pitfall B21.
  EXPECT_EQ(engine_->health().unfinished_runs, 0);
  EXPECT_EQ(engine_->health().queued_runs, 0);
  EXPECT_EQ(engine_->health().moving_runs, 0);
}

TEST_F(EngineLimits, unfinished_runs_have_a_limit) {
  Config config;
  config.max_unfinished_runs = 2;
  open(config);
  create(R"({"name":"free","trigger":"manual","nodes":[{"id":"a","transform":{},"approval":true}]})");
  EXPECT_TRUE(trigger("free"));
  EXPECT_TRUE(trigger("free"));
  const auto refused = trigger("free");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(refused.error().message.find("engine.maxUnfinishedRuns"), std::string::npos);
}

TEST_F(EngineLimits, the_inbox_takes_as_many_messages_as_the_limit_says) {
  Config config;
  config.max_waiting_messages = 2;
  open(config);
  const auto cancel = [] {
    CancelRun message;
    message.run_id = "nobody";
    message.reply = [](const Result<RunView>&) {};
    return message;
  };
  EXPECT_TRUE(post(cancel()));
  EXPECT_TRUE(post(cancel()));
  EXPECT_FALSE(post(cancel()));
  settle();
  EXPECT_TRUE(post(cancel()));
}

TEST_F(EngineLimits, the_newer_run_of_a_key_takes_the_place_of_the_older) {
  open({});
  create(R"({"name":"deploy","trigger":"manual",
             "concurrency":{"limit":1,"key":"{{ context.branch }}","policy":"cancel-previous"},
             "nodes":[{"id":"a","transform":{},"approval":true}]})");
  const auto first = trigger("deploy", {{"branch", "main"}});
  const auto other = trigger("deploy", {{"branch", "dev"}});
  const auto second = trigger("deploy", {{"branch", "main"}});
  const auto row = store::read_one<store::RunRow>(*store_, {.table = store::Table::kRuns, .id = first->run_id});
  EXPECT_EQ((*row)->status, "CANCELLED");
  EXPECT_NE((*row)->error.find(second->run_id), std::string::npos) << (*row)->error;
  EXPECT_EQ(status(second->run_id), "WAITING_APPROVAL");
  EXPECT_EQ(status(other->run_id), "WAITING_APPROVAL");
  const auto without_key = trigger("deploy");
  ASSERT_FALSE(without_key);
  EXPECT_EQ(without_key.error().code, ErrorCode::kInvalid);
  EXPECT_TRUE(without_key.error().message.starts_with("concurrency.key: "));
}

}  // namespace
}  // namespace commandcenter::engine
