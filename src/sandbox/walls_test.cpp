// The walls one by one, each tried from within: system calls, Landlock, the user on the host. And that ordinary
// interpreters do not run into them.
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <string>

#include "sandbox/host_user.h"
#include "sandbox/sandbox_fixture.h"
#include "sandbox/seccomp_filter.h"

namespace commandcenter::sandbox {
namespace {

using WallsTest = SandboxTest;

// What a bare system call returns, as "number errno".
std::string call(const std::string& words) {
  return "import ctypes, errno\n"
         "libc = ctypes.CDLL(None, use_errno=True)\n"
         "r = libc.syscall(" +
         words +
         ")\n"
         "print('done' if r >= 0 else errno.errorcode[ctypes.get_errno()])";
}

TEST_F(WallsTest, CallsThatAgentsDoNotNeedAreRefused) {
  const std::vector<std::pair<std::string, std::string>> attempts = {
      {"165, b'none', b'/tmp', b'tmpfs', 0, None", "EPERM"},  // mount
      {"272, 0x10000000", "EPERM"},                           // unshare(CLONE_NEWUSER)
      {"308, 0, 0", "EPERM"},                                 // setns
      {"56, 0x10000011, 0, 0, 0, 0", "EPERM"},                // clone(CLONE_NEWUSER)
      {"435, 0, 0", "ENOSYS"},                                // clone3
      {"101, 0, 0, 0, 0", "EPERM"},                           // ptrace(TRACEME)
      {"310, 1, 0, 0, 0, 0, 0", "EPERM"},                     // process_vm_readv
      {"321, 0, 0, 0", "EPERM"},                              // bpf
      {"298, 0, 0, -1, -1, 0", "EPERM"},                      // perf_event_open
      {"250, 0, -3, 0, 0", "EPERM"},                          // keyctl
      {"323, 0", "EPERM"},                                    // userfaultfd
      {"425, 8, 0", "ENOSYS"},                                // io_uring_setup
      {"135, 0x0040000", "ENOSYS"},                           // personality(ADDR_NO_RANDOMIZE)
      {"161, b'/tmp'", "EPERM"},                              // chroot
      {"246, 0, 0, 0, 0", "EPERM"},                           // kexec_load
      {"313, 0, b'', 0", "EPERM"},                            // finit_module
      {"41, 2, 3, 1", "EPERM"},                               // socket(AF_INET, SOCK_RAW, ICMP)
      {"41, 17, 3, 0", "EAFNOSUPPORT"},                       // socket(AF_PACKET)
      {"41, 40, 1, 0", "EAFNOSUPPORT"},                       // socket(AF_VSOCK): no namespace holds it
      {"41, 16, 3, 9", "EPERM"},                              // socket(AF_NETLINK, AUDIT)
      {"41, 16, 3, 0", "done"},                               // socket(AF_NETLINK, ROUTE): lists of interfaces
      {"319, b'x', 0", "ENOSYS"},                             // memfd_create: memory that nothing would count
      {"29, 0, 4096, 0o1600", "ENOSYS"},                      // shmget: likewise
      {"253", "EPERM"},                                       // inotify_init: what the host does with shown files
      {"254, 0, b'/usr', 0x20", "EPERM"},                     // inotify_add_watch
      {"72, 0, 1024, 0", "EPERM"},                            // fcntl(F_SETLEASE): the host would wait at that file
      {"72, 0, 0x500000400, 0", "EPERM"},                     // the kernel reads the lower half
      {"72, 0, 1026, 1", "EPERM"},                            // fcntl(F_NOTIFY)
      {"72, 0, 1025", "done"},                                // fcntl(F_GETLEASE)
  };
  for (const auto& [words, expected] : attempts)
    EXPECT_EQ(output_of(python(call(words))), expected + "\n") << words;
}

// What waits in sockets belongs to no process: it is counted by the number of sockets, so each must be small.
TEST_F(WallsTest, SocketsHoldLittle) {
  const std::string fill =
      "import socket, struct\n"
      "def waits(ours, theirs):\n"
      "  for s in (ours, theirs):\n"
      "    s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 28)\n"
      "    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 28)\n"
      "    s.setblocking(False)\n"
      // Whoever reads fast for a while is given larger buffers by the kernel.
      "  for i in range(400):\n"
      "    try:\n"
      "      while True: ours.send(b'x' * 65536)\n"
      "    except BlockingIOError: pass\n"
      "    if i == 399: break\n"
      "    try:\n"
      "      while theirs.recv(1 << 20): pass\n"
      "    except BlockingIOError: pass\n"
      "  total = 0\n"
      "  theirs.setblocking(True); ours.close()\n"
      "  while True:\n"
      "    part = theirs.recv(1 << 20)\n"
      "    if not part: return total\n"
      "    total += len(part)\n"
      "door = socket.create_server(('127.0.0.1', 0))\n"
      "ours = socket.create_connection(door.getsockname())\n"
      "print(waits(ours, door.accept()[0]) <= 512 << 10, waits(*socket.socketpair()) <= 512 << 10)\n"
      "ours.close(); door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"
      "print(door.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR), open('/proc/sys/net/ipv4/tcp_wmem').read())";
  EXPECT_EQ(output_of(python(fill)), "True True\n1 4096\t16384\t131072\n\n");
}

// The host's program for crashes is run as root, and for every limit but one byte.
TEST_F(WallsTest, ACrashRunsNoProgramOfTheHost) {
  rlimit own{};
  ::getrlimit(RLIMIT_CORE, &own);
  const std::string expected = own.rlim_max == 0 ? "(0, 0)" : "(1, 1)";  // a limit is never raised
  EXPECT_EQ(
      output_of(python("import ctypes, resource, struct\n"
                       "resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
                       "zero = ctypes.create_string_buffer(struct.pack('QQ', 0, 0))\n"
                       "libc = ctypes.CDLL(None)\n"
                       "for number in (160, 302):\n"
                       "  for which in (4, (1 << 32) + 4):\n"
                       "    libc.syscall(number, *([0] if number == 302 else []), ctypes.c_long(which), zero, 0)\n"
                       "print(resource.getrlimit(resource.RLIMIT_CORE))\n"
                       "resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))\n"
                       "print(resource.getrlimit(resource.RLIMIT_NOFILE))")),
      expected + "\n(20, 20)\n");
}

// Through the walls of the mounts, so to say: paths that exist inside and are not for the program.
TEST_F(WallsTest, LandlockHoldsWhereMountsAreOpen) {
  EXPECT_EQ(output_of(shell("echo x 2>/dev/null >/proc/self/comm && echo wrote; cat /proc/self/comm")), "cat\n");
  EXPECT_EQ(output_of(shell("ls -A / | grep -x -e bin -e workspace | tr '\\n' ' '")), "bin workspace ");
  EXPECT_EQ(output_of(shell("echo x >/dev/null && echo y >/dev/stderr && cat /dev/urandom | head -c 3 | wc -c")),
            "3\n");
  EXPECT_EQ(log_text(), "y\n");
}

TEST_F(WallsTest, RootsProgramsAreNobodyOnTheHost) {
  if (unused_users().count == 0)
    GTEST_SKIP() << "this server has no other users to give: it is not root, or the files "
                    "here cannot be shown as another user's";
  const ScratchFolder workspace;
  workspace.file("only-mine", "text", 0600);
  const std::string duration = unique_duration();
  LaunchSpec spec = shell("cat only-mine; stat -c %u:%a only-mine; echo ready >&2; exec sleep " + duration);
  spec.workspace = workspace.path();
  LaunchWatch other;
  launcher_->start(spec, watch_.callbacks());
  launcher_->start(spec, other.callbacks());
  ASSERT_TRUE(watch_.logged("ready"));
  ASSERT_TRUE(other.logged("ready"));
  const std::vector<pid_t> pids = at_least(2, duration);
  std::vector<uid_t> users;
  for (const pid_t pid : pids) {
    struct stat about {};
    ASSERT_EQ(::stat(("/proc/" + std::to_string(pid)).c_str(), &about), 0);
    EXPECT_GE(about.st_uid, 60'000U);
    users.push_back(about.st_uid);
  }
  std::sort(users.begin(), users.end());
  EXPECT_NE(users.front(), users.back()) << "two sandboxes share a user and its limits";
  launcher_.reset();
  EXPECT_EQ(watch_.exit().value_or(Exit{}).standard_output, "text1000:600\n")
      << "files that only root may read are part of the workspace too";
  struct stat about {};
  ASSERT_EQ(::stat((workspace.path() + "/only-mine").c_str(), &about), 0);
  EXPECT_EQ(about.st_uid, 0U) << "on disk nothing changes";
}

TEST_F(WallsTest, UsualInterpretersRun) {
  const auto available = [](const char* path) { return std::filesystem::exists(path); };
  EXPECT_EQ(output_of(shell("x=$(echo 1 | sed s/1/2/); echo $x")), "2\n");
  EXPECT_EQ(output_of(python("import json, threading, subprocess, multiprocessing, tempfile, socket, ssl\n"
                             "t = threading.Thread(target=lambda: print('thread', flush=True)); t.start(); t.join()\n"
                             "print(subprocess.run(['/bin/echo', 'child'], capture_output=True).stdout)\n"
                             "with multiprocessing.Pool(2) as p: print(p.map(abs, [-1, -2]))\n"
                             "a, b = socket.socketpair(); a.send(b'x'); print(b.recv(1))")),
            "thread\nb'child\\n'\n[1, 2]\nb'x'\n");
  LaunchSpec spec;
  spec.environment = {{"PATH", "/usr/bin:/bin"}, {"HOME", "/tmp"}};
  if (available("/usr/bin/node")) {
    spec.argv = {"/usr/bin/node", "-e",
                 "const w = new (require('worker_threads').Worker)('require(\"worker_threads\").parentPort.postMessage("
                 "1)', {eval: true}); w.on('message', m => console.log(m, "
                 "require('child_process').execSync('echo child').toString()))"};
    EXPECT_EQ(output_of(spec), "1 child\n\n");
  }
  if (available("/usr/bin/perl")) {
    spec.argv = {"/usr/bin/perl", "-e", "print `echo perl`"};
    EXPECT_EQ(output_of(spec), "perl\n");
  }
  if (available("/usr/bin/java")) {
    spec.argv = {"/usr/bin/java", "-version"};
    EXPECT_EQ(output_of(spec), "");
    EXPECT_NE(log_text().find("Runtime Environment"), std::string::npos) << log_text();
  }
  if (available("/usr/bin/go")) {
    spec.argv = {"/usr/bin/go", "version"};
    EXPECT_EQ(output_of(spec).substr(0, 10), "go version");
  }
}

TEST(SeccompProgram, IsTheSameEveryTimeAndFitsTheKernel) {
  const auto program = seccomp_program();
  ASSERT_TRUE(program) << program.error().message;
  EXPECT_EQ(program->size() % 8, 0U);
  EXPECT_LT(program->size() / 8, 4096U) << "the kernel takes no more instructions";
  EXPECT_EQ(*program, *seccomp_program());
}

}  // namespace
}  // namespace commandcenter::sandbox
