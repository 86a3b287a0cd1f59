#include "trigger/listener.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace commandcenter::trigger {
namespace {

constexpr std::string_view kOrderSpace = "order";  // marks of orders that were carried out
constexpr std::int64_t kOrderMemory_ms = 24LL * 3'600 * 1'000;

struct Waiting {
  bus::Message message;
  int attempts = 0;
  bool is_event = false;  // although it names a workflow: there is none of that name
};

// What the bus's threads and the engine's share with the listener's. They may come when it is gone.
class Queue {
 public:
  // Waits for room; false when there will be none.
  bool add(Waiting item) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return stopped_ || has_room(); });
    if (stopped_) return false;
    bytes_ += item.message.payload.size();
    items_.push_back(std::move(item));
    changed_.notify_one();
    return true;
  }

  // For another try: never waits.
  void add_again(Waiting item) {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    bytes_ += item.message.payload.size();
    items_.push_back(std::move(item));
    changed_.notify_one();
  }

  void subscriptions_changed() {
    const std::lock_guard lock(mutex_);
    resubscribe_ = true;
    changed_.notify_one();
  }

  void stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
    room_.notify_all();
  }

  struct Turn {
    bool stopped = false;
    bool resubscribe = false;
    std::optional<Waiting> item;
  };

  Turn wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopped_ || resubscribe_ || !items_.empty(); });
    Turn turn{stopped_, std::exchange(resubscribe_, false), std::nullopt};
    if (turn.stopped || items_.empty()) return turn;
    turn.item = std::move(items_.front());
    items_.pop_front();
    bytes_ -= turn.item->message.payload.size();
    room_.notify_one();
    return turn;
  }

  void pause(std::int64_t wait_ms) {
    std::unique_lock lock(mutex_);
    room_.wait_for(lock, std::chrono::milliseconds(wait_ms), [&] { return stopped_; });
  }

 private:
  bool has_room() const { return items_.size() < kMaxWaitingMessages && bytes_ < kMaxWaiting_bytes; }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable room_;
  std::deque<Waiting> items_;
  std::size_t bytes_ = 0;
  bool resubscribe_ = false;
  bool stopped_ = false;
};

// The patterns as they are subscribed to now. A message that several match comes once for each; the first one counts.
class Current {
 public:
  bool is_first(bus::SubscriptionId order, std::string_view subject) const {
    const std::lock_guard lock(mutex_);
    for (const auto& [other, pattern] : patterns_) {
      if (other >= order) return true;
      if (bus::subject_matches(pattern, subject)) return false;
    }
    return true;
  }

  std::map<std::uint64_t, std::string> all() const {
    const std::lock_guard lock(mutex_);
    return patterns_;
  }
  void add(std::uint64_t order, std::string pattern) {
    const std::lock_guard lock(mutex_);
    patterns_.emplace(order, std::move(pattern));
  }
  void remove(std::uint64_t order) {
    const std::lock_guard lock(mutex_);
    patterns_.erase(order);
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::uint64_t, std::string> patterns_;
};

// What NATS and its clients say to one another: answers to requests, among them those to what this server publishes,
// and the administration of streams. Who subscribes to '>' gets them too.
bool is_of_nats_itself(std::string_view subject) {
  return subject.starts_with('$') || subject.starts_with("_INBOX.");
}

void settle(const bus::Message& message, bool dealt_with) {
  if (message.settle) message.settle(dealt_with);
}

class BusListener final : public Listener {
 public:
  BusListener(ListenerConfig config, ListenerParts parts) : config_(std::move(config)), parts_(std::move(parts)) {
    parts_.interests.on_change([queue = queue_] { queue->subscriptions_changed(); });
    subscribe();
    parts_.source.deliver_kept();
    thread_ = std::thread([this] { work(); });
  }

  ~BusListener() override {
    queue_->stop();
    thread_.join();
    for (const auto& [order, id] : subscriptions_)
      parts_.source.unsubscribe(id);
  }

  BusListener(const BusListener&) = delete;
  BusListener& operator=(const BusListener&) = delete;

  std::vector<std::string> patterns() const override {
    std::vector<std::string> patterns;
    for (const auto& [order, pattern] : current_->all())
      patterns.push_back(pattern);
    return patterns;
  }

 private:
  void subscribe() {
    std::vector<std::string> wanted = config_.subjects;
    const auto interests = parts_.interests.current();
    for (const auto& [project, patterns] : *interests)
      wanted.insert(wanted.end(), patterns.begin(), patterns.end());
    wanted = without_covered(std::move(wanted));
    if (wanted.size() > kMaxSubscriptions) {
      parts_.log.error("the workflows name more event patterns than are listened to; use wider ones",
                       {{"patterns", wanted.size()}, {"limit", kMaxSubscriptions}});
      wanted.resize(kMaxSubscriptions);
    }
    const auto now = current_->all();
    for (const std::string& pattern : wanted) {
      const bool is_new = std::none_of(now.begin(), now.end(), [&](const auto& one) { return one.second == pattern; });
      if (is_new) subscribe(pattern);
    }
    for (const auto& [order, pattern] : now) {
      if (std::find(wanted.begin(), wanted.end(), pattern) != wanted.end()) continue;
      parts_.source.unsubscribe(subscriptions_[order]);
      subscriptions_.erase(order);
      current_->remove(order);
    }
  }

  void subscribe(const std::string& pattern) {
    const std::uint64_t order = ++last_order_;
    current_->add(order, pattern);
    const auto id = parts_.source.subscribe(
        pattern, [order, queue = queue_, current = current_, instance = parts_.instance](const bus::Message& message) {
          const bool own = std::find(message.headers.begin(), message.headers.end(),
                                     std::pair<std::string, std::string>(outbox::kInstanceHeader, instance)) !=
                           message.headers.end();
          if (own || is_of_nats_itself(message.subject) || !current->is_first(order, message.subject))
            return settle(message, true);
          if (!queue->add({message})) settle(message, false);
        });
    if (id) {
      subscriptions_[order] = *id;
      return;
    }
    current_->remove(order);
    parts_.log.error("no subscription", {{"pattern", pattern}, {"error", id.error().message}});
  }

  void work() {
    while (true) {
      Queue::Turn turn = queue_->wait();
      if (turn.stopped) return;
      if (turn.resubscribe) subscribe();
      if (!turn.item) continue;
      if (turn.item->attempts > 0) queue_->pause(kMessageRetry_ms);
      handle(std::move(*turn.item));
    }
  }

  void handle(Waiting item) {
    auto received = read_message(item.message, config_.project_id);
    if (!received) {
      parts_.log.warn("a message is no event",
                      {{"subject", item.message.subject}, {"error", received.error().message}});
      return settle(item.message, true);
    }
    if (received->workflow.empty() || item.is_event)
      start_waiting(std::move(*received), std::move(item));
    else
      start_named(std::move(*received), std::move(item));
  }

  // Whoever waits for the event.
  void start_waiting(Received received, Waiting item) {
    const auto shared = std::make_shared<Waiting>(std::move(item));
    parts_.events.publish(received.project_id, std::move(received.event),
                          [queue = queue_, shared, &log = parts_.log](const Result<Outcome>& outcome) {
                            finished(*queue, log, *shared,
                                     outcome ? std::optional<Error>() : std::optional(outcome.error()));
                          });
  }

  // One workflow, by name. When there is none, the message is an event like others.
  void start_named(Received received, Waiting item) {
    engine::TriggerRun order;
    order.workflow = received.workflow;
    order.project_id = received.project_id;
    order.context = received.context;
    if (received.event.depth > 0) order.context["eventDepth"] = received.event.depth;
    if (!received.event.correlation_id.empty()) order.context["correlationId"] = received.event.correlation_id;
    order.trace_parent = received.event.trace_parent;
    order.trigger = "event:" + received.event.type;
    if (!received.event.id.empty()) {
      order.once = engine::Once{std::string(kOrderSpace), fmt::format("{}/{}", received.project_id, received.event.id),
                                Json::object(), parts_.clock.wall_ms() + kOrderMemory_ms};
    }
    const auto shared = std::make_shared<Waiting>(std::move(item));
    order.reply = [queue = queue_, shared, &log = parts_.log](const Result<engine::RunView>& run) {
      if (!run && run.error().code == ErrorCode::kNotFound) {
        shared->is_event = true;
        return queue->add_again(std::move(*shared));
      }
      finished(*queue, log, *shared, run ? std::optional<Error>() : std::optional(run.error()));
    };
    if (!parts_.post(std::move(order)))
      finished(*queue_, parts_.log, *shared, Error{ErrorCode::kUnavailable, "the engine takes nothing"});
  }

  // The bus gives a message again that it keeps; one that it does not keep is tried again here.
  static void finished(Queue& queue, observe::Log& log, Waiting& waiting, const std::optional<Error>& error) {
    const bool again = error && error->code == ErrorCode::kUnavailable;
    if (waiting.message.settle) return waiting.message.settle(!again);
    if (again && ++waiting.attempts < kMaxMessageAttempts) return queue.add_again(std::move(waiting));
    if (error) {
      log.warn("a message started nothing", {{"subject", waiting.message.subject}, {"error", error->message}});
    }
  }

  const ListenerConfig config_;
  const ListenerParts parts_;
  const std::shared_ptr<Queue> queue_ = std::make_shared<Queue>();
  const std::shared_ptr<Current> current_ = std::make_shared<Current>();
  std::map<std::uint64_t, bus::SubscriptionId> subscriptions_;  // by order
  std::uint64_t last_order_ = 0;
  std::thread thread_;
};

}  // namespace

std::vector<std::string> without_covered(std::vector<std::string> patterns) {
  std::vector<std::string> kept;
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    bool covered = false;
    for (std::size_t j = 0; j < patterns.size() && !covered; ++j) {
      const bool same = patterns[i] == patterns[j];
      covered = same ? j < i : pattern_covers(patterns[j], patterns[i]);
    }
    if (!covered) kept.push_back(patterns[i]);
  }
  return kept;
}

std::unique_ptr<Listener> Listener::start(ListenerConfig config, ListenerParts parts) {
  return std::make_unique<BusListener>(std::move(config), std::move(parts));
}

}  // namespace commandcenter::trigger
