// Reads scenario files, and the agents and plans they stand on.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/document.h"
#include "core/run/scenario.h"

namespace commandcenter::run::scenario {
namespace {

constexpr std::string_view kInputSchema = R"({
  "type": "object",
  "properties": {
    "path": {"type": "string", "x-workspace": true},
    "n": {"type": "integer"},
    "text": {"type": "string"},
    "value": {}
  },
  "additionalProperties": false
})";

workflow::AgentSnapshot agent(std::string name, std::string action, workflow::Risk risk, bool has_effects) {
  workflow::AgentSnapshot snapshot;
  snapshot.id = "id-of-" + name;
  snapshot.name = std::move(name);
  snapshot.version = "1.0.0";
  snapshot.risk = risk;
  snapshot.has_effects = has_effects;
  snapshot.actions.push_back({std::move(action), *parse_json(kInputSchema), Json::object()});
  return snapshot;
}

// Words, quoted texts, and at the end of a line perhaps a map or a list.
Result<Step> parse_step(int line, std::string_view text) {
  Step step{line, text.front(), std::string(text.substr(1)), {}, {}};
  text.remove_prefix(1);
  while (true) {
    const std::size_t start = text.find_first_not_of(' ');
    if (start == std::string_view::npos) return step;
    text.remove_prefix(start);
    if (text.front() == '{' || text.front() == '[') {
      auto json = parse_json(text);
      if (!json) return fail(json.error());
      step.json = std::move(*json);
      return step;
    }
    if (text.front() != '"') {
      const std::size_t end = std::min(text.find(' '), text.size());
      step.tokens.push_back({std::string(text.substr(0, end)), false});
      text.remove_prefix(end);
      continue;
    }
    std::size_t end = 1;
    while (end < text.size() && text[end] != '"')
      end += text[end] == '\\' ? 2U : 1U;
    const auto quoted = parse_json(text.substr(0, end + 1));
    if (!quoted) return fail(quoted.error());
    step.tokens.push_back({quoted->get<std::string>(), true});
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::optional<workflow::AgentSnapshot> find_agent(const std::string& name) {
  if (name == "reader") return agent(name, "read", workflow::Risk::kAuto, false);
  if (name == "writer") return agent(name, "write", workflow::Risk::kAuto, true);
  if (name == "editor" || name == "fixer") {
    auto found =
        agent(name, "edit", name == "fixer" ? workflow::Risk::kApprovalRequired : workflow::Risk::kAuto, false);
    found.changes_workspace = true;
    return found;
  }
  if (name == "risky") return agent(name, "act", workflow::Risk::kApprovalRequired, true);
  return std::nullopt;
}

Result<std::shared_ptr<const workflow::Plan>> make_plan_of(std::string_view workflow) {
  const auto document = parse_document(workflow);
  if (!document) return fail(document.error());
  const workflow::Locator locate = [&](const std::string& path) { return document->locate(path); };
  const auto definition = workflow::parse_definition(document->value, locate);
  if (!definition) return fail(ErrorCode::kInvalid, workflow::describe(definition.error()));
  auto plan = workflow::make_plan(*definition, find_agent, locate);
  if (!plan) return fail(ErrorCode::kInvalid, workflow::describe(plan.error()));
  return std::move(*plan);
}

Result<Scenario> parse_scenario(const std::string& path, std::string_view text) {
  Scenario scenario{path, nullptr, {}};
  std::istringstream in{std::string(text)};
  std::string workflow;
  int number = 0;
  bool in_workflow = true;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (in_workflow) {
      if (line != "---") {
        workflow += line + "\n";
        continue;
      }
      in_workflow = false;
      auto plan = make_plan_of(workflow);
      if (!plan) return fail(ErrorCode::kInvalid, fmt::format("{}:{}: {}", path, number, plan.error().message));
      scenario.plan = std::move(*plan);
      continue;
    }
    if (line.empty() || line.front() == '#') continue;
    const auto wrong = [&](std::string_view what) {
      return fail(ErrorCode::kInvalid, fmt::format("{}:{}: {}", path, number, what));
    };
    if (std::string_view(">=@").find(line.front()) == std::string_view::npos) {
      return wrong("expected an event (>), an expectation (=), a time (@) or a comment (#)");
    }
    auto step = parse_step(number, line);
    if (!step) return wrong(step.error().message);
    if (step->tokens.empty()) return wrong("expected a word");
    scenario.steps.push_back(std::move(*step));
  }
  if (in_workflow)
    return fail(ErrorCode::kInvalid, fmt::format("{}:{}: expected --- behind the workflow", path, number));
  return scenario;
}

Result<Scenario> read_scenario(const std::string& path) {
  std::ifstream file(path);
  if (!file) return fail(ErrorCode::kNotFound, path + ":0: cannot be read");
  std::ostringstream text;
  text << file.rdbuf();
  return parse_scenario(path, text.str());
}

std::vector<std::string> scenario_paths() {
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder, error)) {
    if (entry.path().extension() == ".scenario") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

TEST(ScenarioFile, mistakes_are_named_with_their_line) {
  const std::string workflow = "name: x\nnodes: [{id: a, agent: reader, action: read}]\n---\n";
  const auto error = [](const std::string& text) {
    const auto parsed = parse_scenario("f", text);
    return parsed ? "none" : parsed.error().message;
  };
  EXPECT_EQ(error(workflow + "> created\n"), "none");
  EXPECT_EQ(error(workflow + "\ncreated\n"),
            "f:5: expected an event (>), an expectation (=), a time (@) or a comment (#)");
  EXPECT_EQ(error(workflow + ">\n"), "f:4: expected a word");
  EXPECT_TRUE(error(workflow + "> created {\n").starts_with("f:4: line 1"));
  EXPECT_TRUE(error(workflow + "= run \"\n").starts_with("f:4: line 1"));
  EXPECT_EQ(error("name: x\n"), "f:1: expected --- behind the workflow");
  EXPECT_NE(error("name: x\nnodes: [{id: a, agent: nobody}]\n---\n").find("nobody"), std::string::npos);
}

}  // namespace commandcenter::run::scenario
