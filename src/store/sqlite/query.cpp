#include "store/sqlite/query.h"

#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

#include "store/rules.h"
#include "store/sqlite/rows.h"

namespace commandcenter::store {
namespace {

// The natural order of each table, ending with what makes it unique.
constexpr std::array<std::array<std::string_view, 5>, kTables> kOrder = {{
    {"name", "id"},
    {"created_at_ms", "id"},
    {"version", "workflow_id"},
    {"id"},
    {"started_at_ms", "id"},
    {"created_at_ms", "node", "item", "attempt", "id"},
    {"requested_at_ms", "id"},
    {"position"},
    {"chunk", "node_run_id"},
    {"space", "key"},
    {"revision", "agent_id"},
    {"created_at_ms", "node_run_id", "name"},
}};

std::string columns_of(const Query& query) {
  std::string columns(kColumns[static_cast<std::size_t>(query.table)]);
  constexpr std::string_view kContext = ",context,";
  if (query.without_context) columns.replace(columns.find(kContext), kContext.size(), ",'',");
  return columns;
}

constexpr std::array<std::string_view, 5> kExpiryOrder = {"expires_at_ms", "space", "key"};

std::string order_columns(const Query& query, std::string_view suffix) {
  std::string text;
  const bool by_expiry = query.table == Table::kState && query.expires_until;
  for (const std::string_view column : by_expiry ? kExpiryOrder : kOrder[static_cast<std::size_t>(query.table)]) {
    if (!column.empty()) text += fmt::format("{}{}{}", text.empty() ? "" : ",", column, suffix);
  }
  return text;
}

class Conditions {
 public:
  explicit Conditions(Select& select) : select_(select) {}

  void literal(std::string_view condition) {
    select_.sql += is_first_ ? " WHERE " : " AND ";
    select_.sql += condition;
    is_first_ = false;
  }
  template <typename T>
  void add(std::string_view condition, const std::optional<T>& value) {
    if (!value) return;
    literal(condition);
    select_.values.emplace_back(*value);
  }

 private:
  Select& select_;
  bool is_first_ = true;
};

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

std::string_view id_column(Table table) {
  if (table == Table::kState) return "key";
  if (table == Table::kAgentVersions) return "agent_id";
  return table == Table::kArtifacts ? "hash" : "id";
}

std::string_view version_column(Table table) {
  if (table == Table::kRuns) return "workflow_version";
  return table == Table::kAgentVersions ? "revision" : "version";
}

Conditions add_conditions(Select& select, const Query& query) {
  Conditions where(select);
  where.add(fmt::format("{}=?", id_column(query.table)), query.id);
  where.add("space=?", query.space);
  where.add("project_id=?", query.project_id);
  where.add("name=?", query.name);
  where.add("workflow_id=?", query.workflow_id);
  where.add(fmt::format("{}=?", version_column(query.table)), query.version);
  where.add("run_id=?", query.run_id);
  where.add("node_run_id=?", query.node_run_id);
  if (query.table == Table::kApprovals && query.status == "PENDING")
    where.literal("status='PENDING'");
  else
    where.add("status=?", query.status);
  // Spelt out, so that the partial indexes of what is rare serve.
  if (query.table == Table::kRuns && query.status && query.status != "SUCCESS") where.literal("status<>'SUCCESS'");
  where.add("trigger_name=?", query.trigger);
  if (query.trigger && query.trigger != "manual") where.literal("trigger_name<>'manual'");
  where.add("started_at_ms>=?", query.started_from_ms);
  where.add("started_at_ms<?", query.started_until_ms);
  where.add("id>=?", query.id_prefix);
  where.add("id<? || char(127)", query.id_prefix);
  if (query.finished) where.literal(*query.finished ? "finished=1" : "finished=0");
  where.add("phase=?", query.phase);
  where.add(query.table == Table::kEvents ? "position>?"
            : query.table == Table::kRuns ? "ticket>?"
                                          : "chunk>?",
            query.after);
  where.add(query.table == Table::kRuns ? "deadline_ms<=?" : "expires_at_ms<=?", query.expires_until);
  if (query.removable_until) {  // by the start, too: that is what there is an index on
    where.literal("finished=1");
    where.add("started_at_ms<=?", query.removable_until);
    where.add("finished_at_ms<=?", query.removable_until);
    where.literal("NOT EXISTS (SELECT 1 FROM runs AS later WHERE later.retry_of<>'' AND later.retry_of=runs.id)");
  }
  return where;
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

Select select_rows(const Query& query) {
  Select select;
  const std::string_view table = table_name(query.table);
  select.sql = fmt::format("SELECT {} FROM {}{}", columns_of(query), table, index_of(query));
  Conditions where = add_conditions(select, query);
  if (query.before_at_ms) {
    where.add(fmt::format("({})<(?,?)", order_columns(query, "")), query.before_at_ms);
    select.values.emplace_back(*query.before_id);
  } else if (query.before_id) {
    const std::string columns = order_columns(query, "");
    where.add(fmt::format("({0})<(SELECT {0} FROM {1} WHERE id=?)", columns, table), query.before_id);
  }
  const std::string_view direction = query.newest_first ? " DESC" : "";
  select.sql += query.phase ? fmt::format(" ORDER BY ticket{0},id{0} LIMIT ?", direction)
                            : fmt::format(" ORDER BY {} LIMIT ?", order_columns(query, direction));
  select.values.emplace_back(query.limit);
  return select;
}

Select select_count(const Query& query) {
  Select select;
  select.sql = fmt::format("SELECT count(*) FROM {}{}", table_name(query.table), index_of(query));
  static_cast<void>(add_conditions(select, query));
  return select;
}

Result<std::vector<Row>> read_rows(Connection& connection, const Query& query) {
  const Select select = select_rows(query);
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
  const Select select = select_count(query);
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
