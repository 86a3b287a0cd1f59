// Health: the whole, and each part by itself. A part that is down shows in its own field and makes the answer 503.
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

}  // namespace

void add_health_routes(Router& router, Services& services) {
  for (const char* path : {"/health", "/api/health"}) {
    router.add("GET", path, [&services](const Request&, const Params&, std::shared_ptr<Responder> responder) {
      responder->respond(whole(services));
    });
  }
  router.add("GET", "/health/live", [&services](const Request&, const Params&, std::shared_ptr<Responder> responder) {
    responder->respond(json_response(200, {{"status", "ok"}, {"timestamp", iso8601(services.clock.wall_ms())}}));
  });
  router.add("GET", "/health/ready", [&services](const Request&, const Params&, std::shared_ptr<Responder> responder) {
    const bool ready = services.engine.health().accepting && database_answers(services);
    responder->respond(json_response(ready ? 200 : 503, {{"status", ready ? "ok" : "unavailable"}}));
  });
  router.add("GET", "/health/db", [&services](const Request&, const Params&, std::shared_ptr<Responder> responder) {
    const bool database = database_answers(services);
    responder->respond(json_response(database ? 200 : 503, {{"status", database ? "connected" : "unavailable"}}));
  });
  router.add("GET", "/health/nats", [&services](const Request&, const Params&, std::shared_ptr<Responder> responder) {
    const bool bus = services.bus.healthy();
    responder->respond(
        json_response(bus ? 200 : 503, {{"status", bus ? "connected" : "unavailable"}, {"bus", "in-process"}}));
  });
}

}  // namespace commandcenter::server
