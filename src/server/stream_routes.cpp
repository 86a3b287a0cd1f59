// GET /api/events/stream: everything that happens, as others hear it (server-sent events): first what was recorded
// after Last-Event-ID, then what is being recorded.
#include <fmt/format.h>

#include "outbox/feed.h"
#include "server/api.h"
#include "server/routes.h"

namespace commandcenter::server {
namespace {

constexpr std::string_view kEverything = ">";

// Last-Event-ID: the position; the header wins over the parameter, which is for clients that cannot set headers.
Result<std::optional<std::int64_t>> position_after(const Request& request) {
  std::string_view text;
  if (const auto parameter = request.query.find("after"); parameter != request.query.end()) text = parameter->second;
  if (const auto header = request.headers.find("last-event-id"); header != request.headers.end()) text = header->second;
  if (text.empty()) return std::optional<std::int64_t>();
  constexpr std::size_t kMaxDigits = 18;
  if (text.size() > kMaxDigits || text.find_first_not_of("0123456789") != std::string_view::npos) {
    return fail(ErrorCode::kInvalid, fmt::format("Last-Event-ID: \"{}\" is no position; expected the id of an event",
                                                 text.substr(0, 2 * kMaxDigits)));
  }
  std::int64_t position = 0;
  for (const char c : text)
    position = position * 10 + (c - '0');
  return std::optional(position);
}

// An entry of the journal may give several events. Only the last has the position as its id: who resumes after it has
// had them all.
std::string sse(const outbox::PublicEvent& event, bool is_last_of_position) {
  const Json data = {
      {"position", event.position}, {"part", event.part}, {"subject", event.subject}, {"payload", event.body}};
  return fmt::format("{}event: {}\ndata: {}\n\n", is_last_of_position ? fmt::format("id: {}\n", event.position) : "",
                     event.subject, dump_json(data));
}

void follow(Services& services, const Request& request, const Params&, const std::shared_ptr<Responder>& responder) {
  const auto after = position_after(request);
  if (!after) return responder->respond(error_response(after.error(), request.id));
  const auto pattern = request.query.find("pattern");
  const std::string wanted = pattern == request.query.end() ? std::string(kEverything) : pattern->second;
  if (auto checked = bus::check_pattern(wanted); !checked)
    return responder->respond(error_response(checked.error(), request.id));

  Response head;
  head.content_type = "text/event-stream; charset=utf-8";
  head.headers.emplace_back("Cache-Control", "no-store");
  const auto stream = responder->stream(std::move(head));
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

void add_stream_routes(Api& api) {
  api.add(
      "GET", {"/api/events/stream"},
      {.id = "followEvents",
       .tag = "Events",
       .summary = "Everything that happens, as server-sent events",
       .description = "What was recorded after the given position, then what is being recorded; without a "
                      "position, from now on. `data` is `{position, part, subject, payload}`; subjects and payloads "
                      "are those published on NATS.",
       .query = {{"pattern", "Only subjects that match, such as workflow.completed.*"},
                 {"after", "Begin after this position, for clients that cannot set headers", schema::integer()}},
       .headers = {{"Last-Event-ID", "Begin after this position", schema::integer()}},
       .answers = {{200, "Events whose `data` is JSON", schema::text(), "text/event-stream"},
                   bad_request("The pattern or the position is wrong")}},
      follow);
}

}  // namespace commandcenter::server
