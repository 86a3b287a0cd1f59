// Values of headers: what protects and what only looks as if it did.
#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "code/headers/site.h"
#include "code/headers/words.h"

namespace commandcenter::code::headers {
namespace {

constexpr long kMinHsts_s = 15'552'000;  // 180 days
constexpr std::size_t kMaxDigits = 15;

struct NameRow {
  std::string_view name;
  Header header;
  bool report_only;
};
constexpr auto kNames = std::to_array<NameRow>({
    {"content-security-policy", Header::kCsp, false},
    {"content-security-policy-report-only", Header::kCsp, true},
    {"strict-transport-security", Header::kHsts, false},
    {"x-frame-options", Header::kFrameOptions, false},
    {"x-content-type-options", Header::kContentTypeOptions, false},
    {"referrer-policy", Header::kReferrer, false},
    {"permissions-policy", Header::kPermissions, false},
    {"cross-origin-opener-policy", Header::kCoop, false},
    {"cross-origin-resource-policy", Header::kCorp, false},
});

// The sources of a directive of a policy; nothing when the policy does not have it.
std::optional<std::vector<std::string>> directive(std::string_view policy, std::string_view name) {
  for (const std::string_view part : split(policy, ';')) {
    std::vector<std::string> words;
    for (const std::string_view word : fields(part))
      words.push_back(lowered(word));
    if (words.empty() || words.front() != name) continue;
    words.erase(words.begin());
    return words;
  }
  return std::nullopt;
}

// One policy. Browsers ignore 'unsafe-inline' beside a nonce or a hash.
std::string csp_weakness(std::string_view policy) {
  auto sources = directive(policy, "script-src");
  const std::string_view from = sources ? "script-src" : "default-src";
  if (!sources) sources = directive(policy, "default-src");
  if (!sources) return {};
  const auto has = [&](std::string_view word) { return std::ranges::find(*sources, word) != sources->end(); };
  const bool exact = std::ranges::any_of(*sources, [](const std::string& source) {
    return source.starts_with("'nonce-") || source.starts_with("'sha256-") || source.starts_with("'sha384-") ||
           source.starts_with("'sha512-");
  });
  if (has("'unsafe-inline'") && !exact) return fmt::format("{} allows 'unsafe-inline'", from);
  if (has("'unsafe-eval'")) return fmt::format("{} allows 'unsafe-eval'", from);
  if (has("*") && !has("'strict-dynamic'")) return fmt::format("{} allows scripts from everywhere (*)", from);
  return {};
}

std::string hsts_weakness(std::string_view value) {
  for (const std::string_view part : split(value, ';')) {
    const std::string text = lowered(trimmed(part));
    if (!text.starts_with("max-age")) continue;
    std::string digits;
    for (const char c : text.substr(7)) {
      if (std::isdigit(static_cast<unsigned char>(c)) != 0) digits += c;
    }
    if (digits.empty()) return text.find_first_of("{$%") != std::string::npos ? "" : "max-age has no number";
    const long seconds = digits.size() > kMaxDigits ? kMinHsts_s : std::stol(digits);
    if (seconds < kMinHsts_s) return fmt::format("max-age={} is less than {} (180 days)", seconds, kMinHsts_s);
    return {};
  }
  return "it has no max-age";
}

std::string referrer_weakness(std::string_view value) {
  static constexpr auto kPolicies = std::to_array<std::string_view>(
      {"no-referrer", "no-referrer-when-downgrade", "same-origin", "origin", "strict-origin",
       "origin-when-cross-origin", "strict-origin-when-cross-origin", "unsafe-url"});
  std::string last;  // browsers take the last word that they know
  for (const std::string_view part : split(value, ',')) {
    const std::string word = lowered(trimmed(part));
    if (std::ranges::find(kPolicies, word) != kPolicies.end()) last = word;
  }
  if (last.empty()) return "it names no policy that browsers know";
  if (last == "unsafe-url" || last == "no-referrer-when-downgrade")
    return fmt::format("{} sends the full address to other sites", last);
  return {};
}

std::string permissions_weakness(std::string_view value) {
  if (trimmed(value).empty()) return "it is empty";
  if (value.find('=') == std::string_view::npos)
    return "it is written as the old Feature-Policy, which browsers ignore";
  for (const std::string_view part : split(value, ',')) {
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) continue;
    std::string allowed(trimmed(part.substr(equals + 1)));
    std::ranges::replace(allowed, '(', ' ');
    std::ranges::replace(allowed, ')', ' ');
    for (const std::string_view word : fields(allowed)) {
      if (word == "*") return fmt::format("{} is granted to every origin (*)", trimmed(part.substr(0, equals)));
    }
  }
  return {};
}

}  // namespace

Named header_of(std::string_view name) {
  const std::string text = lowered(trimmed(name));
  for (const NameRow& row : kNames) {
    if (row.name == text) return {true, row.header, row.report_only};
  }
  return {};
}

std::string weakness(Header header, std::string_view value) {
  const std::string word = lowered(trimmed(value));
  switch (header) {
    case Header::kCsp:
      return csp_weakness(value);
    case Header::kHsts:
      return hsts_weakness(value);
    case Header::kFrameOptions:
      if (word == "deny" || word == "sameorigin") return {};
      return fmt::format("\"{}\" is neither DENY nor SAMEORIGIN, so browsers ignore it", trimmed(value));
    case Header::kContentTypeOptions:
      if (word == "nosniff") return {};
      return fmt::format("\"{}\" is not nosniff", trimmed(value));
    case Header::kReferrer:
      return referrer_weakness(value);
    case Header::kPermissions:
      return permissions_weakness(value);
    case Header::kCoop:
      return word == "unsafe-none" ? "unsafe-none keeps no other window out" : "";
    case Header::kCorp:
      return word == "cross-origin" ? "cross-origin lets every site embed the resources" : "";
  }
  return {};
}

}  // namespace commandcenter::code::headers
