#include "sandbox/probe.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <vector>

#include <fmt/format.h>

#include "sandbox/cgroup.h"
#include "sandbox/child_setup.h"
#include "sandbox/host_user.h"
#include "sandbox/mounts.h"
#include "sandbox/sandbox.h"
#include "sandbox/seccomp_filter.h"
#include "sandbox/unique_fd.h"

namespace commandcenter::sandbox {
namespace {

constexpr auto kProbeDeadline = std::chrono::seconds(5);
constexpr std::size_t kMaxProbeOutputBytes = 4096;

struct ProbeRun {
  bool succeeded = false;
  std::string output;  // standard output and error
};

// Reads until the end, the deadline, or the limit. False: the program has to be killed.
bool collect(const UniqueFd& pipe, std::string& output) {
  const auto deadline = std::chrono::steady_clock::now() + kProbeDeadline;
  while (output.size() < kMaxProbeOutputBytes) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd ready{pipe.get(), POLLIN, 0};
    if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) == 0) return false;
    char buffer[512];
    const ssize_t got = ::read(pipe.get(), buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return true;
    output.append(buffer, static_cast<std::size_t>(got));
  }
  return false;
}

// With a user: as that user and no group. `command` is a path.
ProbeRun run_once(std::vector<std::string> command, std::uint32_t user) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return {false, std::strerror(errno)};
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  std::vector<char*> argv;
  for (std::string& word : command)
    argv.push_back(word.data());
  argv.push_back(nullptr);
  char* no_environment[] = {nullptr};
  const UniqueFd nowhere(::open("/dev/null", O_RDONLY | O_CLOEXEC));

  const pid_t pid = ::fork();
  if (pid < 0) return {false, std::strerror(errno)};
  if (pid == 0) {
    const bool ready = ::dup2(nowhere.get(), 0) == 0 && ::dup2(writer.get(), 1) == 1 && ::dup2(writer.get(), 2) == 2;
    const bool changed = user == 0 || become(user, 0);
    if (ready && changed) ::execve(argv[0], argv.data(), no_environment);
    ::_exit(127);
  }
  writer.reset();

  ProbeRun run;
  if (!collect(reader, run.output)) ::kill(pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  run.succeeded = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  while (run.output.ends_with('\n'))
    run.output.pop_back();
  return run;
}

std::string kernel_setting(std::string_view path) {
  std::ifstream file("/proc/sys/" + std::string(path));
  std::string value;
  file >> value;
  return value;
}

std::vector<std::string> probe_command(const HostLayout& host) {
  std::vector<std::string> command = {host.bubblewrap, "--unshare-all", "--unshare-user", "--disable-userns"};
  command.insert(command.end(), {"--uid", "1000", "--gid", "1000", "--cap-drop", "ALL", "--ro-bind", "/usr", "/usr"});
  command.insert(command.end(), {"--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"});
  for (const std::string& word : root_arguments(host))
    command.push_back(word);
  command.insert(command.end(), {"--", "/usr/bin/true"});
  return command;
}

// 0: this kernel has none, or it is switched off.
std::int64_t landlock_version() {
  constexpr long kCreateRuleset = 444;
  constexpr long kAskVersion = 1;
  return std::max<std::int64_t>(0, ::syscall(kCreateRuleset, nullptr, 0, kAskVersion));
}

}  // namespace

std::string explain_probe_failure(std::string_view complaint, const ReadKernelSetting& read_setting) {
  const auto refused = [](std::string_view setting, std::string_view value) {
    return fmt::format("the kernel refuses user namespaces: sysctl -w {}", fmt::format("{}={}", setting, value));
  };
  if (read_setting("kernel/unprivileged_userns_clone") == "0") return refused("kernel.unprivileged_userns_clone", "1");
  if (read_setting("user/max_user_namespaces") == "0") return refused("user.max_user_namespaces", "15000");
  if (read_setting("kernel/apparmor_restrict_unprivileged_userns") == "1") {
    return refused("kernel.apparmor_restrict_unprivileged_userns", "0") + ", or give bwrap an AppArmor profile";
  }
  if (complaint.empty()) return "bubblewrap does not answer";
  return fmt::format("bubblewrap cannot make a sandbox here: {}", complaint);
}

ProbeReport probe_sandbox() {
  const HostLayout host = look_at_host();
  if (host.bubblewrap.empty()) return {Tier::kNone, "bubblewrap is not installed: apt-get install bubblewrap", false};
  const UserRange users = unused_users();
  bool separate_users = users.count > 0;
  ProbeRun run = run_once(probe_command(host), users.first);
  if (!run.succeeded && separate_users) {
    // Some systems let only root make user namespaces. Isolated by them all the same, but as root of the host.
    separate_users = false;
    run = run_once(probe_command(host), 0);
  }
  if (!run.succeeded) return {Tier::kNone, explain_probe_failure(run.output, kernel_setting), false};
  if (const auto filter = seccomp_program(); !filter) return {Tier::kNone, filter.error().message, false};

  const std::int64_t landlock = landlock_version();
  std::string detail = run_once({host.bubblewrap, "--version"}, 0).output + ", seccomp";
  detail += landlock > 0 ? fmt::format(", Landlock {}", landlock) : ", no Landlock (the kernel has none)";
  if (separate_users) detail += ", a user of its own for each agent";
  if (::geteuid() == 0 && !separate_users) {
    detail += ", agents are root's processes (start the server as an ordinary user, or their number is not limited)";
  }
  const auto group = CgroupTree::find();
  detail += group ? ", memory and processor counted by the kernel (cgroup v2)"
                  : fmt::format(", no cgroup: {}", group.error().message);
  return {group ? Tier::kFull : Tier::kNamespaces, std::move(detail), separate_users};
}

}  // namespace commandcenter::sandbox
