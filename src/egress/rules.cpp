// Rules and verdicts. Pure.
#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>

#include <fmt/format.h>

#include "egress/egress.h"

namespace commandcenter::egress {
namespace {

constexpr std::size_t kMaxHost_bytes = 253;
constexpr int kMapped_bits = 96;  // of an IPv4 address written as one of IPv6

struct Range {
  const char* network;
  int bits;
};

// Not the public Internet, or another way to write an address that is not: the registries of special-purpose addresses.
constexpr std::array kSpecial4 = std::to_array<Range>({{"0.0.0.0", 8},
                                                       {"10.0.0.0", 8},
                                                       {"100.64.0.0", 10},
                                                       {"127.0.0.0", 8},
                                                       {"169.254.0.0", 16},
                                                       {"172.16.0.0", 12},
                                                       {"192.0.0.0", 24},
                                                       {"192.0.2.0", 24},
                                                       {"192.88.99.0", 24},
                                                       {"192.168.0.0", 16},
                                                       {"198.18.0.0", 15},
                                                       {"198.51.100.0", 24},
                                                       {"203.0.113.0", 24},
                                                       {"224.0.0.0", 3}});
constexpr std::array kSpecial6 =
    std::to_array<Range>({{"2001::", 23}, {"2001:db8::", 32}, {"2002::", 16}, {"3fff::", 20}});
constexpr Range kGlobal6{"2000::", 3};

std::optional<Address> address_of(std::string_view text) {
  const std::string zero_ended(text);
  Address address{};
  if (::inet_pton(AF_INET6, zero_ended.c_str(), address.data()) == 1) return address;
  address[10] = address[11] = 0xff;
  if (::inet_pton(AF_INET, zero_ended.c_str(), address.data() + 12) == 1) return address;
  return std::nullopt;
}

bool is_mapped(const Address& address) {
  return std::ranges::all_of(std::span(address).first(10), [](std::uint8_t byte) { return byte == 0; }) &&
         address[10] == 0xff && address[11] == 0xff;
}

bool lies_in(const Address& address, const Address& network, int bits) {
  const auto whole = static_cast<std::size_t>(bits / 8);
  if (!std::equal(address.begin(), address.begin() + static_cast<std::ptrdiff_t>(whole), network.begin())) return false;
  const int rest = bits % 8;
  return rest == 0 || (address[whole] ^ network[whole]) >> (8 - rest) == 0;
}

bool lies_in(const Address& address, const Range& range, int extra_bits) {
  return lies_in(address, *address_of(range.network), range.bits + extra_bits);
}

std::string normal_host(std::string_view host) {
  std::string normal(host);
  std::ranges::transform(normal, normal.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (normal.ends_with('.')) normal.pop_back();
  return normal;
}

// No name does, but much that is read as an address: 127.1, 2130706433, 0x7f.1, 256.0.0.1.
bool ends_in_a_number(std::string_view name) {
  const std::string_view last = name.substr(name.rfind('.') + 1);
  return !last.empty() && (last.starts_with("0x") || last.find_first_not_of("0123456789") == std::string_view::npos);
}

// Between two dots: something, not too long, and no option of a program.
bool all_labels_are_fit(std::string_view name) {
  constexpr std::size_t kMaxLabel_bytes = 63;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('.', begin), name.size());
    const std::string_view label = name.substr(begin, end - begin);
    if (label.empty() || label.size() > kMaxLabel_bytes || label.front() == '-' || label.back() == '-') return false;
    begin = end + 1;
  }
  return true;
}

bool is_host_name(std::string_view name) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
  return !name.empty() && name.size() <= kMaxHost_bytes && name.find_first_not_of(kAllowed) == std::string_view::npos &&
         !ends_in_a_number(name) && all_labels_are_fit(name);
}

// What is left is the host. False when there is something in the place of a port that is none.
bool take_port(std::string_view& text, std::uint16_t& port) {
  const std::size_t colon = text.rfind(':');
  const bool in_brackets = text.starts_with('[') && text.find(']') > colon;
  const bool bare_address = !text.starts_with('[') && colon != std::string_view::npos && text.find(':') != colon;
  if (colon == std::string_view::npos || in_brackets || bare_address) return true;
  const std::string_view digits = text.substr(colon + 1);
  text = text.substr(0, colon);
  if (digits == "*") return true;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return error == std::errc() && end == digits.data() + digits.size() && port != 0;
}

bool names(const Rule& rule, std::string_view host) {
  if (rule.host.empty()) return false;
  if (rule.host == "*") return true;
  if (rule.host.starts_with("*.")) return host.size() > rule.host.size() - 1 && host.ends_with(rule.host.substr(1));
  return rule.host == host;
}

bool has_port(const Rule& rule, std::uint16_t port) {
  return rule.port == 0 || rule.port == port;
}

bool holds(const Rule& rule, const Address& address) {
  return rule.host.empty() && lies_in(address, rule.network, rule.prefix_bits);
}

std::string shown(std::string_view host, std::uint16_t port) {
  return fmt::format("{:.253}:{}", host, port);
}

}  // namespace

std::string address_text(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool four = is_mapped(address);
  ::inet_ntop(four ? AF_INET : AF_INET6, address.data() + (four ? 12 : 0), text.data(), text.size());
  return text.data();
}

bool is_public(const Address& address) {
  const auto in = [&address](int extra_bits) {
    return [&address, extra_bits](const Range& range) { return lies_in(address, range, extra_bits); };
  };
  if (is_mapped(address)) return std::ranges::none_of(kSpecial4, in(kMapped_bits));
  return lies_in(address, kGlobal6, 0) && std::ranges::none_of(kSpecial6, in(0));
}

Result<Rule> parse_rule(std::string_view text) {
  const auto wrong = [text](std::string_view why = "") {
    return fail(
        ErrorCode::kInvalid,
        fmt::format("'{:.300}' names no hosts{}; expected such as api.example.org:443, *.example.org:443, *:443, "
                    "10.0.0.0/8:5432 or [fd00::/8]:443",
                    text, why));
  };
  Rule rule;
  rule.text = text;
  std::string_view host = text;
  if (text.find("://") != std::string_view::npos)
    return wrong(": it is an address of a page, a rule has host and port");
  if (!take_port(host, rule.port)) return wrong(": its port is not from 1 to 65535");
  const bool in_brackets = host.starts_with('[') && host.ends_with(']');
  if (in_brackets) host = host.substr(1, host.size() - 2);
  const std::size_t slash = host.find('/');
  if (const auto address = address_of(host.substr(0, slash))) {
    const int most = is_mapped(*address) ? 32 : 128;
    int bits = most;
    if (slash != std::string_view::npos) {
      const std::string_view digits = host.substr(slash + 1);
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
      if (error != std::errc() || end != digits.data() + digits.size() || bits < 0 || bits > most)
        return wrong(fmt::format(": its prefix is not from 0 to {}", most));
    }
    rule.network = *address;
    rule.prefix_bits = bits + (128 - most);
    return rule;
  }
  if (in_brackets) return wrong(": in brackets there is no address of IPv6");
  if (std::ranges::any_of(host, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
    return wrong(": write names of other scripts as the DNS has them (xn--…)");
  rule.host = host == "*." ? std::string() : normal_host(host);
  const std::string_view name = rule.host;
  if (ends_in_a_number(name)) return wrong(": it is neither a name nor a whole address");
  if (name != "*" && !is_host_name(name.starts_with("*.") ? name.substr(2) : name)) return wrong();
  return rule;
}

Result<std::vector<Rule>> parse_rules(const std::vector<std::string>& texts) {
  std::vector<Rule> rules;
  if (texts.size() > kMaxRules) {
    return fail(ErrorCode::kTooLarge, fmt::format("{} rules for hosts; the limit is {}", texts.size(), kMaxRules));
  }
  for (const std::string& text : texts) {
    auto rule = parse_rule(text);
    if (!rule) return fail(std::move(rule.error()));
    rules.push_back(std::move(*rule));
  }
  return rules;
}

std::string refusal_of_host(const Policy& policy, std::string_view host, std::uint16_t port) {
  const std::string name = normal_host(host);
  const auto address = address_of(name);
  if (!address && !is_host_name(name)) return shown(host, port) + " is no host";
  const auto asked_for = [&](const Rule& rule) {
    return has_port(rule, port) && (names(rule, name) || (address && holds(rule, *address)));
  };
  if (std::ranges::none_of(policy.agent, asked_for)) {
    return shown(host, port) + " is not among the hosts that the agent's manifest lists (sandbox.network)";
  }
  // A name may turn out to be in one of the operator's ranges.
  const auto may_be_allowed = [&](const Rule& rule) {
    return has_port(rule, port) && (names(rule, name) || (address ? holds(rule, *address) : rule.host.empty()));
  };
  if (std::ranges::none_of(policy.operators, may_be_allowed)) {
    return shown(host, port) + " is not among the hosts that this server allows (network.allow)";
  }
  return {};
}

std::string refusal_of_address(const Policy& policy, std::string_view host, const Address& address,
                               std::uint16_t port) {
  const std::string name = normal_host(host);
  bool allowed = false;
  for (const Rule& rule : policy.operators) {
    if (!has_port(rule, port)) continue;
    if (holds(rule, address)) return {};
    if (!names(rule, name)) continue;
    if (!rule.host.starts_with('*')) return {};  // named in full, so meant wherever it is
    allowed = true;
  }
  if (!allowed) return shown(host, port) + " is not among the hosts that this server allows (network.allow)";
  if (is_public(address)) return {};
  return fmt::format("{} is at {}, which is no public address: the operator must list it (network.allow)",
                     shown(host, port), address_text(address));
}

bool reaches_loopback(const Policy& policy) {
  const Address loopback = *address_of("127.0.0.1");
  return std::ranges::any_of(policy.operators,
                             [&](const Rule& rule) { return holds(rule, loopback) || rule.host == "localhost"; });
}

}  // namespace commandcenter::egress
