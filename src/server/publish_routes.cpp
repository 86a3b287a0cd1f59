// POST /api/events: starts the workflows that wait for an event.
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "observe/trace.h"
#include "server/api.h"
#include "server/routes.h"
#include "trigger/trigger.h"

namespace commandcenter::server {
namespace {

// Answers 400 itself.
std::optional<std::int64_t> project_of(const Json& body, const Request& request, Responder& responder) {
  const Json* project = find_member(body, "projectId");
  if (project == nullptr || project->is_null()) return 1;
  if (project->is_number_integer() && *project >= 1 && *project <= std::numeric_limits<std::int64_t>::max())
    return project->get<std::int64_t>();
  responder.respond(error_response(
      400,
      fmt::format("projectId: {} is no project; expected a whole number from 1 on", dump_json(*project).substr(0, 100)),
      "invalid", request.id));
  return std::nullopt;
}

void publish(Services& services, const Request& request, const Params&, const std::shared_ptr<Responder>& responder) {
  const auto body = json_body(request, *responder);
  if (!body) return;
  const auto project_id = project_of(*body, request, *responder);
  if (!project_id) return;
  auto event = trigger::parse_event({}, *body);
  if (!event) return responder->respond(error_response(event.error(), request.id));
  if (event->source.empty()) event->source = "api";
  if (const auto header = request.headers.find(observe::kTraceParent);
      header != request.headers.end() && observe::parse_trace_parent(header->second))
    event->trace_parent = header->second;
  services.triggers.events().publish(
      *project_id, std::move(*event),
      reply_with<trigger::Outcome>(responder, request.id, [](const trigger::Outcome& outcome) {
        return json_response(202, outcome_view(outcome));
      }));
}

}  // namespace

Json outcome_view(const trigger::Outcome& outcome) {
  Json runs = Json::array();
  for (const trigger::StartedRun& run : outcome.runs)
    runs.push_back(
        {{"id", run.run_id}, {"workflowId", run.workflow_id}, {"status", run.duplicate ? run.status : "PENDING"}});
  Json view = {{"eventId", outcome.event_id}, {"matched", outcome.matched}, {"workflowRuns", std::move(runs)}};
  if (outcome.duplicate) view["duplicate"] = true;
  if (outcome.not_started.empty()) return view;
  Json& failures = view["notStarted"] = Json::array();
  for (const trigger::NotStarted& failed : outcome.not_started) {
    failures.push_back(
        {{"workflowId", failed.workflow_id}, {"error", failed.error.message}, {"code", error_word(failed.error.code)}});
  }
  return view;
}

Json outcome_schema() {
  using namespace schema;
  const Json started = object({{"id", text()},
                               {"workflowId", text()},
                               {"status", described(text(), "Of the run; \"\" when it is no longer kept")}});
  const Json failed = object({{"workflowId", text()}, {"error", text()}, {"code", text()}});
  return object({{"eventId", text()},
                 {"matched", integer()},
                 {"workflowRuns", list(started)},
                 optional("duplicate", described(boolean(), "It came before, and started all that it matches")),
                 optional("notStarted", list(failed))});
}

void add_publish_routes(Api& api) {
  using namespace schema;
  api.add("POST", {"/api/events"},
          {.id = "publishEvent",
           .tag = "Events",
           .summary = "Start the workflows that wait for an event",
           .description =
               "The answer comes when all runs are on disk. An `id` that was seen before starts nothing twice. The "
               "envelope `{event_id, subject, origin, timestamp, payload}` is understood too.",
           .body = object({optional("type", described(text(), "As in NATS subjects: graph.file.updated")),
                           optional("payload", any()), optional("id", text()), optional("source", nullable(text())),
                           optional("timestamp", nullable(text())),
                           optional("depth", described(integer(), "One more than that of the event that caused this")),
                           optional("projectId", nullable(integer()))}),
           .traffic = Traffic::kTrigger,
           .answers = {{202, "What was started", outcome_schema()},
                       bad_request("The event is wrong, or of a chain that is too long"),
                       {413, "The payload is too large, or too many workflows match", ref("Error")}}},
          publish);
}

}  // namespace commandcenter::server
