// What a repetition keeps: as much as still holds, and nothing else. Pitfall B10, feature 106.
#include "core/run/rerun.h"

#include <gtest/gtest.h>

#include "core/run/run.h"
#include "core/run/scenario.h"

namespace commandcenter::run {
namespace {

constexpr const char* kThree = R"(name: x
nodes:
  - {id: a, agent: writer, action: write}
  - {id: b, agent: writer, action: write, dependsOn: [a]}
  - {id: c, agent: writer, action: write}
)";

std::shared_ptr<const workflow::Plan> plan_of(std::string_view text) {
  auto plan = scenario::make_plan_of(text);
  EXPECT_TRUE(plan) << plan.error().message;
  return *plan;
}

// All nodes that can have succeeded, but for those that failed.
RunState ended(std::shared_ptr<const workflow::Plan> plan, const std::set<std::string>& failing = {}) {
  RunState state;
  state.plan = std::move(plan);
  step(state, {1, RunCreated{"run-1", "wf", 1, "manual", Json::object(), "", "", {}}});
  while (!is_final(state.status)) {
    for (std::size_t i = 0; i < state.nodes.size(); ++i) {
      if (state.nodes[i].status != NodeStatus::kPending) continue;
      step(state, {2, NodeStarted{i, 1}});
      const std::string& id = state.plan->nodes[i].id;
      if (failing.contains(id))
        step(state, {3, NodeFailed{i, 1, "exit", "exit code 1", 0}});
      else
        step(state, {3, NodeSucceeded{i, 1, {{"of", id}}}});
    }
  }
  return state;
}

std::string kept(const RunState& original, const workflow::Plan& target, const std::string& from) {
  const auto outputs = kept_outputs(original, target, from);
  if (!outputs) return std::string(error_word(outputs.error().code)) + ": " + outputs.error().message;
  std::string ids;
  for (const auto& [id, output] : *outputs) {
    EXPECT_EQ(output, (Json{{"of", id}}));
    ids += id;
  }
  return ids;
}

TEST(Rerun, keeps_what_is_not_behind_the_chosen_node) {
  const RunState run = ended(plan_of(kThree));
  EXPECT_EQ(kept(run, *run.plan, "a"), "c");
  EXPECT_EQ(kept(run, *run.plan, "b"), "ac");
  EXPECT_EQ(kept(run, *run.plan, "beginning"), "");
  EXPECT_EQ(kept(run, *run.plan, "failed"), "abc");
  EXPECT_TRUE(kept(run, *run.plan, "z").starts_with("invalid: from: the workflow has no node z"));
}

TEST(Rerun, repeats_what_did_not_succeed_and_everything_behind_it) {
  const RunState run = ended(plan_of(kThree), {"a"});
  EXPECT_EQ(kept(run, *run.plan, "failed"), "c");
  EXPECT_EQ(kept(run, *run.plan, "c"), "");
}

TEST(Rerun, keeps_successes_behind_a_node_that_was_skipped_by_its_condition) {
  const RunState run = ended(plan_of(R"(name: x
nodes:
  - {id: s, agent: writer, action: write, when: "1 == 2"}
  - {id: t, agent: writer, action: write, dependsOn: [s], join: all-done}
  - {id: u, agent: writer, action: write}
)"),
                             {"u"});
  EXPECT_EQ(kept(run, *run.plan, "failed"), "t");
}

TEST(Rerun, another_version_keeps_only_what_means_the_same) {
  const RunState run = ended(plan_of(kThree), {"b"});
  const auto mended = plan_of(R"(name: x
nodes:
  - {id: a, agent: writer, action: write}
  - {id: b, agent: writer, action: write, dependsOn: [a], input: {text: better}, timeout: 5}
  - {id: c, agent: writer, action: write, retry: {attempts: 3}}
)");
  EXPECT_EQ(kept(run, *mended, "failed"), "ac");
  const auto changed = plan_of(R"(name: x
nodes:
  - {id: a, agent: writer, action: write, input: {text: other}}
  - {id: n, agent: writer, action: write}
  - {id: b, agent: writer, action: write, dependsOn: [a, n]}
  - {id: c, agent: writer, action: write}
)");
  EXPECT_EQ(kept(run, *changed, "failed"), "c");
  EXPECT_EQ(kept(run, *changed, "b"),
            "conflict: node b stands behind a, n, which the run did not have or had differently, so that there is no "
            "output to keep: start from there, from \"beginning\", or with version \"same\"");
  EXPECT_EQ(kept(run, *changed, "a"), "c");
}

}  // namespace
}  // namespace commandcenter::run
