// Rows for tests: valid, with what a test does not care about filled in.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "store/store.h"

namespace commandcenter::store {
namespace sample {

inline AgentRow agent(std::string id, std::string name, std::int64_t project_id = 1) {
  return {std::move(id), project_id, std::move(name), 3, "{\"a\":1}", 1'000, 2'000};
}
inline WorkflowRow workflow(std::string id, std::string name, std::int64_t created_at_ms = 1'000) {
  return {std::move(id), 1, std::move(name), 1, "ACTIVE", "{}", created_at_ms, created_at_ms};
}
inline RunRow run(std::string id, std::string workflow_id, std::int64_t started_at_ms = 1'000) {
  RunRow row;
  row.id = std::move(id);
  row.workflow_id = std::move(workflow_id);
  row.plan_id = "plan";
  row.trigger = "manual";
  row.context = "{}";
  row.status = "RUNNING";
  row.started_at_ms = started_at_ms;
  return row;
}
inline NodeRunRow node_run(std::string id, std::string run_id, std::string node, std::int64_t created_at_ms = 1'000) {
  NodeRunRow row;
  row.id = std::move(id);
  row.run_id = std::move(run_id);
  row.node = std::move(node);
  row.status = "PENDING";
  row.created_at_ms = created_at_ms;
  return row;
}
inline ApprovalRow approval(std::string id, std::string run_id, std::int64_t requested_at_ms,
                            std::int64_t expires_at_ms) {
  ApprovalRow row;
  row.id = std::move(id);
  row.run_id = std::move(run_id);
  row.node = "review";
  row.status = "PENDING";
  row.hash = "hash";
  row.document = "{}";
  row.requested_at_ms = requested_at_ms;
  row.expires_at_ms = expires_at_ms;
  return row;
}
inline EventRow event(std::string run_id, std::int64_t sequence) {
  return {0, std::move(run_id), sequence, 1'000 + sequence, "NodeStarted", "{}"};
}
inline LogRow log(std::string node_run_id, std::string run_id, std::int64_t chunk, std::string text = "line\n") {
  return {std::move(node_run_id), std::move(run_id), chunk, 1'000, std::move(text)};
}
inline StateRow state(std::string space, std::string key, std::optional<std::int64_t> expires_at_ms = std::nullopt) {
  return {std::move(space), std::move(key), "{}", 1'000, expires_at_ms};
}
inline ArtifactRow artifact(std::string run_id, std::string node_run_id, std::string name, std::string hash) {
  return {std::move(run_id), std::move(node_run_id), std::move(name), std::move(hash), 7, "text/plain", 1'000};
}

}  // namespace sample

}  // namespace commandcenter::store
