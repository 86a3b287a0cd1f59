#include "server/client_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

namespace commandcenter::server {
namespace {

constexpr int kIpv4Prefix_bits = 96;
constexpr int kIpv6Group_bits = 56;
constexpr Address kIpv4Base{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0};

bool same_start(const Address& a, const Address& b, int bits) {
  for (int i = 0; i < bits; ++i) {
    const auto byte = static_cast<std::size_t>(i / 8);
    const unsigned mask = 0x80U >> static_cast<unsigned>(i % 8);
    if (((a[byte] ^ b[byte]) & mask) != 0) return false;
  }
  return true;
}

bool is_ipv4(const Address& address) {
  return same_start(address, kIpv4Base, kIpv4Prefix_bits);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

std::string_view without_port(std::string_view text) {
  if (text.starts_with('[')) return text.substr(1, text.find(']') == std::string_view::npos ? 0 : text.find(']') - 1);
  return std::count(text.begin(), text.end(), ':') == 1 ? text.substr(0, text.find(':')) : text;
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
  const std::string bare(without_port(text));
  Address address = kIpv4Base;
  if (::inet_pton(AF_INET, bare.c_str(), address.data() + kIpv4Prefix_bits / 8) == 1) return address;
  if (::inet_pton(AF_INET6, bare.c_str(), address.data()) == 1) return address;
  return std::nullopt;
}

bool Network::contains(const Address& other) const {
  return same_start(address, other, prefix_bits);
}

Result<Network> parse_network(std::string_view text) {
  const auto invalid = [&] {
    return fail(
        ErrorCode::kInvalid,
        fmt::format("\"{}\" is no address or network; expected one like 10.0.0.7, 10.0.0.0/8 or fd00::/8", text));
  };
  const std::size_t slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return invalid();
  Network network{*address, 128};
  if (slash == std::string_view::npos) return network;
  const int offset = is_ipv4(*address) ? kIpv4Prefix_bits : 0;
  const std::string_view bits = text.substr(slash + 1);
  const auto [end, error] = std::from_chars(bits.data(), bits.data() + bits.size(), network.prefix_bits);
  network.prefix_bits += offset;
  if (error != std::errc{} || end != bits.data() + bits.size() || bits.starts_with('-') || network.prefix_bits > 128)
    return invalid();
  return network;
}

Address client_of(const Address& peer, std::string_view forwarded_for, const std::vector<Network>& trusted) {
  const auto is_trusted = [&](const Address& address) {
    return std::any_of(trusted.begin(), trusted.end(), [&](const Network& net) { return net.contains(address); });
  };
  Address client = peer;
  while (is_trusted(client) && !trimmed(forwarded_for).empty()) {
    const std::size_t comma = forwarded_for.rfind(',');
    const std::size_t begin = comma == std::string_view::npos ? 0 : comma + 1;
    const auto before = parse_address(trimmed(forwarded_for.substr(begin)));
    if (!before) break;
    client = *before;
    forwarded_for = forwarded_for.substr(0, comma == std::string_view::npos ? 0 : comma);
  }
  return client;
}

Address client_group(const Address& address) {
  Address group = address;
  if (!is_ipv4(address)) std::fill(group.begin() + kIpv6Group_bits / 8, group.end(), std::uint8_t{0});
  return group;
}

}  // namespace commandcenter::server
