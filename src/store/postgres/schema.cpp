#include "store/postgres/schema.h"

#include <array>
#include <cstddef>

#include <fmt/format.h>

namespace commandcenter::store::postgres {
namespace {

// Texts are bytea: they may hold any bytes, and compare as such. To read one: convert_from(document, 'UTF8').
// The indexes are those of the SQLite store; each is what a query of the program needs.
constexpr const char* kSchema1 = R"sql(
CREATE TABLE writer (
  single BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (single),
  owner BYTEA NOT NULL,
  commits BIGINT NOT NULL,
  last_position BIGINT NOT NULL
);
INSERT INTO writer(owner, commits, last_position) VALUES('', 0, 0);

CREATE TABLE agents (
  id BYTEA PRIMARY KEY,
  project_id BIGINT NOT NULL,
  name BYTEA NOT NULL,
  revision BIGINT NOT NULL,
  document BYTEA NOT NULL,
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL,
  UNIQUE (project_id, name)
);

CREATE TABLE workflows (
  id BYTEA PRIMARY KEY,
  project_id BIGINT NOT NULL,
  name BYTEA NOT NULL,
  version BIGINT NOT NULL,
  status BYTEA NOT NULL,
  document BYTEA NOT NULL,
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL,
  UNIQUE (project_id, name)
);

CREATE TABLE workflow_versions (
  workflow_id BYTEA NOT NULL,
  version BIGINT NOT NULL,
  document BYTEA NOT NULL,
  created_at_ms BIGINT NOT NULL,
  PRIMARY KEY (workflow_id, version)
);

CREATE TABLE plans (
  id BYTEA PRIMARY KEY,
  document BYTEA NOT NULL
);

CREATE TABLE runs (
  id BYTEA PRIMARY KEY,
  workflow_id BYTEA NOT NULL,
  workflow_version BIGINT NOT NULL,
  project_id BIGINT NOT NULL,
  plan_id BYTEA NOT NULL,
  trigger_name BYTEA NOT NULL,
  context BYTEA NOT NULL,
  workspace BYTEA NOT NULL,
  status BYTEA NOT NULL,
  finished BIGINT NOT NULL,
  error BYTEA NOT NULL,
  retry_of BYTEA NOT NULL,
  started_at_ms BIGINT NOT NULL,
  finished_at_ms BIGINT,
  rerun_from BYTEA NOT NULL,
  phase BYTEA NOT NULL,
  lane BYTEA NOT NULL,
  ticket BIGINT NOT NULL,
  deadline_ms BIGINT,
  trace_parent BYTEA NOT NULL
);
CREATE INDEX runs_by_workflow ON runs (workflow_id, started_at_ms, id);
CREATE INDEX runs_by_start ON runs (started_at_ms, id);
CREATE INDEX runs_unfinished ON runs (workflow_id) WHERE finished = 0;
CREATE INDEX runs_repeated ON runs (retry_of) WHERE retry_of <> '';
CREATE INDEX runs_by_phase ON runs (phase, ticket) WHERE finished = 0;
CREATE INDEX runs_by_deadline ON runs (deadline_ms) WHERE finished = 0 AND deadline_ms IS NOT NULL;
CREATE INDEX runs_unsuccessful ON runs (status, started_at_ms, id) WHERE status <> 'SUCCESS';
CREATE INDEX runs_by_trigger ON runs (trigger_name, started_at_ms, id) WHERE trigger_name <> 'manual';

CREATE TABLE node_runs (
  id BYTEA NOT NULL UNIQUE,
  run_id BYTEA NOT NULL,
  node BYTEA NOT NULL,
  item BIGINT NOT NULL,
  attempt BIGINT NOT NULL,
  agent_id BYTEA NOT NULL,
  status BYTEA NOT NULL,
  finished BIGINT NOT NULL,
  input BYTEA NOT NULL,
  output BYTEA NOT NULL,
  error BYTEA NOT NULL,
  reason BYTEA NOT NULL,
  detail BYTEA NOT NULL,
  created_at_ms BIGINT NOT NULL,
  started_at_ms BIGINT,
  finished_at_ms BIGINT,
  PRIMARY KEY (run_id, node, item, attempt)
);
CREATE INDEX node_runs_unfinished ON node_runs (run_id) WHERE finished = 0;

CREATE TABLE approvals (
  id BYTEA PRIMARY KEY,
  run_id BYTEA NOT NULL,
  node BYTEA NOT NULL,
  project_id BIGINT NOT NULL,
  status BYTEA NOT NULL,
  hash BYTEA NOT NULL,
  document BYTEA NOT NULL,
  requested_at_ms BIGINT NOT NULL,
  expires_at_ms BIGINT NOT NULL,
  responded_at_ms BIGINT,
  responded_by BYTEA NOT NULL,
  notes BYTEA NOT NULL
);
CREATE INDEX approvals_by_run ON approvals (run_id);
CREATE INDEX approvals_by_request ON approvals (requested_at_ms, id);
CREATE INDEX approvals_pending ON approvals (expires_at_ms) WHERE status = 'PENDING';

CREATE TABLE events (
  position BIGINT PRIMARY KEY,
  run_id BYTEA NOT NULL,
  sequence BIGINT NOT NULL,
  at_ms BIGINT NOT NULL,
  type BYTEA NOT NULL,
  document BYTEA NOT NULL,
  UNIQUE (run_id, sequence)
);

CREATE TABLE logs (
  node_run_id BYTEA NOT NULL,
  run_id BYTEA NOT NULL,
  chunk BIGINT NOT NULL,
  at_ms BIGINT NOT NULL,
  text BYTEA NOT NULL,
  PRIMARY KEY (node_run_id, chunk)
);
CREATE INDEX logs_by_run ON logs (run_id);

CREATE TABLE state (
  space BYTEA NOT NULL,
  key BYTEA NOT NULL,
  document BYTEA NOT NULL,
  updated_at_ms BIGINT NOT NULL,
  expires_at_ms BIGINT,
  PRIMARY KEY (space, key)
);
CREATE INDEX state_expiring ON state (expires_at_ms, space, key) WHERE expires_at_ms IS NOT NULL;

CREATE TABLE agent_versions (
  agent_id BYTEA NOT NULL,
  revision BIGINT NOT NULL,
  document BYTEA NOT NULL,
  created_at_ms BIGINT NOT NULL,
  PRIMARY KEY (agent_id, revision)
);

CREATE TABLE artifacts (
  run_id BYTEA NOT NULL,
  node_run_id BYTEA NOT NULL,
  name BYTEA NOT NULL,
  hash BYTEA NOT NULL,
  size_bytes BIGINT NOT NULL,
  media_type BYTEA NOT NULL,
  created_at_ms BIGINT NOT NULL,
  PRIMARY KEY (node_run_id, name)
);
CREATE INDEX artifacts_by_run ON artifacts (run_id);
CREATE INDEX artifacts_by_hash ON artifacts (hash);
)sql";

constexpr std::array<const char*, 1> kMigrations = {kSchema1};

Result<void> make_schema(Connection& connection) {
  const auto there = connection.integer(fmt::format("SELECT count(*) FROM pg_namespace WHERE nspname='{}'", kSchema));
  if (!there) return fail(there.error());
  if (*there == 0) {
    if (auto made = connection.script(fmt::format("CREATE SCHEMA {}", kSchema)); !made) {
      return fail(ErrorCode::kConflict, fmt::format("{}: let the user of store.url make the schema {}, or make it for "
                                                    "them: CREATE SCHEMA {} AUTHORIZATION their_name",
                                                    made.error().message, kSchema, kSchema));
    }
  }
  return connection.script("CREATE TABLE IF NOT EXISTS schema_steps (step BIGINT PRIMARY KEY)");
}

}  // namespace

Result<void> migrate(Connection& connection) {
  if (auto made = make_schema(connection); !made) return made;
  const auto done = connection.integer("SELECT count(*) FROM schema_steps");
  if (!done) return fail(done.error());
  const auto known = static_cast<std::int64_t>(kMigrations.size());
  if (*done > known) {
    return fail(ErrorCode::kConflict, fmt::format("the database of store.url was written by a newer commandcenter "
                                                  "(schema {}, this one knows {}): upgrade, or choose another",
                                                  *done, known));
  }
  for (auto step = static_cast<std::size_t>(*done); step < kMigrations.size(); ++step) {
    const std::string sql =
        fmt::format("BEGIN; {}; INSERT INTO schema_steps VALUES({}); COMMIT", kMigrations[step], step + 1);
    if (auto migrated = connection.script(sql); !migrated) {
      static_cast<void>(connection.script("ROLLBACK"));
      return migrated;
    }
  }
  return {};
}

}  // namespace commandcenter::store::postgres
