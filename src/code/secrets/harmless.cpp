// Each of these is what a programmer means by "key" or "pass" when it opens nothing.
#include "code/secrets/harmless.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <initializer_list>
#include <vector>

#include "base/characters.h"
#include "code/secrets/value.h"

namespace commandcenter::code {
namespace {

constexpr std::uint16_t bit(KeyKind kind) {
  return static_cast<std::uint16_t>(1U << static_cast<unsigned>(kind));
}

bool has_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

// Nobody makes it up: long, and by chance.
bool is_generated(std::string_view value) {
  constexpr std::size_t kMin_bytes = 16;
  return value.size() >= kMin_bytes && is_random(value);
}

// The name speaks of a key or an interface, and of nothing that has to be kept.
bool is_mere_key(const Candidate& candidate) {
  return candidate.kinds == bit(KeyKind::kKey) || candidate.kinds == bit(KeyKind::kApi);
}

// The number by which OpenPGP calls a public key: "GPG_KEY=…", "--recv-keys …", "key-id: …".
bool is_key_number(std::string_view before, std::string_view name, std::string_view value) {
  if (value.starts_with("0x")) value.remove_prefix(2);
  if ((value.size() != 40 && value.size() != 16 && value.size() != 8) || !is_hex(value)) return false;
  if (has_one_of(name, {"gpg", "pgp", "recv-key", "recv_key", "keyserver"})) return true;
  const bool small = std::ranges::any_of(value, [](char c) { return c >= 'a'; });
  return !small && (has_one_of(name, {"key-id", "key_id", "keyid"}) || has_one_of(before, {"gpg ", "apt-key "}));
}

// "checksum/secret": Helm's mark by which pods start again when a secret changes.
bool is_checksum(std::string_view text, const Candidate& candidate, std::string_view value) {
  return text.substr(0, candidate.name_begin).ends_with("checksum/") && is_hex(value);
}

// "arn:aws:secretsmanager:eu-west-1:…:secret:prod/db": its parts are no names of values.
bool is_in_resource_name(std::string_view text, const Candidate& candidate) {
  constexpr std::size_t kMax_bytes = 100;
  const std::size_t floor = candidate.name_begin - std::min(candidate.name_begin, kMax_bytes);
  std::size_t begin = candidate.name_begin;
  while (begin > floor && (is_letter(text[begin - 1]) || is_digit(text[begin - 1]) || text[begin - 1] == ':' ||
                           text[begin - 1] == '-' || text[begin - 1] == '*'))
    --begin;
  return begin < candidate.name_begin && text.substr(begin).starts_with("arn:aws");
}

// "HHH-3032"
bool is_ticket(std::string_view value) {
  const std::size_t dash = value.find('-');
  if (dash == std::string_view::npos || dash < 2 || dash > 10 || value.size() - dash < 2 || value.size() - dash > 7)
    return false;
  return std::ranges::all_of(value.substr(0, dash), is_upper) && std::ranges::all_of(value.substr(dash + 1), is_digit);
}

// Where in a tree a value lies, not the value.
bool is_place(std::string_view value) {
  if (value.starts_with("arn:aws")) return true;
  if (value.starts_with("./") || value.starts_with("../")) return is_path(value);
  return value.starts_with('/') && is_path(value) && !is_generated(value);
}

// "SHA256:…", "sha512-…": of something that may be known.
bool is_fingerprint(std::string_view value) {
  for (const std::string_view digest : {"SHA256:", "SHA512:", "sha256:", "sha512:", "sha256-", "sha384-", "sha512-"}) {
    if (value.starts_with(digest)) return true;
  }
  if (value.size() < 23 || value.size() % 3 != 2) return false;  // "FE:E4:EC:53:24:F0:95:95"
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (i % 3 == 2 ? value[i] != ':' : !is_hex(value.substr(i, 1))) return false;
  }
  return true;
}

// "#d8dee9"
bool is_colour(std::string_view value) {
  return value.starts_with('#') && (value.size() == 4 || value.size() == 7 || value.size() == 9) &&
         is_hex(value.substr(1));
}

// A contract or an account of Ethereum: everybody may know it. A private key is longer.
bool is_account(std::string_view value) {
  return value.size() == 42 && value.starts_with("0x") && is_hex(value.substr(2));
}

// {0, 1, 2, 3, …}, {15, 14, 13, …}, {1, 0, 0, 0, …}: bytes of a test. One may be another.
bool is_counting_list(const Candidate& candidate, std::string_view value) {
  if (!candidate.in_list || candidate.quote != Quote::kNone) return false;
  std::vector<int> numbers;
  for (std::size_t at = 0; at < value.size();) {
    const std::size_t end = std::min(value.find(',', at), value.size());
    std::string_view number = value.substr(at, end - at);
    number.remove_prefix(std::min(number.find_first_not_of(" \t\r\n"), number.size()));
    const bool hex = number.starts_with("0x");
    const std::string_view bare = hex ? number.substr(2) : number;
    int digits = 0;
    const auto read = std::from_chars(bare.data(), bare.data() + bare.size(), digits, hex ? 16 : 10);
    if (read.ec != std::errc() && end < value.size()) return false;
    numbers.push_back(digits);
    at = end + 1;
  }
  const auto others = [&](int step) {
    std::ptrdiff_t count = 0;
    for (std::size_t i = 1; i < numbers.size(); ++i)
      count += numbers[i] != numbers[i - 1] + step;
    return count;
  };
  return std::ranges::any_of(std::initializer_list<int>{-1, 0, 1}, [&](int step) { return others(step) <= 1; });
}

// [40, 56, 64, 80]: sizes, groups; a key has more bytes.
bool is_short_list(const Candidate& candidate, std::string_view value) {
  constexpr std::ptrdiff_t kMinKey_bytes = 16;
  return candidate.in_list && candidate.quote == Quote::kNone && std::ranges::count(value, ',') + 1 < kMinKey_bytes;
}

// "0x0B96": a constant of a library that draws in passes.
bool is_constant(std::string_view value) {
  return value.size() <= 10 && value.starts_with("0x") && is_hex(value.substr(2));
}

// 'prefix-' . $name, "%s-key" % name
bool is_part(std::string_view text, const Candidate& candidate, std::string_view value) {
  if (candidate.quote != Quote::kSingle && candidate.quote != Quote::kDouble) return false;
  std::size_t at = candidate.end + 1;
  const std::size_t from = at;
  while (at < text.size() && text[at] == ' ')
    ++at;
  if (at + 1 >= text.size()) return false;
  if (text.substr(at).starts_with(".format(") && value.find('{') != std::string_view::npos) return true;
  const bool variable = text[at + 1] == ' ' || text[at + 1] == '$' || is_letter(text[at + 1]);
  if (text[at] == '%' && at > from && value.find('%') != std::string_view::npos) return true;
  if (is_generated(value)) return false;
  if (text[at] == '.' && (at == from ? text[at + 1] != '$' : !variable)) return false;
  return (text[at] == '.' || text[at] == '+') && variable;
}

// getKey("…"), has_key("…"): asked for by its name.
bool is_asked_for(const Candidate& candidate, std::string_view name, std::string_view value) {
  if (candidate.op != Operator::kCall || is_generated(value)) return false;
  name.remove_prefix(name.rfind('.') + 1);  // npos counts as 0
  constexpr auto kVerbs = std::to_array<std::string_view>(
      {"get", "has", "make", "is", "contains", "remove", "find", "delete", "by", "with", "put", "load"});
  return std::ranges::any_of(kVerbs, [&](std::string_view verb) { return name.starts_with(verb); });
}

// "client_id", "private_key_id", "kmsKeyId": by which number something is called, not what it is kept by.
bool is_number_of_another(std::string_view name, std::string_view value) {
  if (!name.ends_with("id") || value.starts_with("AK")) return false;
  name.remove_suffix(2);
  if (name.ends_with('_') || name.ends_with('-') || name.ends_with('.')) name.remove_suffix(1);
  return name.ends_with("client") || name.ends_with("key");
}

// "vfmadd213ss": what an instruction is called; a phrase has a dozen words.
bool is_instruction(std::string_view name, std::string_view value) {
  constexpr std::ptrdiff_t kMinBlanks = 11;
  if (name.ends_with("pepper")) return !is_generated(value);  // for dishes, too
  return name.ends_with("mnemonic") && std::ranges::count(value, ' ') < kMinBlanks;
}

// A place in a list, a row of a cache, what two ends of a socket greet each other with.
bool names_no_secret(std::string_view name) {
  return has_one_of(
      name,
      {"cache_key",         "cache-key",  "cachekey",   "next_token",    "nexttoken",          "next_page",
       "nextpage",          "page_token", "page-token", "pagetoken",     "continuation_token", "continuation-token",
       "continuationtoken", "sync_token", "synctoken",  "sec-websocket", "secwebsocket",       "sec_websocket",
       "keyhandle",         "key_handle", "sitekey",    "site_key",      "site-key",           "disabled-password",
       "disabled_password"});
}

// "sign-key-sha3-384", "PUBKEY_SHA": by which sum a key is called.
bool is_sum_of_key(std::string_view name) {
  return has_one_of(name, {"sha1", "sha2", "sha3", "sha5", "md5", "fingerprint", "thumbprint"}) ||
         name.ends_with("sha");
}

// "golang.org/x/oauth2 bf48bf…": the state of a package that is called so.
bool is_revision(std::string_view text, const Candidate& candidate, std::string_view value) {
  constexpr std::size_t kSha1_bytes = 40;
  return value.size() == kSha1_bytes && is_hex(value) && candidate.op == Operator::kSpace &&
         text.substr(0, candidate.name_end)
                 .substr(text.substr(0, candidate.name_begin).find_last_of(" \t\r\n\"'") + 1)
                 .find('/') != std::string_view::npos;
}

// "kpasswd 464/udp", "sample_token 20220623", "PW Palau": of a table of services, versions, countries.
bool is_cell_of_table(std::string_view text, const Candidate& candidate, std::string_view value) {
  constexpr std::size_t kDate_bytes = 8;
  if (candidate.op != Operator::kSpace || candidate.quote != Quote::kNone) return false;
  const bool password = (candidate.kinds & bit(KeyKind::kPassword)) != 0;  // which may be a date, too
  const std::string_view number = value.substr(0, value.find('/'));
  const bool port = value.ends_with("/tcp") || value.ends_with("/udp");
  const bool date = value.size() == kDate_bytes && !password;
  return text.substr(candidate.name_begin, candidate.name_end - candidate.name_begin) == "PW" ||
         ((port || date) && std::ranges::all_of(number, is_digit));
}

// "$PWD": where a shell stands.
bool is_folder_of_shell(std::string_view text, const Candidate& candidate) {
  const std::string_view name = text.substr(candidate.name_begin, candidate.name_end - candidate.name_begin);
  const std::string_view before = text.substr(0, candidate.name_begin);
  return (name == "PWD" || name == "OLDPWD") && (before.ends_with('$') || before.ends_with("${"));
}

// proxy_pass upstream:5000; of nginx.
bool is_passed_on(const Candidate& candidate, std::string_view name) {
  return candidate.op == Operator::kSpace && candidate.quote == Quote::kNone && name.ends_with("_pass") &&
         has_one_of(name, {"proxy", "fastcgi", "uwsgi", "scgi", "grpc", "memcached", "ajp"});
}

// Pattern.compile("…"), new RegExp("…")
bool is_expression(std::string_view text, const Candidate& candidate) {
  constexpr std::size_t kCallee_bytes = 24;
  if (candidate.quote == Quote::kNone || candidate.begin == 0) return false;
  const std::size_t begin = candidate.begin - std::min(candidate.begin, kCallee_bytes);
  std::string_view callee = text.substr(begin, candidate.begin - 1 - begin);
  if (callee.ends_with('r') || callee.ends_with('@')) callee.remove_suffix(1);
  return callee.ends_with("ompile(") || callee.ends_with("RegExp(") || callee.ends_with("Regex(") ||
         callee.ends_with("Regexp.new(");
}

// newToken("(word", 7, 17): of a text that is taken apart.
bool is_part_of_text(const Candidate& candidate, std::string_view name, std::string_view value) {
  name.remove_prefix(name.rfind('.') + 1);  // npos counts as 0
  return candidate.op == Operator::kCall && !is_generated(value) &&
         (name == "token" || name == "tokens" || name == "newtoken");
}

// "\u4e00\u4e8c" are words, "\x00\x00\x00\x05" is a number.
bool is_escaped_text(const Candidate& candidate, std::string_view value) {
  if ((candidate.kinds & bit(KeyKind::kPassword)) != 0) return false;
  std::size_t letters = 0;
  for (std::size_t at = value.find("\\u"); at != std::string_view::npos; at = value.find("\\u", at + 1))
    ++letters;
  constexpr std::size_t kLetter_bytes = 6;
  return letters * kLetter_bytes * 2 > value.size() || value.find("\\x00\\x00\\x00") != std::string_view::npos;
}

// "$2a$07$": which way to hash, without what is hashed.
bool is_method_of_crypt(std::string_view value) {
  constexpr std::size_t kMax_bytes = 10;
  return value.size() <= kMax_bytes && value.ends_with('$') && value.find("$2") != std::string_view::npos;
}

// org.example.log.Factory
bool is_class_name(std::string_view value) {
  constexpr std::ptrdiff_t kMinDots = 2;
  const std::size_t last = value.rfind('.');
  if (last == std::string_view::npos || std::ranges::count(value, '.') < kMinDots) return false;
  const std::string_view name = value.substr(last + 1);
  return !name.empty() && is_upper(name[0]) && std::ranges::all_of(name, is_word) && is_lower(value[0]) &&
         std::ranges::all_of(value.substr(0, last), [](char c) { return is_lower(c) || is_digit(c) || c == '.'; });
}

// {Key: "retries", Value: …}: the name of what follows.
bool is_name_of_pair(std::string_view text, const Candidate& candidate, std::string_view name, std::string_view value) {
  if (name != "key" || candidate.quote == Quote::kNone || is_generated(value)) return false;
  std::string_view behind = text.substr(std::min(candidate.end + 1, text.size()));
  behind.remove_prefix(std::min(behind.find_first_not_of(", \t\r\n\"'"), behind.size()));
  return behind.starts_with("value") || behind.starts_with("Value");
}

// What a password becomes before it is stored: "PWD_MD5", "hashed_password".
bool is_stored_hash(const Candidate& candidate, std::string_view name, std::string_view value) {
  constexpr std::size_t kMin_bytes = 32;
  return candidate.kinds == bit(KeyKind::kPassword) && value.size() >= kMin_bytes && is_hex(value) &&
         has_one_of(name, {"hash", "md5", "sha1", "sha256", "sha512", "_sha", "digest", "crypted"});
}

// "token.py": "2c26b4…": the sum of a file that is called so.
bool is_sum_of_file(const Candidate& candidate, std::string_view name, std::string_view value) {
  constexpr std::size_t kMin_bytes = 8;
  if (!candidate.name_quoted || value.size() < kMin_bytes || !is_hex(value)) return false;
  const std::size_t dot = name.rfind('.');
  return dot != std::string_view::npos &&
         has_one_of(name.substr(dot), {".py", ".js", ".ts", ".css", ".json", ".txt", ".md", ".go", ".java", ".rb",
                                       ".php", ".html", ".svg", ".png", ".map", ".yml", ".yaml", ".xml", ".rs"});
}

// https://…/badge.svg?token=…: everybody sees the picture, and its address.
bool is_of_badge(std::string_view text, const Candidate& candidate) {
  constexpr std::size_t kAddress_bytes = 200;
  if (!candidate.in_query) return false;
  const std::size_t begin = candidate.name_begin - std::min(candidate.name_begin, kAddress_bytes);
  std::string_view before = text.substr(begin, candidate.name_begin - begin);
  before.remove_prefix(before.find_last_of(" \t\r\n\"'`()<>[]") + 1);  // npos counts as 0
  return before.find(".svg?") != std::string_view::npos || before.find("badge.png?") != std::string_view::npos;
}

// message Changed { Password old_password = 7; }
bool is_field_number(const Source& source, const Candidate& candidate) {
  return candidate.quote == Quote::kNone && source.path().ends_with(".proto");
}

// "quantumTasks": no letters by chance.
bool is_words_only(std::string_view value) {
  constexpr double kWords = -4.1;
  return std::ranges::all_of(value, is_letter) && wordiness(value) > kWords;
}

// "squid[cacheHttpHits.60]", "truenas.zfs.zvols.discovery": what is measured, by its parts.
bool is_of_named_parts(std::string_view value) {
  constexpr std::string_view kBetween = ".[],_-:/= ";
  constexpr std::size_t kShort_bytes = 5;
  constexpr double kWords = -5;  // with what is abbreviated
  if (value.find_first_of(".[") == std::string_view::npos) return false;
  while (!value.empty()) {
    std::string_view part = value.substr(0, value.find_first_of(kBetween));
    value.remove_prefix(std::min(part.size() + 1, value.size()));
    part.remove_prefix(std::min(part.find_first_not_of("0123456789"), part.size()));
    part = part.substr(0, part.find_last_not_of("0123456789") + 1);
    if (!std::ranges::all_of(part, is_letter)) return false;
    if (part.size() > kShort_bytes && wordiness(part) <= kWords) return false;
  }
  return true;
}

// "jmx[…]", "zabbix[queue,10m]": an item of a monitor, with its parameters.
bool is_item(std::string_view value) {
  constexpr std::size_t kMaxName_bytes = 40;
  const std::size_t open = value.find('[');
  return open >= 2 && open <= kMaxName_bytes && value.ends_with(']') && is_lower(value[0]) &&
         std::ranges::all_of(value.substr(0, open), [](char c) { return is_word(c) || c == '.' || c == '-'; });
}

// "M15 6a1.5 1.5 0 01-1.5-1.5zm…": a path of SVG.
bool is_drawing(std::string_view value) {
  constexpr std::size_t kMin_bytes = 20;
  constexpr std::string_view kSigns = "MmLlHhVvCcSsQqTtAaZz0123456789 .,-+";
  return value.size() >= kMin_bytes && (value[0] == 'M' || value[0] == 'm') &&
         (is_digit(value[1]) || value[1] == ' ' || value[1] == '-') &&
         std::ranges::count_if(value, [](char c) { return c == ' ' || c == '.' || c == ','; }) > 2 &&
         value.find_first_not_of(kSigns) == std::string_view::npos;
}

// 'key' => 'reportusrgrpid', CSRF_SESSION_KEY = '_csrftoken': where something lies, by its name.
bool is_name_of_place(std::string_view name, std::string_view value) {
  constexpr std::size_t kMaxName_bytes = 24;
  if (value.size() > kMaxName_bytes || !std::ranges::all_of(value, [](char c) { return is_lower(c) || c == '_'; }))
    return false;
  return name == "key" || has_one_of(value, {"token", "session", "cookie", "key", "auth"});
}

// KEY `by_name` (`name`): an index of a table.
bool is_index(std::string_view text, const Candidate& candidate) {
  if (candidate.quote != Quote::kBacktick) return false;
  std::string_view behind = text.substr(std::min(candidate.end + 1, text.size()));
  behind.remove_prefix(std::min(behind.find_first_not_of(' '), behind.size()));
  return behind.starts_with('(');
}

// SOCIAL_AUTH_FACEBOOK_KEY = '1234…': the number of a program, a row.
bool is_row(const Candidate& candidate, std::string_view name, std::string_view value) {
  constexpr std::uint16_t kTelling = static_cast<std::uint16_t>(~(bit(KeyKind::kKey) | bit(KeyKind::kAuth)));
  return (candidate.kinds & kTelling) == 0 && name.ends_with("key") && std::ranges::all_of(value, is_digit);
}

// ["host", "port", "password", "realm"]: of pairs of names and values, no name stands where a value would.
bool is_list_of_names(std::string_view text, const Candidate& candidate, std::string_view value) {
  constexpr std::size_t kList_bytes = 400;
  if (candidate.op != Operator::kComma || !candidate.name_quoted) return false;
  if (std::ranges::any_of(value, is_digit) || value.find_first_of(" -") != std::string_view::npos) return false;
  const std::size_t begin = candidate.name_begin - std::min(candidate.name_begin, kList_bytes);
  std::string_view before = text.substr(begin, candidate.name_begin - begin);
  bool odd = false;
  while (true) {  // from the literal before to the one before that
    const std::size_t quote = before.find_last_not_of(" \t\r\n\"'`");
    if (quote == std::string_view::npos) return false;
    if (std::string_view("[{(").find(before[quote]) != std::string_view::npos) {
      const std::size_t callee = before.substr(0, quote).find_last_not_of(" \t\r\n");
      const bool call = before[quote] == '(' && callee != std::string_view::npos && is_word(before[callee]);
      return odd && !call;
    }
    if (before[quote] != ',') return false;
    before = before.substr(0, quote);
    const std::size_t close = before.find_last_not_of(" \t\r\n");
    if (close == std::string_view::npos || std::string_view("\"'`").find(before[close]) == std::string_view::npos)
      return false;
    const std::size_t open = close == 0 ? std::string_view::npos : before.rfind(before[close], close - 1);
    if (open == std::string_view::npos) return false;
    before = before.substr(0, open + 1);
    odd = !odd;
  }
}

// ["auth_passphrase", "priv_passphrase"], ["P4PASSWD", "P4USER"]: two names of one kind.
bool is_name_beside(const Source& source, const Candidate& candidate, std::string_view value) {
  constexpr std::size_t kMinSame_bytes = 2;
  if (candidate.op != Operator::kComma || !candidate.name_quoted) return false;
  const std::string_view name = name_of(source, candidate);
  const std::string_view word = source.text().substr(candidate.word_begin, candidate.word_end - candidate.word_begin);
  const auto differs = std::ranges::mismatch(name, value);
  const auto same = static_cast<std::size_t>(differs.in2 - value.begin());
  const std::string_view rest = value.substr(same);
  const bool plain = std::ranges::all_of(rest, [](char c) { return is_letter(c) || c == '_'; });
  if (!plain || rest.empty()) return false;
  if (name.size() > word.size() && value.size() > word.size() && value.ends_with(word)) return true;
  constexpr std::size_t kMinHump_bytes = 3;
  std::string_view behind = source.text().substr(std::min(candidate.end + 1, source.text().size()));
  behind.remove_prefix(std::min(behind.find_first_not_of(" \t\r\n"), behind.size()));
  if (same >= kMinHump_bytes && same < name.size() && is_upper(name[same]) && is_upper(rest[0]) &&
      behind.starts_with(','))  // one of more than two
    return true;
  return same >= kMinSame_bytes && std::ranges::any_of(value.substr(0, same), is_digit) && word.size() < name.size();
}

bool is_no_key(const Source& source, const Candidate& candidate, std::string_view name, std::string_view value) {
  constexpr std::size_t kCommand_bytes = 60;
  const std::size_t begin = candidate.name_begin - std::min(candidate.name_begin, kCommand_bytes);
  const std::string_view before = source.text().substr(begin, candidate.name_begin - begin);
  if (is_sum_of_key(name) || is_class_name(value) || is_name_of_pair(source.text(), candidate, name, value))
    return true;
  if (candidate.op == Operator::kCompare && !is_generated(value)) return true;
  if (is_key_number(before, name, value) || is_words_only(value) || is_ticket(value) || is_of_named_parts(value) ||
      is_short_list(candidate, value) || is_asked_for(candidate, name, value) || is_item(value) || is_drawing(value) ||
      is_name_of_place(name, value) || is_index(source.text(), candidate))
    return true;
  if (std::ranges::all_of(value, is_digit)) return true;  // a moment, a row
  if (std::ranges::none_of(value, [](char c) { return is_letter(c) || is_digit(c) || (c & 0x80) != 0; })) return true;
  // <entry key="…" value="…"/>
  if (source.language() == Language::kXml && name == "key" && !is_generated(value)) return true;
  return candidate.kinds == bit(KeyKind::kApi) && !is_generated(value);
}

}  // namespace

bool is_harmless(const Source& source, const Candidate& candidate, std::string_view name, std::string_view value) {
  if (is_checksum(source.text(), candidate, value) || is_constant(value)) return true;
  if (is_part(source.text(), candidate, value)) return true;
  if (is_number_of_another(name, value) || names_no_secret(name) || is_stored_hash(candidate, name, value)) return true;
  if (is_in_resource_name(source.text(), candidate) || (name == "pw" && candidate.op == Operator::kComma)) return true;
  if (is_sum_of_file(candidate, name, value) || is_of_badge(source.text(), candidate)) return true;
  if (is_list_of_names(source.text(), candidate, value) || is_name_beside(source, candidate, value)) return true;
  if (is_field_number(source, candidate) || is_instruction(name, value) || is_row(candidate, name, value)) return true;
  if (is_place(value) || is_fingerprint(value) || is_colour(value) || is_account(value)) return true;
  if (is_revision(source.text(), candidate, value) || is_folder_of_shell(source.text(), candidate)) return true;
  if (is_cell_of_table(source.text(), candidate, value)) return true;
  if (is_passed_on(candidate, name) || is_expression(source.text(), candidate)) return true;
  if (is_part_of_text(candidate, name, value) || is_escaped_text(candidate, value)) return true;
  if (is_method_of_crypt(value)) return true;
  if (is_counting_list(candidate, value) || (candidate.op == Operator::kSpace && value.starts_with('-'))) return true;
  return is_mere_key(candidate) && is_no_key(source, candidate, name, value);
}

}  // namespace commandcenter::code
