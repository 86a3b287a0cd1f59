// The built-in agent `notifier`: tells people something on the console, in Slack, Discord, by e-mail, as a GitHub check
// or through a webhook of their own.
//
// Blocks, with a thread for each destination when there are several.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"

namespace commandcenter::notifier {

inline constexpr int kMaxTries = 6;                         // unless the input says otherwise
inline constexpr std::int64_t kDeliveryBudget_ms = 60'000;  // of a sending, from its first try on
inline constexpr std::int64_t kFirstBackoff_ms = 250;       // doubles with every try
inline constexpr std::int64_t kMaxBackoff_ms = 8'000;

using LogSink = std::function<void(std::string_view line)>;

// What the agent is and takes: name, version, actions with JSON Schemas.
Json manifest();

// Actions "send" and its alias "notify". The answer: {success, channel, messageId?, timestamp, attempts, receipts, …}.
// A notification that could not be delivered is an error (kUnavailable) that names the channel, the reason and the
// tries. No error, log line or answer holds more of a webhook's URL than its host and a hash. `workspace` is not used.
Result<Json> run(const std::string& action, const Json& input, const std::string& workspace, const LogSink& log);

// A sentence about each key of the input that means nothing; a few of them at most. Such keys change nothing.
std::vector<std::string> complaints_of_keys(const Json& input);

// Time as the agent sees it; tests bring their own.
struct Timing {
  Clock& clock;
  std::function<void(std::int64_t duration_ms)> sleep_ms;
};

Result<Json> run(const std::string& action, const Json& input, const LogSink& log, const Timing& timing);

// The same for callers that keep a spool: what could not be delivered waits there for the next call.
struct Options {
  std::string spool_folder;  // empty: nothing outlives the call
  std::string effect;        // the same when the same sending is tried again, e.g. run and node; empty: by chance
};
struct Sent {
  Json answer;
  std::string failure;  // why not everything was delivered; empty when it was
};
Result<Sent> send(const Json& input, const Options& options, const LogSink& log, const Timing& timing);

}  // namespace commandcenter::notifier
