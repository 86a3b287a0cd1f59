// What is decided about a request by its head alone, before its body is read: whether its client has made too many,
// whether it means this server, and whether a page of another site sent it. Any thread. Private to this folder.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "server/api.h"
#include "server/http.h"
#include "server/limits.h"
#include "server/rate_limiter.h"

namespace commandcenter::server {

class Gate {
 public:
  Gate(const ApiConfig& config, const Api& api, Clock& clock);

  // Fails with kInvalid when a trusted proxy is no address. Once, before serving.
  Result<void> open();

  Admission admit(const Request& head);

 private:
  Address client_of_request(const Request& head) const;
  bool is_for_this_server(const Request& head) const;

  const ApiConfig& config_;
  const Api& api_;
  Clock& clock_;
  RateLimiter limiter_;
  std::vector<Network> trusted_;
};

}  // namespace commandcenter::server
