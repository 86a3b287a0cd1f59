// Who a request comes from, when there may be proxies in between. Pure functions, any thread. Private to this folder.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace commandcenter::server {

// An IPv6 address; an IPv4 one as the IPv6 one that stands for it (::ffff:a.b.c.d).
using Address = std::array<std::uint8_t, 16>;

// "127.0.0.1", "::1", also "[::1]:80" and "127.0.0.1:80" as proxies write them.
std::optional<Address> parse_address(std::string_view text);

struct Network {
  Address address{};
  int prefix_bits = 128;

  bool contains(const Address& other) const;
};

// An address, or a network: "10.0.0.0/8", "fd00::/8". Fails with kInvalid.
Result<Network> parse_network(std::string_view text);

// The client behind the peer: while the speaker is a trusted proxy, whoever it says it speaks for, from the last entry
// of X-Forwarded-For backwards. What untrusted speakers say is ignored, and so is everything before an entry that is no
// address.
Address client_of(const Address& peer, std::string_view forwarded_for, const std::vector<Network>& trusted);

// What counts as one client: an IPv4 address, or the /56 that an IPv6 address lies in, which is what one customer of a
// provider gets.
Address client_group(const Address& address);

}  // namespace commandcenter::server
