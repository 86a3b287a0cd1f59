#include "core/schema/format.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <utility>

#include "base/characters.h"
#include "base/regex.h"
#include "core/schema/pattern.h"

namespace commandcenter::schema {
namespace {

struct FormatWords {
  std::string_view name;
  Format format;
  std::string_view example;
};

constexpr auto kFormats = std::to_array<FormatWords>({
    {"date-time", Format::kDateTime, "a date and time such as 2026-01-31T09:05:00Z"},
    {"date", Format::kDate, "a date such as 2026-01-31"},
    {"time", Format::kTime, "a time with its offset such as 09:05:00Z"},
    {"email", Format::kEmail, "an e-mail address"},
    {"hostname", Format::kHostname, "a host name"},
    {"ipv4", Format::kIpv4, "an IPv4 address such as 192.0.2.1"},
    {"ipv6", Format::kIpv6, "an IPv6 address such as 2001:db8::1"},
    {"uri", Format::kUri, "an absolute URI such as https://example.com/a"},
    {"uuid", Format::kUuid, "a UUID such as 123e4567-e89b-12d3-a456-426614174000"},
    {"regex", Format::kRegex, "a regular expression"},
});

constexpr std::size_t kMaxHostname_bytes = 253;
constexpr std::size_t kMaxLabel_bytes = 63;
constexpr std::size_t kMaxLocalPart_bytes = 64;

// The text's digits at [from, from + size) as a number, or -1.
int number_at(std::string_view text, std::size_t from, std::size_t size) {
  if (from + size > text.size()) return -1;
  int number = 0;
  for (const char c : text.substr(from, size)) {
    if (!is_digit(c)) return -1;
    number = number * 10 + (c - '0');
  }
  return number;
}

bool is_date(std::string_view text) {  // RFC 3339 full-date
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const int year = number_at(text, 0, 4);
  const int month = number_at(text, 5, 2);
  const int day = number_at(text, 8, 2);
  if (year < 0 || month < 1 || month > 12 || day < 1) return false;
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return day <= kDays[static_cast<std::size_t>(month - 1)] + (month == 2 && leap ? 1 : 0);
}

bool is_time(std::string_view text) {  // RFC 3339 full-time
  if (text.size() < 9 || text[2] != ':' || text[5] != ':') return false;
  const int hour = number_at(text, 0, 2);
  const int minute = number_at(text, 3, 2);
  const int second = number_at(text, 6, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return false;
  std::size_t i = 8;
  if (text[i] == '.') {
    const std::size_t first = ++i;
    while (i < text.size() && is_digit(text[i]))
      ++i;
    if (i == first) return false;
  }
  int offset_minutes = 0;
  const std::string_view zone = text.substr(i);
  if (zone != "Z" && zone != "z") {
    if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') return false;
    const int offset_hour = number_at(zone, 1, 2);
    const int offset_minute = number_at(zone, 4, 2);
    if (offset_hour < 0 || offset_hour > 23 || offset_minute < 0 || offset_minute > 59) return false;
    offset_minutes = (offset_hour * 60 + offset_minute) * (zone[0] == '-' ? -1 : 1);
  }
  if (second < 60) return true;
  constexpr int kDay_minutes = 24 * 60;  // a leap second is the last one of a day in UTC
  return (hour * 60 + minute - offset_minutes + kDay_minutes) % kDay_minutes == kDay_minutes - 1;
}

bool is_ipv4(std::string_view text) {  // RFC 2673, decimal, without leading zeros
  for (int part = 1; part <= 4; ++part) {
    std::size_t digits = 0;
    while (digits < text.size() && is_digit(text[digits]))
      ++digits;
    if (digits == 0 || digits > 3 || (digits > 1 && text[0] == '0') || number_at(text, 0, digits) > 255) return false;
    text.remove_prefix(digits);
    if (part == 4) return text.empty();
    if (!text.starts_with('.')) return false;
    text.remove_prefix(1);
  }
  return false;
}

// The 16-bit groups between colons, an IPv4 address at the end counting as two; -1 when one is malformed.
int ipv6_groups(std::string_view text, bool ipv4_allowed) {
  int groups = 0;
  std::size_t start = 0;
  for (std::size_t i = 0; i <= text.size() && !text.empty(); ++i) {
    if (i < text.size() && text[i] != ':') continue;
    const std::string_view group = text.substr(start, i - start);
    start = i + 1;
    if (i == text.size() && ipv4_allowed && is_ipv4(group)) return groups + 2;
    if (group.empty() || group.size() > 4 || !std::all_of(group.begin(), group.end(), is_hex)) return -1;
    ++groups;
  }
  return groups;
}

bool is_ipv6(std::string_view text) {  // RFC 4291, section 2.2
  constexpr int kGroups = 8;
  const std::size_t gap = text.find("::");
  if (gap == std::string_view::npos) return ipv6_groups(text, true) == kGroups;
  const int before = ipv6_groups(text.substr(0, gap), false);
  const int after = ipv6_groups(text.substr(gap + 2), true);
  return before >= 0 && after >= 0 && before + after < kGroups;
}

bool is_hostname(std::string_view text) {  // RFC 1123, section 2.1
  if (text.empty() || text.size() > kMaxHostname_bytes) return false;
  while (true) {
    const std::size_t end = std::min(text.find('.'), text.size());
    const std::string_view label = text.substr(0, end);
    if (label.empty() || label.size() > kMaxLabel_bytes || label.front() == '-' || label.back() == '-') return false;
    if (!std::all_of(label.begin(), label.end(), [](char c) { return is_alnum(c) || c == '-'; })) return false;
    if (end == text.size()) return true;
    text = text.substr(end + 1);
  }
}

bool is_dot_atom(std::string_view text) {
  if (text.empty() || text.front() == '.' || text.back() == '.') return false;
  if (text.find("..") != std::string_view::npos) return false;
  constexpr std::string_view kSpecials = "!#$%&'*+-/=?^_`{|}~.";
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return is_alnum(c) || kSpecials.find(c) != std::string_view::npos; });
}

bool is_quoted(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == '\\') {
      if (++i + 1 >= text.size()) return false;
    } else if (text[i] == '"' || static_cast<unsigned char>(text[i]) < 0x20 ||
               static_cast<unsigned char>(text[i]) > 0x7e) {
      return false;
    }
  }
  return true;
}

bool is_email(std::string_view text) {  // RFC 5321, section 4.1.2
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos || at > kMaxLocalPart_bytes) return false;
  const std::string_view local = text.substr(0, at);
  const std::string_view domain = text.substr(at + 1);
  if (!is_dot_atom(local) && !is_quoted(local)) return false;
  if (domain.starts_with("[IPv6:") && domain.ends_with("]")) return is_ipv6(domain.substr(6, domain.size() - 7));
  if (domain.starts_with('[') && domain.ends_with("]")) return is_ipv4(domain.substr(1, domain.size() - 2));
  return is_hostname(domain);
}

// Characters RFC 3986 allows in a component, and percent-encoding.
bool is_component(std::string_view text, std::string_view more) {
  constexpr std::string_view kUnreservedAndSubDelims = "-._~!$&'()*+,;=";
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
      i += 2;
    } else if (!is_alnum(text[i]) && kUnreservedAndSubDelims.find(text[i]) == std::string_view::npos &&
               more.find(text[i]) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

bool is_authority(std::string_view text) {
  if (const std::size_t at = text.find('@'); at != std::string_view::npos) {
    if (!is_component(text.substr(0, at), ":")) return false;
    text.remove_prefix(at + 1);
  }
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos || !is_ipv6(text.substr(1, end - 1))) return false;
    text = text.substr(end + 1);
    if (text.empty()) return true;
    if (text.front() != ':') return false;
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    if (!is_component(text.substr(0, colon), "")) return false;
    text.remove_prefix(colon);
    if (text.empty()) return true;
  }
  return std::all_of(text.begin() + 1, text.end(), is_digit);
}

bool is_uri(std::string_view text) {  // RFC 3986, with a scheme
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || std::isalpha(static_cast<unsigned char>(text[0])) == 0)
    return false;
  const std::string_view scheme = text.substr(0, colon);
  if (!std::all_of(scheme.begin(), scheme.end(),
                   [](char c) { return is_alnum(c) || c == '+' || c == '-' || c == '.'; })) {
    return false;
  }
  text.remove_prefix(colon + 1);
  if (const std::size_t hash = text.find('#'); hash != std::string_view::npos) {
    if (!is_component(text.substr(hash + 1), ":@/?")) return false;
    text = text.substr(0, hash);
  }
  if (const std::size_t mark = text.find('?'); mark != std::string_view::npos) {
    if (!is_component(text.substr(mark + 1), ":@/?")) return false;
    text = text.substr(0, mark);
  }
  if (text.starts_with("//")) {
    text.remove_prefix(2);
    const std::size_t end = std::min(text.find('/'), text.size());
    if (!is_authority(text.substr(0, end))) return false;
    text.remove_prefix(end);
  }
  return is_component(text, ":@/");
}

bool is_uuid(std::string_view text) {  // RFC 4122, section 3
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

bool is_regex(std::string_view text) {
  const auto translated = translate_pattern(text);
  return translated && Regex::compile(translated->text).has_value();
}

}  // namespace

std::optional<Format> format_named(std::string_view name) {
  for (const FormatWords& words : kFormats) {
    if (words.name == name) return words.format;
  }
  return std::nullopt;
}

bool has_format(Format format, std::string_view text) {
  switch (format) {
    case Format::kDateTime:
      return text.size() > 11 && (text[10] == 'T' || text[10] == 't') && is_date(text.substr(0, 10)) &&
             is_time(text.substr(11));
    case Format::kDate:
      return is_date(text);
    case Format::kTime:
      return is_time(text);
    case Format::kEmail:
      return is_email(text);
    case Format::kHostname:
      return is_hostname(text);
    case Format::kIpv4:
      return is_ipv4(text);
    case Format::kIpv6:
      return is_ipv6(text);
    case Format::kUri:
      return is_uri(text);
    case Format::kUuid:
      return is_uuid(text);
    case Format::kRegex:
      return is_regex(text);
  }
  return true;
}

std::string_view format_example(Format format) {
  for (const FormatWords& words : kFormats) {
    if (words.format == format) return words.example;
  }
  return {};
}

}  // namespace commandcenter::schema
