// How much the API takes from whom: an operator's settings, with their defaults.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace commandcenter::server {

inline constexpr const char* kTraceId = "{traceId}";  // in ApiConfig::trace_url

// Requests that one client may make in a window, by class; 0 = as many as it likes. A window begins at the client's
// first request of the class and lasts window_ms. Health and pages are never counted.
struct RateLimits {
  std::int64_t reads = 1'000;
  std::int64_t writes = 100;
  std::int64_t triggers = 500;
  std::int64_t webhooks = 1'000;  // of their own, so that nothing else keeps an alert out
  std::int64_t window_ms = 60'000;
  std::size_t max_clients = 100'000;  // counted apart; all further ones share a window until some have run out
};

struct ApiConfig {
  RateLimits rate_limits;
  // Proxies whose X-Forwarded-For is believed: addresses or networks like "10.0.0.0/8". Everybody else's is ignored.
  std::vector<std::string> trusted_proxies;
  // Names the server is reached by, besides localhost and plain addresses. Requests to other names are refused: a page
  // whose name was made to point here must not reach the API.
  std::vector<std::string> host_names;
  std::size_t max_event_streams = 1'000;  // one more is refused with 503
  std::int64_t heartbeat_ms = 15'000;     // between comments in a silent event stream
  std::uint16_t metrics_port = 9464;      // where /metrics is too, and nothing else; 0 = nowhere
  // Where a trace can be looked at: an address with kTraceId in the place of its id. Empty: nowhere.
  std::string trace_url;
};

}  // namespace commandcenter::server
