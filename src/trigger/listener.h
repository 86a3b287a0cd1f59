// Events that come over a bus from other systems: which subjects are listened to, what a message means, and that none
// is lost or counted twice on the way to the event starter.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bus/bus.h"
#include "observe/log.h"
#include "outbox/outbox.h"
#include "trigger/interests.h"
#include "trigger/trigger.h"

namespace commandcenter::trigger {

inline constexpr std::size_t kMaxWaitingMessages = 10'000;
inline constexpr std::size_t kMaxWaiting_bytes = 64 << 20;
inline constexpr std::size_t kMaxSubscriptions = 1'000;
inline constexpr std::int64_t kMessageRetry_ms = 50;  // while the engine takes nothing
inline constexpr int kMaxMessageAttempts = 600;       // of a message that nobody keeps; then it is dropped

struct ListenerConfig {
  // Besides these, whatever patterns the ACTIVE workflows name.
  std::vector<std::string> subjects = {
      "workflow.trigger.*", "workflow.execute", "graph.>", "audit.>", "hub.>", "health.>"};
  std::int64_t project_id = 1;  // of messages that name none
};

struct ListenerParts {
  bus::Bus& source;
  EventStarter& events;
  Interests& interests;
  observe::Log& log;
  Clock& clock;
  outbox::Post post;
  std::string instance;  // whose own events are left to the chain
};

class Listener {
 public:
  static std::unique_ptr<Listener> start(ListenerConfig config, ListenerParts parts);
  virtual ~Listener() = default;
  virtual std::vector<std::string> patterns() const = 0;  // what is subscribed to now
};

// The fewest of the patterns that still match everything that one of them matches, in order.
std::vector<std::string> without_covered(std::vector<std::string> patterns);

// What a message says.
struct Received {
  std::int64_t project_id = 1;
  Event event;
  std::string workflow;           // to be started by name or id, whatever its trigger; empty = whoever waits for it
  Json context = Json::object();  // then of its run
};

// kInvalid says what is wrong with it.
Result<Received> read_message(const bus::Message& message, std::int64_t default_project);

}  // namespace commandcenter::trigger
