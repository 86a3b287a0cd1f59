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

#include "base/result.h"

namespace commandcenter::bus {

struct Message {
  std::string subject;
  std::string payload;        // JSON
  std::int64_t position = 0;  // in the journal; 0 = not from the journal (log lines)
};

using Handler = std::function<void(const Message&)>;
using SubscriptionId = std::uint64_t;

// Thread-safe. Handlers run on the publishing thread and must not block; they may unsubscribe. A handler that is being
// called while another thread unsubscribes it still finishes, so what it captures it must own.
class Bus {
 public:
  virtual ~Bus() = default;
  virtual Result<void> publish(const Message& message) = 0;
  virtual Result<SubscriptionId> subscribe(std::string pattern, Handler handler) = 0;
  virtual void unsubscribe(SubscriptionId id) = 0;  // unknown ids are ignored
  virtual bool has_subscribers() const = 0;         // false: publishing now would reach nobody
  virtual bool healthy() const = 0;
};

std::unique_ptr<Bus> make_in_process_bus();

// True when `pattern` is well-formed; the error says what is wrong with it.
Result<void> check_pattern(std::string_view pattern);
bool subject_matches(std::string_view pattern, std::string_view subject);

}  // namespace commandcenter::bus
