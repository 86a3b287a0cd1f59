// Decoding; what does not give text was no encoding.
#include "code/secrets/decode.h"

#include <algorithm>

#include "code/secrets/checks.h"
#include "code/secrets/value.h"

namespace commandcenter::code {
namespace {

bool is_text(std::string_view bytes) {
  return bytes.size() * 2 >= kMinEncoded_bytes && std::ranges::all_of(bytes, [](char c) {
           return (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\r' || c == '\t';
         });
}

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string from_hex(std::string_view value) {
  std::string out;
  for (std::size_t i = 0; i + 1 < value.size(); i += 2)
    out += static_cast<char>(nibble(value[i]) * 16 + nibble(value[i + 1]));
  return out;
}

std::string from_percent(std::string_view value) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool code = value[i] == '%' && i + 2 < value.size() && nibble(value[i + 1]) >= 0 && nibble(value[i + 2]) >= 0;
    out += code ? static_cast<char>(nibble(value[i + 1]) * 16 + nibble(value[i + 2])) : value[i];
    i += code ? 2 : 0;
  }
  return out;
}

}  // namespace

std::optional<std::string> decoded_once(std::string_view value) {
  if (value.size() < kMinEncoded_bytes) return std::nullopt;
  std::string text;
  if (value.find('%') != std::string_view::npos) {
    text = from_percent(value);
    if (text.size() < value.size() && is_text(text)) return text;
    return std::nullopt;
  }
  if (value.size() % 2 == 0 && is_hex(value)) {
    text = from_hex(value);
    if (is_text(text)) return text;
  }
  text = decode_base64(value);
  return is_text(text) ? std::optional(std::move(text)) : std::nullopt;
}

std::optional<std::string> decoded(std::string_view value) {
  std::optional<std::string> text = decoded_once(value);
  for (int depth = 1; text && depth < kMaxDecodeDepth; ++depth) {
    auto again = decoded_once(*text);
    if (!again) break;
    text = std::move(again);
  }
  return text;
}

}  // namespace commandcenter::code
