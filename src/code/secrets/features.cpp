// From a candidate to its features: the value by itself, the name, how they are joined, the line, the file.
#include "code/secrets/features.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "code/secrets/checks.h"
#include "code/secrets/harmless.h"
#include "code/secrets/value.h"

namespace commandcenter::code {
namespace {

constexpr std::array<std::string_view, kFeatures> kNames{
    // the value
    "length", "entropy", "wordiness", "least_wordiness", "digit_share", "upper_share", "lower_share", "mark_share",
    "foreign_share", "blanks", "change_share", "distinct_share", "run_share", "step_share", "known_share", "is_hex",
    "hex_length", "is_uuid", "is_number", "is_path", "is_address", "is_version", "is_placeholder", "has_filler",
    "is_words", "is_camel", "is_snake", "is_scream", "is_dotted", "starts_dollar", "has_parens", "has_brackets",
    "has_semicolon", "has_equals", "ends_equals", "capital_first", "ends_mark", "base64_chars", "all_lower",
    "all_upper", "digits_at_end", "has_colon", "is_random", "tail_random", "parts",
    // the name
    "name_length", "kind_password", "kind_secret", "kind_token", "kind_key", "kind_auth", "kind_credential", "kind_api",
    "kind_salt", "kind_nonce", "kind_other", "word_at_end", "word_alone", "tail_harmless", "tail_length", "name_quoted",
    "name_in_value", "value_is_name", "name_wordy", "name_upper", "name_dotted", "harmless_parts", "name_parts",
    "name_hash", "name_secret",
    // how they are joined
    "form", "operator", "quote", "in_call", "in_list", "in_query", "in_string", "in_comment", "fallback",
    "interpolated",
    // the line and the file
    "line_length", "line_filler", "line_test", "config", "shell", "code", "file_test", "file_example",
    "file_documentation", "file_translation", "file_lock", "file_foreign"};

constexpr std::string_view kHarmlessTails[] = {
    "url",         "uri",      "path",      "file",      "name",          "id",          "type",      "field",
    "label",       "length",   "size",      "policy",    "expire",        "expires",     "expiry",    "expiration",
    "ttl",         "count",    "prefix",    "suffix",    "header",        "format",      "method",    "class",
    "provider",    "error",    "errors",    "message",   "msg",           "hint",        "text",      "title",
    "placeholder", "input",    "form",      "reset",     "confirm_label", "required",    "enabled",   "visible",
    "show",        "hide",     "valid",     "invalid",   "pattern",       "regex",       "column",    "index",
    "version",     "endpoint", "host",      "port",      "scope",         "scopes",      "mode",      "status",
    "state",       "timeout",  "limit",     "callback",  "handler",       "service",     "manager",   "store",
    "param",       "params",   "parameter", "ref",       "arn",           "location",    "dir",       "folder",
    "owner",       "email",    "username",  "user",      "usage",         "description", "algorithm", "alg",
    "strategy",    "uid",      "kind",      "template",  "list",          "map",         "set",       "get",
    "date",        "time",     "at",        "by",        "for",           "to",          "from",      "is",
    "has",         "with",     "domain",    "server",    "realm",         "tooltip",     "button",    "mandatory",
    "forgot",      "change",   "repeat",    "current",   "new",           "old",         "min",       "max",
    "hash",        "hashed",   "hashing",   "encrypted", "encoded",       "public",      "check",     "verify",
    "validate",    "generate", "create",    "update",    "delete",        "find",        "load",      "read",
    "write",       "invalid",  "page",      "view",      "model",         "schema",      "table",     "config",
    "options",     "settings", "test",      "tests"};

float share(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0.0F : static_cast<float>(part) / static_cast<float>(whole);
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool has_word(std::string_view line, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return contains(line, word); });
}

// The last part of a name: "userPasswordHint" gives "hint".
std::string last_part(std::string_view name) {
  std::size_t begin = name.size();
  while (begin > 0 && !(name[begin - 1] >= '0' && name[begin - 1] <= '9') && is_word(name[begin - 1]) &&
         name[begin - 1] != '_') {
    --begin;
    const char c = name[begin];
    const bool upper = c >= 'A' && c <= 'Z';
    const bool lower_before = begin > 0 && name[begin - 1] >= 'a' && name[begin - 1] <= 'z';
    if (upper && lower_before) break;
  }
  return lower(name.substr(begin));
}

std::string letters_only(std::string_view text) {
  std::string out;
  for (const char c : lower(text)) {
    if (c >= 'a' && c <= 'z') out.push_back(c);
  }
  return out;
}

// What follows the prefix by which an issuer marks its tokens.
std::string_view tail_of(std::string_view value) {
  constexpr std::size_t kMaxPrefix_bytes = 16;
  const std::size_t mark = value.substr(0, kMaxPrefix_bytes).find_last_of("_-.:$/");
  return mark == std::string_view::npos || mark + 1 >= value.size() ? value : value.substr(mark + 1);
}

// Pieces between marks.
std::size_t parts_of(std::string_view value) {
  return 1 + static_cast<std::size_t>(std::ranges::count_if(value, [](char c) { return !is_word(c); }));
}

bool is_config(Language language) {
  return language == Language::kJson || language == Language::kYaml || language == Language::kProperties ||
         language == Language::kXml;
}

class Builder {
 public:
  Builder(const Source& source, const Candidate& candidate)
      : source_(source), c_(candidate), value_(value_of(source, candidate)), name_(name_of(source, candidate)) {}

  Features run() {
    value();
    name();
    joint();
    place();
    return features_;
  }

 private:
  void add(double number) { features_[next_++] = static_cast<float>(number); }

  void value() {
    const std::string_view v = value_;
    const Looks looks = looks_of(v);
    const std::size_t n = v.size();
    add(std::min<double>(static_cast<double>(n), 200));
    add(looks.entropy);
    add(wordiness(v));
    add(least_wordiness(v));
    add(share(looks.digits, n));
    add(share(looks.upper, n));
    add(share(looks.lower, n));
    add(share(looks.marks, n));
    add(share(looks.foreign, n));
    add(std::min<double>(static_cast<double>(looks.blanks), 10));
    add(share(looks.changes, n));
    add(share(looks.distinct, n));
    add(share(looks.longest_run, n));
    add(share(looks.longest_steps, n));
    add(known_share(v));
    const bool hex = is_hex(v);
    add(hex);
    add(hex && (n == 32 || n == 40 || n == 64 || n == 128) ? static_cast<double>(n) : 0);
    add(is_uuid(v));
    add(is_number(v));
    add(is_path(v));
    add(is_address(v));
    add(is_version_or_date(v));
    add(is_placeholder(v));
    add(has_filler_word(v));
    add(is_words(v));
    add(is_camel(v));
    add(is_snake(v));
    add(is_scream(v));
    add(is_dotted(v));
    add(v.starts_with('$') || v.starts_with('%') || v.starts_with('@') || v.starts_with(':'));
    add(contains(v, "(") || contains(v, ")"));
    add(contains(v, "[") || contains(v, "{") || contains(v, "<"));
    add(contains(v, ";"));
    add(contains(v.substr(0, n - 1), "="));
    add(v.ends_with('='));
    add(looks.upper > 0 && v[0] >= 'A' && v[0] <= 'Z' && looks.upper == 1);
    add(std::strchr(".:!?,", v.back()) != nullptr);
    add(std::ranges::all_of(v, [](char c) { return is_word(c) || c == '+' || c == '/' || c == '=' || c == '-'; }));
    add(looks.lower == n);
    add(looks.upper + looks.digits == n && looks.upper > 0);
    std::size_t tail = 0;
    while (tail < n && v[n - 1 - tail] >= '0' && v[n - 1 - tail] <= '9')
      ++tail;
    add(static_cast<double>(std::min<std::size_t>(tail, 12)));
    add(contains(v, ":"));
    add(is_random(v));
    add(is_random(tail_of(v)));
    add(static_cast<double>(std::min<std::size_t>(parts_of(v), 12)));
  }

  void name() {
    add(static_cast<double>(name_.size()));
    for (std::size_t kind = 0; kind < kKeyKinds; ++kind)
      add((c_.kinds >> kind) & 1);
    const std::size_t behind = c_.name_end > c_.word_end ? c_.name_end - c_.word_end : 0;
    add(behind == 0);
    add(behind == 0 && (c_.word_begin == c_.name_begin || source_.text()[c_.word_begin - 1] == '.'));
    const std::string last = last_part(name_);
    add(std::ranges::find(kHarmlessTails, last) != std::end(kHarmlessTails));
    add(static_cast<double>(std::min<std::size_t>(behind, 20)));
    add(c_.name_quoted);
    const std::string v = letters_only(value_);
    const std::string k = letters_only(name_);
    add(v.size() >= 3 && contains(k, v));
    add(k.size() >= 3 && contains(v, k));
    add(name_.empty() ? 0 : wordiness(name_));
    add(!name_.empty() && lower(name_) != name_ &&
        std::ranges::none_of(name_, [](char c) { return c >= 'a' && c <= 'z'; }));
    add(contains(name_, "."));
    std::size_t parts = 0;
    std::size_t harmless = 0;
    for (std::string_view rest = name_; !rest.empty();) {
      const std::string part = last_part(rest);
      if (!part.empty()) {
        ++parts;
        harmless += std::ranges::find(kHarmlessTails, part) != std::end(kHarmlessTails);
      }
      rest.remove_suffix(std::min(std::max<std::size_t>(1, part.size()), rest.size()));
    }
    add(static_cast<double>(harmless));
    add(static_cast<double>(parts));
    const std::string lowered = lower(name_);
    add(has_word(lowered,
                 {"hash", "sha1", "sha2", "md5", "digest", "checksum", "etag", "commit", "finger", "integrity"}));
    add(has_word(lowered, {"secret", "private", "apikey", "api_key", "api-key", "access", "auth_key", "signing",
                           "encryption", "webhook", "client"}));
  }

  void joint() {
    add(static_cast<double>(c_.form));
    add(static_cast<double>(c_.op));
    add(static_cast<double>(c_.quote));
    add(c_.in_call);
    add(c_.in_list);
    add(c_.in_query);
    add(c_.in_string);
    add(c_.in_comment);
    add(c_.fallback);
    add(c_.interpolated);
  }

  void place() {
    const std::string_view text = source_.text();
    constexpr std::size_t kAround = 160;
    constexpr std::size_t kBeside_bytes = 400;  // further away it is the head of a table
    const bool named = c_.name_end > 0 && c_.name_begin < c_.begin && c_.begin - c_.name_begin <= kBeside_bytes;
    std::size_t begin = named ? c_.name_begin : c_.begin;
    const std::size_t floor = begin > kAround ? begin - kAround : 0;
    while (begin > floor && text[begin - 1] != '\n')
      --begin;
    std::size_t end = std::min(c_.end, text.size());
    const std::size_t ceiling = std::min(text.size(), end + kAround);
    while (end < ceiling && text[end] != '\n')
      ++end;
    const std::string around =
        lower(text.substr(begin, c_.begin - begin)) + " " + lower(text.substr(c_.end, end - c_.end));
    add(static_cast<double>(end - begin));
    add(has_word(around, {"example", "sample", "dummy", "placeholder", "replace", "your"}));
    add(has_word(around, {"test", "assert", "expect", "mock", "should", "fixture"}));
    add(is_config(source_.language()));
    add(source_.language() == Language::kShell || source_.language() == Language::kDockerfile);
    add(is_code(source_.language()));
    const Traits& traits = source_.traits();
    add(traits.test);
    add(traits.example);
    add(traits.documentation);
    add(traits.translation);
    add(traits.lock);
    add(traits.minified || traits.generated || traits.vendored);
  }

  const Source& source_;
  const Candidate& c_;
  std::string_view value_;
  std::string_view name_;
  Features features_{};
  std::size_t next_ = 0;
};

// The issuer's own example, or a text that says what to put there.
bool is_documented(std::string_view value) {
  return has_word(lower(value),
                  {"example", "placeholder", "redacted", "your_", "your-", "your ", "changeme", "_5#y2l\"f4q8z"});
}

// The code between two texts, taken for a third: "',$token,'", " . _(".
bool is_between_texts(std::string_view value) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  const std::size_t first = value.find_first_not_of(" \t");
  if (first != std::string_view::npos && first + 1 < value.size() && blank(value[first + 1]) &&
      std::string_view(".,+;)").find(value[first]) != std::string_view::npos)
    return true;
  for (std::size_t i = 0; i + 2 < value.size(); ++i) {
    if (value[i] != '\'' && value[i] != '"') continue;
    std::size_t at = i + 1;
    while (at < value.size() && blank(value[at]))
      ++at;
    if (at >= value.size() || std::string_view(".,+").find(value[at]) == std::string_view::npos) continue;
    while (++at < value.size() && blank(value[at])) {
    }
    if (at + 1 < value.size() && value[at] == '$' && is_word(value[at + 1])) return true;
  }
  return false;
}

// "Bearer eyJhbGci...": the rest is left out.
bool is_cut_off(std::string_view text, const Candidate& candidate) {
  const std::string_view behind = text.substr(candidate.end);
  if (behind.starts_with("..") || behind.starts_with("\xe2\x80\xa6")) return true;
  return candidate.quote == Quote::kNone &&
         text.substr(candidate.begin, candidate.end - candidate.begin).ends_with("..");
}

// The token by which the format is introduced everywhere, whoever signed it.
bool is_introduction(std::string_view token) {
  const std::size_t first = token.find('.');
  if (first == std::string_view::npos) return false;
  const std::string says = decode_base64(token.substr(first + 1, token.find('.', first + 1) - first - 1));
  return contains(says, "\"1234567890\"") && contains(says, "John Doe");
}

// A sign of a font for icons: "f14e".
bool is_glyph(std::string_view value) {
  if (value.starts_with('\\')) value.remove_prefix(1);
  if (value.size() == 5 && value.front() == 'u') value.remove_prefix(1);  // a letter by its number
  return value.size() == 4 && (value.front() == '2' || value.front() == 'e' || value.front() == 'f') && is_hex(value);
}

// Project files of Visual Studio and installers name each project and component by a UUID.
bool numbers_its_parts(std::string_view path) {
  constexpr auto kEndings = std::to_array<std::string_view>(
      {".sln", "proj", ".filters", ".wxs", ".wxi", ".lcl", ".props", ".targets", ".shproj", ".nuspec", ".resx"});
  const std::string small = lower(path);
  return std::ranges::any_of(kEndings, [&](std::string_view ending) { return small.ends_with(ending); });
}

// Pictures and fonts in base64.
bool is_picture(std::string_view value) {
  constexpr auto kBegins = std::to_array<std::string_view>(
      {"iVBORw0KGgo", "/9j/4AAQ", "R0lGODlh", "UklGR", "PHN2Zy", "JVBERi0", "d09GMg", "d09GRg", "AAEAAAA"});
  return std::ranges::any_of(kBegins, [&](std::string_view begin) { return value.starts_with(begin); });
}

// "%{:02X}", "{0:08x}": how a number is to be written.
bool is_number_format(std::string_view value) {
  for (std::size_t at = value.find('{'); at != std::string_view::npos; at = value.find('{', at + 1)) {
    std::size_t end = at + 1;
    while (end < value.size() && value[end] >= '0' && value[end] <= '9')
      ++end;
    if (end >= value.size() || value[end] != ':') continue;
    const std::size_t digits = value.find_first_not_of("<>=^+-#0123456789.", end + 1);
    if (digits != std::string_view::npos && digits + 1 < value.size() && value[digits + 1] == '}' &&
        std::string_view("xXdbofeEgGsc").find(value[digits]) != std::string_view::npos)
      return true;
  }
  return false;
}

// Laravel: "required|min:8".
bool is_validation(std::string_view value) {
  constexpr auto kRules = std::to_array<std::string_view>(
      {"required|", "|required", "nullable|", "sometimes|", "string|", "|min:", "|max:", "|confirmed", "confirmed|"});
  return std::ranges::any_of(kRules, [&](std::string_view rule) { return contains(value, rule); });
}

// Encrypted for whoever holds a key that is elsewhere: Jasypt's ENC(…), a sealed secret of Kubernetes.
bool is_encrypted(const Source& source, std::string_view value) {
  if (value.starts_with("ENC[AES256_GCM,") || value.starts_with("ENC[PKCS7,") || value.starts_with("ENC[GPG,") ||
      (value.starts_with("ENC(") && value.ends_with(')')))
    return true;
  return source.language() == Language::kYaml && value.starts_with("Ag") && value.size() > 100 &&
         contains(source.text(), "SealedSecret");
}

// A word in the midst of many letters without a break: the name is as random as a value.
bool is_random_name(std::string_view name) {
  constexpr std::size_t kMaxRun_bytes = 30;
  std::size_t run = 0;
  for (const char c : name) {
    run = c >= 'a' && c <= 'z' ? run + 1 : 0;
    if (run > kMaxRun_bytes) return true;
  }
  return false;
}

}  // namespace

bool is_hopeless(const Source& source, const Candidate& candidate) {
  const std::string_view value = value_of(source, candidate);
  if (value.size() < kMinValue_bytes || is_placeholder(value) || is_cut_off(source.text(), candidate)) return true;
  if (candidate.form == Form::kAssigned && (is_between_texts(value) || is_glyph(value) || value.starts_with("--")))
    return true;
  std::size_t foreign = 0;
  for (const char c : value)
    foreign += static_cast<unsigned char>(c) >= 0x80;
  if (foreign * 5 > value.size() && !is_foreign_password(value)) return true;
  if (is_uuid(value)) {  // those of documentation
    const Looks looks = looks_of(value);
    if (looks.distinct < 6 || looks.longest_steps >= 6 || contains(value, "e89b-12d3-a456")) return true;
  }
  if (is_uuid(value) && numbers_its_parts(source.path())) return true;
  if (value.starts_with("eyJ") && is_introduction(value)) return true;
  if (candidate.form == Form::kJwt) return false;
  if (candidate.form == Form::kUuid) return false;
  if (is_version_or_date(value) || is_scream(value) || is_documented(value)) return true;
  if (candidate.form != Form::kAssigned) return false;
  if (is_public_key(value) || is_number_format(value) || is_encrypted(source, value) || is_validation(value) ||
      is_random_name(name_of(source, candidate)))
    return true;
  const std::string name = lower(name_of(source, candidate));
  if (is_harmless(source, candidate, name, value)) return true;
  if (candidate.name_quoted && source.text().substr(0, candidate.name_begin).ends_with("::")) return true;  // a type
  const std::string_view before = source.text().substr(0, candidate.name_begin);
  if ((before.ends_with("public ") || before.ends_with("Public ")) && name == "key") return true;
  if (is_picture(value)) return true;
  const bool open = contains(name, "public") || contains(name, "pubkey") || contains(name, "pub_key");
  if (open && !contains(name, "private") && !contains(name, "secret")) return true;
  if (is_address(value) || candidate.kinds == 1U << static_cast<unsigned>(KeyKind::kOther)) return true;
  const std::string v = letters_only(value);
  const std::string k = letters_only(name_of(source, candidate));
  return (v.size() >= 3 && v.size() + 4 >= value.size() && contains(k, v)) || (k.size() >= 3 && contains(v, k));
}

bool is_prose(std::string_view value) {
  constexpr std::size_t kEnough_bytes = 400;
  value = value.substr(0, kEnough_bytes);
  std::size_t letters = 0;
  std::size_t blanks = 0;
  bool foreign = false;
  for (const char c : value) {
    const bool beyond = static_cast<unsigned char>(c) >= 0x80;
    foreign = foreign || beyond;
    blanks += c == ' ';
    letters += beyond || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }
  return (blanks > 0 || foreign) && (letters + blanks) * 10 >= value.size() * 9;
}

Features features_of(const Source& source, const Candidate& candidate) {
  return Builder(source, candidate).run();
}

std::string_view feature_name(std::size_t index) {
  return kNames[index];
}

}  // namespace commandcenter::code
