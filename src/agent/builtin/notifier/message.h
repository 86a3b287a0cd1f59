// A notification, before any service has had its say. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace commandcenter::notifier {

inline constexpr std::size_t kMaxText_bytes = 256 << 10;  // the rest of a message is cut, and said to be

enum class Severity { kInfo, kWarning, kError, kCritical };
Result<Severity> severity_of(std::string_view word);
std::string_view severity_word(Severity severity);  // "critical"
std::string severity_title(Severity severity);      // "🚨 CRITICAL"
std::uint32_t severity_colour(Severity severity);   // 0x8b0000

// A remark on a line of a file.
struct Annotation {
  std::string path;
  std::int64_t first_line = 1;
  std::int64_t last_line = 1;
  Severity severity = Severity::kWarning;
  std::string title;
  std::string text;
};

struct Message {
  std::string id;  // the same for every try to deliver it, and for no other message
  Severity severity = Severity::kInfo;
  std::string title;  // may be empty
  std::string text;
  bool markdown = false;  // else every character is shown as it is
  std::string link;       // http(s); empty = none
  Json metadata;          // object or null
  std::vector<Annotation> annotations;
  std::int64_t wall_ms = 0;
};

// One line for the console: "🚨 [CRITICAL] text".
std::string console_line(const Message& message);

// A value of metadata as people read it.
std::string field_text(const Json& value);

// The message with `{severity}`, `{title}`, `{message}`, `{link}`, `{timestamp}`, `{metadata.NAME}` in the templates
// filled in. A brace that opens no known name is text. kInvalid names a placeholder that the message has no value for.
struct Templates {
  std::string title;
  std::string text;  // empty: as the message says
};
Result<Message> fill_in(const Templates& templates, Message message);

// Metadata with the values of members named like secrets hidden.
Json without_named_secrets(const Json& value);

}  // namespace commandcenter::notifier
