// The root folder that is made once: nobody can change it, each sandbox has its own of what is not shared, and it
// follows the host.
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include <string>

#include "sandbox/sandbox_fixture.h"

namespace commandcenter::sandbox {
namespace {

using StageTest = SandboxTest;

TEST_F(StageTest, IsInUseAndReadOnly) {
  EXPECT_NE(output_of(shell("cat /proc/self/mountinfo")).find(" - tmpfs stage "), std::string::npos)
      << "sandboxes are made the slow way here";
  EXPECT_EQ(output_of(shell("for f in /x /etc/x /usr/x /dev/x /agent/x /workspace/x; do"
                            "  touch $f 2>/dev/null && echo $f; done;"
                            "for f in / /etc /etc/passwd /dev /dev/null /usr /agent; do"
                            "  chmod 777 $f 2>/dev/null && echo $f; touch $f 2>/dev/null && echo $f; done;"
                            "rm -rf /etc/passwd /agent/commandcenter 2>/dev/null && echo removed; true")),
            "");
  EXPECT_EQ(output_of(shell("ls -A /agent /workspace /tmp /dev/shm /dev/pts | sort -u | tr '\\n' ' '")),
            " /agent: /dev/pts: /dev/shm: /tmp: /workspace: commandcenter ptmx ");
}

TEST_F(StageTest, EachHasTerminalsOfItsOwn) {
  const std::string open = "import os, pty, sys, time\nours, theirs = pty.openpty()\n";
  LaunchWatch holder;
  launcher_->start(python(open + "print('open', file=sys.stderr, flush=True)\ntime.sleep(60)"), holder.callbacks());
  ASSERT_TRUE(holder.logged("open"));
  EXPECT_EQ(output_of(python(open + "os.write(ours, b'x\\n')\n"
                                    "print(os.ttyname(theirs), sorted(os.listdir('/dev/pts')), os.read(theirs, 2))")),
            "/dev/pts/0 ['0', 'ptmx'] b'x\\n'\n");
}

bool sees_replaced_files(const ScratchFolder& folder) {
  // What is mounted in here is seen by the helper, and not by the machine.
  if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0 ||
      ::mount(nullptr, "/", nullptr, MS_REC | MS_SHARED, nullptr) != 0) {
    return false;
  }
  auto helper = SpawnHelper::fork_now();
  if (!helper) return false;
  const auto launcher = make_launcher(*helper, probe_sandbox());
  for (const std::string text : {"first", "second"}) {
    if (::mount(folder.file(text, text).c_str(), "/etc/services", nullptr, MS_BIND, nullptr) != 0) return false;
    LaunchWatch watch;
    launcher->start(shell("cat /etc/services"), watch.callbacks());
    if (watch.exit().value_or(Exit{}).standard_output != text) return false;
  }
  return true;
}

TEST(Stage, FollowsTheHostsFiles) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root mounts";
  const ScratchFolder folder;
  const pid_t child = ::fork();
  if (child == 0) ::_exit(sees_replaced_files(folder) ? 0 : 1);
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace commandcenter::sandbox
