#include "outbox/tail.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "outbox/translate.h"

namespace commandcenter::outbox {
namespace {

constexpr std::int64_t kMinRetryWait_ms = 20;

}  // namespace

// Also of the subscription, which may be told something while the tail is going.
struct Tail::Shared {
  mutable std::mutex mutex;
  std::condition_variable changed;
  bool stopping = false;
  bool woken = false;
  std::int64_t head = 0;  // the last position known to be in the journal
  std::int64_t position = 0;
  std::string error;
};

Tail::Tail(store::Store& store, bus::Bus& journal, observe::Log& log, std::string name, std::int64_t from, Sink sink,
           Wanted wanted)
    : store_(store),
      journal_(journal),
      log_(log),
      name_(std::move(name)),
      sink_(std::move(sink)),
      wanted_(std::move(wanted)),
      shared_(std::make_shared<Shared>()) {
  shared_->position = from;
  const auto subscribed =
      journal_.subscribe(std::string(engine::kJournalSubject), [shared = shared_](const bus::Message& message) {
        const std::lock_guard lock(shared->mutex);
        shared->head = std::max(shared->head, message.position);
        shared->changed.notify_all();
      });
  if (subscribed) subscription_ = *subscribed;
  const auto last = last_position(store_);
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->head = std::max(shared_->head, last ? *last : from);
  }
  thread_ = std::thread([this] { follow(); });
}

Tail::~Tail() {
  journal_.unsubscribe(subscription_);
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->stopping = true;
    shared_->changed.notify_all();
  }
  thread_.join();
}

State Tail::state() const {
  const std::lock_guard lock(shared_->mutex);
  return {false, shared_->position, std::max<std::int64_t>(0, shared_->head - shared_->position), shared_->error};
}

void Tail::wake() {
  const std::lock_guard lock(shared_->mutex);
  shared_->woken = true;
  shared_->changed.notify_all();
}

void Tail::follow() {
  Translator translator(store_);
  std::size_t batch = kMaxBatchEntries;
  std::int64_t wait_ms = kMinRetryWait_ms;
  while (true) {
    {
      std::unique_lock lock(shared_->mutex);
      shared_->changed.wait(lock, [&] { return shared_->stopping || shared_->head > shared_->position; });
      if (shared_->stopping) return;
    }
    if (const auto taken = step(translator, batch)) {
      batch = std::min(batch * 2, kMaxBatchEntries);
      wait_ms = kMinRetryWait_ms;
      continue;
    }
    batch = 1;
    std::unique_lock lock(shared_->mutex);
    shared_->woken = false;
    shared_->changed.wait_for(lock, std::chrono::milliseconds(wait_ms),
                              [&] { return shared_->stopping || shared_->woken; });
    wait_ms = std::min(wait_ms * 2, kMaxRetryWait_ms);
  }
}

Result<void> Tail::step(Translator& translator, std::size_t batch) {
  std::int64_t after = 0;
  std::int64_t head = 0;
  {
    const std::lock_guard lock(shared_->mutex);
    after = shared_->position;
    head = shared_->head;
  }
  const auto moved = [&](std::int64_t until) {
    const std::lock_guard lock(shared_->mutex);
    shared_->position = until;
    shared_->error.clear();
  };
  const auto failed = [&](const Error& error) -> Result<void> {
    const std::lock_guard lock(shared_->mutex);
    if (shared_->error.empty()) log_.warn("events wait", {{"for", name_}, {"error", error.message}});
    shared_->error = error.message;
    return fail(error);
  };
  if (wanted_ && !wanted_()) {
    moved(head);
    return {};
  }
  const auto rows = store::read_all<store::EventRow>(
      store_, {.table = store::Table::kEvents, .after = after, .limit = static_cast<std::int64_t>(batch)});
  if (!rows) return failed(rows.error());
  if (rows->empty()) {
    moved(head);  // what was between is deleted
    return {};
  }
  std::vector<PublicEvent> events;
  for (const store::EventRow& row : *rows) {
    if (auto translated = translator.translate(row, events); !translated) return failed(translated.error());
  }
  if (const auto taken = sink_(events, rows->back().position); !taken) return failed(taken.error());
  moved(rows->back().position);
  return {};
}

}  // namespace commandcenter::outbox
