// Keeps a connection, and makes it look like one that never ends.
#include "bus/nats/nats.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "bus/nats/connection.h"
#include "bus/nats/durable.h"
#include "bus/nats/wire.h"

namespace commandcenter::bus {
namespace {

class NatsBus final : public Bus {
 public:
  NatsBus(NatsConfig config, observe::Log& log) : config_(std::move(config)), log_(log) {
    keeper_ = std::thread([this] { keep(); });
  }

  ~NatsBus() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      changed_.notify_all();
      if (connection_) connection_->wake();
    }
    keeper_.join();
  }

  NatsBus(const NatsBus&) = delete;
  NatsBus& operator=(const NatsBus&) = delete;

  Result<void> publish(const Message& message) override {
    const auto connection = current();
    if (!connection) return away();
    const std::lock_guard lock(publishing_);
    if (connection != published_on_) {
      // The last flush was of another connection: what was sent there since may be lost.
      if (unflushed_) return fail(ErrorCode::kUnavailable, "NATS: the connection changed; publish again");
      published_on_ = connection;
    }
    unflushed_ = true;
    return connection->publish(message);
  }

  Result<void> flush(std::int64_t timeout_ms) override {
    const auto connection = current();
    const std::lock_guard lock(publishing_);
    const bool same = connection == published_on_ || !unflushed_;
    unflushed_ = false;
    if (!connection) return away();
    auto flushed = connection->flush(timeout_ms);
    if (flushed && !same) return fail(ErrorCode::kUnavailable, "NATS: the connection changed; publish again");
    return flushed;
  }

  Result<SubscriptionId> subscribe(std::string pattern, Handler handler) override {
    if (auto checked = check_pattern(pattern); !checked) return fail(std::move(checked.error()));
    auto listener = std::make_shared<Listener>();
    listener->elsewhere = coverage_;
    listener->handler = std::make_shared<const Handler>(std::move(handler));
    const std::lock_guard lock(mutex_);
    const SubscriptionId id = ++last_id_;
    Subscription& added = subscriptions_[id];
    added.pattern = std::move(pattern);
    added.listener = std::move(listener);
    if (attached_) attach(*connection_, added);
    return id;
  }

  void unsubscribe(SubscriptionId id) override {
    const std::lock_guard lock(mutex_);
    const auto found = subscriptions_.find(id);
    if (found == subscriptions_.end()) return;
    found->second.listener->active = false;
    if (found->second.handle != nullptr) NatsConnection::unsubscribe(found->second.handle);
    subscriptions_.erase(found);
  }

  void deliver_kept() override {
    const std::lock_guard lock(mutex_);
    delivers_kept_ = true;
    if (connection_) connection_->wake();
  }

  // Who listens on the other side is not known.
  bool has_subscribers(std::string_view /*subject*/) const override { return healthy(); }

  bool healthy() const override {
    const auto connection = current();
    return connection && !connection->ended();
  }

 private:
  struct Subscription {
    std::string pattern;
    std::shared_ptr<Listener> listener;
    natsSubscription* handle = nullptr;  // of the current connection
  };

  static Result<void> away() { return fail(ErrorCode::kUnavailable, "NATS: there is no connection"); }

  std::shared_ptr<NatsConnection> current() const {
    const std::lock_guard lock(mutex_);
    return connection_;
  }

  void attach(NatsConnection& connection, Subscription& subscription) {
    auto handle = connection.subscribe(subscription.pattern, subscription.listener);
    if (handle)
      subscription.handle = *handle;
    else if (!connection.ended())
      log_.error("no subscription on NATS", {{"pattern", subscription.pattern}, {"error", handle.error().message}});
  }

  void keep() {
    std::int64_t wait_ms = kMinReconnectWait_ms;
    bool told = false;
    while (!stopping_) {
      auto connection = NatsConnection::open(config_, log_);
      if (!connection) {
        if (!std::exchange(told, true))
          log_.warn("NATS cannot be reached; events wait", {{"error", connection.error().message}});
        pause(wait_ms);
        wait_ms = std::min(wait_ms * 2, kMaxReconnectWait_ms);
        continue;
      }
      log_.info("connected to NATS");
      told = false;
      wait_ms = kMinReconnectWait_ms;
      publish_on(*connection);
      std::optional<DurableConsumer> durable;
      if (!config_.inbound_stream.empty()) {
        (*connection)->wait([this] { return stopping_ || delivers_kept_; });
        durable.emplace(config_, log_, *connection, coverage_, [this](const Message& message) { deliver(message); });
      }
      attach_all();  // now that it is known which subjects come from the stream
      (*connection)->wait([this] { return stopping_.load(); });
      durable.reset();
      drop();
      if (!stopping_) log_.warn("the connection to NATS ended; connecting again");
      connection->reset();
      pause(kMinReconnectWait_ms);
    }
  }

  void publish_on(const std::shared_ptr<NatsConnection>& connection) {
    const std::lock_guard lock(mutex_);
    connection_ = connection;
  }

  void attach_all() {
    const std::lock_guard lock(mutex_);
    attached_ = true;
    for (auto& [id, subscription] : subscriptions_)
      attach(*connection_, subscription);
  }

  void drop() {
    const std::lock_guard lock(mutex_);
    connection_.reset();
    attached_ = false;
    for (auto& [id, subscription] : subscriptions_) {
      if (subscription.handle != nullptr) NatsConnection::unsubscribe(std::exchange(subscription.handle, nullptr));
    }
  }

  // To every subscription that matches; it is dealt with when all say so.
  void deliver(const Message& message) {
    std::vector<std::shared_ptr<Listener>> listeners;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [id, subscription] : subscriptions_) {
        if (subject_matches(subscription.pattern, message.subject)) listeners.push_back(subscription.listener);
      }
    }
    if (listeners.empty()) return message.settle(true);
    struct Votes {
      std::atomic<std::size_t> missing;
      std::atomic<bool> all = true;
    };
    const auto votes = std::make_shared<Votes>();
    votes->missing = listeners.size();
    Message shared = message;
    shared.settle = [votes, settle = message.settle](bool dealt_with) {
      if (!dealt_with) votes->all = false;
      if (--votes->missing == 0) settle(votes->all);
    };
    for (const auto& listener : listeners)
      (*listener->handler)(shared);
  }

  void pause(std::int64_t wait_ms) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(wait_ms), [this] { return stopping_.load(); });
  }

  const NatsConfig config_;
  observe::Log& log_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> delivers_kept_ = false;
  std::shared_ptr<NatsConnection> connection_;
  bool attached_ = false;  // the subscriptions, to the connection
  std::map<SubscriptionId, Subscription> subscriptions_;
  SubscriptionId last_id_ = 0;
  const std::shared_ptr<Coverage> coverage_ = std::make_shared<Coverage>();

  std::mutex publishing_;  // of what follows
  std::shared_ptr<NatsConnection> published_on_;
  bool unflushed_ = false;

  std::thread keeper_;
};

Result<void> check(const NatsConfig& config) {
  const std::vector<std::string> servers = servers_of(config.url);
  if (servers.empty()) return fail(ErrorCode::kInvalid, "NATS: the address is empty; expected nats://HOST:4222");
  for (const std::string& server : servers) {
    const auto scheme = server.find("://");
    if (scheme != std::string::npos && !server.starts_with("nats://") && !server.starts_with("tls://")) {
      return fail(ErrorCode::kInvalid, fmt::format("NATS: the address begins with {}://; expected nats:// or tls://",
                                                   server.substr(0, scheme)));
    }
  }
  if (!config.credentials_file.empty() && !std::ifstream(config.credentials_file)) {
    return fail(ErrorCode::kInvalid,
                fmt::format("NATS: the credentials file {} cannot be read", config.credentials_file));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Bus>> make_nats_bus(NatsConfig config, observe::Log& log) {
  if (auto usable = check(config); !usable) return fail(std::move(usable.error()));
  return std::make_unique<NatsBus>(std::move(config), log);
}

}  // namespace commandcenter::bus
