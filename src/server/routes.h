// What every resource's routes share. Private to this folder.
#pragma once

#include <memory>
#include <string>

#include "server/replies.h"
#include "server/router.h"
#include "server/server.h"

namespace commandcenter::server {

class Api;
class EventStreams;

void add_health_routes(Api& api);
void add_agent_routes(Api& api);
void add_readme_routes(Api& api);
void add_workflow_routes(Api& api);
void add_run_routes(Api& api);
void add_approval_routes(Api& api);
void add_event_routes(Api& api, const std::shared_ptr<EventStreams>& streams);
void add_why_routes(Api& api);
void add_publish_routes(Api& api);
void add_schedule_routes(Api& api);
void add_webhook_routes(Api& api);
void add_artifact_routes(Api& api);
void add_stream_routes(Api& api, const std::shared_ptr<EventStreams>& streams);
void add_version_routes(Api& api);
void add_secret_routes(Api& api);
void add_example_routes(Api& api);
void add_check_routes(Api& api);
void add_overview_routes(Api& api);
void add_source_routes(Api& api);
void add_metrics_routes(Api& api);
void add_document_routes(Api& api);  // last: they show all of them

void add_all_routes(Api& api);  // and the schemas they share

void show_metrics(Services& services, Responder& responder);  // also for their own port

void answer_not_found(const Request& request, const std::shared_ptr<Responder>& responder);
void answer_not_allowed(const Request& request, const std::string& allow, const std::shared_ptr<Responder>& responder);

// What an event has started, for its answer, and the schema of that.
Json outcome_view(const trigger::Outcome& outcome);
Json outcome_schema();

// Hands a message to the engine; answers 503 itself when it takes none.
void send(Services& services, engine::Message message, const std::shared_ptr<Responder>& responder,
          const std::string& request_id);

// A reply handler that answers errors by their code and leaves success to `on_success`.
template <typename T, typename Success>
engine::Reply<T> reply_with(std::shared_ptr<Responder> responder, std::string request_id, Success on_success) {
  return [responder = std::move(responder), request_id = std::move(request_id),
          on_success = std::move(on_success)](Result<T> result) {
    if (result)
      responder->respond(on_success(*result));
    else
      responder->respond(error_response(result.error(), request_id));
  };
}

}  // namespace commandcenter::server
