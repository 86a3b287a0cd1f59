// What is remembered, and the Store seam to where.
//
// A Batch is written atomically and is on stable storage when commit() returns; readers see all of it or nothing. One
// writer (the engine) calls commit(); any thread may read. Documents are JSON text, opaque to the store: it indexes
// only the columns below. Times are Unix milliseconds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace commandcenter::store {

// An agent as registered. Unique (project_id, name) among those not deleted.
struct AgentRow {
  std::string id;
  std::int64_t project_id = 1;
  std::string name;
  std::int64_t revision = 1;  // counts every change
  std::string document;       // the agent with its capabilities, runtime and sandbox profile
  std::int64_t created_at_ms = 0;
  std::int64_t updated_at_ms = 0;
};

// The current version of a workflow. Unique (project_id, name).
struct WorkflowRow {
  std::string id;
  std::int64_t project_id = 1;
  std::string name;
  std::int64_t version = 1;
  std::string status;    // ACTIVE | DRAFT | ARCHIVED
  std::string document;  // canonical definition
  std::int64_t created_at_ms = 0;
  std::int64_t updated_at_ms = 0;
};

// Every version a workflow ever had, immutable. Key (workflow_id, version).
struct WorkflowVersionRow {
  std::string workflow_id;
  std::int64_t version = 1;
  std::string document;
  std::int64_t created_at_ms = 0;
};

// What a run executes: a workflow version with the agents as they were, addressed by its content hash. Immutable.
struct PlanRow {
  std::string id;
  std::string document;
};

struct RunRow {
  std::string id;
  std::string workflow_id;
  std::int64_t workflow_version = 1;
  std::int64_t project_id = 1;
  std::string plan_id;
  std::string trigger;    // "manual", "retry", "event:<type>", …
  std::string context;    // JSON
  std::string workspace;  // host folder, or empty
  std::string status;     // PENDING RUNNING WAITING_APPROVAL SUCCESS FAILED CANCELLED
  bool finished = false;
  std::string error;     // empty = none
  std::string retry_of;  // the run this one repeats, or empty
  std::int64_t started_at_ms = 0;
  std::optional<std::int64_t> finished_at_ms;
  std::string rerun_from{};  // where a repetition begins: "failed", "beginning" or a node; empty = it is none
  std::string phase{};       // while unfinished, what it asks of the engine: queued moving holding parked; else empty
  std::string lane{};        // runs of one lane (workflow and concurrency key) share places; empty = in none
  std::int64_t ticket = 0;   // order in which unfinished runs were accepted, whatever the clock said
  std::optional<std::int64_t> deadline_ms{};  // when its time-out is over
  std::string trace_parent{};                 // W3C trace context that came with what started it; empty = none
};

// One attempt of one node (of one item) of a run. Key (run_id, node, item, attempt).
struct NodeRunRow {
  std::string id;  // opaque, unique: what the API calls an agent run
  std::string run_id;
  std::string node;  // the node's id within its workflow
  std::int64_t item = 0;
  std::int64_t attempt = 1;
  std::string agent_id;  // empty for a transform
  std::string status;    // PENDING WAITING_APPROVAL RUNNING SUCCESS FAILED SKIPPED CANCELLED
  bool finished = false;
  std::string input;   // JSON, resolved; empty = not resolved
  std::string output;  // JSON; empty = none
  std::string error;   // empty = none
  std::string reason;  // machine word: "timeout", "dependency_failed", …; empty = none
  std::string detail;  // JSON object of facts: sandbox tier, limits, workspace, exit code
  std::int64_t created_at_ms = 0;
  std::optional<std::int64_t> started_at_ms;
  std::optional<std::int64_t> finished_at_ms;
};

struct ApprovalRow {
  std::string id;
  std::string run_id;
  std::string node;
  std::int64_t project_id = 1;
  std::string status;    // PENDING APPROVED REJECTED
  std::string hash;      // over resolved input, agent version and preview
  std::string document;  // JSON: resolved input, preview, risk
  std::int64_t requested_at_ms = 0;
  std::int64_t expires_at_ms = 0;
  std::optional<std::int64_t> responded_at_ms;
  std::string responded_by;  // empty = nobody
  std::string notes;
};

// One recorded event of a run: the journal. Position is given by the store, strictly increasing over all runs; it is
// what subscribers and the outbox go by. Key (run_id, sequence).
struct EventRow {
  std::int64_t position = 0;  // 0 when handed to commit()
  std::string run_id;
  std::int64_t sequence = 0;  // 1, 2, 3 … within the run
  std::int64_t at_ms = 0;
  std::string type;
  std::string document;
};

// Log lines of one node run, in order of chunk. Key (node_run_id, chunk).
struct LogRow {
  std::string node_run_id;
  std::string run_id;
  std::int64_t chunk = 0;
  std::int64_t at_ms = 0;
  std::string text;  // whole lines, each ended by '\n'
};

// A small fact that is no run: a schedule slot, an idempotency key, a seen event, how far an outbox got. Key (space,
// key). One that has expired is as good as absent, although it may be there for a while yet.
struct StateRow {
  std::string space;  // whose fact it is: "idempotency", "schedule", …
  std::string key;
  std::string document;  // JSON
  std::int64_t updated_at_ms = 0;
  std::optional<std::int64_t> expires_at_ms;  // empty = kept until deleted
};

// Every revision an agent ever had. Key (agent_id, revision). Stays when the agent is deleted.
struct AgentVersionRow {
  std::string agent_id;
  std::int64_t revision = 1;
  std::string document;
  std::int64_t created_at_ms = 0;
};

// A file of the artifact folder that a node run refers to. Key (node_run_id, name). The rows that have a hash are the
// reference count of its file.
struct ArtifactRow {
  std::string run_id;
  std::string node_run_id;
  std::string name;
  std::string hash;  // SHA-256 of the content
  std::int64_t size_bytes = 0;
  std::string media_type;
  std::int64_t created_at_ms = 0;
};

using Row = std::variant<AgentRow, WorkflowRow, WorkflowVersionRow, PlanRow, RunRow, NodeRunRow, ApprovalRow, EventRow,
                         LogRow, StateRow, AgentVersionRow, ArtifactRow>;

enum class Table {
  kAgents,
  kWorkflows,
  kWorkflowVersions,
  kPlans,
  kRuns,
  kNodeRuns,
  kApprovals,
  kEvents,
  kLogs,
  kState,
  kAgentVersions,
  kArtifacts
};

// Deleting a workflow takes its versions, runs, node runs, approvals, events, logs and artifacts with it; deleting an
// agent only the agent.
struct Delete {
  Table table;          // kAgents, kWorkflows, kRuns or kState
  std::string id;       // of state: its key
  std::string space{};  // of state only
};

// `puts` insert or replace by key (events, plans, versions, logs: insert only; an equal plan that exists is left
// alone).
struct Batch {
  std::vector<Row> puts;
  std::vector<Delete> deletes;
  bool empty() const { return puts.empty() && deletes.empty(); }
};

// Which rows: all conditions that are set must hold. Results come in the table's natural order unless `newest_first`:
// agents by name, workflows by created_at, versions by version, runs by started_at, node runs by created_at (then node,
// item, attempt), approvals by requested_at, events by position, logs by chunk, state by space and key, agent
// versions by revision, artifacts by created_at; ties by id.
// State that is asked for by expires_until comes by expires_at, so that the first page is what expired first.
struct Query {
  Table table;
  std::optional<std::string> id{};  // of state: the key; of agent versions: the agent's; of artifacts: the hash
  std::optional<std::string> space{};
  std::optional<std::int64_t> project_id{};
  std::optional<std::string> name{};
  std::optional<std::string> workflow_id{};
  std::optional<std::int64_t> version{};
  std::optional<std::string> run_id{};
  std::optional<std::string> node_run_id{};
  std::optional<std::string> status{};
  std::optional<std::string> trigger{};
  std::optional<std::int64_t> started_from_ms{};   // runs: started at or after
  std::optional<std::int64_t> started_until_ms{};  // runs: started before
  std::optional<std::string> id_prefix{};          // runs: the id starts with this (ASCII)
  std::optional<bool> finished{};
  std::optional<std::string> phase{};           // of unfinished runs; they come in order of their tickets
  std::optional<std::int64_t> after{};          // events: position greater than; logs: chunk; runs with a phase: ticket
  std::optional<std::int64_t> expires_until{};  // approvals, state: expires_at_ms at or before; runs: deadline_ms
  // Runs: finished at or before, and no run that is kept repeats them. What retention may delete.
  std::optional<std::int64_t> removable_until{};
  std::optional<std::string> before_id{};      // with newest_first, the id the page continues after
  std::optional<std::int64_t> before_at_ms{};  // runs, workflows, approvals: its time, so that it may be gone by now
  bool newest_first = false;
  bool without_context = false;  // runs: their contexts, which may be large, come back empty
  std::int64_t limit = 1'000'000;
};

struct CommitReceipt {
  std::vector<std::int64_t> positions;  // of the batch's EventRows, in their order
};

// Failures: kConflict (a unique name or an insert-only key exists), kUnavailable (disk full, locked, read-only: nothing
// was written, may be tried again), kInternal (damaged).
class Store {
 public:
  virtual ~Store() = default;
  virtual Result<CommitReceipt> commit(const Batch& batch) = 0;
  virtual Result<std::vector<Row>> read(const Query& query) = 0;
  virtual Result<std::int64_t> count(const Query& query) = 0;  // limit and order are ignored
  virtual Result<void> check() = 0;                            // integrity, thorough; may take long
};

// The rows of one type, or the first of them; kInternal when the query names another table.
template <typename T>
Result<std::vector<T>> read_all(Store& store, const Query& query) {
  auto rows = store.read(query);
  if (!rows) return fail(std::move(rows.error()));
  std::vector<T> typed;
  typed.reserve(rows->size());
  for (Row& row : *rows)
    typed.push_back(std::move(std::get<T>(row)));
  return typed;
}

template <typename T>
Result<std::optional<T>> read_one(Store& store, Query query) {
  query.limit = 1;
  auto rows = read_all<T>(store, query);
  if (!rows) return fail(std::move(rows.error()));
  if (rows->empty()) return std::optional<T>{};
  return std::optional<T>{std::move(rows->front())};
}

}  // namespace commandcenter::store
