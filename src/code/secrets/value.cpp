// Counting and recognising; no text is looked at more often than a few times.
#include "code/secrets/value.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/characters.h"
#include "code/secrets/model.h"
#include "code/source/source.h"

namespace commandcenter::code {
namespace {

char low(char c) {
  return is_upper(c) ? static_cast<char>(c + 32) : c;
}

// 0: lower, 1: upper, 2: digit, 3: blank, 4: foreign, 5: mark
int class_of(char c) {
  if (is_lower(c)) return 0;
  if (is_upper(c)) return 1;
  if (is_digit(c)) return 2;
  if (c == ' ' || c == '\t') return 3;
  return static_cast<unsigned char>(c) >= 0x80 ? 4 : 5;
}

constexpr std::size_t kMinGenerated_bytes = 40;  // in so long a text, marks may stand together by chance
constexpr std::size_t kMinFillerRun_bytes = 12;  // of the same character

constexpr std::string_view kRows[] = {"qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890", "abcdefghijklmnopqrstuvwxyz"};

// By small letter: what stands beside it in one of the rows.
constexpr auto kSteps = [] {
  std::array<std::array<bool, 128>, 128> steps{};
  for (const std::string_view row : kRows) {
    for (std::size_t i = 1; i < row.size(); ++i) {
      const auto a = static_cast<std::size_t>(row[i - 1]);
      const auto b = static_cast<std::size_t>(row[i]);
      steps[a][b] = steps[b][a] = true;
    }
  }
  return steps;
}();

bool is_step(char a, char b) {
  const auto from = static_cast<unsigned char>(low(a));
  const auto to = static_cast<unsigned char>(low(b));
  return from < 128 && to < 128 && kSteps[from][to];
}

bool is_word_run(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '-'; });
}

int letter_of(char c) {
  if (is_upper(c)) return c - 'A';
  if (is_lower(c)) return c - 'a';
  return is_digit(c) ? 26 : 27;
}

double step_cost(int a, int b, int c) {
  return -static_cast<double>(letter_model()[static_cast<std::size_t>((a * 28 + b) * 28 + c)]) / 16.0;
}

template <typename Take>
void for_each_part(std::string_view text, const Take& take) {
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const bool ends = i == text.size() || !is_alnum(text[i]) ||
                      (i > begin && is_upper(text[i]) && !is_upper(text[i - 1])) ||
                      (i > begin && is_digit(text[i]) != is_digit(text[i - 1])) ||
                      (i > begin + 1 && is_lower(text[i]) && is_upper(text[i - 1]) && is_upper(text[i - 2]));
    if (!ends) continue;
    std::size_t end = i;
    if (i < text.size() && is_lower(text[i]) && i > begin + 1 && is_upper(text[i - 1]) && is_upper(text[i - 2])) --end;
    if (end > begin) take(text.substr(begin, end - begin));
    begin = end;
    while (begin < text.size() && begin <= i && !is_alnum(text[begin]))
      ++begin;
    if (begin > i) i = begin - 1;
  }
}

std::size_t longest_run(std::string_view text) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    run = i > 0 && text[i - 1] == text[i] ? run + 1 : 1;
    longest = std::max(longest, run);
  }
  return longest;
}

}  // namespace

Looks looks_of(std::string_view text) {
  Looks looks;
  std::array<std::uint32_t, 256> counts{};
  std::size_t run = 0;
  std::size_t steps = 0;
  int last = -1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    ++counts[static_cast<unsigned char>(c)];
    const int kind = class_of(c);
    looks.lower += kind == 0;
    looks.upper += kind == 1;
    looks.digits += kind == 2;
    looks.blanks += kind == 3;
    looks.foreign += kind == 4;
    looks.marks += kind == 5;
    looks.changes += last >= 0 && kind != last;
    last = kind;
    run = i > 0 && text[i - 1] == c ? run + 1 : 1;
    steps = i > 0 && is_step(text[i - 1], c) ? steps + 1 : 1;
    looks.longest_run = std::max(looks.longest_run, run);
    looks.longest_steps = std::max(looks.longest_steps, steps);
  }
  for (const std::uint32_t count : counts) {
    if (count == 0) continue;
    ++looks.distinct;
    const double share = static_cast<double>(count) / static_cast<double>(text.size());
    looks.entropy -= share * std::log2(share);
  }
  return looks;
}

double wordiness(std::string_view text) {
  if (text.empty()) return 0;
  int a = 27;
  int b = 27;
  double sum = 0;
  for (const char ch : text) {
    const int c = letter_of(ch);
    sum += step_cost(a, b, c);
    a = b;
    b = c;
  }
  return (sum + step_cost(a, b, 27)) / static_cast<double>(text.size() + 1);
}

double least_wordiness(std::string_view text) {
  constexpr std::size_t kWindow = 8;
  if (text.size() <= kWindow) return wordiness(text);
  std::array<double, kWindow> costs{};
  int a = 27;
  int b = 27;
  double sum = 0;
  double least = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int c = letter_of(text[i]);
    const double cost = step_cost(a, b, c);
    sum += cost - costs[i % kWindow];
    costs[i % kWindow] = cost;
    if (i + 1 >= kWindow) least = std::min(least, sum / kWindow);
    a = b;
    b = c;
  }
  return least;
}

bool is_hex(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < 36; ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text.substr(i, 1))) return false;
  }
  return true;
}

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_digit(c) || c == '.' || c == '-' || c == '+' || c == '_' || c == ',';
  }) && std::ranges::any_of(text, is_digit);
}

bool is_path(std::string_view text) {
  if (text.starts_with("./") || text.starts_with("../") || text.starts_with("~/")) return true;
  if (text.size() > 2 && text[1] == ':' && text[2] == '\\') return true;
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || text.find(' ') != std::string_view::npos) return false;
  // each part a word
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find('/', begin), text.size());
    const std::string_view part = text.substr(begin, end - begin);
    if (part.size() > 8 && wordiness(part) < -5.0) return false;
    begin = end + 1;
  }
  return slash == 0 || text.size() < 40 || text.find('.') != std::string_view::npos;
}

bool is_address(std::string_view text) {
  if (text.find("://") != std::string_view::npos) return true;
  const std::size_t at = text.find('@');
  if (at != std::string_view::npos && at > 0 && text.find('.', at) != std::string_view::npos &&
      text.find(' ') == std::string_view::npos &&
      std::ranges::all_of(text.substr(at + 1), [](char c) { return is_alnum(c) || c == '.' || c == '-'; }))
    return true;
  for (const std::string_view end :
       {".com", ".org",  ".net", ".io",  ".local", ".dev", ".html", ".php", ".js", ".json",
        ".yml", ".yaml", ".xml", ".pem", ".key",   ".crt", ".txt",  ".md",  ".py", ".go"}) {
    if (text.ends_with(end) && text.find(' ') == std::string_view::npos) return true;
  }
  return false;
}

namespace {

// "^1.0 || ^2.0", ">=1.2, <2", "~> 1.4": the versions that will do, as package managers write them.
bool is_version_range(std::string_view text) {
  if (text.find_first_of("^~<>=") == std::string_view::npos || text.find('.') == std::string_view::npos) return false;
  while (!text.empty()) {
    const std::size_t number = text.find_first_not_of("^~<>=!|&, v");
    if (number == std::string_view::npos || !is_digit(text[number])) return false;
    const std::size_t end = std::min(text.find_first_not_of("0123456789.*x", number), text.size());
    if (end < text.size() && std::strchr("^~<>=!|&, ", text[end]) == nullptr) return false;
    text.remove_prefix(end);
  }
  return true;
}

}  // namespace

bool is_version_or_date(std::string_view text) {
  if (is_version_range(text)) return true;
  if (text.starts_with('v')) text.remove_prefix(1);
  if (text.size() < 3 || !is_digit(text[0])) return false;
  std::size_t seps = 0;
  for (const char c : text) {
    if (is_digit(c)) continue;
    if (std::strchr(".-:/TZ +x", c) == nullptr) return false;
    ++seps;
  }
  return seps > 0;
}

namespace {

// "${NAME}", "{{ name }}", "$(command)": a program fills it in. Marks by chance in a generated text are none.
bool has_template(std::string_view text) {
  struct Form {
    std::string_view open;
    std::string_view close;
  };
  static constexpr Form kForms[] = {{"${", "}"},  {"{{", "}}"},  {"#{", "}"},  {"$(", ")"}, {"%(", ")"}, {"<%", "%>"},
                                    {"{%", "%}"}, {"$[[", "]]"}, {"[[", "]]"}, {"{#", "}"}, {"{$", "}"}};
  for (const auto& [open, close] : kForms) {
    const std::size_t begin = text.find(open);
    if (begin == std::string_view::npos) continue;
    const std::size_t end = text.find(close, begin + open.size());
    if (end == std::string_view::npos) return begin == 0 || text.size() < kMinGenerated_bytes;
    const std::string_view inside = text.substr(begin + open.size(), end - begin - open.size());
    const auto foreign = std::ranges::count_if(
        inside, [](char c) { return !is_alnum(c) && std::strchr(" _.-:/\"'|()[]$,=", c) == nullptr; });
    if (foreign == 0) return true;
  }
  return text.size() < kMinGenerated_bytes && text.find("}}") != std::string_view::npos;
}

// "$6$…", "{SSHA}…", "pbkdf2_sha256$…": what is stored in place of a password.
bool is_hashed_password(std::string_view text) {
  if (text.front() == '{') {
    const std::size_t close = text.find('}');
    if (text.starts_with("{noop}")) return !is_mixed_password(text.substr(6));  // Spring: as it stands
    return close != std::string_view::npos && close > 2 && close <= 14 && text.size() > close + 8 &&
           std::ranges::all_of(text.substr(1, close - 1), [](char c) { return is_alnum(c) || c == '-'; });
  }
  for (const std::string_view scheme : {"pbkdf2", "scrypt:", "argon2", "bcrypt", "sha1$", "md5$", "sha256$"}) {
    if (text.starts_with(scheme) && text.find('$') != std::string_view::npos) return true;
  }
  if (text.starts_with("AQAAAA") && text.size() == 84) return true;             // ASP.NET
  if (text.front() == '*' && text.size() == 41) return is_hex(text.substr(1));  // MySQL
  if (text.front() != '$' || text.size() <= 3) return false;
  const std::size_t second = text.find('$', 1);
  return second != std::string_view::npos && second > 1 && second <= 10 && is_word_run(text.substr(1, second - 1));
}

// The middle is left out: "sk_l****9x", "AKIA...".
bool is_cut(std::string_view text) {
  for (const std::string_view gap : {"...", "\xe2\x80\xa6", "***", "\xe2\x80\xa2\xe2\x80\xa2"}) {
    if (text.find(gap) != std::string_view::npos) return true;
  }
  return text.find("xxxx") != std::string_view::npos || text.find("XXXX") != std::string_view::npos;
}

// Bytes of a test in hexadecimal, each as far from the one before: "000102…", "0b0b0b…", "00112233…".
bool counts_in_hex(std::string_view text) {
  constexpr std::size_t kMin_bytes = 16;
  if (text.size() < kMin_bytes || text.size() % 2 != 0 || !is_hex(text)) return false;
  if (lower(text).find("0123456789abcdef") != std::string::npos) return true;
  const auto digit = [&](std::size_t i) { return is_digit(text[i]) ? text[i] - '0' : low(text[i]) - 'a' + 10; };
  const auto byte = [&](std::size_t i) { return digit(2 * i) * 16 + digit(2 * i + 1); };
  const int step = (byte(1) - byte(0)) & 0xff;
  for (std::size_t i = 2; i < text.size() / 2; ++i) {
    if (((byte(i) - byte(i - 1)) & 0xff) != step) return false;
  }
  return true;
}

}  // namespace

bool is_placeholder(std::string_view text) {
  if (text.empty() || has_template(text) || is_cut(text)) return true;
  const auto has = [&](std::string_view part) { return text.find(part) != std::string_view::npos; };
  if (text.front() == '<' && text.back() == '>') return true;
  if (text.front() == '<' && has(">") && text.size() < kMinGenerated_bytes) return true;
  if (text.front() == '[' && text.back() == ']') return true;
  if (text.front() == '{' && text.back() == '}') return true;
  if (text.front() == '%' && text.back() == '%' && text.size() > 2) return true;
  if (text.front() == '$' && text.size() > 1 && (is_upper(text[1]) || (is_lower(text[1]) && is_words(text.substr(1)))))
    return true;
  if (text.starts_with("@@") || text.starts_with("__")) return true;
  if (text.front() == '_' && text.back() == '_' && is_scream(text.substr(1))) return true;
  if (is_hashed_password(text) || counts_in_hex(text)) return true;
  // a pattern, not what it matches
  for (const std::string_view expression : {"[a-z", "[A-Z", "[0-9", "(?", "A-Za-z", "a-zA-Z"}) {
    if (has(expression)) return true;
  }
  for (const std::string_view expression : {"\\w", "\\d", "\\s", ".*", ".+", "[^"}) {
    if (has(expression) && text.size() < kMinGenerated_bytes) return true;
  }
  if (text == "%s" || text == "%d" || text == "%v" || text == "%q" || text == "?" || text == "{}") return true;
  // one character again and again
  const std::size_t same = static_cast<std::size_t>(std::ranges::count(text, text.front()));
  if (same * 5 >= text.size() * 4 && text.size() >= 3) return true;
  if (const std::size_t run = longest_run(text); run >= kMinFillerRun_bytes && run * 2 >= text.size()) return true;
  std::size_t filler = 0;
  for (const char c : text)
    filler += std::strchr("xX*._-?#", c) != nullptr && c != '\0';
  return filler * 4 >= text.size() * 3;
}

double known_share(std::string_view text) {
  std::size_t known = 0;
  std::size_t letters = 0;
  for_each_part(text, [&](std::string_view part) {
    if (is_digit(part.front())) return;
    letters += part.size();
    if (is_common_word(lower(part))) known += part.size();
  });
  return letters == 0 ? 0 : static_cast<double>(known) / static_cast<double>(letters);
}

bool is_words(std::string_view text) {
  std::size_t words = 0;
  std::size_t scraps = 0;  // single letters and numbers
  bool all = true;
  for_each_part(text, [&](std::string_view part) {
    if (is_digit(part.front()) || part.size() < 3) {
      ++scraps;
      all = all && part.size() <= 4;
      return;
    }
    ++words;
    all = all && is_common_word(lower(part));
  });
  return all && words > 0 && scraps <= words;
}

bool is_camel(std::string_view text) {
  if (text.size() < 4 || !(is_lower(text[0]) || is_upper(text[0]))) return false;
  std::size_t humps = 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (!is_lower(text[i]) && !is_upper(text[i])) return false;
    humps += is_upper(text[i]) && is_lower(text[i - 1]);
  }
  return humps > 0 && humps * 3 <= text.size();
}

bool is_snake(std::string_view text) {
  bool joined = false;
  for (const char c : text) {
    if (c == '_' || c == '-') {
      joined = true;
    } else if (!is_lower(c) && !is_digit(c)) {
      return false;
    }
  }
  return joined && is_lower(text.front());
}

bool is_scream(std::string_view text) {
  bool joined = false;
  for (const char c : text) {
    if (c == '_') {
      joined = true;
    } else if (!is_upper(c) && !is_digit(c)) {
      return false;
    }
  }
  return joined && !text.empty() && is_upper(text.front());
}

bool is_dotted(std::string_view text) {
  bool joined = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '.') {
      if (i == 0 || i + 1 == text.size()) return false;
      joined = true;
    } else if (!is_alnum(text[i]) && text[i] != '_') {
      return false;
    }
  }
  return joined;
}

bool is_public_key(std::string_view text) {
  for (const std::string_view begin :
       {"MFwwDQYJKoZIhvc", "MIGfMA0GCSqGSIb3DQEBAQ", "MIIBIjANBgkqhkiG9w0BAQ", "MIICIjANBgkqhkiG9w0BAQ",
        "MFkwEwYHKoZIzj0", "MHYwEAYHKoZIzj0", "MCowBQYDK2V", "ssh-rsa ", "ssh-ed25519 ", "ecdsa-sha2-",
        "AAAAB3NzaC1yc2E", "AAAAC3NzaC1lZDI1NTE5", "AAAAE2VjZHNhLXNoYTI"}) {
    if (text.starts_with(begin)) return true;
  }
  return text.find("BEGIN PUBLIC KEY") != std::string_view::npos ||
         text.find("BEGIN CERTIFICATE") != std::string_view::npos;
}

bool is_random(std::string_view text) {
  const Looks looks = looks_of(text);
  if (looks.blanks > 0 || looks.longest_run > std::max<std::size_t>(4, text.size() / 6)) return false;
  if (looks.longest_steps >= 8 && looks.longest_steps * 3 > text.size()) return false;
  if (text.size() >= 12 && looks.distinct * 3 < std::min<std::size_t>(text.size(), 18)) return false;
  if (is_placeholder(text) || is_words(text)) return false;
  if (is_hex(text)) return looks.digits > 0 && looks.digits < text.size() && looks.entropy > 2.6;
  if (text.size() >= 16 && looks.digits == 0 && looks.upper * looks.lower == 0) return wordiness(text) < -4.6;
  return wordiness(text) < -3.6;
}

}  // namespace commandcenter::code
