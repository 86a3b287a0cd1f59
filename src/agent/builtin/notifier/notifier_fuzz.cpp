// Fuzz target: any bytes as the text of a message, as templates, and as the agent's input. Nothing that a service gets
// is longer than it allows, nothing calls people, and what is sent is JSON.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/builtin/notifier/request.h"
#include "agent/builtin/notifier/services.h"
#include "agent/builtin/notifier/text.h"
#include "base/json.h"

namespace {

using namespace commandcenter;
using namespace commandcenter::notifier;

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const Message& message) {
  for (const Parcel& parcel : slack_parcels(message)) {
    const auto body = parse_json(parcel.body);
    require(body.has_value());
    require(parcel.body.find("<!channel>") == std::string::npos);
  }
  for (const Parcel& parcel : discord_parcels(message)) {
    const auto body = parse_json(parcel.body);
    require(body.has_value());
    require((*body)["embeds"].size() <= kMaxDiscordEmbeds);
    for (const auto& embed : (*body)["embeds"]) {
      if (embed.contains("description"))
        require(text_units(embed["description"].get<std::string>()) <= kMaxDiscordDescription);
    }
  }
  for (const Parcel& parcel : webhook_parcels(message))
    require(parse_json(parcel.body).has_value());
  require(console_line(message).find('\n') == std::string::npos || message.text.find('\n') != std::string::npos);
}

void pieces(std::string_view text) {
  for (const std::size_t units : {1, 7, 3'000}) {
    for (const std::string& piece : split_text(text, units + 16, slack_plain))
      require(text_units(piece) <= units + 16);
    require(text_units(cut_text(text, units)) <= units);
  }
  const std::string header = mail_header(text);
  for (std::size_t at = header.find('\n'); at != std::string::npos; at = header.find('\n', at + 1))
    require(header.substr(at - 1, 3) == "\r\n ");  // a line that goes on
  static_cast<void>(without_calls(text));
}

}  // namespace

// The first byte says what the rest is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  // Messages come as JSON, so that their texts are UTF-8.
  const Json bytes(std::string(reinterpret_cast<const char*>(data) + 1, size - 1));
  const Json valid = *parse_json(dump_json(bytes));
  const std::string_view text = valid.get_ref<const std::string&>();
  Message message;
  message.id = "fuzz";
  message.markdown = (data[0] & 4U) != 0;
  message.metadata = Json{{"name", "value"}};
  switch (data[0] % 3) {
    case 0:
      message.text = text;
      message.title = text.substr(0, text.size() / 3);
      check(message);
      pieces(text);
      break;
    case 1: {
      message.text = "text";
      const std::size_t half = text.size() / 2;
      const auto filled = fill_in({std::string(text.substr(0, half)), std::string(text.substr(half))}, message);
      if (filled) check(*filled);
      break;
    }
    default: {
      const auto json = parse_json(text);
      if (!json) break;
      const auto request = parse_request(*json, "fuzz", 0);
      if (!request) break;
      for (const Message& one : request->messages)
        check(one);
    }
  }
  return 0;
}
