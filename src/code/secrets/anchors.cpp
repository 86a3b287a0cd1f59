// Addresses, headers, commands, key files, UUIDs.
#include "code/secrets/anchors.h"

#include <algorithm>
#include <cstring>

#include "code/secrets/calls.h"
#include "code/secrets/checks.h"
#include "code/secrets/commands.h"
#include "code/secrets/devices.h"
#include "code/secrets/providers.h"
#include "code/secrets/value.h"

namespace commandcenter::code {
namespace {

constexpr std::size_t kMaxPart_bytes = 200;
constexpr std::size_t kMaxKey_bytes = 20'000;
constexpr std::uint16_t kPasswordBit = 1U << static_cast<unsigned>(KeyKind::kPassword);
constexpr std::uint16_t kAuthBit = 1U << static_cast<unsigned>(KeyKind::kAuth);

bool is_one_of(char c, std::string_view set) {
  return set.find(c) != std::string_view::npos;
}

std::size_t skip(std::string_view text, std::size_t at, std::string_view set) {
  while (at < text.size() && is_one_of(text[at], set))
    ++at;
  return at;
}

std::size_t until(std::string_view text, std::size_t at, std::string_view stops, std::size_t limit) {
  const std::size_t ceiling = std::min(text.size(), at + limit);
  while (at < ceiling && !is_one_of(text[at], stops))
    ++at;
  return at;
}

Candidate made(Form form, std::size_t begin, std::size_t end, std::uint16_t kinds) {
  Candidate candidate;
  candidate.form = form;
  candidate.begin = begin;
  candidate.end = end;
  candidate.kinds = kinds;
  candidate.op = Operator::kSpace;
  return candidate;
}

// scheme://user:password@host
std::optional<Candidate> in_url(std::string_view text, std::size_t end) {
  const std::size_t stop = until(text, end, "/?#\"'`<> \t\r\n\\|,", kMaxPart_bytes);
  const std::string_view authority = text.substr(end, stop - end);
  const std::size_t at = authority.rfind('@');
  if (at == std::string_view::npos || at + 1 >= authority.size()) return std::nullopt;
  const std::size_t colon = authority.find(':');
  if (colon == std::string_view::npos || colon + 1 >= at) return std::nullopt;
  std::size_t begin = end;
  while (begin > 0 && end - begin < 30 && (is_word(text[begin - 1]) || is_one_of(text[begin - 1], ":/+.-")))
    --begin;
  Candidate candidate = made(Form::kUrl, end + colon + 1, end + at, kPasswordBit);
  candidate.name_begin = end;
  candidate.name_end = end + colon;
  candidate.word_begin = candidate.word_end = candidate.name_end;
  return candidate;
}

std::optional<Candidate> in_bearer(std::string_view text, std::size_t end) {
  constexpr std::string_view kWord = "bearer";
  if (end > kWord.size() && is_letter(text[end - kWord.size() - 1]) && is_lower(text[end - kWord.size()]))
    return std::nullopt;  // "qgenericbearer"
  std::size_t at = skip(text, end, " \t:");
  if (at == end || at - end > 4) return std::nullopt;
  at = skip(text, at, "\\\"'`");
  std::size_t stop = at;
  while (stop < text.size() && stop - at < kMaxValue_bytes &&
         (is_word(text[stop]) || is_one_of(text[stop], "-._~+/=:%")))
    ++stop;
  while (stop > at && is_one_of(text[stop - 1], ".:"))
    --stop;
  if (stop - at < 8) return std::nullopt;
  return made(Form::kBearer, at, stop, kAuthBit);
}

std::optional<Candidate> in_basic(std::string_view text, std::size_t end) {
  const std::size_t at = skip(text, end, " ");
  std::size_t stop = at;
  while (stop < text.size() && stop - at < kMaxPart_bytes * 2 && (is_word(text[stop]) || is_one_of(text[stop], "+/=-")))
    ++stop;
  if (stop - at < 8) return std::nullopt;
  const std::string decoded = decode_base64(text.substr(at, stop - at));
  const bool printable = std::ranges::all_of(decoded, [](char c) { return c >= 0x20 && c < 0x7f; });
  if (!printable || decoded.find(':') == std::string::npos) return std::nullopt;
  return made(Form::kBasic, at, stop, kAuthBit);
}

std::optional<Candidate> jwt(std::string_view text, std::size_t end) {
  const std::size_t begin = end - 3;
  if (!begins_freely(text, begin) && !(begin >= 2 && text[begin - 2] == '\\')) return std::nullopt;
  std::size_t stop = begin;
  std::size_t dots = 0;
  while (stop < text.size() && stop - begin < 2 * kMaxValue_bytes &&
         (is_word(text[stop]) || is_one_of(text[stop], "-.=")))
    dots += text[stop++] == '.';
  while (stop > begin && text[stop - 1] == '.' && dots > 2) {
    --stop;
    --dots;
  }
  if (stop - begin < 36 || dots == 0 || !is_jwt(text.substr(begin, stop - begin))) return std::nullopt;
  return made(Form::kJwt, begin, stop, 1U << static_cast<unsigned>(KeyKind::kToken));
}

std::optional<Candidate> in_quotes(std::string_view text, std::size_t at, Form form) {
  at = skip(text, at, " \t\\");
  if (at >= text.size() || !is_one_of(text[at], "'\"")) return std::nullopt;
  const std::size_t stop = until(text, at + 1, std::string(1, text[at]) + "\\\n", kMaxPart_bytes);
  if (stop - at - 1 < kMinValue_bytes) return std::nullopt;
  return made(form, at + 1, stop, kPasswordBit);
}

// IDENTIFIED BY '…', IDENTIFIED WITH plugin BY '…'
std::optional<Candidate> in_sql(std::string_view text, std::size_t end) {
  const std::size_t stop = until(text, end, "'\"\n", 60);
  const std::string words = lower(text.substr(end, stop - end));
  const bool plugin = words.starts_with("with ") && words.find("by ") != std::string::npos;
  if (!plugin && !words.starts_with("by ")) return std::nullopt;  // prose
  constexpr std::size_t kBy_bytes = 3;
  if (words.starts_with("by ") && words != "by " && words != "by password " &&
      words != "by \\") {  // Oracle asks no quotes
    const std::size_t last = until(text, end + kBy_bytes, " \t\r\n;", kMaxPart_bytes);
    if (!is_mixed_password(text.substr(end + kBy_bytes, last - end - kBy_bytes))) return std::nullopt;
    return made(Form::kSql, end + kBy_bytes, last, kPasswordBit);
  }
  return in_quotes(text, stop, Form::kSql);
}

// A state of Terraform keeps what it has made up.
std::optional<Candidate> in_state(std::string_view text, std::size_t end) {
  constexpr std::size_t kWithin_bytes = 1'500;
  const std::size_t floor = end - std::min(end, kWithin_bytes);
  const std::string_view before = text.substr(floor, end - floor);
  const std::size_t type = before.rfind("\"type\": \"");
  if (type == std::string_view::npos || !before.substr(type + 9).starts_with("random_password\"")) return std::nullopt;
  const std::size_t stop = until(text, end, "\"\n", kMaxPart_bytes);
  return stop - end < kMinValue_bytes ? std::nullopt : std::optional(made(Form::kCommand, end, stop, kPasswordBit));
}

// Lines of hexadecimal digits that both ends of a tunnel share.
bool is_shared_key(std::string_view label, std::string_view body) {
  constexpr std::size_t kLine_bytes = 32;
  const std::size_t begin = skip(body, 0, "\\nr\r\n \t");
  return label == "OpenVPN Static key V1" && is_hex(body.substr(begin, kLine_bytes)) &&
         is_random(body.substr(begin, kLine_bytes));
}

}  // namespace

// "user:password@tcp(host)/base", "user:password@/base" of Go's drivers
std::optional<Candidate> in_source_name(std::string_view text, std::size_t end) {
  const std::size_t at = text.rfind('@', end - 1);
  const std::size_t floor = at > kMaxPart_bytes ? at - kMaxPart_bytes : 0;
  std::size_t begin = at;
  while (begin > floor && !is_one_of(text[begin - 1], "\"'` \t\r\n"))
    --begin;
  const std::size_t colon = text.substr(begin, at - begin).find(':');
  const bool quoted = begin > 0 && is_one_of(text[begin - 1], "\"'`");
  if (text[end - 1] == '/' && (!quoted || text.substr(begin, at - begin).find('/') != std::string_view::npos))
    return std::nullopt;
  if (colon == std::string_view::npos || colon == 0 || at - begin - colon - 1 < kMinValue_bytes) return std::nullopt;
  return made(Form::kUrl, begin + colon + 1, at, kPasswordBit);
}

std::optional<Candidate> find_anchored(const Source& source, Anchor anchor, std::size_t end) {
  const std::string_view text = source.text();
  switch (anchor) {
    case Anchor::kUrl:
      return in_url(text, end);
    case Anchor::kBearer:
      return in_bearer(text, end);
    case Anchor::kBasic:
      return in_basic(text, end);
    case Anchor::kJwt:
      return jwt(text, end);
    case Anchor::kCurl:
      return in_curl(text, end);
    case Anchor::kProgram:
      return in_command(text, end);
    case Anchor::kLogin:
      return in_login(text, end);
    case Anchor::kCharArray:
      return in_array(text, end);
    case Anchor::kForm:
      return in_form(text, end);
    case Anchor::kPair:
      return in_pair(text, end);
    case Anchor::kPipe:
      return before_pipe(text, end);
    case Anchor::kHeader:
      return before_header(text, end);
    case Anchor::kBot:
      return only_argument(text, end);
    case Anchor::kDriverUrl:
      return in_source_name(text, end);
    case Anchor::kSql:
      return in_sql(text, end);
    case Anchor::kPassArgument: {  // -passin pass:…
      const std::string_view before = text.substr(end - std::min<std::size_t>(end, 14), std::min<std::size_t>(end, 14));
      return before.find("-pass") != std::string_view::npos ? argument_at(text, end) : std::nullopt;
    }
    case Anchor::kSshPass: {
      const std::size_t at = text.substr(end, 4).find("-p");
      return at == std::string_view::npos ? std::nullopt : argument_at(text, skip(text, end + at + 2, " "));
    }
    case Anchor::kCommunity:
      return in_community(text, end);
    case Anchor::kAccessList:
      return in_access_list(text, end);
    case Anchor::kPrompt:
      return at_prompt(text, end);
    case Anchor::kSecureString:
      return in_quotes(text, text.substr(end).starts_with(" -String") ? end + 8 : end, Form::kCommand);
    case Anchor::kBotHeader: {
      std::size_t stop = end;
      while (stop < text.size() && stop - end < kMaxPart_bytes && (is_word(text[stop]) || is_one_of(text[stop], "-.")))
        ++stop;
      return made(Form::kBearer, end, stop, kAuthBit);
    }
    case Anchor::kState:
      return in_state(text, end);
    case Anchor::kPem:
    case Anchor::kJwk:
    case Anchor::kCluster:
    case Anchor::kDecoded:
    case Anchor::kUsers:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::pair<std::size_t, std::size_t>> find_private_key(std::string_view text, std::size_t end) {
  const std::size_t begin = end - std::min<std::size_t>(end, 11);
  if (!text.substr(begin).starts_with("-----BEGIN ")) {  // PuTTY's format
    const std::string_view file = text.substr(end, kMaxKey_bytes);
    const std::size_t lines = file.find("Private-Lines:");
    if (lines == std::string_view::npos) return std::nullopt;
    if (file.substr(0, lines).find("Encryption: none") == std::string_view::npos) return std::nullopt;
    return std::pair(end - 20, std::min(text.size(), end + lines + 400));
  }
  const std::string_view near = text.substr(end, 45);
  const std::string_view label = near.substr(0, near.find("-----"));
  if (label.size() == near.size()) return std::nullopt;
  const std::size_t dashes = end + label.size();
  const std::string_view body = text.substr(dashes + 5, kMaxKey_bytes);
  const bool named =
      label.find("PRIVATE KEY") != std::string_view::npos && label.find_first_of("()[]?*|\\") == std::string_view::npos;
  if (!(named && is_private_key(body)) && !is_shared_key(label, body)) return std::nullopt;
  const std::size_t close = body.find("-----END ");
  if (close == std::string_view::npos) return std::pair(begin, dashes + 5 + std::min<std::size_t>(body.size(), 1'000));
  const std::size_t last = body.find("-----", close + 9);
  return std::pair(begin, dashes + 5 + (last == std::string_view::npos ? close : last + 5));
}

std::optional<std::pair<std::size_t, std::size_t>> find_web_key(std::string_view text, std::size_t end) {
  constexpr std::size_t kAround_bytes = 2'000;
  constexpr std::size_t kMinPart_bytes = 20;
  if (end >= text.size() || !is_one_of(text[end], "\"'\\")) return std::nullopt;
  const std::size_t floor = end - std::min(end, kAround_bytes);
  std::size_t open = text.substr(floor, end - floor).rfind('{');
  const std::string_view behind = text.substr(end, kAround_bytes);
  const std::size_t close = end + std::min(behind.find('}'), behind.size());
  if (open == std::string_view::npos || (close - end == kAround_bytes && close < text.size())) return std::nullopt;
  open += floor;
  for (std::size_t at = open + 1; at + 1 < close; ++at) {  // "d": the private part; "k": a shared key
    if (!is_one_of(text[at], "dk") || !is_one_of(text[at - 1], "\"'") || !is_one_of(text[at + 1], "\"'\\")) continue;
    const std::size_t begin = skip(text, at + 1, "\\\"': \t");
    std::size_t stop = begin;
    while (stop < close && (is_word(text[stop]) || text[stop] == '-'))
      ++stop;
    if (stop - begin >= kMinPart_bytes && is_random(text.substr(begin, stop - begin))) return std::pair(begin, stop);
  }
  return std::nullopt;
}

std::vector<std::size_t> find_uuids(std::string_view text) {
  constexpr std::size_t kSize = 36;
  constexpr std::size_t kDash = 8;  // where its first one is
  std::vector<std::size_t> found;
  for (std::size_t dash = text.find('-', kDash); dash < text.size(); dash = text.find('-', dash + 1)) {
    const std::size_t at = dash - kDash;
    const std::size_t end = at + kSize;
    if (end > text.size()) break;
    if (text[dash + 5] != '-' || !is_uuid(text.substr(at, kSize))) continue;
    const bool free = (at == 0 || (!is_word(text[at - 1]) && text[at - 1] != '-')) &&
                      (end == text.size() || (!is_word(text[end]) && text[end] != '-'));
    if (free) found.push_back(at);
  }
  return found;
}

void find_name_before(std::string_view text, Candidate& candidate) {
  std::size_t at = candidate.begin;
  const std::size_t floor = at > 40 ? at - 40 : 0;
  const auto back = [&](std::string_view set) {
    while (at > floor && is_one_of(text[at - 1], set))
      --at;
  };
  if (at > floor && is_one_of(text[at - 1], "\"'`")) {
    candidate.quote = text[at - 1] == '"' ? Quote::kDouble : Quote::kSingle;
  }
  back("\"'`\\");
  back(" \t");
  if (at > floor && is_one_of(text[at - 1], "([,{"))
    candidate.op = text[at - 1] == '(' ? Operator::kCall : Operator::kComma;
  if (at <= floor || !is_one_of(text[at - 1], ":=>")) return;
  candidate.op = text[at - 1] == ':' ? Operator::kColon : Operator::kEquals;
  back(":=>");
  back(" \t");
  candidate.name_quoted = at > floor && is_one_of(text[at - 1], "\"'`");
  back("\"'`\\]");
  candidate.name_end = at;
  candidate.name_begin = at;
  while (candidate.name_begin > 0 && at - candidate.name_begin < kMaxName_bytes &&
         (is_word(text[candidate.name_begin - 1]) || is_one_of(text[candidate.name_begin - 1], "-.")))
    --candidate.name_begin;
  candidate.word_begin = candidate.word_end = candidate.name_end;
}

}  // namespace commandcenter::code
