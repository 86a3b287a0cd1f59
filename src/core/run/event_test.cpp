// Events in the journal, and the ids and hashes made from a run's state.
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/run/scenario.h"

namespace commandcenter::run {
namespace {

constexpr std::string_view kTwoNodes = R"(
name: two
nodes:
  - {id: scan, agent: reader, action: read, input: {value: "{{ context.v }}"}}
  - {id: notify, agent: risky, action: act, input: {value: "{{ context.v }}"}, dependsOn: [scan]}
)";

std::shared_ptr<const workflow::Plan> plan_of(std::string_view text) {
  auto plan = scenario::make_plan_of(text);
  EXPECT_TRUE(plan) << plan.error().message;
  return plan ? *plan : nullptr;
}

std::vector<Payload> one_of_each() {
  const Json deep =
      *parse_json(R"({"list": [1, 2.5, null, "é\n"], "map": {"b": 1, "a": true}, "big": 9007199254740993})");
  return {RunCreated{"run-1", "wf-1", 7, "event:push", deep, "/repo", "run-0", {{"scan", deep}, {"notify", nullptr}}},
          RunCreated{"run-1", "wf-1", 1, "manual", Json::object(), "", "", {}},
          NodeStarted{1, 3},
          NodeSucceeded{1, 2, deep},
          NodeSucceeded{0, 1, nullptr},
          NodePreviewed{1, 2, deep, {"diff --git a/x b/x\n", 1, 2, 3}},
          PatchApplied{1, 2, "diff back"},
          PatchRefused{1, 2, "x has changed"},
          NodeFailed{0, 4, "exit", "boom: \"quoted\"\nsecond line", 0.12345678901234567},
          NodeInterrupted{1, 2},
          RetryDue{1},
          ApprovalDecided{1, true, "ann", ""},
          ApprovalDecided{0, false, "bob", "not on a Friday"},
          ApprovalExpired{1},
          RunCreated{"run-2", "wf-1", 1, "rerun", Json::object(), "", "run-1", {}, "scan", true},
          RunCreated{"run-1", "wf-1", 1, "manual", deep, "", "", {}, "", false, "", "00-a-b-01"},
          RunAdmitted{},
          RunCancelled{"ann"},
          RunCancelled{"", "run-3"},
          RunTimedOut{}};
}

TEST(Journal, every_event_comes_back_from_its_text) {
  const auto plan = plan_of(kTwoNodes);
  std::set<std::size_t> kinds;
  for (const Payload& payload : one_of_each()) {
    kinds.insert(payload.index());
    const Event event{1'700'000'000'123, payload};
    const std::string text = dump_json(encode(event, *plan));
    const auto document = parse_json(text);
    ASSERT_TRUE(document) << text;
    const auto back = decode(event_type(payload), event.at_ms, *document, *plan);
    ASSERT_TRUE(back) << text << ": " << back.error().message;
    EXPECT_EQ(back->at_ms, event.at_ms);
    EXPECT_EQ(back->payload.index(), payload.index()) << event_type(payload);
    EXPECT_EQ(dump_json(encode(*back, *plan)), text);
  }
  EXPECT_EQ(kinds.size(), std::variant_size_v<Payload>) << "a kind of event is missing from the test";
}

TEST(Journal, members_come_back_as_they_were) {
  const auto plan = plan_of(kTwoNodes);
  const auto back = [&](const Payload& payload) {
    return decode(event_type(payload), 1, encode({1, payload}, *plan), *plan)->payload;
  };
  const auto created = std::get<RunCreated>(back(one_of_each()[0]));
  EXPECT_EQ(created.run_id, "run-1");
  EXPECT_EQ(created.workflow_id, "wf-1");
  EXPECT_EQ(created.workflow_version, 7);
  EXPECT_EQ(created.trigger, "event:push");
  EXPECT_EQ(created.workspace, "/repo");
  EXPECT_EQ(created.retry_of, "run-0");
  EXPECT_EQ(created.kept.size(), 2U);
  EXPECT_EQ(created.context.at("map").begin().key(), "b") << "members keep their order";
  const auto failed = std::get<NodeFailed>(back(NodeFailed{1, 4, "exit", "boom", 0.1}));
  EXPECT_EQ(failed.node, 1U);
  EXPECT_EQ(failed.attempt, 4);
  EXPECT_EQ(failed.reason, "exit");
  EXPECT_EQ(failed.error, "boom");
  EXPECT_EQ(failed.jitter, 0.1) << "exactly: a replay must give the same delay";
  const auto decided = std::get<ApprovalDecided>(back(ApprovalDecided{1, true, "ann", "fine"}));
  EXPECT_EQ(decided.node, 1U);
  EXPECT_TRUE(decided.approved);
  EXPECT_EQ(decided.by, "ann");
  EXPECT_EQ(decided.notes, "fine");
  EXPECT_EQ(std::get<RunCancelled>(back(RunCancelled{"ann"})).by, "ann");
}

TEST(Journal, what_cannot_be_read_is_refused) {
  const auto plan = plan_of(kTwoNodes);
  const auto reads = [&](std::string_view type, std::string_view document) {
    return decode(type, 1, *parse_json(document), *plan).has_value();
  };
  EXPECT_TRUE(reads("node.started", R"({"node": "scan", "attempt": 1})"));
  EXPECT_FALSE(reads("node.started", R"({"node": "gone", "attempt": 1})"));
  EXPECT_FALSE(reads("node.started", R"({"node": "scan"})"));
  EXPECT_FALSE(reads("node.started", R"({"node": "scan", "attempt": "1"})"));
  EXPECT_FALSE(reads("node.succeeded", R"({"node": "scan", "attempt": 1})"));
  EXPECT_FALSE(reads("run.created", R"({"run": "r", "version": 1})"));
  EXPECT_FALSE(reads("run.created", R"([])"));
  EXPECT_FALSE(reads("approval.decided", R"({"node": "scan", "by": "ann"})")) << "a decision without its decision";
  EXPECT_FALSE(reads("node.failed", R"({"node": "scan", "attempt": 1, "reason": "exit", "error": "x"})"));
  EXPECT_FALSE(reads("run.paused", R"({})"));
}

TEST(Ids, of_node_runs_and_approvals_are_short_and_unique) {
  const std::string run(26, 'a');
  constexpr std::size_t kLastNode = workflow::kMaxNodes - 1;
  constexpr std::int64_t kLastItem = 36 * 36 * 36 - 1;
  std::set<std::string> ids;
  std::size_t made = 0;
  const auto add = [&](const std::string& id) {
    EXPECT_LE(id.size(), 36U) << id;
    EXPECT_TRUE(id.starts_with(run)) << id;
    ids.insert(id);
    ++made;
  };
  for (const std::size_t node : {std::size_t{0}, std::size_t{1}, std::size_t{35}, std::size_t{36}, kLastNode}) {
    for (const std::int64_t item : {std::int64_t{0}, std::int64_t{1}, std::int64_t{36}, kLastItem}) {
      add(approval_id(run, node, item));
      for (std::int64_t attempt = 1; attempt <= workflow::kMaxAttempts + kMaxInterruptions; ++attempt) {
        add(node_run_id(run, node, item, attempt));
      }
    }
  }
  EXPECT_EQ(ids.size(), made);
}

std::string hash_after(const std::shared_ptr<const workflow::Plan>& plan, const Json& value, std::size_t node,
                       std::string run_id = "run-1") {
  RunState state;
  state.plan = plan;
  step(state,
       {1, RunCreated{std::move(run_id), "wf", 1, "manual", {{"v", value}}, "", "", {{"scan", Json::object()}}}});
  return approval_hash(state, node);
}

TEST(ApprovalHash, changes_with_whatever_was_looked_at) {
  const auto plan = plan_of(kTwoNodes);
  const std::string hash = hash_after(plan, 1, 1);
  EXPECT_EQ(hash.size(), 64U);
  EXPECT_EQ(hash_after(plan, 1, 1), hash);
  EXPECT_EQ(hash_after(plan_of(kTwoNodes), 1, 1), hash) << "the same plan read again";
  EXPECT_NE(hash_after(plan, 2, 1), hash) << "input";
  EXPECT_NE(hash_after(plan, 1, 0), hash) << "node";
  EXPECT_NE(hash_after(plan, 1, 1, "run-2"), hash) << "run";
  const auto changed = [&](auto change) {
    auto other = std::make_shared<workflow::Plan>(*plan);
    change(*other, other->agents[other->nodes[1].agent]);
    return hash_after(other, 1, 1);
  };
  EXPECT_NE(changed([](auto&, auto& agent) { agent.version = "1.0.1"; }), hash) << "version of the agent";
  EXPECT_NE(changed([](auto&, auto& agent) { agent.revision = 2; }), hash) << "revision of the agent";
  EXPECT_NE(changed([](auto&, auto& agent) { agent.id = "other"; }), hash) << "agent";
  EXPECT_NE(changed([](auto& other, auto&) { other.nodes[1].action = "other"; }), hash) << "action";
}

TEST(ApprovalHash, tells_workspaces_apart_that_look_the_same_from_inside) {
  const auto plan = plan_of(R"(
name: one
nodes:
  - {id: act, agent: risky, action: act, input: {path: "{{ context.repo }}"}}
)");
  const auto hash = [&](const char* repo) {
    RunState state;
    state.plan = plan;
    step(state, {1, RunCreated{"run-1", "wf", 1, "manual", {{"repo", repo}}, "", "", {}}});
    return approval_hash(state, 0);
  };
  EXPECT_EQ(hash("/repos/one"), hash("/repos/one"));
  EXPECT_NE(hash("/repos/one"), hash("/repos/two"));
}

}  // namespace
}  // namespace commandcenter::run
