// Lines of YAML, and what their values say once they are decoded.
#include "code/secrets/cluster.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <utility>

#include "code/secrets/anchors.h"
#include "code/secrets/calls.h"
#include "code/secrets/checks.h"
#include "code/secrets/value.h"
#include "code/source/source.h"

namespace commandcenter::code {
namespace {

constexpr std::size_t kMaxDocument_bytes = 200'000;
constexpr std::size_t kMinEncoded_bytes = 12;
constexpr std::string_view kBlanks = " \t\r";

std::size_t indent_of(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

std::string_view trimmed(std::string_view text, std::string_view marks) {
  const std::size_t begin = text.find_first_not_of(marks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(marks) + 1 - begin);
}

bool is_text(std::string_view bytes) {
  return !bytes.empty() && std::ranges::all_of(bytes, [](char c) {
    return (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\r' || c == '\t';
  });
}

void add_value(std::string_view text, std::string_view pair, std::vector<Encoded>& values) {
  const std::size_t colon = pair.find(':');
  if (colon == std::string_view::npos) return;
  const std::string_view value = trimmed(pair.substr(colon + 1), " \t\r\"'}");
  if (value.size() < kMinEncoded_bytes) return;
  std::string says = decode_base64(value);
  if (!is_text(says)) return;
  const auto begin = static_cast<std::size_t>(value.data() - text.data());
  values.push_back({begin, begin + value.size(), std::move(says)});
}

// data: {name: value, name: value}
void add_flow(std::string_view text, std::string_view line, std::vector<Encoded>& values) {
  while (!line.empty()) {
    const std::size_t comma = std::min(line.find(','), line.size());
    add_value(text, line.substr(0, comma), values);
    line.remove_prefix(std::min(comma + 1, line.size()));
  }
}

// user:password@ behind "://"
bool has_password(std::string_view address) {
  const std::string_view authority = address.substr(0, address.find_first_of("/?#\"' \n"));
  const std::size_t at = authority.rfind('@');
  const std::size_t colon = authority.find(':');
  if (at == std::string_view::npos || colon == std::string_view::npos || colon + 3 > at) return false;
  const std::string_view password = authority.substr(colon + 1, at - colon - 1);
  return !is_placeholder(password) && !has_filler_word(password) && password != authority.substr(0, colon);
}

// The value that stands behind a name which ends at `at`: password: …, "password": "…"
std::string_view given(std::string_view text, std::size_t at) {
  const std::size_t op = text.find_first_not_of("\"' \t", at);
  if (op == std::string_view::npos || (text[op] != ':' && text[op] != '=')) return {};
  const std::size_t begin = text.find_first_not_of("\"' \t", op + 1);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_first_of("\"',;& \t\r\n}", begin) - begin);
}

bool gives_secret(std::string_view text) {
  constexpr std::size_t kMinKey_bytes = 12;
  const std::string small = lower(text);
  for (const std::string_view word : {"password", "passwd", "secret", "token", "_key", "auth"}) {
    for (std::size_t at = small.find(word); at != std::string::npos; at = small.find(word, at + 1)) {
      const std::string_view value = given(text, at + word.size());
      if (is_mixed_password(value) || (value.size() >= kMinKey_bytes && is_random(value))) return true;
    }
  }
  return false;
}

}  // namespace

std::vector<Encoded> values_of_secret(std::string_view text, std::size_t end) {
  std::vector<Encoded> values;
  if (end < text.size() && std::string_view(" \r\n").find(text[end]) == std::string_view::npos) return values;
  const std::size_t before = text.rfind("\n---", end);
  const std::size_t begin = before == std::string_view::npos ? 0 : before + 4;
  if (end - begin > kMaxDocument_bytes) return values;
  const std::string_view document =
      text.substr(begin, std::min(text.find("\n---", end), begin + kMaxDocument_bytes) - begin);
  std::optional<std::size_t> outer;  // how far "data:" is indented
  for (std::size_t at = 0; at < document.size();) {
    const std::size_t next = std::min(document.find('\n', at), document.size());
    const std::string_view line = document.substr(at, next - at);
    at = next + 1;
    const std::string_view content = trimmed(line, kBlanks);
    if (content.empty()) continue;
    if (outer && indent_of(line) <= *outer) outer.reset();
    if (outer) add_value(text, line, values);
    if (content.starts_with("data: {")) add_flow(text, content.substr(7), values);
    if (content == "data:") outer = indent_of(line);
  }
  return values;
}

std::vector<Encoded> value_of_call(std::string_view text, std::size_t end) {
  const auto argument = only_argument(text, end);
  if (!argument || argument->end - argument->begin < kMinEncoded_bytes) return {};
  std::string says = decode_base64(text.substr(argument->begin, argument->end - argument->begin));
  if (!is_text(says)) return {};
  return {{argument->begin, argument->end, std::move(says)}};
}

Says what_it_says(std::string_view text) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  for (std::size_t at = text.find(kBegin); at != std::string_view::npos; at = text.find(kBegin, at + 1)) {
    if (find_private_key(text, at + kBegin.size())) return Says::kPrivateKey;
  }
  for (std::size_t at = text.find("://"); at != std::string_view::npos; at = text.find("://", at + 1)) {
    if (has_password(text.substr(at + 3))) return Says::kUrl;
  }
  return gives_secret(text) ? Says::kSecret : Says::kNothing;
}

}  // namespace commandcenter::code
