// GET /api/events/stream: everything that happens, as others hear it (server-sent events): first what was recorded
// after Last-Event-ID, then what is being recorded.
#include <fmt/format.h>

#include "outbox/feed.h"
#include "server/api.h"
#include "server/event_stream.h"
#include "server/routes.h"

namespace commandcenter::server {
namespace {

constexpr std::string_view kEverything = ">";

// The header wins over the parameter, which is for clients that cannot set headers.
Result<std::optional<std::int64_t>> position_after(const Request& request) {
  const std::string_view header = last_event_id(request);
  const auto parameter = request.query.find("after");
  if (!header.empty() || parameter == request.query.end()) return event_position("Last-Event-ID", header);
  return event_position("after", parameter->second);
}

// An entry of the journal may give several events. Only the last has the position as its id: who resumes after it has
// had them all.
std::string sse(const outbox::PublicEvent& event, bool is_last_of_position) {
  const Json data = {
      {"position", event.position}, {"part", event.part}, {"subject", event.subject}, {"payload", event.body}};
  return fmt::format("{}event: {}\ndata: {}\n\n", is_last_of_position ? fmt::format("id: {}\n", event.position) : "",
                     event.subject, dump_json(data));
}

void follow(EventStreams& streams, Services& services, const Request& request,
            const std::shared_ptr<Responder>& responder) {
  const auto after = position_after(request);
  if (!after) return responder->respond(error_response(after.error(), request.id));
  const auto pattern = request.query.find("pattern");
  const std::string wanted = pattern == request.query.end() ? std::string(kEverything) : pattern->second;
  if (auto checked = bus::check_pattern(wanted); !checked)
    return responder->respond(error_response(checked.error(), request.id));

  const auto stream = streams.open(request, *responder);
  if (!stream) return;
  stream->write(": events follow\n\n");
  const auto watching = services.feed.watch(wanted, *after, [stream](const std::vector<outbox::PublicEvent>& events) {
    std::string text;
    for (std::size_t i = 0; i < events.size(); ++i)
      text += sse(events[i], i + 1 == events.size() || events[i + 1].position != events[i].position);
    stream->write(std::move(text));
  });
  if (!watching) {
    stream->write(fmt::format("event: error\ndata: {}\n\n", dump_json({{"error", watching.error().message}})));
    return stream->close();
  }
  stream->on_close([&services, id = *watching] { services.feed.unwatch(id); });
}

}  // namespace

void add_stream_routes(Api& api, const std::shared_ptr<EventStreams>& streams) {
  api.add(
      "GET", {"/api/events/stream"},
      {.id = "followEvents",
       .tag = "Events",
       .summary = "Everything that happens, as server-sent events",
       .description = "What was recorded after the given position, then what is being recorded; without a "
                      "position, from now on. `data` is `{position, part, subject, payload}`; subjects and payloads "
                      "are those published on NATS. Comments come while nothing happens.",
       .query = {{"pattern", "Only subjects that match, such as workflow.completed.*"},
                 {"after", "Begin after this position, for clients that cannot set headers", schema::integer()}},
       .headers = {{"Last-Event-ID", "Begin after this position", schema::integer()}},
       .answers = {{200, "Events whose `data` is JSON", schema::text(), "text/event-stream"},
                   bad_request("The pattern or the position is wrong")}},
      [streams](Services& services, const Request& request, const Params&,
                const std::shared_ptr<Responder>& responder) { follow(*streams, services, request, responder); });
}

}  // namespace commandcenter::server
