#include "cli/caller.h"

#include <fmt/format.h>

namespace commandcenter::cli {
namespace {

constexpr std::int64_t kTimeout_ms = 120'000;  // a request may wait for the end of a run

}  // namespace

Result<Caller::Answer> Caller::ask(const std::string& method, const std::string& path, const Json& body) {
  HttpRequest request;
  request.method = method;
  request.url = server_ + path;
  request.timeout_ms = kTimeout_ms;
  request.max_response_bytes = kMaxResponse_bytes;
  if (!body.is_null()) {
    request.body = dump_json(body);
    request.headers.push_back({"Content-Type", "application/json"});
  }
  auto response = connection_.exchange(request);
  if (!response) return fail(std::move(response.error()));
  Answer answer{response->status, nullptr, response->header("RateLimit-Limit") != nullptr};
  if (response->body.empty()) return answer;
  auto json = parse_json(response->body, kMaxJsonDepth + 8);
  if (!json) {
    return fail(ErrorCode::kConflict, fmt::format("what answers at {} is no commandcenter: {} {} was answered {}, and "
                                                  "it is not JSON",
                                                  server_, method, path, response->status));
  }
  answer.body = std::move(*json);
  return answer;
}

Result<Json> Caller::expect(const std::string& method, const std::string& path, const Json& body) {
  auto answer = ask(method, path, body);
  if (!answer) return fail(std::move(answer.error()));
  if (answer->status >= 200 && answer->status < 300) return std::move(answer->body);
  const std::string said = string_member(answer->body, "error");
  return fail(answer->status == 429 ? ErrorCode::kUnavailable : ErrorCode::kInvalid,
              fmt::format("{} {} was answered {}{}{}", method, path, answer->status, said.empty() ? "" : ": ", said));
}

Json member_at(const Json& json, std::string_view path) {
  const Json* at = &json;
  while (!path.empty()) {
    const std::string_view name = path.substr(0, path.find('.'));
    path.remove_prefix(std::min(path.size(), name.size() + 1));
    if (at->is_array()) {
      const std::size_t index = static_cast<std::size_t>(std::strtoul(std::string(name).c_str(), nullptr, 10));
      if (index >= at->size()) return nullptr;
      at = &(*at)[index];
    } else {
      at = find_member(*at, std::string(name));
      if (at == nullptr) return nullptr;
    }
  }
  return *at;
}

}  // namespace commandcenter::cli
