// Random workflows, and a random world around each: attempts end in any way and order, people decide, clocks ring, the
// server dies, reports come late and twice. Whatever happens, every run ends, and every step keeps its promises.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "core/run/scenario.h"

namespace commandcenter::run::scenario {
namespace {

constexpr std::uint64_t kRuns = 1'000;
constexpr std::uint64_t kMaxRandomNodes = 14;
constexpr int kMaxEvents = 4'000;  // of one run; none comes near it

// splitmix64: small, and the same everywhere.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}

  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  bool percent(std::uint64_t share) { return below(100) < share; }
  double fraction() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

 private:
  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }

  std::uint64_t state_;
};

std::string id_of(std::size_t index) {
  return fmt::format("n{}", index);
}

Json random_node(Chance& chance, std::size_t index, std::size_t count) {
  Json node = {{"id", id_of(index)}};
  Json depends_on = Json::array();
  for (std::size_t other = 0; other < index; ++other) {
    if (chance.percent(25)) depends_on.push_back(id_of(other));
  }
  Json input = Json::object();
  if (!depends_on.empty()) {
    // Often missing: the fields that outputs have vary, and a dependency need not have run.
    const char* field = chance.percent(70) ? ".output.n ?? 0 }}" : ".output.n }}";
    input["value"] = "{{ " + depends_on[0].get<std::string>() + field;
  }
  if (chance.percent(10)) input["n"] = "{{ context.n }}";  // sometimes no integer
  if (chance.percent(20)) {
    node["transform"] = input;
  } else {
    constexpr std::pair<const char*, const char*> kAgents[] = {
        {"reader", "read"}, {"writer", "write"}, {"editor", "edit"}, {"risky", "act"}, {"fixer", "edit"}};
    const auto& [agent, action] = kAgents[chance.below(10) < 9 ? chance.below(3) : 3 + chance.below(2)];
    node["agent"] = agent;
    node["action"] = action;
    node["input"] = input;
  }
  if (!depends_on.empty()) node["dependsOn"] = depends_on;
  if (chance.percent(30)) node["join"] = chance.percent(50) ? "all-done" : "any-success";
  if (chance.percent(15)) node["when"] = chance.percent(70) ? "context.n == 1" : "context.zzz";
  if (chance.percent(30))
    node["retry"] = {{"attempts", 1 + chance.below(4)}, {"backoff", chance.below(5)}, {"jitter", 0.5}};
  if (chance.percent(10)) node["approval"] = true;
  if (chance.percent(15)) node["onError"] = "continue";
  if (chance.percent(15) && index + 1 < count) node["onError"] = id_of(index + 1 + chance.below(count - index - 1));
  return node;
}

// Nothing when the nodes wait for each other in a circle, as fallbacks make possible, or read what is not upstream.
std::shared_ptr<const workflow::Plan> random_plan(Chance& chance) {
  const std::size_t count = chance.below(kMaxRandomNodes + 1);
  Json document = {{"name", "random"}, {"timeout", 60}, {"nodes", Json::array()}};
  for (std::size_t i = 0; i < count; ++i)
    document["nodes"].push_back(random_node(chance, i, count));
  auto plan = make_plan_of(dump_json(document));
  return plan ? *plan : nullptr;
}

// The world outside: what it was told to do, it does at some time; and now and then it reports nonsense.
class World {
 public:
  World(Chance& chance, std::shared_ptr<const workflow::Plan> plan) : chance_(chance) { state_.plan = std::move(plan); }

  // The number of events that were accepted.
  int run() {
    feed(created());
    while (!is_final(state_.status) && accepted_ < kMaxEvents && broken_.empty()) {
      if (chance_.percent(10)) feed(nonsense());
      if (chance_.percent(1)) feed(RunCancelled{"ann"});
      if (chance_.percent(1)) feed(RunTimedOut{});
      if (is_final(state_.status)) break;
      const auto next = possible();
      if (next.empty()) {
        broken_.push_back("the run waits for nothing, but has not ended");
        break;
      }
      feed(next[chance_.below(next.size())]);
    }
    for (int i = 0; i < 5 && !state_.nodes.empty(); ++i)
      feed(nonsense());
    return accepted_;
  }

  const RunState& state() const { return state_; }
  const std::vector<std::string>& broken() const { return broken_; }
  const Changes& changes() const { return check_.changes(); }
  std::size_t refused() const { return refused_; }

 private:
  void feed(Payload payload) {
    Decision decision;
    now_ms_ += static_cast<std::int64_t>(chance_.below(2'000)) - (chance_.percent(2) ? 10'000 : 0);  // clocks are set
    for (std::string& what : check_.step_and_check(state_, {now_ms_, std::move(payload)}, decision)) {
      broken_.push_back(std::move(what));
    }
    decision.refused ? ++refused_ : static_cast<std::size_t>(++accepted_);
  }

  Payload created() {
    RunCreated event{std::string(kRunId), "wf", 1, "manual", {{"n", 1}}, "", "", {}, "", chance_.percent(30)};
    if (chance_.percent(20)) event.context["n"] = "one";
    for (const workflow::PlannedNode& node : state_.plan->nodes) {
      if (chance_.percent(3)) event.kept.emplace(node.id, Json{{"n", 1}});
    }
    return event;
  }

  Payload end_of(std::size_t node, std::int64_t attempt) {
    const std::uint64_t how = chance_.below(100);
    const workflow::PlannedNode& planned = state_.plan->nodes[node];
    if (how < 55 && !planned.is_transform && state_.plan->agents[planned.agent].changes_workspace) {
      return NodePreviewed{node, attempt, Json{{"n", how}}, {how < 40 ? "diff" : "", 1, 1, 0}};
    }
    if (how < 55) return NodeSucceeded{node, attempt, how < 45 ? Json{{"n", how}} : Json::object()};
    if (how < 85) return NodeFailed{node, attempt, "exit", "exit code 1", chance_.fraction()};
    return NodeInterrupted{node, attempt};
  }

  // What may happen next, given what is under way.
  std::vector<Payload> possible() {
    std::vector<Payload> next;
    if (state_.queued) next.push_back(RunAdmitted{});
    for (std::size_t i = 0; i < state_.nodes.size(); ++i) {
      const NodeState& node = state_.nodes[i];
      if (node.status == NodeStatus::kPending) next.push_back(NodeStarted{i, node.attempt});
      if (node.status == NodeStatus::kRunning) next.push_back(end_of(i, node.attempt));
      if (node.status == NodeStatus::kApplying) {
        if (chance_.percent(70))
          next.push_back(PatchApplied{i, node.attempt, "back"});
        else
          next.push_back(PatchRefused{i, node.attempt, "the file has changed"});
        if (!state_.stopping && chance_.percent(20)) next.push_back(RunCancelled{"ann"});
      }
      if (node.status == NodeStatus::kBackoff) next.push_back(RetryDue{i});
      if (node.status != NodeStatus::kWaitingApproval) continue;
      if (chance_.percent(10))
        next.push_back(ApprovalExpired{i});
      else
        next.push_back(ApprovalDecided{i, chance_.percent(75), "ann", "why not"});
    }
    return next;
  }

  // About any node and attempt, true or not; if it happens to be true it may as well have happened.
  Payload nonsense() {
    if (state_.nodes.empty()) return RunCancelled{};
    const std::size_t node = chance_.below(state_.nodes.size());
    const auto attempt = static_cast<std::int64_t>(chance_.below(4));
    switch (chance_.below(8)) {
      case 7:
        return RunAdmitted{};
      case 0:
        return NodeStarted{node, attempt};
      case 1:
        return end_of(node, attempt);
      case 2:
        return RetryDue{node};
      case 3:
        return ApprovalExpired{node};
      case 4:
        return PatchApplied{node, attempt, "back"};
      case 5:
        return PatchRefused{node, attempt, "no"};
      default:
        return ApprovalDecided{node, chance_.percent(50), "bob", ""};
    }
  }

  Chance& chance_;
  RunState state_;
  StepCheck check_;
  std::int64_t now_ms_ = kBegin_ms;
  std::vector<std::string> broken_;
  int accepted_ = 0;
  std::size_t refused_ = 0;
};

TEST(RandomRuns, always_end_and_keep_every_promise) {
  const Changes documented = documented_changes();
  std::uint64_t played = 0;
  std::size_t refused = 0;
  std::set<RunStatus> ends;
  std::set<Change> seen;
  for (std::uint64_t seed = 1; seed <= kRuns; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Chance chance(seed);
    const auto plan = random_plan(chance);
    if (plan == nullptr) continue;
    ++played;
    World world(chance, plan);
    world.run();
    ASSERT_EQ(fmt::format("{}", fmt::join(world.broken(), "\n")), "") << plan->document;
    ASSERT_TRUE(is_final(world.state().status)) << plan->document;
    for (const NodeState& node : world.state().nodes)
      ASSERT_TRUE(is_final(node.status)) << plan->document;
    ASSERT_TRUE(outstanding(world.state()).empty());
    ASSERT_TRUE(running_nodes(world.state()).empty());
    for (const Change& change : world.changes().nodes) {
      ASSERT_TRUE(documented.nodes.contains(change))
          << fmt::format("{}", fmt::join(change, " ")) << " is not documented";
    }
    for (const Change& change : world.changes().run) {
      ASSERT_TRUE(documented.run.contains(change)) << fmt::format("{}", fmt::join(change, " ")) << " is not documented";
    }
    seen.insert(world.changes().nodes.begin(), world.changes().nodes.end());
    refused += world.refused();
    ends.insert(world.state().status);
  }
  // The generator reaches far enough to be worth its time.
  EXPECT_GT(played, kRuns / 2);
  EXPECT_GT(refused, kRuns);
  EXPECT_EQ(ends.size(), 3U);
  EXPECT_EQ(seen.size(), documented.nodes.size()) << "not every change of a node happened";
}

TEST(RandomRuns, repeat_exactly_from_their_seed) {
  const auto end = [](std::uint64_t seed) {
    Chance chance(seed);
    const auto plan = random_plan(chance);
    if (plan == nullptr) return std::string("no plan");
    World world(chance, plan);
    world.run();
    return dump_json(state_json(world.state()));
  };
  std::set<std::string> different;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    EXPECT_EQ(end(seed), end(seed));
    different.insert(end(seed));
  }
  EXPECT_GT(different.size(), 10U);
}

}  // namespace
}  // namespace commandcenter::run::scenario
