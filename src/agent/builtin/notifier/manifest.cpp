// What the notifier tells the registry about itself.
#include "agent/builtin/notifier/notifier.h"

namespace commandcenter::notifier {
namespace {

constexpr const char* kDialect = "https://json-schema.org/draft/2020-12/schema";

Json input_schema() {
  return {
      {"$schema", kDialect},
      {"type", "object"},
      {"required", {"channel", "message"}},
      {"properties",
       {{"channel",
         {{"type", "string"},
          {"enum", {"slack", "discord", "console"}},
          {"description", "Where the notification goes."}}},
        {"message", {{"type", "string"}, {"description", "What it says."}}},
        {"severity", {{"type", "string"}, {"enum", {"info", "warning", "error", "critical"}}, {"default", "info"}}},
        {"metadata",
         {{"type", "object"}, {"description", "Shown as fields. Values of members named like secrets are masked."}}},
        {"webhookUrl",
         {{"type", "string"},
          {"writeOnly", true},
          {"description", "http(s) URL of the webhook; required for slack and discord."}}}}}};
}

Json output_schema() {
  return {{"$schema", kDialect},
          {"type", "object"},
          {"required", {"success", "channel", "timestamp", "attempts"}},
          {"properties",
           {{"success", {{"type", "boolean"}}},
            {"channel", {{"type", "string"}, {"enum", {"slack", "discord", "console"}}}},
            {"messageId", {{"type", "string"}}},
            {"timestamp", {{"type", "string"}, {"format", "date-time"}}},
            {"attempts", {{"type", "integer"}, {"minimum", 1}, {"maximum", kMaxTries}}}}}};
}

Json action(const char* name, const char* description) {
  return {
      {"name", name}, {"description", description}, {"inputSchema", input_schema()}, {"outputSchema", output_schema()}};
}

// So that a workflow may leave the action out: one of two is not a choice when both are the same.
Json another_name(Json action) {
  action["inputSchema"]["x-alias"] = "send";
  return action;
}

}  // namespace

Json manifest() {
  return {{"name", "notifier"},
          {"version", "1.0.0"},
          {"description", "Sends a notification to Slack, Discord or the console"},
          {"type", "SCRIPT"},
          {"riskLevel", "AUTO"},
          {"runtime", "builtin"},
          {"effects", "external"},
          {"sandbox", {{"network", Json::array({"*"})}}},
          {"actions", Json::array({action("send", "Sends one notification; fails when it cannot be delivered"),
                                   another_name(action("notify", "The same as send"))})}};
}

}  // namespace commandcenter::notifier
