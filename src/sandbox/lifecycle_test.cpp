// Ends of launches: that nothing survives, whoever dies first, and that every end says why.
#include <sys/wait.h>

#include <csignal>
#include <string>

#include "sandbox/sandbox_fixture.h"

namespace commandcenter::sandbox {
namespace {

using LifecycleTest = SandboxTest;

constexpr auto kSoon = std::chrono::milliseconds(5'000);

// Shell text that leaves a daemon in a session of its own behind, and goes on once that has happened.
std::string daemon(const std::string& duration) {
  return "up=$(setsid sh -c 'sleep " + duration + " >&2 & echo up'); ";
}

// Ignores SIGTERM and has left a daemon behind.
LaunchSpec stubborn(const std::string& duration) {
  return shell("trap '' TERM INT HUP; " + daemon(duration) + "sleep " + duration + " & echo ready >&2; wait");
}

TEST_F(LifecycleTest, ATimeoutLeavesNothingBehind) {
  const std::string duration = unique_duration();
  LaunchSpec spec = stubborn(duration);
  spec.limits.timeout_ms = 500;
  launcher_->start(spec, watch_.callbacks());
  ASSERT_TRUE(watch_.logged("ready"));
  const Exit exit = watch_.exit().value_or(Exit{});
  EXPECT_EQ(exit.kind, ExitKind::kLimit);
  EXPECT_EQ(exit.limit, "timeout");
  EXPECT_TRUE(processes_with(duration).empty()) << "the exit was told before the tree was gone";
}

TEST_F(LifecycleTest, AKillLeavesNothingBehind) {
  const std::string duration = unique_duration();
  const LaunchId id = launcher_->start(stubborn(duration), watch_.callbacks());
  ASSERT_TRUE(watch_.logged("ready"));
  at_least(3, duration);
  launcher_->kill(id);
  EXPECT_EQ(watch_.exit().value_or(Exit{}).kind, ExitKind::kKilled);
  EXPECT_TRUE(processes_with(duration).empty());
}

TEST_F(LifecycleTest, ADaemonDiesWithItsProgram) {
  const std::string duration = unique_duration();
  const Exit exit = run(shell(daemon(duration) + "exit 3"));
  EXPECT_EQ(exit.kind, ExitKind::kExited);
  EXPECT_EQ(exit.exit_code, 3);
  EXPECT_LT(exit.duration_ms, kSoon.count());
  EXPECT_TRUE(processes_with(duration).empty());
}

// These hold no pipe, so only waiting for the namespace itself can tell that they are gone.
TEST_F(LifecycleTest, TheExitIsToldAfterTheLastProcessIsGone) {
  const std::string duration = unique_duration();
  const Exit exit = run(shell("i=0; while [ $i -lt 60 ]; do i=$((i+1)); sleep " + duration +
                              " >/dev/null 2>&1 </dev/null & done; exit 3"));
  EXPECT_TRUE(processes_with(duration).empty());
  EXPECT_EQ(exit.exit_code, 3);
}

TEST_F(LifecycleTest, WhenTheHelperDiesAllIsLostAndGone) {
  const std::string duration = unique_duration();
  LaunchWatch second;
  launcher_->start(stubborn(duration), watch_.callbacks());
  launcher_->start(stubborn(duration), second.callbacks());
  ASSERT_TRUE(watch_.logged("ready"));
  ASSERT_TRUE(second.logged("ready"));
  const Deaths deaths(at_least(6, duration));
  const pid_t helper = helper_pid();
  ASSERT_GT(helper, 0);
  ::kill(helper, SIGKILL);
  EXPECT_EQ(watch_.exit().value_or(Exit{}).kind, ExitKind::kLost);
  EXPECT_EQ(second.exit().value_or(Exit{}).kind, ExitKind::kLost);
  EXPECT_TRUE(deaths.all_within(kSoon));
  const Exit later = run(shell("true"));
  EXPECT_EQ(later.kind, ExitKind::kNotStarted);
  EXPECT_EQ(later.message, "the process that starts programs has died: restart the server");
}

TEST_F(LifecycleTest, SignalsToTheWholeGroupDoNotEndTheHelper) {
  output_of(shell("true"));  // the helper has settled
  const pid_t helper = helper_pid();
  ASSERT_GT(helper, 0);
  EXPECT_NE(::getpgid(helper), ::getpgrp());
  for (const int signal : {SIGINT, SIGTERM, SIGHUP})
    ::kill(helper, signal);
  EXPECT_EQ(run(shell("exit 4")).exit_code, 4);
  EXPECT_EQ(output_of(python("import signal\nprint(signal.getsignal(signal.SIGTERM) == signal.SIG_DFL)")), "True\n")
      << "programs must not inherit what the helper ignores";
}

// A second server in a process of its own, killed while its program runs.
TEST(ServerDeathTest, NothingOutlivesTheServer) {
  for (const Tier tier : {Tier::kNamespaces, Tier::kNone}) {
    const std::string duration =
        std::to_string(80'000'000 + ::getpid()) + "." + std::to_string(static_cast<int>(tier) + 1);
    int ends[2] = {-1, -1};
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const UniqueFd reader(ends[0]);
    UniqueFd writer(ends[1]);
    const pid_t server = ::fork();
    ASSERT_GE(server, 0);
    if (server == 0) {
      Result<SpawnHelper> helper = SpawnHelper::fork_now();
      if (!helper) ::_exit(1);
      const auto launcher = make_launcher(*helper, tier == Tier::kNone ? no_sandbox() : probe_sandbox());
      LaunchWatch watch;
      launcher->start(stubborn(duration), watch.callbacks());
      if (!watch.logged("ready") || ::write(writer.get(), "r", 1) != 1) ::_exit(1);
      for (;;)
        ::pause();
    }
    writer.reset();
    char ready = 0;
    ASSERT_EQ(::read(reader.get(), &ready, 1), 1);
    const Deaths deaths(at_least(3, duration));
    ::kill(server, SIGKILL);
    ::waitpid(server, nullptr, 0);
    EXPECT_TRUE(deaths.all_within(kSoon)) << tier_word(tier);
  }
}

TEST_F(LifecycleTest, UnprotectedProgramsWithOpenPipesDoNotHoldTheExitBack) {
  SpawnHelper helper = std::move(*SpawnHelper::fork_now());
  const std::string duration = unique_duration();
  std::vector<pid_t> left;
  {
    const auto launcher = make_launcher(helper, no_sandbox());
    launcher->start(shell(daemon(duration) + "sleep " + duration + " & echo answer; exit 3"), watch_.callbacks());
    const Exit exit = watch_.exit().value_or(Exit{});
    EXPECT_EQ(exit.kind, ExitKind::kExited);
    EXPECT_EQ(exit.exit_code, 3);
    EXPECT_EQ(exit.standard_output, "answer\n");
    EXPECT_GE(exit.duration_ms, 200) << "the pipes were held";
    left = processes_with(duration);
  }
  EXPECT_EQ(left.size(), 1U) << "its own process group is killed, a new session is beyond reach for now";
  const Deaths deaths(left);
  { const SpawnHelper ended = std::move(helper); }
  EXPECT_TRUE(deaths.all_within(std::chrono::milliseconds(0))) << "the helper takes all it started with it";
}

std::ptrdiff_t open_files_of(pid_t pid) {
  const std::filesystem::directory_iterator files("/proc/" + std::to_string(pid) + "/fd");
  return std::distance(begin(files), end(files));
}

TEST_F(LifecycleTest, NoDescriptorIsLeftOpen) {
  output_of(shell("true"));
  const pid_t helper = helper_pid();
  const std::ptrdiff_t server_before = open_files_of(::getpid());
  const std::ptrdiff_t helper_before = open_files_of(helper);
  LaunchSpec missing;
  missing.argv = {"/usr/bin/none"};
  LaunchSpec slow = shell("sleep 60");
  slow.limits.timeout_ms = 20;
  for (int i = 0; i < 5; ++i) {
    for (const LaunchSpec& spec : {shell("exit 1"), missing, slow})
      run(spec);
  }
  EXPECT_EQ(open_files_of(::getpid()), server_before);
  EXPECT_EQ(open_files_of(helper), helper_before);
}

TEST_F(LifecycleTest, TellsSignals) {
  const Exit exit = run(shell("kill -SEGV $$"));
  EXPECT_EQ(exit.kind, ExitKind::kSignalled);
  EXPECT_EQ(exit.signal, SIGSEGV);
  EXPECT_EQ(exit.message, "ended by signal 11 (SIGSEGV)");
  EXPECT_EQ(run(shell("exit 200")).exit_code, 200);
}

TEST_F(LifecycleTest, AProgramNeedNotReadItsInput) {
  LaunchSpec spec = shell("exit 5");
  spec.input = std::string(8 << 20, 'x');
  EXPECT_EQ(run(spec).exit_code, 5);
  spec = shell("exec <&-; echo closed >&2; exec sleep 60");
  spec.input = std::string(8 << 20, 'x');
  watch_ = LaunchWatch();
  const LaunchId id = launcher_->start(spec, watch_.callbacks());
  ASSERT_TRUE(watch_.logged("closed"));
  launcher_->kill(id);
  EXPECT_EQ(watch_.exit().value_or(Exit{}).kind, ExitKind::kKilled);
}

TEST_F(LifecycleTest, AProgramMaySpeakLikeBubblewrap) {
  const Exit exit = run(shell("echo 'bwrap: hello' >&2; exit 1"));
  EXPECT_EQ(exit.kind, ExitKind::kExited);
  EXPECT_EQ(watch_.lines(), std::vector<std::string>{"bwrap: hello"});
}

TEST_F(LifecycleTest, SaysWhyAProgramDidNotStart) {
  const ScratchFolder agent;
  agent.file("plain.sh", "#!/bin/sh\n", 0644);
  agent.file("odd.sh", "#!/opt/odd/interpreter -x\n", 0755);
  agent.file("windows.sh", "#!/bin/sh\r\necho\r\n", 0755);
  agent.file("bare", "echo\n", 0755);
  std::filesystem::create_directory(agent.path() + "/folder");
  const auto reason = [&](const std::string& program) {
    LaunchSpec spec;
    spec.argv = {program};
    spec.read_only_binds = {{agent.path(), "/agent"}};
    const Exit exit = run(spec);
    EXPECT_EQ(exit.kind, ExitKind::kNotStarted) << program;
    EXPECT_TRUE(watch_.lines().empty()) << log_text();
    return exit.message;
  };
  EXPECT_EQ(reason("/agent/plain.sh"), "/agent/plain.sh is not executable: chmod +x it");
  EXPECT_EQ(reason("/agent/none.sh"), "/agent/none.sh was not found");
  EXPECT_EQ(reason("/agent/folder"), "/agent/folder is a folder, not a program");
  EXPECT_EQ(reason("/agent/odd.sh"),
            "/agent/odd.sh asks for the interpreter /opt/odd/interpreter in its first line, which was not found");
  EXPECT_EQ(reason("/agent/windows.sh"),
            "/agent/windows.sh has line ends of Windows: /bin/sh and a carriage return is no interpreter; save it with "
            "line feeds");
  EXPECT_EQ(reason("/agent/bare"),
            "/agent/bare is no program: it is not made for this machine, or a script without a first line such as "
            "#!/bin/sh");
  EXPECT_EQ(reason("/opt/tool"),
            "/opt/tool does not exist in the sandbox: only /usr, /workspace and the agent's own folder do");
}

TEST_F(LifecycleTest, SaysWhichFolderIsMissing) {
  LaunchSpec spec = shell("true");
  spec.workspace = "/nowhere/repository";
  EXPECT_EQ(run(spec).message, "the workspace does not exist: its folder is missing on this machine");
  spec = shell("true");
  spec.read_only_binds = {{"/nowhere/agent", "/agent"}};
  EXPECT_EQ(run(spec).message, "/agent cannot be shown in the sandbox: it is missing on this machine");
  spec = shell("true");
  spec.working_folder = "/workspace/sub";
  const Exit exit = run(spec);
  EXPECT_EQ(exit.kind, ExitKind::kNotStarted);
  EXPECT_EQ(exit.message, "the working folder /workspace/sub was not found in the sandbox");
}

}  // namespace
}  // namespace commandcenter::sandbox
