// The head of a request to the proxy: where it wants to go, and what the host is to be told. Private to this folder.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace commandcenter::egress {

struct RequestHead {
  std::string host;
  std::uint16_t port = 0;
  bool is_tunnel = false;  // CONNECT: bytes go through as they are
  std::string head;        // else: what goes to the host first, with the connection closed after one exchange
};

// `text` ends with the empty line. kInvalid when it is no request that a proxy understands.
Result<RequestHead> read_request_head(std::string_view text);

}  // namespace commandcenter::egress
