#include "sandbox/helper_process.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sandbox/helper_signals.h"
#include "sandbox/network_bounds.h"
#include "sandbox/spawn_child.h"
#include "sandbox/spawn_protocol.h"
#include "sandbox/stage.h"
#include "sandbox/zygote.h"

namespace commandcenter::sandbox {
namespace {

constexpr int kHelperSocketFd = 3;
constexpr auto kFarewell = std::chrono::seconds(5);  // for killed processes to disappear
constexpr int kFarewellPollMs = 20;

struct Child {
  std::uint64_t id = 0;
  pid_t inner = 0;  // pid 1 of its namespace, once known
  bool inner_gone = false;
  std::uint32_t user = 0;  // 0: the server's
};

class Helper {
 public:
  Helper(int socket, int signals) : socket_(socket), signals_(signals) {}

  void serve() {
    bool connected = true;
    while (connected) {
      pollfd ready[] = {{socket_, POLLIN, 0}, {signals_, POLLIN, 0}};
      if (::poll(ready, 2, -1) < 0 && errno != EINTR) break;
      drop_pending_signals();
      // Requests first: a kWatch was sent before the exit that it is about.
      connected = handle_requests() && reap();
    }
    end_everything();
  }

 private:
  void drop_pending_signals() {
    signalfd_siginfo info;
    while (::read(signals_, &info, sizeof(info)) > 0) {
    }
  }

  bool handle_requests() {
    Request request;
    std::vector<UniqueFd> fds;
    for (;;) {
      switch (receive_request(socket_, request, fds)) {
        case Transfer::kWouldBlock:
          return true;
        case Transfer::kClosed:
          return false;
        case Transfer::kDone:
          break;
      }
      switch (request.kind) {
        case RequestKind::kStart:
          if (!start(request.id, std::move(fds))) return false;
          break;
        case RequestKind::kWatch:
          watch(request.id, request.pid);
          break;
        case RequestKind::kKill:
          kill_tree(request.id);
          break;
        case RequestKind::kOpenStage:
          zygote_.end();  // is not where the stage will be
          if (!send_notice(socket_, {NoticeKind::kStageOpened, 0, 0, SpawnStage::kStage, stage_.open() ? 0 : errno, 0}))
            return false;
          break;
      }
    }
  }

  bool fail_start(std::uint64_t id, SpawnStage stage, int error) {
    return send_notice(socket_, {NoticeKind::kFailed, 0, id, stage, error, 0});
  }

  bool start(std::uint64_t id, std::vector<UniqueFd> fds) {
    // Fewer descriptors than sent means that the helper ran out of them.
    if (fds.size() < 4) return fail_start(id, SpawnStage::kDescriptors, EMFILE);
    std::optional<SpawnPlan> plan = read_plan(fds.front().get());
    if (!plan) return fail_start(id, SpawnStage::kRequest, EINVAL);
    fds.erase(fds.begin());
    UniqueFd cgroup;
    if (plan->into_cgroup) {
      cgroup = std::move(fds.front());
      fds.erase(fds.begin());
    }
    if (plan->staged && !stage_.refresh()) return fail_start(id, SpawnStage::kStage, errno);
    std::optional<Disguise> disguise;
    if (plan->staged || plan->users.count > 0) {
      disguise = Disguise{0, plan->staged, std::move(plan->shown)};
      if (plan->users.count > 0) disguise->user = users_.take(plan->users, disguise->shown);
    }
    std::optional<SpawnOutcome> copied;
    if (plan->is_bubblewrap) copied = zygote_.spawn(*plan, fds, disguise, cgroup);
    const SpawnOutcome outcome = copied ? *copied : spawn_child(*plan, fds, disguise, cgroup);
    const std::uint32_t user = disguise ? disguise->user : 0;
    if (outcome.error != 0) {
      if (outcome.pid > 0) ::waitpid(outcome.pid, nullptr, 0);
      users_.give_back(user);
      return fail_start(id, outcome.stage, outcome.error);
    }
    children_[outcome.pid] = Child{id, 0, false, user};
    pids_[id] = outcome.pid;
    return send_notice(socket_, {NoticeKind::kStarted, outcome.pid, id, SpawnStage::kExec, 0, 0});
  }

  static std::optional<SpawnPlan> read_plan(int fd) {
    struct stat about {};
    if (::fstat(fd, &about) != 0 || about.st_size < 0) return std::nullopt;
    const auto size = static_cast<std::size_t>(about.st_size);
    if (size > kMaxSpawnPlanBytes) return std::nullopt;
    std::string bytes(size, '\0');
    std::size_t done = 0;
    while (done < size) {
      const ssize_t got = ::pread(fd, bytes.data() + done, size - done, static_cast<off_t>(done));
      if (got <= 0) return std::nullopt;
      done += static_cast<std::size_t>(got);
    }
    return decode_plan(bytes);
  }

  void watch(std::uint64_t id, pid_t inner) {
    const auto found = pids_.find(id);
    if (found == pids_.end()) return;
    children_[found->second].inner = inner;
    // Meanwhile bubblewrap goes on; the kernel looks at these bounds each time that it enlarges a buffer.
    if (stage_.is_open()) static_cast<void>(bound_network(inner));
  }

  // The group holds the started process and, for bubblewrap, pid 1 of the namespace, with which all others in there
  // die. A signal to a group cannot miss a process that is being forked.
  void kill_tree(std::uint64_t id) {
    const auto found = pids_.find(id);
    if (found != pids_.end()) ::kill(-found->second, SIGKILL);
  }

  // Looks at each ended process before reaping it: as long as it is not reaped its number means it and no other.
  bool reap() {
    for (;;) {
      siginfo_t info{};
      if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return true;
      const pid_t pid = info.si_pid;
      const auto child = children_.find(pid);
      if (child != children_.end()) ::kill(-pid, SIGKILL);
      int status = 0;
      if (::waitpid(pid, &status, WNOHANG) != pid) return true;
      if (child != children_.end()) {
        if (!child_ended(child, status)) return false;
      } else if (!stranger_ended(pid)) {
        return false;
      }
    }
  }

  bool child_ended(std::map<pid_t, Child>::iterator child, int status) {
    const Child ended = child->second;
    children_.erase(child);
    pids_.erase(ended.id);
    users_.give_back(ended.user);
    const Notice notice{NoticeKind::kEnded, 0, ended.id, SpawnStage::kExec, 0, status};
    // The namespace's pid 1 has become a child of this process, if it still exists.
    if (ended.inner > 0 && !ended.inner_gone && ::waitpid(ended.inner, nullptr, WNOHANG) == 0) {
      ::kill(ended.inner, SIGKILL);
      waiting_for_inner_[ended.inner] = notice;
      return true;
    }
    return send_notice(socket_, notice);
  }

  bool stranger_ended(pid_t pid) {
    if (zygote_.ended(pid)) return true;
    const auto waiting = waiting_for_inner_.find(pid);
    if (waiting != waiting_for_inner_.end()) {
      const Notice notice = waiting->second;
      waiting_for_inner_.erase(waiting);
      return send_notice(socket_, notice);
    }
    for (auto& [child_pid, child] : children_) {
      if (child.inner == pid) child.inner_gone = true;
    }
    return true;
  }

  // As subreaper this process inherits every orphan, so "no children left" means that nothing is left at all.
  void end_everything() {
    zygote_.end();
    const auto deadline = std::chrono::steady_clock::now() + kFarewell;
    for (const auto& [pid, child] : children_)
      ::kill(-pid, SIGKILL);
    while (std::chrono::steady_clock::now() < deadline) {
      pid_t reaped = 0;
      do {
        reaped = ::waitpid(-1, nullptr, WNOHANG);
      } while (reaped > 0);
      if (reaped < 0) return;
      kill_direct_children();
      pollfd ready{signals_, POLLIN, 0};
      ::poll(&ready, 1, kFarewellPollMs);
      drop_pending_signals();
    }
  }

  static void kill_direct_children() {
    DIR* processes = ::opendir("/proc");
    if (processes == nullptr) return;
    const pid_t self = ::getpid();
    while (const dirent* entry = ::readdir(processes)) {
      const pid_t pid = static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10));
      if (pid > 0 && parent_of(pid) == self) ::kill(pid, SIGKILL);
    }
    ::closedir(processes);
  }

  static pid_t parent_of(pid_t pid) {
    const std::string path = "/proc/" + std::to_string(pid) + "/stat";
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    char text[512] = {};
    const ssize_t length = file.open() ? ::read(file.get(), text, sizeof(text) - 1) : -1;
    if (length <= 0) return -1;
    const std::string_view stat(text, static_cast<std::size_t>(length));
    const std::size_t name_end = stat.rfind(')');  // "pid (name) state parent"
    if (name_end == std::string_view::npos || name_end + 4 >= stat.size()) return -1;
    return static_cast<pid_t>(std::strtol(stat.data() + name_end + 4, nullptr, 10));
  }

  int socket_;
  int signals_;
  std::map<pid_t, Child> children_;
  std::map<std::uint64_t, pid_t> pids_;
  std::map<pid_t, Notice> waiting_for_inner_;
  UserBook users_;
  Stage stage_;
  Zygote zygote_;
};

int block_signals() {
  for (int signal = 1; signal < NSIG; ++signal)
    ::signal(signal, SIG_DFL);
  for (const int signal : kHelperIgnores)
    ::signal(signal, SIG_IGN);
  sigset_t child_signal;
  ::sigemptyset(&child_signal);
  ::sigaddset(&child_signal, SIGCHLD);
  ::sigprocmask(SIG_SETMASK, &child_signal, nullptr);
  return ::signalfd(-1, &child_signal, SFD_NONBLOCK | SFD_CLOEXEC);
}

void leave_server_files(int socket) {
  // The socket may itself be one of 0, 1, 2 when the server was started without them.
  const int spare = ::fcntl(socket, F_DUPFD, 16);
  const int nowhere = ::open("/dev/null", O_RDWR);
  if (spare < 0 || nowhere < 0) ::_exit(1);
  for (int fd = 0; fd < 3; ++fd)
    ::dup2(nowhere, fd);
  ::dup2(spare, kHelperSocketFd);
  ::close_range(kHelperSocketFd + 1, ~0U, 0);
  ::fcntl(kHelperSocketFd, F_SETFD, FD_CLOEXEC);
}

}  // namespace

void run_helper(int socket) {
  ::setsid();
  ::prctl(PR_SET_NAME, "cc-spawn", 0, 0, 0);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  leave_server_files(socket);
  if (::chdir("/") != 0) ::_exit(1);
  const int signals = block_signals();
  if (signals < 0) ::_exit(1);
  Helper(kHelperSocketFd, signals).serve();
  ::_exit(0);
}

}  // namespace commandcenter::sandbox
