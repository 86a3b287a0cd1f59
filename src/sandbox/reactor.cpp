#include "sandbox/reactor.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "sandbox/spawn_request.h"
#include "sandbox/wording.h"

namespace commandcenter::sandbox {
namespace {

// An epoll event names a launch and one of its pipes, or (launch 0) one of the reactor's own descriptors.
enum Channel : unsigned {
  kInput = 0,
  kOutput = 1,
  kLog = 2,
  kStatus = 3,
  kProxy = 4,
  kWake = 0,
  kHelper = 1,
  kMounts = 2
};
constexpr unsigned kChannelBits = 3;
constexpr int kMaxEventsPerTurn = 64;

std::uint64_t event_key(LaunchId id, unsigned channel) {
  return id << kChannelBits | channel;
}

}  // namespace

Reactor::Reactor(int helper_socket, Isolation isolation, egress::Proxy& proxy, int start_ahead)
    : helper_socket_(helper_socket),
      isolation_(std::move(isolation)),
      proxy_(proxy),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      mounts_(::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)),
      // Without a sandbox nothing bounds a program that nobody waits for, nor where the mounts may change unseen.
      started_ahead_(isolation_.tier == Tier::kNone || !mounts_.open() ? 0 : start_ahead) {
  CC_ASSERT(epoll_.open() && wake_.open());
  listen(wake_, 0, kWake, EPOLLIN);
  if (started_ahead_.most() > 0) listen(mounts_, 0, kMounts, EPOLLPRI);
  epoll_event helper{};
  helper.events = EPOLLIN;
  helper.data.u64 = event_key(0, kHelper);
  CC_ASSERT(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, helper_socket_, &helper) == 0);

  // The thread takes no signals: they are the server's, and a write to a closed pipe must be an error, not SIGPIPE.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Reactor::~Reactor() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  const std::uint64_t one = 1;
  CC_ASSERT(::write(wake_.get(), &one, sizeof(one)) == sizeof(one));
  thread_.join();
}

void Reactor::start(LaunchId id, LaunchSpec spec, LaunchCallbacks callbacks) {
  push({id, std::make_unique<ActiveLaunch>(id, std::move(spec), std::move(callbacks), isolation_.tier,
                                           clock_.monotonic_ms())});
}

void Reactor::kill(LaunchId id) {
  push({id, nullptr});
}

void Reactor::push(Wish wish) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = wishes_.empty();
    wishes_.push_back(std::move(wish));
  }
  const std::uint64_t one = 1;
  if (first) CC_ASSERT(::write(wake_.get(), &one, sizeof(one)) == sizeof(one));
}

// ---- The loop ----------------------------------------------------------------------------------------------------

void Reactor::run() {
  std::array<epoll_event, kMaxEventsPerTurn> events{};
  for (;;) {
    const int count = ::epoll_wait(epoll_.get(), events.data(), kMaxEventsPerTurn, wait_ms());
    for (int i = 0; i < count; ++i)
      handle(events[static_cast<std::size_t>(i)]);
    if (helper_gone_ && helper_alive_) helper_lost();
    run_timers();
    start_waiting();
    if (!shutting_down_) continue;
    if (launches_.empty()) return;
    if (clock_.monotonic_ms() >= shutdown_deadline_ms_) {
      while (!launches_.empty())
        finish(*launches_.begin()->second);
      return;
    }
  }
}

int Reactor::wait_ms() const {
  std::int64_t next = std::numeric_limits<std::int64_t>::max();
  if (!timers_.empty()) next = timers_.begin()->first;
  if (shutting_down_) next = std::min(next, shutdown_deadline_ms_);
  if (next == std::numeric_limits<std::int64_t>::max()) return -1;
  constexpr std::int64_t kLongestWaitMs = 60'000;
  return static_cast<int>(std::clamp<std::int64_t>(next - clock_.monotonic_ms(), 0, kLongestWaitMs));
}

void Reactor::handle(const epoll_event& event) {
  const LaunchId id = event.data.u64 >> kChannelBits;
  const auto channel = static_cast<unsigned>(event.data.u64 & ((1U << kChannelBits) - 1));
  if (id != 0) {
    // An earlier event of this turn may have ended the launch.
    if (ActiveLaunch* launch = find(id)) handle_pipe(*launch, channel);
  } else if (channel == kWake) {
    take_wishes();
  } else if (channel == kMounts) {
    retire_all();  // they would show what was mounted before
  } else if (helper_alive_) {
    flush_outbox();
    read_notices();
  }
}

void Reactor::handle_pipe(ActiveLaunch& launch, unsigned channel) {
  bool limit_reached = false;
  switch (channel) {
    case kInput:
      launch.write_input();
      break;
    case kOutput:
      if (launch.pipes.output.open()) limit_reached = launch.read_output();
      break;
    case kLog:
      if (launch.pipes.log.open()) limit_reached = launch.read_log();
      break;
    case kProxy:
      if (launch.pipes.proxy.open()) launch.read_proxy(proxy_);
      break;
    default:
      launch.read_status();
      open_gate(launch);
      break;
  }
  if (limit_reached) end(launch, ExitKind::kLimit, {}, {});  // the launch has named the limit
  finish_if_done(launch);
}

void Reactor::take_wishes() {
  std::uint64_t count = 0;
  while (::read(wake_.get(), &count, sizeof(count)) > 0) {
  }
  std::vector<Wish> wishes;
  bool stopping = false;
  {
    const std::lock_guard lock(mutex_);
    wishes.swap(wishes_);
    stopping = stopping_;
  }
  for (Wish& wish : wishes) {
    if (wish.launch) {
      accept(std::move(wish.launch));
    } else if (ActiveLaunch* launch = find(wish.id)) {
      end(*launch, ExitKind::kKilled, {}, "killed");
    }
  }
  if (stopping && !shutting_down_) {
    shutting_down_ = true;
    shutdown_deadline_ms_ = clock_.monotonic_ms() + kShutdownMs;
  }
  // Also a launch that a callback starts during the shutdown must end.
  if (shutting_down_) end_all(ExitKind::kKilled, "killed because the server is shutting down");
}

// ---- Starting ----------------------------------------------------------------------------------------------------

void Reactor::accept(std::unique_ptr<ActiveLaunch> launch) {
  ActiveLaunch& accepted = *launch;
  const bool full = launches_.size() >= kMaxLaunches;
  launches_.emplace(accepted.id, std::move(launch));
  if (std::string problem = problem_with(accepted.spec, isolation_.tier); !problem.empty()) {
    return refuse(accepted, {std::move(problem), false});
  }
  if (full) return refuse(accepted, {fmt::format("too many programs at once; the limit is {}", kMaxLaunches), true});
  if (!helper_alive_) return refuse(accepted, {"the process that starts programs has died: restart the server", true});
  if (!isolation_.problem.empty()) return refuse(accepted, {isolation_.problem, true});
  if (use_one_ahead(accepted)) return;
  waiting_.push_back(accepted.id);
  accepted.deadline_ms = accepted.start_ms + accepted.spec.limits.timeout_ms;
  set_timer(accepted, accepted.deadline_ms);
}

void Reactor::start_waiting() {
  while (!waiting_.empty() && starts_in_flight_ < kMaxStartsInFlight && helper_alive_) {
    ActiveLaunch* launch = find(waiting_.front());
    waiting_.pop_front();
    if (launch != nullptr) hand_over(*launch);
  }
}

void Reactor::hand_over(ActiveLaunch& launch) {
  if (isolation_.cgroups) {
    Result<Cgroup> group = isolation_.cgroups->make(launch.id, launch.spec.limits);
    if (!group) return refuse(launch, {group.error().message, true});
    launch.cgroup.emplace(std::move(*group));
  }
  Result<SpawnRequest> request = make_spawn_request(launch.spec, isolation_, launch.cgroup);
  if (!request) return refuse(launch, {request.error().message, true});
  launch.pipes = std::move(request->pipes);
  launch.phase = Phase::kSent;
  ++starts_in_flight_;
  if (!launch.ahead) talk_to(launch);
  if (launch.pipes.status.open()) listen(launch.pipes.status, launch.id, kStatus, EPOLLIN);
  if (launch.pipes.proxy.open()) listen(launch.pipes.proxy, launch.id, kProxy, EPOLLIN);
  post({{RequestKind::kStart, 0, launch.id}, std::move(request->fds), {}});
}

void Reactor::talk_to(ActiveLaunch& launch) {
  launch.write_input();
  if (launch.pipes.input.open()) listen(launch.pipes.input, launch.id, kInput, EPOLLOUT);
  listen(launch.pipes.output, launch.id, kOutput, EPOLLIN);
  listen(launch.pipes.log, launch.id, kLog, EPOLLIN);
}

// Bubblewrap makes the namespaces and waits. Now that pid 1 in there is known, let the helper watch it, and then let
// the program start.
void Reactor::open_gate(ActiveLaunch& launch) {
  if (!launch.inner_pid || !launch.pipes.gate.open() || launch.is_empty()) return;
  post({{RequestKind::kWatch, *launch.inner_pid, launch.id}, {}, std::move(launch.pipes.gate)});
}

// ---- The helper --------------------------------------------------------------------------------------------------

void Reactor::post(Outgoing message) {
  if (helper_gone_) return;
  outbox_.push_back(std::move(message));
  flush_outbox();
}

void Reactor::flush_outbox() {
  while (!outbox_.empty()) {
    Outgoing& message = outbox_.front();
    const Transfer sent = send_request(helper_socket_, message.request, message.fds);
    if (sent == Transfer::kWouldBlock) break;
    if (sent == Transfer::kClosed) {
      helper_gone_ = true;
      return;
    }
    // A gate that cannot be written has lost its bubblewrap, whose end is told in its own way.
    if (message.gate.open()) static_cast<void>(!::write(message.gate.get(), "1", 1));
    outbox_.pop_front();
  }
  epoll_event helper{};
  helper.events = outbox_.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT;
  helper.data.u64 = event_key(0, kHelper);
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, helper_socket_, &helper);
}

void Reactor::read_notices() {
  for (;;) {
    Notice notice;
    switch (receive_notice(helper_socket_, notice)) {
      case Transfer::kWouldBlock:
        return;
      case Transfer::kClosed:
        helper_gone_ = true;
        return;
      case Transfer::kDone:
        handle_notice(notice);
        break;
    }
  }
}

void Reactor::handle_notice(const Notice& notice) {
  if ((notice.kind == NoticeKind::kStarted || notice.kind == NoticeKind::kFailed) && starts_in_flight_ > 0)
    --starts_in_flight_;
  ActiveLaunch* launch = find(notice.id);
  if (launch == nullptr) return;
  switch (notice.kind) {
    case NoticeKind::kStarted:
      launch->pid = notice.pid;
      launch->phase = Phase::kRunning;
      if (isolation_.tier == Tier::kNone) launch->announce_start();
      if (isolation_.tier != Tier::kNone) look_again(*launch);
      break;
    case NoticeKind::kFailed:
      if (notice.stage == SpawnStage::kLayer) {
        launch->judge(ExitKind::kNotStarted, std::string(kLayerRefused),
                      explain_failed_start(launch->spec, isolation_.tier, notice.stage, notice.error).message);
      } else {
        launch->refuse(explain_failed_start(launch->spec, isolation_.tier, notice.stage, notice.error));
      }
      process_gone(*launch);
      break;
    case NoticeKind::kEnded:
      launch->wait_status = notice.wait_status;
      process_gone(*launch);
      break;
    case NoticeKind::kStageOpened:
      break;  // was asked for before there was a reactor
  }
}

// Sandboxed programs die with the helper, by the kernel. Unprotected ones are killed as far as they are known.
void Reactor::helper_lost() {
  helper_alive_ = false;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, helper_socket_, nullptr);
  outbox_.clear();
  waiting_.clear();
  starts_in_flight_ = 0;
  std::vector<LaunchId> ids;
  for (const auto& [id, launch] : launches_)
    ids.push_back(id);
  for (const LaunchId id : ids) {
    ActiveLaunch* launch = find(id);
    if (launch == nullptr || launch->phase == Phase::kEnded) continue;
    if (isolation_.tier == Tier::kNone && launch->pid > 0) ::kill(-launch->pid, SIGKILL);
    launch->judge(ExitKind::kLost, {}, "the process that starts programs has died, and this program with it");
    launch->infrastructure = true;
    process_gone(*launch);
  }
}

// ---- Ending ------------------------------------------------------------------------------------------------------

void Reactor::end(ActiveLaunch& launch, ExitKind kind, std::string limit, std::string message) {
  const bool repeated = launch.give_up_ms != 0;
  launch.judge(kind, std::move(limit), std::move(message));
  if (launch.phase == Phase::kWaiting) {
    finish(launch);
    return;
  }
  if (launch.phase == Phase::kEnded || repeated) return;
  launch.give_up_ms = clock_.monotonic_ms() + kKillGiveUpMs;
  set_timer(launch, clock_.monotonic_ms() + kKillAgainMs);
  post({{RequestKind::kKill, 0, launch.id}, {}, {}});
}

// Before anything was asked of the helper.
void Reactor::refuse(ActiveLaunch& launch, Refusal refusal) {
  launch.refuse(std::move(refusal));
  finish(launch);
}

void Reactor::end_all(ExitKind kind, const std::string& message) {
  std::vector<LaunchId> ids;
  for (const auto& [id, launch] : launches_)
    ids.push_back(id);
  for (const LaunchId id : ids) {
    if (ActiveLaunch* launch = find(id)) end(*launch, kind, {}, message);
  }
}

void Reactor::process_gone(ActiveLaunch& launch) {
  if (launch.phase == Phase::kEnded) return;
  launch.phase = Phase::kEnded;
  launch.pipes.input.reset();
  launch.pipes.gate.reset();
  // What it wrote before it ended is still in the pipes.
  launch.read_status();
  set_timer(launch, clock_.monotonic_ms() + kPipeGraceMs);
  finish_if_done(launch);
}

void Reactor::finish_if_done(ActiveLaunch& launch) {
  if (launch.phase == Phase::kEnded && (launch.ahead || launch.pipes_done())) finish(launch);
}

void Reactor::finish(ActiveLaunch& launch) {
  timers_.erase({launch.timer_ms, launch.id});
  const auto found = launches_.find(launch.id);
  const std::unique_ptr<ActiveLaunch> last = std::move(found->second);
  launches_.erase(found);
  if (last->known_as) known_as_.erase(*last->known_as);
  if (last->ahead) {
    started_ahead_.forget(last->id);
    ahead_waiting_ = static_cast<int>(started_ahead_.size());
    ahead_retired_ += 1;
  } else if (last->report(clock_.monotonic_ms(), proxy_)) {
    start_ahead(last->spec);
  }
}

// ---- Timers ------------------------------------------------------------------------------------------------------

void Reactor::set_timer(ActiveLaunch& launch, std::int64_t at_ms) {
  timers_.erase({launch.timer_ms, launch.id});
  launch.timer_ms = at_ms;
  timers_.insert({at_ms, launch.id});
}

void Reactor::run_timers() {
  const std::int64_t now = clock_.monotonic_ms();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    const LaunchId id = timers_.begin()->second;
    timers_.erase(timers_.begin());
    if (ActiveLaunch* launch = find(id)) on_timer(*launch);
  }
}

void Reactor::on_timer(ActiveLaunch& launch) {
  const std::int64_t now = clock_.monotonic_ms();
  if (launch.phase == Phase::kEnded) {
    finish(launch);  // somebody still holds its pipes
  } else if (launch.give_up_ms == 0 && now < launch.deadline_ms) {
    if (auto breach = launch.look_at_usage(now)) {
      end(launch, ExitKind::kLimit, std::move(breach->limit), std::move(breach->message));
    } else {
      look_again(launch);
    }
  } else if (launch.give_up_ms == 0 && launch.ahead) {
    retire(launch.id);
  } else if (launch.give_up_ms == 0) {
    end(launch, ExitKind::kLimit, "timeout",
        "ran longer than " + duration_text(launch.spec.limits.timeout_ms) + " (limit timeout)");
  } else if (now >= launch.give_up_ms) {
    finish(launch);
  } else {
    post({{RequestKind::kKill, 0, launch.id}, {}, {}});
    set_timer(launch, now + kKillAgainMs);
  }
}

// Many launches are looked at less often each.
void Reactor::look_again(ActiveLaunch& launch) {
  const std::int64_t pause_ms = std::max(launch.next_look_ms(), static_cast<std::int64_t>(launches_.size()));
  set_timer(launch, std::min(launch.deadline_ms, clock_.monotonic_ms() + pause_ms));
}

// ---- Small things ------------------------------------------------------------------------------------------------

void Reactor::listen(const UniqueFd& fd, LaunchId id, unsigned channel, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = event_key(id, channel);
  CC_ASSERT(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd.get(), &event) == 0);
}

ActiveLaunch* Reactor::find(LaunchId id) {
  const auto taken_over = known_as_.find(id);
  const auto found = launches_.find(taken_over == known_as_.end() ? id : taken_over->second);
  return found == launches_.end() ? nullptr : found->second.get();
}

}  // namespace commandcenter::sandbox
