// Health: the whole, and each part by itself. A part that is down shows in its own field and makes the answer 503.
#include "server/api.h"
#include "server/routes.h"

namespace commandcenter::server {
namespace {

bool database_answers(Services& services) {
  return services.store.count({.table = store::Table::kAgents}).has_value() && services.engine.health().store_ok;
}

Response whole(Services& services) {
  const engine::Health engine = services.engine.health();
  const bool database = database_answers(services);
  const bool bus = services.bus.healthy();
  const bool ok = database && bus && engine.accepting;
  return json_response(ok ? 200 : 503,
                       {{"status", ok ? "ok" : "degraded"},
                        {"service", "orchestration"},
                        {"database", database},
                        {"nats", bus},
                        {"bus", "in-process"},
                        {"executor",
                         {{"backend", services.sandbox.tier == sandbox::Tier::kNone ? "none" : "bubblewrap"},
                          {"tier", sandbox::tier_word(services.sandbox.tier)},
                          {"detail", services.sandbox.detail}}},
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
  const bool bus = services.bus.healthy();
  return json_response(bus ? 200 : 503, {{"status", bus ? "connected" : "unavailable"}, {"bus", "in-process"}});
}

Json whole_schema() {
  using namespace schema;
  return object({{"status", words({"ok", "degraded"})},
                 {"service", text()},
                 {"database", boolean()},
                 {"nats", boolean()},
                 {"bus", text()},
                 {"executor", object({{"backend", text()}, {"tier", text()}, {"detail", text()}})},
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
    api.add("GET", paths, {.id = id, .tag = "Health", .summary = summary, .answers = std::move(answers)},
            [shown](Services& services, const Request&, const Params&, const std::shared_ptr<Responder>& responder) {
              responder->respond(shown(services));
            });
  };
  const Json part = object({{"status", words({"ok", "connected", "unavailable"})}});
  api.define("Health", whole_schema());
  add({"/api/health", "/health"}, "getHealth", "The whole",
      {{200, "All is well", ref("Health")}, {503, "A part is down", ref("Health")}}, whole);
  add({"/health/live"}, "getLive", "Whether the process answers",
      {{200, "It does", extended(part, {{"timestamp", timestamp()}})}}, live);
  add({"/health/ready"}, "getReady", "Whether runs are accepted", {{200, "They are", part}, {503, "Not now", part}},
      ready);
  add({"/health/db"}, "getDatabaseHealth", "The store", {{200, "It answers", part}, {503, "It does not", part}},
      database);
  add({"/health/nats"}, "getBusHealth", "The bus", {{200, "It is connected", extended(part, {{"bus", text()}})}}, nats);
}

}  // namespace commandcenter::server
