// What every Store does with small facts, agent versions, artifacts and what retention asks for, as tests. Part of
// store_conformance.h.
#pragma once

#include <gtest/gtest.h>

#include "store/store_subject.h"

namespace commandcenter::store {

TEST_P(StoreConformance, state_is_found_by_key_and_replaced) {
  put(sample::state("b", "1"), sample::state("a", "2", 50), sample::state("a", "1"));
  StateRow changed = sample::state("a", "2", 60);
  changed.document = "{\"n\":1}";
  changed.updated_at_ms = 7;
  put(changed);
  const auto rows = all<StateRow>({.table = Table::kState, .id = "2", .space = "a"});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].document, "{\"n\":1}");
  EXPECT_EQ(rows[0].updated_at_ms, 7);
  EXPECT_EQ(rows[0].expires_at_ms, 60);
  EXPECT_EQ(column(Query{.table = Table::kState, .space = "a"}, &StateRow::key), (sample::Ids{"1", "2"}));
  EXPECT_EQ(column(Query{.table = Table::kState}, &StateRow::space), (sample::Ids{"a", "a", "b"}));
  EXPECT_EQ(count({.table = Table::kState, .id = "2", .space = "b"}), 0);
  changed.expires_at_ms.reset();
  put(changed);
  EXPECT_EQ(count({.table = Table::kState, .expires_until = 1'000}), 0);
}

TEST_P(StoreConformance, state_is_found_by_what_expired_first) {
  put(sample::state("a", "late", 30), sample::state("a", "never"), sample::state("z", "first", 10),
      sample::state("b", "second", 20));
  EXPECT_EQ(column(Query{.table = Table::kState, .expires_until = 30, .limit = 2}, &StateRow::key),
            (sample::Ids{"first", "second"}));
  EXPECT_EQ(column(Query{.table = Table::kState, .space = "a", .expires_until = 30}, &StateRow::key),
            sample::Ids{"late"});
  EXPECT_EQ(count({.table = Table::kState, .expires_until = 29}), 2);
  EXPECT_EQ(count({.table = Table::kState, .expires_until = 9}), 0);
}

TEST_P(StoreConformance, state_is_deleted_by_space_and_key) {
  put(sample::state("a", "1"), sample::state("a", "2"), sample::state("b", "1"));
  commit({{}, {{Table::kState, "1", "a"}, {Table::kState, "3", "a"}}});
  EXPECT_EQ(column(Query{.table = Table::kState}, &StateRow::key), (sample::Ids{"2", "1"}));
  EXPECT_EQ(count({.table = Table::kState, .id = "1", .space = "b"}), 1);
  subject_->reopen();
  EXPECT_EQ(count({.table = Table::kState}), 2);
}

TEST_P(StoreConformance, agent_versions_outlive_their_agent) {
  put(sample::agent("a", "scanner"), AgentVersionRow{"a", 2, "two", 8}, AgentVersionRow{"a", 1, "one", 7},
      AgentVersionRow{"b", 1, "other", 7});
  remove(Table::kAgents, "a");
  const auto rows = all<AgentVersionRow>({.table = Table::kAgentVersions, .id = "a"});
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].revision, 1);
  EXPECT_EQ(rows[0].document, "one");
  EXPECT_EQ(rows[0].created_at_ms, 7);
  EXPECT_EQ(all<AgentVersionRow>({.table = Table::kAgentVersions, .id = "a", .version = 2}).at(0).document, "two");
}

TEST_P(StoreConformance, artifacts_are_counted_by_hash_and_go_with_their_run) {
  put(sample::run("r", "w"), sample::run("s", "w"), sample::artifact("r", "rn", "b", "h1"),
      sample::artifact("r", "rn", "a", "h2"), sample::artifact("s", "sn", "a", "h1"));
  const auto rows = all<ArtifactRow>({.table = Table::kArtifacts, .run_id = "r"});
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].name, "a");
  EXPECT_EQ(rows[1].hash, "h1");
  EXPECT_EQ(rows[1].size_bytes, 7);
  EXPECT_EQ(rows[1].media_type, "text/plain");
  EXPECT_EQ(rows[1].created_at_ms, 1'000);
  EXPECT_EQ(count({.table = Table::kArtifacts, .node_run_id = "sn"}), 1);
  EXPECT_EQ(count({.table = Table::kArtifacts, .id = "h1"}), 2);
  remove(Table::kRuns, "r");
  EXPECT_EQ(count({.table = Table::kArtifacts, .id = "h1"}), 1);
  remove(Table::kWorkflows, "w");
  EXPECT_EQ(count({.table = Table::kArtifacts}), 0);
}

TEST_P(StoreConformance, what_may_be_removed_is_finished_old_and_not_repeated_by_what_is_kept) {
  const auto run = [](std::string id, std::int64_t started, std::optional<std::int64_t> finished,
                      std::string retry_of = "") {
    RunRow row = sample::run(std::move(id), "w", started);
    row.finished = finished.has_value();
    row.finished_at_ms = finished;
    row.retry_of = std::move(retry_of);
    return row;
  };
  put(run("old", 1, 10), run("late", 1, 99), run("unfinished", 1, std::nullopt), run("repeated", 2, 10),
      run("repeat", 20, 30, "repeated"), run("older", 0, 10));
  EXPECT_EQ(ids<RunRow>({.table = Table::kRuns, .removable_until = 10}), (sample::Ids{"older", "old"}));
  EXPECT_EQ(ids<RunRow>({.table = Table::kRuns, .removable_until = 30, .limit = 9}),
            (sample::Ids{"older", "old", "repeat"}));
  remove(Table::kRuns, "repeat");
  EXPECT_EQ(count({.table = Table::kRuns, .removable_until = 30}), 3);
}

}  // namespace commandcenter::store
