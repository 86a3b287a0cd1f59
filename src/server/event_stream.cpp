#include "server/event_stream.h"

#include <charconv>

#include <fmt/format.h>

#include "server/replies.h"

namespace commandcenter::server {

// The place is given back when its last holder lets it go, also when these streams are gone by then.
std::shared_ptr<void> EventStreams::take() {
  if (taken_->fetch_add(1) < most_) return {taken_.get(), [taken = taken_](void*) { taken->fetch_sub(1); }};
  taken_->fetch_sub(1);
  return nullptr;
}

std::shared_ptr<Stream> EventStreams::open(const Request& request, Responder& responder) {
  std::shared_ptr<void> place = take();
  if (!place) {
    responder.respond(error_response(503, fmt::format("All {} event streams are taken; try again in a moment", most_),
                                     "unavailable", request.id));
    return nullptr;
  }
  Response head;
  head.heartbeat = ":\n\n";  // a comment
  head.content_type = "text/event-stream; charset=utf-8";
  head.headers.emplace_back("Cache-Control", "no-store");
  auto stream = responder.stream(std::move(head));
  stream->on_close([place = std::move(place)] {});
  return stream;
}

Result<std::optional<std::int64_t>> event_position(std::string_view name, std::string_view text) {
  if (text.empty()) return std::nullopt;
  constexpr std::size_t kMaxDigits = 18;
  std::int64_t position = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), position);
  if (error == std::errc{} && end == text.data() + text.size() && position >= 0 && text.size() <= kMaxDigits)
    return position;
  return fail(ErrorCode::kInvalid, fmt::format("{}: \"{}\" is no position; expected the id of an event", name,
                                               text.substr(0, 2 * kMaxDigits)));
}

std::string_view last_event_id(const Request& request) {
  const auto header = request.headers.find("last-event-id");
  return header == request.headers.end() ? std::string_view() : std::string_view(header->second);
}

}  // namespace commandcenter::server
