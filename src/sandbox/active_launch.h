// One launch on its way, as the reactor sees it: its ends of the pipes, what came out of them, why it was ended, and
// the Exit that follows from all that. Knows neither epoll nor the helper. Used by the reactor's thread only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/cgroup.h"
#include "sandbox/growth_watch.h"
#include "sandbox/launch_check.h"
#include "sandbox/lines.h"
#include "sandbox/mask.h"
#include "sandbox/sandbox.h"
#include "sandbox/spawn_protocol.h"
#include "sandbox/unique_fd.h"
#include "sandbox/usage_watch.h"

namespace commandcenter::sandbox {

inline constexpr std::size_t kMaxHeldComplaints = 8;       // lines of bubblewrap, held until we know whose they are
inline constexpr std::size_t kMaxStatusBytes = 64U << 10;  // bubblewrap's JSON lines
inline constexpr std::size_t kReadChunkBytes = 64U << 10;
inline constexpr int kReadsPerTurn = 4;  // then other launches get their turn

// The server's ends of the pipes.
struct LaunchPipes {
  UniqueFd input;
  UniqueFd output;
  UniqueFd log;
  UniqueFd status;  // namespaces only
  UniqueFd gate;    // namespaces only: one byte lets the program start
  UniqueFd orders;  // of a sandbox that was made for nobody yet: what it is to run, see init_protocol.h
  UniqueFd proxy;   // its listening socket comes through here; only if it has a network
};

// Where the launch is with its process.
enum class Phase {
  kWaiting,  // not handed to the helper yet
  kSent,     // asked for
  kRunning,  // the helper has started it
  kEnded,    // its process tree is gone (or never was); the pipes may hold a rest
};

struct ActiveLaunch {
  ActiveLaunch(LaunchId launch_id, LaunchSpec launch_spec, LaunchCallbacks launch_callbacks, Tier launch_tier,
               std::int64_t now_ms);

  // Each does what it can without blocking and closes its pipe at the end. True when a limit was reached.
  void write_input();
  [[nodiscard]] bool read_output();
  [[nodiscard]] bool read_log();
  void read_status();
  void read_proxy(egress::Proxy& proxy);  // hands its listening socket over
  void announce_start() const;

  // A program that was started ahead goes on as the launch that it has waited for. False: it does not wait any more.
  [[nodiscard]] bool is_fit() { return ahead && phase != Phase::kEnded && !verdict_ && still_waits(); }
  void become(ActiveLaunch&& launch);

  // Fixes how the launch will be reported. The first verdict stays.
  void judge(ExitKind kind, std::string limit, std::string message);
  bool judged() const { return verdict_.has_value(); }
  void refuse(Refusal refusal);

  bool pipes_done() const { return !pipes.output.open() && !pipes.log.open() && !pipes.status.open(); }
  // A limit of the whole tree that it has reached; only while it runs, and only when it is in a sandbox.
  std::optional<Breach> look_at_usage(std::int64_t now_ms);
  std::int64_t next_look_ms() const { return watch_ ? watch_->next_look_ms() : kFirstLookMs; }

  // Delivers the rest of the log, then the Exit. The launch is over. True when the program ended well.
  bool report(std::int64_t now_ms, egress::Proxy& proxy);

  const LaunchId id;
  LaunchSpec spec;
  LaunchCallbacks callbacks;
  const Tier tier;
  std::int64_t start_ms;
  bool ahead = false;                                               // started without input, for whoever comes
  bool is_empty() const { return ahead && !spec.may_start_ahead; }  // and does not know yet what it will run
  std::optional<LaunchId> known_as;                                 // of the launch that such a one became
  Phase phase = Phase::kWaiting;
  LaunchPipes pipes;
  std::optional<Cgroup> cgroup;
  pid_t pid = 0;                   // bubblewrap, or the program itself
  std::optional<pid_t> inner_pid;  // pid 1 of the namespace, seen from outside
  int wait_status = 0;             // of `pid`, in Phase::kEnded
  std::int64_t timer_ms = 0;       // when the reactor looks next without being asked
  std::int64_t deadline_ms = 0;
  std::int64_t give_up_ms = 0;  // after a kill: when waiting for the tree ends
  bool infrastructure = false;  // see Exit

 private:
  struct Verdict {
    ExitKind kind = ExitKind::kLost;
    std::string limit;
    std::string message;
  };

  bool still_waits();
  void finish_streams();
  void on_line(std::string_view line);
  void deliver_held_lines();
  Exit exit_of_process();
  Exit exit_of_code(int code);
  Exit exit_of_signal(int signal);

  std::optional<Verdict> verdict_;
  std::size_t input_done_ = 0;
  std::optional<egress::Proxy::Id> proxy_id_;
  const Mask mask_;
  std::string output_;
  std::int64_t output_bytes_ = 0;
  MaskedStream masked_output_;
  MaskedStream masked_log_;
  LineSplitter lines_;
  std::int64_t log_bytes_ = 0;
  bool program_spoke_ = false;  // a line came that is not bubblewrap's
  std::vector<std::string> held_lines_;
  std::string status_text_;
  std::optional<int> inner_exit_code_;  // of process 1 in there; means the program only when ready_
  std::optional<InitFailure> init_failure_;
  bool ready_ = false;  // all mounts are made, the program comes next or runs
  std::optional<UsageWatch> watch_;
  std::optional<GrowthWatch> growth_;
};

}  // namespace commandcenter::sandbox
