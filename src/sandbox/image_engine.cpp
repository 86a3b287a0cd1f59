#include "sandbox/image_engine.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <functional>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "sandbox/unique_fd.h"

extern char** environ;

namespace commandcenter::sandbox {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::int64_t kLookAtStop_ms = 200;
constexpr auto kGrace = std::chrono::seconds(2);  // for the first of two, once the second is gone
constexpr std::size_t kMaxComplaint_bytes = 500;  // of what is told to people

// What an engine goes by, and none of the server's own settings, which may be secret.
std::vector<char*> engine_environment() {
  constexpr std::array<std::string_view, 12> kPassed = {
      "PATH=",       "HOME=",      "USER=",       "LANG=",        "XDG_",      "DOCKER_",
      "CONTAINERS_", "CONTAINER_", "http_proxy=", "https_proxy=", "no_proxy=", "TMPDIR="};
  std::vector<char*> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    if (std::ranges::any_of(kPassed, [text](std::string_view start) { return text.starts_with(start); }))
      variables.push_back(*variable);
  }
  variables.push_back(nullptr);
  return variables;
}

// It dies with the thread that started it, where the machine has the tool for that: an engine that outlives a killed
// server would hold its locks, and the next server would wait for them.
std::vector<std::string> that_dies_with_us(std::vector<std::string> command) {
  constexpr const char* kSetpriv = "/usr/bin/setpriv";
  if (::access(kSetpriv, X_OK) == 0 && ::access(command.front().c_str(), X_OK) == 0)
    command.insert(command.begin(), {kSetpriv, "--pdeathsig", "KILL"});
  return command;
}

class EngineProcess {
 public:
  EngineProcess(std::vector<std::string> given, int input, int output, int errors) {
    std::vector<std::string> command = that_dies_with_us(std::move(given));
    std::vector<char*> argv;
    for (std::string& word : command)
      argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, input, 0);
    ::posix_spawn_file_actions_adddup2(&actions, output, 1);
    ::posix_spawn_file_actions_adddup2(&actions, errors, 2);
    ::posix_spawn_file_actions_addclosefrom_np(&actions, 3);  // connections of the server are not its business
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    sigset_t none;
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setpgroup(&attributes, 0);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    std::vector<char*> variables = engine_environment();
    const int error = ::posix_spawn(&pid_, argv[0], &actions, &attributes, argv.data(), variables.data());
    if (error != 0) {
      pid_ = -1;
      problem_ = fmt::format("{} cannot be started: {}", argv[0], std::strerror(error));
    }
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
  }
  ~EngineProcess() {
    kill();
    wait();
  }
  EngineProcess(const EngineProcess&) = delete;
  EngineProcess& operator=(const EngineProcess&) = delete;

  const std::string& problem() const { return problem_; }  // why it was not started; empty: it was

  void kill() const {
    if (pid_ > 0) ::kill(-pid_, SIGKILL);
  }

  bool has_ended() {
    collect(WNOHANG);
    return pid_ <= 0;
  }

  int wait() {
    collect(0);
    return code_;
  }

 private:
  void collect(int flags) {
    int status = 0;
    pid_t got = -1;
    while (pid_ > 0 && (got = ::waitpid(pid_, &status, flags)) < 0 && errno == EINTR) {
    }
    if (pid_ <= 0 || got == 0) return;
    pid_ = -1;
    if (got > 0 && WIFEXITED(status)) code_ = WEXITSTATUS(status);
  }

  pid_t pid_ = -1;
  int code_ = -1;
  std::string problem_;
};

struct Pipe {
  UniqueFd reader;
  UniqueFd writer;
  Pipe() {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    reader = UniqueFd(ends[0]);
    writer = UniqueFd(ends[1]);
  }
};

// Reads both to their ends, and calls `look` from time to time. False: the time is over, the server stops, or one of
// them is too long.
bool read_both(const UniqueFd& output, const UniqueFd& errors, Ran& ran, const Patience& patience,
               const std::function<void()>& look = {}) {
  const auto deadline = SteadyClock::now() + std::chrono::milliseconds(patience.timeout_ms);
  std::array<pollfd, 2> fds = {pollfd{output.get(), POLLIN, 0}, pollfd{errors.get(), POLLIN, 0}};
  std::array<std::string*, 2> texts = {&ran.output, &ran.complaint};
  while (fds[0].fd >= 0 || fds[1].fd >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - SteadyClock::now());
    if (left.count() <= 0 || patience.stopping) return false;
    const auto pause_ms = std::min<std::int64_t>(kLookAtStop_ms, left.count());
    if (::poll(fds.data(), fds.size(), static_cast<int>(pause_ms)) < 0 && errno != EINTR) return false;
    if (look) look();
    for (std::size_t i = 0; i < fds.size(); ++i) {
      if (fds[i].fd < 0 || (fds[i].revents & (POLLIN | POLLHUP)) == 0) continue;
      std::array<char, 8192> piece;
      const ssize_t got = ::read(fds[i].fd, piece.data(), piece.size());
      if (got <= 0)
        fds[i].fd = -1;
      else
        texts[i]->append(piece.data(), static_cast<std::size_t>(got));
      if (texts[i]->size() > kMaxImageText_bytes) return false;
    }
  }
  return true;
}

constexpr const char* kImpatience = "it took too long, or said too much";

}  // namespace

Ran run_engine(std::vector<std::string> command, const Patience& patience) {
  Ran ran;
  Pipe output;
  Pipe errors;
  const UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  EngineProcess child(std::move(command), nothing.get(), output.writer.get(), errors.writer.get());
  output.writer.reset();
  errors.writer.reset();
  const bool read = read_both(output.reader, errors.reader, ran, patience);
  if (read) ran.code = child.wait();
  if (!read) ran.complaint = kImpatience;
  if (!child.problem().empty()) ran.complaint = child.problem();
  return ran;
}

bool run_piped(std::vector<std::string> from, std::vector<std::string> into, Ran& ran, const Patience& patience) {
  Pipe between;
  Pipe output;
  Pipe errors;
  const UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  EngineProcess first(std::move(from), nothing.get(), between.writer.get(), errors.writer.get());
  EngineProcess second(std::move(into), between.reader.get(), output.writer.get(), errors.writer.get());
  between = Pipe{};
  output.writer.reset();
  errors.writer.reset();
  // Not every engine ends when nobody reads what it writes; some wait for ever.
  std::optional<SteadyClock::time_point> gone;
  const auto look = [&] {
    if (!second.has_ended()) return;
    if (!gone) gone = SteadyClock::now();
    if (SteadyClock::now() - *gone > kGrace) first.kill();
  };
  const bool read = read_both(output.reader, errors.reader, ran, patience, look);
  if (!read) ran.complaint = kImpatience;
  for (const EngineProcess* child : {&first, &second}) {
    if (!child->problem().empty()) ran.complaint = child->problem();
  }
  if (!read) return false;
  const int first_code = first.wait();
  return second.wait() == 0 && first_code == 0;
}

std::string first_line(const std::string& text) {
  return text.substr(0, std::min(text.find('\n'), kMaxComplaint_bytes));
}

std::string last_words(const std::string& text) {
  constexpr std::string_view kError = "Error: ";
  std::string_view rest = text;
  while (rest.ends_with('\n'))
    rest.remove_suffix(1);
  if (const std::size_t line = rest.rfind('\n'); line != std::string_view::npos) rest.remove_prefix(line + 1);
  if (const std::size_t error = rest.rfind(kError); error != std::string_view::npos)
    rest.remove_prefix(error + kError.size());
  return std::string(rest.substr(0, kMaxComplaint_bytes));
}

}  // namespace commandcenter::sandbox
