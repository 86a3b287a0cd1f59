#include "trigger/chain.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "outbox/tail.h"
#include "trigger/matcher.h"

namespace commandcenter::trigger {
namespace {

constexpr const char* kName = "workflows";
constexpr std::int64_t kRecordEvery = 1'000;  // positions, when none of them started anything
constexpr std::chrono::seconds kStartTimeout{30};

// One answer that another thread gives, perhaps when nobody waits any more.
struct Answer {
  std::mutex mutex;
  std::condition_variable given;
  std::optional<Result<Outcome>> outcome;
};

class JournalChain final : public Chain {
 public:
  JournalChain(ChainParts parts, std::int64_t from, bool is_recorded)
      : parts_(std::move(parts)),
        published_(outbox::published_patterns()),
        recorded_at_(from),
        is_recorded_(is_recorded),
        tail_(
            parts_.store, parts_.journal, parts_.log, kName, from,
            [this](const auto& events, std::int64_t until) { return take(events, until); },
            [this] { return wanted(); }) {}

  ~JournalChain() override { stopping_ = true; }

 private:
  bool wanted() {
    if (parts_.interests.meets(published_)) return true;
    if (is_recorded_) outbox::forget(kName, parts_.store, parts_.post, parts_.log);
    is_recorded_ = false;
    return false;
  }

  Result<void> take(const std::vector<outbox::PublicEvent>& events, std::int64_t until) {
    bool started = false;
    for (const outbox::PublicEvent& event : events) {
      if (!parts_.interests.any(event.project_id, event.subject)) continue;
      if (event.depth > kMaxEventDepth) {
        parts_.log.warn(
            "an event follows from too many others and starts nothing; look for workflows that start each "
            "other",
            {{"subject", event.subject}, {"depth", event.depth}});
        continue;
      }
      if (auto handled = start(event); !handled) return handled;
      started = true;
    }
    if (!started && is_recorded_ && until < recorded_at_ + kRecordEvery) return {};
    if (parts_.post(outbox::position_record(kName, until))) {
      recorded_at_ = until;
      is_recorded_ = true;
    }
    return {};
  }

  Result<void> start(const outbox::PublicEvent& published) {
    Event event;
    event.type = published.subject;
    event.payload = published.body;
    event.timestamp = string_member(published.body, "at");
    event.source = kOwnSource;
    event.id = outbox::event_id(parts_.instance, published);
    event.depth = published.depth;
    event.correlation_id = published.correlation_id;
    event.trace_parent = published.trace_parent;
    const auto answer = std::make_shared<Answer>();
    parts_.events.publish(published.project_id, std::move(event), [answer](Result<Outcome> outcome) {
      const std::lock_guard lock(answer->mutex);
      answer->outcome = std::move(outcome);
      answer->given.notify_all();
    });
    const auto deadline = std::chrono::steady_clock::now() + kStartTimeout;
    std::unique_lock lock(answer->mutex);
    while (!answer->outcome && !stopping_ && std::chrono::steady_clock::now() < deadline)
      answer->given.wait_for(lock, std::chrono::milliseconds(50));
    if (!answer->outcome) return fail(ErrorCode::kUnavailable, "the engine does not answer");
    if (*answer->outcome || answer->outcome->error().code != ErrorCode::kUnavailable) return {};
    return fail(answer->outcome->error());
  }

  const ChainParts parts_;
  const std::vector<std::string> published_;
  std::atomic<bool> stopping_ = false;
  std::int64_t recorded_at_;  // of the tail's thread, as what follows
  bool is_recorded_;
  outbox::Tail tail_;
};

}  // namespace

Result<std::unique_ptr<Chain>> Chain::open(ChainParts parts) {
  const auto recorded = outbox::recorded_position(parts.store, kName);
  if (!recorded) return fail(recorded.error());
  const auto last = outbox::last_position(parts.store);
  if (!last) return fail(last.error());
  return std::make_unique<JournalChain>(std::move(parts), recorded->value_or(*last), recorded->has_value());
}

}  // namespace commandcenter::trigger
