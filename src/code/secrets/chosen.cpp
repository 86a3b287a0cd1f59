// Words of names, and values that somebody thought of.
#include "code/secrets/chosen.h"

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <set>
#include <string>

#include "code/secrets/value.h"

namespace commandcenter::code {
namespace {

// "abcd efgh ijkl mnop": what Google makes for a program that cannot ask for a second factor.
bool is_app_password(std::string_view value) {
  constexpr std::size_t kSize_bytes = 19;
  constexpr std::size_t kGroup_bytes = 5;  // with its blank
  constexpr double kWords = -4.1;
  if (value.size() != kSize_bytes) return false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (i % kGroup_bytes == kGroup_bytes - 1 ? value[i] != ' ' : value[i] < 'a' || value[i] > 'z') return false;
  }
  return wordiness(value) < kWords;
}

// "7 dwarfs behind hills": what one is told to choose for a network or a key. A sentence has marks.
bool is_passphrase(std::string_view value, bool may_be_label) {
  constexpr std::ptrdiff_t kMaxBlanks = 7;
  constexpr std::size_t kMin_bytes = 10;
  if (value.size() < kMin_bytes || value.front() == ' ' || value.back() == ' ' || has_filler_word(value)) return false;
  const auto blanks = std::ranges::count(value, ' ');
  if (blanks == 0 || blanks > kMaxBlanks || value.find("  ") != std::string_view::npos) return false;
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ' || c == '-' ||
           static_cast<unsigned char>(c) >= 0x80;
  };
  if (!std::ranges::all_of(value, is_plain)) return false;
  const Looks looks = looks_of(value);
  const bool label =
      may_be_label && looks.upper == 1 && value.front() >= 'A' && value.front() <= 'Z';  // "Wrong key given"
  return looks.digits > 0 || (blanks >= 2 && !label);
}

// Directives that nothing but a password can follow.
bool is_directive(std::string_view name) {
  return std::ranges::any_of(std::initializer_list<std::string_view>{"requirepass", "masterauth", "bindpw", "rootpw"},
                             [&](std::string_view word) { return name == word; });
}

bool takes_phrase(std::string_view name) {
  return std::ranges::any_of(std::initializer_list<std::string_view>{"passphrase", "pass_phrase", "psk", "presharedkey",
                                                                     "pre_shared_key", "pre-shared-key", "psksecret"},
                             [&](std::string_view end) { return name.ends_with(end); });
}

// Of a program's environment: RESTIC_PASSWORD.
bool is_setting(std::string_view name) {
  const auto is_capital = [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; };
  return std::ranges::all_of(name, is_capital) && (name.ends_with("PASSWORD") || name.ends_with("PASSPHRASE"));
}

// No name of a thing in code has such marks.
bool is_typed(std::string_view value) {
  constexpr std::string_view kMarks = "!#$%*?^";
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return is_mixed_password(value) && std::ranges::any_of(value, [&](char c) { return !is_plain(c); }) &&
         std::ranges::all_of(value, [&](char c) { return is_plain(c) || kMarks.find(c) != std::string_view::npos; });
}

// "word word …": twelve words or more from which a wallet is made anew. Those that everybody uses for tests repeat one.
bool is_recovery_phrase(std::string_view value) {
  constexpr std::size_t kMin = 12;
  constexpr std::size_t kMax = 24;
  std::set<std::string_view> words;
  std::size_t count = 0;
  for (std::size_t at = 0; at < value.size(); ++count) {
    const std::size_t end = std::min(value.find(' ', at), value.size());
    const std::string_view word = value.substr(at, end - at);
    if (word.size() < 3 || word.size() > 8) return false;
    if (std::ranges::any_of(word, [](char c) { return c < 'a' || c > 'z'; })) return false;
    for (const std::string_view prose : {"the", "and", "you", "your", "for", "with", "from", "candy", "lizard"}) {
      if (word == prose) return false;
    }
    words.insert(word);
    at = end + 1;
  }
  return count >= kMin && count <= kMax && count % 3 == 0 && words.size() + 2 > count;
}

}  // namespace

// "author" and "authority" speak of no authorization, "bypass" and "nopasswd" of no password,
// "deepskyblue" of no key.
bool is_part_of_another(std::string_view name, std::string_view word, std::size_t at) {
  const std::string_view before = name.substr(0, at);
  const std::string_view behind = name.substr(at + word.size());
  if (word == "auth") return behind.starts_with("or") && !behind.starts_with("oriz") && !behind.starts_with("oris");
  const auto is_small = [](char c) { return c >= 'a' && c <= 'z'; };
  if (word == "token") return behind.starts_with("iz") || behind.starts_with("ise");  // "tokenizer"
  if (word == "pepper") return !behind.empty();                                       // "peppermint"
  if (word == "pw" && is_directive(name)) return false;
  if (word == "pw") return !behind.empty() || (at > 0 && std::strchr(".-_$", before.back()) == nullptr);
  if (word == "psk") return at > 0 && !behind.empty() && is_small(before.back()) && is_small(behind.front());
  if (word == "key")
    return behind.starts_with("word") || behind.starts_with("board") ||
           behind.starts_with("frame");  // "keyword-plural"
  if (word != "pass") return false;
  const bool word_follows =
      std::ranges::any_of(std::initializer_list<std::string_view>{"word", "phrase", "code", "wort"},
                          [&](std::string_view rest) { return behind.starts_with(rest); });
  const bool no = before.ends_with("no") && (at == 2 || std::strchr("_-. ", before[at - 3]) != nullptr);
  if (word_follows) return no;  // "failoverPassword", "standbyPassword"
  return no || std::ranges::any_of(
                   std::initializer_list<std::string_view>{"by", "com", "kee", "multi", "over", "under", "tres", "sur"},
                   [&](std::string_view begin) { return before.ends_with(begin); });
}

bool is_chosen(std::string_view name, std::string_view value, const Candidate& candidate, Language language) {
  const auto speaks_of = [&](KeyKind kind) { return ((candidate.kinds >> static_cast<unsigned>(kind)) & 1U) != 0; };
  if (value.starts_with("{noop}")) value.remove_prefix(6);
  if (speaks_of(KeyKind::kPassword) && is_app_password(value)) return true;
  const bool settings = language == Language::kShell || language == Language::kProperties;  // they hold no messages
  if (candidate.form == Form::kAssigned && candidate.op != Operator::kComma &&
      (takes_phrase(lower(name)) || (settings && is_setting(name))) &&
      (candidate.quote != Quote::kNone || candidate.op == Operator::kTag) && is_passphrase(value, !settings))
    return true;
  if (name == "secret" && candidate.op == Operator::kColon && candidate.quote != Quote::kNone && is_code(language) &&
      looks_of(value).upper == 0 && is_passphrase(value, true))
    return true;
  if (lower(name).ends_with("mnemonic") && is_recovery_phrase(value)) return true;
  constexpr std::size_t kMinLiteral_bytes = 6;
  if (candidate.op == Operator::kSpace && candidate.form == Form::kAssigned && !candidate.in_comment &&
      is_directive(lower(name)) && value.size() >= kMinLiteral_bytes && !has_filler_word(value) &&
      value.find_first_of(" {$") == std::string_view::npos && value != "foobared")
    return true;
  const bool given = candidate.op == Operator::kCall
                         ? lower(name).find("set") != std::string::npos  // not check("…")
                         : candidate.op != Operator::kComma && candidate.op != Operator::kCompare;
  const bool word = is_numbered_word(value) || is_foreign_password(value) || is_marked_word(value);
  if (!is_mixed_password(value) && !(candidate.form == Form::kAssigned && given && word)) return false;
  if (candidate.form == Form::kUrl && value.find('%') != std::string_view::npos) return false;  // its marks are a code
  if (candidate.form != Form::kAssigned) return speaks_of(KeyKind::kPassword);
  const std::string_view tail =
      name.substr(name.size() - std::min(candidate.name_end - candidate.word_end, name.size()));
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool whole = std::ranges::all_of(tail, is_digit) || lower(tail) == "ential" || lower(tail) == "entials" ||
                     lower(tail) == "_confirmation";
  if (name.empty() || !whole) return false;  // password2, credentials
  const bool kept = speaks_of(KeyKind::kSecret) || speaks_of(KeyKind::kCredential);
  if (kept && given && is_typed(value)) return true;
  return speaks_of(KeyKind::kPassword) || takes_phrase(lower(name)) ||
         (candidate.in_call && candidate.op == Operator::kEquals &&
          name.ends_with("auth"));  // auth=("user", "password")
}

}  // namespace commandcenter::code
