// From an event to its runs: who matches, one message each, one answer for all.
#include <mutex>
#include <optional>
#include <unordered_map>

#include <fmt/format.h>

#include "core/workflow/workflow.h"
#include "trigger/matcher.h"
#include "trigger/seen_events.h"
#include "trigger/trigger.h"

namespace commandcenter::trigger {
namespace {

constexpr std::string_view kEventSpace = "event";  // marks of events that started a workflow
constexpr std::int64_t kEventMemory_ms = 24LL * 3'600 * 1'000;

struct Candidate {
  std::string id;
  std::int64_t project_id = 1;
};

Result<Matcher> read_trigger(const store::WorkflowRow& row) {
  const auto document = parse_json(row.document);
  if (!document) return fail(document.error());
  const auto definition = workflow::parse_definition(*document);
  if (!definition) return fail(ErrorCode::kInternal, workflow::describe(definition.error()));
  return Matcher::compile(definition->trigger);
}

}  // namespace

class EventStarter::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(Post post, store::Store& store, Clock& clock, Entropy& entropy, observe::Log& log)
      : post_(std::move(post)), store_(store), clock_(clock), entropy_(entropy), log_(log) {}

  void publish(std::int64_t project_id, Event event, engine::Reply<Outcome> reply) {
    Outcome outcome;
    outcome.event_id = event.id.empty() ? make_id(clock_.wall_ms(), entropy_) : event.id;
    const std::string key = event.id.empty() ? std::string() : fmt::format("{}/{}", project_id, event.id);
    switch (begin(key)) {
      case SeenEvents::State::kNew:
        break;
      case SeenEvents::State::kInProgress:
        return reply(fail(ErrorCode::kUnavailable,
                          fmt::format("event {} is being recorded just now; send it again in a moment", event.id)));
      case SeenEvents::State::kDone:
        outcome.duplicate = true;
        return reply(std::move(outcome));
    }
    auto candidates = matching(project_id, event);
    if (!candidates) {
      forget(key);
      return reply(fail(std::move(candidates.error())));
    }
    outcome.matched = candidates->size();
    start(*candidates, event, std::make_shared<Fanout>(key, std::move(outcome), std::move(reply)));
  }

 private:
  // The runs of one event on their way: the last answer completes it.
  struct Fanout {
    Fanout(std::string seen_key, Outcome known, engine::Reply<Outcome> to)
        : key(std::move(seen_key)), outcome(std::move(known)), reply(std::move(to)) {
      results.resize(outcome.matched);
    }

    const std::string key;
    std::mutex mutex;
    Outcome outcome;
    engine::Reply<Outcome> reply;
    std::vector<std::optional<Result<engine::RunView>>> results;  // by candidate
    std::size_t answered = 0;
  };

  SeenEvents::State begin(const std::string& key) {
    if (key.empty()) return SeenEvents::State::kNew;
    const std::lock_guard lock(mutex_);
    return seen_.begin(key);
  }

  void forget(const std::string& key) {
    const std::lock_guard lock(mutex_);
    seen_.forget(key);
  }

  Result<std::vector<Candidate>> matching(std::int64_t project_id, const Event& event) {
    const std::size_t payload_bytes = dump_json(event.payload).size();
    if (payload_bytes > kMaxPayload_bytes) {
      return fail(ErrorCode::kTooLarge,
                  fmt::format("the payload has {} bytes; at most {} are allowed: send a reference", payload_bytes,
                              kMaxPayload_bytes));
    }
    const auto rows = store::read_all<store::WorkflowRow>(
        store_, {.table = store::Table::kWorkflows, .project_id = project_id, .status = "ACTIVE"});
    if (!rows) return fail(rows.error());
    std::vector<Candidate> found;
    {
      const std::lock_guard lock(mutex_);
      for (const store::WorkflowRow& row : *rows) {
        const Matcher* matcher = matcher_of(row);
        if (matcher != nullptr && matcher->matches(event)) found.push_back({row.id, row.project_id});
      }
    }
    if (found.size() > kMaxRunsPerEvent || found.size() * payload_bytes > kMaxFanOut_bytes) {
      return fail(ErrorCode::kTooLarge,
                  fmt::format("the event matches {} workflows with a payload of {} bytes; one event may start {} runs "
                              "that hold {} bytes together. Narrow the patterns or shorten the payload",
                              found.size(), payload_bytes, kMaxRunsPerEvent, kMaxFanOut_bytes));
    }
    return found;
  }

  // Null when the row cannot be read, which is told once for each version of it. The caller has the lock.
  const Matcher* matcher_of(const store::WorkflowRow& row) {
    if (const auto cached = cache_.find(row.id); cached != cache_.end() && cached->second.version == row.version)
      return cached->second.matcher ? &*cached->second.matcher : nullptr;
    auto matcher = read_trigger(row);
    if (!matcher) {
      log_.error("a workflow cannot be read; events do not start it",
                 {{"workflowId", row.id}, {"version", row.version}, {"error", matcher.error().message}});
    }
    if (cache_.size() >= kMaxCachedTriggers) cache_.clear();
    Cached& cached = cache_[row.id];
    cached.version = row.version;
    cached.matcher = matcher ? std::optional(std::move(*matcher)) : std::nullopt;
    return cached.matcher ? &*cached.matcher : nullptr;
  }

  void start(const std::vector<Candidate>& candidates, const Event& event, const std::shared_ptr<Fanout>& fanout) {
    if (candidates.empty()) return complete(*fanout, candidates);
    Json context = {{"event", event.payload},
                    {"timestamp", event.timestamp.is_null() ? Json(iso8601(clock_.wall_ms())) : event.timestamp},
                    {"source", event.source},
                    {"eventDepth", event.depth}};
    if (!event.correlation_id.empty()) context["correlationId"] = event.correlation_id;
    if (!event.trace_parent.empty()) context["traceparent"] = event.trace_parent;
    const auto shared = std::make_shared<const std::vector<Candidate>>(candidates);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      engine::TriggerRun message;
      message.workflow = candidates[i].id;
      message.project_id = candidates[i].project_id;
      message.context = context;
      message.trigger = "event:" + event.type;
      if (!event.id.empty()) {
        message.once = engine::Once{std::string(kEventSpace),
                                    fmt::format("{}/{}/{}", candidates[i].project_id, event.id, candidates[i].id),
                                    Json::object(), clock_.wall_ms() + kEventMemory_ms};
      }
      message.reply = [self = shared_from_this(), fanout, shared, i](Result<engine::RunView> run) {
        self->answered(*fanout, *shared, i, std::move(run));
      };
      if (!post_(std::move(message))) {
        answered(*fanout, *shared, i,
                 fail(ErrorCode::kUnavailable, "the server takes no more requests now; try again in a moment"));
      }
    }
  }

  void answered(Fanout& fanout, const std::vector<Candidate>& candidates, std::size_t index,
                Result<engine::RunView> run) {
    {
      const std::lock_guard lock(fanout.mutex);
      fanout.results[index] = std::move(run);
      if (++fanout.answered < candidates.size()) return;
    }
    complete(fanout, candidates);
  }

  void complete(Fanout& fanout, const std::vector<Candidate>& candidates) {
    Outcome& outcome = fanout.outcome;
    std::optional<Error> try_again;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      Result<engine::RunView>& run = *fanout.results[i];
      if (run && run->duplicate) {  // it was handled before a restart
        outcome.duplicate = true;
        continue;
      }
      if (run) {
        outcome.runs.push_back({run->run_id, candidates[i].id});
        continue;
      }
      log_.warn("an event could not start a workflow",
                {{"eventId", outcome.event_id}, {"workflowId", candidates[i].id}, {"error", run.error().message}});
      if (run.error().code == ErrorCode::kUnavailable) try_again = run.error();
      outcome.not_started.push_back({candidates[i].id, std::move(run.error())});
    }
    // Once something has started, sending the event again would start it twice, so then it counts as handled.
    if (outcome.runs.empty() && try_again) {
      forget(fanout.key);
      return fanout.reply(fail(std::move(*try_again)));
    }
    {
      const std::lock_guard lock(mutex_);
      seen_.finish(fanout.key);
    }
    fanout.reply(std::move(outcome));
  }

  struct Cached {
    std::int64_t version = 0;
    std::optional<Matcher> matcher;
  };

  const Post post_;
  store::Store& store_;
  Clock& clock_;
  Entropy& entropy_;
  observe::Log& log_;

  std::mutex mutex_;  // of what follows
  SeenEvents seen_{kMaxRememberedEvents};
  std::unordered_map<std::string, Cached> cache_;  // by workflow id
};

EventStarter::EventStarter(Post post, store::Store& store, Clock& clock, Entropy& entropy, observe::Log& log)
    : impl_(std::make_shared<Impl>(std::move(post), store, clock, entropy, log)) {}

EventStarter::~EventStarter() = default;

void EventStarter::publish(std::int64_t project_id, Event event, engine::Reply<Outcome> reply) {
  impl_->publish(project_id, std::move(event), std::move(reply));
}

}  // namespace commandcenter::trigger
