#include "sandbox/usage_watch.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include <fmt/format.h>

#include "sandbox/mounts.h"
#include "sandbox/wording.h"

namespace commandcenter::sandbox {
namespace {

constexpr int kTasksField = 20;  // of /proc/<pid>/stat, counted from 1
constexpr int kPagesField = 24;
constexpr std::int64_t kKibi = 1024;

UniqueFd folder_of(pid_t pid, const char* path, int flags) {
  return UniqueFd(::open(fmt::format("/proc/{}/root{}", pid, path).c_str(), flags | O_DIRECTORY | O_CLOEXEC));
}

std::string_view read_small(int folder, const std::string& name, std::array<char, 4096>& buffer) {
  const UniqueFd file(::openat(folder, name.c_str(), O_RDONLY | O_CLOEXEC));
  const ssize_t got = file.open() ? ::read(file.get(), buffer.data(), buffer.size()) : -1;
  return got > 0 ? std::string_view(buffer.data(), static_cast<std::size_t>(got)) : std::string_view();
}

std::int64_t number_at(std::string_view text) {
  std::int64_t number = 0;
  const std::size_t start = std::min(text.find_first_not_of(" \t"), text.size());
  std::from_chars(text.data() + start, text.data() + text.size(), number);
  return number;
}

// "pid (name) state parent …": the name may hold anything, so counting starts behind its last parenthesis.
std::int64_t stat_field(std::string_view stat, int wanted) {
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return 0;
  std::string_view rest = stat.substr(name_end + 1);
  for (int field = 2; field < wanted; ++field) {
    const std::size_t space = rest.find(' ');
    if (space == std::string_view::npos) return 0;
    rest.remove_prefix(space + 1);
  }
  return number_at(rest);
}

std::int64_t kibis_of(std::string_view text, std::string_view key) {
  const std::size_t found = text.find(key);
  return found == std::string_view::npos ? 0 : number_at(text.substr(found + key.size())) * kKibi;
}

struct Space {
  bool known = false;
  bool full = false;
  std::int64_t files = 0;
};

Space space_of(const UniqueFd& folder) {
  struct statfs about {};
  if (!folder.open() || ::fstatfs(folder.get(), &about) != 0) return {};
  return {true, about.f_bavail == 0, static_cast<std::int64_t>(about.f_files - about.f_ffree)};
}

}  // namespace

Breach too_many_processes(const Limits& limits) {
  return {"processes",
          fmt::format("had more than {} processes and threads at once (limit processes)", limits.processes)};
}

UsageWatch::UsageWatch(pid_t inner, const Limits& limits, bool has_cgroup)
    : limits_(limits),
      has_cgroup_(has_cgroup),
      processes_(folder_of(inner, "/proc", O_RDONLY)),
      scratch_(folder_of(inner, "/tmp", O_PATH)),
      shared_memory_(folder_of(inner, "/dev/shm", O_PATH)) {}

UsageWatch::Tree UsageWatch::read_tree(bool exactly) const {
  Tree tree;
  if (exactly) tree.private_bytes = 0;
  const int copy = processes_.open() ? ::openat(processes_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  DIR* entries = copy >= 0 ? ::fdopendir(copy) : nullptr;
  if (entries == nullptr) return tree;
  static const std::int64_t page_bytes = ::sysconf(_SC_PAGESIZE);
  std::array<char, 4096> buffer{};
  while (const dirent* entry = ::readdir(entries)) {
    const std::string name = entry->d_name;
    if (name.empty() || name.front() < '0' || name.front() > '9' || name == "1") continue;  // 1 is ours
    const std::string_view stat = read_small(copy, name + "/stat", buffer);
    tree.tasks += stat_field(stat, kTasksField);
    const std::int64_t resident_bytes = stat_field(stat, kPagesField) * page_bytes;
    tree.resident_bytes += resident_bytes;
    if (!exactly) continue;
    const std::string_view parts = read_small(copy, name + "/smaps_rollup", buffer);
    // Unreadable when the process is just ending.
    if (!parts.empty()) tree.private_bytes += kibis_of(parts, "Pss_Anon:") + kibis_of(parts, "Pss_Shmem:");
  }
  ::closedir(entries);
  return tree;
}

std::int64_t UsageWatch::socket_bytes() const {
  if (has_cgroup_) return 0;
  std::array<char, 4096> buffer{};
  const std::string_view text = read_small(processes_.get(), "1/net/sockstat", buffer);
  constexpr std::string_view kUsed = "sockets: used";
  if (!text.starts_with(kUsed)) return 0;
  return std::max<std::int64_t>(0, number_at(text.substr(kUsed.size())) - kFreeSockets) * kSocket_bytes;
}

std::optional<Breach> UsageWatch::look() {
  Tree tree = read_tree(false);
  if (tree.tasks > limits_.processes) return too_many_processes(limits_);
  const std::int64_t sockets_bytes = socket_bytes();
  const std::int64_t seen_bytes = tree.resident_bytes + sockets_bytes;
  closely_ = limits_.memory_bytes > 0 && seen_bytes > limits_.memory_bytes / 2;
  if (limits_.memory_bytes > 0 && seen_bytes > limits_.memory_bytes) {
    tree = read_tree(true);
    if (tree.private_bytes + sockets_bytes > limits_.memory_bytes) {
      return Breach{"memory",
                    fmt::format("used more than {} of memory (limit memory)", size_text(limits_.memory_bytes))};
    }
  }
  return look_at_folders();
}

std::optional<Breach> UsageWatch::look_back() const {
  return look_at_folders();
}

std::optional<Breach> UsageWatch::look_at_folders() const {
  const Space scratch = space_of(scratch_);
  const Space shared = space_of(shared_memory_);
  if (scratch.files > limits_.scratch_files || shared.files > limits_.scratch_files) {
    return Breach{"scratch_files", fmt::format("made more than {} files in /tmp or /dev/shm (limit scratch_files)",
                                               limits_.scratch_files)};
  }
  if (scratch.full) {
    return Breach{"scratch", fmt::format("filled the {} of /tmp (limit scratch)", size_text(limits_.scratch_bytes))};
  }
  if (shared.full) {
    return Breach{"scratch", fmt::format("filled the {} of /dev/shm (limit scratch)",
                                         size_text(std::min(limits_.scratch_bytes, kSharedMemoryBytes)))};
  }
  return std::nullopt;
}

}  // namespace commandcenter::sandbox
