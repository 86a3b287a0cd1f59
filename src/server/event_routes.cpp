// The event stream of a run (server-sent events): first what the journal holds, from Last-Event-ID on, then what is
// being recorded, and the agents' log lines. It ends when the run does.
#include <atomic>

#include <fmt/format.h>

#include "server/api.h"
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

std::int64_t position_after(const Request& request) {
  const auto header = request.headers.find("last-event-id");
  std::int64_t position = 0;
  if (header != request.headers.end()) {
    for (const char c : header->second) {
      if (c < '0' || c > '9' || position > 1'000'000'000'000'000) return 0;
      position = position * 10 + (c - '0');
    }
  }
  return position;
}

// How many streams may be open. A place is free again when its last holder lets it go.
class Places {
 public:
  explicit Places(std::size_t most) : most_(static_cast<std::int64_t>(most)) {}

  std::int64_t most() const { return most_; }

  std::shared_ptr<void> take() {
    if (taken_->fetch_add(1) < most_) return {taken_.get(), [taken = taken_](void*) { taken->fetch_sub(1); }};
    taken_->fetch_sub(1);
    return nullptr;
  }

 private:
  std::int64_t most_;
  std::shared_ptr<std::atomic<std::int64_t>> taken_ = std::make_shared<std::atomic<std::int64_t>>(0);
};

void follow(Places& places, Services& services, const Request& request, const Params& params,
            const std::shared_ptr<Responder>& responder) {
  const auto run = read_run(services, request, params, *responder);
  if (!run) return;

  std::shared_ptr<void> place = places.take();
  if (!place) {
    return responder->respond(
        error_response(503, fmt::format("All {} event streams are taken; try again in a moment", places.most()),
                       "unavailable", request.id));
  }
  Response head;
  head.heartbeat = ":\n\n";  // a comment
  head.content_type = "text/event-stream; charset=utf-8";
  head.headers.emplace_back("Cache-Control", "no-store");
  const auto stream = responder->stream(std::move(head));
  const auto follower = std::make_shared<Follower>(stream);
  const auto subscription = services.bus.subscribe(
      engine::run_subject(run->id), [follower](const bus::Message& message) { follower->published(message); });
  if (!subscription) return stream->close();
  stream->on_close([&services, id = *subscription, place = std::move(place)] { services.bus.unsubscribe(id); });

  const auto events = store::read_all<store::EventRow>(
      services.store, {.table = store::Table::kEvents, .run_id = run->id, .after = position_after(request)});
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

void add_event_routes(Api& api) {
  const auto places = std::make_shared<Places>(api.config().max_event_streams);
  api.add(
      "GET", {"/api/workflows/:id/runs/:runId/events", "/api/workflows/runs/:runId/events", "/api/runs/:runId/events"},
      {.id = "followRun",
       .tag = "Runs",
       .summary = "What happens in a run, as server-sent events",
       .description = "First what was recorded, then what is being recorded and the agents' log lines (`event: "
                      "log`). Ends with `event: end` when the run has ended. Comments come while nothing happens.",
       .headers = {{"Last-Event-ID", "Go on after this event", schema::integer()}},
       .answers = {{200, "Events whose `data` is JSON", schema::text(), "text/event-stream"},
                   bad_request("The run is one of another workflow"),
                   not_found("Workflow run not found")}},
      [places](Services& services, const Request& request, const Params& params,
               const std::shared_ptr<Responder>& responder) { follow(*places, services, request, params, responder); });
}

}  // namespace commandcenter::server
