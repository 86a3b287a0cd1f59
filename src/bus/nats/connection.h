// One connection to a NATS server, from connecting to its end; a new one follows it. That makes the order of what is
// published certain: what was sent before the end and did not arrive is sent again by whoever knows it, on the next.
// Private to this folder.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "bus/nats/nats.h"

// NOLINTBEGIN: the library's own names
typedef struct __natsConnection natsConnection;
typedef struct __natsSubscription natsSubscription;
typedef struct __natsMsg natsMsg;
typedef struct __jsCtx jsCtx;
// NOLINTEND

namespace commandcenter::bus {

class Coverage;

enum class MadeStream {
  kYes,  // or another one takes its subjects
  kNoAnswer,
  kNobody,  // there is no JetStream
};

// Of a subscription, for as long as the library may still call it.
struct Listener {
  std::shared_ptr<const Handler> handler;
  std::shared_ptr<const Coverage> elsewhere;  // subjects that come from a durable consumer
  std::atomic<bool> active = true;
};

class NatsConnection {
 public:
  // Blocks for at most the connect time-out.
  static Result<std::shared_ptr<NatsConnection>> open(const NatsConfig& config, observe::Log& log);
  ~NatsConnection();
  NatsConnection(const NatsConnection&) = delete;
  NatsConnection& operator=(const NatsConnection&) = delete;

  bool ended() const { return ended_; }
  natsConnection* handle() { return connection_; }
  void wait(const std::function<bool()>& until);  // or until its end; wake() has `until` asked again
  void wake();

  Result<void> publish(const Message& message);
  Result<void> flush(std::int64_t timeout_ms);
  Result<natsSubscription*> subscribe(const std::string& pattern, const std::shared_ptr<Listener>& listener);
  static void unsubscribe(natsSubscription* subscription);

  // What the library tells.
  void closed();
  void refused(std::string_view subject, std::string_view why);  // JetStream, a message

 private:
  NatsConnection(const NatsConfig& config, observe::Log& log) : config_(config), log_(log) {}

  Result<void> connect();
  void open_jetstream();
  MadeStream make_stream();
  Result<bool> is_kept(const std::string& subject);
  Result<void> publish_to_stream(const Message& message, natsMsg* prepared);
  Result<void> await_answers(std::int64_t timeout_ms);

  const NatsConfig& config_;
  observe::Log& log_;
  natsConnection* connection_ = nullptr;
  jsCtx* jetstream_ = nullptr;  // null: plain NATS

  std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  std::atomic<bool> ended_ = false;
  std::string refusal_;  // why JetStream did not take one since the last flush; empty = it took all

  // Of whoever publishes.
  std::string last_id_;               // since the last flush
  std::map<std::string, bool> kept_;  // by the beginning of subjects: whether a stream takes them
  bool in_doubt_ = false;             // whether that still holds: something did not arrive
};

}  // namespace commandcenter::bus
