// Places and turns, without an engine around them.
#include "engine/admission.h"

#include <gtest/gtest.h>

#include "engine/ready_queue.h"

namespace commandcenter::engine {
namespace {

Claim claim(const std::string& run_id, std::int64_t ticket, const std::string& workflow, const std::string& key = "",
            std::int64_t limit = 0, Standing standing = Standing::kQueued) {
  return {run_id, ticket, workflow, limit > 0 ? workflow + "/" + key : "", limit, standing, false};
}

// What begins, in order, while every run ends as soon as it has begun.
std::string order(Admission& admission) {
  std::string runs;
  while (const Claim* next = admission.next()) {
    const std::string run_id = next->run_id;
    admission.begins(*next);
    admission.remove(run_id);
    runs += run_id + " ";
  }
  return runs;
}

TEST(Admission, a_lane_has_its_places_and_lets_in_first_who_came_first) {  // pitfall B11
  Admission admission(100);
  admission.put(claim("a", 1, "w", "main", 2, Standing::kMoving));
  admission.put(claim("b", 2, "w", "main", 2, Standing::kHolding));
  EXPECT_FALSE(admission.may_begin(claim("c", 3, "w", "main", 2)));
  EXPECT_TRUE(admission.may_begin(claim("c", 3, "w", "other", 2)));
  admission.put(claim("d", 4, "w", "main", 2));
  admission.put(claim("c", 3, "w", "main", 2));
  EXPECT_EQ(admission.next(), nullptr);
  EXPECT_EQ(admission.ahead_of("d"), 1);
  EXPECT_EQ(admission.members("w/main").size(), 4U);
  admission.remove("b");
  ASSERT_NE(admission.next(), nullptr);
  EXPECT_EQ(admission.next()->run_id, "c");
  // A newcomer never goes before those whose turn has come, in whatever lane.
  EXPECT_FALSE(admission.may_begin(claim("e", 5, "w", "other", 2)));
}

TEST(Admission, a_parked_run_frees_the_servers_place_and_keeps_its_lanes) {
  Admission admission(1);
  admission.put(claim("a", 1, "w", "k", 1, Standing::kMoving));
  EXPECT_FALSE(admission.may_begin(claim("b", 2, "v")));
  admission.put(claim("a", 1, "w", "k", 1, Standing::kHolding));
  EXPECT_TRUE(admission.may_begin(claim("b", 2, "v")));
  EXPECT_FALSE(admission.may_begin(claim("c", 3, "w", "k", 1)));
}

TEST(Admission, workflows_take_turns) {
  Admission admission(1);
  admission.put(claim("busy", 1, "x", "", 0, Standing::kMoving));
  for (int i = 0; i < 10'000; ++i)
    admission.put(claim("a" + std::to_string(i), 2 + i, "a"));
  admission.put(claim("b0", 20'000, "b"));
  admission.put(claim("b1", 20'001, "b"));
  EXPECT_EQ(admission.queued(), 10'002);
  admission.remove("busy");
  EXPECT_TRUE(order(admission).starts_with("a0 b0 a1 b1 a2 a3 "));
  EXPECT_EQ(admission.queued(), 0);
}

TEST(Admission, what_was_not_recorded_never_happened) {
  Admission admission(2);
  admission.put(claim("a", 1, "w", "k", 1, Standing::kMoving));
  admission.put(claim("b", 2, "w", "k", 1));
  admission.settle();
  admission.remove("a");
  admission.put(claim("b", 2, "w", "k", 1, Standing::kMoving));
  admission.put(claim("c", 3, "w", "k", 1));
  admission.remove("b");
  admission.roll_back();
  EXPECT_EQ(admission.moving(), 1);
  EXPECT_EQ(admission.queued(), 1);
  EXPECT_EQ(admission.next(), nullptr);
  EXPECT_EQ(admission.find("c"), nullptr);
  admission.remove("a");
  ASSERT_NE(admission.next(), nullptr);
  EXPECT_EQ(admission.next()->run_id, "b");
}

TEST(ReadyQueue, ten_thousand_nodes_of_one_workflow_keep_no_other_waiting) {  // pitfall B6
  ReadyQueue ready;
  for (std::size_t i = 0; i < 10'000; ++i)
    ready.push("busy", {"run", i, 1});
  ready.push("small", {"other", 0, 1});
  ready.push("small", {"other", 1, 1});
  EXPECT_EQ(ready.pop()->run_id, "run");
  EXPECT_EQ(ready.pop()->run_id, "other");
  EXPECT_EQ(ready.pop()->node, 1U);
  EXPECT_EQ(ready.pop()->node, 1U);
  EXPECT_EQ(ready.pop()->node, 2U);
  EXPECT_EQ(ready.size(), 9'997U);
}

}  // namespace
}  // namespace commandcenter::engine
