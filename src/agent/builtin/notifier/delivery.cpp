// Tries, waits, reasons. The webhook's URL is a secret: neither errors nor the log get it, nor an answer that echoes
// it.
#include "agent/builtin/notifier/delivery.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/http_client.h"

namespace commandcenter::notifier {
namespace {

constexpr std::size_t kMaxAnswer_bytes = 64 << 10;
constexpr std::size_t kMaxReason_bytes = 80;
constexpr std::size_t kMinSecretSegment_bytes = 4;

// Services explain refusals in a word or two ("invalid_payload", {"message": "Unknown Webhook"}). Anything else, or
// anything that shares a piece with the URL, is not repeated.
std::string explanation(const HttpResponse& response, std::string_view url) {
  std::string text = response.body;
  if (const auto json = parse_json(text)) text = string_member(*json, "message");
  if (text.empty() || text.size() > kMaxReason_bytes) return {};
  const bool plain = std::ranges::all_of(
      text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ' '; });
  if (!plain) return {};
  while (!url.empty()) {
    const std::size_t end = std::min(url.find_first_of("/?&=:"), url.size());
    if (end >= kMinSecretSegment_bytes && text.find(url.substr(0, end)) != std::string::npos) return {};
    url.remove_prefix(std::min(end + 1, url.size()));
  }
  return text;
}

std::optional<std::int64_t> retry_after_ms(const HttpResponse& response) {
  const std::string* header = response.header("Retry-After");
  if (header == nullptr) return std::nullopt;
  double seconds = 0;
  const char* end = header->data() + header->size();
  const auto [parsed_to, error] = std::from_chars(header->data(), end, seconds);
  if (error != std::errc() || parsed_to != end || !(seconds >= 0)) return std::nullopt;  // a date, or nonsense
  return static_cast<std::int64_t>(std::min(seconds * 1000, static_cast<double>(kMaxRetryAfter_ms)));
}

std::optional<std::string> message_id(Channel channel, const HttpResponse& response) {
  if (const auto json = parse_json(response.body)) {
    const std::string id = string_member(*json, channel == Channel::kSlack ? "ts" : "id");
    if (!id.empty()) return id;
  }
  const std::string* header = response.header("x-message-id");
  if (header == nullptr || header->empty()) return std::nullopt;
  return *header;
}

struct Failure {
  std::string reason;
  bool again = false;
  std::optional<std::int64_t> wait_ms;
};

Failure judge(const Result<HttpResponse>& response, std::string_view url) {
  if (!response) return {response.error().message, response.error().code == ErrorCode::kUnavailable, std::nullopt};
  const std::string words = explanation(*response, url);
  Failure failure{fmt::format("HTTP {}{}{}", response->status, words.empty() ? "" : ": ", words), false, std::nullopt};
  failure.again = response->status == 429 || response->status >= 500;
  if (response->status == 429) failure.wait_ms = retry_after_ms(*response);
  return failure;
}

}  // namespace

Result<Delivery> deliver(const Message& message, const Json& payload, const LogSink& log, const Timing& timing) {
  const std::int64_t deadline_ms = timing.clock.monotonic_ms() + kDeliveryBudget_ms;
  HttpRequest request;
  request.method = "POST";
  request.url = message.webhook_url;
  request.headers = {{"Content-Type", "application/json"}};
  request.body = dump_json(payload);
  request.max_response_bytes = kMaxAnswer_bytes;

  for (int attempt = 1;; ++attempt) {
    request.timeout_ms = std::clamp<std::int64_t>(deadline_ms - timing.clock.monotonic_ms(), 1, kTryTimeout_ms);
    const auto response = http_exchange(request);
    if (response && response->status >= 200 && response->status < 300)
      return Delivery{attempt, message_id(message.channel, *response)};

    const Failure failure = judge(response, message.webhook_url);
    const std::int64_t wait_ms = failure.wait_ms.value_or(kFirstBackoff_ms << (attempt - 1));
    const bool in_time = timing.clock.monotonic_ms() + wait_ms < deadline_ms;
    if (!failure.again || attempt == kMaxTries || !in_time) {
      return fail(ErrorCode::kUnavailable,
                  fmt::format("{} notification not delivered after {} {}: {}", channel_title(message.channel), attempt,
                              attempt == 1 ? "try" : "tries", failure.reason));
    }
    log(fmt::format("{} try {} of {} failed ({}); next in {} ms", channel_word(message.channel), attempt, kMaxTries,
                    failure.reason, wait_ms));
    timing.sleep_ms(wait_ms);
  }
}

}  // namespace commandcenter::notifier
