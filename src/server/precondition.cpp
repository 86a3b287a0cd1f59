#include "server/precondition.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "base/clock.h"
#include "server/replies.h"

namespace commandcenter::server {
namespace {

constexpr const char* kHeader = "if-match";

std::string_view without_blanks_around(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

std::string tag_of(std::int64_t version) {
  return fmt::format("\"{}\"", version);
}

}  // namespace

void add_version_tag(Response& response, std::int64_t version) {
  response.headers.emplace_back("ETag", tag_of(version));
}

bool has_precondition(const Request& request) {
  return request.headers.contains(kHeader);
}

bool accepts_version(const Request& request, std::int64_t version) {
  const auto header = request.headers.find(kHeader);
  if (header == request.headers.end()) return true;
  const std::string wanted = tag_of(version);
  std::string_view rest = header->second;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    std::string_view tag = without_blanks_around(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    // A proxy that compresses answers makes their tags weak; the version is the same.
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == "*" || tag == wanted) return true;
  }
  return false;
}

Response refuse_outdated(const store::WorkflowRow& current, const std::string& request_id) {
  Response response = error_response(
      412,
      fmt::format("Somebody else changed the workflow meanwhile: it has version {} since {}. Read it again, or send "
                  "the same without If-Match to have it nevertheless",
                  current.version, iso8601(current.updated_at_ms)),
      "outdated", request_id,
      {{"currentVersion", current.version}, {"currentUpdatedAt", iso8601(current.updated_at_ms)}});
  add_version_tag(response, current.version);
  return response;
}

Parameter precondition_header() {
  return {"If-Match", "The ETag of the version that the change was made from, or *; if it is not given, any is meant"};
}

Answer outdated() {
  return {412, "If-Match names another version than the current one, and nothing is changed", schema::ref("Error")};
}

}  // namespace commandcenter::server
