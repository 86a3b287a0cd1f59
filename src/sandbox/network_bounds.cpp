#include "sandbox/network_bounds.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>

#include <fmt/format.h>

#include "sandbox/unique_fd.h"

namespace commandcenter::sandbox {
namespace {

struct Setting {
  const char* path = nullptr;
  std::string text;  // least, first, most; the first before the kernel has seen that more would be of use
};

struct Task {
  int network = -1;
  std::array<Setting, 2> settings{{{"/proc/sys/net/ipv4/tcp_rmem", fmt::format("4096 65536 {}", kTcpBuffer_bytes)},
                                   {"/proc/sys/net/ipv4/tcp_wmem", fmt::format("4096 16384 {}", kTcpBuffer_bytes)}}};
};

// In the memory of the process that waits for it. Its end is also its way out of the namespace, back from which a
// process that is not root has none.
int write_settings(void* argument) {
  const Task& task = *static_cast<const Task*>(argument);
  if (::setns(task.network, CLONE_NEWNET) != 0) return 1;
  for (const Setting& setting : task.settings) {
    const int file = ::open(setting.path, O_WRONLY | O_CLOEXEC);
    const bool written = file >= 0 && ::write(file, setting.text.data(), setting.text.size()) ==
                                          static_cast<ssize_t>(setting.text.size());
    if (file >= 0) ::close(file);  // the descriptors are its own copies
    if (!written) return 1;
  }
  return 0;
}

}  // namespace

bool bound_network(pid_t pid) {
  const UniqueFd network(::open(fmt::format("/proc/{}/ns/net", pid).c_str(), O_RDONLY | O_CLOEXEC));
  if (!network.open()) return false;
  Task task;
  task.network = network.get();
  alignas(64) std::array<char, 16 << 10> stack;
  const pid_t child = ::clone(write_settings, stack.data() + stack.size(), CLONE_VM | CLONE_VFORK | SIGCHLD, &task);
  int status = -1;
  return child > 0 && ::waitpid(child, &status, 0) == child && status == 0;
}

}  // namespace commandcenter::sandbox
