// The schemas of the objects that views.h and replies.h make: what they say here, those functions must do.
#include "server/api.h"

namespace commandcenter::server {
namespace {

using namespace schema;

Json run_status() {
  return words({"PENDING", "RUNNING", "WAITING_APPROVAL", "SUCCESS", "FAILED", "CANCELLED"});
}

Json error() {
  const Json problem = object({{"path", described(text(), "Where: nodes[1].dependsOn[0]")},
                               {"message", text()},
                               optional("line", described(integer(), "From 1, when the text is known")),
                               optional("column", integer())});
  return object(
      {{"error", described(text(), "For people: what was wrong, the value, the limit, what to do")},
       {"code", described(text(), "For programs: invalid, invalid_json, not_found, conflict, …")},
       {"requestId", text()},
       optional("problems", described(list(problem), "Everything that is wrong with a definition")),
       optional("column", described(integer(), "Of a schedule that cannot be read: at which character, from 1")),
       optional("required", list(text())),
       optional("validTypes", list(text())),
       optional("validRiskLevels", list(text())),
       optional("validStatuses", list(text())),
       optional("currentStatus", text()),
       optional("currentVersion", described(integer(), "That If-Match does not name")),
       optional("currentUpdatedAt", described(timestamp(), "When that version was made")),
       optional("status", nullable(text()))});
}

Json agent() {
  return object({{"id", text()},
                 {"projectId", integer()},
                 {"name", text()},
                 {"type", words({"LLM", "RULE", "API", "SCRIPT"})},
                 {"description", nullable(text())},
                 {"entryPath", text()},
                 {"version", text()},
                 {"riskLevel", words({"AUTO", "APPROVAL_REQUIRED"})},
                 {"registeredAt", timestamp()},
                 {"updatedAt", timestamp()}});
}

Json capability() {
  return object({{"id", text()},
                 {"agentId", text()},
                 {"name", text()},
                 {"description", nullable(text())},
                 {"inputSchema", described(any(), "A JSON Schema")},
                 {"outputSchema", described(any(), "A JSON Schema")}});
}

Json limits() {
  return object({optional("timeoutMs", described(integer(), "Absent: the server's agents.timeout")),
                 optional("memoryBytes", described(integer(), "Absent: the server's agents.memory")),
                 {"fileSizeBytes", integer()},
                 {"scratchBytes", integer()},
                 {"stdoutBytes", integer()},
                 {"logBytes", integer()},
                 {"scratchFiles", integer()},
                 {"openFiles", integer()},
                 {"processes", integer()},
                 {"cpuPercent", described(integer(), "Of one processor; 0: no limit")},
                 {"workspaceBytes", integer()}});
}

Json registered_agent() {
  return extended(agent(), {{"capabilities", list(ref("Capability"))},
                            {"runtime", words({"builtin", "command", "oci"})},
                            optional("image", described(text(), "Of a container, when the runtime is oci")),
                            {"effects", words({"none", "workspace", "external"})},
                            {"limits", ref("Limits")},
                            {"network", described(list(text()), "Hosts that it asks for")},
                            {"secrets", described(list(text()), "Names of those that it needs")}});
}

Json node() {
  const Json retry = object({{"attempts", integer()},
                             {"backoff", text()},
                             {"factor", number()},
                             {"maxBackoff", text()},
                             {"jitter", number()}});
  return object({{"id", text()},
                 {"workflowId", text()},
                 {"agentId", described(nullable(text()), "null for a transform")},
                 {"action", text()},
                 {"inputsJson", any()},
                 {"dependsOn", list(text())},
                 {"approvalRequired", boolean()},
                 {"symbolicId", text()},
                 {"agentName", nullable(text())},
                 optional("when", text()),
                 optional("join", words({"all-done", "any-success"})),
                 optional("retry", retry),
                 optional("timeout", text()),
                 optional("onError", described(text(), "`continue`, or the id of the node that stands in")),
                 optional("approval", any()),
                 optional("position", any()),
                 optional("transform", any())});
}

Json workflow() {
  return object({{"id", text()},
                 {"projectId", integer()},
                 {"name", text()},
                 {"description", nullable(text())},
                 {"trigger", described(any(), "As it was written")},
                 {"status", words({"ACTIVE", "DRAFT", "ARCHIVED", "DELETED"})},
                 {"createdAt", timestamp()},
                 {"updatedAt", timestamp()},
                 {"version", described(integer(), "Counts every change")}});
}

Json workflow_with(std::string_view node_name) {
  return extended(workflow(), {{"nodes", list(ref(node_name))},
                               optional("nextRunAt", described(nullable(timestamp()), "By its schedule")),
                               optional("definition", described(map_of(any()), "The canonical form")),
                               optional("ignored", described(list(text()),
                                                             "Where what was sent has members that mean "
                                                             "nothing; only for who sent them"))});
}

Json run() {
  return object({{"id", text()},
                 {"workflowId", text()},
                 {"trigger", described(text(), "manual, retry, event:<type>, …")},
                 {"contextJson", described(any(), "What started it; secrets in it are masked")},
                 {"status", run_status()},
                 {"startedAt", timestamp()},
                 {"finishedAt", nullable(timestamp())},
                 {"error", nullable(text())},
                 {"workflowVersion", integer()},
                 {"retryOf", described(nullable(text()), "The run that this one repeats because it failed")},
                 {"rerunOf", described(nullable(text()), "The run that this one repeats on request")},
                 {"from", described(nullable(text()), "Where a repetition begins")},
                 {"workspace", nullable(text())},
                 {"durationMs", nullable(integer())},
                 {"traceId", described(nullable(text()), "Of the trace that it is part of, 32 hexadecimal digits")}});
}

Json agent_run() {
  return object(
      {{"id", text()},
       {"agentId", described(nullable(text()), "null for a transform")},
       {"workflowRunId", text()},
       {"nodeId", text()},
       {"inputJson", described(any(), "Resolved, but secrets in it are masked; null before that")},
       {"outputJson", described(any(), "null unless it succeeded")},
       {"status", words({"PENDING", "RUNNING", "WAITING_APPROVAL", "SUCCESS", "FAILED", "SKIPPED", "CANCELLED"})},
       {"error", nullable(text())},
       {"reason", described(nullable(text()), "For programs: timeout, dependency_failed, interrupted, …")},
       {"attempt", integer()},
       {"createdAt", timestamp()},
       {"startedAt", timestamp()},
       {"finishedAt", nullable(timestamp())},
       {"durationMs", nullable(integer())},
       {"version", described(nullable(text()), "Of the agent")},
       {"progress", nullable(object({{"fraction", number()}, {"message", text()}}))},
       {"sandbox", described(any(), "How it was isolated and what it used; null before it started")}});
}

Json approval() {
  return object(
      {{"id", text()},
       {"workflowRunId", text()},
       {"nodeId", text()},
       {"status", words({"PENDING", "APPROVED", "REJECTED"})},
       {"requestedAt", timestamp()},
       {"respondedAt", nullable(timestamp())},
       {"respondedBy", nullable(text())},
       {"notes", nullable(text())},
       {"expiresAt", timestamp()},
       {"hash", described(text(), "Over what is approved")},
       {"input", described(any(), "Resolved: what the node will get, but secrets are masked")},
       {"preview",
        described(nullable(object(
                      {{"patch", described(text(), "Whole lines, at most 256 KiB of it")},
                       {"files", integer()},
                       {"added", integer()},
                       {"removed", integer()},
                       optional("artifact",
                                described(object({{"hash", text()}, {"sizeBytes", integer()}, {"mediaType", text()}}),
                                          "All of a longer patch"))})),
                  "Of an agent that changes files: what is written when it is approved, as `git "
                  "apply` takes it")},
       {"agentName", text()},
       {"action", text()},
       {"riskLevel", text()}});
}

}  // namespace

void define_shared_schemas(Api& api) {
  api.define("Error", error());
  api.define("Limits", limits());
  api.define("Capability", capability());
  api.define("AgentSummary", agent());
  api.define("Agent", registered_agent());
  api.define("Node", node());
  api.define("NodeWithAgent", extended(node(), {{"agent", nullable(ref("AgentSummary"))}}));
  api.define("WorkflowSummary", workflow());
  api.define("Workflow", workflow_with("Node"));
  api.define("WorkflowDetail", workflow_with("NodeWithAgent"));
  api.define("Run", run());
  api.define("ListedRun", extended(run(), {{"workflowName", nullable(text())}}));
  api.define("AgentRun", extended(agent_run(), {{"agent", nullable(ref("AgentSummary"))}}));
  api.define("AgentRunDetail", extended(agent_run(), {{"agent", nullable(ref("Agent"))}}));
  api.define("Approval", approval());
  api.define(
      "ApprovalDetail",
      extended(approval(), {optional("workflowRun", extended(run(), {optional("workflow", ref("WorkflowSummary"))})),
                            optional("node", ref("NodeWithAgent"))}));
  api.define("RunDetail",
             extended(run(), {{"trace", described(nullable(object({{"id", text()}, {"url", nullable(text())}})),
                                                  "That it is part of; url: see server.traceUrl")},
                              {"workflow", nullable(ref("WorkflowDetail"))},
                              {"agentRuns", list(ref("AgentRun"))},
                              {"approvals", list(ref("Approval"))}}));
}

}  // namespace commandcenter::server
