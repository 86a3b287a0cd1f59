#include "agent/builtin/notifier/destination.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "agent/builtin/notifier/text.h"
#include "base/http_client.h"
#include "base/sha256.h"

namespace commandcenter::notifier {
namespace {

struct Kind {
  Channel channel;
  std::string_view word;
  std::string_view title;
  Rate rate;
};
// Slack takes one message a second and webhook, Discord thirty a minute, GitHub asks for pauses between writes.
constexpr std::array<Kind, 6> kKinds{{{Channel::kConsole, "console", "Console", {0, 1}},
                                      {Channel::kSlack, "slack", "Slack", {1, 5}},
                                      {Channel::kDiscord, "discord", "Discord", {0.5, 5}},
                                      {Channel::kWebhook, "webhook", "Webhook", {0, 1}},
                                      {Channel::kEmail, "email", "E-mail", {2, 20}},
                                      {Channel::kGithub, "github", "GitHub", {1, 10}}}};
constexpr std::size_t kMaxRecipients = 100;
constexpr std::size_t kMinPiece_bytes = 4;  // shorter pieces of a URL are words such as "api"
constexpr std::size_t kShownHash = 8;
constexpr std::string_view kGithubApi = "https://api.github.com";

const Kind& kind_of(Channel channel) {
  return kKinds[static_cast<std::size_t>(channel)];
}

std::string text_at(const Json& input, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    if (const std::string text = string_member(input, key); !text.empty()) return text;
  }
  return {};
}

tl::unexpected<Error> wrong(const std::string& where, std::string_view what) {
  return fail(ErrorCode::kInvalid, fmt::format("{}{}", where, what));
}

Result<void> check_url(const Json& input, const char* key, const std::string& where) {
  const Json* url = find_member(input, key);
  if (url == nullptr || url->is_null() || url->is_string()) return {};
  return wrong(where, fmt::format("{} is of type {}; expected a text", key, json_type_name(*url)));
}

bool is_address(std::string_view text) {
  const std::size_t at = text.find('@');
  return at != 0 && at != std::string_view::npos && at + 1 < text.size() && text.size() <= 320 &&
         std::ranges::none_of(text, [](char c) {
           return static_cast<unsigned char>(c) <= 0x20 || c == '<' || c == '>' || c == ',' || c == ';' || c == 0x7f;
         });
}

Result<void> take_mail(Destination& destination, const Json& input, const std::string& where) {
  destination.url = text_at(input, {"smtpUrl", "webhookUrl"});
  if (!destination.url.starts_with("smtp://") && !destination.url.starts_with("smtps://"))
    return wrong(where, "smtpUrl required for E-mail: smtp://host[:port] or smtps://host[:port]");
  const std::string_view rest = std::string_view(destination.url).substr(destination.url.find("//") + 2);
  if (rest.find('@') != std::string_view::npos)
    return wrong(where, "smtpUrl holds a user or password; give them as smtpUser and smtpPassword");
  if (auto parsed = parse_http_url("http://" + std::string(rest)); !parsed)
    return wrong(where, "smtpUrl is malformed; expected smtp://host[:port]");
  destination.user = text_at(input, {"smtpUser"});
  destination.secret = text_at(input, {"smtpPassword"});
  destination.from = text_at(input, {"from"});
  const Json* to = find_member(input, "to");
  if (to != nullptr && to->is_string()) destination.to.push_back(to->get<std::string>());
  for (std::size_t i = 0; to != nullptr && to->is_array() && i < to->size(); ++i) {
    if ((*to)[i].is_string()) destination.to.push_back((*to)[i].get<std::string>());
  }
  if (destination.from.empty() || destination.to.empty()) return wrong(where, "from and to required for E-mail");
  if (destination.to.size() > kMaxRecipients)
    return wrong(where,
                 fmt::format("to has {} addresses; at most {} are allowed", destination.to.size(), kMaxRecipients));
  for (const std::string& address : destination.to) {
    if (!is_address(address)) return wrong(where, fmt::format("to: \"{}\" is no address", limited(address, 100)));
  }
  if (!is_address(destination.from))
    return wrong(where, fmt::format("from: \"{}\" is no address", limited(destination.from, 100)));
  return {};
}

Result<void> take_github(Destination& destination, const Json& input, const std::string& where) {
  destination.url = text_at(input, {"apiUrl"});
  if (destination.url.empty()) destination.url = kGithubApi;
  while (destination.url.ends_with('/'))
    destination.url.pop_back();
  destination.secret = text_at(input, {"githubToken", "token"});
  destination.repository = text_at(input, {"repository"});
  destination.commit = text_at(input, {"commit", "sha"});
  destination.check_name = text_at(input, {"checkName"});
  if (destination.check_name.empty()) destination.check_name = "commandcenter";
  const auto plain = [](std::string_view text, std::string_view more) {
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
             more.find(c) != std::string_view::npos;
    });
  };
  const std::size_t slash = destination.repository.find('/');
  if (slash == std::string::npos || !plain(destination.repository.substr(0, slash), "-_.") ||
      !plain(destination.repository.substr(slash + 1), "-_.") || !plain(destination.commit, "") ||
      destination.secret.empty()) {
    return wrong(where, "repository (owner/name), commit (its hash) and githubToken required for GitHub");
  }
  return {};
}

Result<void> take_rate(Destination& destination, const Json& input, const std::string& where) {
  destination.rate = default_rate(destination.channel);
  for (const char* key : {"ratePerSecond", "burst"}) {
    const Json* value = find_member(input, key);
    if (value == nullptr || value->is_null()) continue;
    if (!value->is_number() || !(value->get<double>() >= 0) || value->get<double>() > 10'000)
      return wrong(where,
                   fmt::format("{} is {}; expected a number from 0 to 10000", key, limited(dump_json(*value), 60)));
    (std::string_view(key) == "burst" ? destination.rate.burst : destination.rate.per_second) = value->get<double>();
  }
  destination.rate.burst = std::max(destination.rate.burst, 1.0);
  return {};
}

}  // namespace

std::string path_to(const std::string& where, std::string_view member) {
  return where.empty() ? std::string() : fmt::format("{}{}: ", where, member);
}

std::string_view channel_word(Channel channel) {
  return kind_of(channel).word;
}

std::string_view channel_title(Channel channel) {
  return kind_of(channel).title;
}

Rate default_rate(Channel channel) {
  return kind_of(channel).rate;
}

std::string shown(const Destination& destination) {
  if (destination.channel == Channel::kConsole) return "console";
  const std::size_t scheme = destination.url.find("://");
  const std::string_view rest = std::string_view(destination.url).substr(std::min(scheme + 3, destination.url.size()));
  const std::string_view host = rest.substr(0, rest.find_first_of("/?#"));
  return fmt::format("{} ({})", host, sha256_hex(destination.url).substr(0, kShownHash));
}

Result<Destination> parse_destination(const Json& input, const std::string& where) {
  const Json* word = find_member(input, "channel");
  if (word == nullptr || word->is_null()) return wrong(where, "channel is missing; expected a text");
  if (!word->is_string())
    return wrong(where, fmt::format("channel is of type {}; expected a text", json_type_name(*word)));
  const auto* kind = std::ranges::find(kKinds, std::string_view(word->get_ref<const std::string&>()), &Kind::word);
  if (kind == kKinds.end()) {
    return wrong(path_to(where, "channel"),
                 fmt::format("unknown channel \"{}\"; expected slack, discord, webhook, email, github or console",
                             limited(word->get<std::string>(), 100)));
  }
  Destination destination;
  destination.channel = kind->channel;
  destination.name = text_at(input, {"name"});
  if (destination.name.empty()) destination.name = kind->word;
  if (auto rated = take_rate(destination, input, where); !rated) return fail(std::move(rated.error()));
  if (destination.channel == Channel::kConsole) return destination;
  Result<void> taken;
  if (destination.channel == Channel::kEmail) {
    taken = take_mail(destination, input, where);
  } else if (destination.channel == Channel::kGithub) {
    taken = take_github(destination, input, where);
  } else {
    if (auto checked = check_url(input, "webhookUrl", where); !checked) return fail(std::move(checked.error()));
    destination.url = text_at(input, {"webhookUrl"});
    destination.secret = text_at(input, {"signingSecret"});
    if (destination.url.empty()) return wrong(where, fmt::format("webhookUrl required for {}", kind->title));
  }
  if (!taken) return fail(std::move(taken.error()));
  if (destination.channel == Channel::kEmail) return destination;
  if (auto parsed = parse_http_url(destination.url); !parsed)
    return wrong(where,
                 (destination.channel == Channel::kGithub ? "apiUrl: " : "webhookUrl: ") + parsed.error().message);
  return destination;
}

bool gives_away(const Destination& destination, std::string_view text) {
  if (!destination.secret.empty() && text.find(destination.secret) != std::string_view::npos) return true;
  const std::size_t scheme = destination.url.find("://");
  std::string_view rest = std::string_view(destination.url).substr(std::min(scheme + 3, destination.url.size()));
  rest.remove_prefix(std::min(rest.find_first_of("/?#"), rest.size()));
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find_first_of("/?&=:#"), rest.size());
    if (end >= kMinPiece_bytes && text.find(rest.substr(0, end)) != std::string_view::npos) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

}  // namespace commandcenter::notifier
