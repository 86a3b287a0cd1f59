#include "sandbox/seccomp_filter.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

#include <fmt/format.h>

#include "sandbox/unique_fd.h"

namespace commandcenter::sandbox {
namespace {

// Files, memory, processes and threads, signals, time, waiting, sockets, limits, Landlock (for the first program).
// Names that this libseccomp does not know are calls that this kernel's programs do not make.
constexpr std::string_view kAllowed =
    "access alarm arch_prctl bind brk cachestat capget capset chdir chmod chown clock_getres clock_gettime "
    "clock_nanosleep close close_range connect copy_file_range creat dup dup2 dup3 epoll_create epoll_create1 "
    "epoll_ctl "
    "epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 execve execveat exit exit_group faccessat "
    "faccessat2 fadvise64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchownat fcntl fdatasync fgetxattr "
    "flistxattr "
    "flock fork fremovexattr fsetxattr fstat fstatfs fsync ftruncate futex futex_requeue futex_wait futex_waitv "
    "futex_wake futimesat get_mempolicy get_robust_list getcpu getcwd getdents getdents64 getegid geteuid getgid "
    "getgroups getitimer getpeername getpgid getpgrp getpid getppid getpriority getrandom getresgid getresuid "
    "getrlimit "
    "getrusage getsid getsockname getsockopt gettid gettimeofday getuid getxattr "
    "ioctl ioprio_get ioprio_set kill landlock_add_rule landlock_create_ruleset "
    "landlock_restrict_self lchown lgetxattr link linkat listen listxattr llistxattr lremovexattr lseek lsetxattr "
    "lstat "
    "madvise mbind membarrier mincore mkdir mkdirat mlock mlock2 mlockall mmap mprotect mq_getsetattr mq_notify "
    "mq_open "
    "mq_timedreceive mq_timedsend mq_unlink mremap mseal msync munlock munlockall munmap nanosleep newfstatat open "
    "openat "
    "openat2 pause pidfd_open pidfd_send_signal pipe pipe2 pkey_alloc pkey_free pkey_mprotect poll ppoll prctl pread64 "
    "preadv preadv2 pselect6 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv recvfrom "
    "recvmmsg "
    "recvmsg removexattr rename renameat renameat2 restart_syscall rmdir rseq rt_sigaction rt_sigpending "
    "rt_sigprocmask "
    "rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo sched_get_priority_max "
    "sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval "
    "sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp select sendfile sendmmsg "
    "sendmsg sendto set_mempolicy set_robust_list set_tid_address setfsgid setfsuid setgid setgroups setitimer setpgid "
    "setpriority setregid setresgid setresuid setreuid setsid setsockopt setuid setxattr shutdown "
    "sigaltstack "
    "signalfd signalfd4 splice stat statfs statx symlink symlinkat sync sync_file_range syncfs sysinfo tee tgkill time "
    "timer_create timer_delete timer_getoverrun timer_gettime timer_settime timerfd_create timerfd_gettime "
    "timerfd_settime times tkill truncate umask uname unlink unlinkat utime utimensat utimes vfork vmsplice wait4 "
    "waitid "
    "write writev accept accept4 mknod mknodat";

constexpr std::string_view kRefused =
    "mount umount2 pivot_root chroot open_tree open_tree_attr move_mount fsopen fsconfig fsmount fspick mount_setattr "
    "statmount listmount unshare setns ptrace process_vm_readv process_vm_writev process_madvise process_mrelease kcmp "
    "pidfd_getfd bpf perf_event_open keyctl add_key request_key userfaultfd init_module finit_module delete_module "
    "kexec_load kexec_file_load reboot swapon swapoff acct quotactl quotactl_fd syslog vhangup sethostname "
    "setdomainname "
    "settimeofday clock_settime clock_adjtime adjtimex stime iopl ioperm inotify_init inotify_init1 inotify_add_watch "
    "fanotify_init fanotify_mark open_by_handle_at "
    "name_to_handle_at lookup_dcookie move_pages migrate_pages nfsservctl vm86 vm86old";

constexpr std::uint64_t kNewNamespaces = std::uint64_t{CLONE_NEWNS} | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET |
                                         CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP | 0x80U /* CLONE_NEWTIME */;
constexpr scmp_datum_t kMostFamilies = 48;  // the kernel knows 46
constexpr std::uint64_t kSocketKind = 0xf;  // the rest of the word are flags
constexpr scmp_datum_t kLowerHalf = 0xffffffffU;

// Builds the rules and remembers the first failure.
class Filter {
 public:
  Filter() : context_(::seccomp_init(SCMP_ACT_ERRNO(ENOSYS)), ::seccomp_release) {
    if (!context_) error_ = -ENOMEM;
    check(::seccomp_attr_set(context_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS));
    check(::seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2));  // a binary tree over the numbers
  }

  void each(std::uint32_t action, std::string_view names) {
    while (!names.empty()) {
      const std::size_t end = std::min(names.find(' '), names.size());
      const int number = ::seccomp_syscall_resolve_name(std::string(names.substr(0, end)).c_str());
      // Negative: not a call of this processor, or newer than the library.
      if (number >= 0) check(::seccomp_rule_add_array(context_.get(), action, number, 0, nullptr));
      names.remove_prefix(std::min(end + 1, names.size()));
    }
  }

  template <std::size_t N>
  void rule(std::uint32_t action, int number, const std::array<scmp_arg_cmp, N>& conditions) {
    check(::seccomp_rule_add_array(context_.get(), action, number, N, conditions.data()));
  }

  Result<std::string> program() {
    const UniqueFd file(::memfd_create("cc-seccomp", MFD_CLOEXEC));
    if (!file.open()) error_ = -errno;
    if (error_ == 0) check(::seccomp_export_bpf(context_.get(), file.get()));
    std::string bytes;
    const off_t size = ::lseek(file.get(), 0, SEEK_END);
    if (error_ == 0 && size > 0) {
      bytes.resize(static_cast<std::size_t>(size));
      if (::pread(file.get(), bytes.data(), bytes.size(), 0) != size) error_ = -EIO;
    }
    if (error_ != 0) {
      return fail(ErrorCode::kUnavailable,
                  fmt::format("the list of allowed system calls cannot be compiled: {}", std::strerror(-error_)));
    }
    return bytes;
  }

 private:
  void check(int result) {
    if (result < 0 && error_ == 0) error_ = result;
  }

  std::unique_ptr<void, void (*)(scmp_filter_ctx)> context_;
  int error_ = 0;
};

// Before all that: single values of arguments that are not what the call is needed for. The library can say "all but
// these" of an argument's 32 bits only as dozens of rules; said directly it takes these few instructions.
//
// Larger buffers of sockets are memory that nothing counts: asking for them changes nothing. Leases stop programs of
// the host at a file, and notices tell what they do there.
std::string refused_values() {
  constexpr auto kArch = static_cast<std::uint32_t>(offsetof(seccomp_data, arch));
  constexpr auto kNumber = static_cast<std::uint32_t>(offsetof(seccomp_data, nr));
  constexpr auto kSecond = static_cast<std::uint32_t>(offsetof(seccomp_data, args) + sizeof(std::uint64_t));
  constexpr auto kThird = static_cast<std::uint32_t>(kSecond + sizeof(std::uint64_t));  // lower halves come first
  constexpr std::uint16_t kLoad = BPF_LD | BPF_W | BPF_ABS;
  constexpr std::uint16_t kIs = BPF_JMP | BPF_JEQ | BPF_K;
  constexpr std::uint16_t kAnswer = BPF_RET | BPF_K;
  constexpr std::array kProgram = {
      sock_filter{kLoad, 0, 0, kArch},
      sock_filter{kIs, 0, 15, AUDIT_ARCH_X86_64},  // others are killed below
      sock_filter{kLoad, 0, 0, kNumber},
      sock_filter{kIs, 1, 0, SYS_setsockopt},
      sock_filter{kIs, 7, 12, SYS_fcntl},
      sock_filter{kLoad, 0, 0, kSecond},
      sock_filter{kIs, 0, 10, SOL_SOCKET},
      sock_filter{kLoad, 0, 0, kThird},
      sock_filter{kIs, 6, 0, SO_SNDBUF},
      sock_filter{kIs, 5, 0, SO_RCVBUF},
      sock_filter{kIs, 4, 0, SO_SNDBUFFORCE},
      sock_filter{kIs, 3, 5, SO_RCVBUFFORCE},
      sock_filter{kLoad, 0, 0, kSecond},
      sock_filter{kIs, 2, 0, F_SETLEASE},
      sock_filter{kIs, 1, 2, F_NOTIFY},
      sock_filter{kAnswer, 0, 0, SECCOMP_RET_ERRNO | 0},
      sock_filter{kAnswer, 0, 0, SECCOMP_RET_ERRNO | EPERM},
  };
  std::string bytes(sizeof(kProgram), '\0');
  std::memcpy(bytes.data(), kProgram.data(), bytes.size());
  return bytes;
}

void add_sockets(Filter& filter) {
  for (const int family : {AF_UNIX, AF_INET, AF_INET6}) {
    for (const int kind : {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET}) {
      if (kind == SOCK_SEQPACKET && family != AF_UNIX) continue;
      filter.rule(SCMP_ACT_ALLOW, SCMP_SYS(socket),
                  std::array{SCMP_A0_64(SCMP_CMP_EQ, static_cast<scmp_datum_t>(family)),
                             SCMP_A1_64(SCMP_CMP_MASKED_EQ, kSocketKind, static_cast<scmp_datum_t>(kind))});
    }
  }
  filter.rule(SCMP_ACT_ALLOW, SCMP_SYS(socket),
              std::array{SCMP_A0_64(SCMP_CMP_EQ, AF_NETLINK), SCMP_A2_64(SCMP_CMP_EQ, NETLINK_ROUTE)});
  // What is left is refused in words that people know.
  for (scmp_datum_t family = 0; family < kMostFamilies; ++family) {
    if (family == AF_UNIX || family == AF_INET || family == AF_INET6 || family == AF_NETLINK) continue;
    filter.rule(SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), std::array{SCMP_A0_64(SCMP_CMP_EQ, family)});
  }
  for (const int family : {AF_INET, AF_INET6}) {
    filter.rule(SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket),
                std::array{SCMP_A0_64(SCMP_CMP_EQ, static_cast<scmp_datum_t>(family)),
                           SCMP_A1_64(SCMP_CMP_MASKED_EQ, kSocketKind, SOCK_RAW)});
  }
  filter.rule(SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket),
              std::array{SCMP_A0_64(SCMP_CMP_EQ, AF_NETLINK), SCMP_A2_64(SCMP_CMP_NE, NETLINK_ROUTE)});
  filter.rule(SCMP_ACT_ALLOW, SCMP_SYS(socketpair), std::array{SCMP_A0_64(SCMP_CMP_EQ, AF_UNIX)});
}

void add_conditional(Filter& filter) {
  // Threads and processes, but no namespaces. clone3 hides its flags in memory, where no filter sees them: it does not
  // exist, and every C library falls back to clone.
  filter.rule(SCMP_ACT_ALLOW, SCMP_SYS(clone), std::array{SCMP_A0_64(SCMP_CMP_MASKED_EQ, kNewNamespaces, 0)});
  for (std::uint64_t flag = 1; flag <= kNewNamespaces; flag <<= 1) {
    if ((flag & kNewNamespaces) == 0) continue;
    filter.rule(SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), std::array{SCMP_A0_64(SCMP_CMP_MASKED_EQ, flag, flag)});
  }
  // Limits may be lowered, but for that of core dumps: 0 would have the host's program for crashes run after all. The
  // kernel looks at the lower half of the argument only.
  for (scmp_datum_t resource = 0; resource < RLIM_NLIMITS; ++resource) {
    const bool is_core = resource == RLIMIT_CORE;
    const std::uint32_t action = is_core ? SCMP_ACT_ERRNO(0) : SCMP_ACT_ALLOW;
    filter.rule(action, SCMP_SYS(setrlimit), std::array{SCMP_A0_64(SCMP_CMP_MASKED_EQ, kLowerHalf, resource)});
    if (!is_core) {
      filter.rule(action, SCMP_SYS(prlimit64), std::array{SCMP_A1_64(SCMP_CMP_MASKED_EQ, kLowerHalf, resource)});
      continue;
    }
    filter.rule(action, SCMP_SYS(prlimit64),
                std::array{SCMP_A1_64(SCMP_CMP_MASKED_EQ, kLowerHalf, resource), SCMP_A2_64(SCMP_CMP_NE, 0)});
    filter.rule(SCMP_ACT_ALLOW, SCMP_SYS(prlimit64),
                std::array{SCMP_A1_64(SCMP_CMP_MASKED_EQ, kLowerHalf, resource), SCMP_A2_64(SCMP_CMP_EQ, 0)});
  }
  // What a program is may be asked, not changed (other personalities switch protections of memory off).
  filter.rule(SCMP_ACT_ALLOW, SCMP_SYS(personality), std::array{SCMP_A0_64(SCMP_CMP_EQ, 0)});
  filter.rule(SCMP_ACT_ALLOW, SCMP_SYS(personality), std::array{SCMP_A0_64(SCMP_CMP_EQ, 0xffffffffU)});
}

}  // namespace

Result<std::string> seccomp_program() {
  Filter filter;
  filter.each(SCMP_ACT_ALLOW, kAllowed);
  filter.each(SCMP_ACT_ERRNO(EPERM), kRefused);
  add_sockets(filter);
  add_conditional(filter);
  auto program = filter.program();
  if (program) program->insert(0, refused_values());
  return program;
}

}  // namespace commandcenter::sandbox
