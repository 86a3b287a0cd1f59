// What is kept and what goes: finished runs by age, the files of large outputs, revisions of agents; and what an agent
// says while it works.
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

#include "base/test_folder.h"
#include "engine/engine_test.h"
#include "store/sqlite/sqlite.h"

namespace commandcenter::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kDay_ms = 86'400'000;

class KeepTest : public EngineTest {
 protected:
  void SetUp() override {
    config_.keep_finished_ms = 10 * kDay_ms;
    artifacts_ = std::move(*store::ArtifactFolder::open(top_ + "/artifacts"));
    boot();
  }
  void TearDown() override { engine_.reset(); }
  void boot() {
    engine_.reset();
    launcher_.launches.clear();
    engine_ =
        std::make_unique<Engine>(config_, Seams{store_, clock_, entropy_, launcher_, *bus_, log_, artifacts_.get()});
    ASSERT_TRUE(engine_->recover());
  }
  std::string start(const std::string& workflow, Json context = Json::object()) {
    TriggerRun message;
    message.workflow = workflow;
    message.context = std::move(context);
    const auto view = ask<RunView>(std::move(message));
    EXPECT_TRUE(view && *view) << (view && !*view ? view->error().message : "");
    return view && *view ? (*view)->run_id : std::string();
  }
  void register_worker(std::int64_t heartbeat_ms = 0, bool replace = false, const std::string& version = "1.0.0") {
    agent::Agent worker;
    worker.name = "worker";
    worker.version = version;
    worker.command = {"/bin/true"};
    worker.folder = "/agents/x";
    worker.heartbeat_ms = heartbeat_ms;
    worker.capabilities.push_back({"work", std::nullopt, Json::object(), Json::object()});
    RegisterAgent message;
    message.agent = std::move(worker);
    message.replace = replace;
    ASSERT_TRUE(ask<agent::Agent>(std::move(message)).value());
  }
  std::size_t files() {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(top_ + "/artifacts"))
      count += entry.is_regular_file() ? 1U : 0U;
    return count;
  }
  store::NodeRunRow node(const std::string& run_id, const std::string& name) {
    for (store::NodeRunRow& row : rows<store::NodeRunRow>({.table = store::Table::kNodeRuns, .run_id = run_id})) {
      if (row.node == name) return row;
    }
    ADD_FAILURE() << "no node " << name;
    return {};
  }
  static std::string large(char filler) {
    return fmt::format(R"({{"count":7,"text":"{}"}})", std::string(kInlineOutput_bytes, filler));
  }

  TestFolder temporary_;
  const std::string top_ = temporary_.path;
  std::unique_ptr<store::ArtifactFolder> artifacts_;
};

constexpr const char* kTwoSteps = R"({"name":"two","trigger":"manual","nodes":[
  {"id":"a","agent":"worker","action":"work","input":{}},
  {"id":"gate","transform":{"n":"{{ a.output.count }}"},"dependsOn":["a"],"approvalRequired":true}]})";

TEST_F(KeepTest, finished_runs_go_when_they_are_old_and_nothing_else_does) {
  create_workflow(kOneStep);
  create_workflow(
      R"({"name":"gate","trigger":"manual","nodes":[
        {"id":"a","transform":{"n":1},"approval":{"required":true,"expires":"700h"}}]})");
  const std::string old_run = start("one-step");
  const std::string waiting = start("gate");
  const std::string original = start("one-step");
  pass(9 * kDay_ms);
  // A run that repeats the original keeps it.
  auto repeat = rows<store::RunRow>({.table = store::Table::kRuns, .id = original}).at(0);
  repeat.id = "repeat";
  repeat.retry_of = original;
  repeat.started_at_ms = clock_.now_ms;
  repeat.finished_at_ms = clock_.now_ms;
  ASSERT_TRUE(store_.commit({{repeat}, {}}));
  pass(2 * kDay_ms);
  pass(60'000);
  EXPECT_EQ(count({.table = store::Table::kRuns, .id = old_run}), 0);
  EXPECT_EQ(count({.table = store::Table::kEvents, .run_id = old_run}), 0);
  EXPECT_EQ(count({.table = store::Table::kRuns, .id = original}), 1);
  EXPECT_EQ(count({.table = store::Table::kRuns, .id = "repeat"}), 1);
  ASSERT_EQ(count({.table = store::Table::kRuns, .id = waiting}), 1) << "unfinished, whatever its age";
  pass(9 * kDay_ms);
  for (int i = 0; i < 5; ++i)
    pass(60'000);
  EXPECT_EQ(count({.table = store::Table::kRuns, .id = "repeat"}), 0);
  EXPECT_EQ(count({.table = store::Table::kRuns, .id = original}), 0) << "nothing repeats it any more";
}

// Pitfall B20: an outage of NATS that is longer than runs are kept loses no event.
TEST_F(KeepTest, a_run_stays_until_the_outbox_has_told_of_it) {
  create_workflow(kOneStep);
  const std::string told = start("one-step");
  const auto last = rows<store::EventRow>({.table = store::Table::kEvents, .run_id = told}).back().position;
  const std::string untold = start("one-step");
  const auto read_until = [&](std::int64_t position) {
    Record record;
    record.puts.push_back(
        {std::string(kReadersSpace), "position.nats", fmt::format(R"({{"position":{}}})", position), 0, {}});
    ASSERT_TRUE(ask<bool>(std::move(record)).value());
  };
  read_until(last);
  pass(11 * kDay_ms);
  pass(60'000);
  EXPECT_EQ(count({.table = store::Table::kRuns, .id = told}), 0);
  EXPECT_EQ(count({.table = store::Table::kRuns, .id = untold}), 1);
  read_until(last + 100);
  pass(60'000);
  pass(60'000);
  EXPECT_EQ(count({.table = store::Table::kRuns, .id = untold}), 0);
}

TEST_F(KeepTest, a_failed_deletion_is_tried_again) {
  create_workflow(kOneStep);
  start("one-step");
  clock_.now_ms += 11 * kDay_ms;
  store_.fail_next_commits(1, ErrorCode::kUnavailable);
  settle();
  EXPECT_EQ(count({.table = store::Table::kRuns}), 1);
  pass(60'000);
  pass(60'000);
  EXPECT_EQ(count({.table = store::Table::kRuns}), 0);
}

TEST_F(KeepTest, a_large_output_is_a_file_that_templates_read_also_after_a_restart) {
  register_worker();
  create_workflow(kTwoSteps);
  const std::string run_id = start("two");
  launcher_.succeed(large('x'));
  settle();
  const store::NodeRunRow a = node(run_id, "a");
  EXPECT_EQ(a.status, "SUCCESS");
  EXPECT_LT(a.output.size(), 300U) << "the row names the file";
  const auto artifacts = rows<store::ArtifactRow>({.table = store::Table::kArtifacts, .run_id = run_id});
  ASSERT_EQ(artifacts.size(), 1U);
  EXPECT_EQ(artifacts[0].name, "output.json");
  EXPECT_EQ(artifacts_->read(artifacts[0].hash).value(), large('x'));
  for (const store::EventRow& event : rows<store::EventRow>({.table = store::Table::kEvents, .run_id = run_id}))
    EXPECT_LT(event.document.size(), 2'000U);

  boot();  // the run is rebuilt from its journal and the file
  DecideApproval yes;
  yes.approval_id = rows<store::ApprovalRow>({.table = store::Table::kApprovals}).at(0).id;
  yes.approved = true;
  ASSERT_TRUE(ask<store::ApprovalRow>(std::move(yes)).value());
  EXPECT_EQ(node(run_id, "gate").output, R"({"n":7})");
  EXPECT_EQ(node(run_id, "a").output, a.output);
}

TEST_F(KeepTest, a_file_goes_with_the_last_run_that_names_it) {
  register_worker();
  create_workflow(
      R"({"name":"one","trigger":"manual","nodes":[{"id":"a","agent":"worker","action":"work","input":{}}]})");
  start("one");
  launcher_.succeed(large('x'));
  settle();
  pass(5 * kDay_ms);
  start("one");
  launcher_.succeed(large('x'));
  settle();
  EXPECT_EQ(files(), 1U);
  EXPECT_EQ(count({.table = store::Table::kArtifacts}), 2);
  pass(6 * kDay_ms);
  pass(60'000);
  EXPECT_EQ(count({.table = store::Table::kRuns}), 1);
  EXPECT_EQ(files(), 1U) << "one run still names it";
  pass(6 * kDay_ms);
  pass(60'000);
  EXPECT_EQ(count({.table = store::Table::kRuns}), 0);
  EXPECT_EQ(files(), 0U);
}

TEST_F(KeepTest, a_crash_before_the_commit_leaves_a_file_that_goes_at_the_next_start) {
  register_worker();
  create_workflow(kTwoSteps);
  start("two");
  launcher_.succeed(large('y'));
  EXPECT_EQ(files(), 1U);
  artifacts_ = std::move(*store::ArtifactFolder::open(top_ + "/artifacts"));  // nobody holds it in the next life
  boot();
  EXPECT_EQ(files(), 0U);
  EXPECT_EQ(count({.table = store::Table::kArtifacts}), 0);
}

TEST_F(KeepTest, an_end_that_could_not_be_recorded_keeps_its_file) {
  register_worker();
  create_workflow(kTwoSteps);
  const std::string run_id = start("two");
  store_.fail_next_commits(1, ErrorCode::kUnavailable);
  launcher_.succeed(large('z'));
  settle();
  EXPECT_EQ(count({.table = store::Table::kArtifacts}), 0);
  EXPECT_EQ(files(), 1U);
  pass(2'000);
  EXPECT_EQ(node(run_id, "a").status, "SUCCESS");
  EXPECT_EQ(count({.table = store::Table::kArtifacts}), 1);
}

// A full disk refuses again and again: the log says so once, and that the node ended when that is recorded.
TEST_F(KeepTest, the_log_tells_of_an_end_when_it_is_recorded) {
  const int file = ::open((top_ + "/log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  observe::Log log(clock_, file, observe::Level::kInfo);
  engine_.reset();
  engine_ = std::make_unique<Engine>(config_, Seams{store_, clock_, entropy_, launcher_, *bus_, log, artifacts_.get()});
  EXPECT_TRUE(engine_->recover());
  const auto told = [&](const std::string& message) {
    const std::string text = temporary_.read("log");
    const std::string member = fmt::format(R"("message":"{}")", message);
    std::size_t times = 0;
    for (std::size_t at = text.find(member); at != std::string::npos; at = text.find(member, at + 1))
      ++times;
    return times;
  };
  register_worker();
  create_workflow(kTwoSteps);
  const std::string run_id = start("two");
  store_.fail_next_commits(1'000, ErrorCode::kUnavailable);
  launcher_.succeed(R"({"count":7})");
  settle();
  for (int retry = 0; retry < 3; ++retry)
    pass(config_.store_retry_ms);
  EXPECT_EQ(told("node ended"), 0U);
  EXPECT_EQ(told("the store refused a transaction"), 1U);
  EXPECT_EQ(told("the store takes transactions again"), 0U);
  store_.fail_next_commits(0, ErrorCode::kUnavailable);
  pass(config_.store_retry_ms);
  EXPECT_EQ(node(run_id, "a").status, "SUCCESS");
  EXPECT_EQ(told("node ended"), 1U);
  EXPECT_EQ(told("the store refused a transaction"), 1U);
  EXPECT_EQ(told("the store takes transactions again"), 1U);
  EXPECT_NE(temporary_.read("log").find(R"("refused":4)"), std::string::npos) << temporary_.read("log");
  engine_.reset();
  ::close(file);
}

TEST_F(KeepTest, every_revision_of_an_agent_is_kept) {  // pitfall B9, for agents
  register_worker();
  register_worker(0, true, "1.1.0");
  const auto agents = rows<store::AgentRow>({.table = store::Table::kAgents, .name = "worker"});
  ASSERT_EQ(agents.size(), 1U);
  DeleteAgent gone;
  gone.id = agents[0].id;
  ASSERT_TRUE(ask<bool>(std::move(gone)).value());
  const auto versions = rows<store::AgentVersionRow>({.table = store::Table::kAgentVersions, .id = agents[0].id});
  ASSERT_EQ(versions.size(), 2U);
  EXPECT_EQ(string_member(*parse_json(versions[0].document), "version"), "1.0.0");
  EXPECT_EQ(string_member(*parse_json(versions[1].document), "version"), "1.1.0");
}

TEST_F(KeepTest, progress_is_shown_at_a_bounded_rate_and_is_not_log) {
  register_worker();
  create_workflow(kTwoSteps);
  std::vector<std::string> heard;
  ASSERT_TRUE(bus_->subscribe("run.*", [&](const bus::Message& message) {
    if (message.payload.find("\"progress\"") != std::string::npos) heard.push_back(message.payload);
  }));
  const std::string run_id = start("two");
  const auto say = [&](const std::string& line) { launcher_.launches.begin()->second.callbacks.on_log(line); };
  const auto shown = [&] {
    const auto detail = parse_json(node(run_id, "a").detail);
    return detail && detail->contains("progress") ? (*detail)["progress"].value("fraction", -1.0) : -1.0;
  };
  say(R"({"progress": 0.1, "message": "reading"})");
  say("a line of the log");
  settle();
  EXPECT_EQ(shown(), 0.1);
  for (int i = 2; i <= 90; ++i) {
    say(fmt::format(R"({{"progress": {}}})", i / 100.0));
    settle();
  }
  EXPECT_EQ(shown(), 0.1) << "not yet again";
  EXPECT_EQ(heard.size(), 1U);
  pass(500);
  EXPECT_EQ(shown(), 0.9) << "the latest, without another line";
  EXPECT_EQ(heard.size(), 2U);
  say(R"({"progress": 7})");
  say(R"({"progress": 0.95})");
  launcher_.succeed("{\"count\":1}");
  settle();
  EXPECT_EQ(shown(), 0.95);
  const auto logs = rows<store::LogRow>({.table = store::Table::kLogs, .run_id = run_id});
  std::string text;
  for (const store::LogRow& row : logs)
    text += row.text;
  EXPECT_EQ(text, "a line of the log\n{\"progress\": 7}\n") << "what is no progress is log";
}

TEST_F(KeepTest, an_agent_that_is_silent_for_too_long_is_killed) {
  register_worker(5'000);
  create_workflow(kTwoSteps);
  const std::string run_id = start("two");
  const auto say = [&](const std::string& line) { launcher_.launches.begin()->second.callbacks.on_log(line); };
  pass(4'000);
  say("still here");
  pass(4'000);
  say(R"({"progress": 0.5})");
  pass(4'999);
  EXPECT_TRUE(launcher_.killed.empty());
  pass(1);
  ASSERT_EQ(launcher_.killed.size(), 1U);
  sandbox::Exit exit;
  exit.kind = sandbox::ExitKind::kKilled;
  exit.message = "killed";
  launcher_.end(std::move(exit));
  settle();
  const store::NodeRunRow a = node(run_id, "a");
  EXPECT_EQ(a.status, "FAILED");
  EXPECT_EQ(a.reason, "heartbeat");
  EXPECT_NE(a.error.find("5000 ms"), std::string::npos) << a.error;
}

// Feature: retention at the size it is for. Every turn is short, whatever there is to delete.
TEST_F(KeepTest, ten_thousand_runs_go_in_small_batches) {
  auto disk = store::open_sqlite(top_ + "/data");
  ASSERT_TRUE(disk) << disk.error().message;
  constexpr int kRuns = 10'000;
  for (int from = 0; from < kRuns; from += 500) {
    store::Batch batch;
    for (int i = from; i < from + 500; ++i) {
      store::RunRow run;
      run.id = fmt::format("run{:05}", i);
      run.workflow_id = "w";
      run.status = "SUCCESS";
      run.finished = i % 100 != 0;
      run.started_at_ms = clock_.now_ms + i;
      if (run.finished) run.finished_at_ms = clock_.now_ms + i;
      if (!run.finished) run.status = "WAITING_APPROVAL";
      batch.puts.emplace_back(std::move(run));
      for (std::int64_t n = 1; n <= 3; ++n)
        batch.puts.emplace_back(store::EventRow{0, fmt::format("run{:05}", i), n, 1, "x", "{}"});
      store::NodeRunRow node;
      node.id = fmt::format("node{:05}", i);
      node.run_id = fmt::format("run{:05}", i);
      node.node = "a";
      node.status = "SUCCESS";
      node.finished = true;
      batch.puts.emplace_back(std::move(node));
      batch.puts.emplace_back(store::LogRow{fmt::format("node{:05}", i), fmt::format("run{:05}", i), 1, 1, "line\n"});
    }
    ASSERT_TRUE((*disk)->commit(batch));
  }
  clock_.now_ms += 11 * kDay_ms;
  Engine engine(config_, Seams{**disk, clock_, entropy_, launcher_, *bus_, log_, artifacts_.get()});
  ASSERT_TRUE(engine.recover());
  SystemClock watch;
  std::int64_t longest_ms = 0;
  int turns = 0;
  while ((*disk)->count({.table = store::Table::kRuns}).value() > kRuns / 100 && turns < 2'000) {
    const std::int64_t before_ms = watch.monotonic_ms();
    engine.turn();
    longest_ms = std::max(longest_ms, watch.monotonic_ms() - before_ms);
    clock_.now_ms += 50;
    ++turns;
  }
  EXPECT_EQ((*disk)->count({.table = store::Table::kRuns}).value(), kRuns / 100) << "the unfinished ones";
  EXPECT_EQ((*disk)->count({.table = store::Table::kEvents}).value(), 3 * kRuns / 100);
  EXPECT_GE(turns, kRuns * 99 / 100 / 20) << "at most 20 runs in one transaction";
  RecordProperty("longest_turn_ms", std::to_string(longest_ms));
  std::printf("longest turn %lld ms in %d turns\n", static_cast<long long>(longest_ms), turns);
}

}  // namespace
}  // namespace commandcenter::engine
