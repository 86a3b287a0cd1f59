// Definitions in every dialect, and what is said of wrong ones.
#include <gtest/gtest.h>

#include "base/document.h"
#include "core/workflow/test_agents.h"
#include "core/workflow/workflow.h"

namespace commandcenter::workflow {
namespace {

Definition parsed(const std::string& text) {
  const auto document = parse_document(text);
  EXPECT_TRUE(document) << (document ? "" : document.error().message);
  if (!document) return {};
  auto definition = parse_definition(document->value, [&](const std::string& path) { return document->locate(path); });
  EXPECT_TRUE(definition) << (definition ? "" : describe(definition.error()));
  return definition ? *definition : Definition{};
}

std::string problems_of(const std::string& text) {
  const auto document = parse_document(text);
  EXPECT_TRUE(document) << (document ? "" : document.error().message);
  const auto definition =
      parse_definition(document->value, [&](const std::string& path) { return document->locate(path); });
  EXPECT_FALSE(definition) << text;
  return definition ? std::string() : describe(definition.error());
}

Trigger trigger_of(const std::string& json) {
  return parsed(R"({"name":"w","nodes":[],"trigger":)" + json + "}").trigger;
}

std::string trigger_problem(const std::string& json) {
  return problems_of(R"({"name":"w","nodes":[],"trigger":)" + json + "}");
}

void expect_contains(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << "looked for: " << part << "\nin: " << text;
}

TEST(Definition, ReadsEveryKeyOfTheCanonicalForm) {
  const Definition d = parsed(R"(
name: everything
description: all keys
projectId: 7
status: draft
trigger: {on: [graph.file.*, audit.>], filters: {branch: main}}
timeout: 1h30m
concurrency: {limit: 2, key: "{{ context.repo }}", policy: cancel-previous}
workspace: /srv/repo
nodes:
  - id: scan
    agent: security-scanner
    action: scan
    input: {target: /workspace}
    timeout: 90s
    retry: {attempts: 3, backoff: 500ms, factor: 3, maxBackoff: 2m, jitter: 0}
    onError: rescue
    position: {x: 10, y: 20}
  - id: rescue
    transform: {total: 0}
  - id: fix
    agent: patcher
    dependsOn: scan
    when: "{{ scan.output.total > 0 }}"
    join: any-success
    retry: 2
    timeoutMs: 1500
    onError: continue
    approval: {expires: 4h}
)");
  EXPECT_EQ(d.name, "everything");
  EXPECT_TRUE(d.has_description);
  EXPECT_EQ(d.project_id, 7);
  EXPECT_EQ(d.status, "DRAFT");
  EXPECT_EQ(d.timeout_ms, 5'400'000);
  EXPECT_EQ(d.concurrency.limit, 2);
  EXPECT_EQ(d.concurrency.key, "{{ context.repo }}");
  EXPECT_EQ(d.concurrency.policy, ConcurrencyPolicy::kCancelPrevious);
  EXPECT_EQ(d.workspace, "/srv/repo");
  ASSERT_EQ(d.nodes.size(), 3U);
  const NodeDefinition& scan = d.nodes[0];
  EXPECT_EQ(scan.timeout_ms, 90'000);
  EXPECT_EQ(scan.retry.attempts, 3);
  EXPECT_EQ(scan.retry.backoff_ms, 500);
  EXPECT_EQ(scan.retry.factor, 3.0);
  EXPECT_EQ(scan.retry.max_backoff_ms, 120'000);
  EXPECT_EQ(scan.retry.jitter, 0.0);
  EXPECT_EQ(scan.on_error.kind, OnErrorKind::kFallback);
  EXPECT_EQ(scan.on_error.fallback_node, "rescue");
  EXPECT_EQ(scan.position["y"], 20);
  EXPECT_TRUE(d.nodes[1].is_transform);
  const NodeDefinition& fix = d.nodes[2];
  EXPECT_EQ(fix.depends_on, std::vector<std::string>{"scan"});
  EXPECT_EQ(fix.when, "scan.output.total > 0");
  EXPECT_EQ(fix.join, Join::kAnySuccess);
  EXPECT_EQ(fix.retry.attempts, 2);
  EXPECT_EQ(fix.timeout_ms, 1'500);
  EXPECT_EQ(fix.on_error.kind, OnErrorKind::kContinue);
  EXPECT_TRUE(fix.approval_required);
  EXPECT_EQ(fix.approval_expiry_ms, 4 * 3'600'000);

  const Json canonical = to_json(d);
  const auto again = parse_definition(canonical);
  ASSERT_TRUE(again) << describe(again.error());
  EXPECT_EQ(dump_json(to_json(*again)), dump_json(canonical));
  EXPECT_EQ(again->nodes[0].retry.backoff_ms, 500);
  EXPECT_EQ(again->nodes[2].timeout_ms, 1'500);
  EXPECT_EQ(again->nodes[2].approval_expiry_ms, fix.approval_expiry_ms);
  EXPECT_EQ(again->trigger.patterns, d.trigger.patterns);
}

TEST(Definition, NodesMayBeAMapFromIdToNode) {
  const Definition d = parsed("name: m\nnodes:\n  b: {transform: {}}\n  a: {transform: {}, dependsOn: b}\n");
  ASSERT_EQ(d.nodes.size(), 2U);
  EXPECT_EQ(d.nodes[0].id, "b");
  EXPECT_EQ(d.nodes[1].depends_on, std::vector<std::string>{"b"});
  EXPECT_EQ(d.nodes[1].path, "nodes.a");
  EXPECT_EQ(d.trigger.kind, TriggerKind::kManual);
}

TEST(Definition, AnEmptyListOfNodesIsFine) {
  EXPECT_TRUE(parsed("name: none\nnodes: []\n").nodes.empty());
}

TEST(Definition, ApiFormNamesNodesInThreeWays) {
  const Definition d = parsed(R"({"projectId":1,"name":"api","trigger":"MANUAL","nodes":[
    {"_symbolicId":"first","agentId":"a","action":"x","inputsJson":{"n":1},"madeUp":true},
    {"_symbolicId":"","agentId":"a","action":"x","inputsJson":{},"dependsOn":["first","node-0"]},
    {"id":"third","agentId":"a","action":"x","inputsJson":{},"dependsOn":["node-1","node-1"],
    "approvalRequired":true}]})");
  ASSERT_EQ(d.nodes.size(), 3U);
  EXPECT_EQ(d.nodes[0].input["n"], 1);
  EXPECT_EQ(d.nodes[1].id, "node-1");
  EXPECT_EQ(d.nodes[1].depends_on, std::vector<std::string>{"first"});
  EXPECT_EQ(d.nodes[2].depends_on, std::vector<std::string>{"node-1"});
  EXPECT_TRUE(d.nodes[2].approval_required);
}

TEST(Definition, AnIdOfTheFormOfAnAliasMeansTheNodeThatHasIt) {
  const Definition d = parsed(R"({"name":"swap","nodes":[{"id":"node-1","transform":{}},{"id":"node-0","transform":{}},
      {"id":"z","transform":{},"dependsOn":["node-0"]}]})");
  EXPECT_EQ(d.nodes[2].depends_on, std::vector<std::string>{"node-0"});
}

TEST(Definition, EdgesAreMergedIntoDependencies) {
  const Definition d = parsed(R"({"name":"guide","trigger":"MANUAL","nodes":[
    {"id":"a","agentName":"x","input":{},"riskLevel":"AUTO"},{"id":"b","agentName":"x","dependsOn":["a"]},
    {"id":"c","agentName":"x"}],"edges":[{"from":"a","to":"b"},{"from":"b","to":"c"},{"from":"a","to":"node-2"}]})");
  EXPECT_EQ(d.nodes[1].depends_on, std::vector<std::string>{"a"});
  EXPECT_EQ(d.nodes[2].depends_on, (std::vector<std::string>{"b", "a"}));
  expect_contains(
      problems_of(R"({"name":"g","nodes":[{"id":"a","agentName":"x"}],"edges":[{"from":"q","to":"a"},{"from":"a",)"
                  R"("to":"b"},{}]})"),
      "edges[0].from: there is no node \"q\"");
}

TEST(Definition, WhatGetReturnsCanBePutBack) {
  const Definition d =
      parsed(R"({"id":"w1","projectId":1,"name":"got","description":null,"trigger":{"type":"manual","note":"x"},
    "status":"ACTIVE","createdAt":"2026-01-01T00:00:00.000Z","updatedAt":"2026-01-01T00:00:00.000Z","version":3,
    "nodes":[
    {"id":"s","workflowId":"w1","agentId":"c1","action":"scan","inputsJson":{},"dependsOn":[],"approvalRequired":false,
     "symbolicId":"s","agentName":"scanner","position":{"x":1,"y":2},"agent":{"id":"c1","name":"scanner",
     "projectId":1}},
    {"id":"t","workflowId":"w1","agentId":null,"action":"transform","inputsJson":{"a":1},"dependsOn":["s"],
     "approvalRequired":false,"symbolicId":"t","agentName":null,"transform":{"a":1},"agent":null},
    {"id":"u","workflowId":"w1","agent":{"id":"c2","name":"n"},"action":"x","inputsJson":{},"positionX":3,
    "positionY":4}]})");
  EXPECT_FALSE(d.has_description);
  EXPECT_EQ(d.trigger_as_given["note"], "x");
  EXPECT_EQ(d.nodes[0].agent, "c1");
  EXPECT_TRUE(d.nodes[1].is_transform);
  EXPECT_EQ(d.nodes[2].agent, "c2");
  EXPECT_EQ(dump_json(d.nodes[2].position), R"({"x":3,"y":4})");
  const auto again = parse_definition(to_json(d));
  ASSERT_TRUE(again) << describe(again.error());
  EXPECT_EQ(dump_json(again->trigger_as_given), R"({"type":"manual","note":"x"})");
}

TEST(Definition, UnknownKeysAreErrorsInTheCanonicalForm) {
  const std::string problems =
      problems_of("name: x\ncolour: red\nnodes:\n  - {id: a, agent: b, dependOn: [c], zzz: 1}\n");
  expect_contains(problems, "line 2, column 1: colour: unknown key \"colour\"; expected one of name,");
  expect_contains(problems, "nodes[0].dependOn: unknown key \"dependOn\"; did you mean \"dependsOn\"?");
  expect_contains(problems, "nodes[0].zzz: unknown key");
  parsed("name: x\nx-note: editors and people may keep things here\nnodes: []\n");
}

TEST(Definition, InTheApiFormOnlyMisspeltKeysAreErrors) {
  const Definition d =
      parsed(R"({"name":"x","madeUp":1,"nodes":[{"agentId":"a","selected":true,"riskLevel":"AUTO"}]})");
  EXPECT_EQ(d.ignored, (std::vector<std::string>{"madeUp", "nodes[0].selected"})) << "whoever wrote them is told";
  expect_contains(problems_of(R"({"name":"x","nodes":[{"agentId":"a","inputJson":{}}]})"),
                  "did you mean \"inputsJson\"?");
}

TEST(Definition, DurationsMayBeGivenInSecondsOrMilliseconds) {
  const Definition d = parsed(R"({"name":"x","timeoutSeconds":90,"nodes":[
    {"agentId":"a","inputsJson":{},"timeoutSeconds":1.5,"retry":{"attempts":2,"backoffSeconds":3}},
    {"agentId":"a","timeoutMs":7,"approval":{"expiresSeconds":60}}]})");
  EXPECT_EQ(d.timeout_ms, 90'000);
  EXPECT_EQ(d.nodes[0].timeout_ms, 1'500);
  EXPECT_EQ(d.nodes[0].retry.backoff_ms, 3'000);
  EXPECT_EQ(d.nodes[1].timeout_ms, 7);
  EXPECT_EQ(d.nodes[1].approval_expiry_ms, 60'000);
  EXPECT_TRUE(d.ignored.empty());
  parsed("name: x\ntimeoutSeconds: 5\nnodes: [{id: a, agent: b, timeoutSeconds: 5}]\n");
  expect_contains(problems_of("name: x\nnodes: [{id: a, agent: b, timeoutSeconds: 5m}]\n"),
                  "nodes[0].timeoutSeconds: expected a number of seconds, got \"5m\"");
  expect_contains(problems_of("name: x\nnodes: [{id: a, agent: b, timeoutSeconds: 0}]\n"),
                  "nodes[0].timeoutSeconds: expected more than 0");
  expect_contains(problems_of("name: x\ntimeout: 5s\ntimeoutSeconds: 5\nnodes: []\n"),
                  "both timeout and timeoutSeconds are given");
}

TEST(Definition, AllProblemsAreReportedAtOnceWithTheirPlaces) {
  const std::string problems = problems_of(R"(name: 12
status: LIVE
trigger: {type: event}
timeout: soon
nodes:
  - {id: a b, agent: x}
  - {id: a, agent: 3, retry: 1000, join: some}
  - {id: a, agent: x, input: text, dependsOn: [a, b, 7]}
  - {id: nodes, input: {}}
  - just text
  - {id: q, agent: x, transform: {}, approval: maybe, position: 3, when: "", onError: ""}
)");
  expect_contains(problems, "line 1, column 1: name: expected text, got a number (12)");
  expect_contains(problems, "line 2, column 1: status: \"LIVE\" is not one of ACTIVE, DRAFT, ARCHIVED");
  expect_contains(problems, "trigger.pattern: is missing");
  expect_contains(problems, "line 4, column 1: timeout: expected a duration");
  expect_contains(problems, "line 6, column 6: nodes[0].id: the id \"a b\" may hold");
  expect_contains(problems, "nodes[1].agent: expected text, got a number (3)");
  expect_contains(problems, "nodes[1].retry: expected a number from 1 to 100, got 1000");
  expect_contains(problems, "nodes[1].join: \"some\" is not one of all-success, all-done, any-success");
  expect_contains(problems, "nodes[2].id: the id \"a\" is taken by nodes[1] already");
  expect_contains(problems, "nodes[2].input: expected a map with the action's input, got text");
  expect_contains(problems, "nodes[2].dependsOn[1]: there is no node \"b\"; did you mean");
  expect_contains(problems, "nodes[2].dependsOn[2]: expected the id of a node, got a number (7)");
  expect_contains(problems, "nodes[3].id: \"nodes\" cannot be an id");
  expect_contains(problems, "nodes[3].agent: is missing");
  expect_contains(problems, "nodes[4]: expected a map with id, agent, action and input, got text");
  expect_contains(problems, "nodes[5].transform: a node is either a transform or an agent's action");
  expect_contains(problems, "nodes[5].approval: expected true, false or a map");
  expect_contains(problems, "nodes[5].position: expected a map");
  expect_contains(problems, "nodes[5].when: is empty");
  expect_contains(problems, "nodes[5].onError: is empty");
}

TEST(Definition, ANameIsOneLine) {
  for (const char* name : {R"("a\u0000b")", R"("a\nb")", R"("a\u007f")"})
    expect_contains(problems_of(std::string(R"({"name": )") + name + R"(, "nodes": []})"), "name: holds a control");
}

TEST(Definition, NamesCyclesInOrder) {
  expect_contains(problems_of("name: c\nnodes:\n  - {id: scan, transform: {}, dependsOn: notify}\n  - {id: notify, "
                              "transform: {}, dependsOn: [scan]}\n"),
                  "nodes[0].dependsOn: these nodes wait for each other: scan → notify → scan");
  expect_contains(problems_of("name: c\nnodes:\n  - {id: a, transform: {}, dependsOn: a}\n"), "depends on itself");
}

TEST(Definition, ChecksThatFallbacksCanRun) {
  const std::string head = "name: f\nnodes:\n";
  parsed(
      head +
      "  - {id: a, transform: {}, onError: f}\n  - {id: f, transform: {}}\n  - {id: b, transform: {}, dependsOn: a}\n");
  expect_contains(problems_of(head + "  - {id: a, transform: {}, onError: a}\n"), "cannot stand in for itself");
  expect_contains(problems_of(head + "  - {id: a, transform: {}, onError: contineu}\n"), "did you mean \"continue\"?");
  expect_contains(
      problems_of(head + "  - {id: a, transform: {}, onError: f}\n  - {id: f, transform: {}, dependsOn: a}\n"),
      "nodes[1].dependsOn: node \"f\" is the fallback of \"a\"");
  expect_contains(
      problems_of(head + "  - {id: a, transform: {}, onError: f}\n  - {id: b, transform: {}, dependsOn: a}\n"
                         "  - {id: f, transform: {}, dependsOn: b}\n"),
      "(a fallback runs after its node");
  expect_contains(
      problems_of(head + "  - {id: a, transform: {}, onError: f}\n  - {id: f, transform: {}, onError: a}\n"),
      "wait for each other: a → f → a");
}

TEST(Definition, LimitsAreNamed) {
  std::string many = "{\"name\":\"m\",\"nodes\":[";
  for (std::size_t i = 0; i <= kMaxNodes; ++i)
    many += i > 0 ? ",{\"transform\":{}}" : "{\"transform\":{}}";
  expect_contains(problems_of(many + "]}"), "the workflow has 501 nodes; at most 500 are allowed");
  expect_contains(problems_of("name: \"" + std::string(201, 'n') + "\"\nnodes: []\n"),
                  "name: has 201 characters; at most 200");
  expect_contains(problems_of("name: l\nnodes: [{id: " + std::string(37, 'i') + ", transform: {}}]\n"), "at most 36");
  expect_contains(problems_of("name: l\ntimeout: 31d\nnodes: []\n"),
                  "timeout: expected more than 0 and at most 2592000000 ms");
  expect_contains(problems_of("name: l\ntimeoutMs: 0\nnodes: []\n"), "timeoutMs: expected more than 0");
  std::string wrong = "name: l\nnodes:\n";
  for (int i = 0; i < 200; ++i)
    wrong += "  - 1\n";
  expect_contains(problems_of(wrong), "more problems are not shown");
}

TEST(Definition, EveryTriggerFormIsUnderstood) {
  for (const char* manual :
       {R"("MANUAL")", R"("manual")", R"({"type":"manual"})", R"({"event":"manual","pattern":"manual"})",
        R"({"on":"manual"})", R"({"event":"manual"})"}) {
    EXPECT_EQ(trigger_of(manual).kind, TriggerKind::kManual) << manual;
    EXPECT_TRUE(trigger_of(manual).patterns.empty()) << manual;
  }
  EXPECT_EQ(trigger_of(R"("EVENT")").kind, TriggerKind::kEvent);
  EXPECT_TRUE(trigger_of(R"("EVENT")").patterns.empty());
  EXPECT_EQ(trigger_of(R"("webhook")").kind, TriggerKind::kWebhook);
  EXPECT_EQ(trigger_of(R"({"type":"webhook","path":"/hooks/x"})").kind, TriggerKind::kWebhook);
  const std::vector<std::string> one{"graph.file.updated"};
  for (const char* event :
       {R"({"type":"event","pattern":"graph.file.updated"})",
        R"({"event":"graph.file.updated","pattern":"graph.file.updated"})", R"({"event":"graph.file.updated"})",
        R"({"on":["graph.file.updated"]})", R"({"type":"EVENT","on":"graph.file.updated"})",
        R"({"event":"whatever it is called","pattern":"graph.file.updated"})"}) {
    EXPECT_EQ(trigger_of(event).kind, TriggerKind::kEvent) << event;
    EXPECT_EQ(trigger_of(event).patterns, one) << event;
  }
  EXPECT_EQ(trigger_of(R"({"on":["audit.result.fail"],"filters":{"severity":"high"}})").filters["severity"], "high");
  const Trigger schedule = trigger_of(R"({"schedule":"0 9 * * 1","timezone":"Europe/Berlin"})");
  EXPECT_EQ(schedule.kind, TriggerKind::kSchedule);
  EXPECT_EQ(schedule.schedule, "0 9 * * 1");
  EXPECT_EQ(schedule.timezone, "Europe/Berlin");
  EXPECT_EQ(schedule.missed, MissedPolicy::kRunOnce);
  EXPECT_EQ(trigger_of(R"({"every":"15m","missed":"SKIP"})").missed, MissedPolicy::kSkip);
  EXPECT_EQ(trigger_of(R"({"type":"schedule","every":900})").schedule, "@every 900000ms");
  EXPECT_EQ(trigger_of(R"({"cron":"@daily","missed":{"policy":"run-all","max":3}})").missed_max, 3);
  const Trigger hook = trigger_of(R"({"type":"webhook","path":"/deploy/shop","token":"0123456789abcdef"})");
  EXPECT_EQ(hook.kind, TriggerKind::kWebhook);
  EXPECT_EQ(hook.path, "deploy/shop");
  EXPECT_EQ(hook.token, "0123456789abcdef");
  const Definition blueprint = parsed("name: b\non: [audit.result.*]\nfilters: {severity: high}\nnodes: []\n");
  EXPECT_EQ(blueprint.trigger.patterns, std::vector<std::string>{"audit.result.*"});
  EXPECT_EQ(dump_json(blueprint.trigger_as_given), R"({"on":["audit.result.*"],"filters":{"severity":"high"}})");
}

TEST(Definition, BadTriggersAreRefused) {
  expect_contains(trigger_problem(R"({"type":"event"})"), "trigger.pattern: is missing");
  expect_contains(trigger_problem(R"({"type":"event","pattern":"graph.("})"),
                  "trigger.pattern: bad event pattern \"graph.(\"");
  expect_contains(trigger_problem(R"({"type":"event","pattern":5})"), "expected an event pattern");
  expect_contains(trigger_problem(R"({"on":["a..b"]})"), "trigger.on[0]");
  expect_contains(trigger_problem(R"({"on":["a.>.b"]})"), "'>' may only be the last part");
  expect_contains(trigger_problem(R"({"on":["a*.b"]})"), "'*' must stand for a whole part");
  expect_contains(trigger_problem(R"({"on":[]})"), "the list is empty");
  expect_contains(trigger_problem(R"({"type":"schedule"})"), "trigger.schedule: is missing");
  expect_contains(trigger_problem(R"({"schedule":"0 25 * * *"})"), "hour \"25\": expected 0 to 23");
  expect_contains(trigger_problem(R"({"schedule":"0 9 * * *","timezone":"not a zone"})"), "trigger.timezone");
  expect_contains(trigger_problem(R"({"schedule":"0 9 * * 8"})"), "at character 9: day of week");
  expect_contains(trigger_problem(R"({"schedule":"0 9 * * *","every":"5m"})"), "given more than once");
  expect_contains(trigger_problem(R"({"every":"0s"})"), "trigger.every");
  expect_contains(trigger_problem(R"({"every":"5m","missed":"sometimes"})"), "trigger.missed");
  expect_contains(trigger_problem(R"({"every":"5m","missed":{"max":5}})"), "policy is missing");
  expect_contains(trigger_problem(R"({"every":"5m","missed":{"policy":"run-all","max":101}})"), "trigger.missed.max");
  expect_contains(trigger_problem(R"({"on":["a"],"missed":"skip"})"), "trigger.missed: needs a schedule");
  expect_contains(trigger_problem(R"({"path":"a b"})"), "trigger.path");
  expect_contains(trigger_problem(R"({"path":"a/../b"})"), "trigger.path");
  expect_contains(trigger_problem(R"({"path":"a","token":"short"})"), "trigger.token: has 5 bytes");
  expect_contains(trigger_problem(R"({"type":"webhook","secret":"0123456789abcdef"})"), "a secret needs a path");
  expect_contains(trigger_problem(R"({"type":"event","on":["a"],"path":"a"})"), "has no path");
  expect_contains(trigger_problem(R"({"schedule":"0 9 * * *","path":"a"})"), "trigger of its own");
  expect_contains(trigger_problem(R"({"schedule":"0 9 * * *","on":["a"]})"), "either a schedule or events");
  expect_contains(trigger_problem(R"({"type":"evnt","pattern":"a"})"),
                  "\"evnt\" is not one of manual, event, schedule, webhook");
  expect_contains(trigger_problem(R"({"patern":"a.b"})"), "did you mean \"pattern\"?");
  expect_contains(trigger_problem("{}"), "does not say what starts the workflow");
  expect_contains(trigger_problem("5"), "got a number");
  expect_contains(trigger_problem(R"("graph.file")"), "is not a trigger");
  expect_contains(trigger_problem(R"({"type":"manual","pattern":"a.b"})"), "has no event patterns");
  expect_contains(trigger_problem(R"({"on":[")" + std::string(256, 'a') + R"("]})"), "at most 255");
}

}  // namespace
}  // namespace commandcenter::workflow
