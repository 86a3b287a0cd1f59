// Workflows that start from events: an event is matched against the triggers of a project's ACTIVE workflows, and each
// one that matches gets a run.
//
// In: an event, from whatever envelope its producer uses. Out: TriggerRun messages to the engine, and an answer once
// every run is durable. Thread: any; replies come on the engine's, or at once on the caller's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/entropy.h"
#include "base/json.h"
#include "base/result.h"
#include "engine/engine.h"
#include "observe/log.h"
#include "store/store.h"

namespace commandcenter::trigger {

inline constexpr std::size_t kMaxPayload_bytes = 1 << 20;
inline constexpr std::size_t kMaxEventIdLength = 200;
inline constexpr std::size_t kMaxSourceLength = 200;
inline constexpr std::size_t kMaxTimestampLength = 64;
inline constexpr int kMaxEventDepth = 8;                     // events that workflows send because of events
inline constexpr std::size_t kMaxRunsPerEvent = 1'000;       // workflows that one event may start
inline constexpr std::size_t kMaxFanOut_bytes = 64 << 20;    // payload times runs
inline constexpr std::size_t kMaxRememberedEvents = 10'000;  // ids that are known to have been handled
inline constexpr std::size_t kMaxCachedTriggers = 50'000;

struct Event {
  std::string type;  // "graph.file.updated"
  Json payload = Json::object();
  Json timestamp;      // as the producer wrote it, text or number; null = none
  std::string source;  // empty = not told
  std::string id;      // empty = none: such an event cannot be recognised when it comes again
  int depth = 0;
  std::string correlation_id{};  // what the producer calls all that belongs together; empty = none
  std::string trace_parent{};    // W3C trace context, handed on; empty = none
};

// Reads an event from the envelopes that producers use: {type, payload, timestamp, source, id},
// {payload, correlation_id} and {event_id, timestamp, subject, origin, payload}. Its type is the body's `type`, else
// the subject it came on, else the body's `subject`. kInvalid says what is wrong.
Result<Event> parse_event(std::string_view subject, const Json& body);

struct StartedRun {
  std::string run_id;
  std::string workflow_id;
};

// A workflow that matched and yet got no run; the others did.
struct NotStarted {
  std::string workflow_id;
  Error error;
};

struct Outcome {
  std::string event_id;  // the event's own, or a new one
  bool duplicate = false;
  std::size_t matched = 0;
  std::vector<StartedRun> runs;  // in the order of the workflows' creation
  std::vector<NotStarted> not_started;
};

class EventStarter {
 public:
  // Hands a message to the engine; false when it takes none now.
  using Post = std::function<bool(engine::Message)>;

  EventStarter(Post post, store::Store& store, Clock& clock, Entropy& entropy, observe::Log& log);
  ~EventStarter();
  EventStarter(const EventStarter&) = delete;
  EventStarter& operator=(const EventStarter&) = delete;

  // Starts a run of every workflow of the project that the event matches; replies when all are durable. An event whose
  // id was handled among the last kMaxRememberedEvents (in memory, so since the server's start) starts nothing.
  // Failures, after which the event counts as not seen: kUnavailable when no run could be recorded now, or the same
  // event is just being recorded; kTooLarge when it matches too many workflows. A workflow that cannot be read is
  // logged once and skipped.
  //
  // Cost: each event reads the project's ACTIVE rows; of each, the trigger is parsed once for a version and then found
  // by id. With 10,000 workflows that is some 30 ms an event, nearly all of it reading rows; the first event after the
  // start parses them all, some 350 ms.
  void publish(std::int64_t project_id, Event event, engine::Reply<Outcome> reply);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;  // replies of the engine may come after this is gone
};

}  // namespace commandcenter::trigger
