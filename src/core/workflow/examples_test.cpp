// Every example of examples/ fits the published schema, can be planned, and survives the way through its canonical
// form.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/document.h"
#include "core/workflow/test_agents.h"
#include "core/workflow/workflow.h"

namespace commandcenter::workflow {
namespace {

std::vector<std::string> files_of(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string extension = entry.path().extension();
    if (extension == ".yaml" || extension == ".json") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

Document read(const std::string& path) {
  auto document = read_document(path);
  EXPECT_TRUE(document) << (document ? "" : document.error().message);
  return document ? *document : Document{};
}

std::shared_ptr<const Plan> planned(const std::string& path) {
  const Document document = read(path);
  const Locator locate = [&](const std::string& place) { return document.locate(place); };
  const auto definition = parse_definition(document.value, locate);
  EXPECT_TRUE(definition) << path << "\n" << (definition ? "" : describe(definition.error()));
  if (!definition) return nullptr;
  const auto plan = make_plan(*definition, test_lookup, locate);
  EXPECT_TRUE(plan) << path << "\n" << (plan ? "" : describe(plan.error()));
  const auto again = parse_definition(to_json(*definition));
  EXPECT_TRUE(again) << path << "\n" << (again ? "" : describe(again.error()));
  if (again) {
    EXPECT_EQ(dump_json(to_json(*again)), dump_json(to_json(*definition))) << path;
  }
  return plan ? *plan : nullptr;
}

schema::Schema published_schema() {
  auto compiled = schema::Schema::compile(read("docs/formats/workflow.schema.json").value);
  EXPECT_TRUE(compiled) << (compiled ? "" : compiled.error().message);
  return compiled ? *compiled : schema::Schema();
}

Json output_of(const Plan& plan, std::size_t node, const std::vector<expr::NodeValue>& nodes, const Json& context) {
  auto resolved = plan.nodes[node].input.resolve(expr::Scope{&context, nodes, {}});
  EXPECT_TRUE(resolved) << (resolved ? "" : resolved.error().message);
  return resolved ? *resolved : Json();
}

TEST(Examples, AllFitThePublishedSchemaAndCanBePlanned) {
  const schema::Schema schema = published_schema();
  const auto files = files_of("examples");
  ASSERT_GE(files.size(), 3U);
  for (const std::string& path : files) {
    EXPECT_EQ(schema::describe(schema.validate(read(path).value)), "") << path;
    EXPECT_NE(planned(path), nullptr) << path;
  }
}

TEST(Examples, EveryDialectCanBePlanned) {
  const auto files = files_of("examples/reference");
  ASSERT_GE(files.size(), 4U);
  for (const std::string& path : files)
    EXPECT_NE(planned(path), nullptr) << path;
}

TEST(Examples, ThePublishedSchemaRefusesWhatTheParserRefuses) {
  const schema::Schema schema = published_schema();
  for (const char* text :
       {"nodes: []", "name: x", "name: x\nnodes: []\ncolour: red", "name: x\nnodes: [{id: a}]",
        "name: x\nnodes: [{id: a.b, agent: q}]", "name: x\nnodes: [{id: a, agent: q, transform: {}}]",
        "name: x\nnodes: []\ntimeout: soon", "name: x\nnodes: []\nstatus: LIVE",
        "name: x\nnodes: []\ntrigger: {on: [a..b]}", "name: x\nnodes: [{id: a, agent: q, retry: 0}]",
        "name: x\nnodes: [{id: nodes, agent: q}]", "name: x\nnodes: [{id: a, agent: q, join: some}]"}) {
    const auto document = parse_document(text);
    ASSERT_TRUE(document) << text;
    EXPECT_FALSE(schema.validate(document->value).empty()) << text;
    EXPECT_FALSE(parse_definition(document->value)) << text;
  }
}

TEST(Examples, WhatToJsonWritesFitsThePublishedSchema) {
  const schema::Schema schema = published_schema();
  for (const std::string& folder : {std::string("examples"), std::string("examples/reference")}) {
    for (const std::string& path : files_of(folder)) {
      const auto definition = parse_definition(read(path).value);
      ASSERT_TRUE(definition) << path;
      EXPECT_EQ(schema::describe(schema.validate(to_json(*definition))), "") << path;
    }
  }
}

TEST(Examples, ScanAndNotifySendsTheRealNumbers) {
  const auto plan = planned("examples/scan-and-notify.yaml");
  ASSERT_NE(plan, nullptr);
  const Json context = Json::object();
  const Json scan = *parse_json(R"({"summary":{"total":12,"critical":1,"high":3,"medium":8},"scannedFiles":340})");
  std::vector<expr::NodeValue> nodes{{"scan", &scan, "SUCCESS"}};
  const Json summary = output_of(*plan, 1, nodes, context);
  EXPECT_EQ(dump_json(summary), R"({"total":12,"critical":1,"high":3,"medium":8,"files":340})");
  nodes.push_back({"summary", &summary, "SUCCESS"});
  const Json input = output_of(*plan, 2, nodes, context);
  EXPECT_EQ(string_member(input, "message"), "12 findings (1 critical, 3 high, 8 medium) in 340 files");
  EXPECT_EQ(string_member(input, "severity"), "critical");
}

TEST(Examples, TheDiamondAddsUp) {
  const auto plan = planned("examples/diamond.yaml");
  ASSERT_NE(plan, nullptr);
  const Json context = {{"n", 4}};
  std::vector<Json> outputs;
  outputs.reserve(plan->nodes.size());
  std::vector<expr::NodeValue> nodes;
  for (std::size_t i = 0; i < plan->nodes.size(); ++i) {
    outputs.push_back(output_of(*plan, i, nodes, context));
    nodes.push_back({plan->nodes[i].id, &outputs.back(), "SUCCESS"});
  }
  EXPECT_EQ(outputs.back()["value"], 24);
}

TEST(Examples, TheShippedDialectNamesNodesByTheirSymbolicId) {
  const auto plan = planned("examples/reference/scan-and-notify-workflow.json");
  ASSERT_NE(plan, nullptr);
  const Json context = Json::object();
  const Json scan = *parse_json(R"({"summary":{"total":2,"critical":0}})");
  const Json input = output_of(*plan, 1, {{"scan-node", &scan, "SUCCESS"}}, context);
  EXPECT_EQ(string_member(input, "message"), "Scan finished with 2 findings, 0 of them critical");
  EXPECT_EQ(string_member(input, "severity"), "info");
}

TEST(Examples, TheWorkflowsInTheDocumentationCanBePlanned) {
  const schema::Schema schema = published_schema();
  std::ifstream file("docs/formats/workflow.md");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  std::size_t blocks = 0;
  constexpr std::string_view kFence = "```yaml\n";
  for (std::size_t at = text.find(kFence); at != std::string::npos; at = text.find(kFence, at + 1)) {
    const std::size_t begin = at + kFence.size();
    const auto document = parse_document(text.substr(begin, text.find("```", begin) - begin));
    ASSERT_TRUE(document);
    EXPECT_EQ(schema::describe(schema.validate(document->value)), "");
    const auto definition = parse_definition(document->value);
    ASSERT_TRUE(definition) << describe(definition.error());
    const auto plan = make_plan(*definition, test_lookup);
    EXPECT_TRUE(plan) << (plan ? "" : describe(plan.error()));
    ++blocks;
  }
  EXPECT_EQ(blocks, 3U);
}

TEST(Examples, BlueprintsListenToEvents) {
  const auto definition = parse_definition(read("examples/reference/blueprint.yaml").value);
  ASSERT_TRUE(definition);
  EXPECT_EQ(definition->trigger.kind, TriggerKind::kEvent);
  EXPECT_EQ(definition->trigger.patterns, std::vector<std::string>{"audit.result.fail"});
}

}  // namespace
}  // namespace commandcenter::workflow
