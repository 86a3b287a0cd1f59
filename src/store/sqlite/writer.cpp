#include "store/sqlite/writer.h"

#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <sqlite3.h>

#include "store/rules.h"
#include "store/columns.h"

namespace commandcenter::store {
namespace {

std::vector<std::string_view> split(std::string_view columns) {
  std::vector<std::string_view> names;
  while (!columns.empty()) {
    const std::size_t comma = std::min(columns.find(','), columns.size());
    names.push_back(columns.substr(0, comma));
    columns.remove_prefix(std::min(comma + 1, columns.size()));
  }
  return names;
}

std::string insert_sql(Table table) {
  const std::string_view columns = kColumns[static_cast<std::size_t>(table)];
  std::string marks = "?";
  for (std::size_t n = split(columns).size(); n > 1; --n)
    marks += ",?";
  return fmt::format("INSERT INTO {}({}) VALUES({})", table_name(table), columns, marks);
}

// Insert, or else change `columns` of the row that has the key.
std::string upsert_sql(Table table, std::string_view key, std::string_view columns) {
  std::string sql = fmt::format("{} ON CONFLICT({}) DO UPDATE SET ", insert_sql(table), key);
  for (const std::string_view column : split(columns))
    sql += fmt::format("{0}=excluded.{0},", column);
  sql.pop_back();
  return sql;
}

std::string replace_sql(Table table, std::string_view key) {
  return upsert_sql(table, key, kColumns[static_cast<std::size_t>(table)]);
}

// In the course of a run only some of a row's columns change, and of the indexed ones only `finished`. SQLite maintains
// the indexes of every column that a statement names, so the common put names no others; it changes no row when a fixed
// column differs, and then the put that names all columns does the work.
std::string run_sql() {
  return upsert_sql(Table::kRuns, "id", "status,finished,error,finished_at_ms,phase,deadline_ms") +
         " WHERE workflow_id=excluded.workflow_id AND workflow_version=excluded.workflow_version"
         " AND project_id=excluded.project_id AND plan_id=excluded.plan_id AND trigger_name=excluded.trigger_name"
         " AND context=excluded.context AND workspace=excluded.workspace AND retry_of=excluded.retry_of"
         " AND started_at_ms=excluded.started_at_ms AND rerun_from=excluded.rerun_from AND lane=excluded.lane"
         " AND ticket=excluded.ticket AND trace_parent=excluded.trace_parent";
}

std::string node_run_sql() {
  return upsert_sql(
             Table::kNodeRuns, "run_id,node,item,attempt",
             "agent_id,status,finished,input,output,error,reason,detail,created_at_ms,started_at_ms,finished_at_ms") +
         " WHERE id=excluded.id";
}

constexpr std::string_view kAgentDeletes[] = {"DELETE FROM agents WHERE id=?"};
constexpr std::string_view kRunDeletes[] = {
    "DELETE FROM artifacts WHERE run_id=?", "DELETE FROM logs WHERE run_id=?",      "DELETE FROM events WHERE run_id=?",
    "DELETE FROM approvals WHERE run_id=?", "DELETE FROM node_runs WHERE run_id=?", "DELETE FROM runs WHERE id=?",
};
constexpr std::string_view kWorkflowDeletes[] = {
    "DELETE FROM artifacts WHERE run_id IN (SELECT id FROM runs WHERE workflow_id=?)",
    "DELETE FROM logs WHERE run_id IN (SELECT id FROM runs WHERE workflow_id=?)",
    "DELETE FROM events WHERE run_id IN (SELECT id FROM runs WHERE workflow_id=?)",
    "DELETE FROM approvals WHERE run_id IN (SELECT id FROM runs WHERE workflow_id=?)",
    "DELETE FROM node_runs WHERE run_id IN (SELECT id FROM runs WHERE workflow_id=?)",
    "DELETE FROM runs WHERE workflow_id=?",
    "DELETE FROM workflow_versions WHERE workflow_id=?",
    "DELETE FROM workflows WHERE id=?",
};
constexpr std::string_view kStateDeletes[] = {"DELETE FROM state WHERE key=?1 AND space=?2"};

std::span<const std::string_view> deletes_of(Table table) {
  if (table == Table::kAgents) return kAgentDeletes;
  if (table == Table::kRuns) return kRunDeletes;
  if (table == Table::kState) return kStateDeletes;
  return kWorkflowDeletes;
}

template <typename Tuple>
void bind_all(Statement& statement, const Tuple& values) {
  int parameter = 0;
  std::apply([&](const auto&... value) { (statement.bind(++parameter, value), ...); }, values);
}

}  // namespace

Result<std::unique_ptr<Writer>> Writer::open(std::unique_ptr<Connection> connection) {
  std::unique_ptr<Writer> writer(new Writer(std::move(connection)));
  // Positions are not used again when the runs that had the last ones are deleted, hence the counter.
  const auto last = writer->connection_->integer(
      "SELECT max(coalesce((SELECT max(position) FROM events), 0),"
      " coalesce((SELECT value FROM counters WHERE name='last_position'), 0))");
  if (!last) return fail(last.error());
  writer->last_position_ = *last;

  const std::array<std::string, kSlots> sql = {
      replace_sql(Table::kAgents, "id"),
      replace_sql(Table::kWorkflows, "id"),
      insert_sql(Table::kWorkflowVersions),
      insert_sql(Table::kPlans) + " ON CONFLICT(id) DO NOTHING",
      run_sql(),
      node_run_sql(),
      replace_sql(Table::kApprovals, "id"),
      insert_sql(Table::kEvents),
      insert_sql(Table::kLogs),
      replace_sql(Table::kState, "space,key"),
      replace_sql(Table::kAgentVersions, "agent_id,revision"),
      replace_sql(Table::kArtifacts, "node_run_id,name"),
      replace_sql(Table::kRuns, "id"),
      replace_sql(Table::kNodeRuns, "run_id,node,item,attempt"),
      "SELECT 1 FROM plans WHERE id=? AND document=?",
      "INSERT INTO counters(name,value) VALUES('last_position',?) ON CONFLICT(name) DO UPDATE SET value=excluded.value",
      "BEGIN IMMEDIATE",
      "COMMIT",
      "ROLLBACK",
  };
  for (std::size_t slot = 0; slot < kSlots; ++slot) {
    auto statement = writer->connection_->prepare(sql[slot]);
    if (!statement) return fail(std::move(statement.error()));
    writer->statements_[slot] = std::move(*statement);
  }
  return writer;
}

template <typename T>
int Writer::run(Slot slot, const T& row) {
  const Running running(*statements_[slot]);
  bind_all(*running, fields(row));
  return running->step();
}

template <typename T>
int Writer::run_either(Slot common, Slot replace, const T& row) {
  const int code = run(common, row);
  if (code != SQLITE_DONE || connection_->changed_rows() == 1) return code;
  return run(replace, row);
}

int Writer::run(Slot slot) {
  const Running running(*statements_[slot]);
  return running->step();
}

Result<CommitReceipt> Writer::commit(const Batch& batch) {
  const std::int64_t before = last_position_;
  if (const int code = run(kBegin); code != SQLITE_DONE) return fail(connection_->failure(code));
  auto receipt = write(batch);
  if (receipt) {
    const int code = run(kCommit);
    if (code == SQLITE_DONE) return receipt;
    receipt = fail(connection_->failure(code));
  }
  last_position_ = before;
  // After some failures SQLite has rolled back already.
  if (connection_->in_transaction()) run(kRollback);
  return receipt;
}

Result<CommitReceipt> Writer::write(const Batch& batch) {
  CommitReceipt receipt;
  for (const Row& row : batch.puts) {
    if (std::holds_alternative<EventRow>(row)) receipt.positions.push_back(++last_position_);
    if (auto done = put(row, last_position_); !done) return fail(std::move(done.error()));
  }
  for (const Delete& removal : batch.deletes) {
    if (auto done = remove(removal); !done) return fail(std::move(done.error()));
  }
  if (batch.deletes.empty()) return receipt;
  const Running running(*statements_[kSavePosition]);
  running->bind(1, last_position_);
  if (const int code = running->step(); code != SQLITE_DONE) return fail(connection_->failure(code));
  return receipt;
}

Result<void> Writer::put(const Row& row, std::int64_t position) {
  struct Put {
    Writer& writer;
    std::int64_t position;
    int operator()(const AgentRow& r) const { return writer.run(slot(Table::kAgents), r); }
    int operator()(const WorkflowRow& r) const { return writer.run(slot(Table::kWorkflows), r); }
    int operator()(const WorkflowVersionRow& r) const { return writer.run(slot(Table::kWorkflowVersions), r); }
    int operator()(const PlanRow& r) const {
      const int code = writer.run(slot(Table::kPlans), r);
      if (code != SQLITE_DONE || writer.connection_->changed_rows() == 1) return code;
      const int same = writer.run(kSamePlan, r);
      if (same == SQLITE_ROW) return SQLITE_DONE;
      return same == SQLITE_DONE ? SQLITE_CONSTRAINT_PRIMARYKEY : same;
    }
    int operator()(const RunRow& r) const { return writer.run_either(slot(Table::kRuns), kReplaceRun, r); }
    int operator()(const NodeRunRow& r) const { return writer.run_either(slot(Table::kNodeRuns), kReplaceNodeRun, r); }
    int operator()(const ApprovalRow& r) const { return writer.run(slot(Table::kApprovals), r); }
    int operator()(const EventRow& r) const {
      const Running running(*writer.statements_[slot(Table::kEvents)]);
      bind_all(*running, std::tie(position, r.run_id, r.sequence, r.at_ms, r.type, r.document));
      return running->step();
    }
    int operator()(const LogRow& r) const { return writer.run(slot(Table::kLogs), r); }
    int operator()(const StateRow& r) const { return writer.run(slot(Table::kState), r); }
    int operator()(const AgentVersionRow& r) const { return writer.run(slot(Table::kAgentVersions), r); }
    int operator()(const ArtifactRow& r) const { return writer.run(slot(Table::kArtifacts), r); }

    static Slot slot(Table table) { return static_cast<Slot>(kPutFirst + static_cast<std::size_t>(table)); }
  };
  const int code = std::visit(Put{*this, position}, row);
  if (code == SQLITE_DONE) return {};
  return fail(is_duplicate(code) ? row_exists(row) : connection_->failure(code));
}

Result<void> Writer::remove(const Delete& removal) {
  for (const std::string_view sql : deletes_of(removal.table)) {
    auto statement = connection_->cached(std::string(sql));
    if (!statement) return fail(std::move(statement.error()));
    const Running running(**statement);
    running->bind(1, removal.id);
    if (removal.table == Table::kState) running->bind(2, removal.space);
    if (const int code = running->step(); code != SQLITE_DONE) return fail(connection_->failure(code));
  }
  return {};
}

}  // namespace commandcenter::store
