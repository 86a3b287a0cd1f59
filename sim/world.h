// One world: an engine among fakes, clients that ask it for things, and whatever goes wrong. Private to this folder.
// One thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "sim/fakes.h"
#include "sim/ledger.h"
#include "sim/observed_store.h"
#include "sim/sim.h"
#include "sim/trace.h"
#include "sim/workload.h"
#include "store/memory/faulty_store.h"

namespace commandcenter::sim {

// What clients were told. Whatever they were told must stay true.
struct Promises {
  std::set<std::string> runs;                       // that were started
  std::map<std::string, std::string> final_status;  // of runs they were told have ended
  std::set<std::string> cancelled;
  std::set<std::string> rolled_back;
  std::map<std::string, bool> decided;           // by approval
  std::map<std::string, std::string> once_runs;  // by key: the run they were told
};

// A bus that loses what is published while it is away. What it does must not matter to any run.
class PartitionedBus final : public bus::Bus {
 public:
  explicit PartitionedBus(const bool& away) : inner_(bus::make_in_process_bus()), away_(away) {}

  Result<void> publish(const bus::Message& message) override {
    if (away_) return fail(ErrorCode::kUnavailable, "the bus is away");
    return inner_->publish(message);
  }
  Result<void> flush(std::int64_t timeout_ms) override {
    if (away_) return fail(ErrorCode::kUnavailable, "the bus is away");
    return inner_->flush(timeout_ms);
  }
  Result<bus::SubscriptionId> subscribe(std::string pattern, bus::Handler handler) override {
    return inner_->subscribe(std::move(pattern), std::move(handler));
  }
  void unsubscribe(bus::SubscriptionId id) override { inner_->unsubscribe(id); }
  bool has_subscribers(std::string_view subject) const override { return inner_->has_subscribers(subject); }
  bool healthy() const override { return !away_; }

 private:
  std::unique_ptr<bus::Bus> inner_;
  const bool& away_;
};

class World {
 public:
  explicit World(const WorldSpec& spec);
  ~World();
  WorldResult play();

 private:
  struct OpenReply {
    std::string what;
    int answers = 0;
    std::function<void()> lost;  // the server died before it answered
  };
  using Then = std::function<void()>;

  // world.cpp: time, life and death.
  void watch_store();
  void boot();
  void die(const std::string& why);
  void settle();
  std::optional<std::int64_t> next_instant_ms() const;
  bool step(std::int64_t until_ms);
  bool quiet() const;
  void later(std::int64_t in_ms, Then then) { agenda_.emplace(clock_.now_ms() + in_ms, std::move(then)); }
  void violation(std::string text);
  void hear(const bus::Message& message);
  void check_end();

  // world_client.cpp: what clients and people do.
  void continue_setup();
  void set_up_agent(const agent::Agent& agent);
  void set_up_workflow(const workflow::Definition& definition);
  void setup_answered(const std::string& what, const std::optional<Error>& error);
  void perform(const PlannedDeed& planned);
  void trigger(const Trigger& deed);
  void cancel_some_run();
  void await_some_run(std::int64_t patience_ms);
  void repeat_some_run(bool any_ended);
  void roll_back_some_run();
  void replace_agent(std::size_t index);
  void look_at_approvals();
  void decide(const std::string& approval_id, bool approved);
  void post(engine::Message message, const std::shared_ptr<OpenReply>& reply);
  void told(const engine::RunView& view, const std::string& what);
  void told_once(const std::string& key, const engine::RunView& view);
  std::optional<std::string> some_run();

  // A reply that must come exactly once, unless the server dies; nothing a dead server says is heard.
  template <typename T>
  std::pair<engine::Reply<T>, std::shared_ptr<OpenReply>> expect(std::string what, std::function<void(Result<T>)> then,
                                                                 Then lost = {});

  const WorldSpec spec_;
  const Workload workload_;
  Random random_;  // for what clients and people decide meanwhile
  Trace trace_;
  FakeClock clock_;
  FakeEntropy entropy_;
  observe::Log log_;
  Ledger ledger_;
  FakeLauncher launcher_;
  ObservedStore* observed_ = nullptr;  // owned by store_
  std::unique_ptr<store::FaultyStore> store_;
  bool bus_away_ = false;
  bool bus_was_away_ = false;
  std::unique_ptr<bus::Bus> bus_;
  std::unique_ptr<engine::Engine> engine_;  // null while the server is down

  std::multimap<std::int64_t, Then> agenda_;
  std::vector<std::shared_ptr<OpenReply>> open_replies_;
  std::set<std::string> set_up_;  // names
  bool deeds_planned_ = false;
  std::set<std::string> approvals_seen_;
  Promises promises_;
  std::int64_t next_boot_ms_ = 0;
  std::int64_t boots_ = 0;
  std::int64_t commit_ = 0;
  std::optional<bus::Message> withheld_;  // by Plant::kStaleBus
  WorldResult result_;
};

// check.cpp: everything that must hold once nothing moves any more.
void check_world(const Ledger& ledger, store::Store& store, const Promises& promises, bool all_heard, bool steady_clock,
                 const Ledger::Report& report);

template <typename T>
std::pair<engine::Reply<T>, std::shared_ptr<World::OpenReply>> World::expect(std::string what,
                                                                             std::function<void(Result<T>)> then,
                                                                             Then lost) {
  auto open = std::make_shared<OpenReply>();
  open->what = std::move(what);
  open->lost = std::move(lost);
  engine::Reply<T> reply = [this, open, then = std::move(then)](Result<T> result) {
    if (store_->crashed()) return;
    trace_.line(clock_.now_ms(), open->what + (result ? ": done" : ": " + result.error().message));
    if (++open->answers > 1)
      violation(open->what + " was answered twice");
    else
      then(std::move(result));
  };
  return {std::move(reply), std::move(open)};
}

}  // namespace commandcenter::sim
