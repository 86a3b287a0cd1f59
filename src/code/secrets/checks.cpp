// Checksums and structures.
#include "code/secrets/checks.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "code/secrets/value.h"
#include "code/source/source.h"

namespace commandcenter::code {
namespace {

constexpr std::string_view kBase62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

std::uint32_t crc32(std::string_view text) {
  std::uint32_t crc = 0xffffffffU;
  for (const char c : text) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit)
      crc = (crc >> 1) ^ (0xedb88320U & (0U - (crc & 1U)));
  }
  return ~crc;
}

// Some tokens begin with a row of the same letter.
std::string_view without_head(std::string_view token) {
  const std::size_t run = std::min(token.find_first_not_of('A'), token.size());
  return run >= 20 && run < token.size() ? token.substr(run) : token;
}

// What follows the mark of the issuer.
std::string_view body_of(std::string_view token) {
  constexpr std::size_t kMaxMark_bytes = 16;
  token.remove_prefix(token.find_last_of("/=:") + 1);  // npos counts as 0
  const std::size_t mark = token.substr(0, kMaxMark_bytes).find_first_of("_-.");
  return mark == std::string_view::npos ? token : token.substr(mark + 1);
}

// "hf_ConvertWeightsOfTheEncoder", "ghp_thisIsNotARealToken": a name in code, or somebody's joke.
bool is_made_of_words(std::string_view token) {
  constexpr std::size_t kMin_bytes = 16;
  constexpr double kWords = -4.1;  // of 16 random letters, one in 100,000 is so much like a word
  const std::string_view body = body_of(token);
  return body.size() >= kMin_bytes && looks_of(body).digits * 8 <= body.size() && wordiness(body) > kWords;
}

// "a1a1a1…": two characters in turn.
bool repeats_a_pair(std::string_view token) {
  std::size_t run = 0;
  std::size_t longest = 0;
  for (std::size_t i = 2; i < token.size(); ++i) {
    run = token[i] == token[i - 2] ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest >= 10 && longest * 2 >= token.size();
}

// Documented examples and filled-in patterns look like tokens but are not as random as one.
bool looks_made_up(std::string_view token) {
  token = without_head(token);
  const Looks looks = looks_of(token);
  const std::string lowered = lower(token);
  for (const std::string_view word :
       {"example", "xxxx", "your", "changeme", "placeholder", "redacted", "dummy", "sample", "replace", "insert",
        "abcdefgh", "12345678", "deadbeef", "0000000", "fffffff", "eby8vdm02xnocqf", "ac0974bec39a17e3"}) {
    if (lowered.find(word) != std::string::npos) return true;
  }
  if (looks.longest_run >= 6 && looks.longest_run * 5 >= token.size()) return true;
  if (repeats_a_pair(token)) return true;
  if (looks.longest_steps >= 10 && looks.longest_steps * 4 >= token.size()) return true;
  return token.size() >= 16 && looks.distinct < 6;
}

int sextet(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  return c == '/' || c == '_' ? 63 : -1;
}

}  // namespace

std::string github_checksum(std::string_view body) {
  std::uint32_t crc = crc32(body);
  std::string text(6, '0');
  for (std::size_t i = 6; i > 0; --i) {
    text[i - 1] = kBase62[crc % 62];
    crc /= 62;
  }
  return text;
}

Verdict check_token(Check check, std::string_view token) {
  if (looks_made_up(token) || (check != Check::kBucket && is_made_of_words(token))) return Verdict::kNo;
  token = without_head(token);
  switch (check) {
    case Check::kNone:
      return Verdict::kMaybe;
    case Check::kRandom:
      return is_random(token) ? Verdict::kMaybe : Verdict::kNo;
    case Check::kGithub: {
      const std::size_t body = token.find('_') + 1;
      if (token.size() < body + 12) return Verdict::kNo;
      const bool right = github_checksum(token.substr(body, token.size() - body - 6)) == token.substr(token.size() - 6);
      return right ? Verdict::kSure : is_random(token.substr(body)) ? Verdict::kMaybe : Verdict::kNo;
    }
    case Check::kDiscord: {  // the first part is a number in base64
      const std::string number = decode_base64(token.substr(0, token.find('.')));
      const bool digits =
          number.size() >= 16 && std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; });
      return digits ? Verdict::kSure : is_random(token) ? Verdict::kMaybe : Verdict::kNo;
    }
    case Check::kBucket: {
      const std::string_view name = token.substr(0, token.find('.'));
      for (const std::string_view common : {"bucket", "mybucket", "my-bucket", "bucketname", "bucket-name",
                                            "examplebucket", "project", "your-project", "app", "foo", "example"}) {
        if (name == common) return Verdict::kNo;
      }
      return Verdict::kMaybe;
    }
  }
  return Verdict::kNo;
}

std::string decode_base64(std::string_view text) {
  while (text.ends_with('='))
    text.remove_suffix(1);
  if (text.size() % 4 == 1) return {};
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int six = sextet(c);
    if (six < 0) return {};
    bits = (bits << 6) | static_cast<std::uint32_t>(six);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out.push_back(static_cast<char>((bits >> count) & 0xff));
    }
  }
  return out;
}

bool is_jwt(std::string_view token) {
  const std::size_t dot = token.find('.');
  if (dot == std::string_view::npos) return false;
  const std::string header = decode_base64(token.substr(0, dot));
  if (header.size() < 10 || header.front() != '{' || header.find('"') == std::string::npos) return false;
  const std::size_t second = std::min(token.find('.', dot + 1), token.size());
  const std::string payload = decode_base64(token.substr(dot + 1, second - dot - 1));
  return payload.size() >= 2 && payload.front() == '{';
}

namespace {

// Lines of a key are long; words of code between the marks of it are not.
bool has_long_line(std::string_view body) {
  constexpr std::size_t kMinLine_bytes = 30;
  constexpr std::size_t kWithin_bytes = 600;
  std::size_t run = 0;
  for (const char c : body.substr(0, kWithin_bytes)) {
    run = sextet(c) >= 0 && c != '-' && c != '_' ? run + 1 : 0;
    if (run >= kMinLine_bytes) return true;
  }
  return false;
}

}  // namespace

bool is_private_key(std::string_view body) {
  constexpr std::size_t kMinKey_bytes = 40;
  if (body.substr(0, 200).find("ENCRYPTED") != std::string_view::npos || !has_long_line(body)) return false;
  std::string packed;
  for (std::size_t i = 0; i < body.size() && packed.size() < 8192; ++i) {
    const char c = body[i];
    if (c == '-' && body.substr(i).starts_with("-----")) break;
    if (c == '\\' && i + 1 < body.size()) {  // a line break written as \n, \r or \\n
      while (i + 1 < body.size() && body[i + 1] == '\\')
        ++i;
      ++i;
      continue;
    }
    if (sextet(c) >= 0 && c != '-' && c != '_') packed.push_back(c);
  }
  packed.resize(packed.size() / 4 * 4);
  const std::string bytes = decode_base64(packed);
  if (bytes.size() < kMinKey_bytes) return false;
  if (bytes.starts_with("openssh-key-v1")) return true;
  const Looks looks = looks_of(packed);
  return (bytes[0] == 0x30 || looks.entropy > 4.5) && looks.distinct > 20;
}

}  // namespace commandcenter::code
