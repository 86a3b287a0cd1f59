#include "store/postgres/writer.h"

#include <sys/random.h>

#include <array>
#include <chrono>
#include <span>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "store/columns.h"
#include "store/postgres/schema.h"
#include "store/rules.h"

namespace commandcenter::store::postgres {
namespace {

constexpr std::int64_t kLock = 0x43434442;   // "CCDB"
constexpr std::size_t kMaxUnanswered = 256;  // statements; their answers must fit into the buffers of the sockets
constexpr std::chrono::milliseconds kReconnectWait{100};
constexpr int kAttempts = 3;

// What identifies a row of each table; empty: it is only ever inserted.
constexpr std::array<std::string_view, kTables> kKeys = {"id",
                                                         "id",
                                                         "",
                                                         "",
                                                         "id",
                                                         "run_id,node,item,attempt",
                                                         "id",
                                                         "",
                                                         "",
                                                         "space,key",
                                                         "agent_id,revision",
                                                         "node_run_id,name"};

// An equal plan is left alone; of another one with its id the division makes an error, which takes the batch back.
constexpr const char* kPlanSql =
    "WITH added AS (INSERT INTO plans(id,document) VALUES($1,$2) ON CONFLICT(id) DO NOTHING RETURNING 1) "
    "SELECT 1 / (SELECT count(*) FROM (SELECT 1 FROM added UNION ALL "
    "SELECT 1 FROM plans WHERE id=$1 AND document=$2) AS same)";

constexpr const char* kCountSql = "UPDATE writer SET commits=$1,last_position=$2";

constexpr std::string_view kAgentDeletes[] = {"DELETE FROM agents WHERE id=$1"};
constexpr std::string_view kStateDeletes[] = {"DELETE FROM state WHERE key=$1 AND space=$2"};
constexpr std::string_view kRunDeletes[] = {
    "DELETE FROM artifacts WHERE run_id=$1", "DELETE FROM logs WHERE run_id=$1",
    "DELETE FROM events WHERE run_id=$1",    "DELETE FROM approvals WHERE run_id=$1",
    "DELETE FROM node_runs WHERE run_id=$1", "DELETE FROM runs WHERE id=$1",
};
constexpr std::string_view kWorkflowDeletes[] = {
    "DELETE FROM artifacts WHERE run_id IN (SELECT id FROM runs WHERE workflow_id=$1)",
    "DELETE FROM logs WHERE run_id IN (SELECT id FROM runs WHERE workflow_id=$1)",
    "DELETE FROM events WHERE run_id IN (SELECT id FROM runs WHERE workflow_id=$1)",
    "DELETE FROM approvals WHERE run_id IN (SELECT id FROM runs WHERE workflow_id=$1)",
    "DELETE FROM node_runs WHERE run_id IN (SELECT id FROM runs WHERE workflow_id=$1)",
    "DELETE FROM runs WHERE workflow_id=$1",
    "DELETE FROM workflow_versions WHERE workflow_id=$1",
    "DELETE FROM workflows WHERE id=$1",
};

std::span<const std::string_view> deletes_of(Table table) {
  if (table == Table::kAgents) return kAgentDeletes;
  if (table == Table::kRuns) return kRunDeletes;
  if (table == Table::kState) return kStateDeletes;
  return kWorkflowDeletes;
}

std::string put_sql(Table table) {
  if (table == Table::kPlans) return kPlanSql;
  const std::string_view columns = kColumns[static_cast<std::size_t>(table)];
  std::string marks;
  std::string changes;
  int number = 0;
  for (std::string_view rest = columns; !rest.empty();) {
    const std::string_view column = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(column.size() + 1, rest.size()));
    marks += fmt::format("{}${}", number == 0 ? "" : ",", number + 1);
    changes += fmt::format("{}{}=excluded.{}", number == 0 ? "" : ",", column, column);
    ++number;
  }
  const std::string insert = fmt::format("INSERT INTO {}({}) VALUES({})", table_name(table), columns, marks);
  const std::string_view key = kKeys[static_cast<std::size_t>(table)];
  return key.empty() ? insert : fmt::format("{} ON CONFLICT({}) DO UPDATE SET {}", insert, key, changes);
}

std::string put_name(std::size_t table) {
  return fmt::format("put_{}", table_name(static_cast<Table>(table)));
}

void add_fields(Values& values, const Row& row, std::int64_t position) {
  std::visit(
      [&](const auto& typed) {
        const auto add = [&](const auto& value) {
          if (static_cast<const void*>(&value) == static_cast<const void*>(&typed) && table_of(row) == Table::kEvents)
            values.add(position);  // the first member of an event, given by the store
          else
            values.add(value);
        };
        std::apply([&](const auto&... value) { (add(value), ...); }, fields(typed));
      },
      row);
}

std::string random_owner() {
  std::array<unsigned char, 16> bytes{};
  for (ssize_t got = 0; got != static_cast<ssize_t>(bytes.size());)
    got = ::getrandom(bytes.data(), bytes.size(), 0);
  std::string text;
  for (const unsigned char byte : bytes)
    text += fmt::format("{:02x}", byte);
  return text;
}

// Who holds the lock, by the name of its connection.
std::string holder_of(Connection& connection) {
  const auto answer = connection.execute(
      fmt::format("SELECT convert_to(a.application_name, 'UTF8') FROM pg_locks l JOIN pg_stat_activity a USING(pid) "
                  "WHERE l.locktype='advisory' AND l.objid={} AND l.granted",
                  kLock));
  std::string name;
  if (answer && answer->rows() > 0) answer->get(0, 0, name);
  return name.empty() ? "another commandcenter" : name;
}

}  // namespace

// With the lock, which ends with the connection.
Result<std::unique_ptr<Connection>> Writer::lock(Result<std::unique_ptr<Connection>> connection) {
  if (!connection) return connection;
  const auto locked = (*connection)->integer(fmt::format("SELECT pg_try_advisory_lock({})::int::bigint", kLock));
  if (!locked) return fail(locked.error());
  if (*locked == 1) return connection;
  return fail(ErrorCode::kConflict,
              fmt::format("the database of store.url is in use by {}: stop it, or choose another database",
                          holder_of(**connection)));
}

Result<std::unique_ptr<Writer>> Writer::open(const std::string& url) {
  std::unique_ptr<Writer> writer(new Writer(url));
  auto connection = lock(Connection::open(url));
  // One that was killed a moment ago may still be connected in PostgreSQL's eyes.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(kMaxLockWait_ms);
  while (!connection && connection.error().code == ErrorCode::kConflict &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(kReconnectWait);
    connection = lock(Connection::open(url));
  }
  if (!connection) return fail(std::move(connection.error()));
  writer->connection_ = std::move(*connection);
  if (auto migrated = migrate(*writer->connection_); !migrated) return fail(std::move(migrated.error()));
  writer->owner_ = random_owner();
  Values owner;
  owner.add(std::string_view(writer->owner_));
  const auto counts = writer->connection_->execute("UPDATE writer SET owner=$1 RETURNING commits,last_position", owner);
  if (!counts) return fail(counts.error());
  counts->get(0, 0, writer->commits_);
  counts->get(0, 1, writer->last_position_);
  if (auto prepared = writer->prepare_all(); !prepared) return fail(std::move(prepared.error()));
  return writer;
}

Result<void> Writer::prepare_all() {
  for (std::size_t table = 0; table < kTables; ++table) {
    if (auto done = connection_->prepare(put_name(table), put_sql(static_cast<Table>(table))); !done) return done;
  }
  return {};
}

// After the connection was lost: what was counted there now holds.
Result<void> Writer::come_back() {
  auto connection = lock(Connection::open_again(url_));
  if (!connection) return fail(ErrorCode::kUnavailable, std::move(connection.error().message));
  const auto answer = (*connection)->execute("SELECT owner,commits,last_position FROM writer");
  if (!answer) return fail(answer.error());
  std::string owner;
  std::int64_t commits = 0;
  answer->get(0, 0, owner);
  answer->get(0, 1, commits);
  if (owner != owner_) {
    return fail(ErrorCode::kUnavailable,
                "another commandcenter has taken over the database of store.url: restart this "
                "one, once the other has stopped");
  }
  if (commits < commits_) {  // of a copy that had not got everything
    return fail(ErrorCode::kUnavailable,
                "the database of store.url has lost what it had acknowledged: restart this "
                "commandcenter, to go on from what is there");
  }
  commits_ = commits;
  answer->get(0, 2, last_position_);
  connection_ = std::move(*connection);
  auto prepared = prepare_all();
  if (!prepared) connection_.reset();
  return prepared;
}

Result<CommitReceipt> Writer::commit(const Batch& batch) {
  if (connection_ == nullptr || connection_->lost()) {
    connection_.reset();  // lets go of a lock that the server may still believe in
    if (auto back = come_back(); !back) return fail(std::move(back.error()));
  }
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    CommitReceipt receipt;
    if (auto written = write(batch, receipt)) {
      if (!*written) return fail(std::move(written->error()));
      return receipt;
    }
    const auto arrived = look_it_up();
    if (!arrived) return fail(arrived.error());
    if (*arrived) return receipt;
  }
  return fail(ErrorCode::kUnavailable, "the connection to PostgreSQL is lost again and again; nothing was written");
}

std::optional<Result<void>> Writer::write(const Batch& batch, CommitReceipt& receipt) {
  std::int64_t position = last_position_;
  std::vector<const Row*> sent;  // since the last answers; null: of no row
  std::optional<Connection::Failed> failed;
  const auto await = [&] {
    failed = connection_->await(sent.size());
    if (!failed) sent.clear();
  };
  const auto went = [&](const Result<void>& done, const Row* row) {
    if (!done) return failed.emplace(0U, std::string(), done.error()), void();
    sent.push_back(row);
    if (sent.size() >= kMaxUnanswered) await();
  };
  const auto put = [&](const Row& row) {
    if (std::holds_alternative<EventRow>(row)) receipt.positions.push_back(++position);
    Values values;
    add_fields(values, row, position);
    went(connection_->send_prepared(put_name(row.index()), values), &row);
  };
  const auto run = [&](std::string_view sql, const Values& values) {
    went(connection_->send_with(std::string(sql), values), nullptr);
  };
  if (!connection_->begin_pipeline()) return std::nullopt;
  run("BEGIN", {});
  for (const Row& row : batch.puts) {
    if (!failed) put(row);
  }
  for (const Delete& removal : batch.deletes) {
    Values values;
    values.add(std::string_view(removal.id));
    if (removal.table == Table::kState) values.add(std::string_view(removal.space));
    for (const std::string_view sql : deletes_of(removal.table))
      if (!failed) run(sql, values);
  }
  if (!failed) {
    Values counts;
    counts.add(commits_ + 1);
    counts.add(position);
    run(kCountSql, counts);
  }
  if (!failed) run("COMMIT", {});
  if (!failed && !sent.empty()) await();
  if (connection_->lost() || (failed && failed->sqlstate.empty())) return std::nullopt;
  connection_->end_pipeline();
  if (!failed) {
    ++commits_;
    last_position_ = position;
    return Result<void>();
  }
  if (!connection_->script("ROLLBACK")) connection_.reset();  // which takes it back, too
  const Row* row = failed->statement < sent.size() ? sent[failed->statement] : nullptr;
  const bool exists = row != nullptr && (failed->sqlstate == kDuplicate || failed->sqlstate == kDivisionByZero);
  return Result<void>(fail(exists ? row_exists(*row) : failed->error));
}

// The connection was lost on the way: either all of the batch is there, or nothing.
Result<bool> Writer::look_it_up() {
  const std::int64_t before = commits_;
  connection_.reset();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(kMaxDoubt_ms);
  auto back = come_back();
  while (!back && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(kReconnectWait);
    back = come_back();
  }
  if (!back) return fail(std::move(back.error()));
  return commits_ > before;
}

}  // namespace commandcenter::store::postgres
