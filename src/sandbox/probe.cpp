#include "sandbox/probe.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <vector>

#include <fmt/format.h>

#include "sandbox/mounts.h"
#include "sandbox/sandbox.h"
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

ProbeRun run_once(std::vector<std::string> command) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return {false, std::strerror(errno)};
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  std::vector<char*> argv;
  for (std::string& word : command)
    argv.push_back(word.data());
  argv.push_back(nullptr);
  char* no_environment[] = {nullptr};

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, writer.get(), 1);
  ::posix_spawn_file_actions_adddup2(&actions, writer.get(), 2);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), no_environment);
  ::posix_spawn_file_actions_destroy(&actions);
  writer.reset();
  if (error != 0) return {false, std::strerror(error)};

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
  if (host.bubblewrap.empty()) return {Tier::kNone, "bubblewrap is not installed: apt-get install bubblewrap"};
  std::vector<std::string> command = {host.bubblewrap,
                                      "--unshare-all",
                                      "--unshare-user",
                                      "--disable-userns",
                                      "--uid",
                                      "1000",
                                      "--gid",
                                      "1000",
                                      "--cap-drop",
                                      "ALL",
                                      "--ro-bind",
                                      "/usr",
                                      "/usr",
                                      "--proc",
                                      "/proc",
                                      "--dev",
                                      "/dev",
                                      "--tmpfs",
                                      "/tmp"};
  command.insert(command.end(), host.root_arguments.begin(), host.root_arguments.end());
  command.insert(command.end(), {"--", "/usr/bin/true"});
  const ProbeRun run = run_once(std::move(command));
  if (!run.succeeded) return {Tier::kNone, explain_probe_failure(run.output, kernel_setting)};
  const ProbeRun version = run_once({host.bubblewrap, "--version"});
  return {Tier::kNamespaces, fmt::format("{}, user namespaces", version.output)};
}

}  // namespace commandcenter::sandbox
