#include "server/idempotency.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/sha256.h"
#include "server/replies.h"

namespace commandcenter::server {
namespace {

constexpr const char* kSpace = "idempotency";
constexpr const char* kRequestMember = "request";
constexpr std::int64_t kDefaultProject = 1;

bool is_key(const std::string& text) {
  return !text.empty() && text.size() <= kMaxIdempotencyKeyLength &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

// A name means another thing in another project; the project that is meant without a word adds nothing.
std::string project_in(const Request& request) {
  const auto project_id = project_of(request);
  return project_id && *project_id != kDefaultProject ? fmt::format("?projectId={}", *project_id) : "";
}

}  // namespace

std::optional<Idempotency> idempotency_of(const Request& request, Clock& clock, Responder& responder) {
  const auto header = request.headers.find("idempotency-key");
  if (header == request.headers.end()) return Idempotency{};
  const std::string& key = header->second;
  if (!is_key(key)) {
    responder.respond(error_response(
        400,
        fmt::format("Idempotency-Key: {} characters; expected 1 to {} printable ASCII characters without spaces",
                    key.size(), kMaxIdempotencyKeyLength),
        "invalid", request.id));
    return std::nullopt;
  }
  Idempotency idempotency;
  idempotency.fingerprint =
      sha256_hex(fmt::format("{} {}{}\n{}", request.method, request.path, project_in(request), request.body));
  idempotency.once =
      engine::Once{kSpace, key, {{kRequestMember, idempotency.fingerprint}}, clock.wall_ms() + kIdempotencyWindow_ms};
  return idempotency;
}

bool is_same_request(const Idempotency& idempotency, const Json& recorded) {
  return string_member(recorded, kRequestMember) == idempotency.fingerprint;
}

Response refuse_reused_key(const std::string& request_id) {
  return error_response(422, "This Idempotency-Key was used for another request within 24 hours; use a new one",
                        "idempotency_key_reused", request_id);
}

void mark_replayed(Response& response) {
  response.headers.emplace_back("Idempotent-Replayed", "true");
}

Parameter idempotency_header() {
  return {"Idempotency-Key", "Chosen by the client: sent again within 24 hours, the request does nothing more"};
}

Answer reused_key() {
  return {422, "The Idempotency-Key was used for another request", schema::ref("Error")};
}

}  // namespace commandcenter::server
