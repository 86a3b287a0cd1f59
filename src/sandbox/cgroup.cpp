#include "sandbox/cgroup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include <fmt/format.h>

#include "sandbox/wording.h"

namespace commandcenter::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr std::array kControllers = {"memory", "pids", "cpu"};
constexpr std::int64_t kTasksBeside = 2;  // bubblewrap's processes
constexpr int kCpuPeriodUs = 100'000;

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool write_text(const std::string& path, const std::string& text) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return file.open() && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

bool has_word(const std::string& text, std::string_view wanted) {
  std::istringstream words(text);
  std::string word;
  while (words >> word) {
    if (word == wanted) return true;
  }
  return false;
}

// "key value" lines, as in memory.events.
std::int64_t value_of(const std::string& text, std::string_view key) {
  std::istringstream lines(text);
  std::string word;
  std::int64_t value = 0;
  while (lines >> word >> value) {
    if (word == key) return value;
  }
  return 0;
}

// Where the tree is mounted: the field before " - cgroup2".
std::string mount_point() {
  std::istringstream lines(text_of("/proc/self/mountinfo"));
  std::string line;
  while (std::getline(lines, line)) {
    if (line.find(" - cgroup2 ") == std::string::npos) continue;
    std::istringstream fields(line);
    std::string field;
    for (int i = 0; i < 5; ++i)
      fields >> field;
    return field;
  }
  return {};
}

Error unusable(std::string why) {
  return {ErrorCode::kUnavailable, std::move(why)};
}

Error failed(std::string_view what, const std::string& path) {
  return unusable(fmt::format("{} {}: {}", what, path, std::strerror(errno)));
}

std::vector<pid_t> processes_to_move() {
  std::vector<pid_t> pids = {::getpid()};
  std::istringstream children(text_of(fmt::format("/proc/self/task/{}/children", ::gettid())));
  pid_t child = 0;
  while (children >> child)
    pids.push_back(child);
  return pids;
}

}  // namespace

Cgroup::~Cgroup() {
  if (folder_.empty()) return;
  if (::rmdir(folder_.c_str()) == 0) return;
  // Something is left that should not be.
  write_text(folder_ + "/cgroup.kill", "1");
  ::rmdir(folder_.c_str());
}

std::optional<Breach> Cgroup::breach(const Limits& limits) const {
  if (value_of(text_of(folder_ + "/memory.events"), "oom_kill") != 0)
    return Breach{"memory", fmt::format("used more than {} of memory (limit memory)", size_text(limits.memory_bytes))};
  // Older kernels keep no peak, and may have refused nothing: a rlimit can have come first.
  std::int64_t most = 0;
  std::istringstream(text_of(folder_ + "/pids.peak")) >> most;
  const bool refused = value_of(text_of(folder_ + "/pids.events"), "max") > 0;
  if (refused || most > limits.processes + kTasksBeside) return too_many_processes(limits);
  return std::nullopt;
}

Result<std::string> CgroupTree::find() {
  std::istringstream lines(text_of("/proc/self/cgroup"));
  std::string line;
  std::string own;
  while (std::getline(lines, line)) {
    if (line.starts_with("0::")) own = line.substr(3);
  }
  const std::string root = mount_point();
  if (own.empty() || root.empty()) return fail(unusable("this machine has no cgroup v2"));
  const std::string folder = own == "/" ? root : root + own;
  const std::string available = text_of(folder + "/cgroup.controllers");
  for (const char* controller : kControllers) {
    if (!has_word(available, controller))
      return fail(unusable(fmt::format("no {} controller for {}", controller, own)));
  }
  for (const char* file : {"", "/cgroup.procs", "/cgroup.subtree_control"}) {
    if (::access((folder + file).c_str(), W_OK) != 0) {
      return fail(unusable(fmt::format("the group {} is not this server's (systemd: Delegate=yes)", own)));
    }
  }
  // Only the root of the tree may be divided with processes in it.
  std::istringstream members(text_of(folder + "/cgroup.procs"));
  const std::vector<pid_t> own_processes = processes_to_move();
  pid_t member = 0;
  while (own != "/" && members >> member) {
    if (std::find(own_processes.begin(), own_processes.end(), member) == own_processes.end()) {
      return fail(unusable(fmt::format("the group {} has other processes too", own)));
    }
  }
  return folder;
}

Result<CgroupTree> CgroupTree::take(const std::string& folder) {
  const std::string server = folder + "/server";
  const std::string agents = folder + "/agents";
  if (::mkdir(server.c_str(), 0755) != 0 && errno != EEXIST) return fail(failed("cannot make", server));
  const std::vector<pid_t> own_processes = processes_to_move();
  for (const pid_t pid : own_processes) {
    if (!write_text(server + "/cgroup.procs", std::to_string(pid))) return fail(failed("cannot move into", server));
  }
  std::string enable;
  for (const char* controller : kControllers)
    enable += fmt::format("{}+{}", enable.empty() ? "" : " ", controller);
  // Refused while other processes are in the group: it was not made for this server alone.
  if (!write_text(folder + "/cgroup.subtree_control", enable)) {
    const Error error = failed("cannot divide", folder);
    for (const pid_t pid : own_processes)
      write_text(folder + "/cgroup.procs", std::to_string(pid));
    ::rmdir(server.c_str());
    return fail(error);
  }
  if (::mkdir(agents.c_str(), 0755) != 0 && errno != EEXIST) return fail(failed("cannot make", agents));
  if (!write_text(agents + "/cgroup.subtree_control", enable)) return fail(failed("cannot divide", agents));
  // Groups of a server that was killed.
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(agents, ignored)) {
    if (entry.is_directory(ignored)) ::rmdir(entry.path().c_str());
  }
  return CgroupTree(agents);
}

Result<Cgroup> CgroupTree::make(std::uint64_t launch, const Limits& limits) const {
  std::string folder = fmt::format("{}/{}", agents_, launch);
  if (::mkdir(folder.c_str(), 0755) != 0) return fail(failed("cannot make", folder));
  Cgroup group(folder, UniqueFd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
  std::vector<std::pair<std::string, std::string>> values = {
      {"pids.max", std::to_string(limits.processes + kTasksBeside + 1)},  // one more than allowed is to be seen
      {"memory.oom.group", "1"}};
  if (limits.memory_bytes > 0) values.emplace_back("memory.max", std::to_string(limits.memory_bytes));
  if (limits.cpu_percent > 0) {
    values.emplace_back("cpu.max", fmt::format("{} {}", limits.cpu_percent * (kCpuPeriodUs / 100), kCpuPeriodUs));
  }
  for (const auto& [file, value] : values) {
    if (!write_text(folder + "/" + file, value)) return fail(failed("cannot set", folder + "/" + file));
  }
  write_text(folder + "/memory.swap.max", "0");  // not there when the kernel has no swap
  if (!group.fd().open()) return fail(failed("cannot open", folder));
  return group;
}

}  // namespace commandcenter::sandbox
