// The API assembled: every resource's routes on one listening server.
#include "server/server.h"

#include <fmt/format.h>

#include "server/api.h"
#include "server/event_stream.h"
#include "server/gate.h"
#include "server/measured_responder.h"
#include "server/routes.h"
#include "server/ui_routes.h"

namespace commandcenter::server {
namespace {

// Two keep one slow reader from delaying everybody; the work per request is small.
constexpr int kHttpThreads = 2;

class ApiServer final : public Server {
 public:
  ApiServer(const ApiConfig& config, Services services) : config_(config), services_(std::move(services)) {
    add_all_routes(api_);
    add_ui_routes(router_);
  }

  Result<void> listen(const HttpConfig& config) {
    if (auto opened = gate_.open(); !opened) return opened;
    auto http = HttpServer::listen(
        config,
        [this](const Request& request, std::shared_ptr<Responder> responder) {
          router_.dispatch(request,
                           std::make_shared<MeasuredResponder>(std::move(responder), services_.metrics, request.method,
                                                               std::string(router_.pattern_of(request))));
        },
        transport_error, [this](const Request& head) { return admit(head); });
    if (!http) return fail(std::move(http.error()));
    http_ = std::move(*http);
    listen_for_metrics(config);
    return {};
  }

  std::uint16_t port() const override { return http_->port(); }
  void start() override {
    http_->start(kHttpThreads);
    if (metrics_) metrics_->start(1);
  }
  void stop(std::int64_t grace_ms) override {
    http_->stop(grace_ms);
    if (metrics_) metrics_->stop(0);
  }

 private:
  static Response transport_error(int status, std::string_view message, const std::string& request_id) {
    return error_response(status, message, transport_code(status), request_id);
  }

  Admission admit(const Request& head) {
    Admission admission = gate_.admit(head);
    if (admission.refusal) {
      services_.metrics.request_answered(head.method, router_.pattern_of(head), admission.refusal->status, 0);
    }
    return admission;
  }

  // Where collectors look by habit. Metrics are at the API's port too, so a port that is taken keeps nobody from work.
  void listen_for_metrics(HttpConfig config) {
    if (config_.metrics_port == 0) return;
    config.port = config_.metrics_port;
    auto http = HttpServer::listen(
        config,
        [this](const Request& request, const std::shared_ptr<Responder>& responder) {
          if (request.path != "/metrics") return answer_not_found(request, responder);
          show_metrics(services_, *responder);
        },
        transport_error);
    if (http)
      metrics_ = std::move(*http);
    else
      services_.log.warn("metrics have no port of their own", {{"error", http.error().message}});
  }

  static std::string_view transport_code(int status) {
    switch (status) {
      case 404:
        return "not_found";
      case 408:
        return "timeout";
      case 413:
        return "too_large";
      case 431:
        return "headers_too_large";
      case 503:
        return "unavailable";
      default:
        return status >= 500 ? "internal" : "invalid";
    }
  }

  const ApiConfig config_;
  Services services_;
  Router router_{answer_not_found, answer_not_allowed};
  Api api_{router_, services_, config_};
  Gate gate_{config_, api_, services_.clock};
  std::unique_ptr<HttpServer> http_;
  std::unique_ptr<HttpServer> metrics_;  // null: there is no port for them
};

// A link that everybody may follow: no script, nothing relative.
bool is_trace_url(const std::string& url) {
  return (url.starts_with("https://") || url.starts_with("http://")) && url.find(kTraceId) != std::string::npos;
}

}  // namespace

void add_all_routes(Api& api) {
  const auto streams = std::make_shared<EventStreams>(api.config().max_event_streams);  // one limit for all kinds
  define_shared_schemas(api);
  add_health_routes(api);
  add_agent_routes(api);
  add_readme_routes(api);
  add_workflow_routes(api);
  add_version_routes(api);
  add_example_routes(api);
  add_check_routes(api);
  add_overview_routes(api);
  add_source_routes(api);
  add_run_routes(api);
  add_approval_routes(api);
  add_event_routes(api, streams);
  add_why_routes(api);
  add_publish_routes(api);
  add_schedule_routes(api);
  add_webhook_routes(api);
  add_artifact_routes(api);
  add_stream_routes(api, streams);
  add_secret_routes(api);
  add_metrics_routes(api);
  add_document_routes(api);
}

void answer_not_found(const Request& request, const std::shared_ptr<Responder>& responder) {
  responder->respond(error_response(404, fmt::format("There is nothing at {} {}", request.method, request.path),
                                    "not_found", request.id));
}

// Clients of this API know 404 for a method that a path does not have; Allow tells the ones it has.
void answer_not_allowed(const Request& request, const std::string& allow, const std::shared_ptr<Responder>& responder) {
  Response response =
      error_response(404, fmt::format("There is nothing at {} {}; allowed are {}", request.method, request.path, allow),
                     "not_found", request.id);
  response.headers.emplace_back("Allow", allow);
  responder->respond(std::move(response));
}

void send(Services& services, engine::Message message, const std::shared_ptr<Responder>& responder,
          const std::string& request_id) {
  if (services.engine.post(std::move(message))) return;
  responder->respond(
      error_response(503,
                     "The server takes no more requests now: it is stopping, or as many as it takes wait for it "
                     "(engine.maxWaitingMessages); try again in a moment",
                     "unavailable", request_id));
}

Result<std::unique_ptr<Server>> Server::open(const HttpConfig& http, const ApiConfig& config, Services services) {
  if (!config.trace_url.empty() && !is_trace_url(config.trace_url)) {
    return fail(ErrorCode::kInvalid,
                fmt::format("server.traceUrl: expected an address that begins with http:// or https:// and holds {}, "
                            "got \"{}\"",
                            kTraceId, config.trace_url));
  }
  auto server = std::make_unique<ApiServer>(config, std::move(services));
  if (auto listening = server->listen(http); !listening) return fail(std::move(listening.error()));
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace commandcenter::server
