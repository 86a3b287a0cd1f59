// How each service wants a message: within its limits, and so that no text of the message means anything there but
// itself. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "agent/builtin/notifier/destination.h"
#include "agent/builtin/notifier/message.h"
#include "base/json.h"

namespace commandcenter::notifier {

// Limits of the services, in UTF-16 units. https://docs.slack.dev/reference/block-kit/blocks
inline constexpr std::size_t kMaxSlackBlocks = 50;
inline constexpr std::size_t kMaxSlackText = 3'000;  // of a text object
inline constexpr std::size_t kMaxSlackHeader = 150;  // of a header block
inline constexpr std::size_t kMaxSlackFields = 10;   // of a section
inline constexpr std::size_t kMaxSlackField = 2'000;
inline constexpr std::size_t kMaxSlackMessage =
    12'000;  // of all blocks; above about 13,000 Slack says they are too long
inline constexpr std::size_t kMaxSlackFallback = 300;

// https://docs.discord.com/developers/resources/message
inline constexpr std::size_t kMaxDiscordEmbeds = 10;
inline constexpr std::size_t kMaxDiscordMessage = 6'000;  // of all embeds together
inline constexpr std::size_t kMaxDiscordTitle = 256;
inline constexpr std::size_t kMaxDiscordDescription = 4'096;
inline constexpr std::size_t kMaxDiscordFields = 25;
inline constexpr std::size_t kMaxDiscordFieldName = 256;
inline constexpr std::size_t kMaxDiscordFieldValue = 1'024;

// https://docs.github.com/rest/checks/runs
inline constexpr std::size_t kMaxGithubAnnotations = 50;  // of a request
inline constexpr std::size_t kMaxGithubText = 60'000;
inline constexpr std::size_t kMaxGithubTitle = 255;

inline constexpr std::size_t kMaxFields = 200;  // of the metadata; the rest is counted
inline constexpr std::size_t kMaxAnnotations = 500;

// One sending. Those of a message are sent in order.
struct Parcel {
  std::string key;  // idempotency key: the message's id, and which part it is
  std::string body;
  std::string path;  // behind the destination's URL; "{id}" stands for the id that the first part was given
  std::string method = "POST";
  bool last = true;  // of its message
};

std::vector<Parcel> slack_parcels(const Message& message);
std::vector<Parcel> discord_parcels(const Message& message);
std::vector<Parcel> webhook_parcels(const Message& message);
std::vector<Parcel> email_parcels(const Message& message, const Destination& destination);
std::vector<Parcel> github_parcels(const Message& message, const Destination& destination);

// Of any channel but the console.
std::vector<Parcel> parcels_of(const Message& message, const Destination& destination);

// Gives the parcels of one message their keys.
std::vector<Parcel> numbered(const Message& message, std::vector<Parcel> parcels);

}  // namespace commandcenter::notifier
