// Bubblewrap that is loaded once: all tests of sandboxes run through it; here is what concerns only itself.
#include <sys/types.h>

#include <csignal>
#include <filesystem>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "sandbox/launch_check.h"
#include "sandbox/sandbox_fixture.h"

namespace commandcenter::sandbox {
namespace {

class ZygoteTest : public SandboxTest {
 protected:
  // The helper's child that waits for orders; -1: there is none.
  static pid_t zygote() {
    const std::string parent = "PPid:\t" + std::to_string(helper_pid()) + "\n";
    for (const pid_t pid : processes_with(parent, "status")) {
      if (file_text("/proc/" + std::to_string(pid) + "/comm") == "cc-zygote\n") return pid;
    }
    return -1;
  }
  static auto open_files(pid_t pid) {
    return std::distance(std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd"), {});
  }
};

TEST_F(ZygoteTest, ServesAllLaunchesAndKeepsNothingOfThem) {
  output_of(shell("true"));
  const pid_t first = zygote();
  ASSERT_GT(first, 0);
  const auto before = open_files(first);
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(output_of(shell("echo fine")), "fine\n");
  EXPECT_EQ(zygote(), first);
  EXPECT_EQ(open_files(first), before);
}

TEST_F(ZygoteTest, IsReplacedWhenItDies) {
  output_of(shell("true"));
  const pid_t first = zygote();
  ASSERT_GT(first, 0);
  ::kill(first, SIGKILL);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(output_of(shell("echo fine")), "fine\n");
  EXPECT_GT(zygote(), 0);
  EXPECT_NE(zygote(), first);
}

TEST_F(ZygoteTest, ProgramsSeeNothingOfIt) {
  EXPECT_EQ(output_of(shell("env; ls /proc/self/fd | wc -l; grep -c zygote /proc/self/maps; true")),
            "PATH=/usr/bin:/bin\nPWD=/workspace\n4\n0\n");
}

TEST_F(ZygoteTest, ProcessListsShowNothingOfAProgramButItself) {
  const std::string duration = unique_duration();
  const LaunchId id = launcher_->start(shell("sleep " + duration + " & echo ready >&2; wait"), watch_.callbacks());
  ASSERT_TRUE(watch_.logged("ready"));
  EXPECT_EQ(at_least(2, duration).size(), 2U) << "the shell and its child, and not bubblewrap";
  launcher_->kill(id);
  EXPECT_EQ(watch_.exit().value_or(Exit{}).kind, ExitKind::kKilled);
}

TEST_F(ZygoteTest, AsManySecretsAsAreAllowedFitWithFewOpenFiles) {
  LaunchSpec spec = shell("cat /run/secrets/* | wc -c; ulimit -n");
  for (std::size_t i = 0; i < kMaxSecrets; ++i)
    spec.secrets.push_back({"TOKEN" + std::to_string(i), "long-enough-to-mask-" + std::to_string(100 + i)});
  spec.limits.open_files = kLeastLimits.open_files;
  EXPECT_EQ(output_of(spec), std::to_string(kMaxSecrets * 23) + "\n" + std::to_string(kLeastLimits.open_files) + "\n");
}

}  // namespace
}  // namespace commandcenter::sandbox
