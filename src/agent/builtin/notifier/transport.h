// One sending over the network: HTTP or SMTP, through libcurl, with the connection kept for the next one. The only file
// that knows the library is transport.cpp.
//
// Proxies: http_proxy, https_proxy, all_proxy and no_proxy, in either case, are honoured. Behind a proxy it is the
// proxy that looks names up, so only addresses given as such can be judged here.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "agent/builtin/notifier/destination.h"
#include "agent/builtin/notifier/hosts.h"
#include "agent/builtin/notifier/services.h"
#include "base/result.h"

namespace commandcenter::notifier {

inline constexpr std::int64_t kTryTimeout_ms = 10'000;
inline constexpr std::size_t kMaxAnswer_bytes = 256 << 10;

// What came of one try.
struct Reply {
  bool delivered = false;
  bool again = false;                     // trying once more may help
  int status = 0;                         // of HTTP or SMTP; 0 = there was no answer
  std::optional<std::int64_t> wait_ms{};  // what the service asks for
  std::string message_id{};               // what the service calls it
  std::string reason{};                   // of a failure, without secrets: "HTTP 503"
};

class Transport {
 public:
  Transport(const Destination& destination, const HostPolicy& policy);
  Transport(Transport&&) noexcept;
  ~Transport();

  // Why this destination may not be told anything, whatever its address turns out to be; nothing when it may.
  Result<void> check() const;

  // `first_id` is what the service called the first part of the message. Blocks for at most `timeout_ms`.
  Reply send(const Parcel& parcel, const std::string& first_id, std::int64_t wall_ms, std::int64_t timeout_ms);

 private:
  struct Link;
  std::unique_ptr<Link> link_;
};

}  // namespace commandcenter::notifier
