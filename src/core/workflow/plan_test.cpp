// From definitions to plans: agents, templates, order, and every problem that shows before a run.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/document.h"
#include "base/sha256.h"
#include "core/workflow/test_agents.h"
#include "core/workflow/workflow.h"

namespace commandcenter::workflow {
namespace {

using Made = tl::expected<std::shared_ptr<const Plan>, std::vector<Problem>>;

Made make(const std::string& text, const AgentLookup& agents = test_lookup) {
  const auto document = parse_document(text);
  EXPECT_TRUE(document) << (document ? "" : document.error().message);
  const Locator locate = [&](const std::string& path) { return document->locate(path); };
  const auto definition = parse_definition(document->value, locate);
  if (!definition) return tl::unexpected(definition.error());
  return make_plan(*definition, agents, locate, {"security-scanner", "notifier", "patcher"});
}

std::shared_ptr<const Plan> planned(const std::string& text) {
  auto plan = make(text);
  EXPECT_TRUE(plan) << (plan ? "" : describe(plan.error()));
  return plan ? *plan : nullptr;
}

std::string problems_of(const std::string& text) {
  const auto plan = make(text);
  EXPECT_FALSE(plan) << text;
  return plan ? std::string() : describe(plan.error());
}

void expect_contains(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << "looked for: " << part << "\nin: " << text;
}

constexpr const char* kWorkflow = R"(
name: w
timeout: 5m
nodes:
  - id: scan
    agent: security-scanner
    input: {target: /workspace}
    onError: rescue
  - id: fix
    agent: patcher
    dependsOn: scan
    when: scan.output.total > 0
  - id: rescue
    transform: {total: 0}
  - id: tell
    agent: notifier
    action: send
    dependsOn: [fix, scan]
    join: all-done
    input: {channel: console,
    message: "{{ nodes.node-0.output.total }} {{ fix.status }} {{ rescue.output.total ?? 1 }}"}
)";

TEST(Plan, BindsNodesToAgentsAndToEachOther) {
  const auto plan = planned(kWorkflow);
  ASSERT_NE(plan, nullptr);
  ASSERT_EQ(plan->nodes.size(), 4U);
  EXPECT_EQ(plan->node_ids,
            (std::vector<std::string>{"scan", "fix", "rescue", "tell", "node-0", "node-1", "node-2", "node-3"}));
  EXPECT_EQ(plan->find_node("tell"), 3U);
  EXPECT_EQ(plan->find_node("node-1"), 1U);
  EXPECT_EQ(plan->find_node("nobody"), std::nullopt);
  EXPECT_EQ(plan->timeout_ms, 300'000);

  const PlannedNode& scan = plan->nodes[0];
  EXPECT_EQ(plan->agents[scan.agent].name, "security-scanner");
  EXPECT_EQ(scan.action, "scan");  // the only one the agent has
  EXPECT_EQ(scan.workspace_fields, (std::vector<std::string>{"target", "repositoryPath"}));
  EXPECT_EQ(scan.dependents, (std::vector<std::size_t>{1, 3}));
  EXPECT_EQ(scan.fallback, 2U);
  EXPECT_FALSE(scan.needs_approval);
  EXPECT_TRUE(plan->nodes[1].needs_approval);  // by the agent's risk
  EXPECT_TRUE(plan->nodes[1].when.has_value());
  EXPECT_TRUE(plan->nodes[2].is_fallback);
  EXPECT_TRUE(plan->nodes[2].is_transform);
  EXPECT_EQ(plan->nodes[3].dependencies, (std::vector<std::size_t>{1, 0}));
  EXPECT_FALSE(plan->nodes[3].input_schema.validate(Json::object()).empty());
}

TEST(Plan, TheDocumentGivesTheSamePlanAgain) {
  const auto plan = planned(kWorkflow);
  ASSERT_NE(plan, nullptr);
  EXPECT_EQ(plan->id, sha256_hex(canonical_json(*parse_json(plan->document))));
  const auto again = load_plan(plan->document);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ((*again)->id, plan->id);
  EXPECT_EQ((*again)->document, plan->document);
  EXPECT_EQ((*again)->node_ids, plan->node_ids);
  ASSERT_EQ((*again)->agents.size(), plan->agents.size());
  EXPECT_EQ((*again)->agents[0].document, plan->agents[0].document);
  EXPECT_FALSE((*again)->agents[0].has_effects);
  for (std::size_t i = 0; i < plan->nodes.size(); ++i) {
    EXPECT_EQ((*again)->nodes[i].agent, plan->nodes[i].agent);
    EXPECT_EQ((*again)->nodes[i].action, plan->nodes[i].action);
    EXPECT_EQ((*again)->nodes[i].dependencies, plan->nodes[i].dependencies);
    EXPECT_EQ((*again)->nodes[i].needs_approval, plan->nodes[i].needs_approval);
    EXPECT_EQ((*again)->nodes[i].fallback, plan->nodes[i].fallback);
    EXPECT_EQ((*again)->nodes[i].workspace_fields, plan->nodes[i].workspace_fields);
  }
  EXPECT_EQ(planned(kWorkflow)->id, plan->id);
}

TEST(Plan, ADamagedDocumentIsAnErrorNotACrash) {
  const auto plan = planned(kWorkflow);
  ASSERT_NE(plan, nullptr);
  for (const char* text : {"", "{}", "[]", R"({"definition":{},"agents":[],"nodeAgents":[]})"}) {
    const auto loaded = load_plan(text);
    ASSERT_FALSE(loaded) << text;
    EXPECT_EQ(loaded.error().code, ErrorCode::kInternal);
  }
  Json json = *parse_json(plan->document);
  json["nodeAgents"] = {0, 7, nullptr, 2};
  EXPECT_FALSE(load_plan(dump_json(json)));
  json["nodeAgents"] = {0, 1, 2, 2};
  EXPECT_FALSE(load_plan(dump_json(json)));
}

TEST(Plan, AnActionMayBeLeftOutWhenTheOthersAreNamesForIt) {
  const auto plan = planned("name: w\nnodes:\n  - {id: a, agent: notifier, input: {channel: console, message: x}}\n");
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->nodes[0].action, "send");
}

TEST(Plan, UnknownAgentsAndActionsAreNamed) {
  const std::string problems = problems_of(R"(
name: w
nodes:
  - {id: a, agent: notifer, action: send}
  - {id: b, agent: deployer}
  - {id: c, agent: notifier, action: snd, input: {channel: console, message: x}}
  - {id: d, agent: security-scanner, action: delete}
)");
  expect_contains(problems,
                  "line 4, column 13: nodes[0].agent: there is no agent \"notifer\"; did you mean \"notifier\"? "
                  "`commandcenter agents list`");
  expect_contains(problems, "nodes[1].action: is missing; agent deployer has the actions apply, plan");
  expect_contains(problems,
                  "nodes[2].action: agent notifier has no action \"snd\"; did you mean \"send\"? It has send, notify");
  expect_contains(problems, "nodes[3].action: agent security-scanner has no action \"delete\"; it has scan");
}

std::string everything_wrong_with(const std::string& text) {
  const auto document = parse_document(text);
  EXPECT_TRUE(document) << (document ? "" : document.error().message);
  const auto problems =
      all_problems(document->value, test_lookup, [&](const std::string& path) { return document->locate(path); },
                   {"security-scanner", "notifier", "patcher"});
  return describe(problems);
}

TEST(Plan, EveryProblemOfADocumentIsToldAtOnceByPlace) {
  const std::string told = everything_wrong_with(R"(name: w
timeout: soon
nodes:
  - {id: scan, agent: security-scaner}
  - {id: tell, agent: notifier, input: {channel: fax, message: x}, dependsOn: scan}
  - {id: a, transform: {x: "{{ scan.output. }}"}, dependsOn: scan, colour: red}
  - {id: b, transform: {x: "{{ scan.output }}"}}
)");
  std::size_t at = 0;
  for (const char* part :
       {"line 2, column 1: timeout: expected a duration", "line 4, column 16: nodes[0].agent: there is no agent",
        "line 5, column 41: nodes[1].input.channel: ", "line 6, column 25: nodes[2].transform.x: column",
        "line 6, column 68: nodes[2].colour: unknown key", "line 7, column 25: nodes[3].transform.x: column 4: node"}) {
    const std::size_t found = told.find(part, at);
    ASSERT_NE(found, std::string::npos) << "looked for: " << part << "\nin: " << told;
    at = found;
  }
  EXPECT_EQ(std::count(told.begin(), told.end(), '\n'), 5) << told;
}

TEST(Plan, WhatOnlyFollowsFromAProblemIsNotTold) {
  const auto told = [](const std::string& nodes) {
    const std::string text = everything_wrong_with("name: w\nnodes:\n" + nodes);
    return text.empty() ? 0 : std::count(text.begin(), text.end(), '\n') + 1;
  };
  EXPECT_EQ(told("  - {id: a, transform: {x: 1}}\n"), 0);
  EXPECT_EQ(told("  - {id: a, agnt: notifier}\n"), 1);               // and no word of a missing agent
  EXPECT_EQ(told("  - {id: a, agent: 5}\n"), 1);                     // nor of one without a name
  EXPECT_EQ(told("  - {id: a, agent: notifier, inputt: {}}\n"), 1);  // nor of members that are not there
  EXPECT_EQ(told("  - {id: a, agent: deployer, action: 1}\n"), 1);   // nor of a missing action
  EXPECT_EQ(told("  - {id: a, transform: {}}\n"                      // nor that a is not upstream
                 "  - {id: b, transform: {x: \"{{ a.output }}\"}, dependsOn: q}\n"),
            1);
  EXPECT_EQ(told("  - {idd: a, transform: {}}\n  - {id: b, transform: {x: \"{{ a.output }}\"}}\n"), 1);
  EXPECT_EQ(told("  - {id: a, transform: {}, dependsOn: b}\n"
                 "  - {id: b, transform: {x: \"{{ a.output }}\"}, dependsOn: a}\n"),
            1);
}

TEST(Plan, TemplatesReadOnlyWhatIsUpstream) {
  const std::string problems = problems_of(R"(
name: w
nodes:
  - {id: a, transform: {x: "{{ c.output.x }}", y: [1, {z: "ab {{ a.output }}"}]}}
  - {id: b, transform: {x: "{{ a.output.x }}"}, when: "a.output.x > 1"}
  - {id: c, transform: {x: "{{ nope.output }} {{ 1 + }}"}, dependsOn: a}
  - {id: d, transform: {x: "{{ c.output.x > }}"}, dependsOn: c, when: "1 +"}
)");
  expect_contains(problems, "nodes[0].transform.x: column 4: node \"c\" runs after \"a\"");
  expect_contains(problems, "nodes[0].transform.y[1].z: column 7: node \"a\" reads its own output");
  expect_contains(problems,
                  "nodes[1].transform.x: column 4: node \"a\" is not upstream of \"b\", so it may not have run yet; "
                  "add \"a\" to dependsOn");
  expect_contains(problems, "nodes[1].when: column 1: node \"a\" is not upstream");
  expect_contains(problems, "nodes[2].transform.x: column 4: unknown name 'nope'");
  expect_contains(problems, "nodes[3].transform.x: column");
  expect_contains(problems, "nodes[3].when: column");
}

TEST(Plan, TemplatesReadTheRunItself) {
  planned(R"(
name: w
nodes:
  - {id: a, transform: {x: "{{ run.id }} of {{ run.workflow }}", y: "{{ run }}"}, when: "run.trigger == 'manual'"}
)");
  const std::string problems = problems_of(R"(
name: w
concurrency: {limit: 1, key: "{{ run.id }}"}
nodes:
  - {id: a, transform: {x: "{{ run.url }}"}, when: "run.nr > 1"}
)");
  expect_contains(problems, "concurrency.key: column 4: unknown name 'run'");
  expect_contains(problems, "nodes[0].transform.x: column 4: run has no member 'url'; it has id, workflow and trigger");
  expect_contains(problems, "nodes[0].when: column 1: run has no member 'nr'");
}

TEST(Plan, PathsAreThoseTheClientWrote) {
  const std::string problems = problems_of(R"({"name":"w","nodes":[
    {"id":"a","agentName":"notifier","action":"send","inputsJson":{"channel":"fax","message":"{{ oops"}}]})");
  expect_contains(problems, "line 2, column 84: nodes[0].inputsJson.message: column");
  expect_contains(problems_of("name: w\nnodes:\n  a: {agent: notifier, action: send, inputs: {channel: console}}\n"),
                  "nodes.a.inputs.message: is missing; the action requires it (action send of agent notifier)");
}

TEST(Plan, InputsAreCheckedAsFarAsTheyAreCertain) {
  const auto with = [](const std::string& input) {
    return "name: w\nnodes:\n  - {id: a, agent: notifier, action: send, input: " + input + "}\n";
  };
  planned(with(R"({channel: "{{ context.c }}", message: "{{ context.m }}", severity: "{{ context.s }}"})"));
  planned(with(R"({"{{ context.key }}": 1, channel: console})"));  // the key may turn out to be "message"
  expect_contains(problems_of(with("{}")), "nodes[0].input.channel: is missing");
  expect_contains(problems_of(with("{channel: fax, message: hi}")), "nodes[0].input.channel: ");
  expect_contains(problems_of(with("{channel: console, message: 5}")), "nodes[0].input.message: ");
  expect_contains(problems_of(with(R"({channel: console, mesage: "{{ context.m }}"})")),
                  "nodes[0].input.mesage: is not known to the action; did you mean \"message\"?");
}

// What is certain within a value that has templates elsewhere; nothing that a template could make right is refused.
TEST(Plan, InputsAreCheckedAroundTheirTemplates) {
  AgentSnapshot strict;
  strict.id = strict.name = "strict";
  const auto schema = parse_json(R"({
    "type": "object", "required": ["mode"], "additionalProperties": false,
    "$defs": {"level": {"enum": ["low", "high"]}},
    "properties": {
      "mode": {"enum": ["fast", "slow"]},
      "count": {"type": "integer", "minimum": 1},
      "text": {"type": "string", "minLength": 3},
      "either": {"type": ["integer", "string"]},
      "flag": {"type": "boolean"},
      "nested": {"type": "object", "required": ["a"], "additionalProperties": false,
                 "properties": {"a": {"type": "string"}, "b": {"type": "integer"}, "c": {"$ref": "#/$defs/level"}}},
      "list": {"type": "array", "items": {"type": "object", "required": ["id"],
                                          "properties": {"id": {"type": "integer"}, "l": {"enum": ["x"]}}}}}})");
  ASSERT_TRUE(schema) << schema.error().message;
  strict.actions = {{"do", *schema, Json::object()}};
  const auto lookup = [&](const std::string&) { return std::optional(strict); };
  const auto problems = [&](const std::string& input) {
    const auto plan = make("name: w\nnodes:\n  - {id: n, agent: strict, action: do, input: " + input + "}\n", lookup);
    return plan ? std::string() : describe(plan.error());
  };
  for (const std::string fine : {
           R"({mode: "{{ context.m }}"})",
           R"({mode: fast, count: "{{ context.n }}", flag: "{{ context.f }}", text: "{{ context.t }}"})",
           R"({mode: fast, text: "a{{ context.t }}", either: "n={{ context.n }}"})",
           R"({mode: fast, nested: "{{ context.o }}", list: "{{ context.l }}"})",
           R"({mode: fast, nested: {a: "{{ context.a }}", b: 1, c: low}})",
           R"({mode: fast, list: [{id: 1, l: "{{ context.l }}"}, "{{ context.item }}"]})",
           R"({mode: fast, nested: {"{{ context.key }}": x}})",
       })
    EXPECT_EQ(problems(fine), "") << fine;
  const std::vector<std::pair<std::string, std::string>> wrong{
      {R"({count: "{{ context.n }}"})", "nodes[0].input.mode: is missing"},
      {R"({mode: fast, count: "n={{ context.n }}"})", "nodes[0].input.count: becomes text"},
      {R"({mode: fast, flag: "{{ context.a }} "})", "nodes[0].input.flag: becomes text"},
      {R"({mode: medium, text: "{{ context.t }}"})", "nodes[0].input.mode: "},
      {R"({mode: fast, count: 0})", "nodes[0].input.count: "},
      {R"({mode: fast, text: ab})", "nodes[0].input.text: "},
      {R"({mode: fast, count: {n: "{{ context.n }}"}})",
       "nodes[0].input.count: expected type \"integer\", got an object"},
      {R"({mode: fast, count: ["{{ context.n }}"]})", "nodes[0].input.count: expected type \"integer\", got an array"},
      {R"({mode: fast, nested: {b: "{{ context.b }}"}})", "nodes[0].input.nested.a: is missing"},
      {R"({mode: fast, nested: {a: "{{ context.a }}", b: x}})", "nodes[0].input.nested.b: "},
      {R"({mode: fast, nested: {a: "{{ context.a }}", c: medium}})", "nodes[0].input.nested.c: "},
      {R"({mode: fast, nested: {a: "{{ context.a }}", d: 1}})", "nodes[0].input.nested.d: is not known"},
      {R"({mode: fast, list: [{id: 1, l: "{{ context.l }}"}, {l: x, q: "{{ context.q }}"}]})",
       "nodes[0].input.list[1].id: is missing"},
      {R"({mode: fast, list: [{id: one}, "{{ context.item }}"]})", "nodes[0].input.list[0].id: "},
  };
  for (const auto& [input, part] : wrong)
    expect_contains(problems(input), part);
  // All at once, each with its place.
  const std::string all =
      problems(R"({count: "n{{ context.n }}", flag: 1, nested: {b: "{{ context.b }} "}, other: 1})");
  for (const char* part : {"count: becomes", "flag: ", "nested.a: ", "nested.b: becomes", "other: is not known",
                           "mode: is missing", "line 3, column "})
    expect_contains(all, part);
}

TEST(Plan, AConcurrencyKeyKnowsOnlyTheContext) {
  planned("name: w\nconcurrency: {limit: 1, key: \"{{ context.repo }}\"}\nnodes: []\n");
  expect_contains(
      problems_of("name: w\nconcurrency: {limit: 1, key: \"{{ a.output }}\"}\nnodes:\n  - {id: a, transform: {}}\n"),
      "concurrency.key: column");
}

TEST(Plan, DefinitionsMadeByHandAreCheckedToo) {
  Definition definition;
  definition.name = "hand";
  NodeDefinition a;
  a.id = "a";
  a.is_transform = true;
  a.depends_on = {"b"};
  NodeDefinition b = a;
  b.id = "b";
  b.depends_on = {"a", "c"};
  definition.nodes = {a, b};
  const auto plan = make_plan(definition, test_lookup);
  ASSERT_FALSE(plan);
  expect_contains(describe(plan.error()), "a → b → a");
  expect_contains(describe(plan.error()), "nodes[1].dependsOn[1]: there is no node \"c\"");
}

TEST(Plan, ManyNodesArePlannedQuickly) {
  std::string text = "{\"name\":\"long\",\"nodes\":[{\"id\":\"n0\",\"transform\":{}}";
  for (std::size_t i = 1; i < kMaxNodes; ++i) {
    const std::string before = "n" + std::to_string(i - 1);
    text += ",{\"id\":\"n" + std::to_string(i) + "\",\"dependsOn\":\"" + before +
            "\",\"transform\":{\"x\":\"{{ n0.output.x ?? 1 }}\"}}";
  }
  const auto plan = planned(text + "]}");
  ASSERT_NE(plan, nullptr);
  EXPECT_EQ(plan->nodes.size(), kMaxNodes);
}

}  // namespace
}  // namespace commandcenter::workflow
