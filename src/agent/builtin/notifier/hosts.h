// Which hosts may be told anything. A workflow's input may carry addresses that strangers chose; without this, they
// could make the server call what only the server can reach.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

struct sockaddr;

namespace commandcenter::notifier {

struct HostPolicy {
  bool allow_private = false;
  // Empty: every host. "hooks.slack.com", "*.example.org", each with or without ":port". A host that is named without
  // an asterisk may have a private address, too.
  std::vector<std::string> allowed;
};

Result<HostPolicy> parse_host_policy(const Json& input);

// True for everything but addresses of the public Internet: loopback, private, link-local, shared, multicast, reserved,
// and IPv6 addresses that stand for such ones of IPv4.
bool is_private(const sockaddr& address);

enum class Verdict { kAllowed, kPublicOnly, kRefused };
// kPublicOnly: if its address turns out to be a public one.
Verdict judge(const HostPolicy& policy, std::string_view host, std::string_view port);

// For a host that is an address itself: whether it is private. False for names.
bool is_private_literal(const std::string& host);

}  // namespace commandcenter::notifier
