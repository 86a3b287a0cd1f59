#include "store/sqlite/migrations.h"

#include <array>
#include <cstddef>

#include <fmt/format.h>

namespace commandcenter::store {
namespace {

// Tables of rows keep the rowid, although their keys are texts: in a table WITHOUT ROWID every row longer than about 1
// KB spills into a page of its own. With documents of 1.5 KB that cost nearly twice the time and a third more space;
// without documents there was little to gain. An index costs every run of every workflow: each one below is what a
// query of the program needs.
constexpr const char* kSchema1 = R"sql(
CREATE TABLE counters (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE agents (
  id TEXT NOT NULL PRIMARY KEY,
  project_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  revision INTEGER NOT NULL,
  document TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  UNIQUE (project_id, name)
) STRICT;

CREATE TABLE workflows (
  id TEXT NOT NULL PRIMARY KEY,
  project_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  status TEXT NOT NULL,
  document TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  UNIQUE (project_id, name)
) STRICT;

CREATE TABLE workflow_versions (
  workflow_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  document TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (workflow_id, version)
) STRICT;

CREATE TABLE plans (
  id TEXT NOT NULL PRIMARY KEY,
  document TEXT NOT NULL
) STRICT;

CREATE TABLE runs (
  id TEXT NOT NULL PRIMARY KEY,
  workflow_id TEXT NOT NULL,
  workflow_version INTEGER NOT NULL,
  project_id INTEGER NOT NULL,
  plan_id TEXT NOT NULL,
  trigger_name TEXT NOT NULL,
  context TEXT NOT NULL,
  workspace TEXT NOT NULL,
  status TEXT NOT NULL,
  finished INTEGER NOT NULL,
  error TEXT NOT NULL,
  retry_of TEXT NOT NULL,
  started_at_ms INTEGER NOT NULL,
  finished_at_ms INTEGER
) STRICT;
CREATE INDEX runs_by_workflow ON runs (workflow_id, started_at_ms, id);
CREATE INDEX runs_by_start ON runs (started_at_ms, id);
CREATE INDEX runs_unfinished ON runs (workflow_id) WHERE finished = 0;

CREATE TABLE node_runs (
  id TEXT NOT NULL UNIQUE,
  run_id TEXT NOT NULL,
  node TEXT NOT NULL,
  item INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  agent_id TEXT NOT NULL,
  status TEXT NOT NULL,
  finished INTEGER NOT NULL,
  input TEXT NOT NULL,
  output TEXT NOT NULL,
  error TEXT NOT NULL,
  reason TEXT NOT NULL,
  detail TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  started_at_ms INTEGER,
  finished_at_ms INTEGER,
  PRIMARY KEY (run_id, node, item, attempt)
) STRICT;
CREATE INDEX node_runs_unfinished ON node_runs (run_id) WHERE finished = 0;

CREATE TABLE approvals (
  id TEXT NOT NULL PRIMARY KEY,
  run_id TEXT NOT NULL,
  node TEXT NOT NULL,
  project_id INTEGER NOT NULL,
  status TEXT NOT NULL,
  hash TEXT NOT NULL,
  document TEXT NOT NULL,
  requested_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  responded_at_ms INTEGER,
  responded_by TEXT NOT NULL,
  notes TEXT NOT NULL
) STRICT;
CREATE INDEX approvals_by_run ON approvals (run_id);
CREATE INDEX approvals_by_request ON approvals (requested_at_ms, id);
CREATE INDEX approvals_pending ON approvals (expires_at_ms) WHERE status = 'PENDING';

CREATE TABLE events (
  position INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  type TEXT NOT NULL,
  document TEXT NOT NULL,
  UNIQUE (run_id, sequence)
) STRICT;

CREATE TABLE logs (
  node_run_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  chunk INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (node_run_id, chunk)
) STRICT;
CREATE INDEX logs_by_run ON logs (run_id);
)sql";

constexpr const char* kSchema2 = R"sql(
CREATE TABLE state (
  space TEXT NOT NULL,
  key TEXT NOT NULL,
  document TEXT NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER,
  PRIMARY KEY (space, key)
) STRICT;
CREATE INDEX state_expiring ON state (expires_at_ms, space, key) WHERE expires_at_ms IS NOT NULL;
)sql";

// The agents of before have their present revision as the first that is known of.
constexpr const char* kSchema3 = R"sql(
CREATE TABLE agent_versions (
  agent_id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  document TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (agent_id, revision)
) STRICT;
INSERT INTO agent_versions SELECT id, revision, document, updated_at_ms FROM agents;

CREATE TABLE artifacts (
  run_id TEXT NOT NULL,
  node_run_id TEXT NOT NULL,
  name TEXT NOT NULL,
  hash TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  media_type TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (node_run_id, name)
) STRICT;
CREATE INDEX artifacts_by_run ON artifacts (run_id);
CREATE INDEX artifacts_by_hash ON artifacts (hash);

CREATE INDEX runs_repeated ON runs (retry_of) WHERE retry_of <> '';
)sql";

// Queued runs, places that runs share, time-outs that need no memory, and where a repetition began.
constexpr const char* kSchema4 = R"sql(
ALTER TABLE runs ADD COLUMN rerun_from TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN phase TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN lane TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN ticket INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN deadline_ms INTEGER;
UPDATE runs SET phase = 'moving', ticket = rowid WHERE finished = 0;
UPDATE runs SET rerun_from = 'failed' WHERE retry_of <> '';
CREATE INDEX runs_by_phase ON runs (phase, ticket) WHERE finished = 0;
CREATE INDEX runs_by_deadline ON runs (deadline_ms) WHERE finished = 0 AND deadline_ms IS NOT NULL;
)sql";

// Lists of runs ask for what is rare; a run that starts by hand and succeeds costs nothing here.
constexpr const char* kSchema5 = R"sql(
CREATE INDEX runs_unsuccessful ON runs (status, started_at_ms, id) WHERE status <> 'SUCCESS';
CREATE INDEX runs_by_trigger ON runs (trigger_name, started_at_ms, id) WHERE trigger_name <> 'manual';
)sql";

// What a caller's trace is, no longer a member of the run's context.
constexpr const char* kSchema6 = R"sql(
ALTER TABLE runs ADD COLUMN trace_parent TEXT NOT NULL DEFAULT '';
)sql";

constexpr std::array<const char*, 6> kMigrations = {kSchema1, kSchema2, kSchema3, kSchema4, kSchema5, kSchema6};

}  // namespace

std::span<const char* const> migrations() {
  return kMigrations;
}

Result<void> migrate(Connection& connection, std::span<const char* const> steps) {
  const auto version = connection.integer("PRAGMA user_version");
  if (!version) return fail(version.error());
  for (std::size_t step = static_cast<std::size_t>(*version); step < steps.size(); ++step) {
    const std::string sql =
        fmt::format("BEGIN IMMEDIATE; {}; PRAGMA application_id={}; PRAGMA user_version={}; COMMIT;", steps[step],
                    kApplicationId, step + 1);
    if (auto done = connection.execute(sql.c_str()); !done) {
      if (connection.in_transaction()) static_cast<void>(connection.execute("ROLLBACK"));
      return done;
    }
  }
  return {};
}

}  // namespace commandcenter::store
