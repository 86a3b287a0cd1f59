// Dice to agents, workflows and deeds: in a seed, out a Workload. Pure.
#include "sim/workload.h"

#include <algorithm>

#include <fmt/format.h>

namespace commandcenter::sim {
namespace {

constexpr std::int64_t kBusy_ms = 30'000;  // clients are at work for that long
constexpr std::int64_t kLongestJump_ms = 2LL * 3'600'000;

agent::Agent make_agent(const std::string& name, agent::Effects effects, workflow::Risk risk) {
  agent::Agent made;
  made.name = name;
  made.version = "1.0.0";
  made.entry_path = "/bin/true";
  made.command = {"/bin/true"};
  made.folder = "/agents/x";
  made.effects = effects;
  made.risk = risk;
  agent::Capability work;
  work.name = "work";
  work.input_schema = {{"type", "object"}, {"properties", {{"n", {{"type", "integer"}}}}}, {"required", {"n"}}};
  work.output_schema = {
      {"type", "object"}, {"properties", {{"value", {{"type", "integer"}}}}}, {"required", {"value"}}};
  made.capabilities.push_back(std::move(work));
  return made;
}

std::vector<agent::Agent> make_agents() {
  return {make_agent("reader", agent::Effects::kNone, workflow::Risk::kAuto),
          make_agent("writer", agent::Effects::kExternal, workflow::Risk::kAuto),
          make_agent("editor", agent::Effects::kWorkspace, workflow::Risk::kAuto),
          make_agent("fixer", agent::Effects::kWorkspace, workflow::Risk::kApprovalRequired),
          make_agent("deployer", agent::Effects::kExternal, workflow::Risk::kApprovalRequired)};
}

class WorkflowMaker {
 public:
  WorkflowMaker(Random& random, std::string name) : random_(random) { made_.name = std::move(name); }

  workflow::Definition make() {
    const std::int64_t size = random_.between(1, 8);
    for (std::int64_t i = 0; i < size; ++i)
      add_node(fmt::format("n{}", i));
    add_fallbacks();
    if (random_.chance(20)) made_.timeout_ms = random_.between(2'000, 60'000);
    if (random_.chance(40)) add_concurrency();
    made_.trigger_as_given = Json::object({{"type", "manual"}});
    return std::move(made_);
  }

 private:
  void add_concurrency() {
    made_.concurrency.limit = random_.chance(70) ? 1 : random_.between(2, 3);
    if (random_.chance(60))
      made_.concurrency.key = random_.chance(50) ? "{{ context.key }}" : "k-{{ context.key % 2 }}";
    if (random_.chance(30)) made_.concurrency.policy = workflow::ConcurrencyPolicy::kCancelPrevious;
  }

  void add_node(const std::string& id) {
    workflow::NodeDefinition node;
    node.id = id;
    for (const workflow::NodeDefinition& earlier : made_.nodes) {
      if (node.depends_on.size() < 3 && random_.chance(40)) node.depends_on.push_back(earlier.id);
    }
    if (random_.chance(15)) node.join = random_.chance(50) ? workflow::Join::kAllDone : workflow::Join::kAnySuccess;
    if (random_.chance(20)) node.when = make_condition(node);
    if (random_.chance(25))
      make_transform(node);
    else
      make_work(node);
    if (random_.chance(10)) node.approval_required = true;
    if (random_.chance(50)) node.approval_expiry_ms = random_.between(5, 3 * 3'600) * 1'000;
    made_.nodes.push_back(std::move(node));
  }

  std::string make_condition(const workflow::NodeDefinition& node) {
    if (node.depends_on.empty() || random_.chance(40)) return "context.flag";
    return fmt::format("nodes.{}.status == 'SUCCESS'", node.depends_on.front());
  }

  void make_transform(workflow::NodeDefinition& node) {
    node.is_transform = true;
    node.input = {{"value", "{{ context.n }}"}};
    if (!node.depends_on.empty())
      node.input["from"] = fmt::format("{{{{ nodes.{}.output.value ?? 0 }}}}", node.depends_on.front());
  }

  void make_work(workflow::NodeDefinition& node) {
    const std::int64_t dice = random_.between(0, 99);
    node.agent = dice < 45 ? "reader" : dice < 75 ? "writer" : dice < 85 ? "editor" : dice < 93 ? "fixer" : "deployer";
    node.action = "work";
    node.input = {{"n", "{{ context.n }}"}};
    if (!node.depends_on.empty() && random_.chance(50)) {
      const std::string alternative = random_.chance(80) ? " ?? 7" : "";  // without one a missing output fails the node
      node.input["n"] = fmt::format("{{{{ nodes.{}.output.value{} }}}}", node.depends_on.front(), alternative);
    }
    if (random_.chance(40)) {
      node.retry.attempts = static_cast<int>(random_.between(2, 4));
      node.retry.backoff_ms = random_.between(1, 50) * 100;
    }
    if (random_.chance(25)) node.timeout_ms = random_.between(500, 10'000);
    if (random_.chance(15)) node.on_error.kind = workflow::OnErrorKind::kContinue;
  }

  void add_fallbacks() {
    const std::size_t size = made_.nodes.size();
    for (std::size_t i = 0; i < size; ++i) {
      if (made_.nodes[i].is_transform || !random_.chance(12)) continue;
      workflow::NodeDefinition fallback;
      fallback.id = fmt::format("f{}", i);
      if (random_.chance(40))
        make_transform(fallback);
      else
        make_work(fallback);
      made_.nodes[i].on_error = {workflow::OnErrorKind::kFallback, fallback.id};
      made_.nodes.push_back(std::move(fallback));
    }
  }

  Random& random_;
  workflow::Definition made_;
};

Deed make_deed(Random& random, const Workload& workload) {
  const std::int64_t dice = random.between(0, 107);
  if (dice >= 100) return RollBackSomeRun{};
  if (dice < 20) return CancelSomeRun{};
  if (dice < 45) return AwaitSomeRun{random.between(0, 60'000)};
  if (dice < 58) return RetrySomeRun{};
  if (dice < 67) return RerunSomeRun{};
  if (dice < 70) return BusAway{random.between(1, 8'000)};
  if (dice < 73) return ReplaceAgent{random.index(workload.agents.size())};
  if (dice < 78) return JumpClock{random.between(-kLongestJump_ms, kLongestJump_ms)};
  if (dice < 86) return FailCommits{static_cast<int>(random.between(1, 4))};
  if (dice < 94) return StoreAway{random.chance(50), random.between(1, 8'000)};
  return KillServer{};
}

}  // namespace

Workload make_workload(std::uint64_t seed) {
  Random random(seed);
  Workload workload;
  workload.agents = make_agents();
  const std::int64_t workflows = random.between(1, 3);
  for (std::int64_t i = 0; i < workflows; ++i)
    workload.workflows.push_back(WorkflowMaker(random, fmt::format("flow-{}", i)).make());

  if (random.chance(20)) workload.temper = {0, 0, 0, 0, 0, 0, 1'000};  // everything succeeds
  if (random.chance(15)) workload.temper.lost = 40;
  if (random.chance(10)) workload.approvers = {100, 0, 0, 1'000};
  workload.max_running_nodes = static_cast<int>(random.chance(30) ? random.between(1, 2) : random.between(3, 8));
  if (random.chance(30)) workload.max_batch_messages = static_cast<std::size_t>(random.between(1, 4));

  // Deeds on few different instants meet in one transaction.
  const std::int64_t grain_ms = random.chance(40) ? 5'000 : 1;
  const auto when = [&] { return random.between(0, kBusy_ms / grain_ms) * grain_ms; };
  if (random.chance(25)) workload.max_running_runs = random.between(1, 3);
  if (random.chance(10)) workload.max_queued_runs = random.between(1, 3);
  const std::int64_t triggers = random.chance(20) ? random.between(6, 16) : random.between(1, 5);
  for (std::int64_t i = 0; i < triggers; ++i) {
    Trigger trigger;
    trigger.workflow = workload.workflows[random.index(workload.workflows.size())].name;
    trigger.context = {
        {"n", random.between(0, 1'000)}, {"flag", random.chance(60)}, {"client", i}, {"key", random.between(0, 2)}};
    if (random.chance(3)) trigger.workspace = "/nowhere/at/all";
    trigger.until_finished = random.chance(30);
    const std::int64_t at_ms = when();
    if (random.chance(40)) {
      trigger.once = fmt::format("key-{}", i);
      trigger.context["once"] = trigger.once;
      for (std::int64_t again = random.between(0, 2); again > 0; --again)
        workload.deeds.push_back({random.chance(50) ? at_ms : when(), trigger});
    }
    workload.deeds.push_back({at_ms, std::move(trigger)});
  }
  const std::int64_t deeds = random.chance(25) ? 0 : random.between(1, 10);
  for (std::int64_t i = 0; i < deeds; ++i)
    workload.deeds.push_back({when(), make_deed(random, workload)});
  std::stable_sort(workload.deeds.begin(), workload.deeds.end(),
                   [](const PlannedDeed& a, const PlannedDeed& b) { return a.at_ms < b.at_ms; });
  return workload;
}

}  // namespace commandcenter::sim
