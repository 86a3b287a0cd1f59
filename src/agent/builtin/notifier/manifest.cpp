// What the notifier tells the registry about itself.
#include "agent/builtin/notifier/notifier.h"
#include "agent/builtin/notifier/request.h"

namespace commandcenter::notifier {
namespace {

constexpr const char* kDialect = "https://json-schema.org/draft/2020-12/schema";

Json text(const char* description) {
  return {{"type", "string"}, {"description", description}};
}

Json secret(const char* description) {
  return {{"type", "string"}, {"writeOnly", true}, {"description", description}};
}

Json number(const char* description) {
  return {{"type", "number"}, {"minimum", 0}, {"description", description}};
}

Json channels() {
  return Json::array({"slack", "discord", "webhook", "email", "github", "console"});
}

void add_destination(Json& properties) {
  properties["channel"] = {{"type", "string"}, {"enum", channels()}, {"description", "Where the notification goes."}};
  properties["webhookUrl"] = secret("http(s) URL of the webhook; required for slack, discord and webhook.");
  properties["signingSecret"] = secret("webhook: key of the HMAC in X-Hub-Signature-256.");
  properties["smtpUrl"] = text("email: smtp://host[:port] or smtps://host[:port].");
  properties["smtpUser"] = text("email: user; only ever sent over TLS.");
  properties["smtpPassword"] = secret("email: password.");
  properties["from"] = text("email: sender.");
  properties["to"] = {{"type", Json::array({"string", "array"})}, {"description", "email: recipients."}};
  properties["repository"] = text("github: owner/name.");
  properties["commit"] = text("github: hash of the commit that the check is about.");
  properties["githubToken"] = secret("github: token that may write checks.");
  properties["checkName"] = text("github: name of the check; commandcenter if left out.");
  properties["apiUrl"] = text("github: another API than https://api.github.com.");
  properties["ratePerSecond"] = number("At most so many sendings a second; 0 is no limit.");
  properties["burst"] = number("So many at once before ratePerSecond counts.");
}

// Whatever an output holds may be said: a template that is a whole value keeps its type, and to tell of work that is
// done should not fail for that.
void add_message(Json& properties) {
  properties["message"] = {{"type", {"string", "number", "boolean", "object", "array"}},
                           {"description", "What it says; what is no text is told as JSON."}};
  properties["title"] = {{"type", {"string", "number", "boolean", "object", "array", "null"}},
                         {"description", "A headline."}};
  properties["severity"] = {{"type", "string"},
                            {"enum", {"info", "warning", "error", "critical", "low", "medium", "high"}},
                            {"default", "info"},
                            {"description", "Of findings, low is told as info, medium as warning, high as error."}};
  properties["metadata"] = {{"type", {"object", "null"}},
                            {"description", "Shown as fields. Values of members named like secrets are masked."}};
  properties["link"] = {{"type", {"string", "null"}}, {"description", "http(s) address to follow."}};
  properties["format"] = {{"type", "string"},
                          {"enum", {"plain", "markdown"}},
                          {"default", "plain"},
                          {"description", "plain: every character shows as itself."}};
  properties["id"] = text("Idempotency key: a message with the same id counts once.");
  properties["annotations"] = {{"type", {"array", "null"}},
                               {"description", "Remarks on lines: path, line, severity, message."}};
  properties["findings"] = {{"type", {"array", "null"}},
                            {"description", "The same, as the scanner and the reviewer give them."}};
}

Json likeness(const char* description) {
  return {{"type", "object"},
          {"description", description},
          {"properties",
           {{"by", {{"type", "array"}, {"items", {{"type", "string"}}}}},
            {"windowSeconds", {{"type", "integer"}, {"minimum", 1}, {"maximum", kMaxWindow_s}}}}}};
}

Json input_schema() {
  Json properties = Json::object();
  add_destination(properties);
  add_message(properties);
  Json of_message = Json::object();
  add_message(of_message);
  Json of_destination = {{"name", text("What routes call it; the channel if left out.")}};
  add_destination(of_destination);
  properties["name"] = of_destination["name"];
  properties["messages"] = {{"type", "array"},
                            {"maxItems", kMaxMessages},
                            {"items", {{"type", "object"}, {"required", {"message"}}, {"properties", of_message}}},
                            {"description", "Several messages instead of one."}};
  properties["destinations"] = {
      {"type", "array"},
      {"maxItems", kMaxDestinations},
      {"items", {{"type", "object"}, {"required", {"channel"}}, {"properties", of_destination}}},
      {"description", "Several destinations instead of one."}};
  properties["routes"] = {
      {"type", "array"},
      {"description", "Who is told of what: minSeverity or severities, to (names of destinations)."},
      {"maxItems", kMaxRoutes}};
  properties["template"] = {
      {"type", "object"},
      {"description", "title and message with {severity}, {message}, {metadata.NAME}, … in them."},
      {"properties", {{"title", text("")}, {"message", text("")}}}};
  properties["dedup"] = likeness("Messages that are alike within the window are sent once.");
  properties["group"] = likeness("Messages that are alike within the window become one.");
  properties["retry"] = {{"type", "object"}, {"description", "maxTries, budgetSeconds, firstBackoffMs."}};
  properties["allowHosts"] = {{"type", "array"},
                              {"items", {{"type", "string"}}},
                              {"description", "Only these hosts: name, *.name, name:port."}};
  properties["allowPrivate"] = {
      {"type", "boolean"}, {"default", false}, {"description", "Addresses that are not of the public Internet, too."}};
  properties["dryRun"] = {{"type", "boolean"}, {"default", false}, {"description", "Only show what would be sent."}};
  return {{"$schema", kDialect},
          {"type", "object"},
          {"anyOf", Json::array({{{"required", Json::array({"channel", "message"})}},
                                 {{"required", Json::array({"channel", "messages"})}},
                                 {{"required", Json::array({"destinations", "message"})}},
                                 {{"required", Json::array({"destinations", "messages"})}}})},
          {"properties", std::move(properties)}};
}

Json output_schema() {
  const Json count = {{"type", "integer"}, {"minimum", 0}};
  return {
      {"$schema", kDialect},
      {"type", "object"},
      {"required", {"success", "channel", "timestamp", "attempts"}},
      {"properties",
       {{"success", {{"type", "boolean"}}},
        {"channel", {{"type", "string"}, {"enum", channels()}}},
        {"messageId", {{"type", "string"}}},
        {"timestamp", {{"type", "string"}, {"format", "date-time"}}},
        {"attempts", count},
        {"duplicates", count},
        {"waiting", count},
        {"secretsMasked", count},
        {"error", {{"type", "string"}}},
        {"dryRun", {{"type", "boolean"}}},
        {"payloads", {{"type", "array"}}},
        {"receipts",
         {{"type", "array"},
          {"items",
           {{"type", "object"},
            {"required", {"destination", "channel", "host", "status", "id", "attempts"}},
            {"properties", {{"status", {{"enum", {"delivered", "failed", "waiting", "duplicate", "dryRun"}}}}}}}}}}}}};
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
          {"version", "2.0.0"},
          {"description", "Tells people: Slack, Discord, e-mail, GitHub checks, webhooks, console"},
          {"type", "SCRIPT"},
          {"riskLevel", "AUTO"},
          {"runtime", "builtin"},
          {"effects", "external"},
          {"sandbox", {{"network", Json::array({"*"})}}},
          {"actions", Json::array({action("send", "Sends notifications; fails when one cannot be delivered"),
                                   another_name(action("notify", "The same as send"))})}};
}

}  // namespace commandcenter::notifier
