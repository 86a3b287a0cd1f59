// What no scenario can write down: inputs beyond the limit, and clocks that are set back.
#include <gtest/gtest.h>

#include "core/run/scenario.h"

namespace commandcenter::run::scenario {
namespace {

// A run of one reader node whose input is a text of this many characters.
RunState created_with_text(std::size_t size) {
  const Json node = {
      {"id", "a"}, {"agent", "reader"}, {"action", "read"}, {"input", {{"text", std::string(size, 'x')}}}};
  const auto plan = make_plan_of(dump_json({{"name", "one"}, {"nodes", Json::array({node})}}));
  EXPECT_TRUE(plan) << plan.error().message;
  RunState state;
  if (!plan) return state;
  state.plan = *plan;
  step(state, {kBegin_ms, RunCreated{std::string(kRunId), "wf", 1, "manual", Json::object(), "", "", {}}});
  return state;
}

TEST(NodeInput, has_a_limit_that_the_error_names) {
  constexpr std::size_t kAround = std::string_view(R"({"text":""})").size();
  const RunState fits = created_with_text(kMaxNodeInput_bytes - kAround);
  ASSERT_EQ(fits.nodes.size(), 1U);
  EXPECT_EQ(fits.nodes[0].status, NodeStatus::kPending) << fits.nodes[0].error;

  const RunState too_large = created_with_text(kMaxNodeInput_bytes - kAround + 1);
  ASSERT_EQ(too_large.nodes.size(), 1U);
  EXPECT_EQ(too_large.status, RunStatus::kFailed);
  EXPECT_EQ(too_large.nodes[0].status, NodeStatus::kFailed);
  EXPECT_EQ(too_large.nodes[0].reason, "input_too_large");
  EXPECT_EQ(too_large.nodes[0].error, "the resolved input has 1048577 bytes; at most 1048576 are allowed");
}

TEST(Times, do_not_go_back_with_the_clock) {
  const auto plan = make_plan_of(R"(
name: two
nodes:
  - {id: a, agent: reader, action: read, retry: {attempts: 2, backoff: 1s, jitter: 0}}
  - {id: gate, transform: {}, approval: true}
)");
  ASSERT_TRUE(plan) << plan.error().message;
  RunState state;
  state.plan = *plan;
  step(state, {kBegin_ms, RunCreated{std::string(kRunId), "wf", 1, "manual", Json::object(), "", "", {}}});
  step(state, {kBegin_ms - 1'000, NodeStarted{0, 1}});
  EXPECT_EQ(state.nodes[0].started_at_ms, kBegin_ms);
  step(state, {kBegin_ms - 2'000, NodeFailed{0, 1, "exit", "exit code 1", 0}});
  EXPECT_EQ(state.nodes[0].finished_at_ms, kBegin_ms);
  EXPECT_EQ(state.nodes[0].retry_at_ms, kBegin_ms - 1'000) << "a delay counts from what the clock shows now";
  step(state, {kBegin_ms + 5'000, RetryDue{0}});
  step(state, {kBegin_ms + 6'000, NodeStarted{0, 2}});
  step(state, {kBegin_ms + 1'000, NodeSucceeded{0, 2, Json::object()}});
  EXPECT_EQ(state.nodes[0].finished_at_ms, kBegin_ms + 6'000);
  step(state, {kBegin_ms - 3'000, ApprovalDecided{1, true, "ann", ""}});
  EXPECT_EQ(state.nodes[1].started_at_ms, kBegin_ms);
  EXPECT_EQ(state.nodes[1].finished_at_ms, kBegin_ms);
  EXPECT_EQ(state.status, RunStatus::kSuccess);
  EXPECT_EQ(state.finished_at_ms, kBegin_ms + 6'000) << "not before the last of its nodes";
}

}  // namespace
}  // namespace commandcenter::run::scenario
