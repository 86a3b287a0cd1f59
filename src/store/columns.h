// Each row type's columns, in the order of its members: what is bound, what is read back.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "store/store.h"

namespace commandcenter::store {

template <typename T, typename Row>
concept Some = std::same_as<std::remove_const_t<T>, Row>;

auto fields(Some<AgentRow> auto& r) {
  return std::tie(r.id, r.project_id, r.name, r.revision, r.document, r.created_at_ms, r.updated_at_ms);
}
auto fields(Some<WorkflowRow> auto& r) {
  return std::tie(r.id, r.project_id, r.name, r.version, r.status, r.document, r.created_at_ms, r.updated_at_ms);
}
auto fields(Some<WorkflowVersionRow> auto& r) {
  return std::tie(r.workflow_id, r.version, r.document, r.created_at_ms);
}
auto fields(Some<PlanRow> auto& r) {
  return std::tie(r.id, r.document);
}
auto fields(Some<RunRow> auto& r) {
  return std::tie(r.id, r.workflow_id, r.workflow_version, r.project_id, r.plan_id, r.trigger, r.context, r.workspace,
                  r.status, r.finished, r.error, r.retry_of, r.started_at_ms, r.finished_at_ms, r.rerun_from, r.phase,
                  r.lane, r.ticket, r.deadline_ms, r.trace_parent);
}
auto fields(Some<NodeRunRow> auto& r) {
  return std::tie(r.id, r.run_id, r.node, r.item, r.attempt, r.agent_id, r.status, r.finished, r.input, r.output,
                  r.error, r.reason, r.detail, r.created_at_ms, r.started_at_ms, r.finished_at_ms);
}
auto fields(Some<ApprovalRow> auto& r) {
  return std::tie(r.id, r.run_id, r.node, r.project_id, r.status, r.hash, r.document, r.requested_at_ms,
                  r.expires_at_ms, r.responded_at_ms, r.responded_by, r.notes);
}
auto fields(Some<EventRow> auto& r) {
  return std::tie(r.position, r.run_id, r.sequence, r.at_ms, r.type, r.document);
}
auto fields(Some<LogRow> auto& r) {
  return std::tie(r.node_run_id, r.run_id, r.chunk, r.at_ms, r.text);
}
auto fields(Some<StateRow> auto& r) {
  return std::tie(r.space, r.key, r.document, r.updated_at_ms, r.expires_at_ms);
}
auto fields(Some<AgentVersionRow> auto& r) {
  return std::tie(r.agent_id, r.revision, r.document, r.created_at_ms);
}
auto fields(Some<ArtifactRow> auto& r) {
  return std::tie(r.run_id, r.node_run_id, r.name, r.hash, r.size_bytes, r.media_type, r.created_at_ms);
}

// The columns of each table, in Table's order. "trigger" is a word of SQL, hence its longer name there.
inline constexpr std::array<std::string_view, std::variant_size_v<Row>> kColumns = {
    "id,project_id,name,revision,document,created_at_ms,updated_at_ms",
    "id,project_id,name,version,status,document,created_at_ms,updated_at_ms",
    "workflow_id,version,document,created_at_ms",
    "id,document",
    "id,workflow_id,workflow_version,project_id,plan_id,trigger_name,context,workspace,status,finished,error,retry_of,"
    "started_at_ms,finished_at_ms,rerun_from,phase,lane,ticket,deadline_ms,trace_parent",
    "id,run_id,node,item,attempt,agent_id,status,finished,input,output,error,reason,detail,created_at_ms,started_at_ms,"
    "finished_at_ms",
    "id,run_id,node,project_id,status,hash,document,requested_at_ms,expires_at_ms,responded_at_ms,responded_by,notes",
    "position,run_id,sequence,at_ms,type,document",
    "node_run_id,run_id,chunk,at_ms,text",
    "space,key,document,updated_at_ms,expires_at_ms",
    "agent_id,revision,document,created_at_ms",
    "run_id,node_run_id,name,hash,size_bytes,media_type,created_at_ms",
};

}  // namespace commandcenter::store
