// The agents that the tests of this folder plan with.
#pragma once

#include "core/workflow/workflow.h"

namespace commandcenter::workflow {

inline AgentSnapshot test_scanner() {
  AgentSnapshot agent;
  agent.id = "cscanner0000000000000001";
  agent.name = "security-scanner";
  agent.version = "1.0.0";
  agent.has_effects = false;
  agent.actions = {{"scan", *parse_json(R"({"type":"object","properties":{
      "target":{"type":"string","x-workspace":true},"repositoryPath":{"type":"string","x-workspace":true},
      "severity":{"enum":["all","low","medium","high","critical"]},"exclude":{"type":"array",
      "items":{"type":"string"}}}})"),
                    *parse_json(R"({"type":"object"})")}};
  agent.document = {{"entry", "scanner"}};
  return agent;
}

inline AgentSnapshot test_notifier() {
  const Json schema = *parse_json(R"({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object",
      "required":["channel","message"],"properties":{"channel":{"type":"string","enum":["slack","discord","console"]},
      "message":{"type":"string"},"severity":{"enum":["info","warning","error","critical"]},
      "metadata":{"type":"object"},
      "webhookUrl":{"type":"string"}},"additionalProperties":false})");
  AgentSnapshot agent;
  agent.id = "cnotifier000000000000001";
  agent.name = "notifier";
  agent.version = "1.0.0";
  Json alias = schema;
  alias["x-alias"] = "send";
  agent.actions = {{"send", schema, Json::object()}, {"notify", alias, Json::object()}};
  return agent;
}

inline AgentSnapshot test_patcher() {
  AgentSnapshot agent;
  agent.id = "cpatcher0000000000000001";
  agent.name = "patcher";
  agent.version = "2.1.0";
  agent.risk = Risk::kApprovalRequired;
  agent.actions = {{"apply", Json::object(), Json::object()}};
  return agent;
}

inline AgentSnapshot test_deployer() {
  AgentSnapshot agent;
  agent.id = agent.name = "deployer";
  agent.actions = {{"apply", Json::object(), Json::object()}, {"plan", Json::object(), Json::object()}};
  return agent;
}

inline std::optional<AgentSnapshot> test_lookup(const std::string& name_or_id) {
  for (const AgentSnapshot& agent : {test_scanner(), test_notifier(), test_patcher(), test_deployer()}) {
    if (agent.name == name_or_id || agent.id == name_or_id) return agent;
  }
  return std::nullopt;
}

}  // namespace commandcenter::workflow
