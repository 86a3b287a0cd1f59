// Which hosts a sandboxed program may reach, and the proxy through which it does. See README.md.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace commandcenter::egress {

inline constexpr std::size_t kMaxRules = 100;            // of an agent, of the operator
inline constexpr std::size_t kMaxHead_bytes = 16 << 10;  // of a request to the proxy
inline constexpr std::size_t kMaxConnections = 64;       // of a sandbox at once; more wait
inline constexpr std::size_t kMaxRecorded = 200;         // of a sandbox; more are counted
inline constexpr std::int64_t kRequest_ms = 30'000;      // for a request to come in
inline constexpr std::int64_t kConnect_ms = 15'000;      // for the host to be found and to answer

// An address of IPv6, or of IPv4 as ::ffff:a.b.c.d.
using Address = std::array<std::uint8_t, 16>;
std::string address_text(const Address& address);
bool is_public(const Address& address);

// "api.example.org:443", "*.example.org:443", "*:443"; "10.0.0.0/8:5432", "[fd00::/8]:443", "192.0.2.7". Without a
// port, or with '*': any.
struct Rule {
  std::string text;        // as it was written
  std::string host;        // small letters; "*", "*.example.org", or a full name; empty for addresses
  Address network{};       // else
  int prefix_bits = 0;     // of `network`
  std::uint16_t port = 0;  // 0: any
  bool operator==(const Rule&) const = default;
};
Result<Rule> parse_rule(std::string_view text);
Result<std::vector<Rule>> parse_rules(const std::vector<std::string>& texts);

struct Policy {
  std::vector<Rule> agent;      // what its manifest asks for
  std::vector<Rule> operators;  // what is allowed here
  bool operator==(const Policy&) const = default;
};

// Why the host must not be asked for, or empty. Before its name is looked up: names can carry data, too.
std::string refusal_of_host(const Policy& policy, std::string_view host, std::uint16_t port);
// The same for an address that the host has.
std::string refusal_of_address(const Policy& policy, std::string_view host, const Address& address, std::uint16_t port);
bool reaches_loopback(const Policy& policy);

struct Connection {
  std::string host;
  std::uint16_t port = 0;
  std::string address;  // it went to; empty: to none
  bool allowed = false;
  std::string problem;          // why it was refused or failed
  std::int64_t sent_bytes = 0;  // by the program
  std::int64_t received_bytes = 0;
};

struct Report {
  std::vector<Connection> connections;  // in the order in which they were asked for
  std::int64_t more = 0;                // beyond kMaxRecorded
};

// Its thread starts with the first sandbox. Any thread may call.
class Proxy {
 public:
  using Id = std::uint64_t;

  Proxy();
  ~Proxy();  // closes all connections
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  // Takes the descriptor of a listening TCP socket, and serves who connects until end().
  Id begin(int listener, Policy policy);
  Report end(Id id);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace commandcenter::egress
