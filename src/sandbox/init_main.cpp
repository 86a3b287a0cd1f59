// The first program in every sandbox, and process 1 in there: bounds the number of processes, starts the agent's
// program behind Landlock, buries whoever is orphaned, and ends as that program ended, with which all the others die.
// See init_protocol.h for how it is called.
//
// The agent is not process 1 itself, because the kernel keeps signals from that one; and process 1 stays outside of the
// agent's Landlock, so nobody behind it may look into its memory.
//
// It is started for every step, so it has no C library, no relocations and a handful of pages: a statically linked
// empty main() costs several times as much. It trusts its orders, which the server wrote.
#include <asm/unistd.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

#include "sandbox/init_protocol.h"

#if !defined(__x86_64__)
#error "the first program of a sandbox is written for x86-64: give it the system calls of this processor"
#endif

namespace commandcenter::sandbox {
namespace {

using Word = long;  // as wide as a register

Word call(Word number, Word a = 0, Word b = 0, Word c = 0, Word d = 0) {
  Word result = 0;
  register Word fourth asm("r10") = d;
  asm volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth) : "rcx", "r11", "memory");
  return result;
}

Word address(const void* pointer) {
  return reinterpret_cast<Word>(pointer);
}

// ---- Landlock: its numbers, which older kernel headers lack ------------------------------------------------------

constexpr unsigned long kExecute = 1UL << 0;
constexpr unsigned long kWriteFile = 1UL << 1;
constexpr unsigned long kReadFile = 1UL << 2;
constexpr unsigned long kReadFolder = 1UL << 3;
constexpr unsigned long kAllOfAbi1 = (1UL << 13) - 1;
constexpr unsigned long kRefer = 1UL << 13;     // ABI 2: rename and link between folders
constexpr unsigned long kTruncate = 1UL << 14;  // ABI 3
constexpr unsigned long kDevice = 1UL << 15;    // ABI 5: ioctl of devices
constexpr unsigned long kOfFiles = kExecute | kWriteFile | kReadFile | kTruncate | kDevice;
constexpr unsigned long kRead = kExecute | kReadFile | kReadFolder;
constexpr unsigned long kScopeAll = 3;  // ABI 6: abstract sockets and signals stay within

constexpr Word kCreateRuleset = 444;
constexpr Word kAddRule = 445;
constexpr Word kRestrictSelf = 446;
constexpr Word kAskVersion = 1;
constexpr Word kPathBeneath = 1;

struct Ruleset {
  unsigned long files = 0;
  unsigned long network = 0;  // ABI 4; the network namespace already decides about that
  unsigned long scoped = 0;
};
constexpr Word kRulesetAbi1Bytes = 8;
constexpr Word kRulesetAbi4Bytes = 16;
constexpr Word kRulesetAbi6Bytes = 24;

struct [[gnu::packed]] PathRule {
  unsigned long access;
  int folder;
};

unsigned long handled(Word abi) {
  unsigned long access = kAllOfAbi1;
  if (abi >= 2) access |= kRefer;
  if (abi >= 3) access |= kTruncate;
  if (abi >= 5) access |= kDevice;
  return access;
}

// A path that does not exist needs no rule. Files take fewer rights than folders.
Word allow(Word ruleset, const char* path, unsigned long access) {
  const Word fd = call(__NR_openat, AT_FDCWD, address(path), O_PATH | O_CLOEXEC);
  if (fd < 0) return fd == -ENOENT || fd == -ENOTDIR ? 0 : fd;
  PathRule rule{access, static_cast<int>(fd)};
  Word result = call(kAddRule, ruleset, kPathBeneath, address(&rule));
  if (result == -EINVAL) {
    rule.access = access & kOfFiles;
    result = call(kAddRule, ruleset, kPathBeneath, address(&rule));
  }
  call(__NR_close, fd);
  return result;
}

// What Landlock is to allow, as a descriptor: it acts once somebody enters it. 0: this kernel has no Landlock, which
// the probe has said. `paths` are r:PATH and w:PATH up to one that is neither.
Word walls_of(char** paths) {
  const Word abi = call(kCreateRuleset, 0, 0, kAskVersion);
  if (abi < 1) return 0;
  Ruleset rules;
  rules.files = handled(abi);
  rules.scoped = abi >= 6 ? kScopeAll : 0;
  const Word size = abi >= 6 ? kRulesetAbi6Bytes : abi >= 4 ? kRulesetAbi4Bytes : kRulesetAbi1Bytes;
  const Word ruleset = call(kCreateRuleset, address(&rules), size);
  if (ruleset < 0) return ruleset;
  Word result = allow(ruleset, "/", kReadFolder);
  for (; result == 0 && *paths != nullptr && (*paths)[0] != '-'; ++paths) {
    result = allow(ruleset, *paths + 2, (*paths)[0] == 'w' ? rules.files : kRead);
  }
  // Devices and what programs write into them; making files is not among it.
  if (result == 0) {
    result = allow(ruleset, "/dev", kRead | (rules.files & (kWriteFile | kTruncate | kDevice)));
  }
  return result == 0 ? ruleset : result;
}

// ---- The way to the proxy ----------------------------------------------------------------------------------------

struct [[gnu::packed]] InternetAddress {
  unsigned short family = AF_INET;
  unsigned short port = static_cast<unsigned short>(kProxyPort << 8 | kProxyPort >> 8);
  unsigned char address[4] = {127, 0, 0, 1};
  unsigned char zero[8] = {};
};

// A descriptor in a message, as the kernel lays it out.
struct Rights {
  unsigned long length = sizeof(Rights) - sizeof(int);
  int level = SOL_SOCKET;
  int type = SCM_RIGHTS;
  int descriptor = -1;
  int padding = 0;
};

// The socket belongs to this network namespace wherever its descriptor goes.
Word hand_over_listener(Word channel) {
  const Word listener = call(__NR_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC);
  if (listener < 0) return listener;
  const InternetAddress place;
  constexpr Word kBacklog = 128;
  Word result = call(__NR_bind, listener, address(&place), sizeof(place));
  if (result == 0) result = call(__NR_listen, listener, kBacklog);
  if (result == 0) {
    char byte = 'n';
    iovec data{&byte, 1};
    Rights rights;
    rights.descriptor = static_cast<int>(listener);
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = &rights;
    message.msg_controllen = sizeof(rights);
    result = call(__NR_sendmsg, channel, address(&message));
    if (result > 0) result = 0;
  }
  call(__NR_close, listener);
  call(__NR_close, channel);
  return result;
}

// ---- The rest ----------------------------------------------------------------------------------------------------

void tell(InitStage stage, Word error) {
  char line[64] = "{\"init-stage\": 0, \"init-error\": ";
  char* end = line;
  while (*end != '\0')
    ++end;
  line[15] = static_cast<char>('0' + static_cast<int>(stage));
  const unsigned long number = static_cast<unsigned long>(-error);
  for (unsigned long unit = 1000; unit > 0; unit /= 10)
    if (number >= unit || unit == 1) *end++ = static_cast<char>('0' + number / unit % 10);
  *end++ = '}';
  *end++ = '\n';
  call(__NR_write, kInitStatusFd, address(line), end - line);
}

[[noreturn]] void give_up(InitStage stage, Word error) {
  tell(stage, error);
  for (;;)
    call(__NR_exit_group, 127);
}

unsigned long number_of(const char* text) {
  unsigned long number = 0;
  for (; *text >= '0' && *text <= '9'; ++text)
    number = number * 10 + static_cast<unsigned long>(*text - '0');
  return number;
}

// The agent's process, from here to its own program.
[[noreturn]] void become_program(Word walls, char** program, char** environment) {
  const Word shut = walls > 0 ? call(kRestrictSelf, walls) : 0;
  if (shut != 0) give_up(InitStage::kLandlock, shut);
  tell(InitStage::kReady, 0);
  // Whatever else somebody has left open.
  constexpr Word kCloseAtExec = 4;
  call(__NR_close_range, 3, ~0U, kCloseAtExec);
  give_up(InitStage::kExec, call(__NR_execve, address(*program), address(program), address(environment)));
}

// Until the agent has ended; whoever has lost its parent is process 1's to bury. Shells and bubblewrap tell a signal as
// kSignalBase and its number.
int wait_for(Word child) {
  constexpr int kSignalBase = 128;
  for (;;) {
    int status = 0;
    const Word ended = call(__NR_wait4, -1, address(&status));
    if (ended == -EINTR) continue;
    if (ended < 0) return kSignalBase + SIGKILL;
    const int signal = status & 0x7f;
    if (ended == child) return signal == 0 ? status >> 8 & 0xff : kSignalBase + signal;
  }
}

struct Given {
  unsigned count = 0;  // of words
  char** words = nullptr;
  char** environment = nullptr;
};

// Pointers to `count` texts, the last of them null; `text` moves behind them.
char** list_of(unsigned count, char**& free, char*& text, const char* end) {
  char** const list = free;
  for (unsigned i = 0; i < count && text < end; ++i) {
    *free++ = text;
    while (text < end && *text++ != '\0') {
    }
  }
  *free++ = nullptr;
  return list;
}

// The file, and behind it the lists that point into it.
Word read_orders(Given& given) {
  InitOrders head;
  constexpr Word kHead_bytes = sizeof(head);
  const Word size = call(__NR_lseek, kInitOrdersFd, 0, SEEK_END);
  if (size < kHead_bytes || call(__NR_pread64, kInitOrdersFd, address(&head), kHead_bytes, 0) != kHead_bytes)
    return -EINVAL;
  constexpr Word kAlign = sizeof(char*);
  const Word texts = (call(__NR_brk, 0) + kAlign) & -kAlign;
  const Word lists = (texts + size + kAlign) & -kAlign;
  const Word end = lists + (static_cast<Word>(head.words) + head.variables + 2) * kAlign;
  if (call(__NR_brk, end) < end) return -ENOMEM;
  char* text = reinterpret_cast<char*>(texts);
  if (call(__NR_pread64, kInitOrdersFd, texts, size - kHead_bytes, kHead_bytes) != size - kHead_bytes) return -EINVAL;
  char** free = reinterpret_cast<char**>(lists);
  const char* const text_end = text + (size - kHead_bytes);
  given.words = list_of(head.words, free, text, text_end);
  given.environment = list_of(head.variables, free, text, text_end);
  given.count = head.words;
  return 0;
}

// Nothing is ever raised.
void bound(Word resource, const char* number) {
  rlimit limit{};
  Word result = call(__NR_prlimit64, 0, resource, 0, address(&limit));
  if (const unsigned long wanted = number_of(number); wanted < limit.rlim_max) limit.rlim_max = wanted;
  limit.rlim_cur = limit.rlim_max;
  if (result == 0) result = call(__NR_prlimit64, 0, resource, address(&limit));
  if (result != 0) give_up(InitStage::kLimits, result);
}

[[noreturn]] void run() {
  call(__NR_fcntl, kInitStatusFd, F_SETFD, FD_CLOEXEC);
  call(__NR_close, kInitImageFd);
  Given given;
  if (const Word read = read_orders(given); read != 0) give_up(InitStage::kArguments, read);
  call(__NR_close, kInitOrdersFd);

  constexpr unsigned kBounds = 2;
  if (given.count <= kBounds) give_up(InitStage::kArguments, -EINVAL);
  bound(RLIMIT_NPROC, given.words[0]);
  bound(RLIMIT_NOFILE, given.words[1]);

  char** paths = given.words + kBounds;
  if (*paths != nullptr && (*paths)[0] == 'n') {
    const Word network = hand_over_listener(static_cast<Word>(number_of(*paths + 2)));
    if (network != 0) give_up(InitStage::kNetwork, network);
    ++paths;
  }
  const Word walls = walls_of(paths);
  if (walls < 0) give_up(InitStage::kLandlock, walls);
  while (*paths != nullptr && (*paths)[0] != '-')
    ++paths;
  if (paths[0] == nullptr || paths[1] == nullptr) give_up(InitStage::kArguments, -EINVAL);

  const Word child = call(__NR_fork);
  if (child == 0) become_program(walls, paths + 1, given.environment);
  if (child < 0) give_up(InitStage::kProcess, child);
  // The agent alone decides how long its pipes are open.
  call(__NR_close_range, 0, ~0U);
  const int code = wait_for(child);
  for (;;)
    call(__NR_exit_group, code);
}

}  // namespace

extern "C" [[noreturn, gnu::used]] void begin() {
  run();
}

}  // namespace commandcenter::sandbox

asm(".globl _start\n_start:\n  xor %ebp, %ebp\n  and $-16, %rsp\n  call begin\n  hlt\n");
