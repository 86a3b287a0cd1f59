// What counts once, what is recorded beside a run, and that neither outlives its time.
#include <fmt/format.h>

#include "engine/engine_test.h"

namespace commandcenter::engine {
namespace {

class FactsTest : public EngineTest {
 protected:
  TriggerRun once(const std::string& key, std::optional<std::int64_t> lasts_ms = 60'000) {
    TriggerRun message;
    message.workflow = "one-step";
    message.once = Once{"test", key, {{"asked", key}}, std::nullopt};
    if (lasts_ms) message.once->expires_at_ms = clock_.now_ms + *lasts_ms;
    return message;
  }
  void post_once(const std::string& key, std::vector<Result<RunView>>& answers) {
    TriggerRun message = once(key);
    message.reply = into(answers);
    ASSERT_TRUE(engine_->post(std::move(message)));
  }
  std::vector<std::string> keys() {
    std::vector<std::string> found;
    for (const store::StateRow& row : rows<store::StateRow>({.table = store::Table::kState}))
      found.push_back(row.key);
    return found;
  }
};

using Keys = std::vector<std::string>;

TEST_F(FactsTest, the_second_of_one_key_gets_the_first_ones_run) {
  create_workflow(kOneStep);
  const auto first = ask<RunView>(once("k"));
  ASSERT_TRUE(first && *first);
  EXPECT_FALSE((*first)->duplicate);
  TriggerRun second = once("k");
  second.once->document = {{"asked", "something else"}};
  const auto again = ask<RunView>(std::move(second));
  ASSERT_TRUE(again && *again);
  EXPECT_TRUE((*again)->duplicate);
  EXPECT_EQ((*again)->run_id, (*first)->run_id);
  EXPECT_EQ((*again)->status, "SUCCESS");
  EXPECT_EQ((*again)->recorded, (Json{{"asked", "k"}, {"runId", (*first)->run_id}})) << "what the first one recorded";
  EXPECT_EQ(count({.table = store::Table::kRuns}), 1);
  ASSERT_TRUE(ask<RunView>(once("another")).value());
  EXPECT_EQ(count({.table = store::Table::kRuns}), 2);
}

TEST_F(FactsTest, two_of_one_key_in_one_transaction_start_one_run) {
  create_workflow(kOneStep);
  std::vector<Result<RunView>> answers;
  post_once("k", answers);
  post_once("k", answers);
  post_once("l", answers);
  int commits = 0;
  store_.before_commit([&](const store::Batch&) { return ++commits > 0; });
  settle();
  store_.before_commit(nullptr);
  EXPECT_EQ(commits, 1);
  ASSERT_EQ(answers.size(), 3U);
  ASSERT_TRUE(answers[0] && answers[1] && answers[2]);
  EXPECT_FALSE(answers[0]->duplicate);
  EXPECT_TRUE(answers[1]->duplicate);
  EXPECT_EQ(answers[1]->run_id, answers[0]->run_id);
  EXPECT_FALSE(answers[2]->duplicate);
  EXPECT_EQ(count({.table = store::Table::kRuns}), 2);
}

TEST_F(FactsTest, a_failed_commit_undoes_run_and_mark_and_tells_both) {
  create_workflow(kOneStep);
  store_.fail_next_commits(1, ErrorCode::kUnavailable);
  std::vector<Result<RunView>> answers;
  post_once("k", answers);
  post_once("k", answers);
  settle();
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(answers[1].error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(count({.table = store::Table::kRuns}), 0);
  EXPECT_TRUE(keys().empty());
  const auto later = ask<RunView>(once("k"));
  ASSERT_TRUE(later && *later);
  EXPECT_FALSE((*later)->duplicate);
}

// A load balancer sends nothing to a server that is not well, so that it has to find out by itself.
TEST_F(FactsTest, a_store_that_works_again_is_noticed_without_being_asked) {
  create_workflow(kOneStep);
  store_.fail_next_commits(3, ErrorCode::kUnavailable);
  std::vector<Result<RunView>> answers;
  post_once("k", answers);
  settle();
  EXPECT_FALSE(engine_->health().store_ok);
  for (int retry = 0; retry < 4; ++retry)
    pass(config_.store_retry_ms);
  EXPECT_TRUE(engine_->health().store_ok);
}

TEST_F(FactsTest, a_crash_between_commit_and_reply_is_answered_with_the_run_that_started) {
  create_workflow(kOneStep);
  store_.after_commit([](const store::Batch&) { return false; });
  std::vector<Result<RunView>> answers;
  post_once("k", answers);
  engine_->turn();
  EXPECT_TRUE(store_.crashed());
  store_.after_commit(nullptr);
  store_.reopen();
  boot();
  const auto again = ask<RunView>(once("k"));
  ASSERT_TRUE(again && *again);
  EXPECT_TRUE((*again)->duplicate);
  EXPECT_EQ(count({.table = store::Table::kRuns}), 1);
}

TEST_F(FactsTest, whoever_asks_again_may_wait_for_the_end) {
  create_workflow(kGate);
  TriggerRun first = once("k");
  first.workflow = "gate";
  const auto started = ask<RunView>(std::move(first));
  ASSERT_TRUE(started && *started);
  std::vector<Result<RunView>> answers;
  TriggerRun second = once("k");
  second.workflow = "gate";
  second.until_finished = true;
  second.deadline_ms = clock_.now_ms + 30'000;
  second.reply = into(answers);
  ASSERT_TRUE(engine_->post(std::move(second)));
  settle();
  EXPECT_TRUE(answers.empty());
  const auto approvals = rows<store::ApprovalRow>({.table = store::Table::kApprovals});
  ASSERT_EQ(approvals.size(), 1U);
  DecideApproval yes;
  yes.approval_id = approvals[0].id;
  yes.approved = true;
  ASSERT_TRUE(ask<store::ApprovalRow>(std::move(yes)).value());
  ASSERT_EQ(answers.size(), 1U);
  ASSERT_TRUE(answers[0]);
  EXPECT_TRUE(answers[0]->duplicate);
  EXPECT_EQ(answers[0]->run_id, (*started)->run_id);
  EXPECT_EQ(answers[0]->status, "SUCCESS");
}

TEST_F(FactsTest, a_mark_outlives_its_workflow_and_its_run) {
  const std::string workflow = create_workflow(kOneStep);
  const auto first = ask<RunView>(once("k"));
  ASSERT_TRUE(first && *first);
  DeleteWorkflow gone;
  gone.id = workflow;
  ASSERT_TRUE(ask<bool>(std::move(gone)).value());
  EXPECT_EQ(ask<RunView>(once("k")).value()->run_id, (*first)->run_id);
  ASSERT_TRUE(store_.commit({{}, {{store::Table::kRuns, (*first)->run_id}}}));
  const auto again = ask<RunView>(once("k"));
  ASSERT_TRUE(again && *again);
  EXPECT_TRUE((*again)->duplicate);
  EXPECT_EQ((*again)->run_id, (*first)->run_id);
  EXPECT_EQ((*again)->status, "") << "the run is no longer kept";
}

TEST_F(FactsTest, an_expired_mark_counts_as_absent_and_is_swept) {
  create_workflow(kOneStep);
  ASSERT_TRUE(ask<RunView>(once("k", 1'000)).value());
  ASSERT_TRUE(ask<RunView>(once("forever", std::nullopt)).value());
  clock_.now_ms += 999;
  EXPECT_TRUE(ask<RunView>(once("k", 1'000)).value()->duplicate);
  clock_.now_ms += 1;
  EXPECT_EQ(keys(), (Keys{"forever", "k"})) << "there, and yet as good as absent";
  EXPECT_FALSE(ask<RunView>(once("k", 1'000)).value()->duplicate);
  EXPECT_TRUE(ask<RunView>(once("forever")).value()->duplicate);
  pass(61'000);
  EXPECT_EQ(keys(), Keys{"forever"});
  EXPECT_TRUE(ask<RunView>(once("forever")).value()->duplicate);
}

TEST_F(FactsTest, marks_of_a_life_before_are_swept_in_small_batches) {
  store::Batch batch;
  for (int i = 0; i < 1'200; ++i)
    batch.puts.emplace_back(store::StateRow{"test", fmt::format("{:04}", i), "{}", 0, clock_.now_ms + i});
  batch.puts.emplace_back(store::StateRow{"test", "kept", "{}", 0, clock_.now_ms + 86'400'000});
  ASSERT_TRUE(store_.commit(batch));
  boot();
  std::vector<std::size_t> deletes;
  store_.before_commit([&](const store::Batch& swept) {
    deletes.push_back(swept.deletes.size());
    return true;
  });
  pass(60'000);
  EXPECT_EQ(deletes, std::vector<std::size_t>{500});
  store_.fail_next_commits(1, ErrorCode::kUnavailable);
  pass(100);
  EXPECT_EQ(keys().size(), 701U) << "a failed sweep deletes nothing";
  for (int i = 0; i < 3; ++i)
    pass(60'000);
  for (const std::size_t size : deletes)
    EXPECT_LE(size, 500U);
  EXPECT_EQ(keys(), Keys{"kept"});
}

TEST_F(FactsTest, what_is_recorded_beside_a_run_is_there_if_and_only_if_the_run_is) {
  create_workflow(kOneStep);
  TriggerRun message = once("k");
  message.also = {store::StateRow{"schedule", "nightly", "{\"slot\":1}", 0, {}}};
  ASSERT_TRUE(ask<RunView>(std::move(message)).value());
  const auto also = rows<store::StateRow>({.table = store::Table::kState, .space = "schedule"});
  ASSERT_EQ(also.size(), 1U);
  EXPECT_EQ(also[0].document, "{\"slot\":1}");
  EXPECT_EQ(also[0].updated_at_ms, clock_.now_ms);

  TriggerRun second = once("k");
  second.also = {store::StateRow{"schedule", "weekly", "{}", 0, {}}};
  ASSERT_TRUE(ask<RunView>(std::move(second)).value());
  TriggerRun third;
  third.workflow = "nobody";
  third.also = {store::StateRow{"schedule", "weekly", "{}", 0, {}}};
  EXPECT_FALSE(ask<RunView>(std::move(third)).value());
  EXPECT_EQ(count({.table = store::Table::kState, .space = "schedule"}), 1);
}

TEST_F(FactsTest, facts_are_recorded_without_a_run_and_the_later_one_counts) {
  std::vector<Result<bool>> answers;
  const auto record = [&](std::vector<store::StateRow> puts, std::vector<Fact> deletes) {
    ASSERT_TRUE(engine_->post(Record{std::move(puts), std::move(deletes), into(answers)}));
  };
  record({{"a", "1", "{}", 0, {}}, {"a", "2", "{}", 0, {}}}, {});
  settle();
  record({}, {{"a", "1"}});
  record({{"a", "1", "{\"n\":2}", 0, {}}}, {{"a", "2"}});
  settle();
  ASSERT_EQ(answers.size(), 3U);
  const auto kept = rows<store::StateRow>({.table = store::Table::kState});
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].document, "{\"n\":2}");
  store_.fail_next_commits(1, ErrorCode::kUnavailable);
  record({}, {{"a", "1"}});
  settle();
  EXPECT_FALSE(answers.back());
  EXPECT_EQ(count({.table = store::Table::kState}), 1);
}

}  // namespace
}  // namespace commandcenter::engine
