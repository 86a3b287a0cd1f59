#include "sandbox/host_user.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>

#include <fmt/format.h>

namespace commandcenter::sandbox {
namespace {

// The first range is used by nobody; the second by systemd for services without an account, and exists in containers,
// which mostly have 65,536 users.
constexpr std::array<UserRange, 2> kCandidates{{{1'900'000'000, 4096}, {61'184, 4096}}};

bool exist_in(const char* map, const UserRange& range) {
  std::ifstream file(map);
  std::uint64_t inside = 0;
  std::uint64_t outside = 0;
  std::uint64_t count = 0;
  while (file >> inside >> outside >> count) {
    if (range.first >= inside && std::uint64_t{range.first} + range.count <= inside + count) return true;
  }
  return false;
}

bool write_map(pid_t pid, const char* file, std::uint32_t from, std::uint32_t to) {
  const UniqueFd map(::open(fmt::format("/proc/{}/{}", pid, file).c_str(), O_WRONLY | O_CLOEXEC));
  const std::string line = fmt::format("{} {} 1\n", from, to);
  return map.open() && ::write(map.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size());
}

// A user namespace exists as long as a process is in it or a descriptor of it is open: a process lives just long enough
// for its maps to be written.
UniqueFd make_id_map(uid_t owner, gid_t group, std::uint32_t user) {
  const auto pid =
      static_cast<pid_t>(::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  if (pid < 0) return {};
  if (pid == 0) {
    for (;;)
      ::pause();
  }
  UniqueFd space;
  if (write_map(pid, "uid_map", owner, user) && write_map(pid, "gid_map", group, user)) {
    space = UniqueFd(::open(fmt::format("/proc/{}/ns/user", pid).c_str(), O_RDONLY | O_CLOEXEC));
  }
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  return space;
}

// Whether the system's files can be shown as another user's: not on an overlay, which is what most containers have.
bool can_change_owners(const UserRange& range) {
  const UniqueFd map = make_id_map(0, 0, range.first);
  const UniqueFd tree(::open_tree(AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  if (!map.open() || !tree.open()) return false;
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_IDMAP;
  attributes.userns_fd = static_cast<__u64>(map.get());
  return ::mount_setattr(tree.get(), "", AT_EMPTY_PATH, &attributes, sizeof(attributes)) == 0;
}

}  // namespace

UserRange unused_users() {
  if (::geteuid() != 0) return {};
  for (const UserRange& range : kCandidates) {
    if (exist_in("/proc/self/uid_map", range) && exist_in("/proc/self/gid_map", range))
      return can_change_owners(range) ? range : UserRange{};
  }
  return {};
}

std::uint32_t UserBook::take(const UserRange& range, std::vector<ShownPath>& paths) {
  std::uint32_t user = range.first;
  // More sandboxes than users share the last one.
  while (used_.contains(user) && user + 1 < range.first + range.count)
    ++user;
  used_.insert(user);
  for (ShownPath& path : paths) {
    struct stat about {};
    if (::stat(path.source.c_str(), &about) != 0) continue;
    path.is_folder = S_ISDIR(about.st_mode);
    path.id_map = id_map(about.st_uid, about.st_gid, user);
  }
  return user;
}

int UserBook::id_map(uid_t owner, gid_t group, std::uint32_t user) {
  const auto key = std::tuple(owner, group, user);
  auto found = id_maps_.find(key);
  if (found == id_maps_.end()) {
    if (id_maps_.size() >= kMaxKeptIdMaps) id_maps_.clear();
    found = id_maps_.emplace(key, make_id_map(owner, group, user)).first;
  }
  return found->second.get();
}

}  // namespace commandcenter::sandbox
