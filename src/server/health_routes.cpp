// Health: the whole, and each part by itself. A part that is down shows in its own field and makes the answer 503.
#include "server/api.h"
#include "server/routes.h"

namespace commandcenter::server {
namespace {

bool database_answers(Services& services) {
  return services.store.count({.table = store::Table::kAgents}).has_value() && services.engine.health().store_ok;
}

Json breaker_json(const sandbox::RuntimeHealth& runtime) {
  Json json = {{"state", sandbox::state_word(runtime.state)},
               {"failures", runtime.failures_total},
               {"trips", runtime.trips_total},
               {"waiting", runtime.waiting}};
  if (runtime.next_probe_ms) json["nextProbeMs"] = *runtime.next_probe_ms;
  if (!runtime.last_error.empty()) json["lastError"] = runtime.last_error;
  return json;
}

// Not configured is not down.
std::string_view nats_word(const Services& services) {
  if (services.nats == nullptr) return "disabled";
  return services.nats->state().connected ? "connected" : "unavailable";
}

Response whole(Services& services) {
  const engine::Health engine = services.engine.health();
  const bool database = database_answers(services);
  const std::string_view nats = nats_word(services);
  const auto runtime = services.runtime == nullptr ? sandbox::RuntimeHealth{} : services.runtime->health();
  const auto ahead = services.runtime == nullptr ? sandbox::AheadReport{} : services.runtime->ahead();
  const bool executor = runtime.state != sandbox::CircuitBreaker::State::kOpen;
  const bool ok = database && nats != "unavailable" && engine.accepting && executor;
  return json_response(ok ? 200 : 503,
                       {{"status", ok ? "ok" : "degraded"},
                        {"service", "orchestration"},
                        {"database", database},
                        {"nats", nats == "connected"},
                        {"natsStatus", nats},
                        {"executor",
                         {{"backend", services.sandbox.tier == sandbox::Tier::kNone ? "none" : "bubblewrap"},
                          {"tier", sandbox::tier_word(services.sandbox.tier)},
                          {"detail", services.sandbox.detail},
                          {"breaker", breaker_json(runtime)},
                          {"startedAhead",
                           {{"most", ahead.most},
                            {"waiting", ahead.waiting},
                            {"used", ahead.used_total},
                            {"retired", ahead.retired_total}}}}},
                        {"engine",
                         {{"accepting", engine.accepting},
                          {"waitingMessages", engine.waiting_messages},
                          {"runningNodes", engine.running_nodes},
                          {"readyNodes", engine.ready_nodes}}},
                        {"timestamp", iso8601(services.clock.wall_ms())}});
}

using Shown = Response (*)(Services&);

Response live(Services& services) {
  return json_response(200, {{"status", "ok"}, {"timestamp", iso8601(services.clock.wall_ms())}});
}

Response ready(Services& services) {
  const bool ready = services.engine.health().accepting && database_answers(services);
  return json_response(ready ? 200 : 503, {{"status", ready ? "ok" : "unavailable"}});
}

Response database(Services& services) {
  const bool database = database_answers(services);
  return json_response(database ? 200 : 503, {{"status", database ? "connected" : "unavailable"}});
}

Response nats(Services& services) {
  const std::string_view word = nats_word(services);
  if (services.nats == nullptr) return json_response(200, {{"status", word}});
  const outbox::State state = services.nats->state();
  Json view = {{"status", word}, {"position", state.position}, {"waiting", state.waiting}};
  if (!state.error.empty()) view["error"] = state.error;
  view["subscriptions"] = services.nats_listener != nullptr ? Json(services.nats_listener->patterns()) : Json::array();
  return json_response(word == "connected" ? 200 : 503, view);
}

Json whole_schema() {
  using namespace schema;
  return object(
      {{"status", words({"ok", "degraded"})},
       {"service", text()},
       {"database", boolean()},
       {"nats", boolean()},
       {"natsStatus", words({"disabled", "connected", "unavailable"})},
       {"executor",
        object({{"backend", text()},
                {"tier", words({"full", "namespaces", "none"})},
                {"detail", text()},
                {"breaker", object({{"state", words({"closed", "open", "half-open"})},
                                    {"failures", integer()},
                                    {"trips", integer()},
                                    {"waiting", integer()},
                                    optional("nextProbeMs", integer()),
                                    optional("lastError", text())})},
                {"startedAhead",
                 object({{"most", integer()}, {"waiting", integer()}, {"used", integer()}, {"retired", integer()}})}})},
       {"engine", object({{"accepting", boolean()},
                          {"waitingMessages", integer()},
                          {"runningNodes", integer()},
                          {"readyNodes", integer()}})},
       {"timestamp", timestamp()}});
}

}  // namespace

void add_health_routes(Api& api) {
  using namespace schema;
  const auto add = [&](const std::vector<std::string>& paths, const std::string& id, const std::string& summary,
                       std::vector<Answer> answers, Shown shown) {
    api.add(
        "GET", paths,
        {.id = id, .tag = "Health", .summary = summary, .traffic = Traffic::kUnlimited, .answers = std::move(answers)},
        [shown](Services& services, const Request&, const Params&, const std::shared_ptr<Responder>& responder) {
          responder->respond(shown(services));
        });
  };
  const Json part = object({{"status", words({"ok", "connected", "unavailable", "disabled"})}});
  api.define("Health", whole_schema());
  add({"/api/health", "/health"}, "getHealth", "The whole",
      {{200, "All is well", ref("Health")}, {503, "A part is down", ref("Health")}}, whole);
  add({"/health/live"}, "getLive", "Whether the process answers",
      {{200, "It does", extended(part, {{"timestamp", timestamp()}})}}, live);
  add({"/health/ready"}, "getReady", "Whether runs are accepted", {{200, "They are", part}, {503, "Not now", part}},
      ready);
  add({"/health/db"}, "getDatabaseHealth", "The store", {{200, "It answers", part}, {503, "It does not", part}},
      database);
  const Json bus = extended(part, {optional("position", described(integer(), "Published up to here")),
                                   optional("waiting", described(integer(), "Entries of the journal after it")),
                                   optional("error", text()), optional("subscriptions", list(text()))});
  add({"/health/nats"}, "getBusHealth", "NATS",
      {{200, "It is connected, or not configured", bus}, {503, "It is away; events wait", bus}}, nats);
}

}  // namespace commandcenter::server
