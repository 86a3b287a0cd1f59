// Where notifications go, and by which rules. Everything in `url`, `secret` and `user` is secret.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/builtin/notifier/message.h"
#include "base/json.h"
#include "base/result.h"

namespace commandcenter::notifier {

enum class Channel { kConsole, kSlack, kDiscord, kWebhook, kEmail, kGithub };
std::string_view channel_word(Channel channel);   // "slack"
std::string_view channel_title(Channel channel);  // "Slack"

// A bucket that holds `burst` sendings and is refilled at `per_second`; 0 = no limit.
struct Rate {
  double per_second = 0;
  double burst = 1;
};
Rate default_rate(Channel channel);

struct Destination {
  std::string name;
  Channel channel = Channel::kConsole;
  std::string url;     // of the webhook, of the mail server, of GitHub's API
  std::string secret;  // key of the signature, password of the mail server, GitHub's token
  std::string user;    // of the mail server
  std::string from;
  std::vector<std::string> to;
  std::string repository;  // "owner/name"
  std::string commit;
  std::string check_name;
  Rate rate;
};

// "hooks.slack.com (3f2a9c1b)": the host, and the beginning of the URL's hash, which tells two webhooks of a host
// apart.
std::string shown(const Destination& destination);

// "routes[0].minSeverity: " for the start of a message; nothing at the top (`where` is empty), where it says itself
// what it is about.
std::string path_to(const std::string& where, std::string_view member);

// A destination as the input writes it; `input` is the object it stands in, `where` how errors call it.
Result<Destination> parse_destination(const Json& input, const std::string& where);

// True when `text` holds a piece of the URL's path or of another secret of the destination.
bool gives_away(const Destination& destination, std::string_view text);

}  // namespace commandcenter::notifier
