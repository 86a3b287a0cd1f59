// What the connections of one server share: its configuration, the handler, request ids, and the list of those that are
// open. Any thread. Outlives them all: the server waits until the last has left.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "server/http.h"

namespace commandcenter::server {

// One client, as the server sees it. Each of these only posts to the connection's executor.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual void post_begin(bool is_one_too_many) = 0;  // that one is told so and closed
  virtual void post_drain() = 0;                      // close now if idle, else after the request under way
  virtual void post_close() = 0;
};

using Connections = std::vector<std::shared_ptr<Connection>>;

class Hub {
 public:
  Hub(const HttpConfig& http_config, Handler request_handler, ErrorBody make_error, Admit request_admit);

  std::string next_id();
  Response error(int status, std::string_view message, const std::string& request_id) const;

  // Holds the connection until remove(). The number of connections with this one; 0 when the server is stopping.
  std::size_t add(const std::shared_ptr<Connection>& connection);
  void remove(Connection* connection);

  Connections begin_draining();
  bool is_draining() const { return draining_; }

  // The connections still open when the time is over (none: waits for as long as it takes).
  Connections wait_empty(std::optional<std::int64_t> timeout_ms);

  const HttpConfig config;
  const Handler handler;
  const Admit admit;  // may be empty

 private:
  Connections snapshot() const;

  const ErrorBody error_body_;
  std::string id_prefix_;
  std::atomic<std::uint64_t> last_id_ = 0;
  std::atomic<bool> draining_ = false;
  std::mutex mutex_;
  std::condition_variable empty_;
  std::unordered_map<Connection*, std::shared_ptr<Connection>> connections_;
};

}  // namespace commandcenter::server
