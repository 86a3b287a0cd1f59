#include "sandbox/stage.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

#include <fmt/format.h>

#include "sandbox/mounts.h"

namespace commandcenter::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr std::array kFolders = {"usr",     "proc",    "tmp", "workspace", "agent",         "dev",
                                 "dev/shm", "dev/pts", "etc", "etc/ssl",   "etc/ssl/certs", "etc/alternatives"};
constexpr std::array<std::string_view, 3> kPlaces = {"/workspace", "/agent", "/agent/commandcenter"};
constexpr std::array kPlacesOfFiles = {"agent/commandcenter"};
constexpr std::array kFoldersShown = {"etc/alternatives", "etc/ssl/certs"};
// Replaced whole by package managers, which a mount of the file would not see.
constexpr std::array kFilesCopied = {"etc/ld.so.cache", "etc/nsswitch.conf", "etc/services", "etc/ssl/openssl.cnf"};
constexpr std::array kDevices = {"null", "zero", "full", "random", "urandom", "tty"};
constexpr std::array<std::array<const char*, 2>, 6> kDeviceLinks = {{{"/proc/self/fd", "fd"},
                                                                     {"/proc/self/fd/0", "stdin"},
                                                                     {"/proc/self/fd/1", "stdout"},
                                                                     {"/proc/self/fd/2", "stderr"},
                                                                     {"/proc/kcore", "core"},
                                                                     {"pts/ptmx", "ptmx"}}};
constexpr std::uintmax_t kMostCopied_bytes = 4U << 20;

std::string staged(std::string_view path) {
  return fmt::format("{}/{}", kStageFolder, path);
}

// What lies at `from`, at `to`, with all that is mounted below it, as far as these attributes allow.
bool attach(const std::string& from, const std::string& to, std::uint64_t attributes) {
  const UniqueFd tree(::open_tree(AT_FDCWD, from.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE));
  if (!tree.open()) return false;
  mount_attr change{};
  change.attr_set = attributes;
  return ::mount_setattr(tree.get(), "", AT_EMPTY_PATH | AT_RECURSIVE, &change, sizeof(change)) == 0 &&
         ::move_mount(tree.get(), "", AT_FDCWD, to.c_str(), MOVE_MOUNT_F_EMPTY_PATH) == 0;
}

bool put(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  std::error_code error;
  fs::permissions(path, fs::perms{0444}, error);
  return file.good() && !error;
}

// A file that the host lacks is lacking here.
bool copy(const std::string& path) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size("/" + path, error);
  if (error) return true;
  std::ifstream file("/" + path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return size <= kMostCopied_bytes && put(staged(path), text);
}

bool make_folders() {
  return std::ranges::all_of(kFolders, [](const char* path) { return ::mkdir(staged(path).c_str(), 0755) == 0; }) &&
         std::ranges::all_of(kPlacesOfFiles, [](const char* path) { return put(staged(path), ""); });
}

// /bin, /lib … as the host has them: links into /usr, or folders.
bool make_root_folders() {
  for (const RootFolder& folder : look_at_host().root_folders) {
    const std::string place = kStageFolder + folder.path;
    if (!folder.link_to.empty()) {
      if (::symlink(folder.link_to.c_str(), place.c_str()) != 0) return false;
    } else if (::mkdir(place.c_str(), 0755) != 0 ||
               !attach(folder.path, place, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)) {
      return false;
    }
  }
  return true;
}

bool make_devices() {
  for (const char* name : kDevices) {
    const std::string place = staged(fmt::format("dev/{}", name));
    if (!put(place, "") || !attach(fmt::format("/dev/{}", name), place, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID))
      return false;
  }
  return std::ranges::all_of(kDeviceLinks, [](const auto& link) {
    return ::symlink(link[0], staged(fmt::format("dev/{}", link[1])).c_str()) == 0;
  });
}

bool make_public_files() {
  constexpr std::uint64_t kSafe = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
  for (const char* path : kFoldersShown) {
    std::error_code error;
    if (fs::is_directory(fmt::format("/{}", path), error) && !attach(fmt::format("/{}", path), staged(path), kSafe))
      return false;
  }
  return attach("/usr", staged("usr"), kSafe) && std::ranges::all_of(kFilesCopied, copy) &&
         put(staged("etc/passwd"), passwd_file()) && put(staged("etc/group"), group_file());
}

// The only user that this process can be in its namespace is itself.
bool map_own_user(uid_t user, gid_t group) {
  const auto write = [](const char* path, const std::string& text) {
    const UniqueFd file(::open(path, O_WRONLY | O_CLOEXEC));
    return file.open() && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
  };
  return write("/proc/self/setgroups", "deny") && write("/proc/self/uid_map", fmt::format("{0} {0} 1", user)) &&
         write("/proc/self/gid_map", fmt::format("{0} {0} 1", group));
}

}  // namespace

bool is_stage_place(std::string_view inside_path) {
  return std::ranges::find(kPlaces, inside_path) != kPlaces.end();
}

bool Stage::open() {
  if (open_) return true;
  // A process that could enter namespaces and then not mount in them would be worse off than before.
  const pid_t trial = ::fork();
  if (trial == 0) ::_exit(Stage().enter() ? 0 : std::max(1, errno));
  int status = 0;
  if (trial < 0 || ::waitpid(trial, &status, 0) != trial) return false;
  if (status != 0) {
    errno = WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
    return false;
  }
  return enter();
}

bool Stage::enter() {
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  const int own_user = user == 0 ? 0 : CLONE_NEWUSER;
  // The helper needs no network, and can come back into an empty one that is its own (network_bounds.h).
  if (::unshare(CLONE_NEWNS | CLONE_NEWNET | own_user) != 0) return false;
  if (own_user != 0 && !map_own_user(user, group)) return false;
  // What is mounted here must not appear on the host; what is mounted there, does here.
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0) return false;
  // Most of all mounts, and nobody's business; a server that is not root can only cover them.
  static_cast<void>(::umount2(kStageFolder, MNT_DETACH));
  open_ = build();
  return open_;
}

bool Stage::refresh() {
  const std::vector<Copied> now = look();
  const bool same = std::ranges::equal(now, copied_, [](const Copied& a, const Copied& b) {
    return a.inode == b.inode && a.changed.tv_sec == b.changed.tv_sec && a.changed.tv_nsec == b.changed.tv_nsec;
  });
  if (same) return true;
  // Sandboxes that run keep the old one.
  return ::umount2(kStageFolder, MNT_DETACH) == 0 && build();
}

std::vector<Stage::Copied> Stage::look() {
  std::vector<Copied> all;
  for (const char* path : kFilesCopied) {
    struct stat about {};
    const bool exists = ::fstatat(AT_FDCWD, fmt::format("/{}", path).c_str(), &about, 0) == 0;
    all.push_back(exists ? Copied{about.st_ino, about.st_ctim} : Copied{});
  }
  return all;
}

bool Stage::build() {
  copied_ = look();
  constexpr unsigned long kFlags = MS_NOSUID | MS_NODEV;
  return ::mount("stage", kStageFolder, "tmpfs", kFlags, "mode=0755,size=8m") == 0 && make_folders() &&
         make_root_folders() && make_public_files() && make_devices() &&
         ::mount(nullptr, kStageFolder, nullptr, MS_REMOUNT | MS_RDONLY | kFlags, nullptr) == 0;
}

}  // namespace commandcenter::sandbox
