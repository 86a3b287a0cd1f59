// `events watch`: what happens, a line each, until interrupted.
#include <cstdio>

#include <fmt/format.h>

#include "base/http_client.h"
#include "cli/api_client.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/verbs.h"

namespace commandcenter::cli {
namespace {

constexpr std::int64_t kWatch_ms = 24LL * 3600 * 1000;

// The members of a payload that say most, as "name=value".
std::string summary(const Json& payload) {
  std::string text;
  for (const char* key : {"workflowName", "workflowRunId", "nodeId", "agentName", "status", "decision", "error"}) {
    const Json* value = find_member(payload, key);
    if (value == nullptr || !value->is_string()) continue;
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", key, printable(value->get<std::string>()));
  }
  return text;
}

void print_event(const Json& event, bool json) {
  if (json) {
    std::printf("%s\n", dump_json(event).c_str());
  } else {
    const Json* payload = find_member(event, "payload");
    const Json* position = find_member(event, "position");
    std::printf("%s  %s  %s\n", position != nullptr ? dump_json(*position).c_str() : "-",
                printable(string_member(event, "subject")).c_str(),
                payload != nullptr ? summary(*payload).c_str() : "");
  }
  std::fflush(stdout);
}

}  // namespace

int watch_events(const Remote& remote, const std::string& pattern, const std::string& after) {
  ApiClient api(remote);
  HttpRequest request;
  request.url = api.url("/api/events/stream?pattern=" + segment(pattern));
  if (!after.empty()) request.url += "&after=" + segment(after);
  request.timeout_ms = kWatch_ms;
  std::string buffer;
  const auto response = http_stream(request, [&](std::string_view piece) {
    buffer += piece;
    for (std::size_t end = buffer.find("\n\n"); end != std::string::npos; end = buffer.find("\n\n")) {
      const std::string block = buffer.substr(0, end);
      buffer.erase(0, end + 2);
      const auto data = block.find("data: ");
      if (data == std::string::npos) continue;
      if (const auto event = parse_json(std::string_view(block).substr(data + 6), kMaxJsonDepth + 8))
        print_event(*event, remote.json);
    }
    return true;
  });
  if (!response) return api.unreachable(response.error());
  if (response->status == 200 && is_event_stream(*response)) return kExitOk;
  if (response->status == 200) return api.is_stranger("GET /api/events/stream was not answered with events");
  const auto body = parse_json(buffer);
  const std::string why = body ? string_member(*body, "error") : std::string();
  return print_error({response->status == 400 ? ErrorCode::kInvalid : ErrorCode::kUnavailable,
                      why.empty() ? fmt::format("the server answers {}", response->status) : why});
}

}  // namespace commandcenter::cli
