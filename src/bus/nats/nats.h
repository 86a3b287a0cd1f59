// The Bus over NATS (https://nats.io): other systems hear what was recorded and send events.
//
// Connects on a thread of its own and for ever: while the server is away publish() fails at once with kUnavailable, and
// subscriptions take effect when it is back. Where JetStream is there, messages with an id are kept by it, each once.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "bus/bus.h"
#include "observe/log.h"

namespace commandcenter::bus {

inline constexpr std::int64_t kMinReconnectWait_ms = 50;
inline constexpr std::int64_t kMaxReconnectWait_ms = 5'000;

struct NatsConfig {
  std::string url;               // nats://HOST:4222, several with commas; user:password@ or token@ before the host
  std::string credentials_file;  // of an account (.creds); empty = none
  std::string client_name = "commandcenter";
  std::int64_t connect_timeout_ms = 2'000;

  // What is published with an id goes into this stream, which is made when it is missing; a stream of that name that
  // exists stays as it is. When off, or where the server has no JetStream: plain NATS.
  std::string jetstream = "auto";  // or "off"
  std::string stream = "COMMANDCENTER";
  std::vector<std::string> stream_subjects;
  std::int64_t stream_max_age_ms = 7LL * 24 * 3'600 * 1'000;
  std::int64_t stream_max_bytes = 1LL << 30;
  std::int64_t duplicate_window_ms = 3'600'000;  // how long the server remembers ids

  // Messages of this stream come from a durable consumer, which keeps them while nobody is there; plain subscriptions
  // to its subjects are then not delivered a second time. Nothing is heard before deliver_kept(). Empty = none.
  std::string inbound_stream;
  std::string inbound_durable = "commandcenter";
};

// A word of the URL or the credentials that nobody can use: kInvalid. Does not wait for the connection.
// Only one thread may publish messages with ids.
Result<std::unique_ptr<Bus>> make_nats_bus(NatsConfig config, observe::Log& log);

}  // namespace commandcenter::bus
