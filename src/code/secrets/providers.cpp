// Verification of tokens with RE2, in a window around the place where the database saw the trigger.
#include "code/secrets/providers.h"

#include <re2/re2.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <string>

#include "code/secrets/candidate.h"
#include "code/secrets/checks.h"

namespace commandcenter::code {
namespace {

constexpr std::size_t kWindow_bytes = 1'200;  // the longest token that is told from its neighbours

// A short trigger, or one letter many times, occurs by chance in long base64.
bool is_weak(std::string_view trigger) {
  return trigger.size() < 5 || trigger.find_first_not_of(trigger.front()) == std::string_view::npos;
}

bool within_base64(std::string_view text, std::size_t begin, std::size_t end) {
  return (begin > 0 && (text[begin - 1] == '+' || text[begin - 1] == '/')) ||
         (end < text.size() && (text[end] == '+' || text[end] == '/' || text[end] == '='));
}

// In no token.
bool ends_token(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '"' || c == '\'' || c == '(';
}

// "\x1b[32m", as it stands or written as an escape: a terminal shows what follows in colour.
bool ends_with_colour(std::string_view text) {
  constexpr std::size_t kMaxCodes_bytes = 12;
  if (!text.ends_with('m')) return false;
  text.remove_prefix(text.size() - std::min(text.size(), 2 * kMaxCodes_bytes));
  const std::size_t open = text.rfind('[');
  if (open == std::string_view::npos || open == 0 || text.size() - open > kMaxCodes_bytes) return false;
  if (text.substr(open + 1, text.size() - open - 2).find_first_not_of("0123456789;") != std::string_view::npos)
    return false;
  const std::string_view before = text.substr(0, open);
  return before.ends_with('\x1b') || before.ends_with("1b") || before.ends_with("1B") || before.ends_with("033") ||
         before.ends_with("\\e");
}

bool ends_freely(std::string_view text, std::size_t end) {
  return end >= text.size() || !is_word(text[end]) || !is_word(text[end - 1]);
}

}  // namespace

bool begins_freely(std::string_view text, std::size_t begin) {
  if (begin == 0 || !is_word(text[begin - 1]) || !is_word(text[begin])) return true;
  const std::string_view before = text.substr(0, begin);
  if (begin >= 2 && text[begin - 2] == '\\' && std::strchr("nrt", text[begin - 1]) != nullptr) return true;
  if (begin >= 3 && (text[begin - 3] == '%' || before.ends_with("=3D"))) return true;
  return (begin >= 6 && before.substr(begin - 6).starts_with("\\u00")) || ends_with_colour(before);
}

struct ProviderPatterns::Compiled {
  std::once_flag once;
  std::unique_ptr<re2::RE2> pattern;

  const re2::RE2& get(std::size_t rule) {
    std::call_once(once, [&] {
      re2::RE2::Options options;
      options.set_longest_match(true);
      options.set_log_errors(false);
      options.set_max_mem(4 << 20);
      const std::string_view text = provider_rules()[rule].pattern;
      pattern = std::make_unique<re2::RE2>(re2::StringPiece(text.data(), text.size()), options);
    });
    return *pattern;
  }
};

ProviderPatterns::ProviderPatterns() : compiled_(new Compiled[provider_rules().size()]) {}
ProviderPatterns::~ProviderPatterns() = default;

std::optional<Span> ProviderPatterns::token_at(std::size_t rule, std::string_view text, std::size_t end) const {
  const ProviderRule& known = provider_rules()[rule];
  const std::size_t trigger = end - known.trigger_text.size();
  const std::size_t window_end = std::min(text.size(), trigger + kWindow_bytes);
  std::size_t first = trigger;
  while (first > 0 && trigger - first < known.lead && !ends_token(text[first - 1]))
    --first;
  // The longest token that holds the trigger: with a lead, each beginning is tried.
  for (std::size_t begin = first; begin <= trigger; ++begin) {
    if (!begins_freely(text, begin)) continue;
    const re2::StringPiece window(text.data() + begin, window_end - begin);
    re2::StringPiece found;
    if (!compiled_[rule].get(rule).Match(window, 0, window.size(), re2::RE2::ANCHOR_START, &found, 1)) continue;
    const std::size_t token_end = begin + found.size();
    if (token_end < end || !ends_freely(text, token_end)) continue;
    if (known.check == Check::kRandom && is_weak(known.trigger_text) && within_base64(text, begin, token_end)) continue;
    return Span(begin, token_end);
  }
  return std::nullopt;
}

bool ProviderPatterns::is_token(std::size_t rule, std::string_view value) const {
  const re2::StringPiece whole(value.data(), value.size());
  return compiled_[rule].get(rule).Match(whole, 0, whole.size(), re2::RE2::ANCHOR_BOTH, nullptr, 0);
}

std::optional<Span> ProviderPatterns::token_across(std::size_t rule, std::string_view text, std::size_t end) const {
  constexpr std::size_t kMinTrigger_bytes = 4;
  constexpr std::size_t kMaxPiece_bytes = 200;
  constexpr std::size_t kMaxGap_bytes = 80;
  constexpr int kMaxPieces = 6;
  const ProviderRule& known = provider_rules()[rule];
  const std::size_t begin = end - known.trigger_text.size();
  if (known.trigger != Trigger::kLiteral || end - begin < kMinTrigger_bytes || begin == 0) return std::nullopt;
  const char mark = text[begin - 1];
  if (mark != '"' && mark != '\'') return std::nullopt;
  std::string token;
  std::size_t first_end = 0;
  std::size_t at = begin;
  for (int piece = 0; piece < kMaxPieces; ++piece) {
    std::size_t stop = at;
    while (stop < text.size() && stop - at < kMaxPiece_bytes &&
           (is_word(text[stop]) || std::strchr("-.=/+", text[stop]) != nullptr))
      ++stop;
    if (stop >= text.size() || text[stop] != mark) return std::nullopt;
    token += text.substr(at, stop - at);
    if (piece == 0) first_end = stop;
    at = text.find_first_not_of(" \t\r\n+.\\", stop + 1);
    if (at == std::string_view::npos || at - stop > kMaxGap_bytes || text[at++] != mark) break;
  }
  const bool split = token.size() > first_end - begin;
  if (!split || !is_token(rule, token) || check_token(known.check, token) == Verdict::kNo) return std::nullopt;
  return Span(begin, first_end);
}

const ProviderRule* ProviderPatterns::token_in(std::string_view text) const {
  const auto rules = provider_rules();
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const std::string_view trigger = rules[i].trigger_text;
    if (rules[i].trigger == Trigger::kWord || trigger.size() < 3 || rules[i].severity == Severity::kLow) continue;
    for (std::size_t at = text.find(trigger); at != std::string_view::npos; at = text.find(trigger, at + 1)) {
      const auto span = token_at(i, text, at + trigger.size());
      if (span && check_token(rules[i].check, text.substr(span->first, span->second - span->first)) != Verdict::kNo)
        return &rules[i];
    }
  }
  return nullptr;
}

}  // namespace commandcenter::code
