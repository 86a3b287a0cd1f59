// Idempotency-Key: a request that is sent again with its key is answered like the first time and does nothing more.
// Private to this folder.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "engine/engine.h"
#include "server/api.h"
#include "server/http.h"

namespace commandcenter::server {

inline constexpr std::size_t kMaxIdempotencyKeyLength = 255;
inline constexpr std::int64_t kIdempotencyWindow_ms = 24LL * 3600 * 1000;

struct Idempotency {
  std::optional<engine::Once> once;  // what the engine is to record; nothing when the request has no key
  std::string fingerprint;           // of the request
};

// Answers 400 itself when the key is no 1 to 255 printable ASCII characters.
std::optional<Idempotency> idempotency_of(const Request& request, Clock& clock, Responder& responder);

// What the engine had recorded under the key belongs to this request; else the answer is refuse_reused_key().
bool is_same_request(const Idempotency& idempotency, const Json& recorded);
Response refuse_reused_key(const std::string& request_id);
void mark_replayed(Response& response);

Parameter idempotency_header();
Answer reused_key();  // 422

}  // namespace commandcenter::server
