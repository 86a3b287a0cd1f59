// The built-in agent `notifier`: tells people something on the console, in Slack or in Discord.
//
// Runs in the calling thread and blocks: at most kMaxTries tries of kTryTimeout_ms each, kDeliveryBudget_ms in all.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"

namespace commandcenter::notifier {

inline constexpr int kMaxTries = 4;
inline constexpr std::int64_t kTryTimeout_ms = 10'000;
inline constexpr std::int64_t kDeliveryBudget_ms = 60'000;
inline constexpr std::int64_t kFirstBackoff_ms = 500;  // doubles with every try
inline constexpr std::int64_t kMaxRetryAfter_ms = 30'000;

using LogSink = std::function<void(std::string_view line)>;

// What the agent is and takes: name, version, actions with JSON Schemas.
Json manifest();

// Actions "send" and its alias "notify". The answer: {success, channel, messageId?, timestamp, attempts}. A
// notification that could not be delivered is an error (kUnavailable) that names the channel, the reason and the tries.
// No error ever holds the webhook's URL beyond host and port. `workspace` is not used.
Result<Json> run(const std::string& action, const Json& input, const std::string& workspace, const LogSink& log);

// Time as the agent sees it; tests bring their own.
struct Timing {
  Clock& clock;
  std::function<void(std::int64_t duration_ms)> sleep_ms;
};

Result<Json> run(const std::string& action, const Json& input, const LogSink& log, const Timing& timing);

}  // namespace commandcenter::notifier
