#include "sandbox/seccomp_filter.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

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

constexpr std::uint32_t kNewNamespaces = std::uint32_t{CLONE_NEWNS} | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET |
                                         CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP | 0x80U /* CLONE_NEWTIME */;
constexpr std::uint32_t kSocketKind = 0xf;       // the rest of the word are flags
constexpr std::uint32_t kOtherAbi = 0x40000000;  // x32: numbers from here on
constexpr std::uint32_t kNoCall = 0xffffffff;    // what a tracer leaves of a call that it has skipped
constexpr std::uint32_t kAskPersonality = 0xffffffff;

// Arguments are looked at as the kernel does: the lower half, where it takes an int.
constexpr std::uint32_t argument(std::size_t index) {
  return static_cast<std::uint32_t>(offsetof(seccomp_data, args) + index * sizeof(std::uint64_t));
}
constexpr std::uint32_t kUpperHalf = sizeof(std::uint32_t);

// Where in the program an instruction is, counted from its end: it is written backwards, so that whoever jumps knows
// how far.
using Place = std::size_t;

class Program {
 public:
  Place answer(std::uint32_t action) { return put(BPF_RET | BPF_K, action, 0, 0); }

  // These go on with what was written last.
  Place load(std::uint32_t offset) { return put(BPF_LD | BPF_W | BPF_ABS, offset, 0, 0); }
  Place mask(std::uint32_t bits) { return put(BPF_ALU | BPF_AND | BPF_K, bits, 0, 0); }

  Place is(std::uint32_t value, Place yes, Place no) { return jump(BPF_JEQ, value, yes, no); }
  Place at_least(std::uint32_t value, Place yes, Place no) { return jump(BPF_JGE, value, yes, no); }
  Place has_any(std::uint32_t bits, Place yes, Place no) { return jump(BPF_JSET, bits, yes, no); }

  // Empty when some jump would be too long.
  std::string bytes() const {
    std::string out;
    for (auto entry = instructions_.rbegin(); entry != instructions_.rend() && fits_; ++entry)
      out.append(reinterpret_cast<const char*>(&*entry), sizeof(*entry));
    return out;
  }

 private:
  Place put(int code, std::uint32_t value, std::uint8_t yes, std::uint8_t no) {
    instructions_.push_back({static_cast<std::uint16_t>(code), yes, no, value});
    return instructions_.size() - 1;
  }

  Place jump(int kind, std::uint32_t value, Place yes, Place no) {
    return put(BPF_JMP | BPF_K | kind, value, distance(yes), distance(no));
  }

  std::uint8_t distance(Place to) {
    const std::size_t far = instructions_.size() - to - 1;
    fits_ = fits_ && far <= std::numeric_limits<std::uint8_t>::max();
    return static_cast<std::uint8_t>(far);
  }

  std::vector<sock_filter> instructions_;
  bool fits_ = true;
};

class Filter {
 public:
  std::string write() {
    each(kAllowed, allow_);
    each(kRefused, refuse_);
    add_sockets();
    add_processes();
    decide(runs());
    const Place number = program_.load(offsetof(seccomp_data, nr));
    program_.is(AUDIT_ARCH_X86_64, number, kill_);
    program_.load(offsetof(seccomp_data, arch));
    return program_.bytes();
  }

 private:
  using Runs = std::vector<std::pair<std::uint32_t, Place>>;

  // Negative numbers: not a call of this processor, or newer than the library.
  void each(std::string_view names, Place place) {
    while (!names.empty()) {
      const std::size_t end = std::min(names.find(' '), names.size());
      const int number = ::seccomp_syscall_resolve_name(std::string(names.substr(0, end)).c_str());
      if (number >= 0) calls_[static_cast<std::uint32_t>(number)] = place;
      names.remove_prefix(std::min(end + 1, names.size()));
    }
  }

  void add_sockets() {
    const auto kinds = [this](std::uint32_t third, Place answer) {
      program_.is(SOCK_STREAM, allow_, program_.is(SOCK_DGRAM, allow_, program_.is(third, answer, missing_)));
      program_.mask(kSocketKind);
      return program_.load(argument(1));
    };
    const Place local = kinds(SOCK_SEQPACKET, allow_);
    const Place internet = kinds(SOCK_RAW, refuse_);
    program_.is(NETLINK_ROUTE, allow_, refuse_);
    const Place netlink = program_.load(argument(2));
    program_.is(
        AF_UNIX, local,
        program_.is(AF_INET, internet, program_.is(AF_INET6, internet, program_.is(AF_NETLINK, netlink, no_family_))));
    calls_[SYS_socket] = program_.load(argument(0));
    program_.is(AF_UNIX, allow_, missing_);
    calls_[SYS_socketpair] = program_.load(argument(0));

    // Larger buffers are memory that nothing counts: asking for them changes nothing.
    Place option = allow_;
    for (const int size : {SO_SNDBUF, SO_RCVBUF, SO_SNDBUFFORCE, SO_RCVBUFFORCE})
      option = program_.is(static_cast<std::uint32_t>(size), pretend_, option);
    const Place buffer = program_.load(argument(2));
    program_.is(SOL_SOCKET, buffer, allow_);
    calls_[SYS_setsockopt] = program_.load(argument(1));
  }

  void add_processes() {
    // Threads and processes, but no namespaces. clone3 hides its flags in memory, where no filter sees them: it does
    // not exist, and every C library falls back to clone.
    program_.has_any(kNewNamespaces, refuse_, allow_);
    calls_[SYS_clone] = program_.load(argument(0));

    // Limits may be lowered, but for that of core dumps: 0 would have the host's program for crashes run after all.
    program_.is(RLIMIT_CORE, pretend_, allow_);
    calls_[SYS_setrlimit] = program_.load(argument(0));
    program_.is(0, allow_, pretend_);
    const Place upper = program_.load(argument(2) + kUpperHalf);
    program_.is(0, upper, pretend_);
    const Place wants_another = program_.load(argument(2));
    program_.is(RLIMIT_CORE, wants_another, allow_);
    calls_[SYS_prlimit64] = program_.load(argument(1));

    // What a program is may be asked, not changed (other personalities switch protections of memory off).
    program_.is(0, allow_, program_.is(kAskPersonality, allow_, missing_));
    calls_[SYS_personality] = program_.load(argument(0));

    // Leases stop programs of the host at a file, and notices tell what they do there.
    program_.is(F_SETLEASE, refuse_, program_.is(F_NOTIFY, refuse_, allow_));
    calls_[SYS_fcntl] = program_.load(argument(1));
  }

  // From which number on which answer is given: much fewer than there are calls.
  Runs runs() const {
    Runs all = {{0, missing_}};
    const auto from = [&all](std::uint32_t number, Place place) {
      if (all.back().first == number) all.pop_back();
      if (all.empty() || all.back().second != place) all.emplace_back(number, place);
    };
    for (const auto& [number, place] : calls_) {
      from(number, place);
      from(number + 1, missing_);
    }
    from(kOtherAbi, kill_);
    from(kNoCall, missing_);
    return all;
  }

  // A balanced tree, a level at a time from its leaves: which of two neighbours is asked by the later one's number. Its
  // root is written last.
  void decide(Runs level) {
    while (level.size() > 1) {
      Runs above;
      for (std::size_t i = 0; i < level.size(); i += 2) {
        const bool last = i + 1 == level.size();
        above.emplace_back(
            level[i].first,
            last ? level[i].second : program_.at_least(level[i + 1].first, level[i + 1].second, level[i].second));
      }
      level = std::move(above);
    }
  }

  Program program_;
  const Place allow_ = program_.answer(SECCOMP_RET_ALLOW);
  const Place refuse_ = program_.answer(SECCOMP_RET_ERRNO | EPERM);
  const Place missing_ = program_.answer(SECCOMP_RET_ERRNO | ENOSYS);
  const Place no_family_ = program_.answer(SECCOMP_RET_ERRNO | EAFNOSUPPORT);
  const Place pretend_ = program_.answer(SECCOMP_RET_ERRNO | 0);
  const Place kill_ = program_.answer(SECCOMP_RET_KILL_PROCESS);
  std::map<std::uint32_t, Place> calls_;
};

}  // namespace

Result<std::string> seccomp_program() {
  std::string bytes = Filter().write();
  if (bytes.empty()) return fail(ErrorCode::kInternal, "the list of allowed system calls is too long for a filter");
  return bytes;
}

}  // namespace commandcenter::sandbox
