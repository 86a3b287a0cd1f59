#include "core/schema/messages.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/nearest.h"

namespace commandcenter::schema {

std::string cut(std::string text, std::size_t limit_bytes) {
  if (text.size() <= limit_bytes) return text;
  std::size_t end = limit_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80)
    --end;  // not inside a character
  return text.substr(0, end) + "…";
}

std::string in_quotes(std::string_view name) {
  std::string text = dump_json(Json(std::string(name.substr(0, kMaxExcerpt_bytes * 2))));
  if (text.size() <= kMaxExcerpt_bytes) return text;
  text.pop_back();
  return cut(std::move(text), kMaxExcerpt_bytes) + "\"";
}

std::string short_json(const Json& value) {
  if (value.is_string()) return in_quotes(value.get_ref<const std::string&>());
  if (value.is_object() && !value.empty()) return "{…}";
  if (value.is_array() && !value.empty()) return "[…]";
  return dump_json(value);
}

std::string excerpt(const Json& value) {
  if (value.is_array()) return "array of " + counted(value.size(), "item");
  if (value.is_object()) return "object with " + counted(value.size(), "member");
  if (value.is_null()) return "null";
  return fmt::format("{} {}", json_type_name(value), short_json(value));
}

std::string listed(std::span<const std::string> items) {
  std::string text;
  const std::size_t count = std::min(items.size(), kMaxListedNames);
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) text += ", ";
    text += items[i];
  }
  if (items.size() > count) text += fmt::format(" and {} more", items.size() - count);
  return text;
}

std::string suggestion(std::string_view name, std::span<const std::string> candidates) {
  const std::string nearest = nearest_name(name, candidates);
  return nearest.empty() ? std::string() : fmt::format("; did you mean {}?", in_quotes(nearest));
}

std::string shown(const std::string& pointer) {
  return pointer.empty() ? "the schema" : pointer;
}

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace commandcenter::schema
