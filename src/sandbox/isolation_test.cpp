// What a program in the sandbox can see and do: every test asks from within.

#include <algorithm>
#include <string>

#include "sandbox/sandbox_fixture.h"

namespace commandcenter::sandbox {
namespace {

using IsolationTest = SandboxTest;

TEST_F(IsolationTest, TheEnvironmentIsWhatWasGiven) {
  ::setenv("SERVER_SECRET", "hunter2", 1);
  LaunchSpec spec;
  spec.argv = {"/usr/bin/env", "-0"};
  spec.environment = {{"ONE", "1"}, {"EMPTY", ""}, {"ODD", "a b\n--setenv\xff"}};
  // PWD is the one variable that is always there: the working folder.
  std::string output = output_of(spec);
  std::replace(output.begin(), output.end(), '\0', '|');
  EXPECT_EQ(output, "ONE=1|EMPTY=|ODD=a b\n--setenv\xff|PWD=/workspace|");
}

TEST_F(IsolationTest, VariablesActInsideOnly) {
  LaunchSpec spec;
  spec.argv = {"/bin/true"};
  spec.environment = {{"LD_PRELOAD", "/nowhere.so"}};
  output_of(spec);
  EXPECT_EQ(watch_.lines().size(), 1U) << "the loader complains once for each program that it acts on:\n" << log_text();
}

TEST_F(IsolationTest, TheEnvironmentIsNotInAnyCommandLine) {
  const std::string secret = "secret-" + unique_duration();
  LaunchSpec spec = shell("echo ready >&2; sleep 60; :");  // the shell stays: while it becomes another it shows nothing
  spec.environment.emplace_back("TOKEN", secret);
  launcher_->start(spec, watch_.callbacks());
  ASSERT_TRUE(watch_.logged("ready"));
  EXPECT_TRUE(processes_with(secret).empty());
  EXPECT_FALSE(processes_with(secret, "environ").empty()) << "the check would not have found it anyway";
}

TEST_F(IsolationTest, FilesOfTheHostDoNotExist) {
  const ScratchFolder host;
  const std::string secret = host.file("secret", "hunter2", 0644);
  for (const std::string& path :
       {secret, host.path(), std::string("/etc/shadow"), std::string("/root"), std::string("/home"),
        std::string("/var"), std::string("/sys"), std::string("/run"), std::string("/etc/ssl/private"),
        std::string("/etc/hostname"), std::filesystem::current_path().string(), std::string("/proc/1/root") + secret}) {
    EXPECT_EQ(output_of(shell("test -e '" + path + "' && echo visible || echo hidden")), "hidden\n") << path;
  }
}

// Pitfall A4: the server keeps its data where it was started, which is often the repository.
TEST_F(IsolationTest, TheServersDataLooksEmptyWithinTheWorkspace) {
  const ScratchFolder workspace;
  for (const char* folder : {"sub/data", "sub/.commandcenter", ".commandcenter", "changes"})
    std::filesystem::create_directories(workspace.path() + "/" + folder);
  for (const char* file : {"sub/data/database", ".commandcenter/database", "sub/.commandcenter/other", "seen"})
    workspace.file(file, "hunter2");
  LauncherFolders folders;
  folders.changes = workspace.path() + "/changes";
  folders.hidden = {workspace.path() + "/sub/data/", workspace.path() + "/changes"};
  launcher_.reset();
  launcher_ = make_launcher(helper_, probe_sandbox(), folders);
  const std::string look =
      "find . -name database; cat seen sub/.commandcenter/other;"
      "for f in sub/data .commandcenter; do echo evil 2>/dev/null >$f/planted && echo wrote; rm -rf $f 2>/dev/null;"
      "mv $f elsewhere 2>/dev/null && echo moved; done; true";
  for (const bool may_write : {false, true}) {
    LaunchSpec spec = shell(look + (may_write ? "; echo x >sub/new" : ""));
    spec.workspace = workspace.path();
    spec.copy_on_write = may_write;
    const Exit exit = run(spec);
    EXPECT_EQ(exit.standard_output, "hunter2hunter2") << exit.message << log_text();
    EXPECT_EQ(exit.patch_problem, "");
    EXPECT_EQ(exit.patch.files, may_write ? 1 : 0) << exit.patch.text;
  }
  EXPECT_EQ(file_text(workspace.path() + "/sub/data/database"), "hunter2");

  LaunchSpec inside = shell("ls");
  inside.workspace = workspace.path() + "/sub/data";
  const Exit refused = run(inside);
  EXPECT_EQ(refused.kind, ExitKind::kNotStarted);
  EXPECT_NE(refused.message.find("the server's data folder"), std::string::npos) << refused.message;

  // What the server has put there for agents.
  folders.shown = {workspace.path() + "/sub"};
  folders.hidden = {workspace.path()};
  launcher_.reset();
  launcher_ = make_launcher(helper_, probe_sandbox(), folders);
  inside.argv.back() = "cat database";
  EXPECT_EQ(output_of(inside), "hunter2");
}

// Features 53, 63, 99.
TEST_F(IsolationTest, SecretsAreFilesOfTheirProgramAndStayInside) {
  const std::string value = "correct horse\nbattery staple\n";
  LaunchSpec spec = shell(
      "cd /run/secrets && stat -c '%A %n' *; cat TOKEN; base64 TOKEN; od -An -tx1 TOKEN | tr -d ' "
      "\\n';"
      "cat TOKEN >&2; echo x 2>/dev/null >TOKEN && echo wrote; echo x 2>/dev/null >NEW && echo made; rm -f TOKEN "
      "2>/dev/null;"
      "env | grep -c horse; grep -c TOKEN /proc/mounts; cat OTHER");
  spec.secrets = {{"TOKEN", value}, {"OTHER", std::string(60'000, 'x')}};
  const Exit exit = run(spec);
  EXPECT_EQ(exit.standard_output, "-r-------- OTHER\n-r-------- TOKEN\n***\n***o=\n***0\n0\n***");
  EXPECT_EQ(log_text(), "***\n");
  EXPECT_EQ(output_of(shell("ls /run 2>/dev/null; true")), "") << "another program";
}

TEST_F(IsolationTest, SecretsReachNoPatch) {
  const ScratchFolder workspace;
  const ScratchFolder changes;
  launcher_.reset();
  launcher_ = make_launcher(helper_, probe_sandbox(), {.changes = changes.path()});
  for (const bool hold : {false, true}) {
    LaunchSpec spec = shell(hold ? "gzip -c /run/secrets/TOKEN >a.gz; base64 /run/secrets/TOKEN >>b" : "echo fine >b");
    spec.workspace = workspace.path();
    spec.copy_on_write = true;
    spec.secrets = {{"TOKEN", "correct horse"}};
    const Exit exit = run(spec);
    EXPECT_EQ(exit.patch_problem, hold ? "b holds a secret of the agent, as it was changed: a patch must not" : "");
    EXPECT_EQ(exit.patch.files, hold ? 0 : 1);
  }
}

TEST_F(IsolationTest, OtherProcessesDoNotExist) {
  EXPECT_EQ(output_of(python("import os\nprint(sorted(int(p) for p in os.listdir('/proc') if p.isdigit()))")),
            "[1, 2]\n");
}

TEST_F(IsolationTest, NothingButTheStandardDescriptorsIsOpen) {
  // 3 is the listing itself.
  EXPECT_EQ(output_of(python("import os\nprint(sorted(map(int, os.listdir('/proc/self/fd'))))")), "[0, 1, 2, 3]\n");
  // Process 1 is ours, and not for the program to look into.
  EXPECT_EQ(output_of(shell("ls -l /proc/1/fd/ 2>/dev/null | grep -c -- '->'; true")), "0\n");
}

TEST_F(IsolationTest, TheUserIsNobodyInParticular) {
  EXPECT_EQ(output_of(shell("id -u; id -g; id -un; uname -n; ps 2>/dev/null; true")).substr(0, 24),
            "1000\n1000\nagent\nsandbox\n");
  const std::string status = output_of(shell("cat /proc/self/status"));
  EXPECT_NE(status.find("NoNewPrivs:\t1"), std::string::npos);
  EXPECT_NE(status.find("CapEff:\t0000000000000000"), std::string::npos);
  EXPECT_NE(status.find("CapBnd:\t0000000000000000"), std::string::npos);
  EXPECT_EQ(output_of(shell("unshare --user true 2>/dev/null || echo no more namespaces")), "no more namespaces\n");
}

TEST_F(IsolationTest, TheWorkspaceCanBeReadAndNotWritten) {
  const ScratchFolder workspace;
  workspace.file("main.c", "int main;", 0600);
  LaunchSpec spec = shell(
      "cat main.c; echo x 2>/dev/null >main.c && echo wrote; echo x 2>/dev/null >new && echo made; rm -f main.c "
      "2>/dev/null && echo removed; chmod 777 main.c 2>/dev/null && echo changed; true");
  spec.workspace = workspace.path();
  EXPECT_EQ(output_of(spec), "int main;");
  EXPECT_EQ(file_text(workspace.path() + "/main.c"), "int main;");
}

TEST_F(IsolationTest, WithoutAWorkspaceThereIsAnEmptyFolder) {
  EXPECT_EQ(output_of(shell("pwd; ls -A; touch x 2>/dev/null || echo read-only")), "/workspace\nread-only\n");
}

TEST_F(IsolationTest, TheAgentsFolderIsShownReadOnly) {
  const ScratchFolder agent;
  agent.file("run.sh", "#!/bin/sh\necho \"$1\"; touch /agent/x 2>/dev/null || echo read-only\n", 0755);
  LaunchSpec spec;
  spec.argv = {"/agent/run.sh", "hello"};
  spec.read_only_binds = {{agent.path(), "/agent"}};
  EXPECT_EQ(output_of(spec), "hello\nread-only\n");
}

TEST_F(IsolationTest, OnlyScratchSpaceCanBeWrittenAndItIsPrivate) {
  EXPECT_EQ(output_of(shell(
                "echo x >/tmp/left-behind && echo x >/dev/shm/left-behind && echo fine\n"
                "for d in / /usr /etc /dev /proc /workspace /bin/; do touch $d/x 2>/dev/null && echo $d; done; true")),
            "fine\n");
  EXPECT_FALSE(std::filesystem::exists("/tmp/left-behind"));
  EXPECT_EQ(output_of(shell("ls -A /tmp /dev/shm")), "/dev/shm:\n\n/tmp:\n");
}

TEST_F(IsolationTest, ScratchSpaceIsLimited) {
  for (const std::string folder : {"/tmp", "/dev/shm"}) {
    LaunchSpec spec = shell("head -c 900000 /dev/zero >" + folder + "/a && echo fits");
    spec.limits.scratch_bytes = 1 << 20;
    EXPECT_EQ(output_of(spec), "fits\n") << folder;
    spec = shell("while cat /dev/zero >>" + folder + "/a; do :; done 2>/dev/null; sleep 60");
    spec.limits.scratch_bytes = 1 << 20;
    const Exit exit = run(spec);
    EXPECT_EQ(exit.limit, "scratch") << exit.message;
    EXPECT_EQ(exit.message, "filled the 1 MiB of " + folder + " (limit scratch)");
  }
}

TEST_F(IsolationTest, AProgramThatEndsBecauseItsDiskIsFullSaysSo) {
  LaunchSpec spec = shell("sleep 0.2; cat /dev/zero >/tmp/a");
  spec.limits.scratch_bytes = 1 << 20;
  EXPECT_EQ(run(spec).message, "filled the 1 MiB of /tmp (limit scratch)");
}

TEST_F(IsolationTest, FilesOfTheScratchSpaceAreCounted) {
  LaunchSpec spec = python(
      "import itertools\n"
      "for i in itertools.count(): open(f'/tmp/{i}', 'w').close()");
  spec.limits.scratch_files = 500;
  const Exit exit = run(spec);
  EXPECT_EQ(exit.limit, "scratch_files") << exit.message << log_text();
  EXPECT_EQ(exit.message, "made more than 500 files in /tmp or /dev/shm (limit scratch_files)");
}

TEST_F(IsolationTest, UsualInterpretersStartUnderTheDefaultLimits) {
  EXPECT_EQ(output_of(python("print(1)")), "1\n");
  if (!std::filesystem::exists("/usr/bin/node")) GTEST_SKIP() << "node is not installed";
  LaunchSpec node;
  node.argv = {"/usr/bin/node", "-e", "console.log(require('crypto').randomBytes(3).length)"};
  EXPECT_EQ(output_of(node), "3\n");
}

TEST_F(IsolationTest, MemoryIsLimitedForAllProcessesTogether) {
  LaunchSpec spec = python("b = b'x' * int(__import__('sys').argv[1]); print(len(b))");
  spec.limits.memory_bytes = 128 << 20;
  spec.argv.push_back("10000000");
  EXPECT_EQ(output_of(spec), "10000000\n");
  // In one piece, in children that each stay below the limit, and in shared memory, which no rlimit counts.
  for (const char* hog :
       {"b = b'x' * 400_000_000\ntime.sleep(60)",
        "for i in range(4):\n  if os.fork() == 0: b = b'x' * 60_000_000; time.sleep(60)\ntime.sleep(60)",
        "m = mmap.mmap(-1, 400_000_000)\nfor i in range(100): m.write(b'x' * 4_000_000)\ntime.sleep(60)"}) {
    spec = python(std::string("import mmap, os, time\n") + hog);
    spec.limits.memory_bytes = 128 << 20;
    const Exit exit = run(spec);
    EXPECT_EQ(exit.kind, ExitKind::kLimit) << hog << log_text();
    EXPECT_EQ(exit.limit, "memory");
    EXPECT_EQ(exit.message, "used more than 128 MiB of memory (limit memory)");
  }
  // Pages that forked children share count once.
  spec = python(
      "import os, time\nb = b'x' * 50_000_000\n"
      "for i in range(4):\n  if os.fork() == 0: time.sleep(0.5); os._exit(0)\n"
      "for i in range(4): os.wait()\nprint('fine')");
  spec.limits.memory_bytes = 128 << 20;
  EXPECT_EQ(output_of(spec), "fine\n");
}

TEST_F(IsolationTest, WhatIsReservedIsBoundedToo) {
  LaunchSpec spec = python("b = bytearray(int(__import__('sys').argv[1])); print(len(b))");
  spec.argv.push_back("2000000000");
  spec.limits.memory_bytes = 128 << 20;
  EXPECT_EQ(run(spec).exit_code, 1);
  EXPECT_NE(log_text().find("MemoryError"), std::string::npos) << log_text();
}

TEST_F(IsolationTest, FilesAreLimitedInSizeAndNumber) {
  LaunchSpec spec = shell("ulimit -n; exec head -c 3000000 /dev/zero >/tmp/x");
  spec.limits.file_size_bytes = 1 << 20;
  spec.limits.open_files = 33;
  const Exit exit = run(spec);
  EXPECT_EQ(exit.standard_output, "33\n");
  EXPECT_EQ(exit.kind, ExitKind::kLimit);
  EXPECT_EQ(exit.limit, "file_size");
  EXPECT_EQ(exit.message, "wrote a file of more than 1 MiB (limit file_size)");
}

TEST_F(IsolationTest, ProcessesAndThreadsAreLimited) {
  LaunchSpec spec = python(
      "import os, time\n"
      "for i in range(49):\n"
      "  if os.fork() == 0: time.sleep(0.3); os._exit(0)\n"
      "for i in range(49): os.wait()\n"
      "print('fine')");
  spec.limits.processes = 50;
  EXPECT_EQ(output_of(spec), "fine\n");
  for (const char* bomb : {"import os\nwhile True:\n  try: os.fork()\n  except OSError: pass",
                           "import threading, time\n"
                           "while True:\n"
                           "  try: threading.Thread(target=time.sleep, args=(60,)).start()\n"
                           "  except RuntimeError: pass"}) {
    spec = python(bomb);
    spec.limits.processes = 50;
    const Exit exit = run(spec);
    EXPECT_EQ(exit.kind, ExitKind::kLimit);
    EXPECT_EQ(exit.limit, "processes");
    EXPECT_EQ(exit.message, "had more than 50 processes and threads at once (limit processes)");
  }
}

}  // namespace
}  // namespace commandcenter::sandbox
