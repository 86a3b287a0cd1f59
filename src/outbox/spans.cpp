// What a run's rows mean as spans; see run_traces.h.
#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "outbox/run_traces.h"

namespace commandcenter::outbox {
namespace {

using observe::Span;

Span::Status status_of(const std::string& status) {
  if (status == "SUCCESS" || status == "APPROVED") return Span::Status::kOk;
  return status == "FAILED" || status == "REJECTED" ? Span::Status::kError : Span::Status::kUnset;
}

// A node of a run from its first attempt to its last, and what hangs below it.
struct NodeSpan {
  Span span;
  std::int64_t attempts = 0;
};

class Builder {
 public:
  Builder(const store::RunRow& run, const workflow::Plan& plan) : run_(run), plan_(plan) {
    const observe::TraceContext context =
        observe::trace_of_run(run.id, parse_json(run.context).value_or(Json()), run.trace_parent);
    trace_id_ = context.trace_id;
    Span root = make(run.id, context.span_id, "workflow.execute", run.started_at_ms,
                     run.finished_at_ms.value_or(run.started_at_ms), run.status, run.error);
    root.attributes.insert(root.attributes.end(), {{"workflow.id", run.workflow_id},
                                                   {"workflow.name", plan.name},
                                                   {"workflow.version", run.workflow_version},
                                                   {"workflow.trigger", run.trigger},
                                                   {"workflow.status", run.status},
                                                   {"workflow.duration.ms", root.end_ms - root.begin_ms}});
    if (run.status == "FAILED") root.attributes.emplace_back("error.type", "failed");
    spans_.push_back(std::move(root));
  }

  void add(const store::NodeRunRow& row) {
    const std::string node_key = fmt::format("{}/{}/{}", run_.id, row.node, row.item);
    const std::int64_t end_ms = row.finished_at_ms.value_or(run_.finished_at_ms.value_or(row.created_at_ms));
    auto [at, fresh] = nodes_.try_emplace(node_key);
    NodeSpan& node = at->second;
    if (fresh) node.span = make(node_key, spans_[0].of.span_id, "workflow.node", row.created_at_ms, end_ms, "", "");
    ++node.attempts;
    node.span.begin_ms = std::min(node.span.begin_ms, row.created_at_ms);
    node.span.end_ms = std::max(node.span.end_ms, end_ms);
    node.span.status = status_of(row.status);
    node.span.message = row.error;
    node.span.attributes = common(row.node);
    node.span.attributes.insert(node.span.attributes.end(),
                                {{"workflow.node.status", row.status}, {"workflow.node.attempts", node.attempts}});
    by_name_.try_emplace(row.node, node.span.of.span_id);
    if (!row.agent_id.empty() && row.started_at_ms) spans_.push_back(attempt(row, node.span.of.span_id, end_ms));
  }

  void add(const store::ApprovalRow& row) {
    const auto node = by_name_.find(row.node);
    Span span =
        make(row.id, node == by_name_.end() ? spans_[0].of.span_id : node->second, "workflow.approval",
             row.requested_at_ms, row.responded_at_ms.value_or(run_.finished_at_ms.value_or(row.requested_at_ms)),
             row.status, row.status == "REJECTED" ? row.notes : "");
    span.attributes = common(row.node);
    span.attributes.insert(span.attributes.end(), {{"approval.id", row.id}, {"approval.status", row.status}});
    spans_.push_back(std::move(span));
  }

  std::vector<Span> take() {
    for (auto& [key, node] : nodes_)
      spans_.push_back(std::move(node.span));
    return std::move(spans_);
  }

 private:
  using Attributes = std::vector<std::pair<std::string, Json>>;

  Attributes common(const std::string& node) const {
    Attributes attributes{{"workflow.run.id", run_.id}};
    if (!node.empty()) attributes.emplace_back("workflow.node.id", node);
    return attributes;
  }

  Span make(std::string_view id, std::string parent, std::string name, std::int64_t begin_ms, std::int64_t end_ms,
            const std::string& status, const std::string& error) const {
    Span span;
    span.of = {trace_id_, observe::span_id_of(id)};
    span.parent_id = std::move(parent);
    span.name = std::move(name);
    span.begin_ms = begin_ms;
    span.end_ms = end_ms;
    span.status = status_of(status);
    if (span.status == Span::Status::kError) span.message = error;
    span.attributes = common("");
    return span;
  }

  Span attempt(const store::NodeRunRow& row, const std::string& parent, std::int64_t end_ms) const {
    Span span = make(row.id, parent, "agent.execute", *row.started_at_ms, end_ms, row.status, row.error);
    span.attributes = common(row.node);
    std::string name;
    std::string action;
    if (const auto index = plan_.find_node(row.node); index && !plan_.nodes[*index].is_transform) {
      name = plan_.agents[plan_.nodes[*index].agent].name;
      action = plan_.nodes[*index].action;
    }
    span.attributes.insert(span.attributes.end(), {{"agent.id", row.agent_id},
                                                   {"agent.name", name},
                                                   {"agent.action", action},
                                                   {"agent.attempt", row.attempt},
                                                   {"agent.status", row.status},
                                                   {"agent.duration.ms", end_ms - *row.started_at_ms}});
    if (!row.reason.empty()) span.attributes.emplace_back("error.type", row.reason);
    if (!row.error.empty()) span.attributes.emplace_back("error.message", row.error);
    return span;
  }

  const store::RunRow& run_;
  const workflow::Plan& plan_;
  std::string trace_id_;
  std::vector<Span> spans_;
  std::map<std::string, NodeSpan> nodes_;
  std::map<std::string, std::string> by_name_;  // a node's name, the id of its span
};

}  // namespace

std::vector<Span> spans_of(const store::RunRow& run, const std::vector<store::NodeRunRow>& attempts,
                           const std::vector<store::ApprovalRow>& approvals, const workflow::Plan& plan) {
  Builder builder(run, plan);
  for (const store::NodeRunRow& row : attempts)
    builder.add(row);
  for (const store::ApprovalRow& row : approvals)
    builder.add(row);
  return builder.take();
}

}  // namespace commandcenter::outbox
