#include "outbox/feed.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <iterator>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "outbox/translate.h"

namespace commandcenter::outbox {
namespace {

constexpr std::chrono::milliseconds kStoreRetry{200};

}  // namespace

class Feed::Impl {
 public:
  Impl(store::Store& store, bus::Bus& journal, observe::Log& log) : store_(store), journal_(journal), log_(log) {}

  void start(const std::shared_ptr<Impl>& self) {
    const auto subscribed = journal_.subscribe(
        std::string(engine::kJournalSubject), [self](const bus::Message& message) { self->reached(message.position); });
    if (subscribed) subscription_ = *subscribed;
    if (const auto last = last_position(store_)) reached(*last);
    thread_ = std::thread([this] { serve(); });
  }

  void stop() {
    journal_.unsubscribe(subscription_);
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      changed_.notify_all();
    }
    thread_.join();
  }

  Result<WatchId> watch(std::string pattern, std::optional<std::int64_t> after, Handler handler) {
    if (auto checked = bus::check_pattern(pattern); !checked) return fail(std::move(checked.error()));
    const std::lock_guard lock(mutex_);
    if (watchers_.size() >= kMaxWatchers) {
      return fail(ErrorCode::kUnavailable,
                  fmt::format("{} clients watch the events already, which is the most there may be", kMaxWatchers));
    }
    Watcher& watcher = watchers_[++last_id_];
    watcher.pattern = std::move(pattern);
    watcher.position = std::min(after.value_or(head_), head_);
    watcher.handler = std::make_shared<const Handler>(std::move(handler));
    changed_.notify_all();
    return last_id_;
  }

  void unwatch(WatchId id) {
    const std::lock_guard lock(mutex_);
    watchers_.erase(id);
  }

 private:
  struct Watcher {
    std::string pattern;
    std::int64_t position = 0;
    std::shared_ptr<const Handler> handler;
  };

  void reached(std::int64_t position) {
    const std::lock_guard lock(mutex_);
    head_ = std::max(head_, position);
    changed_.notify_all();
  }

  // Where the one who is furthest behind is; nothing when nobody is behind.
  std::optional<std::int64_t> furthest_behind() const {
    std::optional<std::int64_t> lowest;
    for (const auto& [id, watcher] : watchers_) {
      if (watcher.position < head_) lowest = std::min(lowest.value_or(watcher.position), watcher.position);
    }
    return lowest;
  }

  void serve() {
    Translator translator(store_);
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return stopping_ || furthest_behind(); });
      if (stopping_) return;
      const std::int64_t after = *furthest_behind();
      const std::int64_t head = head_;
      lock.unlock();
      std::vector<PublicEvent> events;
      const auto until = read(translator, after, head, events);
      if (until) hand_out(events, after, *until);
      lock.lock();
      if (!until) changed_.wait_for(lock, kStoreRetry, [this] { return stopping_; });
    }
  }

  std::optional<std::int64_t> read(Translator& translator, std::int64_t after, std::int64_t head,
                                   std::vector<PublicEvent>& events) {
    const auto rows = store::read_all<store::EventRow>(
        store_, {.table = store::Table::kEvents, .after = after, .limit = kMaxBatchEntries});
    if (!rows) {
      log_.warn("events cannot be read for those who watch", {{"error", rows.error().message}});
      return std::nullopt;
    }
    for (const store::EventRow& row : *rows) {
      if (!translator.translate(row, events)) return std::nullopt;
    }
    return rows->empty() ? head : rows->back().position;
  }

  void hand_out(const std::vector<PublicEvent>& events, std::int64_t after, std::int64_t until) {
    std::vector<Watcher> turn;
    {
      const std::lock_guard lock(mutex_);
      for (auto& [id, watcher] : watchers_) {
        if (watcher.position < after || watcher.position >= until) continue;
        turn.push_back(watcher);
        watcher.position = until;
      }
    }
    for (const Watcher& watcher : turn) {
      std::vector<PublicEvent> matching;
      std::copy_if(events.begin(), events.end(), std::back_inserter(matching), [&](const PublicEvent& event) {
        return event.position > watcher.position && bus::subject_matches(watcher.pattern, event.subject);
      });
      if (!matching.empty()) (*watcher.handler)(matching);
    }
  }

  store::Store& store_;
  bus::Bus& journal_;
  observe::Log& log_;
  bus::SubscriptionId subscription_ = 0;
  std::thread thread_;

  std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  bool stopping_ = false;
  std::int64_t head_ = 0;
  std::map<WatchId, Watcher> watchers_;
  WatchId last_id_ = 0;
};

Feed::Feed(store::Store& store, bus::Bus& journal, observe::Log& log)
    : impl_(std::make_shared<Impl>(store, journal, log)) {
  impl_->start(impl_);
}

Feed::~Feed() {
  impl_->stop();
}

Result<Feed::WatchId> Feed::watch(std::string pattern, std::optional<std::int64_t> after, Handler handler) {
  return impl_->watch(std::move(pattern), after, std::move(handler));
}

void Feed::unwatch(WatchId id) {
  impl_->unwatch(id);
}

}  // namespace commandcenter::outbox
