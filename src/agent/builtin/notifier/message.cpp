#include "agent/builtin/notifier/message.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "agent/builtin/notifier/text.h"
#include "base/clock.h"

namespace commandcenter::notifier {
namespace {

struct Look {
  std::string_view word;
  std::string_view capitals;
  std::uint32_t colour;
  std::string_view emoji;
};
constexpr std::array<Look, 4> kLooks{{{"info", "INFO", 0x36a64f, "ℹ️"},
                                      {"warning", "WARNING", 0xff9900, "⚠️"},
                                      {"error", "ERROR", 0xff0000, "❌"},
                                      {"critical", "CRITICAL", 0x8b0000, "🚨"}}};

// Members of metadata whose values never leave: tokens end up in alerts more often than anybody means them to.
constexpr std::array<std::string_view, 12> kSecretNames{"password", "passwd",     "passphrase", "secret",
                                                        "token",    "apikey",     "privatekey", "authorization",
                                                        "cookie",   "webhookurl", "accesskey",  "credential"};
constexpr std::string_view kMask = "****";
constexpr int kMaxDepth = 32;

const Look& look_of(Severity severity) {
  return kLooks[static_cast<std::size_t>(severity)];
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

Json hidden(const Json& value, int depth) {
  if (depth > kMaxDepth) return kMask;
  if (value.is_array()) {
    Json result = Json::array();
    for (const Json& item : value)
      result.push_back(hidden(item, depth + 1));
    return result;
  }
  if (!value.is_object()) return value;
  Json result = Json::object();
  for (const auto& [key, member] : value.items()) {
    const bool hide = names_secret(key) && !member.is_null() && !member.is_boolean();
    result[key] = hide ? Json(kMask) : hidden(member, depth + 1);
  }
  return result;
}

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

Result<std::string> value_of(std::string_view name, const Message& message) {
  constexpr std::string_view kMetadata = "metadata.";
  if (name == "severity") return std::string(severity_word(message.severity));
  if (name == "title") return message.title;
  if (name == "message") return message.text;
  if (name == "link") return message.link;
  if (name == "timestamp") return iso8601(message.wall_ms);
  const Json* value =
      name.starts_with(kMetadata) ? find_member(message.metadata, name.substr(kMetadata.size())) : nullptr;
  if (value != nullptr) return field_text(*value);
  return fail(ErrorCode::kInvalid,
              fmt::format("the template names {{{}}}, which the message does not have; it may name "
                          "severity, title, message, link, timestamp and metadata.NAME",
                          limited(name, 100)));
}

// Values are put in once: braces inside them stay text.
Result<std::string> filled(std::string_view text, const Message& message) {
  std::string out;
  while (!text.empty()) {
    const std::size_t open = text.find('{');
    out += text.substr(0, open);
    if (open == std::string_view::npos) break;
    text.remove_prefix(open);
    std::size_t end = 1;
    while (end < text.size() && is_name(text[end]))
      ++end;
    if (end == 1 || end == text.size() || text[end] != '}') {
      out += text[0];
      text.remove_prefix(1);
      continue;
    }
    const auto value = value_of(text.substr(1, end - 1), message);
    if (!value) return fail(value.error());
    out += *value;
    text.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace

// Also the words of findings: a workflow hands on what the scanner says.
Result<Severity> severity_of(std::string_view word) {
  if (word == "high") return Severity::kError;
  if (word == "medium") return Severity::kWarning;
  if (word == "low") return Severity::kInfo;
  const auto* found = std::ranges::find(kLooks, word, &Look::word);
  if (found != kLooks.end()) return static_cast<Severity>(found - kLooks.begin());
  return fail(ErrorCode::kInvalid,
              fmt::format("unknown severity \"{}\"; expected info, warning, error or critical", limited(word, 100)));
}

std::string_view severity_word(Severity severity) {
  return look_of(severity).word;
}

std::string severity_title(Severity severity) {
  return fmt::format("{} {}", look_of(severity).emoji, look_of(severity).capitals);
}

std::uint32_t severity_colour(Severity severity) {
  return look_of(severity).colour;
}

std::string console_line(const Message& message) {
  const std::string title = message.title.empty() ? "" : message.title + ": ";
  const Look& look = look_of(message.severity);
  return one_line(fmt::format("{} [{}] {}{}", look.emoji, look.capitals, title, message.text));
}

std::string field_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : dump_json(value);
}

Result<Message> fill_in(const Templates& templates, Message message) {
  auto title = filled(templates.title, message);
  if (!title) return fail(std::move(title.error()));
  auto text = filled(templates.text, message);
  if (!text) return fail(std::move(text.error()));
  if (!templates.title.empty()) message.title = std::move(*title);
  if (!templates.text.empty()) message.text = std::move(*text);
  return message;
}

Json without_named_secrets(const Json& value) {
  return hidden(value, 0);
}

}  // namespace commandcenter::notifier
