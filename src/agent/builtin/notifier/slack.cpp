// Block Kit: a header, the text in sections, and beside a bar of the severity's colour the metadata.
#include <algorithm>

#include <fmt/format.h>

#include "agent/builtin/notifier/services.h"
#include "agent/builtin/notifier/text.h"
#include "base/clock.h"

namespace commandcenter::notifier {
namespace {

constexpr std::size_t kReserved = 400;      // of a message, for header, time and the note about parts
constexpr std::size_t kReservedBlocks = 4;  // the same, in blocks
constexpr std::size_t kMaxPieces = 200;     // of a text; kMaxText_bytes comes first unless every character is escaped

Json text_object(std::string text, bool markdown) {
  if (markdown) return {{"type", "mrkdwn"}, {"text", std::move(text)}, {"verbatim", true}};
  return {{"type", "plain_text"}, {"text", std::move(text)}, {"emoji", false}};
}

// Slack refuses empty texts.
std::string visible(std::string text) {
  return text.find_first_not_of(" \t\r\n") == std::string::npos ? std::string("\u200b") : text;
}

Json section(std::string text, bool markdown) {
  return {{"type", "section"}, {"text", text_object(visible(std::move(text)), markdown)}};
}

std::string title_of(const Message& message) {
  const std::string title = severity_title(message.severity);
  return message.title.empty() ? title : title + ": " + message.title;
}

// The text as blocks, each with what it counts.
std::vector<std::pair<Json, std::size_t>> body_of(const Message& message) {
  std::vector<std::pair<Json, std::size_t>> blocks;
  const auto pieces =
      split_text(message.text, kMaxSlackText, message.markdown ? Escape(slack_markdown) : Escape(slack_plain));
  for (const std::string& piece : pieces) {
    if (blocks.size() == kMaxPieces) break;
    blocks.emplace_back(section(piece, message.markdown), text_units(piece));
  }
  if (!message.link.empty()) {
    std::string address = slack_plain(message.link);
    std::ranges::replace(address, '|', '!');
    blocks.emplace_back(section(fmt::format("<{}>", limited(address, kMaxSlackText - 2)), true), text_units(address));
  }
  return blocks;
}

// The metadata as sections of fields.
std::vector<std::pair<Json, std::size_t>> fields_of(const Message& message) {
  std::vector<std::pair<Json, std::size_t>> blocks;
  Json fields = Json::array();
  std::size_t units = 0;
  const auto flush = [&] {
    if (fields.empty()) return;
    blocks.emplace_back(Json{{"type", "section"}, {"fields", std::move(fields)}}, units);
    fields = Json::array();
    units = 0;
  };
  std::size_t count = 0;
  for (const auto& [key, value] : message.metadata.items()) {
    std::string text = ++count > kMaxFields ? fmt::format("… {} more not shown", message.metadata.size() - kMaxFields)
                                            : slack_plain(fmt::format("{}: {}", key, field_text(value)));
    text = limited(text, kMaxSlackField);
    const std::size_t size = text_units(text);
    if (fields.size() == kMaxSlackFields || units + size > kMaxSlackMessage / 2) flush();
    fields.push_back(text_object(visible(std::move(text)), false));
    units += size;
    if (count > kMaxFields) break;
  }
  flush();
  return blocks;
}

Json payload_of(const Message& message, Json blocks, Json details, std::string_view part) {
  const std::string summary =
      slack_plain(limited(fmt::format("{}: {}", title_of(message), one_line(message.text)), kMaxSlackFallback));
  const std::string header = limited(slack_plain(title_of(message) + std::string(part)), kMaxSlackHeader);
  const Json head = {{"type", "header"}, {"text", text_object(header, false)}};
  blocks.insert(blocks.begin(), head);
  details.push_back({{"type", "context"}, {"elements", Json::array({text_object(iso8601(message.wall_ms), false)})}});
  const Json attachment = {{"color", fmt::format("#{:06x}", severity_colour(message.severity))},
                           {"fallback", summary},
                           {"blocks", std::move(details)}};
  return {{"text", summary},
          {"blocks", std::move(blocks)},
          {"attachments", Json::array({attachment})},
          {"unfurl_links", false},
          {"unfurl_media", false}};
}

}  // namespace

std::vector<Parcel> slack_parcels(const Message& message) {
  struct Page {
    Json blocks = Json::array();
    Json details = Json::array();
    std::size_t units = 0;
  };
  std::vector<Page> pages(1);
  const auto add = [&](std::vector<std::pair<Json, std::size_t>> all, Json Page::*list) {
    for (auto& [block, units] : all) {
      const Page& page = pages.back();
      const bool full = page.units + units + kReserved > kMaxSlackMessage ||
                        page.blocks.size() + page.details.size() + kReservedBlocks > kMaxSlackBlocks;
      if (full && page.blocks.size() + page.details.size() > 0) pages.emplace_back();
      (pages.back().*list).push_back(std::move(block));
      pages.back().units += units;
    }
  };
  add(body_of(message), &Page::blocks);
  add(fields_of(message), &Page::details);
  std::vector<Parcel> parcels;
  for (std::size_t i = 0; i < pages.size(); ++i) {
    const std::string part = pages.size() == 1 ? "" : fmt::format(" ({}/{})", i + 1, pages.size());
    parcels.push_back(
        {.key = {},
         .body = dump_json(payload_of(message, std::move(pages[i].blocks), std::move(pages[i].details), part)),
         .path = {}});
  }
  return numbered(message, std::move(parcels));
}

}  // namespace commandcenter::notifier
