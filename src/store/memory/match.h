// Per row type: does it meet a query's conditions, and where does it stand in the table's natural order? Header only,
// pure.
#pragma once

#include <optional>
#include <string>
#include <tuple>
#include <type_traits>

#include "store/store.h"

namespace commandcenter::store {

template <typename T>
bool holds(const std::optional<T>& condition, const T& value) {
  return !condition || *condition == value;
}

inline bool matches(const AgentRow& r, const Query& q) {
  return holds(q.id, r.id) && holds(q.project_id, r.project_id) && holds(q.name, r.name);
}
inline bool matches(const WorkflowRow& r, const Query& q) {
  return holds(q.id, r.id) && holds(q.project_id, r.project_id) && holds(q.name, r.name) &&
         holds(q.version, r.version) && holds(q.status, r.status);
}
inline bool matches(const WorkflowVersionRow& r, const Query& q) {
  return holds(q.workflow_id, r.workflow_id) && holds(q.version, r.version);
}
inline bool matches(const PlanRow& r, const Query& q) {
  return holds(q.id, r.id);
}
inline bool matches(const RunRow& r, const Query& q) {
  return holds(q.id, r.id) && holds(q.project_id, r.project_id) && holds(q.workflow_id, r.workflow_id) &&
         holds(q.version, r.workflow_version) && holds(q.status, r.status) && holds(q.trigger, r.trigger) &&
         holds(q.finished, r.finished) && holds(q.phase, r.phase) && (!q.after || r.ticket > *q.after) &&
         (!q.expires_until || (r.deadline_ms && *r.deadline_ms <= *q.expires_until)) &&
         (!q.started_from_ms || r.started_at_ms >= *q.started_from_ms) &&
         (!q.started_until_ms || r.started_at_ms < *q.started_until_ms) &&
         (!q.id_prefix || r.id.starts_with(*q.id_prefix)) &&
         (!q.removable_until || (r.finished && r.finished_at_ms && *r.finished_at_ms <= *q.removable_until));
}
inline bool matches(const NodeRunRow& r, const Query& q) {
  return holds(q.id, r.id) && holds(q.run_id, r.run_id) && holds(q.status, r.status) && holds(q.finished, r.finished);
}
inline bool matches(const ApprovalRow& r, const Query& q) {
  return holds(q.id, r.id) && holds(q.project_id, r.project_id) && holds(q.run_id, r.run_id) &&
         holds(q.status, r.status) && (!q.expires_until || r.expires_at_ms <= *q.expires_until);
}
inline bool matches(const EventRow& r, const Query& q) {
  return holds(q.run_id, r.run_id) && (!q.after || r.position > *q.after);
}
inline bool matches(const LogRow& r, const Query& q) {
  return holds(q.run_id, r.run_id) && holds(q.node_run_id, r.node_run_id) && (!q.after || r.chunk > *q.after);
}
inline bool matches(const StateRow& r, const Query& q) {
  return holds(q.id, r.key) && holds(q.space, r.space) &&
         (!q.expires_until || (r.expires_at_ms && *r.expires_at_ms <= *q.expires_until));
}
inline bool matches(const AgentVersionRow& r, const Query& q) {
  return holds(q.id, r.agent_id) && holds(q.version, r.revision);
}
inline bool matches(const ArtifactRow& r, const Query& q) {
  return holds(q.id, r.hash) && holds(q.run_id, r.run_id) && holds(q.node_run_id, r.node_run_id);
}

inline auto order_of(const AgentRow& r) {
  return std::tie(r.name, r.id);
}
inline auto order_of(const WorkflowRow& r) {
  return std::tie(r.created_at_ms, r.id);
}
inline auto order_of(const WorkflowVersionRow& r) {
  return std::tie(r.version, r.workflow_id);
}
inline auto order_of(const PlanRow& r) {
  return std::tie(r.id);
}
inline auto order_of(const RunRow& r) {
  return std::tie(r.started_at_ms, r.id);
}
inline auto order_of(const NodeRunRow& r) {
  return std::tie(r.created_at_ms, r.node, r.item, r.attempt, r.id);
}
inline auto order_of(const ApprovalRow& r) {
  return std::tie(r.requested_at_ms, r.id);
}
inline auto order_of(const EventRow& r) {
  return std::tie(r.position);
}
inline auto order_of(const LogRow& r) {
  return std::tie(r.chunk, r.node_run_id);
}
inline auto order_of(const StateRow& r) {
  return std::tie(r.space, r.key);
}
inline auto order_of(const AgentVersionRow& r) {
  return std::tie(r.revision, r.agent_id);
}
inline auto order_of(const ArtifactRow& r) {
  return std::tie(r.created_at_ms, r.node_run_id, r.name);
}

// Whether the row comes after the page's end that before_at_ms and before_id name, newest first.
template <typename T>
bool is_before(const T& row, const Query& query) {
  if constexpr (std::tuple_size_v<decltype(order_of(row))> == 2) {
    if constexpr (std::is_same_v<std::tuple_element_t<0, decltype(order_of(row))>, const std::int64_t&>)
      return order_of(row) < std::tie(*query.before_at_ms, *query.before_id);
  }
  return false;
}

// What stands first in the answer to a query, newest_first aside.
template <typename T>
bool stands_before(const T& a, const T& b, const Query& query) {
  if constexpr (std::is_same_v<T, StateRow>) {
    if (query.expires_until && a.expires_at_ms != b.expires_at_ms) return a.expires_at_ms < b.expires_at_ms;
  }
  return order_of(a) < order_of(b);
}

}  // namespace commandcenter::store
