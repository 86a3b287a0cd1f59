// Brings what waits for one destination there: in order, not faster than it likes, again where that can help.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/builtin/notifier/destination.h"
#include "agent/builtin/notifier/hosts.h"
#include "agent/builtin/notifier/notifier.h"
#include "agent/builtin/notifier/spool.h"

namespace commandcenter::notifier {

// Refilled with time; never holds more than its burst.
class TokenBucket {
 public:
  TokenBucket(Rate rate, std::int64_t now_ms) : rate_(rate), tokens_(rate.burst), filled_ms_(now_ms) {}
  std::int64_t wait_ms(std::int64_t now_ms);  // until one may be taken
  void take() { tokens_ -= 1; }

 private:
  Rate rate_;
  double tokens_;
  std::int64_t filled_ms_;
};

struct Patience {
  int tries = kMaxTries;                        // of a parcel
  std::int64_t budget_ms = kDeliveryBudget_ms;  // from its first try on
  std::int64_t first_backoff_ms = kFirstBackoff_ms;
};

// How long to wait after a try that failed: twice as long each time up to kMaxBackoff_ms, less up to half of it by
// chance, so that many who fail together do not come back together. The same key and try give the same time.
std::int64_t backoff_ms(const Patience& patience, std::string_view key, int attempt);

enum class Outcome { kDelivered, kFailed, kWaiting, kDuplicate, kDryRun };
std::string_view outcome_word(Outcome outcome);

struct Receipt {
  std::string message_id;  // ours
  std::string destination;
  std::string channel;
  std::string host;  // and the hash of the URL
  Outcome outcome = Outcome::kWaiting;
  int attempts = 0;
  int parts = 0;
  int status = 0;
  std::string service_id{};  // theirs
  std::string reason{};
  std::int64_t wall_ms = 0;
};

// Sends until nothing waits, or one cannot be delivered for now: then the others behind it stay where they are, because
// order counts. What the service refuses for good is left out and the next one is sent. A receipt for each message.
std::vector<Receipt> deliver(const Destination& destination, const HostPolicy& policy, const Patience& patience,
                             Spool& spool, const LogSink& log, const Timing& timing);

}  // namespace commandcenter::notifier
