// From an event to its runs: who matches, one message each, one answer for all.
#include <mutex>
#include <optional>

#include <fmt/format.h>

#include "trigger/index.h"
#include "trigger/trigger.h"

namespace commandcenter::trigger {
namespace {

constexpr const char* kEventSpace = "event";  // key: project, event and workflow; that the event started it

}  // namespace

class EventStarter::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(Post post, std::shared_ptr<const TriggerIndex> index, Clock& clock, Entropy& entropy, observe::Log& log)
      : post_(std::move(post)), index_(std::move(index)), clock_(clock), entropy_(entropy), log_(log) {}

  void publish(std::int64_t project_id, const Event& event, engine::Reply<Outcome> reply) {
    Outcome outcome;
    outcome.event_id = event.id.empty() ? make_id(clock_.wall_ms(), entropy_) : event.id;
    auto candidates = matching(project_id, event);
    if (!candidates) return reply(fail(std::move(candidates.error())));
    outcome.matched = candidates->size();
    start(*candidates, event, std::make_shared<Fanout>(!event.id.empty(), std::move(outcome), std::move(reply)));
  }

 private:
  // Of all that is told of a run, only the first event starts the run's own workflow again: a loop is a line then,
  // which ends at the depth limit, and not a tree.
  static std::string id_for(const Event& event, const Candidate& candidate) {
    const bool is_own = event.source == kOwnSource && string_member(event.payload, "workflowId") == candidate.id;
    return is_own ? "own:" + string_member(event.payload, "workflowRunId") : event.id;
  }

  // The runs of one event on their way: the last answer completes it.
  struct Fanout {
    Fanout(bool id, Outcome known, engine::Reply<Outcome> to)
        : has_id(id), outcome(std::move(known)), reply(std::move(to)) {
      results.resize(outcome.matched);
    }

    const bool has_id;
    std::mutex mutex;
    Outcome outcome;
    engine::Reply<Outcome> reply;
    std::vector<std::optional<Result<engine::RunView>>> results;  // by candidate
    std::size_t answered = 0;
  };

  Result<std::vector<Candidate>> matching(std::int64_t project_id, const Event& event) {
    const std::size_t payload_bytes = dump_json(event.payload).size();
    if (payload_bytes > kMaxPayload_bytes) {
      return fail(ErrorCode::kTooLarge,
                  fmt::format("the payload has {} bytes; at most {} are allowed: send a reference", payload_bytes,
                              kMaxPayload_bytes));
    }
    std::vector<Candidate> found = index_->matching(project_id, event);
    if (found.size() > kMaxRunsPerEvent || found.size() * payload_bytes > kMaxFanOut_bytes) {
      return fail(ErrorCode::kTooLarge,
                  fmt::format("the event matches {} workflows with a payload of {} bytes; one event may start {} runs "
                              "that hold {} bytes together. Narrow the patterns or shorten the payload",
                              found.size(), payload_bytes, kMaxRunsPerEvent, kMaxFanOut_bytes));
    }
    return found;
  }

  void start(const std::vector<Candidate>& candidates, const Event& event, const std::shared_ptr<Fanout>& fanout) {
    if (candidates.empty()) return complete(*fanout, candidates);
    Json context = {{"event", event.payload},
                    {"timestamp", event.timestamp.is_null() ? Json(iso8601(clock_.wall_ms())) : event.timestamp},
                    {"source", event.source},
                    {"eventDepth", event.depth}};
    if (!event.correlation_id.empty()) context["correlationId"] = event.correlation_id;
    const auto shared = std::make_shared<const std::vector<Candidate>>(candidates);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      engine::TriggerRun message;
      message.workflow = candidates[i].id;
      message.project_id = candidates[i].project_id;
      message.context = context;
      message.trigger = "event:" + event.type;
      message.trace_parent = event.trace_parent;
      message.records_failure = true;
      if (!event.id.empty()) {
        message.once = engine::Once{
            kEventSpace,
            fmt::format("{}/{}/{}", candidates[i].project_id, id_for(event, candidates[i]), candidates[i].id),
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
    const bool has_id = fanout.has_id;
    std::optional<Error> try_again;
    std::size_t duplicates = 0;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      Result<engine::RunView>& run = *fanout.results[i];
      if (run) {
        if (run->duplicate) ++duplicates;
        outcome.runs.push_back({run->run_id, candidates[i].id, run->status, run->duplicate});
        continue;
      }
      log_.warn("an event could not start a workflow",
                {{"eventId", outcome.event_id}, {"workflowId", candidates[i].id}, {"error", run.error().message}});
      if (run.error().code == ErrorCode::kUnavailable) try_again = run.error();
      outcome.not_started.push_back({candidates[i].id, std::move(run.error())});
    }
    outcome.duplicate = duplicates > 0 && duplicates == candidates.size();
    // Sending it again starts what is missing; without an id it would also start again what has started.
    if (try_again && (has_id || outcome.runs.empty())) return fanout.reply(fail(std::move(*try_again)));
    fanout.reply(std::move(outcome));
  }

  const Post post_;
  const std::shared_ptr<const TriggerIndex> index_;
  Clock& clock_;
  Entropy& entropy_;
  observe::Log& log_;
};

EventStarter::EventStarter(Post post, std::shared_ptr<const TriggerIndex> index, Clock& clock, Entropy& entropy,
                           observe::Log& log)
    : impl_(std::make_shared<Impl>(std::move(post), std::move(index), clock, entropy, log)) {}

EventStarter::~EventStarter() = default;

void EventStarter::publish(std::int64_t project_id, Event event, engine::Reply<Outcome> reply) {
  impl_->publish(project_id, event, std::move(reply));
}

}  // namespace commandcenter::trigger
