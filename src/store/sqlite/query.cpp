#include "store/sqlite/query.h"

#include <array>
#include <utility>

#include <sqlite3.h>

#include "store/columns.h"
#include "store/rules.h"
#include "store/select.h"

namespace commandcenter::store {
namespace {

constexpr Dialect kDialect{.mark = '?', .bytes = "", .last_character = "char(127)"};

// A partial index serves only a query that spells out the index's own condition. We say which to use: without
// statistics SQLite cannot know that few of a workflow's runs are unfinished.
std::string_view index_of(const Query& query) {
  const bool unfinished = query.finished && !*query.finished && !query.id;
  if (unfinished && query.table == Table::kRuns) {
    if (query.phase) return " INDEXED BY runs_by_phase";
    return query.expires_until ? " INDEXED BY runs_by_deadline" : " INDEXED BY runs_unfinished";
  }
  if (unfinished && query.table == Table::kNodeRuns && !query.run_id) return " INDEXED BY node_runs_unfinished";
  const bool pending = query.status == "PENDING" && !query.id && !query.run_id;
  if (pending && query.table == Table::kApprovals) return " INDEXED BY approvals_pending";
  if (query.table == Table::kState && query.expires_until && !query.id) return " INDEXED BY state_expiring";
  return "";
}

void bind(Statement& statement, const Select& select) {
  int parameter = 0;
  for (const auto& value : select.values) {
    ++parameter;
    std::visit([&](const auto& v) { statement.bind(parameter, v); }, value);
  }
}

template <std::size_t kIndex>
Row row_at(const Statement& statement) {
  Row row(std::in_place_index<kIndex>);
  int column = 0;
  std::apply([&](auto&... value) { (statement.column(column++, value), ...); }, fields(std::get<kIndex>(row)));
  return row;
}

using RowReader = Row (*)(const Statement&);

template <std::size_t... kIndex>
constexpr std::array<RowReader, kTables> row_readers(std::index_sequence<kIndex...> /*tables*/) {
  return {&row_at<kIndex>...};
}

constexpr std::array<RowReader, kTables> kRowReaders = row_readers(std::make_index_sequence<kTables>());

}  // namespace

Result<std::vector<Row>> read_rows(Connection& connection, const Query& query) {
  const Select select = select_rows(query, kDialect, index_of(query));
  auto statement = connection.cached(select.sql);
  if (!statement) return fail(std::move(statement.error()));
  const Running running(**statement);
  bind(*running, select);
  const RowReader read_row = kRowReaders[static_cast<std::size_t>(query.table)];
  std::vector<Row> rows;
  int code = running->step();
  for (; code == SQLITE_ROW; code = running->step())
    rows.push_back(read_row(*running));
  if (code != SQLITE_DONE) return fail(connection.failure(code));
  return rows;
}

Result<std::int64_t> read_count(Connection& connection, const Query& query) {
  const Select select = select_count(query, kDialect, index_of(query));
  auto statement = connection.cached(select.sql);
  if (!statement) return fail(std::move(statement.error()));
  const Running running(**statement);
  bind(*running, select);
  const int code = running->step();
  if (code != SQLITE_ROW) return fail(connection.failure(code));
  std::int64_t count = 0;
  running->column(0, count);
  return count;
}

}  // namespace commandcenter::store
