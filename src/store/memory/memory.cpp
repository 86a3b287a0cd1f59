#include "store/memory/memory.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "store/memory/match.h"
#include "store/rules.h"

namespace commandcenter::store {
namespace {

std::string key_of(const AgentRow& r) {
  return r.id;
}
std::string key_of(const WorkflowRow& r) {
  return r.id;
}
std::pair<std::string, std::int64_t> key_of(const WorkflowVersionRow& r) {
  return {r.workflow_id, r.version};
}
std::string key_of(const PlanRow& r) {
  return r.id;
}
std::string key_of(const RunRow& r) {
  return r.id;
}
std::tuple<std::string, std::string, std::int64_t, std::int64_t> key_of(const NodeRunRow& r) {
  return {r.run_id, r.node, r.item, r.attempt};
}
std::string key_of(const ApprovalRow& r) {
  return r.id;
}
std::pair<std::string, std::int64_t> key_of(const EventRow& r) {
  return {r.run_id, r.sequence};
}
std::pair<std::string, std::int64_t> key_of(const LogRow& r) {
  return {r.node_run_id, r.chunk};
}
std::pair<std::string, std::string> key_of(const StateRow& r) {
  return {r.space, r.key};
}
std::pair<std::string, std::int64_t> key_of(const AgentVersionRow& r) {
  return {r.agent_id, r.revision};
}
std::pair<std::string, std::string> key_of(const ArtifactRow& r) {
  return {r.node_run_id, r.name};
}

constexpr std::int64_t kFirst = std::numeric_limits<std::int64_t>::min();

template <typename T>
using Key = decltype(key_of(std::declval<const T&>()));
template <typename T>
using Rows = std::map<Key<T>, T>;

// Everything, and how to take back what the running batch has changed so far.
class Tables {
 public:
  template <typename T>
  const Rows<T>& rows() const {
    return std::get<Rows_<T>>(tables_).rows;
  }

  template <typename T>
  bool contains(const Key<T>& key) const {
    return rows<T>().contains(key);
  }

  // The key of the node run that has this id.
  const Key<NodeRunRow>* node_run_key(const std::string& id) const {
    const auto known = node_run_keys_.find(id);
    return known == node_run_keys_.end() ? nullptr : &known->second;
  }

  template <typename T>
  void assign(const T& row) {
    const auto old = table<T>().find(key_of(row));
    if (old == table<T>().end()) {
      undo_.push_back([this, key = key_of(row)] { drop(table<T>().find(key)); });
    } else {
      undo_.push_back([this, previous = old->second] { set(previous); });
    }
    set(row);
  }

  template <typename T, typename Condition>
  void erase_if(Condition condition) {
    Rows<T>& all = table<T>();
    for (auto place = all.begin(); place != all.end();) {
      const auto current = place++;
      if (!condition(current->second)) continue;
      undo_.push_back([this, previous = current->second] { set(previous); });
      drop(current);
    }
  }

  void keep() { undo_.clear(); }
  void take_back() {
    for (auto step = undo_.rbegin(); step != undo_.rend(); ++step)
      (*step)();
    undo_.clear();
  }

 private:
  template <typename T>
  struct Rows_ {  // tells apart tables whose maps are of one type
    Rows<T> rows;
  };
  template <typename T>
  Rows<T>& table() {
    return std::get<Rows_<T>>(tables_).rows;
  }

  template <typename T>
  void set(const T& row) {
    const auto place = table<T>().find(key_of(row));
    if (place != table<T>().end()) drop(place);
    table<T>().emplace(key_of(row), row);
    if constexpr (std::is_same_v<T, NodeRunRow>) node_run_keys_.insert_or_assign(row.id, key_of(row));
  }
  template <typename Iterator>
  void drop(Iterator place) {
    using T = typename Iterator::value_type::second_type;
    if constexpr (std::is_same_v<T, NodeRunRow>) node_run_keys_.erase(place->second.id);
    table<T>().erase(place);
  }

  std::tuple<Rows_<AgentRow>, Rows_<WorkflowRow>, Rows_<WorkflowVersionRow>, Rows_<PlanRow>, Rows_<RunRow>,
             Rows_<NodeRunRow>, Rows_<ApprovalRow>, Rows_<EventRow>, Rows_<LogRow>, Rows_<StateRow>,
             Rows_<AgentVersionRow>, Rows_<ArtifactRow>>
      tables_;
  std::map<std::string, Key<NodeRunRow>> node_run_keys_;
  std::vector<std::function<void()>> undo_;
};

// True when the row may be written.
struct MayPut {
  const Tables& tables;

  template <typename T>
  bool name_is_free(const T& row) const {
    const auto& rows = tables.rows<T>();
    return std::none_of(rows.begin(), rows.end(), [&](const auto& entry) {
      const T& other = entry.second;
      return other.project_id == row.project_id && other.name == row.name && other.id != row.id;
    });
  }
  bool operator()(const AgentRow& r) const { return name_is_free(r); }
  bool operator()(const WorkflowRow& r) const { return name_is_free(r); }
  bool operator()(const WorkflowVersionRow& r) const { return !tables.contains<WorkflowVersionRow>(key_of(r)); }
  bool operator()(const PlanRow& r) const {
    const auto known = tables.rows<PlanRow>().find(r.id);
    return known == tables.rows<PlanRow>().end() || known->second.document == r.document;
  }
  bool operator()(const RunRow&) const { return true; }
  bool operator()(const NodeRunRow& r) const {
    const Key<NodeRunRow>* known = tables.node_run_key(r.id);
    return known == nullptr || *known == key_of(r);
  }
  bool operator()(const ApprovalRow&) const { return true; }
  bool operator()(const EventRow& r) const { return !tables.contains<EventRow>(key_of(r)); }
  bool operator()(const LogRow& r) const { return !tables.contains<LogRow>(key_of(r)); }
  bool operator()(const StateRow&) const { return true; }
  bool operator()(const AgentVersionRow&) const { return true; }
  bool operator()(const ArtifactRow&) const { return true; }
};

void remove_runs(Tables& tables, const std::set<std::string>& ids) {
  const auto of_them = [&](const auto& row) { return ids.contains(row.run_id); };
  tables.erase_if<ArtifactRow>(of_them);
  tables.erase_if<LogRow>(of_them);
  tables.erase_if<EventRow>(of_them);
  tables.erase_if<ApprovalRow>(of_them);
  tables.erase_if<NodeRunRow>(of_them);
  tables.erase_if<RunRow>([&](const RunRow& row) { return ids.contains(row.id); });
}

void remove(Tables& tables, const Delete& removal) {
  const std::string& id = removal.id;
  if (removal.table == Table::kAgents)
    return tables.erase_if<AgentRow>([&](const AgentRow& row) { return row.id == id; });
  if (removal.table == Table::kRuns) return remove_runs(tables, {id});
  if (removal.table == Table::kState)
    return tables.erase_if<StateRow>([&](const StateRow& row) { return row.key == id && row.space == removal.space; });
  std::set<std::string> runs;
  for (const auto& [run_id, run] : tables.rows<RunRow>()) {
    if (run.workflow_id == id) runs.insert(run_id);
  }
  remove_runs(tables, runs);
  tables.erase_if<WorkflowVersionRow>([&](const WorkflowVersionRow& row) { return row.workflow_id == id; });
  tables.erase_if<WorkflowRow>([&](const WorkflowRow& row) { return row.id == id; });
}

template <typename T>
concept HasId = requires(const T& row) {
  row.id;
};

template <typename Map>
using Span = std::pair<typename Map::const_iterator, typename Map::const_iterator>;

// The part of a table that can hold what is asked for, where its key tells.
template <typename T>
Span<Rows<T>> narrowed(const Tables& tables, const Query& query) {
  const Rows<T>& rows = tables.rows<T>();
  if constexpr (std::is_same_v<Key<T>, std::string>) {
    if (query.id) return rows.equal_range(*query.id);
  } else if constexpr (std::is_same_v<T, NodeRunRow>) {
    const Key<T>* key = query.id ? tables.node_run_key(*query.id) : nullptr;
    if (key != nullptr) return rows.equal_range(*key);
    if (query.run_id)
      return {rows.lower_bound({*query.run_id, "", kFirst, kFirst}),
              rows.lower_bound({*query.run_id + '\0', "", kFirst, kFirst})};
  } else if constexpr (std::is_same_v<T, StateRow>) {
    if (query.space && query.id) return rows.equal_range({*query.space, *query.id});
    if (query.space) return {rows.lower_bound({*query.space, ""}), rows.lower_bound({*query.space + '\0', ""})};
  } else if constexpr (std::is_same_v<T, ArtifactRow>) {
    if (query.node_run_id)
      return {rows.lower_bound({*query.node_run_id, ""}), rows.lower_bound({*query.node_run_id + '\0', ""})};
  } else {
    const std::optional<std::string>& prefix = std::is_same_v<T, EventRow>          ? query.run_id
                                               : std::is_same_v<T, LogRow>          ? query.node_run_id
                                               : std::is_same_v<T, AgentVersionRow> ? query.id
                                                                                    : query.workflow_id;
    if (prefix) return {rows.lower_bound({*prefix, kFirst}), rows.lower_bound({*prefix + '\0', kFirst})};
  }
  return {rows.begin(), rows.end()};
}

inline const Rows<RunRow>& rows_of_runs(const Tables& tables) {
  return tables.rows<RunRow>();
}

template <typename T>
std::vector<const T*> matching(const Tables& tables, const Query& query) {
  std::vector<const T*> found;
  const auto [begin, end] = narrowed<T>(tables, query);
  for (auto place = begin; place != end; ++place) {
    if (matches(place->second, query)) found.push_back(&place->second);
  }
  if constexpr (std::is_same_v<T, RunRow>) {
    if (query.removable_until) {
      std::set<std::string> repeated;
      for (const auto& [id, run] : rows_of_runs(tables))
        repeated.insert(run.retry_of);
      std::erase_if(found, [&](const RunRow* run) { return repeated.contains(run->id); });
    }
  }
  return found;
}

template <typename T>
std::vector<Row> select(const Tables& tables, const Query& query) {
  std::vector<const T*> found = matching<T>(tables, query);
  if constexpr (HasId<T>) {
    if (query.before_at_ms) {
      std::erase_if(found, [&](const T* row) { return !is_before(*row, query); });
    } else if (query.before_id) {
      const auto& all = tables.rows<T>();
      const auto cursor =
          std::find_if(all.begin(), all.end(), [&](const auto& e) { return e.second.id == *query.before_id; });
      std::erase_if(found,
                    [&](const T* row) { return cursor == all.end() || !(order_of(*row) < order_of(cursor->second)); });
    }
  }
  std::sort(found.begin(), found.end(), [&](const T* a, const T* b) {
    return query.newest_first ? stands_before(*b, *a, query) : stands_before(*a, *b, query);
  });
  if constexpr (std::is_same_v<T, RunRow>) {
    if (query.phase) {
      std::sort(found.begin(), found.end(), [&](const T* a, const T* b) {
        if (query.newest_first) std::swap(a, b);
        return std::tie(a->ticket, a->id) < std::tie(b->ticket, b->id);
      });
    }
  }
  const std::size_t size = std::min(found.size(), static_cast<std::size_t>(query.limit));
  std::vector<Row> rows;
  rows.reserve(size);
  for (std::size_t i = 0; i < size; ++i) {
    T row = *found[i];
    if constexpr (std::is_same_v<T, RunRow>) {
      if (query.without_context) row.context.clear();
    }
    rows.emplace_back(std::move(row));
  }
  return rows;
}

// Calls `visit` with the row type of the table.
template <typename Visit>
auto with_row_type(Table table, Visit visit) {
  switch (table) {
    case Table::kAgents:
      return visit(std::type_identity<AgentRow>{});
    case Table::kWorkflows:
      return visit(std::type_identity<WorkflowRow>{});
    case Table::kWorkflowVersions:
      return visit(std::type_identity<WorkflowVersionRow>{});
    case Table::kPlans:
      return visit(std::type_identity<PlanRow>{});
    case Table::kRuns:
      return visit(std::type_identity<RunRow>{});
    case Table::kNodeRuns:
      return visit(std::type_identity<NodeRunRow>{});
    case Table::kApprovals:
      return visit(std::type_identity<ApprovalRow>{});
    case Table::kEvents:
      return visit(std::type_identity<EventRow>{});
    case Table::kLogs:
      return visit(std::type_identity<LogRow>{});
    case Table::kState:
      return visit(std::type_identity<StateRow>{});
    case Table::kAgentVersions:
      return visit(std::type_identity<AgentVersionRow>{});
    case Table::kArtifacts:
      break;
  }
  return visit(std::type_identity<ArtifactRow>{});
}

class MemoryStore final : public Store {
 public:
  Result<CommitReceipt> commit(const Batch& batch) override {
    for (const Delete& removal : batch.deletes)
      require_sound(removal);
    const std::lock_guard lock(mutex_);
    const std::int64_t before = last_position_;
    CommitReceipt receipt;
    for (const Row& row : batch.puts) {
      if (!std::visit(MayPut{tables_}, row)) {
        tables_.take_back();
        last_position_ = before;
        return fail(row_exists(row));
      }
      std::visit([&](const auto& r) { put(r, receipt); }, row);
    }
    for (const Delete& removal : batch.deletes)
      remove(tables_, removal);
    tables_.keep();
    return receipt;
  }

  Result<std::vector<Row>> read(const Query& query) override {
    require_sound(query);
    const std::lock_guard lock(mutex_);
    return with_row_type(query.table, [&]<typename T>(std::type_identity<T>) { return select<T>(tables_, query); });
  }

  Result<std::int64_t> count(const Query& query) override {
    require_sound(query);
    const std::lock_guard lock(mutex_);
    return with_row_type(query.table, [&]<typename T>(std::type_identity<T>) {
      return static_cast<std::int64_t>(matching<T>(tables_, query).size());
    });
  }

  Result<void> check() override { return {}; }

 private:
  template <typename T>
  void put(const T& row, CommitReceipt& receipt) {
    if constexpr (std::is_same_v<T, EventRow>) {
      EventRow placed = row;
      placed.position = ++last_position_;
      receipt.positions.push_back(placed.position);
      tables_.assign(placed);
    } else {
      static_cast<void>(receipt);
      tables_.assign(row);
    }
  }

  std::mutex mutex_;
  Tables tables_;
  std::int64_t last_position_ = 0;
};

}  // namespace

std::unique_ptr<Store> make_memory_store() {
  return std::make_unique<MemoryStore>();
}

}  // namespace commandcenter::store
