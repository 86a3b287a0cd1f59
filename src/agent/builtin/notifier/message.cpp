// Input to message, message to payload, within the limits of the services.
#include "agent/builtin/notifier/message.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/http_client.h"

namespace commandcenter::notifier {
namespace {

struct Look {
  std::string_view severity;
  std::uint32_t colour;
  std::string_view emoji;
};

constexpr std::array<Look, 4> kLooks{{{"info", 0x36a64f, "ℹ️"},
                                      {"warning", 0xff9900, "⚠️"},
                                      {"error", 0xff0000, "❌"},
                                      {"critical", 0x8b0000, "🚨"}}};

// Members of metadata whose values never leave: tokens end up in alerts more often than anybody means them to.
constexpr std::array<std::string_view, 9> kSecretNames{"password", "passwd",     "passphrase",    "secret", "token",
                                                       "apikey",   "privatekey", "authorization", "cookie"};
constexpr std::string_view kMask = "****";

const Look& look_of(std::string_view severity) {
  const auto* found = std::ranges::find(kLooks, severity, &Look::severity);
  return found == kLooks.end() ? kLooks.front() : *found;
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
  }
  return result;
}

bool names_secret(std::string_view key) {
  std::string letters;
  for (const char c : key) {
    if (c >= 'A' && c <= 'Z')
      letters += static_cast<char>(c + ('a' - 'A'));
    else if (c != '_' && c != '-' && c != ' ')
      letters += c;
  }
  return std::ranges::any_of(kSecretNames, [&](std::string_view name) { return letters.ends_with(name); });
}

Json masked(const Json& value) {
  if (value.is_array()) {
    Json result = Json::array();
    for (const Json& item : value)
      result.push_back(masked(item));
    return result;
  }
  if (!value.is_object()) return value;
  Json result = Json::object();
  for (const auto& [key, member] : value.items()) {
    const bool hidden = names_secret(key) && !member.is_null() && !member.is_boolean();
    result[key] = hidden ? Json(kMask) : masked(member);
  }
  return result;
}

// As String(value) in JavaScript, but for objects and arrays, which are compact JSON.
std::string field_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : dump_json(value);
}

std::string limited(std::string_view text, std::size_t units) {
  if (text_units(text) <= units) return std::string(text);
  return std::string(cut_text(text, units - 1)) + "…";
}

std::string not_shown(std::size_t count) {
  return fmt::format("{} more not shown", count);
}

std::string title_of(const Message& message) {
  return fmt::format("{} {}", look_of(message.severity).emoji, upper(message.severity));
}

Result<std::string> text_member(const Json& input, std::string_view key) {
  const Json* value = find_member(input, key);
  if (value == nullptr || value->is_null())
    return fail(ErrorCode::kInvalid, fmt::format("{} is missing; expected a text", key));
  if (!value->is_string())
    return fail(ErrorCode::kInvalid, fmt::format("{} is of type {}; expected a text", key, json_type_name(*value)));
  return value->get<std::string>();
}

}  // namespace

std::string_view channel_word(Channel channel) {
  switch (channel) {
    case Channel::kConsole:
      return "console";
    case Channel::kSlack:
      return "slack";
    case Channel::kDiscord:
      return "discord";
  }
  return {};
}

std::string_view channel_title(Channel channel) {
  switch (channel) {
    case Channel::kConsole:
      return "Console";
    case Channel::kSlack:
      return "Slack";
    case Channel::kDiscord:
      return "Discord";
  }
  return {};
}

std::string_view severity_emoji(std::string_view severity) {
  return look_of(severity).emoji;
}

Result<Message> parse_message(const Json& input) {
  if (!input.is_object()) {
    return fail(ErrorCode::kInvalid, fmt::format("the input is of type {}; expected an object with channel and message",
                                                 json_type_name(input)));
  }
  Message message;
  auto channel = text_member(input, "channel");
  if (!channel) return fail(std::move(channel.error()));
  std::optional<Channel> known;
  for (const Channel candidate : {Channel::kConsole, Channel::kSlack, Channel::kDiscord}) {
    if (*channel == channel_word(candidate)) known = candidate;
  }
  if (!known)
    return fail(ErrorCode::kInvalid,
                fmt::format("unknown channel \"{}\"; expected slack, discord or console", limited(*channel, 100)));
  message.channel = *known;

  auto text = text_member(input, "message");
  if (!text) return fail(std::move(text.error()));
  message.text = std::move(*text);

  if (const Json* severity = find_member(input, "severity"); severity != nullptr && !severity->is_null()) {
    const std::string word = field_text(*severity);
    if (std::ranges::find(kLooks, word, &Look::severity) == kLooks.end()) {
      return fail(ErrorCode::kInvalid, fmt::format("unknown severity \"{}\"; expected info, warning, error or critical",
                                                   limited(word, 100)));
    }
    message.severity = word;
  }
  if (const Json* metadata = find_member(input, "metadata"); metadata != nullptr && !metadata->is_null()) {
    if (!metadata->is_object())
      return fail(ErrorCode::kInvalid,
                  fmt::format("metadata is of type {}; expected an object", json_type_name(*metadata)));
    message.metadata = masked(*metadata);
  }
  if (message.channel == Channel::kConsole) return message;

  const Json* url = find_member(input, "webhookUrl");
  if (url == nullptr || url->is_null() || (url->is_string() && url->get_ref<const std::string&>().empty())) {
    return fail(ErrorCode::kInvalid, fmt::format("webhookUrl required for {}", channel_title(message.channel)));
  }
  if (!url->is_string())
    return fail(ErrorCode::kInvalid, fmt::format("webhookUrl is of type {}; expected a text", json_type_name(*url)));
  message.webhook_url = url->get<std::string>();
  if (auto parsed = parse_http_url(message.webhook_url); !parsed)
    return fail(ErrorCode::kInvalid, "webhookUrl: " + parsed.error().message);
  return message;
}

std::string console_line(const Message& message) {
  std::string line = fmt::format("{} [{}] {}", look_of(message.severity).emoji, upper(message.severity), message.text);
  std::ranges::replace_if(
      line, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return line;
}

Json slack_payload(const Message& message, std::int64_t wall_ms) {
  std::string text = message.text;
  if (text_units(text) > kMaxSlackText) {
    text = fmt::format("{}\n… (cut: the message has {} characters)", cut_text(message.text, kSlackTextCut),
                       text_units(message.text));
  }
  Json fields = Json::array();
  for (const auto& [key, value] : message.metadata.items()) {
    if (fields.size() == kMaxSlackFields) {
      fields.push_back(
          {{"title", "…"}, {"value", not_shown(message.metadata.size() - kMaxSlackFields)}, {"short", true}});
      break;
    }
    fields.push_back({{"title", limited(key, kMaxSlackFieldValue)},
                      {"value", limited(field_text(value), kMaxSlackFieldValue)},
                      {"short", true}});
  }
  const Json attachment = {{"color", fmt::format("#{:06x}", look_of(message.severity).colour)},
                           {"title", title_of(message)},
                           {"text", text},
                           {"fields", fields},
                           {"ts", wall_ms / 1000}};
  return {{"attachments", Json::array({attachment})}};
}

Json discord_payload(const Message& message, std::int64_t wall_ms) {
  constexpr std::size_t kNoteReserve = 40;  // room for the last field, which says how many are not shown
  const std::string title = limited(title_of(message), kMaxDiscordTitle);
  const std::string description = limited(message.text, kMaxDiscordDescription);
  std::size_t used = text_units(title) + text_units(description);
  Json fields = Json::array();
  const auto visible = [](std::string text) {
    return text.empty() ? std::string("\u200b") : text;
  };  // empty ones are refused
  for (const auto& [key, value] : message.metadata.items()) {
    const std::string name = visible(limited(key, kMaxDiscordFieldName));
    const std::string shown = visible(limited(field_text(value), kMaxDiscordFieldValue));
    const std::size_t left = message.metadata.size() - fields.size();
    const std::size_t cost = text_units(name) + text_units(shown);
    const bool last_place = fields.size() + 1 == kMaxDiscordFields && left > 1;
    if (last_place || used + cost + kNoteReserve > kMaxDiscordEmbed) {
      fields.push_back({{"name", "…"}, {"value", not_shown(left)}, {"inline", true}});
      break;
    }
    used += cost;
    fields.push_back({{"name", name}, {"value", shown}, {"inline", true}});
  }
  const Json embed = {{"title", title},
                      {"description", description},
                      {"color", look_of(message.severity).colour},
                      {"fields", fields},
                      {"timestamp", iso8601(wall_ms)}};
  return {{"embeds", Json::array({embed})}};
}

std::string_view cut_text(std::string_view text, std::size_t units) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    const std::size_t cost = length == 4 ? 2 : 1;
    if (cost > units || at + length > text.size()) break;
    units -= cost;
    at += length;
  }
  return text.substr(0, at);
}

std::size_t text_units(std::string_view text) {
  std::size_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0) != 0x80) units += byte >= 0xf0 ? 2 : 1;
  }
  return units;
}

}  // namespace commandcenter::notifier
