// What every Store does, as tests: include it in the test of an implementation and instantiate the suite with a
// function that makes an opener, e.g.
//
//   INSTANTIATE_TEST_SUITE_P(Memory, StoreConformance, testing::Values(&open_memory));
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/test_folder.h"
#include "store/store_conformance_state.h"
#include "store/store_subject.h"

namespace commandcenter::store {

// --- What is put is read back, every column of it, and a put with the same key replaces.

TEST_P(StoreConformance, agents_come_back_whole_and_are_replaced) {
  put(sample::agent("a", "scanner"));
  AgentRow changed = sample::agent("a", "renamed", 2);
  changed.revision = 4;
  changed.document = "{\"b\":2}";
  changed.created_at_ms = 5;
  changed.updated_at_ms = 6;
  put(changed);
  const auto rows = all<AgentRow>({.table = Table::kAgents});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].id, "a");
  EXPECT_EQ(rows[0].project_id, 2);
  EXPECT_EQ(rows[0].name, "renamed");
  EXPECT_EQ(rows[0].revision, 4);
  EXPECT_EQ(rows[0].document, "{\"b\":2}");
  EXPECT_EQ(rows[0].created_at_ms, 5);
  EXPECT_EQ(rows[0].updated_at_ms, 6);
}

TEST_P(StoreConformance, workflows_and_their_versions_come_back_whole) {
  WorkflowRow row = sample::workflow("w", "nightly", 7);
  put(row, WorkflowVersionRow{"w", 1, "one", 7});
  row.version = 2;
  row.status = "DRAFT";
  row.document = "two";
  row.updated_at_ms = 8;
  put(row, WorkflowVersionRow{"w", 2, "two", 8});
  const auto rows = all<WorkflowRow>({.table = Table::kWorkflows, .status = "DRAFT"});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].name, "nightly");
  EXPECT_EQ(rows[0].version, 2);
  EXPECT_EQ(rows[0].document, "two");
  EXPECT_EQ(rows[0].created_at_ms, 7);
  EXPECT_EQ(rows[0].updated_at_ms, 8);
  const auto first = all<WorkflowVersionRow>({.table = Table::kWorkflowVersions, .workflow_id = "w", .version = 1});
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].document, "one");
  EXPECT_EQ(first[0].created_at_ms, 7);
  EXPECT_EQ(column(Query{.table = Table::kWorkflowVersions, .workflow_id = "w", .newest_first = true},
                   &WorkflowVersionRow::version),
            (sample::Numbers{2, 1}));
}

TEST_P(StoreConformance, runs_come_back_whole_and_are_replaced) {
  put(sample::run("r", "w"));
  RunRow row = sample::run("r", "w");
  row.status = "SUCCESS";
  row.finished = true;
  row.finished_at_ms = 2'000;
  row.error = "none";
  put(row);  // what changes in the course of a run
  auto rows = all<RunRow>({.table = Table::kRuns, .id = "r"});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].status, "SUCCESS");
  EXPECT_TRUE(rows[0].finished);
  EXPECT_EQ(rows[0].finished_at_ms, 2'000);
  EXPECT_EQ(rows[0].error, "none");

  put(RunRow{"r",    "w2",      5,         6,      "plan2", "event:x",  "{\"k\":1}",
             "/src", "PENDING", false,     "oops", "q",     9,          std::nullopt,
             "scan", "queued",  "w2/main", 12,     99,      "00-a-b-01"});
  rows = all<RunRow>({.table = Table::kRuns});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].workflow_id, "w2");
  EXPECT_EQ(rows[0].workflow_version, 5);
  EXPECT_EQ(rows[0].project_id, 6);
  EXPECT_EQ(rows[0].plan_id, "plan2");
  EXPECT_EQ(rows[0].trigger, "event:x");
  EXPECT_EQ(rows[0].context, "{\"k\":1}");
  EXPECT_EQ(rows[0].workspace, "/src");
  EXPECT_EQ(rows[0].status, "PENDING");
  EXPECT_FALSE(rows[0].finished);
  EXPECT_EQ(rows[0].error, "oops");
  EXPECT_EQ(rows[0].retry_of, "q");
  EXPECT_EQ(rows[0].started_at_ms, 9);
  EXPECT_EQ(rows[0].finished_at_ms, std::nullopt);
  EXPECT_EQ(rows[0].rerun_from, "scan");
  EXPECT_EQ(rows[0].phase, "queued");
  EXPECT_EQ(rows[0].lane, "w2/main");
  EXPECT_EQ(rows[0].trace_parent, "00-a-b-01");
  EXPECT_EQ(rows[0].ticket, 12);
  EXPECT_EQ(rows[0].deadline_ms, 99);
  EXPECT_EQ(count({.table = Table::kRuns, .workflow_id = "w"}), 0);
  EXPECT_EQ(count({.table = Table::kRuns, .workflow_id = "w2", .finished = false}), 1);
}

TEST_P(StoreConformance, node_runs_come_back_whole_and_are_replaced_by_their_key) {
  put(sample::node_run("n", "r", "scan"));
  put(NodeRunRow{"n", "r", "scan", 0, 1, "agent", "FAILED", true, "in", "out", "err", "timeout", "{}", 1, 2, 3});
  put(NodeRunRow{"n2", "r", "scan", 0, 2, "agent", "RUNNING", false, "", "", "", "", "", 4, 5, std::nullopt});
  auto rows = all<NodeRunRow>({.table = Table::kNodeRuns, .run_id = "r"});
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].id, "n");
  EXPECT_EQ(rows[0].agent_id, "agent");
  EXPECT_EQ(rows[0].status, "FAILED");
  EXPECT_TRUE(rows[0].finished);
  EXPECT_EQ(rows[0].input, "in");
  EXPECT_EQ(rows[0].output, "out");
  EXPECT_EQ(rows[0].error, "err");
  EXPECT_EQ(rows[0].reason, "timeout");
  EXPECT_EQ(rows[0].detail, "{}");
  EXPECT_EQ(rows[0].created_at_ms, 1);
  EXPECT_EQ(rows[0].started_at_ms, 2);
  EXPECT_EQ(rows[0].finished_at_ms, 3);
  EXPECT_EQ(rows[1].attempt, 2);
  EXPECT_EQ(rows[1].finished_at_ms, std::nullopt);

  NodeRunRow renamed = sample::node_run("m", "r", "scan");
  put(renamed);
  EXPECT_EQ(ids<NodeRunRow>({.table = Table::kNodeRuns, .id = "m"}), sample::Ids{"m"});
  EXPECT_EQ(count({.table = Table::kNodeRuns, .id = "n"}), 0);
  EXPECT_EQ(count({.table = Table::kNodeRuns, .run_id = "r"}), 2);
  EXPECT_EQ(refused(sample::node_run("m", "r", "other")), ErrorCode::kConflict);
}

TEST_P(StoreConformance, approvals_come_back_whole_and_are_replaced) {
  put(sample::approval("p", "r", 1, 2));
  put(ApprovalRow{"p", "r2", "merge", 4, "APPROVED", "h2", "{\"d\":1}", 5, 6, 7, "ann", "fine"});
  const auto rows = all<ApprovalRow>({.table = Table::kApprovals, .id = "p"});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].run_id, "r2");
  EXPECT_EQ(rows[0].node, "merge");
  EXPECT_EQ(rows[0].project_id, 4);
  EXPECT_EQ(rows[0].status, "APPROVED");
  EXPECT_EQ(rows[0].hash, "h2");
  EXPECT_EQ(rows[0].document, "{\"d\":1}");
  EXPECT_EQ(rows[0].requested_at_ms, 5);
  EXPECT_EQ(rows[0].expires_at_ms, 6);
  EXPECT_EQ(rows[0].responded_at_ms, 7);
  EXPECT_EQ(rows[0].responded_by, "ann");
  EXPECT_EQ(rows[0].notes, "fine");
}

TEST_P(StoreConformance, any_bytes_survive) {
  std::string bytes;
  for (int i = 0; i < 256; ++i)
    bytes += static_cast<char>(i);
  put(sample::log("n", "r", 1, bytes), PlanRow{"p", bytes + std::string(100'000, 'x')});
  EXPECT_EQ(column(Query{.table = Table::kLogs, .node_run_id = "n"}, &LogRow::text), std::vector<std::string>{bytes});
  EXPECT_EQ(all<PlanRow>({.table = Table::kPlans, .id = "p"}).at(0).document.size(), 100'256U);
}

// --- Uniqueness.

TEST_P(StoreConformance, names_are_unique_within_a_project) {
  put(sample::agent("a", "scanner"), sample::workflow("w", "nightly"));
  EXPECT_EQ(refused(sample::agent("b", "scanner")), ErrorCode::kConflict);
  EXPECT_EQ(refused(sample::workflow("v", "nightly")), ErrorCode::kConflict);
  put(sample::agent("b", "scanner", 2));
  put(sample::agent("a", "scanner"));  // itself
  remove(Table::kAgents, "a");
  put(sample::agent("c", "scanner"));
  EXPECT_EQ(ids<AgentRow>({.table = Table::kAgents, .project_id = 1, .name = "scanner"}), sample::Ids{"c"});
}

TEST_P(StoreConformance, what_is_recorded_once_is_not_changed) {
  put(WorkflowVersionRow{"w", 1, "one", 1}, PlanRow{"p", "plan"}, sample::event("r", 1), sample::log("n", "r", 1));
  EXPECT_EQ(refused(WorkflowVersionRow{"w", 1, "one", 1}), ErrorCode::kConflict);
  EXPECT_EQ(refused(PlanRow{"p", "another"}), ErrorCode::kConflict);
  EXPECT_EQ(refused(sample::event("r", 1)), ErrorCode::kConflict);
  EXPECT_EQ(refused(sample::log("n", "r", 1)), ErrorCode::kConflict);
  put(PlanRow{"p", "plan"});  // an equal plan is left alone
  EXPECT_EQ(count({.table = Table::kPlans}), 1);
  EXPECT_EQ(count({.table = Table::kEvents}), 1);
}

TEST_P(StoreConformance, a_refused_batch_leaves_nothing) {
  const auto before = put(sample::run("r", "w"), sample::node_run("n", "r", "scan"), sample::event("r", 1));
  Batch batch;
  RunRow changed = sample::run("r", "w");
  changed.status = "FAILED";
  NodeRunRow other = sample::node_run("m", "r", "scan");
  batch.puts = {
      changed, other, sample::run("s", "w"), sample::event("r", 2), sample::log("n", "r", 1), sample::event("r", 1)};
  batch.deletes = {{Table::kRuns, "r"}};
  const auto receipt = store().commit(batch);
  ASSERT_FALSE(receipt.has_value());
  EXPECT_EQ(receipt.error().code, ErrorCode::kConflict);
  EXPECT_EQ(column(Query{.table = Table::kRuns}, &RunRow::status), sample::Ids{"RUNNING"});
  EXPECT_EQ(ids<NodeRunRow>({.table = Table::kNodeRuns, .id = "n"}), sample::Ids{"n"});
  EXPECT_EQ(count({.table = Table::kNodeRuns}), 1);
  EXPECT_EQ(count({.table = Table::kEvents}), 1);
  EXPECT_EQ(count({.table = Table::kLogs}), 0);
  EXPECT_GT(put(sample::event("r", 2)).positions.at(0), before.positions.at(0));
}

// --- Queries.

TEST_P(StoreConformance, conditions_must_all_hold) {
  RunRow done = sample::run("b", "w1", 2);
  done.status = "SUCCESS";
  done.finished = true;
  done.trigger = "event:push";
  RunRow other = sample::run("c", "w2", 3);
  other.project_id = 2;
  other.workflow_version = 7;
  put(sample::run("a", "w1", 1), done, other);
  EXPECT_EQ(ids<RunRow>({.table = Table::kRuns, .workflow_id = "w1"}), (sample::Ids{"a", "b"}));
  EXPECT_EQ(ids<RunRow>({.table = Table::kRuns, .status = "SUCCESS"}), sample::Ids{"b"});
  EXPECT_EQ(ids<RunRow>({.table = Table::kRuns, .trigger = "event:push"}), sample::Ids{"b"});
  EXPECT_EQ(ids<RunRow>({.table = Table::kRuns, .finished = true}), sample::Ids{"b"});
  EXPECT_EQ(ids<RunRow>({.table = Table::kRuns, .finished = false}), (sample::Ids{"a", "c"}));
  EXPECT_EQ(ids<RunRow>({.table = Table::kRuns, .id = "b", .finished = false}), sample::Ids{});
  EXPECT_EQ(ids<RunRow>({.table = Table::kRuns, .project_id = 2}), sample::Ids{"c"});
  EXPECT_EQ(ids<RunRow>({.table = Table::kRuns, .version = 7}), sample::Ids{"c"});
  EXPECT_EQ(count({.table = Table::kRuns, .workflow_id = "w1", .finished = false}), 1);
  EXPECT_EQ(count({.table = Table::kRuns, .workflow_id = "w1", .status = "FAILED"}), 0);
  EXPECT_EQ(count({.table = Table::kRuns, .limit = 1}), 3);
}

// What a restart reads: by phase in order of tickets, page by page; and time-outs that come near.
TEST_P(StoreConformance, unfinished_runs_are_found_by_phase_and_deadline) {
  const auto run = [](const char* id, const char* phase, std::int64_t ticket, std::optional<std::int64_t> deadline_ms) {
    RunRow row = sample::run(id, "w", 100 - ticket);
    row.phase = phase;
    row.ticket = ticket;
    row.deadline_ms = deadline_ms;
    return row;
  };
  RunRow done = run("done", "", 4, 5);
  done.finished = true;
  put(run("late", "queued", 9, 30), run("early", "queued", 2, std::nullopt), run("busy", "moving", 3, 10), done);
  const Query queued{.table = Table::kRuns, .finished = false, .phase = "queued", .without_context = true};
  EXPECT_EQ(ids<RunRow>(queued), (sample::Ids{"early", "late"}));
  EXPECT_EQ(all<RunRow>(queued)[0].context, "");
  EXPECT_EQ(all<RunRow>(queued)[0].workflow_id, "w");
  EXPECT_EQ(ids<RunRow>({.table = Table::kRuns, .finished = false, .phase = "queued", .after = 2}),
            sample::Ids{"late"});
  EXPECT_EQ(ids<RunRow>({.table = Table::kRuns, .finished = false, .phase = "queued", .limit = 1}),
            sample::Ids{"early"});
  EXPECT_EQ(ids<RunRow>({.table = Table::kRuns, .finished = false, .phase = "queued", .newest_first = true}),
            (sample::Ids{"late", "early"}));
  EXPECT_EQ(count({.table = Table::kRuns, .finished = false, .phase = "moving"}), 1);
  EXPECT_EQ(ids<RunRow>({.table = Table::kRuns, .finished = false, .expires_until = 10}), sample::Ids{"busy"});
  EXPECT_EQ(ids<RunRow>({.table = Table::kRuns, .finished = false, .expires_until = 30}),
            (sample::Ids{"late", "busy"}));
  RunRow begun = run("early", "moving", 2, 50);
  put(begun);
  EXPECT_EQ(ids<RunRow>(queued), sample::Ids{"late"});
  EXPECT_EQ(all<RunRow>({.table = Table::kRuns, .id = "early"})[0].deadline_ms, 50);
}

TEST_P(StoreConformance, node_runs_are_found_by_run_id_and_state) {
  NodeRunRow done = sample::node_run("n2", "r1", "b");
  done.finished = true;
  done.status = "SUCCESS";
  NodeRunRow item = sample::node_run("n4", "r1", "a");
  item.item = 1;
  put(done, item, sample::node_run("n1", "r1", "a"), sample::node_run("n3", "r2", "a", 500));
  EXPECT_EQ(ids<NodeRunRow>({.table = Table::kNodeRuns, .run_id = "r1"}), (sample::Ids{"n1", "n4", "n2"}));
  EXPECT_EQ(ids<NodeRunRow>({.table = Table::kNodeRuns}), (sample::Ids{"n3", "n1", "n4", "n2"}));
  EXPECT_EQ(ids<NodeRunRow>({.table = Table::kNodeRuns, .finished = false}), (sample::Ids{"n3", "n1", "n4"}));
  EXPECT_EQ(ids<NodeRunRow>({.table = Table::kNodeRuns, .run_id = "r1", .finished = false}), (sample::Ids{"n1", "n4"}));
  EXPECT_EQ(ids<NodeRunRow>({.table = Table::kNodeRuns, .status = "SUCCESS"}), sample::Ids{"n2"});
}

TEST_P(StoreConformance, pending_approvals_are_found_by_expiry) {
  ApprovalRow decided = sample::approval("d", "r", 4, 10);
  decided.status = "APPROVED";
  put(sample::approval("c", "r", 3, 10), sample::approval("a", "r", 1, 30), sample::approval("b", "s", 2, 20), decided);
  EXPECT_EQ(ids<ApprovalRow>({.table = Table::kApprovals, .status = "PENDING", .expires_until = 20}),
            (sample::Ids{"b", "c"}));
  EXPECT_EQ(ids<ApprovalRow>({.table = Table::kApprovals, .status = "PENDING"}), (sample::Ids{"a", "b", "c"}));
  EXPECT_EQ(ids<ApprovalRow>({.table = Table::kApprovals, .run_id = "r", .status = "PENDING", .newest_first = true}),
            (sample::Ids{"c", "a"}));
  EXPECT_EQ(ids<ApprovalRow>({.table = Table::kApprovals, .status = "APPROVED"}), sample::Ids{"d"});
  EXPECT_EQ(ids<ApprovalRow>({.table = Table::kApprovals, .id = "b", .status = "PENDING"}), sample::Ids{"b"});
  EXPECT_EQ(count({.table = Table::kApprovals, .project_id = 1}), 4);
}

TEST_P(StoreConformance, events_and_logs_continue_after_a_mark) {
  const auto first = put(sample::event("r", 1), sample::event("s", 1), sample::event("r", 2)).positions;
  ASSERT_EQ(first.size(), 3U);
  EXPECT_EQ(column(Query{.table = Table::kEvents, .after = first[0]}, &EventRow::position),
            (sample::Numbers{first[1], first[2]}));
  EXPECT_EQ(column(Query{.table = Table::kEvents, .run_id = "r"}, &EventRow::sequence), (sample::Numbers{1, 2}));
  EXPECT_EQ(column(Query{.table = Table::kEvents, .run_id = "r", .after = first[0], .limit = 5}, &EventRow::sequence),
            sample::Numbers{2});
  EXPECT_EQ(column(Query{.table = Table::kEvents, .newest_first = true, .limit = 1}, &EventRow::position),
            sample::Numbers{first[2]});
  EXPECT_EQ(all<EventRow>({.table = Table::kEvents}).at(0).type, "NodeStarted");

  put(sample::log("n", "r", 2), sample::log("n", "r", 1), sample::log("m", "r", 1), sample::log("o", "s", 9));
  EXPECT_EQ(column(Query{.table = Table::kLogs, .node_run_id = "n"}, &LogRow::chunk), (sample::Numbers{1, 2}));
  EXPECT_EQ(column(Query{.table = Table::kLogs, .node_run_id = "n", .after = 1}, &LogRow::chunk), sample::Numbers{2});
  EXPECT_EQ(column(Query{.table = Table::kLogs, .run_id = "r"}, &LogRow::node_run_id), (sample::Ids{"m", "n", "n"}));
}

TEST_P(StoreConformance, each_table_has_its_order) {
  put(sample::agent("1", "b"), sample::agent("2", "a"), sample::agent("3", "a", 2));
  put(sample::workflow("w2", "x", 5), sample::workflow("w1", "y", 5), sample::workflow("w3", "z", 4));
  put(PlanRow{"q", ""}, PlanRow{"p", ""});
  put(WorkflowVersionRow{"w2", 1, "", 1}, WorkflowVersionRow{"w1", 2, "", 1}, WorkflowVersionRow{"w1", 1, "", 1});
  EXPECT_EQ(ids<AgentRow>({.table = Table::kAgents}), (sample::Ids{"2", "3", "1"}));
  EXPECT_EQ(ids<AgentRow>({.table = Table::kAgents, .newest_first = true}), (sample::Ids{"1", "3", "2"}));
  EXPECT_EQ(ids<WorkflowRow>({.table = Table::kWorkflows}), (sample::Ids{"w3", "w1", "w2"}));
  EXPECT_EQ(ids<WorkflowRow>({.table = Table::kWorkflows, .newest_first = true}), (sample::Ids{"w2", "w1", "w3"}));
  EXPECT_EQ(ids<PlanRow>({.table = Table::kPlans}), (sample::Ids{"p", "q"}));
  EXPECT_EQ(column(Query{.table = Table::kWorkflowVersions}, &WorkflowVersionRow::workflow_id),
            (sample::Ids{"w1", "w2", "w1"}));
}

TEST_P(StoreConformance, pages_continue_where_the_last_ended) {
  for (int i = 0; i < 7; ++i)
    put(sample::run(std::string(1, static_cast<char>('a' + i)), i == 3 ? "w2" : "w1", 1'000 + i / 2));
  EXPECT_EQ(ids<RunRow>({.table = Table::kRuns, .limit = 2}), (sample::Ids{"a", "b"}));
  EXPECT_EQ(ids<RunRow>({.table = Table::kRuns, .limit = 0}), sample::Ids{});
  Query query{.table = Table::kRuns, .workflow_id = "w1", .newest_first = true, .limit = 4};
  EXPECT_EQ(ids<RunRow>(query), (sample::Ids{"g", "f", "e", "c"}));
  query.before_id = "c";
  EXPECT_EQ(ids<RunRow>(query), (sample::Ids{"b", "a"}));
  EXPECT_EQ(count(query), 6);
  query.before_id = "d";  // of another workflow, but it has its place in the order
  query.finished = false;
  query.limit = 1;
  EXPECT_EQ(ids<RunRow>(query), sample::Ids{"c"});
  query.before_id = "gone";
  EXPECT_EQ(ids<RunRow>(query), sample::Ids{});
  EXPECT_EQ(ids<RunRow>({.table = Table::kRuns, .before_id = "c", .newest_first = true}), (sample::Ids{"b", "a"}));
  EXPECT_EQ(  // the row may be gone if its time is told
      ids<RunRow>({.table = Table::kRuns, .before_id = "cc", .before_at_ms = 1'001, .newest_first = true}),
      (sample::Ids{"c", "b", "a"}));
  EXPECT_EQ(ids<RunRow>({.table = Table::kRuns, .started_from_ms = 1'001, .started_until_ms = 1'002}),
            (sample::Ids{"c", "d"}));
  put(sample::run("fa", "w1", 5));
  EXPECT_EQ(ids<RunRow>({.table = Table::kRuns, .id_prefix = "f", .newest_first = true}), (sample::Ids{"f", "fa"}));

  put(sample::node_run("n1", "r", "a"), sample::node_run("n2", "r", "b"), sample::node_run("n3", "r", "c"));
  EXPECT_EQ(ids<NodeRunRow>({.table = Table::kNodeRuns, .run_id = "r", .before_id = "n3", .newest_first = true}),
            (sample::Ids{"n2", "n1"}));
  put(sample::approval("p1", "r", 5, 9), sample::approval("p2", "r", 5, 9));
  EXPECT_EQ(
      ids<ApprovalRow>({.table = Table::kApprovals, .status = "PENDING", .before_id = "p2", .newest_first = true}),
      sample::Ids{"p1"});
  put(sample::workflow("w1", "x"), sample::workflow("w2", "y"), sample::agent("1", "a"), sample::agent("2", "b"));
  EXPECT_EQ(ids<WorkflowRow>({.table = Table::kWorkflows, .before_id = "w2", .newest_first = true}), sample::Ids{"w1"});
  EXPECT_EQ(ids<AgentRow>({.table = Table::kAgents, .before_id = "2", .newest_first = true}), sample::Ids{"1"});
}

// --- Deletes.

TEST_P(StoreConformance, a_run_takes_what_belongs_to_it) {
  for (const std::string run : {"r", "s"}) {
    put(sample::run(run, "w"), sample::node_run(run + "n", run, "a"), sample::approval(run + "p", run, 1, 2),
        sample::event(run, 1), sample::log(run + "n", run, 1));
  }
  remove(Table::kRuns, "r");
  remove(Table::kRuns, "nobody");
  for (const Table table : {Table::kRuns, Table::kNodeRuns, Table::kApprovals, Table::kEvents, Table::kLogs}) {
    EXPECT_EQ(count({.table = table}), 1) << static_cast<int>(table);
  }
  EXPECT_EQ(ids<RunRow>({.table = Table::kRuns}), sample::Ids{"s"});
  EXPECT_EQ(ids<NodeRunRow>({.table = Table::kNodeRuns, .run_id = "s"}), sample::Ids{"sn"});
  EXPECT_EQ(count({.table = Table::kNodeRuns, .id = "rn"}), 0);
  put(sample::node_run("rn", "s", "b"));  // its id is free again
}

TEST_P(StoreConformance, a_workflow_takes_its_versions_and_runs) {
  for (const std::string w : {"w", "v"}) {
    put(sample::workflow(w, w), WorkflowVersionRow{w, 1, "", 1}, sample::run(w + "r", w),
        sample::node_run(w + "n", w + "r", "a"), sample::approval(w + "p", w + "r", 1, 2), sample::event(w + "r", 1),
        sample::log(w + "n", w + "r", 1));
  }
  put(sample::agent("w", "same id"));
  remove(Table::kWorkflows, "w");
  for (const Table table : {Table::kWorkflows, Table::kWorkflowVersions, Table::kRuns, Table::kNodeRuns,
                            Table::kApprovals, Table::kEvents, Table::kLogs, Table::kAgents}) {
    EXPECT_EQ(count({.table = table}), 1) << static_cast<int>(table);
  }
  EXPECT_EQ(ids<WorkflowRow>({.table = Table::kWorkflows}), sample::Ids{"v"});
}

TEST_P(StoreConformance, deletes_come_after_the_puts_of_their_batch) {
  commit({{sample::run("r", "w"), sample::event("r", 1)}, {{Table::kRuns, "r"}}});
  EXPECT_EQ(count({.table = Table::kRuns}), 0);
  EXPECT_EQ(count({.table = Table::kEvents}), 0);
}

// --- Positions, time, threads.

TEST_P(StoreConformance, positions_only_ever_grow) {
  std::int64_t last = 0;
  const auto expect_growth = [&](const CommitReceipt& receipt) {
    for (const std::int64_t position : receipt.positions) {
      EXPECT_GT(position, last);
      last = position;
    }
  };
  expect_growth(put(sample::run("r", "w"), sample::event("r", 1), sample::event("r", 2)));
  subject_->reopen();
  expect_growth(put(sample::event("r", 3)));
  remove(Table::kRuns, "r");  // the journal's last events go; their positions stay taken
  subject_->reopen();
  EXPECT_EQ(count({.table = Table::kEvents}), 0);
  expect_growth(put(sample::event("s", 1)));
  EXPECT_FALSE(store().commit({{sample::event("s", 2), sample::event("s", 1)}, {}}).has_value());
  expect_growth(put(sample::event("s", 2)));
  EXPECT_EQ(column(Query{.table = Table::kEvents}, &EventRow::position).back(), last);
}

TEST_P(StoreConformance, an_empty_batch_is_nothing) {
  EXPECT_TRUE(commit({}).positions.empty());
  EXPECT_TRUE(store().check().has_value());
}

TEST_P(StoreConformance, readers_see_all_of_a_batch_or_nothing) {
  constexpr std::int64_t kRows = 2'000;
  constexpr int kBatches = 10;
  std::atomic<bool> stop = false;
  std::atomic<int> reads = 0;
  std::atomic<int> torn = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 6; ++i) {
    readers.emplace_back([&] {
      do {
        const auto number = store().count({.table = Table::kEvents});
        if (!number || *number % kRows != 0) ++torn;
        ++reads;
      } while (!stop);
    });
  }
  for (int batch = 0; batch < kBatches; ++batch) {
    Batch big;
    for (std::int64_t i = 1; i <= kRows; ++i)
      big.puts.emplace_back(sample::event("r" + std::to_string(batch), i));
    commit(std::move(big));
  }
  stop = true;
  for (std::thread& reader : readers)
    reader.join();
  EXPECT_EQ(torn, 0);
  EXPECT_GT(reads, 0);
  EXPECT_EQ(count({.table = Table::kEvents}), kRows * kBatches);
}

TEST_P(StoreConformance, unsound_queries_stop_the_process) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const commandcenter::TestFolder room;  // each death is a process of its own, which clears nothing away
  const std::string before = std::filesystem::temp_directory_path().string();
  ASSERT_EQ(::setenv("TMPDIR", room.path.c_str(), 1), 0);
  EXPECT_DEATH(static_cast<void>(store().read({.table = Table::kAgents, .run_id = "r"})), "assertion failed");
  EXPECT_DEATH(static_cast<void>(store().count({.table = Table::kLogs, .finished = true})), "assertion failed");
  EXPECT_DEATH(static_cast<void>(store().read({.table = Table::kRuns, .before_id = "r"})), "assertion failed");
  EXPECT_DEATH(static_cast<void>(store().commit({{}, {{Table::kPlans, "p"}}})), "assertion failed");
  ASSERT_EQ(::setenv("TMPDIR", before.c_str(), 1), 0);
}

}  // namespace commandcenter::store
