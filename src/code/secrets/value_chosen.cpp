// What people choose, and the words of examples.
#include <algorithm>
#include <string>

#include "code/secrets/assigned.h"
#include "code/secrets/value.h"
#include "code/source/source.h"

namespace commandcenter::code {

bool has_filler_word(std::string_view text) {
  const std::string lowered = lower(text);
  for (const std::string_view word :
       {"example",  "sample",    "dummy",     "fake",    "placeholder", "changeme", "change_me", "change-me",
        "replace",  "your",      "insert",    "todo",    "fixme",       "foobar",   "redacted",  "testtest",
        "mysecret", "my_secret", "my-secret", "notreal", "not_real",    "here",     "undefined", "lorem",
        "some",     "test",      "demo",      "mock",    "invalid",     "password", "secret",    "passwd"}) {
    if (lowered.find(word) != std::string::npos) return true;
  }
  return false;
}

namespace {

// "harbour.31": no member of a thing is a number.
bool is_numbered(std::string_view text) {
  constexpr std::size_t kMinWord_bytes = 4;
  const std::size_t dot = text.find('.');
  return dot != std::string_view::npos && dot >= kMinWord_bytes && dot + 1 < text.size() && !is_digit(text[dot - 1]) &&
         std::ranges::all_of(text.substr(dot + 1), is_digit);
}

bool is_mark_of_end(char c) {
  return std::string_view("!#$%*?^+").find(c) != std::string_view::npos;
}

}  // namespace

bool is_mixed_password(std::string_view text) {
  constexpr std::size_t kMin_bytes = 8;
  constexpr std::size_t kMax_bytes = 24;
  if (text.size() < kMin_bytes || text.size() > kMax_bytes || has_filler_word(text) || is_path(text)) return false;
  if (text.find_first_of("()[]{}<> ") != std::string_view::npos || text.find("->") != std::string_view::npos ||
      text.find("::") != std::string_view::npos || (is_dotted(text) && !is_numbered(text)) || is_snake(text))
    return false;
  const Looks looks = looks_of(text);
  return looks.lower > 0 && looks.digits > 0 && looks.upper + looks.marks > 0 && looks.foreign == 0;
}

bool is_foreign_password(std::string_view text) {
  constexpr std::size_t kMin_bytes = 7;
  constexpr std::size_t kMax_bytes = 48;
  constexpr std::size_t kMinLetters_bytes = 3;
  if (text.size() < kMin_bytes || text.size() > kMax_bytes || has_filler_word(text)) return false;
  if (text.find("\xE3\x80") < text.size() || text.find("\xEF\xBC") < text.size()) return false;  // marks of sentences
  const Looks looks = looks_of(text);
  if (looks.foreign == 0 || looks.blanks > 0 || looks.digits == 0 || looks.marks > 2) return false;
  if (text.find_first_of("()[]{}<>'\"`,;:/\\") != std::string_view::npos) return false;
  std::string_view word = text;
  while (!word.empty() && is_mark_of_end(word.back()))
    word.remove_suffix(1);
  const std::size_t digits = word.size() - (word.find_last_not_of("0123456789") + 1);
  const bool latin = looks.lower + looks.upper >= kMinLetters_bytes;
  return digits == looks.digits && (latin || digits >= 2);
}

bool is_marked_word(std::string_view text) {
  constexpr std::size_t kMin_bytes = 10;
  constexpr std::size_t kMax_bytes = 24;
  constexpr std::size_t kMinPart_bytes = 4;
  if (text.size() < kMin_bytes || text.size() > kMax_bytes || has_filler_word(text)) return false;
  const auto letters = [](std::string_view part) {
    return part.size() >= kMinPart_bytes && std::ranges::all_of(part, is_letter) &&
           std::ranges::all_of(part.substr(1), [](char c) { return c >= 'a' && c <= 'z'; });
  };
  const std::size_t mark = text.find_first_of("!#*^&+");
  return mark != std::string_view::npos && letters(text.substr(0, mark)) && letters(text.substr(mark + 1));
}

bool is_numbered_word(std::string_view text) {
  constexpr std::size_t kMin_bytes = 7;
  constexpr std::size_t kMax_bytes = 20;
  constexpr std::size_t kMinLetters_bytes = 4;
  constexpr std::size_t kMinDigits_bytes = 2;
  if (text.size() < kMin_bytes || text.size() > kMax_bytes || has_filler_word(text)) return false;
  const std::size_t letters = std::min(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz"), text.size());
  if (letters < kMinLetters_bytes || text.size() - letters < kMinDigits_bytes) return false;
  if (!std::ranges::all_of(text.substr(letters), is_digit)) return false;
  for (const std::string_view other : {"admin", "user", "root", "guest", "pass", "field", "step", "version", "base",
                                       "pbkdf", "scrypt", "argon", "oauth", "hmac", "ripemd", "keccak", "blake"}) {
    if (text.starts_with(other)) return false;
  }
  return true;
}

}  // namespace commandcenter::code
