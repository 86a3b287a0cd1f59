#include "sandbox/spawn_child.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <new>
#include <string>

#include <fmt/format.h>

#include "sandbox/stage.h"

namespace commandcenter::sandbox {
namespace {

constexpr std::size_t kChildStackBytes = 256U << 10;
constexpr int kFirstSpareFd = 64;  // above every number the program is given
constexpr int kStandardFds = 3;
constexpr int kFailedChild = 127;  // returning from the clone's function ends the child, and runs nothing of ours
constexpr mode_t kProgramUmask = 022;

// All that the child needs, made before clone: between clone and exec it may not allocate.
struct ChildTask {
  char* const* argv = nullptr;
  char* const* environment = nullptr;
  const char* folder = nullptr;
  const char* mount_point = nullptr;  // null: no overlay
  const char* mount_options = nullptr;
  const char* user_map = nullptr;
  const char* group_map = nullptr;
  const std::vector<ResourceLimit>* limits = nullptr;
  std::vector<int>* fds = nullptr;
  const Disguise* disguise = nullptr;
  pid_t helper = 0;
  SpawnStage stage = SpawnStage::kProcess;  // written by the child, read after its failure
  int error = 0;
};

int give_up(ChildTask& task, SpawnStage stage) {
  task.stage = stage;
  task.error = errno;
  return kFailedChild;
}

bool write_file(const char* path, const char* text) {
  const int file = ::open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return false;
  const auto length = static_cast<ssize_t>(std::strlen(text));
  const bool written = ::write(file, text, static_cast<std::size_t>(length)) == length;
  ::close(file);
  return written;
}

// Bubblewrap 0.8 mounts no overlays. In namespaces of one's own anybody may, and what it starts from there sees it.
bool mount_layer(const ChildTask& task) {
  const bool has_own = task.disguise != nullptr && task.disguise->staged;
  if (!has_own &&
      (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 || !write_file("/proc/self/setgroups", "deny") ||
       !write_file("/proc/self/uid_map", task.user_map) || !write_file("/proc/self/gid_map", task.group_map))) {
    return false;
  }
  return ::mount("overlay", task.mount_point, "overlay", MS_NODEV | MS_NOSUID, task.mount_options) == 0;
}

bool show(const Disguise& disguise) {
  return disguise.staged ? furnish_stage(disguise.shown) : show_paths(disguise.shown);
}

int run_child(void* argument) {
  ChildTask& task = *static_cast<ChildTask*>(argument);
  for (int signal = 1; signal < NSIG; ++signal)
    ::signal(signal, SIG_DFL);
  if (::setsid() < 0) return give_up(task, SpawnStage::kProcess);
  if (task.mount_point != nullptr && !mount_layer(task)) return give_up(task, SpawnStage::kLayer);
  // Needs descriptors of the helper, so it comes before the program's take their numbers.
  if (task.disguise != nullptr && !show(*task.disguise)) return give_up(task, SpawnStage::kStage);

  std::vector<int>& fds = *task.fds;
  for (int& fd : fds) {
    fd = ::fcntl(fd, F_DUPFD_CLOEXEC, kFirstSpareFd);
    if (fd < 0) return give_up(task, SpawnStage::kDescriptors);
  }
  const int count = static_cast<int>(fds.size());
  for (int target = 0; target < count; ++target) {
    if (::dup2(fds[static_cast<std::size_t>(target)], target) < 0) return give_up(task, SpawnStage::kDescriptors);
  }
  if (::close_range(static_cast<unsigned>(count), ~0U, 0) != 0) return give_up(task, SpawnStage::kDescriptors);

  if (::chdir(task.folder) != 0) return give_up(task, SpawnStage::kFolder);
  ::umask(kProgramUmask);
  for (const ResourceLimit& limit : *task.limits) {
    if (!lower_own_limit(limit)) return give_up(task, SpawnStage::kLimits);
  }
  // Opened before the user changes, who may not be able to walk to it.
  const int program = ::open(task.argv[0], O_PATH | O_CLOEXEC);
  if (program < 0) return give_up(task, SpawnStage::kExec);
  const std::uint32_t user = task.disguise == nullptr ? 0 : task.disguise->user;
  if (user != 0 && !become(user, kStandardFds)) return give_up(task, SpawnStage::kUser);

  // Last of the attributes, because a change of user clears it.
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return give_up(task, SpawnStage::kProcess);
  if (::getppid() != task.helper) return kFailedChild;  // it died before the line above
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return give_up(task, SpawnStage::kProcess);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (user == 0) {
    ::execve(task.argv[0], task.argv, task.environment);  // by name: a script's interpreter opens it by that
  } else {
    ::execveat(program, "", task.argv, task.environment, AT_EMPTY_PATH);
  }
  return give_up(task, SpawnStage::kExec);
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts)
    pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// The kernel puts only clone3's children into a group, and the C library has no clone3 that runs a function on a stack
// of its own. So this child gets a copy of the memory, as of fork, and tells its failure through a shared page.
SpawnOutcome clone_into(const UniqueFd& cgroup, int flags, const ChildTask& task) {
  void* page = ::mmap(nullptr, sizeof(ChildTask), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return {-1, SpawnStage::kProcess, errno};
  auto* shared = new (page) ChildTask(task);
  clone_args arguments{};
  arguments.flags = static_cast<__u64>(CLONE_VFORK | flags) | CLONE_INTO_CGROUP;
  arguments.exit_signal = SIGCHLD;
  arguments.cgroup = static_cast<__u64>(cgroup.get());
  const auto pid = static_cast<pid_t>(::syscall(SYS_clone3, &arguments, sizeof(arguments)));
  if (pid == 0) ::_exit(run_child(shared));
  SpawnOutcome outcome{pid, SpawnStage::kExec, 0};
  if (pid < 0) outcome = {-1, SpawnStage::kProcess, errno};
  if (pid > 0 && shared->error != 0) outcome = {pid, shared->stage, shared->error};
  ::munmap(page, sizeof(ChildTask));
  return outcome;
}

}  // namespace

SpawnOutcome spawn_child(const SpawnPlan& plan, const std::vector<UniqueFd>& fds,
                         const std::optional<Disguise>& disguise, const UniqueFd& cgroup) {
  SpawnPlan own = plan;
  const std::vector<char*> argv = pointers_to(own.argv);
  const std::vector<char*> environment = pointers_to(own.environment);
  std::vector<int> numbers;
  for (const UniqueFd& fd : fds)
    numbers.push_back(fd.get());

  ChildTask task;
  task.argv = argv.data();
  task.environment = environment.data();
  task.folder = own.folder.c_str();
  const std::string user_map = fmt::format("{0} {0} 1", ::geteuid());
  const std::string group_map = fmt::format("{0} {0} 1", ::getegid());
  if (!own.mount_point.empty()) {
    task.mount_point = own.mount_point.c_str();
    task.mount_options = own.mount_options.c_str();
    task.user_map = user_map.c_str();
    task.group_map = group_map.c_str();
  }
  task.limits = &own.limits;
  task.fds = &numbers;
  task.helper = ::getpid();
  if (disguise) task.disguise = &*disguise;
  const int new_mounts = disguise ? CLONE_NEWNS : 0;

  if (cgroup.open()) return clone_into(cgroup, new_mounts, task);
  const auto stack = std::make_unique_for_overwrite<char[]>(kChildStackBytes);
  char* top = stack.get() + kChildStackBytes - reinterpret_cast<std::uintptr_t>(stack.get() + kChildStackBytes) % 64;
  const pid_t pid = ::clone(run_child, top, CLONE_VM | CLONE_VFORK | SIGCHLD | new_mounts, &task);
  if (pid < 0) return {-1, SpawnStage::kProcess, errno};
  if (task.error != 0) return {pid, task.stage, task.error};
  return {pid, SpawnStage::kExec, 0};
}

}  // namespace commandcenter::sandbox
