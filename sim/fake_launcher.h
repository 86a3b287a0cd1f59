// A Launcher whose programs are dice: each attempt ends after a random delay in one of the ways real ones do. Keeps the
// contract of sandbox.h: callbacks never from within start() or kill(), one Exit per launch. One thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sandbox/sandbox.h"
#include "sim/fakes.h"
#include "sim/sim.h"
#include "sim/trace.h"

namespace commandcenter::sim {

// How often each way to end comes up, in percent; what remains succeeds.
struct Temper {
  int exit_one = 8;
  int garbage = 4;  // exit code 0, but no JSON or none that fits the schema
  int signalled = 2;
  int lost = 4;
  int not_started = 2;
  int hang = 4;  // until killed or the time-out
  std::int64_t slowest_ms = 4'000;
};

// What the outside world sees of an attempt: the label of its launch is "run R node N attempt A".
struct Launched {
  std::string label;
  std::string agent;
};

class FakeLauncher final : public sandbox::Launcher {
 public:
  FakeLauncher(FakeClock& clock, Trace& trace, std::uint64_t seed, Temper temper, Plant plant)
      : clock_(clock), trace_(trace), random_(seed), temper_(temper), plant_(plant) {}

  void on_started(std::function<void(const Launched&)> observer) { started_ = std::move(observer); }
  void on_ended(std::function<void(const Launched&, const sandbox::Exit&)> observer) { ended_ = std::move(observer); }

  sandbox::LaunchId start(sandbox::LaunchSpec spec, sandbox::LaunchCallbacks callbacks) override;
  void kill(sandbox::LaunchId id) override;
  void apply(patch::Order order, std::function<void(Result<patch::Applied>)> done) override;
  void forget(const std::string& order_id) override;
  void on_applied(std::function<void(const std::string& order_id)> observer) { applied_ = std::move(observer); }
  sandbox::Tier tier() const override { return sandbox::Tier::kNamespaces; }

  std::optional<std::int64_t> next_due_ms() const;
  void deliver_due();
  // The server died: everything it had started is gone, and nobody is told.
  void vanish() {
    active_.clear();
    orders_.clear();
  }
  bool idle() const { return active_.empty() && orders_.empty(); }
  bool runs(const std::string& label) const;
  std::int64_t launches() const { return static_cast<std::int64_t>(next_id_) - 1; }

 private:
  struct Active {
    Launched launched;
    sandbox::LaunchCallbacks callbacks;
    std::int64_t ends_ms = 0;
    sandbox::Exit exit;
    std::int64_t started_ms = 0;
    bool killed = false;
  };
  void decide_end(Active& active, const sandbox::LaunchSpec& spec);

  struct OpenOrder {
    std::string id;
    std::int64_t ends_ms = 0;
    std::function<void(Result<patch::Applied>)> done;
  };
  void deliver_orders();

  FakeClock& clock_;
  Trace& trace_;
  Random random_;
  Temper temper_;
  Plant plant_;
  std::function<void(const Launched&)> started_;
  std::function<void(const Launched&, const sandbox::Exit&)> ended_;
  std::function<void(const std::string&)> applied_;
  std::vector<OpenOrder> orders_;
  std::set<std::string> journal_;  // orders that were carried out and not forgotten; survives the server
  std::map<sandbox::LaunchId, Active> active_;
  sandbox::LaunchId next_id_ = 1;
};

}  // namespace commandcenter::sim
