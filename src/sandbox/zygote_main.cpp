// Bubblewrap that was loaded once and is copied for each sandbox. Loading it takes the dynamic linker longer than
// bubblewrap needs for all of its work, most of all on virtual machines: the C library asks the processor dozens of
// questions (CPUID), each of which stops the machine.
//
// This is a library that the dynamic linker loads in front of bubblewrap (LD_PRELOAD). Its constructor runs before
// bubblewrap's main() and returns in copies only: each of them becomes what it was ordered to be and goes on into an
// unchanged bubblewrap, whose command line is the same for all. A copy is the helper's child, not this process's.
//
// Needs C's library only, which bubblewrap has loaded anyway. See zygote_protocol.h.
#include <linux/capability.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "sandbox/child_setup.h"
#include "sandbox/helper_signals.h"
#include "sandbox/zygote_protocol.h"

namespace commandcenter::sandbox {
namespace {

ZygoteOrder order;  // kept out of the stack, which is bubblewrap's
ShownEntry shown[kMostZygoteShown];
int fds[kMostZygoteFds];
std::size_t fd_count = 0;

void reply(const ZygoteReply& what) {
  if (::send(kZygoteSocketFd, &what, sizeof(what), MSG_NOSIGNAL) != sizeof(what)) ::_exit(0);
}

// False when the helper is gone.
bool receive() {
  iovec part{&order, sizeof(order)};
  msghdr message{};
  alignas(cmsghdr) static char control[CMSG_SPACE(sizeof(fds))];
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  ssize_t got = -1;
  do {
    got = ::recvmsg(kZygoteSocketFd, &message, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got <= 0) return false;
  fd_count = 0;
  const cmsghdr* rights = CMSG_FIRSTHDR(&message);
  if (rights != nullptr && rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS) {
    fd_count = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    std::memcpy(fds, CMSG_DATA(rights), fd_count * sizeof(int));
  }
  return true;
}

const char* text_at(TextPlace place) {
  return place == 0 ? nullptr : order.text.data() + place;
}

// Of the descriptors, the cgroup's comes first and the id maps' come last.
bool read_setup(ChildSetup& setup, pid_t helper) {
  const std::size_t first = order.into_cgroup ? 1 : 0;
  std::size_t next_map = first + order.fd_count;
  if (next_map > fd_count) return false;
  setup.helper = helper;
  setup.folder = text_at(order.folder);
  setup.mount_point = text_at(order.mount_point);
  setup.mount_options = text_at(order.mount_options);
  setup.user_map = text_at(order.user_map);
  setup.group_map = text_at(order.group_map);
  setup.own_mounts = order.own_mounts;
  setup.staged = order.staged;
  setup.user = order.user;
  for (std::size_t i = 0; i < order.shown_count; ++i) {
    const ZygoteShown& entry = order.shown[i];
    if (entry.has_id_map && next_map >= fd_count) return false;
    shown[i] = {text_at(entry.source), text_at(entry.target), entry.has_id_map ? fds[next_map++] : -1, entry.writable,
                entry.is_folder};
  }
  setup.shown = shown;
  setup.shown_count = order.shown_count;
  setup.limits = order.limits.data();
  setup.limit_count = order.limit_count;
  setup.fds = fds + first;
  setup.fd_count = order.fd_count;
  setup.kept_fd = kZygoteSocketFd;
  return true;
}

pid_t copy_self() {
  const auto flags = static_cast<unsigned long>(CLONE_PARENT | (order.own_mounts ? CLONE_NEWNS : 0));
  if (!order.into_cgroup) {
    return static_cast<pid_t>(::syscall(SYS_clone, flags | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  }
  clone_args arguments{};
  arguments.flags = flags | CLONE_INTO_CGROUP;
  arguments.cgroup = static_cast<__u64>(fds[0]);
  return static_cast<pid_t>(::syscall(SYS_clone3, &arguments, sizeof(arguments)));
}

// What executing bubblewrap would have done to an ordinary user's process.
void drop_privileges() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  if (::geteuid() != 0 && ::syscall(SYS_capset, &header, none) != 0) ::_exit(1);
  ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);  // a change of user forbids it, and it could not open its own /proc/self
}

void become_bubblewrap(const ChildSetup& setup) {
  for (const int signal : kHelperIgnores)
    ::signal(signal, SIG_DFL);
  int unused = -1;
  const ChildFailure failure = set_up_child(setup, unused);
  if (failure.error == 0) drop_privileges();
  reply({static_cast<std::int32_t>(::syscall(SYS_getpid)), failure.stage, failure.error});
  if (failure.error != 0) ::_exit(1);
  ::close(kZygoteSocketFd);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[gnu::constructor]] void serve() {
  ::close(kZygoteLibraryFd);
  ::unsetenv("LD_PRELOAD");
  ::prctl(PR_SET_NAME, "cc-zygote", 0, 0, 0);
  const pid_t helper = ::getppid();
  reply({});
  while (receive()) {
    ChildSetup setup;
    const bool whole = read_setup(setup, helper);
    const pid_t pid = whole ? copy_self() : -1;
    if (pid == 0) return become_bubblewrap(setup);
    if (pid < 0) reply({-1, SpawnStage::kProcess, whole ? errno : EMFILE});
    for (std::size_t i = 0; i < fd_count; ++i)
      ::close(fds[i]);
  }
  ::_exit(0);
}

}  // namespace
}  // namespace commandcenter::sandbox
