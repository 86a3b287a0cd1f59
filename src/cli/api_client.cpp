#include "cli/api_client.h"

#include <cstdio>

#include <fmt/format.h>

#include "cli/caller.h"
#include "cli/cli.h"
#include "cli/output.h"

namespace commandcenter::cli {
namespace {

constexpr std::int64_t kRequestTimeout_ms = 30'000;
constexpr std::int64_t kMaxSilence_ms = 24LL * 3600 * 1000;  // a run may wait that long between two events

}  // namespace

std::string segment(const std::string& text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    if (plain)
      encoded += c;
    else
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

int ApiClient::unreachable(const Error& error) {
  if (const auto known = parse_http_url(remote_.server); !known) {
    std::fprintf(stderr, "commandcenter: --server %s: %s\n", printable(remote_.server).c_str(),
                 known.error().message.c_str());
    return exit_code_ = kExitUsage;
  }
  std::fprintf(stderr,
               "commandcenter: the server at %s cannot be reached: %s\nStart one with `commandcenter serve`, or name "
               "another with --server.\n",
               remote_.server.c_str(), error.message.c_str());
  exit_code_ = kExitUnreachable;
  return exit_code_;
}

int ApiClient::is_stranger(const std::string& why) {
  std::fprintf(stderr, "commandcenter: what answers at %s is no commandcenter, or one of another version: %s\n",
               remote_.server.c_str(), printable(why).c_str());
  exit_code_ = kExitFailed;
  return exit_code_;
}

Json ApiClient::send_text(const std::string& method, const std::string& path, std::string body,
                          const std::string& content_type, std::int64_t timeout_ms, const Needs& needs) {
  HttpRequest request;
  request.method = method;
  request.url = url(path);
  request.body = std::move(body);
  request.timeout_ms = timeout_ms;
  request.max_response_bytes = kMaxResponse_bytes;
  if (!request.body.empty()) request.headers.push_back({"Content-Type", content_type});
  const auto response = http_exchange(request);
  if (!response) {
    unreachable(response.error());
    return nullptr;
  }
  auto json = response->body.empty() ? Result<Json>(Json(nullptr)) : parse_json(response->body, kMaxJsonDepth + 8);
  if (response->status >= 200 && response->status < 300) {
    std::string mistake = json ? mistake_in(*json, needs) : "it is not JSON";
    if (needs.kind == Kind::kNothing && response->status != 204) mistake = "204 was due";
    const std::string* link = response->header("Link");
    has_more_ = link != nullptr && link->find("rel=\"next\"") != std::string::npos;
    if (mistake.empty()) return std::move(*json);
    is_stranger(fmt::format("{} {} was answered {}, and {}", method, path, response->status, mistake));
    return nullptr;
  }

  exit_code_ = response->status >= 500 ? kExitFailed : kExitUsage;
  if (!json) {
    std::fprintf(stderr, "commandcenter: the server answered %d\n", response->status);
    return nullptr;
  }
  if (remote_.json) print_json(*json);
  std::fprintf(stderr, "commandcenter: %s\n", printable(string_member(*json, "error", "the server refused")).c_str());
  if (const Json* problems = find_member(*json, "problems");
      problems != nullptr && problems->is_array() && problems->size() > 1) {
    for (const Json& problem : *problems) {
      const Json* line = find_member(problem, "line");
      std::fprintf(stderr, "  %s%s: %s\n", line == nullptr ? "" : fmt::format("line {}, ", dump_json(*line)).c_str(),
                   printable(string_member(problem, "path")).c_str(),
                   printable(string_member(problem, "message")).c_str());
    }
  }
  return nullptr;
}

int ApiClient::follow(const std::string& path, const std::function<bool(const Json*)>& take) {
  HttpRequest request;
  request.url = url(path);
  request.timeout_ms = kMaxSilence_ms;
  std::string buffer;
  const auto response = http_stream(request, [&](std::string_view piece) {
    if (!take(nullptr)) return false;
    buffer += piece;
    for (std::size_t end = buffer.find("\n\n"); end != std::string::npos; end = buffer.find("\n\n")) {
      const std::string block = buffer.substr(0, end);
      buffer.erase(0, end + 2);
      const auto data = block.find("data: ");
      if (data == std::string::npos) continue;
      const auto event = parse_json(std::string_view(block).substr(data + 6), kMaxJsonDepth + 8);
      if (event && !take(&*event)) return false;
    }
    return true;
  });
  if (failed()) return exit_code();
  if (!response) return unreachable(response.error());
  if (response->status == 200 && is_event_stream(*response)) return kExitOk;
  if (response->status == 200) return is_stranger(fmt::format("GET {} was not answered with events", path));
  get(path, {Kind::kObject});  // says why
  return failed() ? exit_code() : kExitFailed;
}

Json ApiClient::get(const std::string& path, const Needs& needs) {
  return send_text("GET", path, {}, {}, kRequestTimeout_ms, needs);
}

Json ApiClient::send(const std::string& method, const std::string& path, const Json& body, const Needs& needs) {
  return send_text(method, path, dump_json(body), "application/json", kRequestTimeout_ms, needs);
}

bool is_event_stream(const HttpResponse& response) {
  const std::string* type = response.header("Content-Type");
  return type != nullptr && type->starts_with("text/event-stream");
}

}  // namespace commandcenter::cli
