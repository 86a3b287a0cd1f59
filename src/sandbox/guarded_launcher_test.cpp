// Pitfall B1, feature 73: launches wait while no sandbox can be made, and nothing is lost.
#include "sandbox/guarded_launcher.h"

#include <atomic>
#include <vector>

#include <gtest/gtest.h>

#include "sandbox/sandbox_fixture.h"

namespace commandcenter::sandbox {
namespace {

constexpr auto kPatience = std::chrono::seconds(30);

// Every launch ends at once, as the switch says.
class SwitchedLauncher final : public Launcher {
 public:
  ~SwitchedLauncher() override {
    for (std::thread& thread : threads_)
      thread.join();
  }
  LaunchId start(LaunchSpec spec, LaunchCallbacks callbacks) override {
    ++starts;
    const bool fails = broken || spec.label == "cursed";
    threads_.emplace_back([fails, callbacks = std::move(callbacks)] {
      Exit exit;
      exit.kind = fails ? ExitKind::kNotStarted : ExitKind::kExited;
      exit.infrastructure = fails;
      exit.exit_code = 1;  // the agent's own failure, which is no concern of the breaker
      exit.message = fails ? "no sandbox today" : "exited with code 1";
      if (!fails) callbacks.on_started();
      callbacks.on_exit(std::move(exit));
    });
    return static_cast<LaunchId>(starts);
  }
  void kill(LaunchId) override {}
  Tier tier() const override { return Tier::kNamespaces; }

  std::atomic<bool> broken = false;
  std::atomic<int> starts = 0;

 private:
  std::vector<std::thread> threads_;
};

class GuardedLauncherTest : public testing::Test {
 protected:
  template <typename Condition>
  bool soon(Condition condition) const {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }
  LaunchId start(LaunchWatch& watch, const std::string& label = "x") {
    LaunchSpec spec;
    spec.label = label;
    return guarded_.start(std::move(spec), watch.callbacks());
  }

  SystemClock clock_;
  SwitchedLauncher* inner_ = new SwitchedLauncher;  // owned by guarded_
  GuardedLauncher guarded_{std::unique_ptr<Launcher>(inner_), clock_, BreakerConfig{5, 120'000, 300, 3}};
};

TEST_F(GuardedLauncherTest, AgentsFailuresNeverOpenIt) {
  std::vector<LaunchWatch> watches(20);
  for (LaunchWatch& watch : watches) {
    start(watch);
    EXPECT_EQ(watch.exit().value_or(Exit{}).exit_code, 1);
  }
  EXPECT_EQ(guarded_.health().state, CircuitBreaker::State::kClosed);
  EXPECT_EQ(guarded_.health().failures_total, 0);
}

TEST_F(GuardedLauncherTest, LaunchesWaitWhileItIsOpenAndAllRunAfterwards) {
  inner_->broken = true;
  std::vector<LaunchWatch> watches(10);
  for (LaunchWatch& watch : watches)
    start(watch);
  ASSERT_TRUE(soon([&] { return guarded_.health().state == CircuitBreaker::State::kOpen; }));
  const RuntimeHealth open = guarded_.health();
  EXPECT_EQ(open.last_error, "no sandbox today");
  EXPECT_GE(open.failures_total, 5);
  EXPECT_TRUE(soon([&] { return guarded_.health().waiting >= 9; }));  // one may be a probe
  EXPECT_TRUE(guarded_.waits("x"));
  EXPECT_FALSE(guarded_.waits("y"));
  ASSERT_TRUE(soon([&] { return guarded_.health().trips_total >= 2; })) << "a failed probe opens it again";
  for (const LaunchWatch& watch : watches)
    EXPECT_EQ(watch.exit_count(), 0U);

  inner_->broken = false;
  for (const LaunchWatch& watch : watches)
    EXPECT_EQ(watch.exit().value_or(Exit{}).kind, ExitKind::kExited);
  EXPECT_EQ(guarded_.health().state, CircuitBreaker::State::kClosed);
  EXPECT_EQ(guarded_.health().waiting, 0);
}

TEST_F(GuardedLauncherTest, AWaitingLaunchCanBeKilled) {
  inner_->broken = true;
  std::vector<LaunchWatch> watches(6);
  std::vector<LaunchId> ids;
  for (LaunchWatch& watch : watches)
    ids.push_back(start(watch));
  ASSERT_TRUE(soon([&] { return guarded_.health().state == CircuitBreaker::State::kOpen; }));
  for (const LaunchId id : ids)
    guarded_.kill(id);
  for (const LaunchWatch& watch : watches) {
    ASSERT_TRUE(watch.exit().has_value());
    EXPECT_EQ(watch.exit_count(), 1U);
  }
}

TEST_F(GuardedLauncherTest, ALaunchThatFailsWhileOthersSucceedIsToldSo) {
  LaunchWatch cursed;
  start(cursed, "cursed");
  while (cursed.exit_count() == 0) {
    LaunchWatch fine;
    start(fine);
    ASSERT_TRUE(fine.exit().has_value());
  }
  EXPECT_EQ(cursed.exit()->kind, ExitKind::kNotStarted);
  EXPECT_EQ(cursed.exit()->message, "no sandbox today");
  EXPECT_EQ(guarded_.health().trips_total, 0);
}

TEST(GuardedRealLauncher, SurvivesBubblewrapGoingAwayAndComingBack) {
  const ScratchFolder tools;
  const std::string there = tools.path() + "/bwrap";
  std::filesystem::create_symlink("/usr/bin/bwrap", there);
  const std::string path = std::getenv("PATH") == nullptr ? "" : std::getenv("PATH");
  ::setenv("PATH", (tools.path() + ":" + path).c_str(), 1);
  SystemClock clock;
  SpawnHelper helper = std::move(*SpawnHelper::fork_now());
  GuardedLauncher launcher(make_launcher(helper, probe_sandbox()), clock, BreakerConfig{5, 120'000, 200, 3});
  ::setenv("PATH", path.c_str(), 1);

  LaunchWatch before;
  launcher.start(shell("exit 3"), before.callbacks());
  EXPECT_EQ(before.exit().value_or(Exit{}).exit_code, 3);
  std::filesystem::remove(there);
  LaunchWatch during;
  launcher.start(shell("exit 4"), during.callbacks());
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (launcher.health().trips_total == 0 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  EXPECT_EQ(launcher.health().last_error, "bubblewrap is not installed: apt-get install bubblewrap");
  EXPECT_EQ(during.exit_count(), 0U);
  std::filesystem::create_symlink("/usr/bin/bwrap", there);
  EXPECT_EQ(during.exit().value_or(Exit{}).exit_code, 4);
}

}  // namespace
}  // namespace commandcenter::sandbox
