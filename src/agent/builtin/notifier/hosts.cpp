#include "agent/builtin/notifier/hosts.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include <fmt/format.h>

namespace commandcenter::notifier {
namespace {

constexpr std::size_t kMaxAllowed = 100;

struct Range4 {
  std::uint32_t network;
  int bits;
};
// https://www.iana.org/assignments/iana-ipv4-special-registry
constexpr std::array<Range4, 15> kPrivate4{{{0x00000000, 8},    // this network
                                            {0x0a000000, 8},    // private
                                            {0x64400000, 10},   // shared by providers
                                            {0x7f000000, 8},    // loopback
                                            {0xa9fe0000, 16},   // link-local, metadata of clouds
                                            {0xac100000, 12},   // private
                                            {0xc0000000, 24},   // protocols
                                            {0xc0000200, 24},   // documentation
                                            {0xc0586300, 24},   // relays
                                            {0xc0a80000, 16},   // private
                                            {0xc6120000, 15},   // benchmarks
                                            {0xc6336400, 24},   // documentation
                                            {0xcb007100, 24},   // documentation
                                            {0xe0000000, 4},    // multicast
                                            {0xf0000000, 4}}};  // reserved, broadcast

bool is_private4(std::uint32_t address) {
  return std::ranges::any_of(kPrivate4, [&](const Range4& range) {
    return (address ^ range.network) >> static_cast<unsigned>(32 - range.bits) == 0;
  });
}

std::uint32_t word_at(const in6_addr& address, std::size_t at) {
  std::uint32_t word = 0;
  std::memcpy(&word, &address.s6_addr[at], sizeof word);
  return ntohl(word);
}

// Only 2000::/3 is the public Internet; within it some blocks are not, or carry an address of IPv4.
bool is_private6(const in6_addr& address) {
  if (IN6_IS_ADDR_V4MAPPED(&address)) return is_private4(word_at(address, 12));
  const std::uint32_t first = word_at(address, 0);
  if (first == 0x0064ff9b && word_at(address, 4) == 0 && word_at(address, 8) == 0)
    return is_private4(word_at(address, 12));
  if (first >> 29U != 1) return true;
  if (first >> 16U == 0x2002) return is_private4(first << 16U | word_at(address, 4) >> 16U);  // 6to4
  return first == 0x20010000 || first == 0x20010db8 || first >> 16U == 0x3fff;                // Teredo, documentation
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  while (out.ends_with('.'))
    out.pop_back();
  return out;
}

bool fits(std::string_view pattern, std::string_view host, std::string_view port) {
  const std::size_t bracket = pattern.rfind(']');
  const std::size_t colon = pattern.rfind(':');
  const bool has_port = colon != std::string_view::npos &&
                        (bracket == std::string_view::npos ? pattern.find(':') == colon : colon > bracket);
  if (has_port && pattern.substr(colon + 1) != port) return false;
  std::string name = lower(has_port ? pattern.substr(0, colon) : pattern);
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  if (!name.starts_with("*.")) return name == host;
  return host.size() > name.size() - 1 && host.ends_with(std::string_view(name).substr(1));
}

}  // namespace

Result<HostPolicy> parse_host_policy(const Json& input) {
  HostPolicy policy;
  if (const Json* flag = find_member(input, "allowPrivate"); flag != nullptr && !flag->is_null()) {
    if (!flag->is_boolean())
      return fail(ErrorCode::kInvalid,
                  fmt::format("allowPrivate is of type {}; expected true or false", json_type_name(*flag)));
    policy.allow_private = flag->get<bool>();
  }
  const Json* hosts = find_member(input, "allowHosts");
  if (hosts == nullptr || hosts->is_null()) return policy;
  if (!hosts->is_array() || hosts->size() > kMaxAllowed)
    return fail(ErrorCode::kInvalid, fmt::format("allowHosts: expected a list of at most {} hosts", kMaxAllowed));
  for (const Json& host : *hosts) {
    if (!host.is_string() || host.get_ref<const std::string&>().empty() ||
        host.get_ref<const std::string&>().find('/') != std::string::npos)
      return fail(ErrorCode::kInvalid,
                  "allowHosts: expected hosts such as hooks.slack.com, *.example.org or 10.0.0.5:8080");
    policy.allowed.push_back(host.get<std::string>());
  }
  if (policy.allowed.empty()) policy.allowed.emplace_back("*.invalid");  // a list that allows nobody is not "everybody"
  return policy;
}

bool is_private(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in four{};
    std::memcpy(&four, &address, sizeof four);
    return is_private4(ntohl(four.sin_addr.s_addr));
  }
  if (address.sa_family != AF_INET6) return true;
  sockaddr_in6 six{};
  std::memcpy(&six, &address, sizeof six);
  return is_private6(six.sin6_addr);
}

Verdict judge(const HostPolicy& policy, std::string_view host, std::string_view port) {
  const std::string name = lower(host);
  bool named = false;
  bool listed = policy.allowed.empty();
  for (const std::string& pattern : policy.allowed) {
    if (!fits(pattern, name, port)) continue;
    listed = true;
    named = named || !pattern.starts_with("*.");
  }
  if (!listed) return Verdict::kRefused;
  return named || policy.allow_private ? Verdict::kAllowed : Verdict::kPublicOnly;
}

bool is_private_literal(const std::string& host) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0)
    return lower(host) == "localhost" || lower(host).ends_with(".localhost");
  const bool is = is_private(*found->ai_addr);
  ::freeaddrinfo(found);
  return is;
}

}  // namespace commandcenter::notifier
