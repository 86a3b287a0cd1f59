// What every Launcher promises, as a suite that each implementation passes: the real one with and without namespaces,
// and fakes. A subject says how to get a launcher and which spec makes its programs behave in a given way.
//
//   INSTANTIATE_TEST_SUITE_P(Mine, LauncherConformance, testing::Values(LauncherSubject{"mine", make_mine}),
//   subject_name);
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "sandbox/launch_watch.h"
#include "sandbox/sandbox.h"

namespace commandcenter::sandbox {

class LauncherUnderTest {
 public:
  virtual ~LauncherUnderTest() = default;
  virtual Launcher& launcher() = 0;
  virtual void destroy_launcher() = 0;

  virtual LaunchSpec echo(std::string input) = 0;  // standard input comes out again
  virtual LaunchSpec exit_with(int code) = 0;
  virtual LaunchSpec log(const std::string& bytes) = 0;    // to standard error, then ends well
  virtual LaunchSpec run_for_ever() = 0;                   // logs "ready" first
  virtual LaunchSpec answer(std::int64_t size_bytes) = 0;  // that much on standard output
  virtual LaunchSpec missing_program() = 0;
};

struct LauncherSubject {
  std::string name;
  std::function<std::unique_ptr<LauncherUnderTest>()> make;
};

inline std::string subject_name(const testing::TestParamInfo<LauncherSubject>& info) {
  return info.param.name;
}

class LauncherConformance : public testing::TestWithParam<LauncherSubject> {
 protected:
  Exit run(LaunchSpec spec) {
    subject_->launcher().start(std::move(spec), watch_.callbacks());
    const std::optional<Exit> exit = watch_.exit();
    EXPECT_TRUE(exit.has_value()) << "no exit was told";
    return exit.value_or(Exit{});
  }

  LaunchWatch watch_;
  std::unique_ptr<LauncherUnderTest> subject_ = GetParam().make();
};

TEST_P(LauncherConformance, HandsInputOverAndBringsTheAnswerBack) {
  std::string input = "{\"text\":\"\xc3\xa4\"}\n";
  input.push_back('\0');
  const Exit exit = run(subject_->echo(input));
  EXPECT_EQ(exit.kind, ExitKind::kExited);
  EXPECT_EQ(exit.exit_code, 0);
  EXPECT_EQ(exit.message, "");
  EXPECT_EQ(exit.standard_output, input);
}

TEST_P(LauncherConformance, MovesMoreThanAPipeHolds) {
  const std::string input(3'000'000, 'x');
  const Exit exit = run(subject_->echo(input));
  EXPECT_EQ(exit.kind, ExitKind::kExited);
  EXPECT_TRUE(exit.standard_output == input);
}

TEST_P(LauncherConformance, TellsTheExitCode) {
  const Exit exit = run(subject_->exit_with(7));
  EXPECT_EQ(exit.kind, ExitKind::kExited);
  EXPECT_EQ(exit.exit_code, 7);
  EXPECT_EQ(exit.message, "exited with code 7");
}

TEST_P(LauncherConformance, TellsLogLinesInOrderThenTheExitFromItsOwnThread) {
  run(subject_->log("one\n\ntwo\r\nthree without an end"));
  EXPECT_EQ(watch_.lines(), (std::vector<std::string>{"one", "", "two", "three without an end"}));
  EXPECT_FALSE(watch_.log_after_exit());
  EXPECT_EQ(watch_.exit_count(), 1U);
  EXPECT_NE(watch_.thread(), std::this_thread::get_id());
}

TEST_P(LauncherConformance, PassesInvalidBytesOfTheLogOn) {
  run(subject_->log("\xff\xfe\x01\n"));
  EXPECT_EQ(watch_.lines(), std::vector<std::string>{"\xff\xfe\x01"});
}

TEST_P(LauncherConformance, CutsLongLines) {
  LaunchSpec spec = subject_->log("aaaabbbbcc\ndddd\n");
  spec.limits.log_line_bytes = 4;
  run(std::move(spec));
  EXPECT_EQ(watch_.lines(), (std::vector<std::string>{"aaaa", "bbbb", "cc", "dddd"}));
}

TEST_P(LauncherConformance, EndsAnAnswerThatIsTooLong) {
  LaunchSpec spec = subject_->answer(1'000'000);
  spec.limits.stdout_bytes = 4096;
  const Exit exit = run(std::move(spec));
  EXPECT_EQ(exit.kind, ExitKind::kLimit);
  EXPECT_EQ(exit.limit, "stdout");
  EXPECT_EQ(exit.message, "wrote more than 4 KiB to standard output (limit stdout)");
  EXPECT_EQ(exit.standard_output.size(), 4096U);
}

TEST_P(LauncherConformance, TakesAnAnswerAsLongAsTheLimit) {
  LaunchSpec spec = subject_->answer(4096);
  spec.limits.stdout_bytes = 4096;
  const Exit exit = run(std::move(spec));
  EXPECT_EQ(exit.kind, ExitKind::kExited);
  EXPECT_EQ(exit.standard_output.size(), 4096U);
}

TEST_P(LauncherConformance, EndsALogThatIsTooLong) {
  LaunchSpec spec = subject_->log(std::string(1000, 'x') + "\n" + std::string(100'000, 'y'));
  spec.limits.log_bytes = 1100;
  const Exit exit = run(std::move(spec));
  EXPECT_EQ(exit.kind, ExitKind::kLimit);
  EXPECT_EQ(exit.limit, "log");
  EXPECT_EQ(exit.message, "wrote more than 1100 bytes to its log (limit log)");
  EXPECT_EQ(watch_.lines(), (std::vector<std::string>{std::string(1000, 'x'), std::string(99, 'y')}));
}

TEST_P(LauncherConformance, EndsWhatRunsTooLong) {
  LaunchSpec spec = subject_->run_for_ever();
  spec.limits.timeout_ms = 300;
  const Exit exit = run(std::move(spec));
  EXPECT_EQ(exit.kind, ExitKind::kLimit);
  EXPECT_EQ(exit.limit, "timeout");
  EXPECT_EQ(exit.message, "ran longer than 300 ms (limit timeout)");
  EXPECT_GE(exit.duration_ms, 300);
}

TEST_P(LauncherConformance, KillsOnRequest) {
  const LaunchId id = subject_->launcher().start(subject_->run_for_ever(), watch_.callbacks());
  ASSERT_TRUE(watch_.logged("ready"));
  subject_->launcher().kill(id);
  subject_->launcher().kill(id);
  const std::optional<Exit> exit = watch_.exit();
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->kind, ExitKind::kKilled);
  subject_->launcher().kill(id);
  subject_->launcher().kill(id + 1'000'000);
  LaunchWatch next;
  subject_->launcher().start(subject_->exit_with(0), next.callbacks());
  ASSERT_TRUE(next.exit().has_value());
  EXPECT_EQ(watch_.exit_count(), 1U);
}

TEST_P(LauncherConformance, KillsWhatWasOnlyJustAskedFor) {
  const LaunchId id = subject_->launcher().start(subject_->run_for_ever(), watch_.callbacks());
  subject_->launcher().kill(id);
  const std::optional<Exit> exit = watch_.exit();
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->kind, ExitKind::kKilled);
}

TEST_P(LauncherConformance, SaysThatAProgramDoesNotExist) {
  const Exit exit = run(subject_->missing_program());
  EXPECT_EQ(exit.kind, ExitKind::kNotStarted);
  EXPECT_NE(exit.message.find("was not found"), std::string::npos) << exit.message;
  EXPECT_TRUE(watch_.lines().empty());
}

TEST_P(LauncherConformance, RefusesAnImpossibleSpecInTheSameWay) {
  LaunchSpec spec = subject_->exit_with(0);
  spec.argv.clear();
  const Exit exit = run(std::move(spec));
  EXPECT_EQ(exit.kind, ExitKind::kNotStarted);
  EXPECT_EQ(exit.message, "there is no program to run: argv is empty");
}

TEST_P(LauncherConformance, EndsEveryOneOfManyExactlyOnce) {
  constexpr int kLaunches = 200;
  constexpr std::size_t kAtOnce = 20;
  std::vector<LaunchWatch> watches(kLaunches);
  for (std::size_t i = 0; i < watches.size(); ++i) {
    if (i >= kAtOnce) {
      ASSERT_TRUE(watches[i - kAtOnce].exit().has_value());
    }
    subject_->launcher().start(subject_->echo(std::to_string(i)), watches[i].callbacks());
  }
  for (std::size_t i = 0; i < watches.size(); ++i) {
    const std::optional<Exit> exit = watches[i].exit();
    ASSERT_TRUE(exit.has_value()) << i;
    EXPECT_EQ(exit->kind, ExitKind::kExited) << exit->message;
    EXPECT_EQ(exit->standard_output, std::to_string(i));
    EXPECT_EQ(watches[i].exit_count(), 1U);
  }
}

TEST_P(LauncherConformance, TellsTheExitOfWhatStillRunsWhenItIsDestroyed) {
  subject_->launcher().start(subject_->run_for_ever(), watch_.callbacks());
  ASSERT_TRUE(watch_.logged("ready"));
  subject_->destroy_launcher();
  ASSERT_EQ(watch_.exit_count(), 1U);
  EXPECT_EQ(watch_.exit()->kind, ExitKind::kKilled);
}

}  // namespace commandcenter::sandbox
