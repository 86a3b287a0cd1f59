// Programs that wait for their input in a sandbox of their own: used once, by a launch that differs in nothing else.
#include "sandbox/started_ahead.h"

#include <sys/mount.h>

#include <functional>

#include "sandbox/sandbox_fixture.h"

namespace commandcenter::sandbox {
namespace {

class StartedAheadTest : public SandboxTest {
 protected:
  StartedAheadTest() {
    launcher_.reset();  // a helper serves one
    LauncherFolders folders;
    folders.start_ahead = 2;
    launcher_ = make_launcher(helper_, probe_sandbox(), folders);
  }

  // Tells what it was given and what it sees.
  static LaunchSpec patient(const std::string& input) {
    LaunchSpec spec = shell("cat; cat /workspace/file 2>/dev/null; exit 0");
    spec.input = input;
    spec.may_start_ahead = true;
    return spec;
  }
  void expect(std::int64_t used) const { EXPECT_EQ(launcher_->ahead().used_total, used); }
  bool comes_true(const std::function<bool(const AheadReport&)>& condition) const {
    const auto deadline = std::chrono::steady_clock::now() + LaunchWatch::kPatience;
    while (!condition(launcher_->ahead())) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }
  bool one_waits() const {
    return comes_true([](const AheadReport& report) { return report.waiting == 1; });
  }
};

TEST_F(StartedAheadTest, TheNextOfAKindFindsOneThatWaits) {
  EXPECT_EQ(output_of(patient("first")), "first");
  expect(0);
  ASSERT_TRUE(one_waits());
  EXPECT_EQ(output_of(patient("second")), "second");
  expect(1);
  ASSERT_TRUE(one_waits());
  EXPECT_EQ(output_of(patient(std::string(300'000, 'x'))), std::string(300'000, 'x'));
  expect(2);
}

// It is told late what it is for, so programs, arguments and environments may differ.
TEST_F(StartedAheadTest, AnEmptySandboxWaitsWhereOneWasWantedTwice) {
  const ScratchFolder workspace;
  workspace.file("file", "shown");
  const auto spec = [&](const std::string& word, int code) {
    LaunchSpec made = shell("echo $WORD $PWD $0; cat; cat file; echo said >&2; exit " + std::to_string(code));
    made.argv.push_back("of " + word);
    made.environment.emplace_back("WORD", word);
    made.workspace = workspace.path();
    made.input = "given ";
    return made;
  };
  EXPECT_EQ(output_of(spec("one", 0)), "one /workspace of one\ngiven shown");
  EXPECT_EQ(launcher_->ahead().waiting, 0);
  EXPECT_EQ(output_of(spec("two", 0)), "two /workspace of two\ngiven shown");
  ASSERT_TRUE(one_waits());
  expect(0);
  EXPECT_EQ(output_of(spec("three", 0)), "three /workspace of three\ngiven shown");
  expect(1);
  EXPECT_EQ(log_text(), "said\n");
  const Exit failed = run(spec("four", 7));
  EXPECT_EQ(failed.exit_code, 7);
  EXPECT_EQ(failed.standard_output, "four /workspace of four\ngiven shown");
  expect(2);
  LaunchSpec absent = spec("five", 0);
  absent.argv = {"/usr/bin/no-such-program"};
  const Exit refused = run(absent);
  EXPECT_EQ(refused.kind, ExitKind::kNotStarted);
  EXPECT_EQ(refused.message, "/usr/bin/no-such-program was not found");
  expect(3);
  LaunchSpec more = spec("six", 0);
  more.limits.open_files += 1;
  EXPECT_EQ(output_of(more), "six /workspace of six\ngiven shown");
  expect(3);
}

TEST_F(StartedAheadTest, NoSandboxIsMadeForFoldersThatAreSeenOnce) {
  for (int i = 0; i < 3; ++i) {
    const ScratchFolder workspace;
    LaunchSpec spec = shell("exit 0");
    spec.workspace = workspace.path();
    EXPECT_EQ(output_of(spec), "");
  }
  const AheadReport report = launcher_->ahead();
  EXPECT_EQ(report.waiting + report.used_total + report.retired_total, 0);
}

TEST_F(StartedAheadTest, EmptySandboxesMakeRoomForProgramsAndNotTheOtherWayRound) {
  StartedAhead book(2);
  const LaunchSpec program = patient("");
  LaunchSpec plain = shell("exit 0");
  for (int i = 0; i < 2; ++i)
    EXPECT_FALSE(book.take(plain).fits);
  ASSERT_TRUE(book.next(plain));
  book.add(1, program);
  book.add(2, plain);
  plain.limits.scratch_files += 1;
  for (int i = 0; i < 2; ++i)
    EXPECT_FALSE(book.take(plain).fits);
  EXPECT_EQ(book.next(plain)->in_place_of, LaunchId{2});
  EXPECT_EQ(book.next(program)->in_place_of, LaunchId{2});
  book.forget(2);
  book.add(3, program);
  EXPECT_FALSE(book.next(plain));
}

TEST_F(StartedAheadTest, NobodyElseGetsIt) {
  const ScratchFolder one;
  const ScratchFolder other;
  one.file("file", "one");
  other.file("file", "other");
  LaunchSpec spec = patient("");
  spec.workspace = one.path();
  EXPECT_EQ(output_of(spec), "one");
  ASSERT_TRUE(one_waits());
  const std::vector<std::function<void(LaunchSpec&)>> differences{
      [&](LaunchSpec& changed) { changed.workspace = other.path(); },
      [](LaunchSpec& changed) { changed.environment.emplace_back("AGENT_ACTION", "other"); },
      [](LaunchSpec& changed) { changed.argv.emplace_back("more"); },
      [](LaunchSpec& changed) { changed.limits.memory_bytes /= 2; },
      [](LaunchSpec& changed) { changed.may_start_ahead = false; },
      [&](LaunchSpec& changed) {
        changed.read_only_binds.push_back({other.path(), "/agent"});
      },
      [](LaunchSpec& changed) {
        changed.secrets.push_back({"TOKEN", "a-secret-value"});
      },
      [](LaunchSpec& changed) { changed.network = egress::Policy{}; }};
  for (const auto& make_different : differences) {
    LaunchSpec changed = spec;
    make_different(changed);
    EXPECT_EQ(output_of(changed), changed.workspace == other.path() ? "other" : "one");
    expect(0);
  }
}

TEST_F(StartedAheadTest, AFolderThatWasReplacedIsSeenAsItIsNow) {
  const ScratchFolder scratch;
  const std::string place = scratch.path() + "/repository";
  const auto put = [&](const std::string& text) {
    std::filesystem::create_directory(place);
    std::ofstream(place + "/file") << text;
  };
  put("before");
  LaunchSpec spec = patient("");
  spec.workspace = place;
  EXPECT_EQ(output_of(spec), "before");
  ASSERT_TRUE(one_waits());
  std::filesystem::rename(place, place + "-old");
  put("after");
  EXPECT_EQ(output_of(spec), "after");
  expect(0);
  ASSERT_TRUE(comes_true([](const AheadReport& report) { return report.retired_total == 1; }));
  ASSERT_TRUE(one_waits());
  std::ofstream(place + "/file") << "changed in place";
  EXPECT_EQ(output_of(spec), "changed in place");
  expect(1);
}

// It would go on seeing what was there before.
TEST_F(StartedAheadTest, NoneIsUsedOnceSomethingIsMounted) {
  const ScratchFolder scratch;
  scratch.file("file", "before");
  LaunchSpec spec = patient("");
  spec.workspace = scratch.path();
  EXPECT_EQ(output_of(spec), "before");
  ASSERT_TRUE(one_waits());
  const std::string below = scratch.path() + "/below";
  std::filesystem::create_directory(below);
  if (::mount("test", below.c_str(), "tmpfs", 0, nullptr) != 0) GTEST_SKIP() << "only root mounts";
  const bool retired = comes_true([](const AheadReport& report) { return report.retired_total == 1; });
  ::umount(below.c_str());
  EXPECT_TRUE(retired);
  EXPECT_EQ(output_of(spec), "before");
  expect(0);
}

TEST_F(StartedAheadTest, WhatIsGrantedForOneRunIsNeverHandedOutAhead) {
  LaunchSpec spec = patient("");
  EXPECT_TRUE(StartedAhead::is_possible(spec));
  const auto impossible = [&spec](const std::function<void(LaunchSpec&)>& change) {
    LaunchSpec changed = spec;
    change(changed);
    return !StartedAhead::is_possible(changed);
  };
  EXPECT_TRUE(impossible([](LaunchSpec& s) { s.secrets.push_back({"TOKEN", "a-secret-value"}); }));
  EXPECT_TRUE(impossible([](LaunchSpec& s) { s.network = egress::Policy{}; }));
  EXPECT_TRUE(impossible([](LaunchSpec& s) { s.copy_on_write = true; }));
  EXPECT_TRUE(impossible([](LaunchSpec& s) { s.writable = Bind{"/tmp", "/out"}; }));
  EXPECT_TRUE(impossible([](LaunchSpec& s) { s.image = ImageUse{}; }));
}

TEST_F(StartedAheadTest, OneThatDiedMeanwhileIsNoLoss) {
  LaunchSpec spec = shell("timeout 0.3 cat");
  spec.may_start_ahead = true;
  spec.input = "given";
  EXPECT_EQ(output_of(spec), "given");
  ASSERT_TRUE(comes_true([](const AheadReport& report) { return report.retired_total == 1; }));
  EXPECT_EQ(launcher_->ahead().waiting, 0);
  EXPECT_EQ(output_of(spec), "given");
  expect(0);
}

TEST_F(StartedAheadTest, TimeCountsFromTheLaunchAndAKillFindsIt) {
  LaunchSpec spec = shell("read word; [ $word = go ] || { echo ready >&2; sleep 600; }");
  spec.may_start_ahead = true;
  spec.input = "go\n";
  EXPECT_EQ(run(spec).exit_code, 0);
  ASSERT_TRUE(one_waits());
  spec.input = "wait\n";
  spec.limits.timeout_ms = 300;
  const Exit late = run(spec);
  EXPECT_EQ(late.message, "ran longer than 300 ms (limit timeout)");
  EXPECT_GE(late.duration_ms, 300);
  expect(1);

  spec.input = "go\n";
  spec.limits.timeout_ms = 60'000;
  EXPECT_EQ(run(spec).exit_code, 0);
  ASSERT_TRUE(one_waits());
  spec.input = "wait\n";
  watch_ = LaunchWatch();
  const LaunchId id = launcher_->start(spec, watch_.callbacks());
  ASSERT_TRUE(watch_.logged("ready"));
  launcher_->kill(id);
  EXPECT_EQ(watch_.exit().value_or(Exit{}).kind, ExitKind::kKilled);
  expect(2);
}

TEST_F(StartedAheadTest, ThereAreNoMoreThanAllowedAndTheyGoWithTheServer) {
  const std::string duration = unique_duration();
  for (const char* kind : {"1", "2", "3"}) {
    LaunchSpec spec = shell("read word; exit 0");
    spec.argv.insert(spec.argv.end(), {duration, kind});
    spec.may_start_ahead = true;
    spec.input = "go\n";
    EXPECT_EQ(run(spec).exit_code, 0);
  }
  EXPECT_TRUE(comes_true([](const AheadReport& r) { return r.waiting == 2 && r.retired_total == 1; }));
  at_least(2, duration);
  launcher_.reset();
  EXPECT_TRUE(processes_with(duration).empty());
}

TEST_F(StartedAheadTest, LimitsHoldWhileItWaits) {
  LaunchSpec spec = python(
      "import select, sys, time\n"
      "blocks = []\n"
      "while not select.select([0], [], [], 0.3)[0]:\n"
      "  blocks += [b'x' * 1_000_000 for _ in range(40)]\n"
      "print(sys.stdin.read())\n");
  spec.may_start_ahead = true;
  spec.input = "given";
  spec.limits.memory_bytes = 64LL << 20;
  EXPECT_EQ(output_of(spec), "given\n");
  EXPECT_TRUE(comes_true([](const AheadReport& report) { return report.retired_total == 1; }));
  EXPECT_EQ(output_of(spec), "given\n");
}

}  // namespace
}  // namespace commandcenter::sandbox
