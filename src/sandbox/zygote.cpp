#include "sandbox/zygote.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "sandbox/init_image.h"
#include "sandbox/zygote_protocol.h"

namespace commandcenter::sandbox {
namespace {

constexpr int kLoadPatience_ms = 2'000;
constexpr int kCopyPatience_ms = 10'000;
constexpr unsigned kLastCapability = 63;

// Texts and descriptors of an order, as long as all of them fit.
class OrderWriter {
 public:
  explicit OrderWriter(ZygoteOrder& order) : order_(order) {}

  TextPlace text(const char* text) {
    if (text == nullptr) return 0;
    const std::size_t length = std::strlen(text) + 1;
    const TextPlace place = order_.text_bytes;
    if (place + length > order_.text.size()) {
      fits_ = false;
      return 0;
    }
    std::memcpy(order_.text.data() + place, text, length);
    order_.text_bytes += static_cast<std::uint32_t>(length);
    return place;
  }

  void descriptor(int fd) {
    if (fds_.size() == kMostZygoteFds)
      fits_ = false;
    else
      fds_.push_back(fd);
  }

  void setup(const ChildSetup& setup, const UniqueFd& cgroup) {
    if (setup.limit_count > kMostZygoteLimits || setup.shown_count > kMostZygoteShown) {
      fits_ = false;
      return;
    }
    if (cgroup.open()) descriptor(cgroup.get());
    for (std::size_t i = 0; i < setup.fd_count; ++i)
      descriptor(setup.fds[i]);
    order_.user = setup.user;
    order_.fd_count = static_cast<std::uint32_t>(setup.fd_count);
    order_.limit_count = static_cast<std::uint32_t>(setup.limit_count);
    order_.shown_count = static_cast<std::uint32_t>(setup.shown_count);
    order_.into_cgroup = cgroup.open();
    order_.own_mounts = setup.own_mounts;
    order_.staged = setup.staged;
    order_.folder = text(setup.folder);
    order_.mount_point = text(setup.mount_point);
    order_.mount_options = text(setup.mount_options);
    order_.user_map = text(setup.user_map);
    order_.group_map = text(setup.group_map);
    for (std::size_t i = 0; i < setup.limit_count; ++i)
      order_.limits[i] = setup.limits[i];
    for (std::size_t i = 0; i < setup.shown_count; ++i) {
      const ShownEntry& entry = setup.shown[i];
      order_.shown[i] = {text(entry.source), text(entry.target), entry.writable, entry.is_folder, entry.id_map >= 0};
      if (entry.id_map >= 0) descriptor(entry.id_map);
    }
  }

  bool fits() const { return fits_; }
  const std::vector<int>& fds() const { return fds_; }

 private:
  ZygoteOrder& order_;
  std::vector<int> fds_;
  bool fits_ = true;
};

bool send(int socket, ZygoteOrder& order, const std::vector<int>& fds) {
  iovec part{&order, offsetof(ZygoteOrder, text) + order.text_bytes};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kMostZygoteFds)> control{};
  message.msg_control = control.data();
  message.msg_controllen = CMSG_SPACE(sizeof(int) * fds.size());
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
  std::memcpy(CMSG_DATA(header), fds.data(), sizeof(int) * fds.size());
  return ::sendmsg(socket, &message, MSG_NOSIGNAL) == static_cast<ssize_t>(part.iov_len);
}

enum class Heard { kReply, kNobody, kNothing };

// kNobody: neither the original nor a copy that has not answered yet is alive.
Heard receive(int socket, ZygoteReply& reply, int patience_ms) {
  pollfd ready{socket, POLLIN, 0};
  if (::poll(&ready, 1, patience_ms) != 1) return Heard::kNothing;
  return ::recv(socket, &reply, sizeof(reply), 0) == sizeof(reply) ? Heard::kReply : Heard::kNobody;
}

// An ordinary user's helper may mount in its own namespaces, and so must the copies until they are set up; without this
// executing takes that away.
void keep_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {};
  if (::syscall(SYS_capget, &header, sets) != 0) return;
  for (__user_cap_data_struct& set : sets)
    set.inheritable = set.permitted;
  if (::syscall(SYS_capset, &header, sets) != 0) return;
  for (unsigned capability = 0; capability <= kLastCapability; ++capability)
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0);
}

struct LoadTask {
  const char* program = nullptr;
  char* const* argv = nullptr;
  char* const* environment = nullptr;
  int socket = -1;
  int library = -1;
  pid_t helper = 0;
};

// In the helper's memory until it executes bubblewrap.
int load_bubblewrap(void* argument) {
  const LoadTask& task = *static_cast<LoadTask*>(argument);
  if (::dup2(task.socket, kZygoteSocketFd) < 0 || ::dup2(task.library, kZygoteLibraryFd) < 0) return 1;
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || ::getppid() != task.helper) return 1;
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return 1;
  if (::geteuid() != 0) keep_capabilities();
  ::execve(task.program, task.argv, task.environment);
  return 1;
}

}  // namespace

std::optional<SpawnOutcome> Zygote::spawn(const SpawnPlan& plan, const std::vector<UniqueFd>& fds,
                                          const std::optional<Disguise>& disguise, const UniqueFd& cgroup) {
  const auto order = std::make_unique<ZygoteOrder>();
  OrderWriter writer(*order);
  const SetupParts parts(plan, fds, disguise);
  writer.setup(parts.setup(), cgroup);
  if (!writer.fits() || !load(plan)) return std::nullopt;
  ZygoteReply reply;
  if (!send(socket_.get(), *order, writer.fds())) {
    end();
    return std::nullopt;
  }
  const Heard heard = receive(socket_.get(), reply, kCopyPatience_ms);
  if (heard == Heard::kReply) return SpawnOutcome{reply.pid, reply.stage, reply.error};
  end();  // and with the socket a copy that has not answered yet
  if (heard == Heard::kNobody) return std::nullopt;
  return SpawnOutcome{-1, SpawnStage::kProcess, ETIMEDOUT};
}

bool Zygote::is_loaded(const struct stat& bubblewrap) const {
  return bubblewrap.st_dev == bubblewrap_.st_dev && bubblewrap.st_ino == bubblewrap_.st_ino &&
         bubblewrap.st_ctim.tv_sec == bubblewrap_.st_ctim.tv_sec &&
         bubblewrap.st_ctim.tv_nsec == bubblewrap_.st_ctim.tv_nsec;
}

bool Zygote::load(const SpawnPlan& plan) {
  struct stat bubblewrap {};
  if (::stat(plan.argv[0].c_str(), &bubblewrap) != 0) return false;
  const bool same = is_loaded(bubblewrap);
  if (same && pid_ > 0) return true;
  if (same && gave_up_) return false;
  end();
  bubblewrap_ = bubblewrap;
  gave_up_ = !start(plan);
  if (gave_up_) end();
  return !gave_up_;
}

bool Zygote::start(const SpawnPlan& plan) {
  if (!library_.open()) {
    auto library = zygote_image();
    if (!library) return false;
    library_ = std::move(*library);
  }
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return false;
  socket_ = UniqueFd(ends[0]);
  const UniqueFd other(ends[1]);

  std::vector<std::string> words = plan.argv;
  std::vector<char*> argv;
  for (std::string& word : words)
    argv.push_back(word.data());
  argv.push_back(nullptr);
  std::string preload = fmt::format("LD_PRELOAD=/proc/self/fd/{}", kZygoteLibraryFd);
  char* environment[] = {preload.data(), nullptr};
  LoadTask task{words[0].c_str(), argv.data(), environment, other.get(), library_.get(), ::getpid()};
  constexpr std::size_t kStack_bytes = 64U << 10;
  const auto stack = std::make_unique_for_overwrite<char[]>(kStack_bytes);
  char* top = stack.get() + kStack_bytes - reinterpret_cast<std::uintptr_t>(stack.get() + kStack_bytes) % 64;
  pid_ = ::clone(load_bubblewrap, top, CLONE_VM | CLONE_VFORK | SIGCHLD, &task);
  ZygoteReply ready;
  return pid_ > 0 && receive(socket_.get(), ready, kLoadPatience_ms) == Heard::kReply;
}

bool Zygote::ended(pid_t pid) {
  if (pid != pid_) return false;
  pid_ = -1;
  socket_.reset();
  return true;
}

void Zygote::end() {
  socket_.reset();
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  pid_ = -1;
}

}  // namespace commandcenter::sandbox
