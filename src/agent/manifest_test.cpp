// Manifests as strangers write them: each mistake is told with its place, what was wrong and what was expected.
#include <gtest/gtest.h>

#include <filesystem>

#include "agent/agent.h"
#include "base/document.h"

namespace commandcenter::agent {
namespace {

constexpr std::string_view kFine =
    "name: odd\n"
    "version: 1.0.0\n"
    "command: [sh, -c, 'echo']\n"
    "actions: [{name: go}]\n";

tl::expected<Agent, Problems> read(const std::string& more, std::string_view base = kFine,
                                   const LimitPolicy* policy = nullptr) {
  const auto document = parse_document(std::string(base) + more);
  if (!document) return tl::unexpected(Problems{{"", 0, 0, document.error().message}});
  return parse_manifest(*document, std::filesystem::temp_directory_path().string(), policy);
}

// The only problem, as "path: message"; empty when there is none.
std::string problem(const std::string& more, std::string_view base = kFine, const LimitPolicy* policy = nullptr) {
  const auto agent = read(more, base, policy);
  if (agent) return {};
  EXPECT_EQ(agent.error().size(), 1U) << more << workflow::describe(agent.error());
  EXPECT_TRUE(agent.error().front().line > 0 || agent.error().front().message.find("line ") != std::string::npos);
  return agent.error().front().path + ": " + agent.error().front().message;
}

void expect_each(const std::vector<std::pair<std::string, std::string>>& cases, const LimitPolicy* policy = nullptr) {
  for (const auto& [more, words] : cases) {
    const std::string told = problem(more, kFine, policy);
    EXPECT_NE(told.find(words), std::string::npos) << more << "told: " << told;
  }
}

std::string limits(const std::string& text) {
  return "sandbox: {limits: {" + text + "}}\n";
}

TEST(Manifest, LimitsThatMakeNoSense) {  // pitfall B13
  EXPECT_EQ(problem(""), "");
  expect_each({
      {limits("timeout: 0"), "sandbox.limits.timeout: must be more than 0"},
      {limits("timeout: -1"), "sandbox.limits.timeout: expected a duration"},
      {limits("timeout: 1e300"), "expected a duration"},
      {limits("memory: 512"), "sandbox.limits.memory: 512 bytes is too little; the least is 8 MiB; a bare number"},
      {limits("memory: 99999999999999999999"), "expected a size"},
      {limits("memoryMb: 1"), "sandbox.limits.memoryMb: 1 MiB is too little; the least is 8 MiB"},
      {limits("memoryMb: 2000000"), "expected a whole number from 1 to 1000000, got 2000000"},
      {limits("openFiles: 3"), "sandbox.limits.openFiles: 3 is too little; the least is 16"},
      {limits("scratch: 1"), "the least is 4 KiB"},
      {limits("scratchFiles: 1"), "the least is 16"},
      {limits("fileSize: 1"), "the least is 4 KiB"},
      {limits("workspace: 1"), "the least is 4 KiB"},
      {limits("processes: 0"), "expected a whole number from 1"},
      {limits("proceses: 1"), "did you mean \"processes\"?"},
      {limits("timeout: 5s, timeoutSeconds: 7"), "sandbox.limits.timeout sets the same limit"},
      {limits("memory: 64MB") + "limits: {memoryMb: 128}\n", "sandbox.limits.memory sets the same limit"},
      {limits("timeout: 5s") + "timeout: 7s\n", "timeout: sandbox.limits.timeout sets the same limit"},
      {limits("memory: 64MB, memory: 128MB"), "the key \"memory\" occurs twice"},
  });
}

TEST(Manifest, NothingAboveTheOperatorsCeilings) {  // pitfall B13, feature 52
  LimitPolicy policy;
  policy.most.memory_bytes = 64LL << 20;
  policy.memory_bytes = 32LL << 20;
  policy.most.processes = 10;
  policy.most.stdout_bytes = 0;  // as much as it likes
  expect_each({{limits("memory: 65MB"),
                "sandbox.limits.memory: 65 MiB is more than this server allows, 64 MiB (ceilings.memory)"},
               {limits("processes: 11"), "11 is more than this server allows, 10 (ceilings.processes)"},
               {limits("timeout: 25h"), "25 h 0 min is more than this server allows, 24 h 0 min (ceilings.timeout)"}},
              &policy);
  EXPECT_EQ(problem(limits("memory: 64MB, processes: 10, stdout: 100GB, timeout: 24h"), kFine, &policy), "");
  policy.memory_bytes = 1LL << 30;  // what everybody gets may also be asked for
  EXPECT_EQ(problem(limits("memory: 1GB"), kFine, &policy), "");

  // Lowered after it was registered: what is asked for gives way, what is not asked for is the operator's own.
  const auto agent = read(limits("memory: 2GB, processes: 100"));
  ASSERT_TRUE(agent);
  EXPECT_EQ(effective_limits(*agent, policy).memory_bytes, 1LL << 30);
  EXPECT_EQ(effective_limits(*agent, policy).processes, 10);
  EXPECT_EQ(effective_limits(*agent, policy).timeout_ms, policy.timeout_ms);
}

TEST(Manifest, TwoNamesForOneThing) {
  expect_each({
      {"risk: AUTO\nriskLevel: APPROVAL_REQUIRED\n", "risk: means the same as riskLevel"},
      {"entry: run.sh\n", "entry: means the same as command"},
      {"runtime: {type: command, command: [sh, -c]}\n", "runtime.command: the manifest has a command outside"},
      {"capabilities: [{name: other}]\n", "capabilities: means the same as actions"},
      {"name: other\n", "the key \"name\" occurs twice"},
  });
  constexpr std::string_view kBoth =
      "name: odd\nversion: 1\ncommand: [sh, -c]\nactions: [{name: go, input: {}, inputSchema: {}}]\n";
  EXPECT_EQ(problem("", kBoth),
            "actions[0].input: means the same as inputSchema, which is there as well; leave one of "
            "them out");
  const auto json =
      R"({"name": "a", "name": "b", "version": "1", "command": ["sh", "-c"], "actions": [{"name": "go"}]})";
  EXPECT_NE(problem("", json).find("line 1, column 15: the key \"name\" occurs twice"), std::string::npos)
      << problem("", json);
}

TEST(Manifest, NewcomersAreToldWhereThingsBelong) {
  EXPECT_EQ(problem("memory: 512MB\n"), "memory: belongs below limits");
  EXPECT_EQ(problem("network: [api.example.org:443]\n"), "network: belongs below sandbox");
  EXPECT_EQ(problem("", "name: odd\nversion: 1\ncommand: sh run.sh\nactions: [{name: go}]\n"),
            "command: sh run.sh is not in the agent's folder; a program and its arguments are a list: [sh, …]");
}

TEST(Manifest, WhatIsNotOfItsRuntime) {
  expect_each({
      {"image: linter\n", "image: is for an agent with runtime: oci"},
      {"pull: missing\n", "pull: is for an agent with runtime: oci"},
      {"runtime: {image: linter}\n", "runtime.image: is for an agent with runtime: oci"},
      {"runtime: {type: command, mount: /}\n", "runtime.mount: unknown key"},
      {"runtime: {type: 5}\n", "runtime.type: \"5\" is not one of command, oci"},
      {"runtime: docker\n", "runtime: \"docker\" is not one of command, oci"},
      {"runtime: null\n", "runtime: expected text, got null"},
      {"runtime: oci\n", "image is missing"},
      {"runtime: oci\nimage: a b\n", "image: 'a b' names no image"},
      {"runtime: oci\nimage: linter\npull: always\n", "pull: \"always\" is not one of never, missing"},
  });
}

TEST(Manifest, TextsThatCannotBeShown) {
  constexpr std::string_view kRest = "command: [sh, -c]\nactions: [{name: go}]\n";
  const auto with = [&](const std::string& head) { return problem(std::string(kRest), head); };
  EXPECT_EQ(with("name: odd\nversion: 1\n"), "");
  EXPECT_NE(with("name: ..\nversion: 1\n").find("not only dots"), std::string::npos);
  EXPECT_NE(with("name: a/b\nversion: 1\n").find("name: expected at most 100"), std::string::npos);
  EXPECT_NE(with("name: odd\nversion: \"1\\e[2J\"\n").find("version: expected one line"), std::string::npos);
  EXPECT_NE(with("name: odd\nversion: " + std::string(101, '9') + "a\n").find("at most 100 bytes"), std::string::npos);
  EXPECT_NE(
      problem("", "name: odd\nversion: 1\ncommand: [sh, -c]\nactions: [{name: \"a\\nb\"}]\n").find("actions[0].name"),
      std::string::npos);
  EXPECT_NE(problem("", "name: odd\nversion: 1\ncommand: ['', x]\nactions: [{name: go}]\n").find("empty text"),
            std::string::npos);
  EXPECT_NE(problem("", "name: odd\nversion: 1\ncommand: [sh, \"a\\0b\"]\nactions: [{name: go}]\n").find("NUL byte"),
            std::string::npos);
  EXPECT_NE(problem("projectId: -5\n").find("projectId: expected a positive whole number"), std::string::npos);
}

TEST(Manifest, HostsAndSecrets) {  // pitfall B14
  expect_each({
      {"sandbox: {network: '*'}\n", "sandbox.network: expected none, or a list"},
      {"sandbox: {network: [443]}\n", "sandbox.network[0]: expected text such as api.example.org:443, got integer"},
      {"sandbox: {network: ['a.example:443', '*.b.example:0']}\n",
       "sandbox.network[1]: '*.b.example:0' names no hosts"},
      {"sandbox: {mounts: [/]}\n", "sandbox.mounts: unknown key"},
      {"sandbox: {secrets: TOKEN}\n", "sandbox.secrets: expected a list"},
      {"sandbox: {secrets: [a-b]}\n", "sandbox.secrets[0]: expected a secret's name"},
      {"sandbox: {secrets: [A, A]}\n", "sandbox.secrets[1]: A is there twice"},
      {"sandbox: {secrets: [{name: A, env: PATH}]}\n", "sandbox.secrets[0].env: PATH cannot be the variable"},
      {"sandbox: {secrets: [{name: A, env: X}, {name: B, env: X}]}\n", "two secrets cannot both be the variable X"},
  });
}

}  // namespace
}  // namespace commandcenter::agent
