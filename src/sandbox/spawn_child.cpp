#include "sandbox/spawn_child.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <memory>
#include <new>
#include <string>

#include <fmt/format.h>

#include "sandbox/helper_signals.h"

namespace commandcenter::sandbox {
namespace {

constexpr std::size_t kChildStackBytes = 256U << 10;
constexpr int kFailedChild = 127;  // returning from the clone's function ends the child, and runs nothing of ours

// All that the child needs, made before clone: between clone and exec it may not allocate.
struct ChildTask {
  ChildSetup setup;
  char* const* argv = nullptr;
  char* const* environment = nullptr;
  ChildFailure failure;  // written by the child
};

int run_child(void* argument) {
  ChildTask& task = *static_cast<ChildTask*>(argument);
  for (const int signal : kHelperIgnores)
    ::signal(signal, SIG_DFL);
  int program = -1;
  task.failure = set_up_child(task.setup, program);
  if (task.failure.error != 0) return kFailedChild;
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (task.setup.user == 0) {
    ::execve(task.argv[0], task.argv, task.environment);  // by name: a script's interpreter opens it by that
  } else {
    ::execveat(program, "", task.argv, task.environment, AT_EMPTY_PATH);
  }
  task.failure = {SpawnStage::kExec, errno};
  return kFailedChild;
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
  if (pid > 0 && shared->failure.error != 0) outcome = {pid, shared->failure.stage, shared->failure.error};
  ::munmap(page, sizeof(ChildTask));
  return outcome;
}

}  // namespace

SetupParts::SetupParts(const SpawnPlan& plan, const std::vector<UniqueFd>& fds, const std::optional<Disguise>& disguise)
    : user_map_(fmt::format("{0} {0} 1", ::geteuid())), group_map_(fmt::format("{0} {0} 1", ::getegid())) {
  for (const UniqueFd& fd : fds)
    fds_.push_back(fd.get());
  setup_.helper = ::getpid();
  setup_.folder = plan.folder.c_str();
  if (!plan.mount_point.empty()) {
    setup_.mount_point = plan.mount_point.c_str();
    setup_.mount_options = plan.mount_options.c_str();
    setup_.user_map = user_map_.c_str();
    setup_.group_map = group_map_.c_str();
  }
  if (disguise) {
    for (const ShownPath& path : disguise->shown)
      shown_.push_back({path.source.c_str(), path.target.c_str(), path.id_map, path.writable, path.is_folder});
    setup_.own_mounts = true;
    setup_.staged = disguise->staged;
    setup_.user = disguise->user;
  }
  setup_.shown = shown_.data();
  setup_.shown_count = shown_.size();
  setup_.limits = plan.limits.data();
  setup_.limit_count = plan.limits.size();
  setup_.fds = fds_.data();
  setup_.fd_count = fds_.size();
}

SpawnOutcome spawn_child(const SpawnPlan& plan, const std::vector<UniqueFd>& fds,
                         const std::optional<Disguise>& disguise, const UniqueFd& cgroup) {
  SpawnPlan own = plan;
  const std::vector<char*> argv = pointers_to(own.argv);
  const std::vector<char*> environment = pointers_to(own.environment);
  const SetupParts parts(own, fds, disguise);
  ChildTask task;
  task.setup = parts.setup();
  task.setup.program = own.argv[0].c_str();
  task.argv = argv.data();
  task.environment = environment.data();
  const int new_mounts = disguise ? CLONE_NEWNS : 0;

  if (cgroup.open()) return clone_into(cgroup, new_mounts, task);
  const auto stack = std::make_unique_for_overwrite<char[]>(kChildStackBytes);
  char* top = stack.get() + kChildStackBytes - reinterpret_cast<std::uintptr_t>(stack.get() + kChildStackBytes) % 64;
  const pid_t pid = ::clone(run_child, top, CLONE_VM | CLONE_VFORK | SIGCHLD | new_mounts, &task);
  if (pid < 0) return {-1, SpawnStage::kProcess, errno};
  if (task.failure.error != 0) return {pid, task.failure.stage, task.failure.error};
  return {pid, SpawnStage::kExec, 0};
}

}  // namespace commandcenter::sandbox
