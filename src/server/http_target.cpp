#include "server/http_target.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace commandcenter::server {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// Length of the UTF-8 sequence at the start of the text, 0 if it is none (overlong, surrogate, above U+10FFFF, cut
// off).
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const unsigned char second = byte(1);
  if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) || (lead == 0xF0 && second < 0x90) ||
      (lead == 0xF4 && second > 0x8F)) {
    return 0;
  }
  return length;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool starts_with_scheme(std::string_view target, std::string_view scheme) {
  return target.size() >= scheme.size() && std::equal(scheme.begin(), scheme.end(), target.begin(),
                                                      [](char a, char b) { return a == b || a == (b | 0x20); });
}

// The text up to the separator, which is removed from the rest together with it.
std::string_view take_until(std::string_view& rest, char separator) {
  std::size_t end = 0;
  while (end < rest.size() && rest[end] != separator)
    ++end;
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

Result<std::string> decode_query_part(std::string_view part) {
  auto text = percent_decode(part, true);
  if (!text) return fail(ErrorCode::kInvalid, "the query has a \"%\" that is not followed by two hex digits");
  if (text->find('\0') != std::string::npos || !is_utf8(*text)) {
    return fail(ErrorCode::kInvalid, "the query must be UTF-8 text without NUL characters");
  }
  return std::move(*text);
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                          std::string_view("-._~").find(c) != std::string_view::npos;
    if (is_plain) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.append({'%', kHex[byte >> 4U], kHex[byte & 0xFU]});
  }
  return out;
}

Result<Target> parse_target(std::string_view method, std::string_view target) {
  Target out;
  if (target == "*" && method == "OPTIONS") {
    out.path = out.raw_path = "*";
    return out;
  }
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!starts_with_scheme(target, scheme)) continue;
    target.remove_prefix(scheme.size());
    target.remove_prefix(std::min(target.find_first_of("/?"), target.size()));
    break;
  }
  const bool has_fragment = target.find('#') != std::string_view::npos;
  std::string_view raw_path = take_until(target, '?');
  if (raw_path.empty()) raw_path = "/";
  if (raw_path.front() != '/' || has_fragment) {
    return fail(ErrorCode::kInvalid, "the request target must be a path that starts with \"/\"");
  }
  auto path = percent_decode(raw_path, false);
  if (!path) return fail(ErrorCode::kInvalid, "the path has a \"%\" that is not followed by two hex digits");
  if (std::any_of(path->begin(), path->end(), is_control) || !is_utf8(*path)) {
    return fail(ErrorCode::kInvalid, "the path must be UTF-8 text without control characters");
  }
  out.path = std::move(*path);
  out.raw_path = raw_path;

  while (!target.empty()) {
    std::string_view value_text = take_until(target, '&');
    const std::string_view name_text = take_until(value_text, '=');
    if (name_text.empty() && value_text.empty()) continue;
    auto name = decode_query_part(name_text);
    if (!name) return fail(name.error());
    auto value = decode_query_part(value_text);
    if (!value) return fail(value.error());
    out.query.insert_or_assign(std::move(*name), std::move(*value));
  }
  return out;
}

}  // namespace commandcenter::server
