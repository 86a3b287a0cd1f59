// Counts the requests of each client by class and says when it has made too many. Any thread. Private to this folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <unordered_map>

#include "server/client_address.h"
#include "server/limits.h"

namespace commandcenter::server {

// What an operation counts as.
enum class Traffic { kRead, kWrite, kTrigger, kWebhook, kUnlimited };

class RateLimiter {
 public:
  struct Verdict {
    bool is_limited = false;  // false: this class knows no limit, the rest means nothing
    bool is_refused = false;
    std::int64_t limit = 0;
    std::int64_t remaining = 0;
    std::int64_t reset_s = 0;  // until the window ends, rounded up
  };

  explicit RateLimiter(const RateLimits& limits) : limits_(limits) {}

  // Counts one request. Times are monotonic.
  Verdict count(const Address& client, Traffic traffic, std::int64_t now_ms);

  std::int64_t window_s() const { return limits_.window_ms / 1'000; }
  std::size_t clients() const;  // windows that are remembered

 private:
  struct Key {
    Address client{};
    Traffic traffic = Traffic::kRead;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const;
  };
  struct Window {
    std::int64_t begun_ms = 0;
    std::int64_t requests = 0;
  };

  std::int64_t limit_of(Traffic traffic) const;
  Window& window_of(const Key& key, std::int64_t now_ms);

  const RateLimits limits_;
  mutable std::mutex mutex_;
  std::unordered_map<Key, Window, Hash> windows_;
  std::int64_t last_sweep_ms_ = 0;
};

}  // namespace commandcenter::server
