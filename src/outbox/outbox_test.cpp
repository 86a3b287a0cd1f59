// The way of the journal to a bus that fails again and again (pitfall B20), and what is remembered of it.
#include "outbox/outbox.h"

#include <condition_variable>
#include <mutex>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/workflow/workflow.h"
#include "observe/trace.h"
#include "outbox/feed.h"
#include "outbox/mask.h"
#include "store/memory/memory.h"

namespace commandcenter::outbox {
namespace {

constexpr std::chrono::seconds kDeadline{20};

// Takes messages for as long as it is told to, and loses what was not flushed when it fails, as a connection does.
class FlakyBus final : public bus::Bus {
 public:
  explicit FlakyBus(int fail_every) : fail_every_(fail_every) {}

  Result<void> publish(const bus::Message& message) override {
    const std::lock_guard lock(mutex_);
    if (away_ || (fail_every_ > 0 && ++calls_ % fail_every_ == 0)) return lost();
    unflushed_.push_back(message);
    return {};
  }
  Result<void> flush(std::int64_t) override {
    const std::lock_guard lock(mutex_);
    if (away_ || (fail_every_ > 0 && ++calls_ % fail_every_ == 0)) return lost();
    for (bus::Message& message : unflushed_) {
      if (arrived_.empty() || seen(message.id) == 0) arrived_.push_back(message);
    }
    unflushed_.clear();
    changed_.notify_all();
    return {};
  }
  Result<bus::SubscriptionId> subscribe(std::string, bus::Handler) override { return bus::SubscriptionId{1}; }
  void unsubscribe(bus::SubscriptionId) override {}
  bool has_subscribers(std::string_view) const override { return true; }
  bool healthy() const override {
    const std::lock_guard lock(mutex_);
    return !away_;
  }

  void go(bool away) {
    const std::lock_guard lock(mutex_);
    away_ = away;
  }
  std::vector<bus::Message> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, kDeadline, [&] { return arrived_.size() >= count; })) << arrived_.size();
    return arrived_;
  }

 private:
  Result<void> lost() {
    unflushed_.clear();
    return fail(ErrorCode::kUnavailable, "away");
  }
  std::ptrdiff_t seen(const std::string& id) const {
    return std::count_if(arrived_.begin(), arrived_.end(), [&](const bus::Message& m) { return m.id == id; });
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  const int fail_every_;
  int calls_ = 0;
  bool away_ = false;
  std::vector<bus::Message> unflushed_;
  std::vector<bus::Message> arrived_;
};

// A journal of runs of one workflow that nobody executes; its writer is the test.
class OutboxTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto definition = workflow::parse_definition(
        *parse_json(R"({"name": "scan all", "trigger": "manual", "nodes": [{"id": "n", "transform": {"a": 1}}]})"));
    ASSERT_TRUE(definition);
    const auto plan = workflow::make_plan(*definition, [](const std::string&) { return std::nullopt; });
    ASSERT_TRUE(plan);
    plan_id_ = (*plan)->id;
    commit({store::PlanRow{plan_id_, (*plan)->document}});
  }

  void commit(std::vector<store::Row> rows) {
    store::Batch batch;
    batch.puts = std::move(rows);
    const auto receipt = store_->commit(batch);
    ASSERT_TRUE(receipt) << receipt.error().message;
    if (receipt->positions.empty()) return;
    ASSERT_TRUE(journal_->publish({std::string(engine::kJournalSubject), "{}", receipt->positions.back()}));
  }

  // Two entries, which give one and four events.
  void record_run(const std::string& id, const std::string& context = "{}") {
    store::RunRow run;
    run.id = id;
    run.workflow_id = "w";
    run.plan_id = plan_id_;
    run.trigger = "manual";
    run.context = context;
    run.status = "SUCCESS";
    run.finished = true;
    store::NodeRunRow node;
    node.id = id + ".n";
    node.run_id = id;
    node.node = "n";
    node.status = "SUCCESS";
    node.output = R"({"a":1})";
    commit(
        {run, node, store::EventRow{0, id, 1, 1, "run.created", R"({"data":{},"status":"RUNNING","nodes":[]})"},
         store::EventRow{0, id, 2, 2, "node.succeeded",
                         R"({"data":{"node":"n"},"status":"SUCCESS","nodes":[{"nodeId":"n","status":"SUCCESS"}]})"}});
  }

  std::unique_ptr<Outbox> open(bus::Bus& target) {
    auto outbox = Outbox::open("test", {*store_, *journal_, target, log_, post(), "me"});
    EXPECT_TRUE(outbox);
    return std::move(*outbox);
  }

  // What the engine does with facts.
  Post post() {
    return [this](engine::Message message) {
      auto& record = std::get<engine::Record>(message);
      store::Batch batch;
      for (store::StateRow& row : record.puts)
        batch.puts.emplace_back(std::move(row));
      const bool written = store_->commit(batch).has_value();
      record.reply(written);
      return written;
    };
  }

  SystemClock clock_;
  observe::Log log_{clock_, -1, observe::Level::kError};
  std::unique_ptr<store::Store> store_ = store::make_memory_store();
  std::unique_ptr<bus::Bus> journal_ = bus::make_in_process_bus();
  std::string plan_id_;
};

std::vector<std::string> subjects_of(const std::vector<bus::Message>& messages) {
  std::vector<std::string> subjects;
  for (const bus::Message& message : messages)
    subjects.push_back(message.subject);
  return subjects;
}

TEST_F(OutboxTest, tells_a_run_with_safe_names_stable_ids_and_headers) {
  FlakyBus target(0);
  const auto outbox = open(target);
  constexpr const char* kParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  record_run("r1", fmt::format(R"({{"eventDepth":2,"correlationId":"c","traceparent":"{}"}})", kParent));
  const auto messages = target.wait_for(5);
  EXPECT_EQ(subjects_of(messages),
            (std::vector<std::string>{"workflow.started.w", "workflow.node.completed", "workflow.completed.scan%20all",
                                      "workflow.run.completed", "hub.workflow.1.success"}));
  EXPECT_EQ(messages[0].id, "me.1.0");
  EXPECT_EQ(messages[4].id, "me.2.3");
  const auto body = parse_json(messages[2].payload);
  ASSERT_TRUE(body);
  EXPECT_EQ((*body)["results"], (Json::array({{{"nodeId", "n"}, {"agentName", nullptr}, {"output", {{"a", 1}}}}})));
  EXPECT_EQ(
      messages[0].headers,
      (std::vector<std::pair<std::string, std::string>>{
          {kDepthHeader, "3"},
          {kInstanceHeader, "me"},
          {kCorrelationHeader, "c"},
          {kTraceHeader, observe::trace_parent({"4bf92f3577b34da6a3ce929d0e0e4736", observe::span_id_of("r1")})}}));
  for (const std::string& subject : subjects_of(messages)) {
    const auto patterns = published_patterns();
    EXPECT_TRUE(std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
      return bus::subject_matches(pattern, subject);
    })) << subject;
  }
}

TEST_F(OutboxTest, everything_arrives_in_order_and_once_though_the_bus_fails_all_the_time) {
  FlakyBus target(7);
  const auto outbox = open(target);
  constexpr std::size_t kRuns = 40;
  for (std::size_t i = 0; i < kRuns; ++i)
    record_run(fmt::format("r{}", i));
  const auto messages = target.wait_for(kRuns * 5);
  ASSERT_EQ(messages.size(), kRuns * 5);
  for (std::size_t i = 1; i < messages.size(); ++i)
    EXPECT_LE(messages[i - 1].position, messages[i].position) << i;
}

TEST_F(OutboxTest, waits_while_the_bus_is_away_and_goes_on_where_it_was_after_a_restart) {
  FlakyBus target(0);
  target.go(true);
  auto outbox = open(target);
  record_run("r1");
  EXPECT_FALSE(outbox->state().connected);
  EXPECT_EQ(outbox->state().waiting, 2);
  EXPECT_EQ(*needed_after(*store_), 0);
  outbox.reset();
  record_run("r2");
  target.go(false);
  outbox = open(target);
  EXPECT_EQ(target.wait_for(10).size(), 10U);
  outbox.reset();
  EXPECT_EQ(*needed_after(*store_), 4);
  outbox = open(target);
  record_run("r3");
  EXPECT_EQ(target.wait_for(15).size(), 15U);
}

TEST_F(OutboxTest, begins_with_what_comes_when_it_is_new) {
  record_run("old");
  FlakyBus target(0);
  const auto outbox = open(target);
  record_run("new");
  EXPECT_EQ(target.wait_for(5).front().position, 3);
}

TEST_F(OutboxTest, an_output_that_is_too_large_is_left_out) {
  FlakyBus target(0);
  const auto outbox = open(target);
  store::NodeRunRow node;
  node.id = "r1.n";
  node.run_id = "r1";
  record_run("r1");
  target.wait_for(5);
  store::RunRow run;
  run.id = "r2";
  run.workflow_id = "w";
  run.plan_id = plan_id_;
  run.context = "{}";
  run.status = "SUCCESS";
  node = {};
  node.id = "r2.n";
  node.run_id = "r2";
  node.node = "n";
  node.status = "SUCCESS";
  node.output = dump_json({{"a", std::string(kMaxOutput_bytes, 'x')}});
  commit({run, node, store::EventRow{0, "r2", 1, 2, "node.succeeded", R"({"data":{},"status":"SUCCESS","nodes":[]})"}});
  const auto body = parse_json(target.wait_for(8)[5].payload);
  ASSERT_TRUE(body);
  EXPECT_EQ((*body)["results"][0]["output"]["leftOut"], true);
}

TEST_F(OutboxTest, a_feed_gives_what_was_and_what_comes_to_each_watcher_from_its_position) {
  record_run("r1");
  Feed feed(*store_, *journal_, log_);
  FlakyBus all(0);
  FlakyBus some(0);
  const auto into = [](FlakyBus& heard) {
    return [&heard](const std::vector<PublicEvent>& events) {
      for (const PublicEvent& event : events)
        EXPECT_TRUE(heard.publish(message_of("me", event)));
      EXPECT_TRUE(heard.flush(0));
    };
  };
  const auto first = feed.watch(">", 0, into(all));
  ASSERT_TRUE(first);
  all.wait_for(5);
  const auto second = feed.watch("workflow.completed.*", std::nullopt, into(some));
  ASSERT_TRUE(second);
  record_run("r2");
  EXPECT_EQ(all.wait_for(10).size(), 10U);
  EXPECT_EQ(some.wait_for(1).front().position, 4);
  EXPECT_EQ(feed.watch("a..b", 0, [](const auto&) {}).error().code, ErrorCode::kInvalid);
  feed.unwatch(*first);
  feed.unwatch(*second);
}

TEST(Masked, hides_what_names_give_away) {
  Masker masker;
  EXPECT_EQ(
      masker.masked({{"apiToken", "x"}, {"list", {{{"Password", "y"}}}}, {"webhook_url", "http://h"}, {"path", "/a"}}),
      (Json{{"apiToken", "***"}, {"list", {{{"Password", "***"}}}}, {"webhook_url", "***"}, {"path", "/a"}}));
}

TEST(Masked, shows_which_target_of_the_server_is_meant) {
  Masker masker;
  const Json named = {{"webhookUrl", "target:alerts"}, {"githubToken", "secret:GITHUB_TOKEN"}};
  EXPECT_EQ(masker.masked(named), named);
  EXPECT_EQ(masker.masked({{"password", "secret:not a name"}}), (Json{{"password", "***"}}));
}

TEST(Masked, shows_numbers_and_truth_values_whatever_their_names) {
  Masker masker;
  const Json plain = {{"maxTokens", 4096}, {"usesCookies", true}, {"token", nullptr}, {"passwords", {1, 2.5}}};
  EXPECT_EQ(masker.masked(plain), plain);
}

TEST(Masked, hides_all_texts_below_what_names_give_away) {
  Masker masker;
  const Json given = parse_json(R"({"credentials":{"user":"ann","ports":[1,"a"]},"webhooks":["http://h"],
                                    "webhook":{"ref":"v1","hookToken":"x"}})")
                         .value();
  EXPECT_EQ(dump_json(masker.masked(given)), R"({"credentials":{"user":"***","ports":[1,"***"]},"webhooks":["***"],)"
                                             R"("webhook":{"ref":"v1","hookToken":"***"}})");
}

TEST(Masked, hides_what_the_scanner_takes_for_a_secret_under_any_name) {
  const std::string token = "ghp_x7Kq2mVb9TzR4wLs8NcJ5yHd3FgP6aE1uXoQ";
  const Json input = {{"note", "deploy with " + token + " please"},
                      {"steps", {token, "postgres://admin:Xk29vLq7Zt@db.internal/shop"}},
                      {"commit", "3f786850e387550fdab836ed7e6dc881de23001b"},
                      {"count", 3}};
  Masker masker;
  const Json shown = masker.masked(input);
  EXPECT_EQ(shown["note"], "deploy with ghp_****oQ please");
  EXPECT_EQ(dump_json(shown).find("Xk29vLq7Zt"), std::string::npos) << dump_json(shown);
  EXPECT_EQ(dump_json(shown).find(token), std::string::npos) << dump_json(shown);
  EXPECT_EQ(shown["commit"], input["commit"]);
  EXPECT_EQ(shown["count"], 3);
}

}  // namespace
}  // namespace commandcenter::outbox
