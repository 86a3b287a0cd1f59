// The launcher's one thread: an epoll loop over the helper's socket, the pipes of all launches, their timers, and a
// queue of what callers want. Callers only touch the queue.
#pragma once

#include <sys/epoll.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "sandbox/active_launch.h"
#include "sandbox/isolation.h"
#include "sandbox/launch_check.h"
#include "sandbox/sandbox.h"
#include "sandbox/spawn_protocol.h"
#include "sandbox/started_ahead.h"

namespace commandcenter::sandbox {

inline constexpr std::size_t kMaxLaunches = 4096;      // waiting and running
inline constexpr std::size_t kMaxStartsInFlight = 16;  // asked for, not yet started: bounds descriptors under way
inline constexpr std::int64_t kPipeGraceMs = 200;      // for pipes that outlive the process (Tier::kNone)
inline constexpr std::int64_t kKillAgainMs = 500;
inline constexpr std::int64_t kKillGiveUpMs = 5'000;  // then the Exit is told although processes may remain
inline constexpr std::int64_t kShutdownMs = 10'000;

class Reactor {
 public:
  Reactor(int helper_socket, Isolation isolation, egress::Proxy& proxy, int start_ahead);
  ~Reactor();  // kills what runs, tells every Exit, ends the thread

  // From any thread, at once.
  void start(LaunchId id, LaunchSpec spec, LaunchCallbacks callbacks);
  void kill(LaunchId id);
  AheadReport ahead() const;

 private:
  struct Wish {
    LaunchId id = 0;
    std::unique_ptr<ActiveLaunch> launch;  // to start; null: to kill
  };
  struct Outgoing {
    Request request;
    std::vector<UniqueFd> fds;
    UniqueFd gate;  // opened when the message is on its way
  };
  using Timers = std::set<std::pair<std::int64_t, LaunchId>>;

  void push(Wish wish);
  void run();
  int wait_ms() const;
  void handle(const epoll_event& event);
  void handle_pipe(ActiveLaunch& launch, unsigned channel);
  void take_wishes();
  void accept(std::unique_ptr<ActiveLaunch> launch);
  bool use_one_ahead(ActiveLaunch& launch);
  void start_ahead(const LaunchSpec& like);
  void retire(LaunchId id);
  void retire_all();
  void start_waiting();
  void hand_over(ActiveLaunch& launch);
  void talk_to(ActiveLaunch& launch);
  void open_gate(ActiveLaunch& launch);
  void read_notices();
  void handle_notice(const Notice& notice);
  void post(Outgoing message);
  void flush_outbox();
  void helper_lost();
  void run_timers();
  void on_timer(ActiveLaunch& launch);
  void look_again(ActiveLaunch& launch);
  void set_timer(ActiveLaunch& launch, std::int64_t at_ms);
  void end(ActiveLaunch& launch, ExitKind kind, std::string limit, std::string message);
  void refuse(ActiveLaunch& launch, Refusal refusal);
  void end_all(ExitKind kind, const std::string& message);
  void process_gone(ActiveLaunch& launch);
  void finish(ActiveLaunch& launch);
  void finish_if_done(ActiveLaunch& launch);
  void listen(const UniqueFd& fd, LaunchId id, unsigned channel, std::uint32_t events);
  ActiveLaunch* find(LaunchId id);

  const int helper_socket_;
  const Isolation isolation_;
  egress::Proxy& proxy_;
  mutable SystemClock clock_;
  UniqueFd epoll_;
  UniqueFd wake_;
  UniqueFd mounts_;  // of the host; tells when they change

  std::mutex mutex_;  // guards wishes_ and stopping_
  std::vector<Wish> wishes_;
  bool stopping_ = false;

  // The thread's own.
  std::map<LaunchId, std::unique_ptr<ActiveLaunch>> launches_;
  StartedAhead started_ahead_;
  std::map<LaunchId, LaunchId> known_as_;    // launches that took over one that was started ahead
  LaunchId next_ahead_ = LaunchId{1} << 56;  // far from those that callers are given
  std::deque<LaunchId> waiting_;
  std::size_t starts_in_flight_ = 0;
  std::deque<Outgoing> outbox_;
  Timers timers_;
  bool helper_gone_ = false;  // noticed; acted on between events, never in the middle of one
  bool helper_alive_ = true;
  bool shutting_down_ = false;
  std::int64_t shutdown_deadline_ms_ = 0;

  std::atomic<int> ahead_waiting_ = 0;
  std::atomic<std::int64_t> ahead_used_ = 0;
  std::atomic<std::int64_t> ahead_retired_ = 0;

  std::thread thread_;
};

}  // namespace commandcenter::sandbox
