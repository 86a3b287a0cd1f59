#include "sandbox/active_launch.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fmt/format.h>

#include "base/json.h"
#include "sandbox/launch_check.h"
#include "sandbox/wording.h"

namespace commandcenter::sandbox {
namespace {

constexpr std::string_view kBubblewrapPrefix = "bwrap: ";
constexpr int kShellSignalBase = 128;  // bubblewrap tells "ended by signal n" as exit code 128 + n
constexpr int kLastSignal = 64;

enum class Got { kBytes, kNothingNow, kEnd };

struct Chunk {
  Got got = Got::kNothingNow;
  std::string_view bytes;
};

Chunk read_chunk(const UniqueFd& fd, std::array<char, kReadChunkBytes>& buffer) {
  const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
  if (count > 0) return {Got::kBytes, std::string_view(buffer.data(), static_cast<std::size_t>(count))};
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return {Got::kNothingNow, {}};
  return {Got::kEnd, {}};
}

std::vector<std::string> values_of(const std::vector<SecretFile>& secrets) {
  std::vector<std::string> values;
  for (const SecretFile& secret : secrets)
    values.push_back(secret.value);
  return values;
}

}  // namespace

ActiveLaunch::ActiveLaunch(LaunchId launch_id, LaunchSpec launch_spec, LaunchCallbacks launch_callbacks,
                           Tier launch_tier, std::int64_t now_ms)
    : id(launch_id),
      spec(std::move(launch_spec)),
      callbacks(std::move(launch_callbacks)),
      tier(launch_tier),
      start_ms(now_ms),
      mask_(values_of(spec.secrets)),
      masked_output_(mask_),
      masked_log_(mask_),
      lines_(static_cast<std::size_t>(std::max<std::int64_t>(1, spec.limits.log_line_bytes))) {}

void ActiveLaunch::write_input() {
  while (pipes.input.open()) {
    const std::size_t left = spec.input.size() - input_done_;
    if (left == 0) {
      pipes.input.reset();
      return;
    }
    const ssize_t written = ::write(pipes.input.get(), spec.input.data() + input_done_, left);
    if (written >= 0) {
      input_done_ += static_cast<std::size_t>(written);
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != EINTR) {
      pipes.input.reset();  // the program does not want to read its input, which is its right
    }
  }
}

bool ActiveLaunch::read_output() {
  std::array<char, kReadChunkBytes> buffer;
  for (int turn = 0; turn < kReadsPerTurn && pipes.output.open(); ++turn) {
    const Chunk chunk = read_chunk(pipes.output, buffer);
    if (chunk.got == Got::kNothingNow) return false;
    if (chunk.got == Got::kEnd) {
      pipes.output.reset();
      return false;
    }
    const auto room = static_cast<std::size_t>(spec.limits.stdout_bytes - output_bytes_);
    const std::string_view accepted = chunk.bytes.substr(0, room);
    output_bytes_ += static_cast<std::int64_t>(accepted.size());
    masked_output_.feed(accepted, [this](std::string_view text) { output_.append(text); });
    if (chunk.bytes.size() > room) {
      pipes.output.reset();
      judge(ExitKind::kLimit, "stdout",
            fmt::format("wrote more than {} to standard output (limit stdout)", size_text(spec.limits.stdout_bytes)));
      return true;
    }
  }
  return false;
}

bool ActiveLaunch::read_log() {
  std::array<char, kReadChunkBytes> buffer;
  for (int turn = 0; turn < kReadsPerTurn && pipes.log.open(); ++turn) {
    const Chunk chunk = read_chunk(pipes.log, buffer);
    if (chunk.got == Got::kNothingNow) return false;
    if (chunk.got == Got::kEnd) {
      pipes.log.reset();
      return false;
    }
    const auto room = static_cast<std::size_t>(spec.limits.log_bytes - log_bytes_);
    const std::string_view accepted = chunk.bytes.substr(0, room);
    log_bytes_ += static_cast<std::int64_t>(accepted.size());
    masked_log_.feed(accepted, [this](std::string_view text) {
      lines_.feed(text, [this](std::string_view line) { on_line(line); });
    });
    if (chunk.bytes.size() > room) {
      pipes.log.reset();
      judge(ExitKind::kLimit, "log",
            fmt::format("wrote more than {} to its log (limit log)", size_text(spec.limits.log_bytes)));
      return true;
    }
  }
  return false;
}

void ActiveLaunch::read_status() {
  std::array<char, kReadChunkBytes> buffer;
  while (pipes.status.open()) {
    const Chunk chunk = read_chunk(pipes.status, buffer);
    if (chunk.got == Got::kNothingNow) break;
    if (chunk.got == Got::kEnd || status_text_.size() + chunk.bytes.size() > kMaxStatusBytes) {
      pipes.status.reset();
      break;
    }
    status_text_.append(chunk.bytes);
  }
  std::size_t end = 0;
  while ((end = status_text_.find('\n')) != std::string::npos) {
    const Result<Json> line = parse_json(std::string_view(status_text_).substr(0, end));
    status_text_.erase(0, end + 1);
    if (!line) continue;
    const Json* child = find_member(*line, "child-pid");
    const Json* code = find_member(*line, "exit-code");
    if (child != nullptr && child->is_number_integer()) inner_pid = child->get<pid_t>();
    if (code != nullptr && code->is_number_integer()) inner_exit_code_ = code->get<int>();
    const Json* stage = find_member(*line, "init-stage");
    const Json* error = find_member(*line, "init-error");
    if (stage != nullptr && error != nullptr && stage->is_number_integer() && error->is_number_integer()) {
      const auto reached = static_cast<InitStage>(stage->get<int>());
      if (reached == InitStage::kReady) {
        ready_ = true;
        announce_start();
      } else {
        init_failure_ = InitFailure{reached, error->get<int>()};
      }
    }
  }
}

void ActiveLaunch::read_proxy(egress::Proxy& proxy) {
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t got = ::recvmsg(pipes.proxy.get(), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  const cmsghdr* rights = got > 0 ? CMSG_FIRSTHDR(&message) : nullptr;
  if (rights != nullptr && rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS) {
    int listener = -1;
    std::memcpy(&listener, CMSG_DATA(rights), sizeof(listener));
    if (!proxy_id_) proxy_id_ = proxy.begin(listener, *spec.network);
  }
  pipes.proxy.reset();
}

void ActiveLaunch::announce_start() const {
  if (callbacks.on_started) callbacks.on_started();
}

// The end of its program comes through the status pipe before anybody has reaped it.
bool ActiveLaunch::still_waits() {
  read_status();
  return !inner_exit_code_ && !init_failure_ && (pipes.status.open() || phase == Phase::kWaiting);
}

void ActiveLaunch::become(ActiveLaunch&& launch) {
  ahead = false;
  known_as = launch.id;
  spec = std::move(launch.spec);
  callbacks = std::move(launch.callbacks);
  start_ms = launch.start_ms;
  if (ready_) announce_start();
}

void ActiveLaunch::judge(ExitKind kind, std::string limit, std::string message) {
  if (!verdict_) verdict_ = Verdict{kind, std::move(limit), std::move(message)};
}

void ActiveLaunch::refuse(Refusal refusal) {
  infrastructure = refusal.infrastructure;
  judge(ExitKind::kNotStarted, {}, std::move(refusal.message));
}

// Program and bubblewrap share standard error. Bubblewrap speaks only before the program starts, so leading lines in
// its manner are held until another line or the end tells whose they were.
void ActiveLaunch::on_line(std::string_view line) {
  if (tier != Tier::kNone && !program_spoke_ && line.starts_with(kBubblewrapPrefix) &&
      held_lines_.size() < kMaxHeldComplaints) {
    held_lines_.emplace_back(line);
    return;
  }
  deliver_held_lines();
  program_spoke_ = true;
  callbacks.on_log(line);
}

void ActiveLaunch::deliver_held_lines() {
  for (const std::string& held : held_lines_)
    callbacks.on_log(held);
  held_lines_.clear();
}

Exit ActiveLaunch::exit_of_code(int code) {
  Exit exit;
  exit.kind = ExitKind::kExited;
  exit.exit_code = code;
  if (code != 0) exit.message = fmt::format("exited with code {}", code);
  return exit;
}

Exit ActiveLaunch::exit_of_signal(int signal) {
  Exit exit;
  exit.kind = ExitKind::kSignalled;
  exit.signal = signal;
  exit.message = "ended by " + signal_text(signal);
  if (signal == SIGKILL) exit.message += ", probably by the kernel because memory ran out";
  if (signal == SIGSYS) exit.message += ": it made a system call that sandboxed programs may not make";
  if (signal == SIGXFSZ) {
    exit.kind = ExitKind::kLimit;
    exit.limit = "file_size";
    exit.message =
        fmt::format("wrote a file of more than {} (limit file_size)", size_text(spec.limits.file_size_bytes));
  }
  return exit;
}

Exit ActiveLaunch::exit_of_process() {
  if (tier == Tier::kNone) {
    return WIFSIGNALED(wait_status) ? exit_of_signal(WTERMSIG(wait_status)) : exit_of_code(WEXITSTATUS(wait_status));
  }
  if (inner_exit_code_ && ready_ && !init_failure_) {
    const int code = *inner_exit_code_;
    const bool by_signal = code > kShellSignalBase && code <= kShellSignalBase + kLastSignal;
    return by_signal ? exit_of_signal(code - kShellSignalBase) : exit_of_code(code);
  }
  if (!init_failure_ && WIFSIGNALED(wait_status)) return exit_of_signal(WTERMSIG(wait_status));
  const std::string complaint = held_lines_.empty() ? "" : held_lines_.front().substr(kBubblewrapPrefix.size());
  Refusal refusal = explain_refusal(spec, complaint, init_failure_);
  held_lines_.clear();
  infrastructure = refusal.infrastructure;
  Exit exit;
  exit.kind = ExitKind::kNotStarted;
  exit.message = std::move(refusal.message);
  return exit;
}

std::optional<Breach> ActiveLaunch::look_at_usage(std::int64_t now_ms) {
  if (!ready_ || !inner_pid || phase != Phase::kRunning) return std::nullopt;
  if (!watch_) watch_.emplace(*inner_pid, spec.limits, cgroup.has_value());
  if (cgroup) {
    if (auto breach = cgroup->breach(spec.limits)) return breach;
  }
  if (auto breach = watch_->look()) return breach;
  if (!growth_) growth_.emplace(spec);
  return growth_->look(now_ms);
}

void ActiveLaunch::finish_streams() {
  const auto each_line = [this](std::string_view line) { on_line(line); };
  masked_output_.finish([this](std::string_view text) { output_.append(text); });
  masked_log_.finish([&](std::string_view text) { lines_.feed(text, each_line); });
  lines_.finish(each_line);
}

bool ActiveLaunch::report(std::int64_t now_ms, egress::Proxy& proxy) {
  finish_streams();
  Exit exit;
  if (verdict_) {
    exit.kind = verdict_->kind;
    exit.limit = verdict_->limit;
    exit.message = verdict_->message;
  } else {
    exit = exit_of_process();
    // A program whose disk was full mostly ends by itself, with words of its own.
    const bool failed = exit.kind == ExitKind::kSignalled || (exit.kind == ExitKind::kExited && exit.exit_code != 0);
    std::optional<Breach> breach;
    if (cgroup) breach = cgroup->breach(spec.limits);
    if (failed && !breach && watch_) breach = watch_->look_back();
    if (breach) {
      exit.kind = ExitKind::kLimit;
      exit.limit = breach->limit;
      exit.message = breach->message;
    }
  }
  deliver_held_lines();
  pipes = LaunchPipes{};
  if (proxy_id_) exit.network = proxy.end(*proxy_id_);
  exit.standard_output = std::move(output_);
  exit.duration_ms = now_ms - start_ms;
  exit.infrastructure = infrastructure;
  const bool ended_well = exit.kind == ExitKind::kExited && exit.exit_code == 0;
  callbacks.on_exit(std::move(exit));
  return ended_well;
}

}  // namespace commandcenter::sandbox
