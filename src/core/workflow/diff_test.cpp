// Pitfall B9: what changed between two versions of a workflow.
#include "core/workflow/diff.h"

#include <gtest/gtest.h>

#include "base/document.h"

namespace commandcenter::workflow {
namespace {

Definition definition(const std::string& text) {
  const auto document = parse_document(text);
  EXPECT_TRUE(document) << document.error().message;
  auto parsed = parse_definition(document->value);
  EXPECT_TRUE(parsed) << describe(parsed.error());
  return std::move(*parsed);
}

std::string changes(const std::string& before, const std::string& after) {
  std::string text;
  const Json list = to_json(diff(definition(before), definition(after)));
  for (const Json& change : list) {
    text += string_member(change, "kind") + " " + string_member(change, "path") + " " + dump_json(change["before"]) +
            " " + dump_json(change["after"]) + "\n";
  }
  return text;
}

constexpr const char* kBase = R"(
name: w
nodes:
  - {id: scan, agent: security-scanner, action: scan, input: {target: /workspace, deep: {a: 1}}}
  - {id: tell, agent: notifier, action: send, input: {channel: console, message: hi}, dependsOn: scan}
)";

TEST(WorkflowDiff, EqualDefinitionsHaveNoDifference) {
  EXPECT_EQ(changes(kBase, kBase), "");
}

TEST(WorkflowDiff, AnotherDialectIsNoDifference) {
  EXPECT_EQ(changes(kBase, R"({"name": "w", "nodes": [
    {"id": "scan", "agentName": "security-scanner", "action": "scan",
     "inputsJson": {"deep": {"a": 1}, "target": "/workspace"}},
    {"id": "tell", "agentName": "notifier", "action": "send", "input": {"message": "hi", "channel": "console"}}],
    "edges": [{"from": "scan", "to": "tell"}], "trigger": "MANUAL"})"),
            "");
}

TEST(WorkflowDiff, OnlyWhatChangedWithinANodeIsTold) {
  EXPECT_EQ(changes(kBase, R"(
name: w
timeout: 10m
nodes:
  - {id: scan, agent: security-scanner, action: scan, input: {target: /workspace, deep: {a: 2}, severity: high}}
  - {id: tell, agent: notifier, action: send, input: {channel: console}, dependsOn: scan, retry: {attempts: 3}}
)"),
            "added timeout null \"10m\"\n"
            "changed nodes.scan.input.deep.a 1 2\n"
            "added nodes.scan.input.severity null \"high\"\n"
            "removed nodes.tell.input.message \"hi\" null\n"
            "added nodes.tell.retry null "
            "{\"attempts\":3,\"backoff\":\"1s\",\"factor\":2.0,\"maxBackoff\":\"1m\",\"jitter\":0.1}\n");
}

TEST(WorkflowDiff, NodesAreKnownByTheirIdsNotTheirPlaces) {
  EXPECT_EQ(changes(kBase, R"(
name: w
nodes:
  - {id: tell, agent: notifier, action: send, input: {channel: console, message: hi}, dependsOn: scan}
  - {id: scan, agent: security-scanner, action: scan, input: {target: /workspace, deep: {a: 1}}}
)"),
            "moved nodes [\"scan\",\"tell\"] [\"tell\",\"scan\"]\n");
  EXPECT_EQ(changes(kBase, R"(
name: w
nodes:
  - {id: first, transform: {}}
  - {id: scan, agent: security-scanner, action: scan, input: {target: /workspace, deep: {a: 1}}, dependsOn: first}
)"),
            "added nodes.first null {\"id\":\"first\",\"transform\":{}}\n"
            "added nodes.scan.dependsOn null [\"first\"]\n"
            "removed nodes.tell {\"id\":\"tell\",\"agent\":\"notifier\",\"action\":\"send\",\"input\":"
            "{\"channel\":\"console\",\"message\":\"hi\"},\"dependsOn\":[\"scan\"]} null\n");
}

}  // namespace
}  // namespace commandcenter::workflow
