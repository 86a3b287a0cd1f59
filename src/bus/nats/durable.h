// Reads a JetStream stream through a durable consumer, which the server keeps while nobody reads: for one connection,
// on a thread of its own. Private to this folder.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "bus/nats/connection.h"

namespace commandcenter::bus {

// The subjects that come from the stream, so that plain subscriptions leave them alone.
class Coverage {
 public:
  void set(std::vector<std::string> patterns);
  bool covers(std::string_view subject) const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> patterns_;
};

class DurableConsumer {
 public:
  using Deliver = std::function<void(const Message&)>;  // what it gets has `settle`

  // Asks for the stream, so that `coverage` is known if the server answers, then reads it.
  DurableConsumer(const NatsConfig& config, observe::Log& log, std::shared_ptr<NatsConnection> connection,
                  std::shared_ptr<Coverage> coverage, Deliver deliver);
  ~DurableConsumer();
  DurableConsumer(const DurableConsumer&) = delete;
  DurableConsumer& operator=(const DurableConsumer&) = delete;

 private:
  // Messages that were dealt with, or not, until this thread tells the server. Outlives the consumer: whoever has a
  // message settles it when it pleases.
  struct Settled;

  void read(bool opened);
  void fetch();
  void pause();
  bool going() const { return !stopping_ && !connection_->ended(); }
  bool open();
  bool subscribe();
  void take(natsMsg* message);
  void tell();

  const NatsConfig& config_;
  observe::Log& log_;
  const std::shared_ptr<NatsConnection> connection_;
  const std::shared_ptr<Coverage> coverage_;
  const Deliver deliver_;
  const std::shared_ptr<Settled> settled_;
  jsCtx* jetstream_ = nullptr;
  natsSubscription* subscription_ = nullptr;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace commandcenter::bus
