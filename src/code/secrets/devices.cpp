// A device names the way in which it hides a password by a number before it: 0 is none, 7 can be undone, 5, 8 and 9 are
// hashes.
#include "code/secrets/devices.h"

#include <algorithm>
#include <initializer_list>

#include "code/secrets/assigned.h"
#include "code/secrets/value.h"

namespace commandcenter::code {
namespace {

constexpr std::size_t kMaxLine_bytes = 200;
constexpr std::string_view kValueEnds = " \t\r\n;\"'";

std::size_t past_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && is_blank(text[at]))
    ++at;
  return at;
}

std::string_view word_at(std::string_view text, std::size_t at) {
  const std::string_view near = text.substr(std::min(at, text.size()), kMaxLine_bytes);
  return near.substr(0, near.find_first_of(kValueEnds));
}

std::string_view line_before(std::string_view text, std::size_t end) {
  const std::size_t floor = end - std::min(end, kMaxLine_bytes);
  const std::string_view before = text.substr(floor, end - floor);
  return before.substr(before.rfind('\n') + 1);  // npos counts as 0
}

// Two digits of where the key begins, then hexadecimal.
bool is_vigenere(std::string_view value) {
  constexpr int kKeys = 53;
  return value.size() >= 8 && value.size() % 2 == 0 && is_hex(value) && is_digit(value[0]) && is_digit(value[1]) &&
         (value[0] - '0') * 10 + value[1] - '0' < kKeys &&
         std::ranges::none_of(value, [](char c) { return c >= 'a' && c <= 'f'; });
}

// Juniper's "$9$": whoever reads it knows the password.
bool is_reversible(std::string_view value) {
  constexpr std::size_t kMin_bytes = 10;
  return value.size() >= kMin_bytes && value.starts_with("$9$") &&
         std::ranges::all_of(value.substr(3), [](char c) { return is_word(c) || c == '.' || c == '/' || c == '-'; });
}

bool is_kept(std::string_view way, std::string_view value) {
  if (way == "5") return value.starts_with("$1$") && value.size() >= 28;
  if (way == "7") return is_vigenere(value);
  if (way == "8") return value.starts_with("$8$") && value.size() >= 50;
  if (way == "9") return value.starts_with("$9$") && value.size() >= 50;
  if (way == "sha512") return value.starts_with("$6$") && value.size() >= 90;
  return way == "ENC" && value.size() >= 12 && is_random(value);
}

}  // namespace

std::optional<Range> kept_by_device(std::string_view text, std::size_t name_end) {
  const std::size_t at = past_blanks(text, name_end);
  if (at == name_end || at >= text.size() || text[at] == '=' || text[at] == ':') return std::nullopt;
  if (text[at] == '"') {  // Juniper marks it
    const std::size_t close =
        at + 1 + std::min(text.substr(at + 1, kMaxLine_bytes).find_first_of("\"\n"), kMaxLine_bytes);
    if (is_reversible(text.substr(at + 1, close - at - 1)) && text.substr(close).starts_with("\";"))
      return Range(at + 1, close);
    if (close >= text.size() || !text.substr(close).starts_with("\"; ## SECRET-DATA") || close - at < 10)
      return std::nullopt;
    return Range(at + 1, close);
  }
  const std::string_view way = word_at(text, at);
  const std::size_t begin = past_blanks(text, at + way.size());
  const std::string_view value = word_at(text, begin);
  if (way.empty() || !is_kept(way, value)) return std::nullopt;
  return Range(begin, begin + value.size());
}

std::optional<Candidate> typed_into_device(std::string_view text, std::size_t name_begin, std::size_t name_end) {
  std::size_t at = past_blanks(text, name_end);
  if (at == name_end || at >= text.size() || text[at] == '=' || text[at] == ':') return std::nullopt;
  const std::string_view before = line_before(text, name_begin);
  std::string_view line = text.substr(name_begin - before.size(), kMaxLine_bytes);
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  const bool known = std::ranges::any_of(
      std::initializer_list<std::string_view>{"username ", "enable ", "neighbor ", "tacacs-server ", "radius-server ",
                                              "ip ospf ", "ppp ", "standby ", "crypto isakmp ", "wpa-psk ",
                                              "ntp authentication-", "snmp-server user ", "server-private ",
                                              "user-role ", "local-user "},
      [&](std::string_view first) { return line.starts_with(first); });
  if (!known) return std::nullopt;
  for (const std::string_view way : {"ascii ", "0 ", "1 md5 ", "md5 ", "cipher ", "simple ", "plaintext "}) {
    if (text.substr(at).starts_with(way)) at = past_blanks(text, at + way.size());
  }
  if (at < text.size() && text[at] == '"') ++at;
  const std::string_view value = word_at(text, at);
  if (!is_mixed_password(value) && !is_numbered_word(value)) return std::nullopt;
  return placed(at, at + value.size());
}

std::optional<Candidate> in_community(std::string_view text, std::size_t end) {
  const std::string_view line = line_before(text, end);
  if (line.find_first_not_of(" \t") != line.find_first_of("srcSRC")) return std::nullopt;  // it begins the line
  const std::string_view value = word_at(text, end);
  if (!is_mixed_password(value) && !is_random(value)) return std::nullopt;
  return placed(end, end + value.size());
}

std::optional<Candidate> in_access_list(std::string_view text, std::size_t end) {
  const std::string line = lower(line_before(text, end));
  std::string_view rest = text.substr(end, kMaxLine_bytes);
  rest = rest.substr(0, rest.find('\n'));
  if (line.find("user ") == std::string::npos && line.find("setuser ") == std::string::npos) return std::nullopt;
  if (rest.find(" ~") == std::string_view::npos && rest.find(" +") == std::string_view::npos &&
      rest.find(" &") == std::string_view::npos && rest.find(" allkeys") == std::string_view::npos)
    return std::nullopt;
  const std::string_view value = word_at(text, end);
  if (value.size() < kMinValue_bytes) return std::nullopt;
  return placed(end, end + value.size());
}

}  // namespace commandcenter::code
