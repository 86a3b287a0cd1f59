// Hand-written because the interesting part is what must not match.
#include "agent/builtin/security_scanner/assignment.h"

#include <algorithm>
#include <array>
#include <string>

namespace commandcenter::security_scanner {
namespace {

constexpr std::size_t kMaxType_bytes = 40;
constexpr std::size_t kMaxSecret_bytes = 512;
constexpr std::size_t kMinSecret_bytes = 4;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || is_upper(c);
}
bool is_name(char c) {
  return is_letter(c) || is_digit(c) || c == '_';
}
bool is_quote(char c) {
  return c == '"' || c == '\'' || c == '`';
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (is_upper(c)) c = static_cast<char>(c + ('a' - 'A'));
  }
  return result;
}

class Reader {
 public:
  Reader(std::string_view line, std::size_t word_begin, std::size_t word_end, Language language)
      : line_(line), word_begin_(word_begin), at_(word_end), language_(language) {}

  std::optional<Assignment> read() {
    name_begin_ = word_begin_;
    while (name_begin_ > 0 &&
           (is_name(line_[name_begin_ - 1]) || line_[name_begin_ - 1] == '-' || line_[name_begin_ - 1] == '.'))
      --name_begin_;
    skip_suffix();
    if (at_ < line_.size() &&
        (is_name(line_[at_]) || (line_[at_] == '-' && at_ + 1 < line_.size() && is_name(line_[at_ + 1]))))
      return std::nullopt;
    found_.name = line_.substr(name_begin_, at_ - name_begin_);
    if (xml_element()) return found_;
    close_name();
    if (!skip_operator()) return std::nullopt;
    skip_spaces();
    if (quoted_value() || bare_value()) return found_;
    return std::nullopt;
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < line_.size() ? line_[at_ + ahead] : '\0'; }
  bool sees(std::string_view what) const { return line_.substr(std::min(at_, line_.size())).starts_with(what); }
  void skip_spaces() {
    while (peek() == ' ' || peek() == '\t')
      ++at_;
  }

  // "password1", "API_KEY_PROD"
  void skip_suffix() {
    constexpr std::array<std::string_view, 9> kSuffixes{"production", "prod", "development", "dev",  "staging",
                                                        "test",       "live", "default",     "value"};
    std::size_t i = at_;
    if (i < line_.size() && (line_[i] == '_' || line_[i] == '-')) ++i;
    const std::size_t digits = i;
    while (i < line_.size() && is_digit(line_[i]))
      ++i;
    if (i > digits) {
      at_ = i;
      return;
    }
    const std::string rest = lower(line_.substr(i, 12));
    for (const std::string_view suffix : kSuffixes) {
      if (i == at_ || !rest.starts_with(suffix) || (rest.size() > suffix.size() && is_name(rest[suffix.size()])))
        continue;
      at_ = i + suffix.size();
      return;
    }
  }

  // The quote and bracket of ["password"], "password", \"password\".
  void close_name() {
    if (peek() == '\\' && is_quote(peek(1))) ++at_;
    if (is_quote(peek())) {
      name_quoted_ = true;
      ++at_;
    }
    if (peek() == ']') ++at_;
    if (peek() == '?' || peek() == '!') {
      if (peek(1) == ':') ++at_;  // TypeScript: password?: string = …
    }
  }

  bool skip_operator() {
    if (name_quoted_ && peek() == ',') return lookup_with_default();
    if (peek() == '[' && (peek(1) == ']' || is_digit(peek(1)))) {  // C: char password[] =
      at_ = std::min(line_.find(']', at_), line_.size() - 1) + 1;
    }
    adjacent_ = peek() == '=';
    skip_spaces();
    if (!name_quoted_ && is_code(language_) && skip_type()) return true;
    for (const std::string_view op : {":=", "=>", "||=", "?\?=", "?=", "::=", "="}) {
      if (!sees(op)) continue;
      if (op == "=" && (peek(1) == '=' || peek(1) == '~')) return false;
      at_ += op.size();
      equals_ = op != "=>";
      return true;
    }
    if (peek() != ':' || peek(1) == ':') return false;
    ++at_;
    colon_ = true;
    return true;
  }

  // ": string =", " string =" (Go)
  bool skip_type() {
    std::size_t i = at_;
    if (peek() == ':')
      ++i;
    else if (line_.substr(i).starts_with("string") || line_.substr(i).starts_with("String"))
      i += 0;
    else
      return false;
    const std::size_t limit = std::min(line_.size(), i + kMaxType_bytes);
    bool letters = false;
    for (; i < limit; ++i) {
      const char c = line_[i];
      if (c == '=' && letters && i + 1 < line_.size() && line_[i + 1] != '=' && line_[i + 1] != '>') {
        at_ = i + 1;
        equals_ = true;
        return true;
      }
      letters = letters || is_letter(c);
      if (!is_name(c) && std::string_view(" &<>[]?.|").find(c) == std::string_view::npos) return false;
    }
    return false;
  }

  // os.environ.get("PASSWORD", "x"), define('DB_PASSWORD', 'x')
  bool lookup_with_default() {
    constexpr std::array<std::string_view, 7> kCalls{"get", "getenv", "env", "define", "property", "put", "setenv"};
    std::size_t i = name_begin_;
    if (i == 0 || !is_quote(line_[i - 1])) return false;
    --i;
    if (i == 0 || line_[i - 1] != '(') return false;
    const std::string before = lower(line_.substr(0, i - 1));
    if (std::ranges::none_of(kCalls, [&](std::string_view call) { return before.ends_with(call); })) return false;
    ++at_;
    quotes_needed_ = true;
    return true;
  }

  bool xml_element() {
    if (language_ != Language::kXml || peek() != '>' || name_begin_ == 0 || line_[name_begin_ - 1] != '<') return false;
    const std::size_t end = line_.find("</", at_);
    if (end == std::string_view::npos) return false;
    return take(at_ + 1, end, false);
  }

  bool quoted_value() {
    std::size_t i = at_;
    while (i < line_.size() && i < at_ + 2 && (is_letter(line_[i]) || line_[i] == '@' || line_[i] == '$'))
      ++i;
    if (i >= line_.size()) return false;
    const bool escaped = i == at_ && line_[i] == '\\' && i + 1 < line_.size() && is_quote(line_[i + 1]);
    if (escaped) ++i;
    if (!is_quote(line_[i])) return false;
    const char quote = line_[i];
    std::string close(1, quote);
    if (line_.substr(i).starts_with(std::string(3, quote))) close = std::string(3, quote);
    if (escaped) close = std::string("\\") + quote;
    const std::size_t begin = i + (escaped ? 1 : close.size());
    for (i = begin; i < line_.size(); ++i) {
      if (line_.substr(i).starts_with(close)) return take(begin, i, true);
      if (line_[i] == '\\') ++i;
    }
    return false;
  }

  bool bare_value() {
    if (quotes_needed_ || at_ >= line_.size() || is_quote(line_[at_])) return false;
    const bool flag = name_begin_ > 1 && line_.substr(name_begin_).starts_with("--") && adjacent_ && equals_;
    std::string_view stops;
    if (flag || (language_ == Language::kShell && equals_ && adjacent_))
      stops = " \t;&|)\"'`";
    else if (language_ == Language::kYaml && colon_ && at_ > 0 && line_[at_ - 1] == ' ')
      stops = line_.substr(0, name_begin_).find('{') == std::string_view::npos ? "" : ",}";
    else if (language_ == Language::kProperties && (equals_ || colon_))
      stops = "";
    else
      return false;
    std::size_t end = std::min(line_.find_first_of(stops.empty() ? std::string_view("\n") : stops, at_), line_.size());
    for (const std::string_view comment : {" #", "\t#", " ;"})
      end = std::min(end, std::min(line_.find(comment, at_), line_.size()));
    while (end > at_ && (line_[end - 1] == ' ' || line_[end - 1] == '\t'))
      --end;
    return take(at_, end, false);
  }

  bool take(std::size_t begin, std::size_t end, bool quoted) {
    if (end <= begin || end - begin > kMaxSecret_bytes) return false;
    found_.begin = begin;
    found_.end = end;
    found_.quoted = quoted;
    return true;
  }

  std::string_view line_;
  std::size_t word_begin_;
  std::size_t at_;
  Language language_;
  std::size_t name_begin_ = 0;
  bool name_quoted_ = false;
  bool adjacent_ = false;  // the operator follows without a space
  bool equals_ = false;
  bool colon_ = false;
  bool quotes_needed_ = false;
  Assignment found_;
};

bool contains_any(std::string_view text, std::initializer_list<std::string_view> parts) {
  return std::ranges::any_of(parts, [&](std::string_view part) { return text.find(part) != std::string_view::npos; });
}

// "${VAR}", "{{ x }}", "%VAR%", "$(cmd)", "<token>", "%s", "*****", "xxxx"
bool is_placeholder(std::string_view value, const std::string& small) {
  const bool filler = std::ranges::all_of(
      small, [](char c) { return std::string_view("xX*.-_#?0 •").find(c) != std::string_view::npos; });
  if (filler) return true;
  if (value.front() == '<' && value.back() == '>') return true;
  if (value.front() == '{' && value.back() == '}') return true;
  if (value.front() == '[' && value.back() == ']') return true;
  if (value.front() == '%' && (value.back() == '%' || value.size() <= 3 || value[1] == '(')) return true;
  if (value.front() == '$' && value.size() > 1 &&
      (value[1] == '{' || value[1] == '(' || is_letter(value[1]) || value[1] == '_'))
    return true;
  if (value.starts_with("#{") || value.starts_with("{{") || value.starts_with("@{") || value.starts_with("(("))
    return true;
  if (value.starts_with("__") && value.ends_with("__")) return true;
  if (small.starts_with("your") ||
      contains_any(
          small,
          {"your-",       "your_",       "yourpass",   "yourkey",   "-here",    "_here",     "xxxx",       "****",
           "....",        "changeme",    "change-me",  "change_me", "changeit", "replaceme", "replace-me", "replace_me",
           "placeholder", "redacted",    "<your",      "example_",  "_example", "-example",  "example-",   "insert-",
           "insert_",     "process.env", "os.environ", "getenv",    "env[",     "env(",      "secrets.",   "vault:"})) {
    return true;
  }
  constexpr std::array<std::string_view, 27> kWords{
      "null",   "none", "nil",     "true", "false",   "undefined", "string", "str",      "text",
      "number", "int",  "integer", "bool", "boolean", "any",       "object", "required", "optional",
      "hidden", "todo", "fixme",   "tbd",  "example", "sample",    "dummy",  "empty",    "unknown"};
  return std::ranges::find(kWords, small) != kWords.end();
}

// "Enter your password", "Passwort vergessen?", "Contraseña": what a screen shows, not what opens a door.
bool is_label(std::string_view value) {
  const bool spaces = value.find_first_of(" \t") != std::string_view::npos;
  const bool digits = std::ranges::any_of(value, is_digit);
  const bool foreign = std::ranges::any_of(value, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  if (foreign && !digits) return true;
  if (!spaces) return value.back() == ':' || value.ends_with("...");
  if (!digits) return true;
  // Words with digits inside may be a passphrase; sentences about a length ("at least 8 characters") are not.
  std::size_t mixed = 0;
  bool letters_in_word = false;
  bool digits_in_word = false;
  for (const char c : std::string(value) + " ") {
    letters_in_word = letters_in_word || is_letter(c);
    digits_in_word = digits_in_word || is_digit(c);
    if (c != ' ' && c != '\t') continue;
    if (letters_in_word && digits_in_word) ++mixed;
    letters_in_word = digits_in_word = false;
  }
  return mixed == 0;
}

// The value only repeats what the name says: `PASSWORD: "password"`, `secretKey: "secret_key"`, `field:
// "userPassword"`.
bool repeats_name(const std::string& small) {
  const bool plain =
      std::ranges::all_of(small, [](char c) { return is_letter(c) || c == '_' || c == '-' || c == '.' || c == ':'; });
  return plain &&
         contains_any(small, {"password", "passwd", "passphrase", "api_key", "api-key", "apikey", "secret", "token"});
}

// "/run/secrets/db", "./x", "https://…", "self.password", "config.get(x)", "^[a-z]+$"
bool is_reference(const Assignment& assignment, std::string_view value) {
  if (value.starts_with("./") || value.starts_with("../") || value.starts_with("~/")) return true;
  if (value.front() == '/' && value.find('/', 1) != std::string_view::npos) return true;
  if (value.find("://") != std::string_view::npos) return true;
  if (value.front() == '^' && value.back() == '$') return true;
  if (assignment.quoted) return false;
  if (value.back() == ')' && value.find('(') != std::string_view::npos) return true;
  return std::string_view("!&*|>[{@").find(value.front()) != std::string_view::npos;
}

}  // namespace

std::optional<Assignment> parse_assignment(std::string_view line, std::size_t word_begin, std::size_t word_end,
                                           Language language) {
  return Reader(line, word_begin, word_end, language).read();
}

bool is_plausible_secret(const Assignment& assignment, std::string_view value) {
  if (value.size() < kMinSecret_bytes) return false;
  const std::string small = lower(value);
  return !is_placeholder(value, small) && !is_label(value) && !repeats_name(small) && !is_reference(assignment, value);
}

}  // namespace commandcenter::security_scanner
