#include "outbox/translate.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/text.h"
#include "core/run/run.h"
#include "observe/trace.h"

namespace commandcenter::outbox {
namespace {

constexpr std::size_t kMaxCachedRuns = 1'000;
constexpr std::size_t kMaxCachedPlans = 200;
constexpr std::size_t kMaxPreview_bytes = 64 << 10;
constexpr int kJournalDepth = kMaxJsonDepth + 8;  // an entry wraps what a node said

int depth_of(const Json& context) {
  const Json* depth = find_member(context, "eventDepth");
  const bool counts = depth != nullptr && depth->is_number_integer() && *depth >= 0 && *depth < 1'000;
  return counts ? depth->get<int>() + 1 : 1;
}

// What a node gave, unless it is too much for a message.
Json shortened(const Json& output, std::size_t& room_bytes) {
  const std::size_t size_bytes = dump_json(output).size();
  if (size_bytes > std::min(room_bytes, kMaxOutput_bytes)) return {{"leftOut", true}, {"bytes", size_bytes}};
  room_bytes -= size_bytes;
  return output;
}

std::string preview_of(const Json& input, Masker& masker) {
  std::string text = dump_json_pretty(masker.masked(input));
  if (text.size() > kMaxPreview_bytes)
    text = fmt::format("{}… ({} bytes)", whole_characters(std::string_view(text).substr(0, kMaxPreview_bytes)),
                       text.size());
  return text;
}

bool is_end(std::string_view status) {
  return status == "SUCCESS" || status == "FAILED" || status == "CANCELLED";
}

}  // namespace

// One entry on its way to events.
class Translator::Entry {
 public:
  Entry(store::Store& store, Masker& masker, const store::EventRow& row, const Run& run, const Json& document,
        std::vector<PublicEvent>& events)
      : store_(store), masker_(masker), row_(row), run_(run), document_(document), events_(events) {}

  Result<void> translate() {
    if (row_.type == "run.created") {
      Json body = common();
      body["workflowVersion"] = run_.workflow_version;
      body["trigger"] = run_.trigger;
      add("workflow.started." + run_.workflow_id, std::move(body));
    }
    if (row_.type.starts_with("approval.")) {
      if (auto decided = decision(); !decided) return decided;
    }
    if (const Json* changes = find_member(document_, "nodes")) {
      for (const Json& change : *changes) {
        if (auto added = node(change); !added) return added;
      }
    }
    const std::string status = string_member(document_, "status");
    return is_end(status) ? end(status) : Result<void>{};
  }

 private:
  void add(std::string subject, Json body) {
    PublicEvent event;
    event.subject = std::move(subject);
    event.body = std::move(body);
    event.position = row_.position;
    event.part = part_++;
    event.project_id = run_.project_id;
    event.depth = run_.depth;
    event.correlation_id = run_.correlation_id;
    event.trace_parent = run_.trace_parent;
    events_.push_back(std::move(event));
  }

  Json common() const {
    return {{"workflowRunId", row_.run_id},
            {"workflowId", run_.workflow_id},
            {"workflowName", run_.plan->name},
            {"projectId", run_.project_id},
            {"at", iso8601(row_.at_ms)}};
  }

  const workflow::AgentSnapshot* agent_of(const std::string& node_id) const {
    const auto index = run_.plan->find_node(node_id);
    if (!index || run_.plan->nodes[*index].is_transform) return nullptr;
    return &run_.plan->agents[run_.plan->nodes[*index].agent];
  }

  Json of_node(const Json& change, const workflow::AgentSnapshot* agent) const {
    const std::string node_id = string_member(change, "nodeId");
    const auto index = run_.plan->find_node(node_id);
    Json body = common();
    body["nodeId"] = node_id;
    body["agentName"] = agent != nullptr ? Json(agent->name) : Json(nullptr);
    body["action"] = index ? Json(run_.plan->nodes[*index].action) : Json(nullptr);
    for (const char* key : {"attempt", "status", "reason", "error"}) {
      if (const Json* value = find_member(change, key)) body[key] = *value;
    }
    return body;
  }

  Result<void> node(const Json& change) {
    const std::string status = string_member(change, "status");
    if (status == "WAITING_APPROVAL") return request(change);
    const workflow::AgentSnapshot* agent = agent_of(string_member(change, "nodeId"));
    for (const auto& [word, subject] : {std::pair{"RUNNING", "workflow.node.started"},
                                        {"SUCCESS", "workflow.node.completed"},
                                        {"FAILED", "workflow.node.failed"},
                                        {"SKIPPED", "workflow.node.skipped"},
                                        {"CANCELLED", "workflow.node.cancelled"}}) {
      // A node whose approved patch is being written has started long before.
      const bool is_applying = status == "RUNNING" && row_.type == "approval.decided";
      if (status == word && !is_applying) add(subject, of_node(change, agent));
    }
    const bool agent_ended = agent != nullptr && is_end_of_agent(row_.type) && ended_node() == change["nodeId"];
    if (agent_ended) executed(change, *agent);
    return {};
  }

  // An agent that changes files has done its work when its patch is written, or nothing was to be written.
  static bool is_end_of_agent(std::string_view type) {
    return type == "node.succeeded" || type == "node.failed" || type == "node.previewed" || type == "patch.applied" ||
           type == "patch.refused";
  }

  Json ended_node() const {
    const Json* data = find_member(document_, "data");
    const Json* node = data != nullptr ? find_member(*data, "node") : nullptr;
    return node != nullptr ? *node : Json(nullptr);
  }

  void executed(const Json& change, const workflow::AgentSnapshot& agent) {
    const bool succeeded = string_member(change, "status") == "SUCCESS";
    Json body = of_node(change, &agent);
    body["agentId"] = agent.id;
    body["agentVersion"] = agent.version;
    if (const Json* stored = find_member(document_, "outputArtifact"); succeeded && stored != nullptr) {
      body["output"] = {{"$artifact", *stored}};
    } else if (const Json* output = find_member(document_["data"], "output"); succeeded && output != nullptr) {
      std::size_t room_bytes = kMaxOutput_bytes;
      body["output"] = shortened(*output, room_bytes);
    }
    const std::string name = bus::subject_token(agent.name);
    add("agent.executed." + name, body);
    add("agent.result." + name, body);
    add(fmt::format("hub.agent.{}.{}", run_.project_id, succeeded ? "executed" : "error"), std::move(body));
  }

  Result<std::optional<store::ApprovalRow>> approval_of(const std::string& node_id) const {
    auto rows = store::read_all<store::ApprovalRow>(
        store_, {.table = store::Table::kApprovals, .run_id = row_.run_id, .newest_first = true});
    if (!rows) return fail(std::move(rows.error()));
    for (store::ApprovalRow& row : *rows) {
      if (row.node == node_id) return std::optional(std::move(row));
    }
    return std::optional<store::ApprovalRow>();
  }

  Result<void> request(const Json& change) {
    const std::string node_id = string_member(change, "nodeId");
    const auto approval = approval_of(node_id);
    if (!approval) return fail(approval.error());
    if (!*approval) return {};
    const workflow::AgentSnapshot* agent = agent_of(node_id);
    const auto document = parse_json((*approval)->document, kJournalDepth);
    const Json* input = document ? find_member(*document, "input") : nullptr;
    const auto index = run_.plan->find_node(node_id);
    const Json body = {{"approvalId", (*approval)->id},
                       {"workflowRunId", row_.run_id},
                       {"nodeId", node_id},
                       {"agentName", agent != nullptr ? Json(agent->name) : Json(nullptr)},
                       {"action", index ? Json(run_.plan->nodes[*index].action) : Json(nullptr)},
                       {"inputsPreview", preview_of(input != nullptr ? *input : Json::object(), masker_)}};
    add("workflow.approval.requested", body);
    add(fmt::format("hub.approval.{}.requested", run_.project_id), body);
    return {};
  }

  Result<void> decision() {
    const Json node_id = ended_node();
    if (!node_id.is_string()) return {};
    const auto approval = approval_of(node_id.get<std::string>());
    if (!approval) return fail(approval.error());
    if (!*approval || (*approval)->status == "PENDING") return {};
    Json body = common();
    body["approvalId"] = (*approval)->id;
    body["nodeId"] = node_id;
    body["decision"] = (*approval)->status;
    body["respondedBy"] = (*approval)->responded_by.empty() ? Json(nullptr) : Json((*approval)->responded_by);
    body["notes"] = (*approval)->notes;
    add("workflow.approval.decided", body);
    add(fmt::format("hub.approval.{}.{}", run_.project_id, (*approval)->status == "APPROVED" ? "approved" : "rejected"),
        std::move(body));
    return {};
  }

  // What every node that succeeded gave, in the plan's order.
  Result<Json> results() const {
    auto rows = store::read_all<store::NodeRunRow>(store_, {.table = store::Table::kNodeRuns, .run_id = row_.run_id});
    if (!rows) return fail(std::move(rows.error()));
    Json list = Json::array();
    std::size_t room_bytes = kMaxResults_bytes;
    for (const workflow::PlannedNode& planned : run_.plan->nodes) {
      for (const store::NodeRunRow& row : *rows) {
        if (row.node != planned.id || row.status != "SUCCESS") continue;
        const workflow::AgentSnapshot* agent = agent_of(planned.id);
        const auto output = parse_json(row.output, kJournalDepth);
        list.push_back({{"nodeId", planned.id},
                        {"agentName", agent != nullptr ? Json(agent->name) : Json(nullptr)},
                        {"output", output ? shortened(*output, room_bytes) : Json(nullptr)}});
      }
    }
    return list;
  }

  Result<void> end(const std::string& status) {
    auto list = results();
    if (!list) return fail(std::move(list.error()));
    Json body = common();
    body["status"] = status;
    body["results"] = std::move(*list);
    if (const std::string error = string_member(document_, "error"); status != "SUCCESS" && !error.empty())
      body["error"] = error;
    const std::string_view word = status == "SUCCESS" ? "completed" : (status == "FAILED" ? "failed" : "cancelled");
    add(fmt::format("workflow.{}.{}", word, bus::subject_token(run_.plan->name)), body);
    add("workflow.run.completed", body);
    if (status != "CANCELLED") {
      add(fmt::format("hub.workflow.{}.{}", run_.project_id, status == "SUCCESS" ? "success" : "failed"),
          std::move(body));
    }
    return {};
  }

  store::Store& store_;
  Masker& masker_;
  const store::EventRow& row_;
  const Run& run_;
  const Json& document_;
  std::vector<PublicEvent>& events_;
  int part_ = 0;
};

Result<void> Translator::translate(const store::EventRow& entry, std::vector<PublicEvent>& events) {
  const auto run = run_of(entry.run_id);
  if (!run) return fail(run.error());
  if (!*run) return {};
  const auto document = parse_json(entry.document, kJournalDepth);
  if (!document || !document->is_object()) return {};
  return Entry(store_, masker_, entry, **run, *document, events).translate();
}

Result<std::shared_ptr<const Translator::Run>> Translator::run_of(const std::string& run_id) {
  if (const auto known = runs_.find(run_id); known != runs_.end()) return known->second;
  const auto row = store::read_one<store::RunRow>(store_, {.table = store::Table::kRuns, .id = run_id});
  if (!row) return fail(row.error());
  if (!*row) return std::shared_ptr<const Run>();
  auto plan = plan_of((*row)->plan_id);
  if (!plan) return fail(std::move(plan.error()));
  if (!*plan) return std::shared_ptr<const Run>();
  const auto context = parse_json((*row)->context, kJournalDepth);
  auto run = std::make_shared<Run>();
  run->workflow_id = (*row)->workflow_id;
  run->workflow_version = (*row)->workflow_version;
  run->project_id = (*row)->project_id;
  run->trigger = (*row)->trigger;
  run->plan = std::move(*plan);
  if (context && context->is_object()) {
    run->depth = depth_of(*context);
    run->correlation_id = string_member(*context, "correlationId");
  }
  // What follows from the run is below it in its trace.
  const observe::TraceContext trace = observe::trace_of_run(run_id, context.value_or(Json()), (*row)->trace_parent);
  run->trace_parent = observe::trace_parent({trace.trace_id, observe::span_id_of(run_id)});
  if (runs_.size() >= kMaxCachedRuns) runs_.clear();
  runs_[run_id] = run;
  return std::shared_ptr<const Run>(run);
}

Result<std::shared_ptr<const workflow::Plan>> Translator::plan_of(const std::string& plan_id) {
  if (const auto known = plans_.find(plan_id); known != plans_.end()) return known->second;
  const auto row = store::read_one<store::PlanRow>(store_, {.table = store::Table::kPlans, .id = plan_id});
  if (!row) return fail(row.error());
  if (!*row) return std::shared_ptr<const workflow::Plan>();
  auto plan = workflow::load_plan((*row)->document);
  if (!plan) return fail(std::move(plan.error()));
  if (plans_.size() >= kMaxCachedPlans) plans_.clear();
  plans_[plan_id] = *plan;
  return std::move(*plan);
}

}  // namespace commandcenter::outbox
