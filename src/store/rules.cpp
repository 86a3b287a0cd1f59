#include "store/rules.h"

#include <array>

#include <fmt/format.h>

#include "base/assert.h"

namespace commandcenter::store {
namespace {

enum Condition : unsigned {
  kId = 1U << 0U,
  kProject = 1U << 1U,
  kName = 1U << 2U,
  kWorkflow = 1U << 3U,
  kVersion = 1U << 4U,
  kRun = 1U << 5U,
  kNodeRun = 1U << 6U,
  kStatus = 1U << 7U,
  kTrigger = 1U << 8U,
  kFinished = 1U << 9U,
  kAfter = 1U << 10U,
  kExpires = 1U << 11U,
  kBefore = 1U << 12U,
  kSpace = 1U << 13U,
  kPhase = 1U << 14U,
  kStarted = 1U << 15U,
  kPrefix = 1U << 16U,
  kBeforeTime = 1U << 17U,
  kRemovable = 1U << 18U,
};

constexpr std::array<unsigned, kTables> kAllowed = {
    kId | kProject | kName | kBefore,                                     // agents
    kId | kProject | kName | kVersion | kStatus | kBefore | kBeforeTime,  // workflows
    kWorkflow | kVersion,                                                 // workflow versions
    kId,                                                                  // plans
    kId | kProject | kWorkflow | kVersion | kStatus | kTrigger | kFinished | kBefore | kBeforeTime | kStarted |
        kPrefix | kPhase | kAfter | kExpires | kRemovable,                // runs
    kId | kRun | kStatus | kFinished | kBefore,                          // node runs
    kId | kProject | kRun | kStatus | kExpires | kBefore | kBeforeTime,  // approvals
    kRun | kAfter,                                                       // events
    kRun | kNodeRun | kAfter,                                            // logs
    kId | kSpace | kExpires,                                             // state
    kId | kVersion,                                                      // agent versions
    kId | kRun | kNodeRun,                                               // artifacts
};

unsigned conditions_of(const Query& query) {
  const auto bit = [](bool is_set, Condition condition) { return is_set ? static_cast<unsigned>(condition) : 0U; };
  return bit(query.id.has_value(), kId) | bit(query.project_id.has_value(), kProject) |
         bit(query.name.has_value(), kName) | bit(query.workflow_id.has_value(), kWorkflow) |
         bit(query.version.has_value(), kVersion) | bit(query.run_id.has_value(), kRun) |
         bit(query.node_run_id.has_value(), kNodeRun) | bit(query.status.has_value(), kStatus) |
         bit(query.trigger.has_value(), kTrigger) | bit(query.finished.has_value(), kFinished) |
         bit(query.after.has_value(), kAfter) | bit(query.expires_until.has_value(), kExpires) |
         bit(query.before_id.has_value(), kBefore) | bit(query.space.has_value(), kSpace) |
         bit(query.phase.has_value(), kPhase) |
         bit(query.started_from_ms || query.started_until_ms, kStarted) | bit(query.id_prefix.has_value(), kPrefix) |
         bit(query.before_at_ms.has_value(), kBeforeTime) |
         bit(query.removable_until.has_value(), kRemovable);
}

struct Exists {
  Error conflict(std::string message) const { return {ErrorCode::kConflict, std::move(message)}; }

  Error operator()(const AgentRow& row) const {
    return conflict(fmt::format("an agent named \"{}\" exists already: choose another name", row.name));
  }
  Error operator()(const WorkflowRow& row) const {
    return conflict(fmt::format("a workflow named \"{}\" exists already: choose another name", row.name));
  }
  Error operator()(const WorkflowVersionRow& row) const {
    return conflict(
        fmt::format("version {} of workflow {} exists already and cannot be changed: record the next version",
                    row.version, row.workflow_id));
  }
  Error operator()(const PlanRow& row) const {
    return conflict(fmt::format("plan {} exists already with another content and cannot be changed", row.id));
  }
  Error operator()(const RunRow& row) const { return conflict(fmt::format("run {} exists already", row.id)); }
  Error operator()(const NodeRunRow& row) const {
    return conflict(fmt::format("node run {} exists already with another run, node, item or attempt", row.id));
  }
  Error operator()(const ApprovalRow& row) const { return conflict(fmt::format("approval {} exists already", row.id)); }
  Error operator()(const EventRow& row) const {
    return conflict(
        fmt::format("event {} of run {} is recorded already and cannot be changed", row.sequence, row.run_id));
  }
  Error operator()(const LogRow& row) const {
    return conflict(fmt::format("log chunk {} of node run {} is recorded already and cannot be changed", row.chunk,
                                row.node_run_id));
  }
  Error operator()(const StateRow& row) const {
    return conflict(fmt::format("{} of {} is recorded already", row.key, row.space));
  }
  Error operator()(const AgentVersionRow& row) const {
    return conflict(fmt::format("revision {} of agent {} exists already", row.revision, row.agent_id));
  }
  Error operator()(const ArtifactRow& row) const {
    return conflict(fmt::format("artifact {} of node run {} exists already", row.name, row.node_run_id));
  }
};

}  // namespace

Table table_of(const Row& row) {
  return static_cast<Table>(row.index());
}

std::string_view table_name(Table table) {
  static constexpr std::array<std::string_view, kTables> kNames = {
      "agents", "workflows", "workflow_versions", "plans",    "runs", "node_runs", "approvals", "events",
      "logs",   "state",     "agent_versions",    "artifacts"};
  return kNames[static_cast<std::size_t>(table)];
}

void require_sound(const Query& query) {
  const bool columns_exist = (conditions_of(query) & ~kAllowed[static_cast<std::size_t>(query.table)]) == 0;
  CC_ASSERT(columns_exist);
  CC_ASSERT(!query.before_id || query.newest_first);
  if (query.table == Table::kRuns) {
    CC_ASSERT(!query.phase || query.finished == false);
    CC_ASSERT(!query.after || query.phase);
  }
  CC_ASSERT(!query.without_context || query.table == Table::kRuns);
  CC_ASSERT(!query.before_at_ms || query.before_id);
  CC_ASSERT(query.limit >= 0);
}

void require_sound(const Delete& removal) {
  CC_ASSERT(removal.table == Table::kAgents || removal.table == Table::kWorkflows || removal.table == Table::kRuns ||
            removal.table == Table::kState);
  CC_ASSERT((removal.table == Table::kState) == !removal.space.empty());
}

Error row_exists(const Row& row) {
  return std::visit(Exists{}, row);
}

}  // namespace commandcenter::store
