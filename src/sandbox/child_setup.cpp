#include "sandbox/child_setup.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

namespace commandcenter::sandbox {
namespace {

constexpr int kFirstSpareFd = 64;  // above every number the program is given
constexpr int kStandardFds = 3;
constexpr mode_t kProgramUmask = 022;
constexpr const char* kTerminals = "/sys/dev/pts";

bool write_file(const char* path, const char* text) {
  const int file = ::open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return false;
  const auto length = static_cast<ssize_t>(std::strlen(text));
  const bool written = ::write(file, text, static_cast<std::size_t>(length)) == length;
  ::close(file);
  return written;
}

// Bubblewrap 0.8 mounts no overlays. In namespaces of one's own anybody may, and what it starts from there sees it.
bool mount_layer(const ChildSetup& setup) {
  if (!setup.staged &&
      (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 || !write_file("/proc/self/setgroups", "deny") ||
       !write_file("/proc/self/uid_map", setup.user_map) || !write_file("/proc/self/gid_map", setup.group_map))) {
    return false;
  }
  return ::mount("overlay", setup.mount_point, "overlay", MS_NODEV | MS_NOSUID, setup.mount_options) == 0;
}

// With all that is mounted below it, if all of these file systems can do it; else the folder itself; else not at all.
void change_owners(int tree, int id_map) {
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_IDMAP;
  attributes.userns_fd = static_cast<__u64>(id_map);
  if (::mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof(attributes)) == 0) return;
  static_cast<void>(::mount_setattr(tree, "", AT_EMPTY_PATH, &attributes, sizeof(attributes)));
}

// In its copy of the stage: what only this launch shows, and terminals of its own.
bool furnish_stage(const ChildSetup& setup) {
  for (std::size_t i = 0; i < setup.shown_count; ++i) {
    const ShownEntry& shown = setup.shown[i];
    const int tree = ::open_tree(AT_FDCWD, shown.source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
    // Bubblewrap would say so too, and the server finds out why.
    if (tree < 0) return false;
    mount_attr change{};
    change.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | (shown.writable ? 0 : MOUNT_ATTR_RDONLY);
    if (::mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &change, sizeof(change)) != 0) return false;
    if (shown.id_map >= 0) change_owners(tree, shown.id_map);
    if (::move_mount(tree, "", AT_FDCWD, shown.target, MOVE_MOUNT_F_EMPTY_PATH) != 0) return false;
    ::close(tree);
  }
  return ::mount("devpts", kTerminals, "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620") == 0;
}

// Without a stage: where bubblewrap finds them as the user that it will be.
bool show_paths(const ChildSetup& setup) {
  // What is mounted here must not appear on the host.
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0) return false;
  // Bubblewrap reads the list of all mounts again for each one that it makes; these are most of it, and nobody's
  // business.
  static_cast<void>(::umount2("/sys", MNT_DETACH));
  // All are opened first: the folder for the targets may hide them.
  constexpr std::size_t kMost = 64;
  int trees[kMost];
  if (setup.shown_count > kMost) return false;
  for (std::size_t i = 0; i < setup.shown_count; ++i) {
    const ShownEntry& shown = setup.shown[i];
    trees[i] = ::open_tree(AT_FDCWD, shown.source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
    if (trees[i] >= 0 && shown.id_map >= 0) change_owners(trees[i], shown.id_map);
  }
  if (::mount("shown", kShownFolder, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=1m") != 0) return false;
  for (std::size_t i = 0; i < setup.shown_count; ++i) {
    if (trees[i] < 0) continue;  // it is not there, which bubblewrap will find too
    const char* target = setup.shown[i].target;
    if (setup.shown[i].is_folder) {
      if (::mkdir(target, 0755) != 0) return false;
    } else {
      const int file = ::open(target, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
      if (file < 0) return false;
      ::close(file);
    }
    if (::move_mount(trees[i], "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH) != 0) return false;
    ::close(trees[i]);
  }
  return true;
}

bool number_fds(const ChildSetup& setup) {
  for (std::size_t i = 0; i < setup.fd_count; ++i) {
    setup.fds[i] = ::fcntl(setup.fds[i], F_DUPFD_CLOEXEC, kFirstSpareFd);
    if (setup.fds[i] < 0) return false;
  }
  for (std::size_t i = 0; i < setup.fd_count; ++i) {
    if (::dup2(setup.fds[i], static_cast<int>(i)) < 0) return false;
  }
  const auto first = static_cast<unsigned>(setup.fd_count);
  if (setup.kept_fd < 0) return ::close_range(first, ~0U, 0) == 0;
  const auto kept = static_cast<unsigned>(setup.kept_fd);
  return ::close_range(first, kept - 1, 0) == 0 && ::close_range(kept + 1, ~0U, 0) == 0;
}

// They are only ever lowered.
bool lower_limits(const ChildSetup& setup) {
  for (std::size_t i = 0; i < setup.limit_count; ++i) {
    const auto which = static_cast<__rlimit_resource>(setup.limits[i].resource);
    rlimit limit{};
    if (::getrlimit(which, &limit) != 0) return false;
    if (setup.limits[i].value < limit.rlim_max) limit.rlim_max = setup.limits[i].value;
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(which, &limit) != 0) return false;
  }
  return true;
}

}  // namespace

bool become(std::uint32_t user, int inherited_fds) {
  // A program may open its pipes again by name: /dev/stderr.
  for (int fd = 0; fd < inherited_fds; ++fd)
    static_cast<void>(!::fchown(fd, user, user));
  // The bare calls: the C library's would change every thread, and this process may share its memory with the helper.
  return ::syscall(SYS_setgroups, 0, nullptr) == 0 && ::syscall(SYS_setresgid, user, user, user) == 0 &&
         ::syscall(SYS_setresuid, user, user, user) == 0;
}

ChildFailure set_up_child(const ChildSetup& setup, int& program_fd) {
  const auto failed = [](SpawnStage stage) { return ChildFailure{stage, errno}; };
  if (::setsid() < 0) return failed(SpawnStage::kProcess);
  if (setup.mount_point != nullptr && !mount_layer(setup)) return failed(SpawnStage::kLayer);
  // Needs descriptors that are closed when the program's take their numbers.
  if (setup.own_mounts && !(setup.staged ? furnish_stage(setup) : show_paths(setup))) {
    return failed(SpawnStage::kStage);
  }
  if (!number_fds(setup)) return failed(SpawnStage::kDescriptors);
  if (::chdir(setup.folder) != 0) return failed(SpawnStage::kFolder);
  ::umask(kProgramUmask);
  if (!lower_limits(setup)) return failed(SpawnStage::kLimits);
  if (setup.program != nullptr) {
    program_fd = ::open(setup.program, O_PATH | O_CLOEXEC);
    if (program_fd < 0) return failed(SpawnStage::kExec);
  }
  if (setup.user != 0 && !become(setup.user, kStandardFds)) return failed(SpawnStage::kUser);
  // Last of the attributes, because a change of user clears it.
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return failed(SpawnStage::kProcess);
  if (::getppid() != setup.helper) {  // it died before the line above
    errno = ESRCH;
    return failed(SpawnStage::kProcess);
  }
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed(SpawnStage::kProcess);
  return {};
}

}  // namespace commandcenter::sandbox
