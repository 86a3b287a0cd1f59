// A notification and how each service wants it. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace commandcenter::notifier {

// Limits of the services, in UTF-16 units: the strictest way any of them counts characters.
inline constexpr std::size_t kMaxSlackText = 40'000;
inline constexpr std::size_t kSlackTextCut = 39'000;
inline constexpr std::size_t kMaxSlackFields = 100;
inline constexpr std::size_t kMaxSlackFieldValue = 2'000;
inline constexpr std::size_t kMaxDiscordTitle = 256;
inline constexpr std::size_t kMaxDiscordDescription = 4'096;
inline constexpr std::size_t kMaxDiscordFields = 25;
inline constexpr std::size_t kMaxDiscordFieldName = 256;
inline constexpr std::size_t kMaxDiscordFieldValue = 1'024;
inline constexpr std::size_t kMaxDiscordEmbed = 6'000;  // title, description and fields together

enum class Channel { kConsole, kSlack, kDiscord };

struct Message {
  Channel channel = Channel::kConsole;
  std::string severity = "info";
  std::string text;
  Json metadata;  // an object or null; values of members named like secrets are masked already
  std::string webhook_url;
};

// Checks the agent's input; errors name the member, its value and what is allowed.
Result<Message> parse_message(const Json& input);

std::string_view channel_word(Channel channel);   // "slack"
std::string_view channel_title(Channel channel);  // "Slack"
std::string_view severity_emoji(std::string_view severity);

std::string console_line(const Message& message);
Json slack_payload(const Message& message, std::int64_t wall_ms);
Json discord_payload(const Message& message, std::int64_t wall_ms);

// The longest beginning of at most `units` UTF-16 units that ends between characters.
std::string_view cut_text(std::string_view text, std::size_t units);
std::size_t text_units(std::string_view text);

}  // namespace commandcenter::notifier
