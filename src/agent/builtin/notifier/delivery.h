// Posting a payload to a webhook, again where that can help.
#pragma once

#include <optional>
#include <string>

#include "agent/builtin/notifier/message.h"
#include "agent/builtin/notifier/notifier.h"

namespace commandcenter::notifier {

struct Delivery {
  int attempts = 0;
  std::optional<std::string> message_id;
};

// Any 2xx is success. 429 (after Retry-After), 5xx and failed connections are tried again; a service that got the
// message but whose answer was lost may therefore show it twice.
Result<Delivery> deliver(const Message& message, const Json& payload, const LogSink& log, const Timing& timing);

}  // namespace commandcenter::notifier
