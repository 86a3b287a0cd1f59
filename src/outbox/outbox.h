// The public events of the journal, and their way to a bus: in order, each once as far as the bus can tell, surviving
// outages and crashes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/entropy.h"
#include "base/json.h"
#include "base/result.h"
#include "bus/bus.h"
#include "engine/engine.h"
#include "observe/log.h"
#include "store/store.h"

namespace commandcenter::outbox {

inline constexpr std::size_t kMaxBatchEntries = 64;          // of the journal, read at once
inline constexpr std::size_t kMaxOutput_bytes = 64 << 10;    // of one node in an event; a larger one is left out
inline constexpr std::size_t kMaxResults_bytes = 512 << 10;  // of all nodes in an event
inline constexpr std::int64_t kPublishTimeout_ms = 2'000;    // of a batch, before it is published again
inline constexpr std::int64_t kMaxRetryWait_ms = 1'000;      // while the bus takes nothing
inline constexpr std::string_view kStateSpace = engine::kReadersSpace;  // of the store's facts
inline constexpr const char* kDepthHeader = "Commandcenter-Depth";
inline constexpr const char* kInstanceHeader = "Commandcenter-Instance";
inline constexpr const char* kCorrelationHeader = "Correlation-ID";
inline constexpr const char* kTraceHeader = "traceparent";

// One event as others see it.
struct PublicEvent {
  std::string subject;
  Json body;
  std::int64_t position = 0;  // of its entry in the journal
  int part = 0;               // an entry may give several
  std::int64_t project_id = 1;
  int depth = 1;  // how many events led to it, itself included
  std::string correlation_id;
  std::string trace_parent;
};

// The patterns of everything that is published, for a stream that keeps it.
std::vector<std::string> published_patterns();

// "<instance>.<position>.<part>": the same whenever the event is published.
std::string event_id(const std::string& instance, const PublicEvent& event);

bus::Message message_of(const std::string& instance, const PublicEvent& event);

// Who this data folder is, for ids that do not meet those of another. Made when it is missing.
using Post = std::function<bool(engine::Message)>;
Result<std::string> instance_of(store::Store& store, Clock& clock, Entropy& entropy, const Post& post);

// Entries of the journal after this position are still needed: they must not be deleted. Empty = nothing is waiting.
Result<std::optional<std::int64_t>> needed_after(store::Store& store);

// The position of the last entry; 0 = there is none.
Result<std::int64_t> last_position(store::Store& store);

// Where a reader of the journal is, durably: a fact in the store. Empty when it was never recorded.
Result<std::optional<std::int64_t>> recorded_position(store::Store& store, const std::string& name);
engine::Record position_record(const std::string& name, std::int64_t position);

struct State {
  bool connected = false;
  std::int64_t position = 0;  // everything up to here has arrived
  std::int64_t waiting = 0;   // entries after it
  std::string error;          // why the last batch did not arrive; empty = it did
};

struct OutboxParts {
  store::Store& store;
  bus::Bus& journal;  // tells when there is something new
  bus::Bus& target;
  observe::Log& log;
  Post post;
  std::string instance;
};

class Outbox {
 public:
  // The name its position is recorded under. The first time it begins with what comes from now on.
  static Result<std::unique_ptr<Outbox>> open(const std::string& name, OutboxParts parts);
  virtual ~Outbox() = default;
  virtual State state() const = 0;
};

// When a target is no longer configured, nothing is kept for it any more.
void forget(const std::string& name, store::Store& store, const Post& post, observe::Log& log);

}  // namespace commandcenter::outbox
