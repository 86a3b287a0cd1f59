// What starts workflows by itself: events, the clock, and calls from outside.
//
// In: an event, from whatever envelope its producer uses; the time; every change of a workflow. Out: TriggerRun
// messages to the engine, and an answer once every run is durable. Thread: any; replies come on the engine's, or at
// once on the caller's.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/entropy.h"
#include "base/json.h"
#include "base/result.h"
#include "core/workflow/workflow.h"
#include "engine/engine.h"
#include "observe/log.h"
#include "store/store.h"

namespace commandcenter::trigger {

inline constexpr std::size_t kMaxPayload_bytes = 1 << 20;
inline constexpr std::size_t kMaxEventIdLength = 200;
inline constexpr std::size_t kMaxSourceLength = 200;
inline constexpr std::size_t kMaxTimestampLength = 64;
inline constexpr int kMaxEventDepth = 8;                                 // events that workflows send because of events
inline constexpr std::size_t kMaxRunsPerEvent = 1'000;                   // workflows that one event may start
inline constexpr std::size_t kMaxFanOut_bytes = 64 << 20;                // payload times runs
inline constexpr std::int64_t kEventMemory_ms = 7LL * 24 * 3600 * 1000;  // how long an event's id is recognised
inline constexpr std::int64_t kSlotMemory_ms = 7LL * 24 * 3600 * 1000;   // how far a clock may be set back
inline constexpr std::int64_t kMaxLateness_ms = 60'000;  // a slot that starts later than this was missed
inline constexpr std::int64_t kSlotRetry_ms = 1'000;     // after a slot could not be recorded
inline constexpr std::size_t kMaxSlotsAtOnce = 1'000;    // handed to the engine in one go

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
  std::string status;
  bool duplicate = false;  // it was started when the event came for the first time
};

// A workflow that matched and yet got no run; the others did.
struct NotStarted {
  std::string workflow_id;
  Error error;
};

struct Outcome {
  std::string event_id;    // the event's own, or a new one
  bool duplicate = false;  // the event came before, and started all that it matches
  std::size_t matched = 0;
  std::vector<StartedRun> runs;  // in the order of the workflows' creation
  std::vector<NotStarted> not_started;
};

class TriggerIndex;
class Scheduler;
class Alarm;

// Hands a message to the engine; false when it takes none now.
using Post = std::function<bool(engine::Message)>;

class EventStarter {
 public:
  EventStarter(Post post, std::shared_ptr<const TriggerIndex> index, Clock& clock, Entropy& entropy, observe::Log& log);
  ~EventStarter();
  EventStarter(const EventStarter&) = delete;
  EventStarter& operator=(const EventStarter&) = delete;

  // Starts a run of every workflow of the project that the event matches; replies when all are durable. An event that
  // has an id starts each workflow once within kEventMemory_ms, also over restarts: when it comes again, the reply
  // names the runs of the first time, and what could not be started then is started now. Failures: kUnavailable when
  // something could not be recorded now (send the event again), kTooLarge when it matches too much.
  void publish(std::int64_t project_id, Event event, engine::Reply<Outcome> reply);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;  // replies of the engine may come after this is gone
};

// A workflow that an HTTP request to /api/hooks/<path> starts.
struct Hook {
  std::string workflow_id;
  std::int64_t project_id = 1;
  std::string status;  // of the workflow
  std::string token;   // the caller must know it; empty = need not
  std::string secret;  // the caller must sign with it; empty = need not
};

// Everything that waits for something to happen, for as long as the server lives.
class Triggers {
 public:
  Triggers(Post post, store::Store& store, Clock& clock, Entropy& entropy, observe::Log& log);
  ~Triggers();
  Triggers(const Triggers&) = delete;
  Triggers& operator=(const Triggers&) = delete;

  // Reads all workflows; one that cannot be read is logged and left out. Once, before the engine's thread starts.
  Result<void> load();
  // The row is now in the store. In the order of the changes.
  void workflow_changed(const store::WorkflowRow& row);

  // Starts and stops the thread that waits for the clock. Without it call fire_due() when the clock has moved.
  void start();
  void stop();
  void fire_due();
  std::optional<std::int64_t> next_due_ms() const;  // wall clock

  EventStarter& events() { return events_; }
  std::optional<Hook> hook(const std::string& path) const;
  // The next slot of a workflow's schedule; none when it has none or is not ACTIVE.
  std::optional<std::int64_t> next_run_ms(const std::string& workflow_id) const;
  // kConflict when the path of the trigger belongs to another workflow.
  Result<void> check_path(const workflow::Trigger& trigger, const std::string& workflow_id) const;

 private:
  store::Store& store_;
  observe::Log& log_;
  std::shared_ptr<TriggerIndex> index_;
  std::shared_ptr<Scheduler> scheduler_;
  EventStarter events_;
  std::unique_ptr<Alarm> alarm_;
  std::thread thread_;
  std::atomic<bool> stopping_ = false;
};

// What is wrong with a trigger beyond its form: a time zone that does not exist, a glob that cannot be used.
std::vector<workflow::Problem> check_trigger(const workflow::Trigger& trigger);

}  // namespace commandcenter::trigger
