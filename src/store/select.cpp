#include "store/select.h"

#include <array>
#include <optional>

#include <fmt/format.h>

#include "store/columns.h"
#include "store/rules.h"

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

// Of a text, without quotation marks in it.
std::string literal(std::string_view text, const Dialect& dialect) {
  return fmt::format("'{}'{}", text, dialect.bytes);
}

std::string columns_of(const Query& query, const Dialect& dialect) {
  std::string columns(kColumns[static_cast<std::size_t>(query.table)]);
  constexpr std::string_view kContext = ",context,";
  if (query.without_context)
    columns.replace(columns.find(kContext), kContext.size(), fmt::format(",{},", literal("", dialect)));
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
  Conditions(Select& select, const Dialect& dialect) : select_(select), dialect_(dialect) {}

  void add(std::string_view condition) {
    select_.sql += is_first_ ? " WHERE " : " AND ";
    select_.sql += condition;
    is_first_ = false;
  }
  // "column=" and the value.
  template <typename T>
  void add(std::string_view before, const std::optional<T>& value, std::string_view behind = {}) {
    if (!value) return;
    add(before);
    select_.values.emplace_back(*value);
    select_.sql += fmt::format("{}{}{}", dialect_.mark, select_.values.size(), behind);
  }

 private:
  Select& select_;
  const Dialect& dialect_;
  bool is_first_ = true;
};

std::string_view id_column(Table table) {
  if (table == Table::kState) return "key";
  if (table == Table::kAgentVersions) return "agent_id";
  return table == Table::kArtifacts ? "hash" : "id";
}

std::string_view version_column(Table table) {
  if (table == Table::kRuns) return "workflow_version";
  return table == Table::kAgentVersions ? "revision" : "version";
}

Conditions add_conditions(Select& select, const Query& query, const Dialect& dialect) {
  Conditions where(select, dialect);
  where.add(fmt::format("{}=", id_column(query.table)), query.id);
  where.add("space=", query.space);
  where.add("project_id=", query.project_id);
  where.add("name=", query.name);
  where.add("workflow_id=", query.workflow_id);
  where.add(fmt::format("{}=", version_column(query.table)), query.version);
  where.add("run_id=", query.run_id);
  where.add("node_run_id=", query.node_run_id);
  if (query.table == Table::kApprovals && query.status == "PENDING")
    where.add("status=" + literal("PENDING", dialect));
  else
    where.add("status=", query.status);
  // Spelt out, so that the partial indexes of what is rare serve.
  if (query.table == Table::kRuns && query.status && query.status != "SUCCESS")
    where.add("status<>" + literal("SUCCESS", dialect));
  where.add("trigger_name=", query.trigger);
  if (query.trigger && query.trigger != "manual") where.add("trigger_name<>" + literal("manual", dialect));
  where.add("started_at_ms>=", query.started_from_ms);
  where.add("started_at_ms<", query.started_until_ms);
  where.add("id>=", query.id_prefix);
  where.add("id<", query.id_prefix, fmt::format(" || {}", dialect.last_character));
  if (query.finished) where.add(*query.finished ? "finished=1" : "finished=0");
  where.add("phase=", query.phase);
  where.add(query.table == Table::kEvents ? "position>"
            : query.table == Table::kRuns ? "ticket>"
                                          : "chunk>",
            query.after);
  where.add(query.table == Table::kRuns ? "deadline_ms<=" : "expires_at_ms<=", query.expires_until);
  if (query.removable_until) {  // by the start, too: that is what there is an index on
    where.add("finished=1");
    where.add("started_at_ms<=", query.removable_until);
    where.add("finished_at_ms<=", query.removable_until);
    where.add(
        fmt::format("NOT EXISTS (SELECT 1 FROM runs AS later WHERE later.retry_of<>{} AND later.retry_of=runs.id)",
                    literal("", dialect)));
  }
  return where;
}

}  // namespace

Select select_rows(const Query& query, const Dialect& dialect, std::string_view hint) {
  Select select;
  const std::string_view table = table_name(query.table);
  select.sql = fmt::format("SELECT {} FROM {}{}", columns_of(query, dialect), table, hint);
  Conditions where = add_conditions(select, query, dialect);
  if (query.before_at_ms) {
    where.add(fmt::format("({})<(", order_columns(query, "")), query.before_at_ms, ",");
    select.values.emplace_back(*query.before_id);
    select.sql += fmt::format("{}{})", dialect.mark, select.values.size());
  } else if (query.before_id) {
    const std::string columns = order_columns(query, "");
    where.add(fmt::format("({0})<(SELECT {0} FROM {1} WHERE id=", columns, table), query.before_id, ")");
  }
  const std::string_view direction = query.newest_first ? " DESC" : "";
  select.values.emplace_back(query.limit);
  const std::string order = query.phase ? fmt::format("ticket{0},id{0}", direction) : order_columns(query, direction);
  select.sql += fmt::format(" ORDER BY {} LIMIT {}{}", order, dialect.mark, select.values.size());
  return select;
}

Select select_count(const Query& query, const Dialect& dialect, std::string_view hint) {
  Select select;
  select.sql = fmt::format("SELECT count(*) FROM {}{}", table_name(query.table), hint);
  static_cast<void>(add_conditions(select, query, dialect));
  return select;
}

}  // namespace commandcenter::store
