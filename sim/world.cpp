// Time in a world: from instant to instant, with the server starting, turning and dying.
#include "sim/world.h"

#include <algorithm>

#include <fmt/format.h>

#include "store/memory/memory.h"

namespace commandcenter::sim {
namespace {

constexpr std::int64_t kHorizon_ms = 400LL * 24 * 3'600'000;  // longer than all gates of all runs one after another
constexpr std::int64_t kAftermath_ms = 3LL * 3'600'000;       // for timers that nothing needs any more
constexpr std::int64_t kRestart_ms = 1'000;
constexpr int kMaxTurns = 10'000;  // at one instant
constexpr int kMaxSteps = 200'000;

}  // namespace

World::World(const WorldSpec& spec)
    : spec_(spec),
      workload_(make_workload(spec.seed)),
      random_(spec.seed ^ 0xc11e47ULL),
      trace_(spec.keep_trace),
      entropy_(spec.seed ^ 0xe47709ULL),
      log_(clock_, -1, observe::Level::kError),
      ledger_([this](std::string text) { violation(std::move(text)); }, workload_.max_running_runs,
              workload_.max_queued_runs),
      launcher_(clock_, trace_, spec.seed ^ 0x1a04c4e5ULL, workload_.temper, spec.plant) {
  const std::int64_t planted_commit = Random(spec.seed ^ 0xbadULL).between(1, 20);
  auto observed = std::make_unique<ObservedStore>(store::make_memory_store(), spec.plant, planted_commit);
  observed_ = observed.get();
  store_ = std::make_unique<store::FaultyStore>(std::move(observed));
  watch_store();
  launcher_.on_started([this](const Launched& launch) { ledger_.launched(launch); });
  launcher_.on_applied([this](const std::string& order_id) { ledger_.order_carried_out(order_id); });
  launcher_.on_ended([this](const Launched& launch, const sandbox::Exit& exit) { ledger_.ended(launch, exit); });
}

World::~World() {
  launcher_.vanish();  // what it would call belongs to the engine
}

void World::watch_store() {
  observed_->observe([this](const store::Batch& batch, const store::CommitReceipt& receipt) {
    trace_.line(clock_.now_ms(),
                fmt::format("commit {}: {} rows, {} events", commit_, batch.puts.size(), receipt.positions.size()));
    ledger_.applied(batch, receipt);
  });
  store_->before_commit([this](const store::Batch&) {
    ++commit_;
    return !(spec_.crash && !spec_.crash->after && spec_.crash->commit == commit_);
  });
  store_->after_commit(
      [this](const store::Batch&) { return !(spec_.crash && spec_.crash->after && spec_.crash->commit == commit_); });
}

void World::violation(std::string text) {
  trace_.line(clock_.now_ms(), "VIOLATION: " + text);
  if (result_.violations.size() < kMaxViolations) result_.violations.push_back(std::move(text));
}

void World::hear(const bus::Message& message) {
  constexpr std::int64_t kWithheldPosition = 3;
  if (spec_.plant == Plant::kStaleBus && message.position == kWithheldPosition) {
    withheld_ = message;
    return;
  }
  ledger_.published(message);
  if (withheld_ && message.position > 0) ledger_.published(*std::exchange(withheld_, std::nullopt));
}

void World::boot() {
  trace_.line(clock_.now_ms(), "the server starts");
  bus_ = std::make_unique<PartitionedBus>(bus_away_);
  const auto subscribed = bus_->subscribe("run.*", [this](const bus::Message& message) { hear(message); });
  if (!subscribed) violation(subscribed.error().message);
  engine::Config config;
  config.max_running_nodes = workload_.max_running_nodes;
  config.max_batch_messages = workload_.max_batch_messages;
  config.max_running_runs = workload_.max_running_runs;
  config.max_queued_runs = workload_.max_queued_runs;
  engine_ = std::make_unique<engine::Engine>(config, engine::Seams{*store_, clock_, entropy_, launcher_, *bus_, log_});
  const auto recovered = engine_->recover();
  if (store_->crashed()) return die("crash while it starts");
  if (!recovered) return die(fmt::format("cannot start: {}", recovered.error().message));
  ++boots_;
  continue_setup();
}

void World::die(const std::string& why) {
  trace_.line(clock_.now_ms(), "the server dies: " + why);
  ++result_.crashes;
  launcher_.vanish();
  ledger_.server_died();
  engine_.reset();
  bus_.reset();
  withheld_.reset();
  store_->reopen();
  next_boot_ms_ = clock_.now_ms() + kRestart_ms;
  std::vector<std::shared_ptr<OpenReply>> lost = std::move(open_replies_);
  open_replies_.clear();
  for (const auto& reply : lost) {
    if (reply->answers == 0 && reply->lost) reply->lost();
  }
}

// Turns of the engine until nothing is left to do at this instant.
void World::settle() {
  for (int turns = 0; engine_ != nullptr; ++turns) {
    if (turns == kMaxTurns) return violation("the engine finds no rest");
    const bool moved = engine_->turn();
    if (store_->crashed()) return die("crash at a commit");
    if (!moved) break;
  }
  std::erase_if(open_replies_, [](const auto& reply) { return reply->answers > 0; });
  look_at_approvals();
}

std::optional<std::int64_t> World::next_instant_ms() const {
  std::optional<std::int64_t> next = launcher_.next_due_ms();
  const auto consider = [&next](std::int64_t at_ms) { next = next ? std::min(*next, at_ms) : at_ms; };
  if (!agenda_.empty()) consider(agenda_.begin()->first);
  if (engine_ == nullptr)
    consider(next_boot_ms_);
  else if (const auto due = engine_->next_due_ms())
    consider(*due - clock_.offset_ms());
  return next;
}

// Goes on to the next instant at which something happens. False when there is none until then.
bool World::step(std::int64_t until_ms) {
  const auto next = next_instant_ms();
  if (!next || *next > until_ms) return false;
  clock_.advance_to(*next);
  launcher_.deliver_due();
  while (!agenda_.empty() && agenda_.begin()->first <= clock_.now_ms()) {
    const Then then = std::move(agenda_.begin()->second);
    agenda_.erase(agenda_.begin());
    then();
  }
  if (engine_ == nullptr && next_boot_ms_ <= clock_.now_ms()) boot();
  settle();
  return true;
}

bool World::quiet() const {
  if (!deeds_planned_ || !agenda_.empty() || !launcher_.idle() || !open_replies_.empty() || engine_ == nullptr)
    return false;
  return std::all_of(ledger_.runs().begin(), ledger_.runs().end(),
                     [](const auto& entry) { return entry.second.row.finished; });
}

WorldResult World::play() {
  boot();
  settle();
  int steps = 0;
  while (!quiet() && ++steps < kMaxSteps && result_.violations.empty() && step(kHorizon_ms)) {
  }
  if (steps == kMaxSteps) violation(fmt::format("no quiet after {} steps", kMaxSteps));
  const std::int64_t aftermath_ms = clock_.now_ms() + kAftermath_ms;
  while (result_.violations.empty() && ++steps < kMaxSteps && step(aftermath_ms)) {
  }
  if (result_.violations.empty()) check_end();
  result_.commits = commit_;
  result_.runs = static_cast<std::int64_t>(ledger_.runs().size());
  result_.launches = launcher_.launches();
  result_.trace_hash = trace_.hash();
  result_.trace = trace_.text();
  return std::move(result_);
}

void World::check_end() {
  for (const auto& reply : open_replies_)
    violation(reply->what + " was never answered");
  if (!deeds_planned_) violation("agents and workflows could not be set up");
  const bool steady_clock =
      std::none_of(workload_.deeds.begin(), workload_.deeds.end(),
                   [](const PlannedDeed& planned) { return std::holds_alternative<JumpClock>(planned.deed); });
  const bool all_heard = result_.crashes == 0 && !bus_was_away_;
  check_world(ledger_, observed_->inner(), promises_, all_heard, steady_clock,
              [this](std::string text) { violation(std::move(text)); });
  if (engine_ == nullptr) return violation("the server is down");
  const engine::Health health = engine_->health();
  if (health.unfinished_runs != 0 || health.moving_runs != 0 || health.queued_runs != 0) {  // pitfall B21
    violation(fmt::format("all runs have ended, but the engine counts {} unfinished, {} moving and {} queued",
                          health.unfinished_runs, health.moving_runs, health.queued_runs));
  }
  if (health.live_runs != 0 || health.running_nodes != 0 || health.ready_nodes != 0) {
    violation(fmt::format("all runs have ended, but the engine holds {} runs, {} running and {} ready nodes",
                          health.live_runs, health.running_nodes, health.ready_nodes));
  }
}

WorldResult run_world(const WorldSpec& spec) {
  World world(spec);
  return world.play();
}

}  // namespace commandcenter::sim
