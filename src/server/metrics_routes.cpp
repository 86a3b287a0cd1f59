// GET /metrics: what was counted since the start, and what is so now, as Prometheus reads it.
#include "server/api.h"
#include "server/routes.h"

namespace commandcenter::server {
namespace {

constexpr const char* kTextFormat = "text/plain; version=0.0.4; charset=utf-8";

void add_engine(const engine::Health& engine, std::vector<observe::Reading>& readings) {
  const auto number = [](auto value) { return static_cast<double>(value); };
  readings.push_back({"workflows_active", "Runs that have not ended", number(engine.unfinished_runs)});
  const std::string runs = "Runs that have not ended, by what they do";
  readings.push_back({"workflow_runs_open", runs, number(engine.moving_runs), {{"state", "moving"}}});
  readings.push_back({"workflow_runs_open", runs, number(engine.queued_runs), {{"state", "queued"}}});
  readings.push_back({"workflow_runs_open",
                      runs,
                      number(engine.unfinished_runs - engine.moving_runs - engine.queued_runs),
                      {{"state", "waiting"}}});
  readings.push_back({"agents_running", "Attempts of agents under way", number(engine.running_nodes)});
  readings.push_back({"agents_waiting", "Attempts that wait for a free place", number(engine.ready_nodes)});
  readings.push_back(
      {"engine_waiting_messages", "Messages the engine has yet to handle", number(engine.waiting_messages)});
}

// The state as its dashboards number it: 0 closed, 1 half-open, 2 open.
double number_of(sandbox::CircuitBreaker::State state) {
  switch (state) {
    case sandbox::CircuitBreaker::State::kClosed:
      return 0;
    case sandbox::CircuitBreaker::State::kHalfOpen:
      return 1;
    case sandbox::CircuitBreaker::State::kOpen:
      return 2;
  }
  return 0;
}

void add_breaker(const sandbox::RuntimeHealth& runtime, std::vector<observe::Reading>& readings) {
  const std::vector<std::pair<std::string, std::string>> of{{"service", "executor"}};
  readings.push_back({"circuit_breaker_state", "0 closed, 1 half-open, 2 open", number_of(runtime.state), of});
  readings.push_back({"circuit_breaker_failures_total", "Launches that failed for want of a sandbox",
                      static_cast<double>(runtime.failures_total), of, true});
  readings.push_back({"circuit_breaker_trips_total", "How often the breaker opened",
                      static_cast<double>(runtime.trips_total), of, true});
}

void add_started_ahead(const sandbox::AheadReport& ahead, std::vector<observe::Reading>& readings) {
  readings.push_back({"agents_ahead_waiting", "Programs that were started ahead and wait for input",
                      static_cast<double>(ahead.waiting)});
  readings.push_back({"agents_ahead_used_total",
                      "Attempts that found such a program",
                      static_cast<double>(ahead.used_total),
                      {},
                      true});
  readings.push_back({"agents_ahead_retired_total",
                      "Such programs that nobody used",
                      static_cast<double>(ahead.retired_total),
                      {},
                      true});
}

void add_bus(const outbox::Outbox& nats, std::vector<observe::Reading>& readings) {
  const outbox::State state = nats.state();
  readings.push_back({"nats_connected", "Whether NATS is reached", state.connected ? 1.0 : 0.0});
  readings.push_back({"outbox_waiting_entries", "Entries of the journal that NATS has yet to take",
                      static_cast<double>(state.waiting)});
}

void add_traces(const outbox::TraceReport& traces, std::vector<observe::Reading>& readings) {
  const auto add = [&](const char* name, const char* help, std::int64_t value) {
    readings.push_back({name, help, static_cast<double>(value), {}, true});
  };
  add("trace_spans_sent_total", "Spans that the collector of traces took", traces.sent);
  add("trace_runs_dropped_total", "Runs whose trace could not be sent", traces.dropped);
}

}  // namespace

void show_metrics(Services& services, Responder& responder) {
  std::vector<observe::Reading> readings = observe::process_readings();
  add_engine(services.engine.health(), readings);
  const auto pending = services.store.count({.table = store::Table::kApprovals, .status = "PENDING"});
  if (pending) readings.push_back({"approvals_pending", "Decisions that wait", static_cast<double>(*pending)});
  readings.push_back({"store_up", "Whether the store works", pending ? 1.0 : 0.0});
  if (services.runtime != nullptr) add_breaker(services.runtime->health(), readings);
  if (services.runtime != nullptr) add_started_ahead(services.runtime->ahead(), readings);
  if (services.nats != nullptr) add_bus(*services.nats, readings);
  if (services.traces != nullptr) add_traces(services.traces->report(), readings);
  Response response;
  response.body = services.metrics.text(readings);
  response.content_type = kTextFormat;
  responder.respond(std::move(response));
}

void add_metrics_routes(Api& api) {
  api.add("GET", {"/metrics"},
          {.id = "getMetrics",
           .tag = "Health",
           .summary = "Metrics, as Prometheus reads them",
           .description = "Counted since the server started; at most 500 series of a metric, what is beyond goes "
                          "under `other`. Also at the port `metrics.port`.",
           .traffic = Traffic::kUnlimited,
           .answers = {{200, "The text format 0.0.4", schema::text(), "text/plain"}}},
          [](Services& services, const Request&, const Params&, const std::shared_ptr<Responder>& responder) {
            show_metrics(services, *responder);
          });
}

}  // namespace commandcenter::server
