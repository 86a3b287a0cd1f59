// Arguments of calls, and which of them is the password.
#include "code/secrets/calls.h"

#include <algorithm>
#include <initializer_list>
#include <string>

#include "code/secrets/value.h"
#include "code/source/source.h"

namespace commandcenter::code {
namespace {

constexpr std::size_t kMaxArguments_bytes = 300;
constexpr std::size_t kMaxLine_bytes = 160;
constexpr std::size_t kMinFilled_bytes = 3;

struct Extent {
  std::size_t begin = 0;
  std::size_t end = 0;
};

bool is_mark(char c) {
  return c == '"' || c == '\'';
}

std::size_t past_blanks(std::string_view text, std::size_t at) {
  const std::size_t next = text.find_first_not_of(" \t\r\n", at);
  return next == std::string_view::npos ? text.size() : next;
}

// Without what is too far behind `at` to belong to a call there.
std::string_view until_far(std::string_view text, std::size_t at) {
  return text.substr(0, std::min(text.size(), at + 2 * kMaxArguments_bytes));
}

// Behind the mark that closes the text which opens at `at`; npos when its line ends before.
std::size_t past_text(std::string_view text, std::size_t at) {
  for (std::size_t i = at + 1; i < text.size() && text[i] != '\n'; ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == text[at]) {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

// The argument with that number, from 0; `at` is behind the bracket. Its end is at a comma or the closing bracket.
std::optional<Extent> argument(std::string_view text, std::size_t at, std::size_t number) {
  text = text.substr(0, std::min(text.size(), at + kMaxArguments_bytes));
  Extent range{at, at};
  std::size_t depth = 0;
  for (std::size_t i = at; i < text.size(); ++i) {
    const char c = text[i];
    if (is_mark(c)) {
      const std::size_t past = past_text(text, i);
      if (past == std::string_view::npos) return std::nullopt;
      i = past - 1;
    } else if (c == '(' || c == '[' || c == '{') {
      ++depth;
    } else if (c == ';' || (c == '}' && depth == 0)) {
      return std::nullopt;
    } else if (depth == 0 && (c == ',' || c == ')')) {
      range.end = i;
      if (number == 0) return range;
      if (c == ')') return std::nullopt;
      --number;
      range.begin = i + 1;
    } else if (c == ')' || c == ']' || c == '}') {
      if (depth == 0) return std::nullopt;
      --depth;
    }
  }
  return std::nullopt;
}

// What stands between marks, when the argument begins with a text: "…", @"…", b'…', Some("…"), "…".toCharArray().
std::optional<Extent> text_of(std::string_view text, Extent argument) {
  std::size_t at = past_blanks(text, argument.begin);
  if (text.substr(at).starts_with("Some(")) at += 5;
  if (at < text.size() && (text[at] == '@' || text[at] == 'b')) ++at;
  if (at >= argument.end || !is_mark(text[at])) return std::nullopt;
  const std::size_t past = past_text(text, at);
  if (past == std::string_view::npos || past > argument.end) return std::nullopt;
  const std::string_view rest = text.substr(past, argument.end - past);
  if (rest.find_first_of("+%.") != std::string_view::npos && !rest.starts_with(".toCharArray") &&
      !rest.starts_with(".to_"))
    return std::nullopt;
  return Extent{at + 1, past - 1};
}

// A call that takes a password or what signs, and where.
struct Call {
  std::string_view name;
  std::size_t password;    // its number among the arguments
  bool with_user = false;  // … and before it the user, as a text, too: the name alone says little
  bool only_mixed = true;  // what a test calls a password is none
  bool generated = false;  // letters by chance will do, too: what signs
};
constexpr Call kCalls[] = {{".login(", 1, true, false},
                           {".auth(", 1, true},
                           {".basic(", 1, true},
                           {"basic_auth(", 1, true},
                           {"basic_auth ", 1, true},
                           {"BasicAuth(", 1, true, false},
                           {"NetworkCredential(", 1, true, false},
                           {"UsernamePasswordCredentials(", 1, true, false},
                           {"PasswordAuthentication(", 1},
                           {"WiFi.begin(", 1},
                           {"EmailAndPassword(", 1, true},
                           {"getConnection(", 2, false, false},
                           {"mysqli(", 2, false, false},
                           {"mysqli_connect(", 2, false, false},
                           {"mysql_connect(", 2, false, false},
                           {"mysql_real_connect(", 3},
                           {"MySQLdb.connect(", 2},
                           {"DBI->connect(", 2},
                           {" PDO(", 2, false, false},
                           {"\\PDO(", 2, false, false},
                           {"PlainAuth(", 2},
                           {"ftp_login(", 2},
                           {"ldap_bind(", 2},
                           {"Sequelize(", 2},
                           {"create_user(", 2},
                           {"create_superuser(", 2},
                           {"X509Certificate2(", 1},
                           {"CreateAsync(", 1},
                           {"pymysql.connect(", 2, true, false},
                           {".connect(", 2, true},
                           {".connect(", 3, true},
                           {"AuthenticationToken(", 1, true},
                           {"FTP.open(", 2, true},
                           {"setAuth(", 1, true},
                           {"hmac.new(", 0, false, true, true},
                           {"hash_hmac(", 2, false, true, true},
                           {"openssl_encrypt(", 2, false, true, true},
                           {"openssl_decrypt(", 2, false, true, true},
                           {"->login(", 1, true},
                           {"Authenticate(", 1, true},
                           {"SECURITY_CREDENTIALS,", 0},
                           {"Credentials::new(", 1, true},
                           {"ftplib.FTP(", 2},
                           {"Fernet(", 0, false, true, true},
                           {"jwt.sign(", 1, false, true, true},
                           {"jwt.verify(", 1, false, true, true},
                           {"jwt.encode(", 1, false, true, true},
                           {"jwt.decode(", 1, false, true, true},
                           {"JWT.encode(", 1, false, true, true},
                           {"JWT.decode(", 1, false, true, true},
                           {"SignedString([]byte(", 0, false, true, true},
                           {"CookieStore([]byte(", 0, false, true, true},
                           {"cookieParser(", 0, false, true, true},
                           {".HMAC256(", 0, false, true, true},
                           {".HMAC384(", 0, false, true, true},
                           {".HMAC512(", 0, false, true, true},
                           {".signWith(", 1, false, true, true},
                           {"setVapidDetails(", 2, true, true, true},
                           {"omniauth :", 2, true, true, true},
                           {"provider :", 2, true, true, true},
                           {"createCipheriv(", 1, true, true, true},
                           {"createDecipheriv(", 1, true, true, true},
                           {"createHmac(", 1, false, true, true},
                           {"Wallet(", 0, true, true, true},
                           {"privateKeyToAccount(", 0, true, true, true},
                           {"FTP(", 2, true},
                           {"DirectoryEntry(", 2, true},
                           {"basic_authorize ", 1, true},
                           {"basic_authorize(", 1, true},
                           {"login(", 1, true},
                           {"bcrypt.hash(", 0},
                           {"bcrypt.hashSync(", 0}};

bool names_password(std::string_view text) {
  const std::string small = lower(text);
  return small.find("passw") != std::string::npos || small.find("pwd") != std::string::npos;
}

std::size_t line_before(std::string_view text, std::size_t end) {
  const std::size_t floor = end > kMaxLine_bytes ? end - kMaxLine_bytes : 0;
  std::size_t begin = end;
  while (begin > floor && text[begin - 1] != '\n')
    --begin;
  return begin;
}

// Without the keys that a test presses behind it: type("…{enter}").
std::optional<Extent> without_keys(std::string_view text, std::optional<Extent> value) {
  if (!value || text[value->end - 1] != '}') return value;
  const std::size_t open = text.substr(value->begin, value->end - value->begin).rfind('{');
  if (open != std::string_view::npos && open > 0) value->end = value->begin + open;
  return value;
}

// What people type is not what a test calls wrong or a field is named: only a mixed one is taken.
std::optional<Candidate> typed(std::string_view text, std::optional<Extent> value) {
  if (!value || !is_mixed_password(text.substr(value->begin, value->end - value->begin))) return std::nullopt;
  return placed(value->begin, value->end);
}

// What signs: letters by chance and, where no name of a field can stand, what people type.
std::optional<Candidate> signing(std::string_view text, std::optional<Extent> value, bool only_random) {
  constexpr std::size_t kMin_bytes = 12;
  if (const auto chosen = typed(text, value); chosen && !only_random) return chosen;
  std::string_view key = value ? text.substr(value->begin, value->end - value->begin) : std::string_view();
  constexpr std::size_t kAccount_bytes = 40;  // of Ethereum: everybody may know it
  if (key.starts_with("0x")) key.remove_prefix(key.size() == 2 + kAccount_bytes ? key.size() : 2);
  if (key.size() < kMin_bytes || has_filler_word(key) || !is_random(key)) return std::nullopt;
  return placed(value->begin, value->end, KeyKind::kSecret);
}

// Calls that other things than passwords are given to, by the same name.
bool is_plain_call(std::string_view call) {
  return call == ".connect(" || call == "login(";
}

// "topic2Name"
bool is_name(std::string_view value) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto is_part = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); };
  return !value.empty() && value.front() >= 'a' && value.front() <= 'z' && is_letter(value.back()) &&
         std::ranges::all_of(value, is_part);
}

// Ruby's calls may end with their line.
std::optional<Extent> of_line(std::string_view text, std::size_t begin, std::size_t number) {
  text = until_far(text, begin);
  const std::size_t line = std::min(text.find('\n', begin), text.size());
  text = text.substr(0, line);
  if (const auto range = argument(text, begin, number); range || number == 0) return range;
  const auto before = argument(text, begin, number - 1);
  if (!before || before->end >= line || text[before->end] != ',') return std::nullopt;
  return Extent{before->end + 1, line};
}

// new KeyStore(…, "…".toCharArray()): Java keeps a password so, and the letters of an alphabet.
bool takes_password(std::string_view line) {
  const std::string small = lower(line);
  return std::ranges::any_of(std::initializer_list<std::string_view>{"pass", "pwd", "pw ", "store", "load(", ".init(",
                                                                     "getkey(", "pbekeyspec(", "keyentry("},
                             [&](std::string_view word) { return small.find(word) != std::string::npos; });
}

// chpasswd:\n  list: |\n    root:…; chpasswd <<EOF\nroot:…
std::optional<Candidate> below_chpasswd(std::string_view text, std::size_t end) {
  constexpr std::size_t kWithin_bytes = 200;
  const std::string_view list = text.substr(0, std::min(text.size(), end + kWithin_bytes));
  for (std::size_t line = list.find('\n', end); line < list.size(); line = list.find('\n', line + 1)) {
    const std::size_t begin = list.find_first_not_of(" \t-", line + 1);
    const std::size_t colon = std::min(list.find_first_of(":\n ", begin), list.size() - 1);
    if (begin == std::string_view::npos || list[colon] != ':' || colon == begin) continue;
    const std::size_t stop = std::min(list.find_first_of("\n \"'", colon), list.size());
    if (const auto found = typed(text, Extent{colon + 1, stop})) return found;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Candidate> in_array(std::string_view text, std::size_t end) {
  const std::size_t close = end - std::string_view("\".toCharArray(").size();
  const std::size_t begin = line_before(text, close);
  const std::size_t back = text.substr(begin, close - begin).rfind('"');
  if (back == std::string_view::npos || !takes_password(text.substr(begin, back))) return std::nullopt;
  const std::size_t open = begin + back;
  const std::string_view value = text.substr(open + 1, close - open - 1);
  return looks_of(value).longest_steps < 6 ? typed(text, Extent{open + 1, close}) : std::nullopt;
}

std::optional<Candidate> in_login(std::string_view text, std::size_t end) {
  const std::string_view before = text.substr(0, end);
  for (const Call& call : kCalls) {
    if (!before.ends_with(call.name)) continue;
    if (call.with_user && call.password > 0) {
      const auto user = argument(text, end, call.password - 1);
      if (!user || !text_of(text, *user)) continue;
    }
    const bool ruby = call.name.ends_with(' ') || call.name.ends_with(':');
    const auto range = ruby ? of_line(text, end, call.password) : argument(text, end, call.password);
    const auto value = range ? text_of(text, *range) : std::nullopt;
    if (call.generated) return signing(text, value, call.with_user);
    if (value && is_plain_call(call.name) && is_name(text.substr(value->begin, value->end - value->begin)))
      return std::nullopt;
    if (call.only_mixed) return typed(text, value);
    if (!value || value->end - value->begin < kMinFilled_bytes) return std::nullopt;
    return placed(value->begin, value->end);
  }
  return std::nullopt;
}

std::optional<Candidate> in_form(std::string_view text, std::size_t end) {
  text = until_far(text, end);
  const std::string_view before = text.substr(0, end);
  if (before.ends_with("fill_in ") || before.ends_with("fill_in(") || before.ends_with("fill in ")) {
    const std::string_view line = text.substr(0, std::min(text.find('\n', end), text.size()));
    const std::size_t with = line.find("with", end);
    if (with == std::string_view::npos || !names_password(line.substr(end, with - end))) return std::nullopt;
    const std::size_t value = line.find_first_not_of(":=> ", with + 4);
    return value == std::string_view::npos ? std::nullopt : typed(text, text_of(line, {value, line.size()}));
  }
  const auto first = argument(text, end, 0);
  if (!first) return std::nullopt;
  const std::size_t begin = line_before(text, end);
  if (names_password(text.substr(begin, end - begin))) return typed(text, without_keys(text, text_of(text, *first)));
  const auto second = argument(text, end, 1);
  if (!second || !names_password(text.substr(first->begin, first->end - first->begin))) return std::nullopt;
  return typed(text, text_of(text, *second));
}

std::optional<Candidate> in_pair(std::string_view text, std::size_t end) {
  text = until_far(text, end);
  std::size_t at = text.find_first_not_of(", ", end);
  if (at != std::string_view::npos && text[at] == 'b') ++at;
  if (at >= text.size() || !is_mark(text[at])) return std::nullopt;
  const std::size_t past = past_text(text, at);
  const std::size_t colon = text.find(':', at);
  if (past == std::string_view::npos || colon >= past) return std::nullopt;
  return typed(text, Extent{colon + 1, past - 1});
}

std::optional<Candidate> before_pipe(std::string_view text, std::size_t end) {
  text = until_far(text, end);
  const std::string_view behind = text.substr(end);
  if (behind.starts_with(":\n") || behind.starts_with(" <<")) return below_chpasswd(text, end);
  const std::size_t begin = line_before(text, end);
  const std::size_t echo = text.substr(begin, end - begin).rfind("echo ");
  if (echo == std::string_view::npos) return std::nullopt;
  const std::size_t said = text.find_first_not_of("\"' ", begin + echo + 5);
  if (said >= end) return std::nullopt;
  const std::size_t stop = std::min(text.find_first_of("\"'|\\ \t\n", said), end);
  const std::size_t colon = text.substr(0, end).ends_with("chpasswd") ? text.find(':', said) : said - 1;
  return colon < stop || colon + 1 == said ? typed(text, Extent{colon + 1, stop}) : std::nullopt;
}

std::optional<Candidate> before_header(std::string_view text, std::size_t end) {
  text = until_far(text, end);
  const std::size_t name = text.find_first_not_of(" @", end);
  if (name == std::string_view::npos || text[name] != '"') return std::nullopt;
  const std::size_t past = past_text(text, name);
  const std::size_t begin = line_before(text, end);
  const std::string_view call = text.substr(begin, end - begin);
  const std::size_t open = call.rfind("Value");
  if (past == std::string_view::npos || open == std::string_view::npos) return std::nullopt;
  const std::size_t value = text.find_first_not_of("(:@ ", begin + open + 5);
  if (value >= end || text[value] != '"') return std::nullopt;
  const std::size_t close = past_text(text, value);
  if (close == std::string_view::npos || close > end || close - value < kMinFilled_bytes + 2) return std::nullopt;
  Candidate candidate = placed(value + 1, close - 1, KeyKind::kOther);
  candidate.kinds = 0;  // the name tells
  candidate.form = Form::kAssigned;
  candidate.op = Operator::kCall;
  candidate.quote = Quote::kDouble;
  candidate.name_begin = name + 1;
  candidate.name_end = past - 1;
  candidate.name_quoted = true;
  return candidate;
}

std::optional<Candidate> only_argument(std::string_view text, std::size_t end) {
  const auto first = argument(text, end, 0);
  if (!first || text[first->end] != ')') return std::nullopt;
  const auto value = text_of(text, *first);
  return value ? std::optional(placed(value->begin, value->end, KeyKind::kToken)) : std::nullopt;
}

}  // namespace commandcenter::code
