// Embeds: the text in descriptions, the metadata in fields; nobody is mentioned, whatever the text says.
#include <fmt/format.h>

#include "agent/builtin/notifier/services.h"
#include "agent/builtin/notifier/text.h"
#include "base/clock.h"

namespace commandcenter::notifier {
namespace {

std::string visible(std::string text) {
  return text.find_first_not_of(" \t\r\n") == std::string::npos ? std::string("\u200b") : text;
}

std::string title_of(const Message& message) {
  const std::string title = severity_title(message.severity);
  return limited(message.title.empty() ? title : title + ": " + discord_plain(message.title), kMaxDiscordTitle);
}

// Messages made of embeds made of descriptions and fields; each opens the next one when it is full.
class Pages {
 public:
  explicit Pages(const Message& message) : message_(message) { open_embed(); }

  void description(std::string text) {
    const std::size_t units = text_units(text);
    if (embed_.contains("description") || !fits(units)) open_embed(units);
    embed_["description"] = visible(std::move(text));
    used_ += units;
  }

  void field(std::string name, std::string value) {
    const std::size_t units = text_units(name) + text_units(value);
    if (embed_["fields"].size() == kMaxDiscordFields || !fits(units)) open_embed(units);
    embed_["fields"].push_back({{"name", std::move(name)}, {"value", std::move(value)}, {"inline", true}});
    used_ += units;
  }

  std::vector<Parcel> take() {
    close_embed();
    close_page();
    return std::move(parcels_);
  }

 private:
  bool fits(std::size_t units) const { return used_ + units <= kMaxDiscordMessage; }

  void open_embed(std::size_t units = 0) {
    close_embed();
    if (embeds_.size() == kMaxDiscordEmbeds || !fits(units)) close_page();
    embed_ = {{"color", severity_colour(message_.severity)}, {"fields", Json::array()}};
    if (!is_first_) return;
    is_first_ = false;
    embed_["title"] = title_of(message_);
    embed_["timestamp"] = iso8601(message_.wall_ms);
    if (!message_.link.empty()) embed_["url"] = limited(message_.link, 2'000);
    used_ += text_units(embed_["title"].get<std::string>());
  }

  void close_embed() {
    if (embed_.is_null()) return;
    if (embed_["fields"].empty()) embed_.erase("fields");
    if (embed_.size() > 1) embeds_.push_back(std::move(embed_));
    embed_ = nullptr;
  }

  void close_page() {
    if (embeds_.empty()) return;
    const Json payload = {{"embeds", std::move(embeds_)}, {"allowed_mentions", {{"parse", Json::array()}}}};
    parcels_.push_back({.key = {}, .body = dump_json(payload), .path = {}});
    embeds_ = Json::array();
    used_ = 0;
  }

  const Message& message_;
  std::vector<Parcel> parcels_;
  Json embeds_ = Json::array();
  Json embed_;
  std::size_t used_ = 0;
  bool is_first_ = true;
};

}  // namespace

std::vector<Parcel> discord_parcels(const Message& message) {
  Pages pages(message);
  // Less than a description may have: the title and the first description share a message with some fields.
  for (std::string& piece : split_text(message.text, kMaxDiscordDescription,
                                       message.markdown ? Escape(discord_markdown) : Escape(discord_plain)))
    pages.description(std::move(piece));
  std::size_t count = 0;
  for (const auto& [key, value] : message.metadata.items()) {
    if (++count > kMaxFields) {
      pages.field("…", fmt::format("{} more not shown", message.metadata.size() - kMaxFields));
      break;
    }
    pages.field(limited(visible(discord_plain(key)), kMaxDiscordFieldName),
                limited(visible(discord_plain(field_text(value))), kMaxDiscordFieldValue));
  }
  return numbered(message, pages.take());
}

}  // namespace commandcenter::notifier
