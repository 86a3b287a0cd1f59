// What all event streams (server-sent events) share: how many there may be, how they begin, and where they resume.
// Thread-safe. Private to this folder.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "server/http.h"

namespace commandcenter::server {

class EventStreams {
 public:
  explicit EventStreams(std::size_t most) : most_(static_cast<std::int64_t>(most)) {}

  // Takes a place, which is free again when the stream is closed. Answers 503 itself, and returns null, when all are
  // taken.
  std::shared_ptr<Stream> open(const Request& request, Responder& responder);

 private:
  std::shared_ptr<void> take();

  std::int64_t most_;
  std::shared_ptr<std::atomic<std::int64_t>> taken_ = std::make_shared<std::atomic<std::int64_t>>(0);
};

// The position that a client names by the id of an event, in the header or the parameter `name`. Nothing when the text
// is empty; kInvalid, naming it, when it is no such id.
Result<std::optional<std::int64_t>> event_position(std::string_view name, std::string_view text);

// Of the header Last-Event-ID; empty when it is not there.
std::string_view last_event_id(const Request& request);

}  // namespace commandcenter::server
