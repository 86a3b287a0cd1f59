// What other systems call: /api/webhooks/alertmanager, /grafana and /github, and the addresses that workflows choose
// themselves, below /api/hooks.
#include <fmt/format.h>

#include "base/sha256.h"
#include "server/api.h"
#include "server/http_wire.h"
#include "server/idempotency.h"
#include "server/routes.h"
#include "trigger/github.h"

namespace commandcenter::server {
namespace {

std::string header(const Request& request, const char* name) {
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? std::string() : found->second;
}

Response unauthorized(std::string_view message, const Request& request) {
  Response response = error_response(401, message, "unauthorized", request.id);
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

// "Authorization: Bearer …", "X-Webhook-Token: …" or "?token=…", for senders that can do no better.
bool knows(const Request& request, const std::string& token) {
  constexpr std::string_view kBearer = "Bearer ";
  const std::string authorization = header(request, "authorization");
  const auto query = request.query.find("token");
  std::string given = header(request, "x-webhook-token");
  if (same_word(authorization.substr(0, kBearer.size()), kBearer)) given = authorization.substr(kBearer.size());
  if (given.empty() && query != request.query.end()) given = query->second;
  return equal_secrets(given, token);
}

bool has_signed(const Request& request, const std::string& secret) {
  return equal_secrets(header(request, "x-hub-signature-256"), "sha256=" + hmac_sha256_hex(secret, request.body));
}

// ---- alerts

bool may_alert(const Services& services, const Request& request, Responder& responder) {
  const std::string& token = services.webhooks.alert_token;
  if (token.empty() || knows(request, token)) return true;
  responder.respond(
      unauthorized("The token of alert webhooks is missing or wrong; send Authorization: Bearer", request));
  return false;
}

Json runs_view(const std::vector<trigger::StartedRun>& runs) {
  Json list = Json::array();
  for (const trigger::StartedRun& run : runs)
    list.push_back({{"id", run.run_id}, {"status", "PENDING"}});
  return list;
}

void notify(Services& services, const Request& request, const Json& body, const char* trigger,
            const std::shared_ptr<Responder>& responder) {
  auto alerts = trigger::read_alerts(body, services.webhooks, services.clock.wall_ms());
  if (!alerts) return responder->respond(error_response(alerts.error(), request.id));
  if (alerts->empty()) return responder->respond(json_response(200, {{"message", "No alerts to process"}}));
  services.alerts.notify(services.webhooks.alert_project, trigger, std::move(*alerts),
                         reply_with<trigger::AlertOutcome>(
                             responder, request.id, [count = alerts->size()](const trigger::AlertOutcome& outcome) {
                               Json view = {{"message", fmt::format("Processed {} alerts", count)},
                                            {"workflowRuns", runs_view(outcome.runs)},
                                            {"repeated", outcome.repeated}};
                               if (!outcome.not_started.empty()) view["notStarted"] = outcome.not_started.size();
                               return json_response(200, view);
                             }));
}

void alertmanager(Services& services, const Request& request, const Params&,
                  const std::shared_ptr<Responder>& responder) {
  if (!may_alert(services, request, *responder)) return;
  const auto body = json_body(request, *responder);
  if (body) notify(services, request, *body, "alertmanager_webhook", responder);
}

void grafana(Services& services, const Request& request, const Params&, const std::shared_ptr<Responder>& responder) {
  if (!may_alert(services, request, *responder)) return;
  const auto body = json_body(request, *responder);
  if (!body) return;
  if (find_member(*body, "alerts") != nullptr) return notify(services, request, *body, "grafana_webhook", responder);
  if (find_member(*body, "state") == nullptr && find_member(*body, "ruleName") == nullptr) {
    return responder->respond(error_response(
        400, "The body is no alert of Grafana: it has neither alerts nor state and ruleName", "invalid", request.id));
  }
  std::vector<trigger::Alert> alerts{trigger::read_grafana_rule(*body, services.webhooks, services.clock.wall_ms())};
  services.alerts.notify(
      services.webhooks.alert_project, "grafana_webhook", std::move(alerts),
      reply_with<trigger::AlertOutcome>(responder, request.id, [](const trigger::AlertOutcome& outcome) {
        if (outcome.runs.empty())
          return json_response(200, {{"workflowRunId", nullptr}, {"message", "The state of this alert was known"}});
        return json_response(200, {{"workflowRunId", outcome.runs.front().run_id}});
      }));
}

// ---- GitHub

bool may_deliver(const Services& services, const Request& request, Responder& responder) {
  const trigger::WebhookConfig& config = services.webhooks;
  if (config.github_secret.empty()) {
    if (config.github == "unsigned") return true;
    responder.respond(error_response(
        403, "No secret for GitHub's webhooks is configured: set webhooks.githubSecret to the one entered at GitHub",
        "forbidden", request.id));
    return false;
  }
  if (has_signed(request, config.github_secret)) return true;
  responder.respond(
      unauthorized("X-Hub-Signature-256 is missing or does not fit the configured secret and the body", request));
  return false;
}

void github(Services& services, const Request& request, const Params&, const std::shared_ptr<Responder>& responder) {
  if (!may_deliver(services, request, *responder)) return;  // before anything is read into the body
  const auto body = json_body(request, *responder);
  if (!body) return;
  const std::string kind = header(request, "x-github-event");
  if (kind.empty()) {
    return responder->respond(
        error_response(400, "X-GitHub-Event is missing; it names the kind of delivery", "invalid", request.id));
  }
  if (kind == "ping") return responder->respond(json_response(200, {{"message", "pong"}}));
  auto event = trigger::read_github(kind, header(request, "x-github-delivery"), *body);
  if (!event) {
    return responder->respond(json_response(
        202, {{"message", "Deliveries of this kind start nothing; push and pull_request do"}, {"matched", 0}}));
  }
  services.triggers.events().publish(
      services.webhooks.github_project, std::move(*event),
      reply_with<trigger::Outcome>(responder, request.id, [](const trigger::Outcome& outcome) {
        return json_response(202, outcome_view(outcome));
      }));
}

// ---- addresses of workflows

bool fits_a_hook(const Request& request, Responder& responder) {
  if (request.body.size() <= trigger::kMaxPayload_bytes) return true;
  responder.respond(error_response(
      413, fmt::format("The body has {} bytes; a webhook takes {}", request.body.size(), trigger::kMaxPayload_bytes),
      "too_large", request.id));
  return false;
}

// Over the body as it was sent: what nobody vouches for is not parsed.
bool may_call(const trigger::Hook& hook, const Request& request, Responder& responder) {
  if (!hook.token.empty() && !knows(request, hook.token)) {
    responder.respond(
        unauthorized("The token of this webhook is missing or wrong; send Authorization: Bearer", request));
    return false;
  }
  if (hook.secret.empty() || has_signed(request, hook.secret)) return true;
  responder.respond(
      unauthorized("X-Hub-Signature-256 is missing or does not fit the webhook's secret and the body", request));
  return false;
}

void call_hook(Services& services, const Request& request, const Params& params,
               const std::shared_ptr<Responder>& responder) {
  std::string path;
  for (std::size_t i = 0; i < params.size(); ++i)
    path += (i == 0 ? "" : "/") + params.at(fmt::format("part{}", i));
  if (!fits_a_hook(request, *responder)) return;
  const auto hook = services.triggers.hook(path);
  if (!hook) {
    return responder->respond(
        error_response(404, fmt::format("No workflow has the webhook path {}", path), "not_found", request.id));
  }
  if (!may_call(*hook, request, *responder)) return;
  auto body = json_body(request, *responder);
  if (!body) return;
  const auto idempotency = idempotency_of(request, services.clock, *responder);
  if (!idempotency) return;
  engine::TriggerRun message;
  message.once = idempotency->once;
  message.workflow = hook->workflow_id;
  message.project_id = hook->project_id;
  message.trigger = "webhook";
  message.context = {{"webhook", std::move(*body)}, {"path", path}};
  message.records_failure = true;
  message.reply = reply_with<engine::RunView>(
      responder, request.id, [known = *idempotency, id = request.id](const engine::RunView& run) {
        if (run.duplicate && !is_same_request(known, run.recorded)) return refuse_reused_key(id);
        Response response = json_response(201, {{"workflowRunId", run.run_id},
                                                {"id", run.run_id},
                                                {"status", "PENDING"},
                                                {"message", "Workflow execution started"}});
        response.headers.emplace_back("Location",
                                      fmt::format("/api/workflows/{}/runs/{}", run.workflow_id, run.run_id));
        if (run.duplicate) mark_replayed(response);
        return response;
      });
  send(services, std::move(message), responder, request.id);
}

}  // namespace

void add_alert_routes(Api& api) {
  using namespace schema;
  const Json run = object({{"id", text()}, {"status", words({"PENDING"})}});
  const Json processed = object({{"message", text()},
                                 optional("workflowRuns", list(run)),
                                 optional("repeated", described(integer(), "Alerts whose state was known")),
                                 optional("notStarted", integer())});
  const Answer no_token{401, "The token is missing or wrong", ref("Error")};
  const Answer no_workflow = conflict("The workflow alert-notification cannot be started, or not be made");
  api.add("POST", {"/api/webhooks/alertmanager"},
          {.id = "alertmanagerWebhook",
           .tag = "Webhooks",
           .summary = "Alerts of Alertmanager, version 4",
           .description = "One run of the workflow alert-notification for each alert whose state changed.",
           .body = object({optional("alerts", any())}),
           .traffic = Traffic::kWebhook,
           .answers = {{200, "What was started", processed}, bad_request("alerts is no list"), no_token, no_workflow}},
          alertmanager);
  api.add("POST", {"/api/webhooks/grafana"},
          {.id = "grafanaWebhook",
           .tag = "Webhooks",
           .summary = "Alerts of Grafana, in its old form and its new one",
           .body = any(),
           .traffic = Traffic::kWebhook,
           .answers = {{200, "What was started: one run for the old form, a list for the new one",
                        object({optional("workflowRunId", nullable(text())), optional("message", text()),
                                optional("workflowRuns", list(run)), optional("repeated", integer()),
                                optional("notStarted", integer())})},
                       bad_request("The body is no alert of Grafana"),
                       no_token,
                       no_workflow}},
          grafana);
}

void add_webhook_routes(Api& api) {
  using namespace schema;
  add_alert_routes(api);
  api.add("POST", {"/api/webhooks/github"},
          {.id = "githubWebhook",
           .tag = "Webhooks",
           .summary = "Deliveries of GitHub: push and pull_request become events",
           .headers = {{"X-GitHub-Event", "Kind of the delivery"},
                       {"X-GitHub-Delivery", "Its id; one that came before starts nothing twice"},
                       {"X-Hub-Signature-256", "HMAC of the body with the configured secret"}},
           .body = any(),
           .traffic = Traffic::kWebhook,
           .answers = {{200, "To a ping", object({{"message", text()}})},
                       {202, "What was started", any()},
                       bad_request("X-GitHub-Event is missing"),
                       {401, "The signature is missing or wrong", ref("Error")}}},
          github);
  std::vector<std::string> paths;
  std::string path = "/api/hooks";
  for (int depth = 0; depth < workflow::kMaxHookPathParts; ++depth)
    paths.push_back(path += fmt::format("/:part{}", depth));
  api.add(
      "POST", paths,
      {.id = "callHook",
       .tag = "Webhooks",
       .summary = "Start the workflow whose trigger has this path",
       .headers = {{"X-Webhook-Token", "The webhook's token, if it has one; also as Authorization: Bearer or ?token="},
                   {"X-Hub-Signature-256", "HMAC of the body with the webhook's secret, if it has one"},
                   idempotency_header()},
       .body = any(),
       .traffic = Traffic::kWebhook,
       .answers = {{201, "The run",
                    object({{"workflowRunId", text()}, {"id", text()}, {"status", text()}, {"message", text()}})},
                   bad_request("The body is no JSON object"),
                   {401, "The token or the signature is missing or wrong", ref("Error")},
                   not_found("No workflow has this path"),
                   conflict("The workflow is not ACTIVE"),
                   reused_key()}},
      call_hook);
}

}  // namespace commandcenter::server
