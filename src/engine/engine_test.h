// An engine for tests: everything around it is a fake that the test holds in its hands, and a turn is taken when the
// test says so. One thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "engine/engine.h"
#include "store/memory/faulty_store.h"
#include "store/memory/memory.h"

namespace commandcenter::engine {

class HandClock final : public Clock {
 public:
  std::int64_t wall_ms() override { return now_ms; }
  std::int64_t monotonic_ms() override { return now_ms; }
  std::int64_t now_ms = 1'767'225'600'000;
};

class CountingEntropy final : public Entropy {
 public:
  void fill(std::span<std::uint8_t> bytes) override {
    ++calls_;
    for (std::size_t i = 0; i < bytes.size(); ++i)
      bytes[i] = static_cast<std::uint8_t>(i < 8 ? calls_ >> (8 * i) : 0);
  }

 private:
  std::uint64_t calls_ = 0;
};

// Keeps what was started; the test says how it ends.
class HeldLauncher final : public sandbox::Launcher {
 public:
  struct Launch {
    sandbox::LaunchSpec spec;
    sandbox::LaunchCallbacks callbacks;
  };

  sandbox::LaunchId start(sandbox::LaunchSpec spec, sandbox::LaunchCallbacks callbacks) override {
    launches.emplace(++last_, Launch{std::move(spec), std::move(callbacks)});
    return last_;
  }
  void kill(sandbox::LaunchId id) override { killed.push_back(id); }
  sandbox::Tier tier() const override { return sandbox::Tier::kNamespaces; }

  // The oldest launch under way ends.
  void end(sandbox::Exit exit) {
    ASSERT_FALSE(launches.empty());
    Launch launch = std::move(launches.begin()->second);
    launches.erase(launches.begin());
    launch.callbacks.on_exit(std::move(exit));
  }
  void succeed(std::string output) {
    sandbox::Exit exit;
    exit.kind = sandbox::ExitKind::kExited;
    exit.standard_output = std::move(output);
    end(std::move(exit));
  }

  std::map<sandbox::LaunchId, Launch> launches;
  std::vector<sandbox::LaunchId> killed;

 private:
  sandbox::LaunchId last_ = 0;
};

class EngineTest : public testing::Test {
 protected:
  void SetUp() override { boot(); }

  // A new engine over the same store, as after a crash.
  void boot() {
    engine_.reset();
    launcher_.launches.clear();
    engine_ = std::make_unique<Engine>(config_, Seams{store_, clock_, entropy_, launcher_, *bus_, log_});
    ASSERT_TRUE(engine_->recover());
  }

  void settle() {
    while (engine_->turn()) {
    }
  }
  void pass(std::int64_t time_ms) {
    clock_.now_ms += time_ms;
    settle();
  }

  // The replies come into `answers` in the order in which they are given.
  template <typename T>
  static Reply<T> into(std::vector<Result<T>>& answers) {
    return [&answers](Result<T> answer) { answers.push_back(std::move(answer)); };
  }

  // Posts the message and takes turns; the reply, or nothing when none came.
  template <typename T, typename M>
  std::optional<Result<T>> ask(M message) {
    auto answer = std::make_shared<std::optional<Result<T>>>();
    message.reply = [answer](Result<T> result) { *answer = std::move(result); };
    EXPECT_TRUE(engine_->post(std::move(message)));
    settle();
    return *answer;
  }

  std::string create_workflow(const std::string& json) {
    const auto document = parse_json(json);
    EXPECT_TRUE(document) << document.error().message;
    auto definition = workflow::parse_definition(*document);
    EXPECT_TRUE(definition) << workflow::describe(definition.error());
    CreateWorkflow message;
    message.definition = std::move(*definition);
    message.problems = [](const std::vector<workflow::Problem>& problems) {
      ADD_FAILURE() << workflow::describe(problems);
    };
    const auto row = ask<store::WorkflowRow>(std::move(message));
    EXPECT_TRUE(row && *row);
    return row && *row ? (*row)->id : std::string();
  }

  template <typename T>
  std::vector<T> rows(store::Query query) {
    auto found = store::read_all<T>(store_, query);
    EXPECT_TRUE(found) << found.error().message;
    return found ? std::move(*found) : std::vector<T>{};
  }
  std::int64_t count(const store::Query& query) { return store_.count(query).value_or(-1); }

  HandClock clock_;
  CountingEntropy entropy_;
  HeldLauncher launcher_;
  observe::Log log_{clock_, -1, observe::Level::kError};
  store::FaultyStore store_{store::make_memory_store()};
  std::unique_ptr<bus::Bus> bus_ = bus::make_in_process_bus();
  Config config_;
  std::unique_ptr<Engine> engine_;
};

// One step that needs no agent; the run has ended when its trigger is answered.
inline constexpr const char* kOneStep =
    R"({"name":"one-step","trigger":"manual","nodes":[{"id":"a","transform":{"n":"{{ context.n ?? 0 }}"}}]})";
// One step that waits for a person.
inline constexpr const char* kGate =
    R"({"name":"gate","trigger":"manual","nodes":[{"id":"a","transform":{"n":1},"approvalRequired":true}]})";

}  // namespace commandcenter::engine
