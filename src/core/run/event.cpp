// Events to and from the journal's JSON.
#include "core/run/event.h"

#include <fmt/format.h>

namespace commandcenter::run {
namespace {

struct TypeOf {
  std::string_view operator()(const RunCreated&) const { return "run.created"; }
  std::string_view operator()(const RunAdmitted&) const { return "run.admitted"; }
  std::string_view operator()(const NodeStarted&) const { return "node.started"; }
  std::string_view operator()(const NodeSucceeded&) const { return "node.succeeded"; }
  std::string_view operator()(const NodePreviewed&) const { return "node.previewed"; }
  std::string_view operator()(const PatchApplied&) const { return "patch.applied"; }
  std::string_view operator()(const PatchRefused&) const { return "patch.refused"; }
  std::string_view operator()(const NodeFailed&) const { return "node.failed"; }
  std::string_view operator()(const NodeInterrupted&) const { return "node.interrupted"; }
  std::string_view operator()(const RetryDue&) const { return "node.retry_due"; }
  std::string_view operator()(const ApprovalDecided&) const { return "approval.decided"; }
  std::string_view operator()(const ApprovalExpired&) const { return "approval.expired"; }
  std::string_view operator()(const RunCancelled&) const { return "run.cancelled"; }
  std::string_view operator()(const RunTimedOut&) const { return "run.timed_out"; }
};

struct Encode {
  const workflow::Plan& plan;

  Json at(std::size_t node) const { return {{"node", plan.nodes[node].id}}; }
  Json at(std::size_t node, std::int64_t attempt) const {
    return {{"node", plan.nodes[node].id}, {"attempt", attempt}};
  }

  Json operator()(const RunCreated& e) const {
    Json json = {{"run", e.run_id},
                 {"workflow", e.workflow_id},
                 {"version", e.workflow_version},
                 {"trigger", e.trigger},
                 {"context", e.context}};
    if (!e.workspace.empty()) json["workspace"] = e.workspace;
    if (!e.retry_of.empty()) json["retryOf"] = e.retry_of;
    if (!e.rerun_from.empty()) json["from"] = e.rerun_from;
    if (e.queued) json["queued"] = true;
    if (!e.error.empty()) json["error"] = e.error;
    if (!e.trace_parent.empty()) json["traceParent"] = e.trace_parent;
    if (!e.kept.empty()) {
      json["kept"] = Json::object();
      for (const auto& [node, output] : e.kept)
        json["kept"][node] = output;
    }
    return json;
  }
  Json operator()(const RunAdmitted&) const { return Json::object(); }
  Json operator()(const NodeStarted& e) const { return at(e.node, e.attempt); }
  Json operator()(const NodeSucceeded& e) const {
    Json json = at(e.node, e.attempt);
    json["output"] = e.output;
    return json;
  }
  Json operator()(const NodePreviewed& e) const {
    Json json = at(e.node, e.attempt);
    json["output"] = e.output;
    json["patch"] = e.patch.text;
    json["files"] = e.patch.files;
    json["added"] = e.patch.added;
    json["removed"] = e.patch.removed;
    return json;
  }
  Json operator()(const PatchApplied& e) const {
    Json json = at(e.node, e.attempt);
    json["reverse"] = e.reverse;
    return json;
  }
  Json operator()(const PatchRefused& e) const {
    Json json = at(e.node, e.attempt);
    json["error"] = e.error;
    return json;
  }
  Json operator()(const NodeFailed& e) const {
    Json json = at(e.node, e.attempt);
    json["reason"] = e.reason;
    json["error"] = e.error;
    json["jitter"] = e.jitter;
    return json;
  }
  Json operator()(const NodeInterrupted& e) const { return at(e.node, e.attempt); }
  Json operator()(const RetryDue& e) const { return at(e.node); }
  Json operator()(const ApprovalDecided& e) const {
    Json json = at(e.node);
    json["approved"] = e.approved;
    json["by"] = e.by;
    json["notes"] = e.notes;
    return json;
  }
  Json operator()(const ApprovalExpired& e) const { return at(e.node); }
  Json operator()(const RunCancelled& e) const {
    Json json = {{"by", e.by}};
    if (!e.superseded_by.empty()) json["supersededBy"] = e.superseded_by;
    return json;
  }
  Json operator()(const RunTimedOut&) const { return Json::object(); }
};

// Reads the members of one event; the first one that is missing or unknown makes the whole event unreadable.
class Reader {
 public:
  Reader(const Json& document, const workflow::Plan& plan) : document_(document), plan_(plan) {}

  std::size_t node() {
    const auto index = plan_.find_node(string_member(document_, "node"));
    if (!index) ok_ = false;
    return index.value_or(0);
  }
  std::int64_t integer(std::string_view key) {
    const Json* value = find_member(document_, key);
    if (value == nullptr || !value->is_number_integer()) {
      ok_ = false;
      return 0;
    }
    return value->get<std::int64_t>();
  }
  std::string text(std::string_view key) { return string_member(document_, key); }
  Json value(std::string_view key) {
    const Json* found = find_member(document_, key);
    if (found == nullptr) ok_ = false;
    return found == nullptr ? Json() : *found;
  }
  bool boolean(std::string_view key) {
    const Json* value = find_member(document_, key);
    if (value == nullptr || !value->is_boolean()) {
      ok_ = false;
      return false;
    }
    return value->get<bool>();
  }
  bool flag(std::string_view key) { return find_member(document_, key) != nullptr && boolean(key); }  // false if absent
  double number(std::string_view key) {
    const Json* value = find_member(document_, key);
    if (value == nullptr || !value->is_number()) {
      ok_ = false;
      return 0.0;
    }
    return value->get<double>();
  }
  std::map<std::string, Json> members(std::string_view key) {
    std::map<std::string, Json> all;
    if (const Json* value = find_member(document_, key); value != nullptr && value->is_object()) {
      for (const auto& [name, member] : value->items())
        all.emplace(name, member);
    }
    return all;
  }
  bool ok() const { return ok_; }

 private:
  const Json& document_;
  const workflow::Plan& plan_;
  bool ok_ = true;
};

}  // namespace

std::string_view event_type(const Payload& payload) {
  return std::visit(TypeOf{}, payload);
}

Json encode(const Event& event, const workflow::Plan& plan) {
  return std::visit(Encode{plan}, event.payload);
}

Result<Event> decode(std::string_view type, std::int64_t at_ms, const Json& document, const workflow::Plan& plan) {
  Reader in(document, plan);
  Event event{at_ms, RunTimedOut{}};
  bool known = true;
  if (type == "run.created") {
    event.payload =
        RunCreated{in.text("run"),      in.text("workflow"),  in.integer("version"), in.text("trigger"),
                   in.value("context"), in.text("workspace"), in.text("retryOf"),    in.members("kept"),
                   in.text("from"),     in.flag("queued"),    in.text("error"),      in.text("traceParent")};
  } else if (type == "run.admitted") {
    event.payload = RunAdmitted{};
  } else if (type == "node.started") {
    event.payload = NodeStarted{in.node(), in.integer("attempt")};
  } else if (type == "node.succeeded") {
    event.payload = NodeSucceeded{in.node(), in.integer("attempt"), in.value("output")};
  } else if (type == "node.previewed") {
    event.payload = NodePreviewed{in.node(),
                                  in.integer("attempt"),
                                  in.value("output"),
                                  {in.text("patch"), in.integer("files"), in.integer("added"), in.integer("removed")}};
  } else if (type == "patch.applied") {
    event.payload = PatchApplied{in.node(), in.integer("attempt"), in.text("reverse")};
  } else if (type == "patch.refused") {
    event.payload = PatchRefused{in.node(), in.integer("attempt"), in.text("error")};
  } else if (type == "node.failed") {
    event.payload =
        NodeFailed{in.node(), in.integer("attempt"), in.text("reason"), in.text("error"), in.number("jitter")};
  } else if (type == "node.interrupted") {
    event.payload = NodeInterrupted{in.node(), in.integer("attempt")};
  } else if (type == "node.retry_due") {
    event.payload = RetryDue{in.node()};
  } else if (type == "approval.decided") {
    event.payload = ApprovalDecided{in.node(), in.boolean("approved"), in.text("by"), in.text("notes")};
  } else if (type == "approval.expired") {
    event.payload = ApprovalExpired{in.node()};
  } else if (type == "run.cancelled") {
    event.payload = RunCancelled{in.text("by"), in.text("supersededBy")};
  } else {
    known = type == "run.timed_out";
  }
  if (!known || !in.ok())
    return fail(ErrorCode::kInternal, fmt::format("the journal holds an unreadable event ({})", type));
  return event;
}

}  // namespace commandcenter::run
