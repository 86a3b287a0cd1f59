// The event stream of a run (server-sent events): first what the journal holds, from Last-Event-ID on, then what is
// being recorded, and the agents' log lines. It ends when the run does.
#include <fmt/format.h>

#include "server/api.h"
#include "server/event_stream.h"
#include "server/routes.h"
#include "server/rows.h"

namespace commandcenter::server {
namespace {

constexpr std::size_t kMaxHeldEvents = 10'000;

std::string sse(std::string_view type, std::int64_t position, std::string_view data) {
  std::string text;
  if (position > 0) text += fmt::format("id: {}\n", position);
  return text + fmt::format("event: {}\ndata: {}\n\n", type, data);
}

bool ends_run(const Json& event) {
  const std::string status = string_member(event, "status");
  return status == "SUCCESS" || status == "FAILED" || status == "CANCELLED";
}

// One client following one run. What is published while the backlog is being written waits its turn.
class Follower : public std::enable_shared_from_this<Follower> {
 public:
  explicit Follower(std::shared_ptr<Stream> stream) : stream_(std::move(stream)) {}

  void published(const bus::Message& message) {
    const std::lock_guard lock(mutex_);
    if (!catching_up_) return forward(message.position, message.payload);
    if (held_.size() == kMaxHeldEvents) stream_->close();  // better than a gap: the client resumes where it was
    if (held_.size() < kMaxHeldEvents) held_.push_back(message);
  }

  void recorded(const store::EventRow& row) {
    const std::lock_guard lock(mutex_);
    const Json event = engine::event_json(row);
    if (ends_run(event)) {  // log lines that came meanwhile belong before it
      for (const bus::Message& message : held_) {
        if (message.position == 0) forward(0, message.payload);
      }
    }
    forward(row.position, dump_json(event));
  }

  void caught_up() {
    const std::lock_guard lock(mutex_);
    catching_up_ = false;
    for (const bus::Message& message : held_)
      forward(message.position, message.payload);
    held_.clear();
  }

 private:
  void forward(std::int64_t position, const std::string& payload) {
    if (ended_ || (position > 0 && position <= last_position_)) return;
    const auto event = parse_json(payload, kMaxJsonDepth + 8);
    if (!event) return;
    if (position > 0) last_position_ = position;
    stream_->write(sse(string_member(*event, "type", "message"), position, payload));
    if (position > 0 && ends_run(*event)) {
      ended_ = true;
      stream_->write(sse("end", 0, dump_json({{"status", string_member(*event, "status")}})));
      stream_->close();
    }
  }

  std::mutex mutex_;
  std::shared_ptr<Stream> stream_;
  std::vector<bus::Message> held_;
  std::int64_t last_position_ = 0;
  bool catching_up_ = true;
  bool ended_ = false;
};

void follow(EventStreams& streams, Services& services, const Request& request, const Params& params,
            const std::shared_ptr<Responder>& responder) {
  const auto run = read_run(services, request, params, *responder);
  if (!run) return;

  const auto after = event_position("Last-Event-ID", last_event_id(request));
  if (!after) return responder->respond(error_response(after.error(), request.id));
  const auto stream = streams.open(request, *responder);
  if (!stream) return;
  const auto follower = std::make_shared<Follower>(stream);
  const auto subscription = services.bus.subscribe(
      engine::run_subject(run->id), [follower](const bus::Message& message) { follower->published(message); });
  if (!subscription) return stream->close();
  stream->on_close([&services, id = *subscription] { services.bus.unsubscribe(id); });

  const auto events = store::read_all<store::EventRow>(
      services.store, {.table = store::Table::kEvents, .run_id = run->id, .after = after->value_or(0)});
  if (!events) return stream->close();
  for (const store::EventRow& row : *events)
    follower->recorded(row);
  follower->caught_up();
  if (run->finished && events->empty()) {
    stream->write(sse("end", 0, dump_json({{"status", run->status}})));
    stream->close();
  }
}

}  // namespace

void add_event_routes(Api& api, const std::shared_ptr<EventStreams>& streams) {
  api.add("GET",
          {"/api/workflows/:id/runs/:runId/events", "/api/workflows/runs/:runId/events", "/api/runs/:runId/events"},
          {.id = "followRun",
           .tag = "Runs",
           .summary = "What happens in a run, as server-sent events",
           .description = "First what was recorded, then what is being recorded and the agents' log lines (`event: "
                          "log`). Ends with `event: end` when the run has ended. Comments come while nothing happens.",
           .headers = {{"Last-Event-ID", "Go on after this event", schema::integer()}},
           .answers = {{200, "Events whose `data` is JSON", schema::text(), "text/event-stream"},
                       bad_request("Last-Event-ID is wrong, or the run is one of another workflow"),
                       not_found("Workflow run not found")}},
          [streams](Services& services, const Request& request, const Params& params,
                    const std::shared_ptr<Responder>& responder) {
            follow(*streams, services, request, params, responder);
          });
}

}  // namespace commandcenter::server
