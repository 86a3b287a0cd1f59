// The Bus seam: telling others what was recorded. Messages are published only after they are durable, in the order of
// the journal.
//
// Patterns follow NATS: tokens separated by '.', '*' stands for exactly one token, '>' at the end for one or more.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace commandcenter::bus {

struct Message {
  std::string subject{};
  std::string payload{};      // JSON
  std::int64_t position = 0;  // in the journal; 0 = not from the journal (log lines)
  std::string id{};           // the same when the same message is published again; empty = none
  std::vector<std::pair<std::string, std::string>> headers{};

  // Set when the message comes from a store that keeps it until told: call it once, with true when the message was
  // dealt with, with false when it has to come again.
  std::function<void(bool)> settle{};
};

using Handler = std::function<void(const Message&)>;
using SubscriptionId = std::uint64_t;

// Thread-safe. What one thread publishes arrives in its order. Handlers run on the publishing thread (in process) or on
// one of the bus (NATS) and must not block for long; they may unsubscribe. A handler that is being called while another
// thread unsubscribes it still finishes, so what it captures it must own.
class Bus {
 public:
  virtual ~Bus() = default;

  // kUnavailable: nobody could be reached; the message is not kept and may be published again.
  virtual Result<void> publish(const Message& message) = 0;

  // Returns when everything this thread has published since its last flush has arrived where it is distributed. On
  // failure some of it may not have, in which case what came after did not either.
  virtual Result<void> flush(std::int64_t timeout_ms) = 0;

  virtual Result<SubscriptionId> subscribe(std::string pattern, Handler handler) = 0;
  virtual void unsubscribe(SubscriptionId id) = 0;  // unknown ids are ignored

  // From now on what a store keeps for this bus is delivered: call it when everybody has subscribed, for a message that
  // nobody wants counts as dealt with.
  virtual void deliver_kept() {}

  virtual bool has_subscribers(std::string_view subject) const = 0;  // false: publishing it now would reach nobody
  virtual bool healthy() const = 0;
};

std::unique_ptr<Bus> make_in_process_bus();

// True when `pattern` is well-formed; the error says what is wrong with it.
Result<void> check_pattern(std::string_view pattern);
bool subject_matches(std::string_view pattern, std::string_view subject);

// A name as one token of a subject: bytes that are not letters, digits, '-', '_' or ':' become %XX, upper case.
std::string subject_token(std::string_view name);
std::string name_of_token(std::string_view token);  // the reverse; what is not an encoding stays as it is

}  // namespace commandcenter::bus
