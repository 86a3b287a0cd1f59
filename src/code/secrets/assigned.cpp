// From a word in a name to the operator behind the name: those of many languages, flags, tags, blocks.
#include "code/secrets/assigned.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "code/secrets/value.h"

namespace commandcenter::code {

bool AssignmentParser::run() {
  at_ = c_.name_end;
  look_before();
  close_name();
  if (!take_operator()) return false;
  look_back();
  if (!take_value() || c_.end <= c_.begin) return false;
  skip_scheme();
  return true;
}

std::size_t AssignmentParser::scheme_size() const {
  if (!lower(text_.substr(c_.name_begin, c_.name_end - c_.name_begin)).ends_with("authorization")) return 0;
  const std::string_view value = text_.substr(c_.begin);
  for (const std::string_view scheme : {"Token ", "token ", "ApiKey ", "Apikey ", "GenieKey ", "Key "}) {
    if (value.starts_with(scheme)) return scheme.size();
  }
  return 0;
}

void AssignmentParser::skip_scheme() {
  const std::size_t size = scheme_size();
  const std::string_view value = text_.substr(c_.begin, c_.end - c_.begin);
  if (size == 0 || value.size() <= size || value.find(' ', size) != std::string_view::npos) return;
  c_.form = Form::kBearer;
  c_.begin += size;
}

std::size_t AssignmentParser::find_near(std::string_view set, std::size_t within) const {
  const std::size_t found = text_.substr(std::min(at_, text_.size()), within).find_first_of(set);
  return found == std::string_view::npos ? found : at_ + found;
}

std::size_t AssignmentParser::skip_blanks() {
  const std::size_t from = at_;
  while (at_ < text_.size() && is_blank(text_[at_]) && at_ - from < kMaxGap_bytes)
    ++at_;
  return at_ - from;
}

void AssignmentParser::look_before() {
  before_ = c_.name_begin > 0 ? text_[c_.name_begin - 1] : '\n';
  c_.in_query = before_ == '?' || before_ == '&' ||
                (before_ == ';' && c_.name_begin >= 4 && text_.substr(c_.name_begin - 4, 4) == "amp;");
  flag_ = before_ == '-' || text_.substr(c_.name_begin).starts_with('-');
}

std::size_t AssignmentParser::line_begin() const {
  const std::size_t floor = c_.name_begin > kMaxBack_bytes ? c_.name_begin - kMaxBack_bytes : 0;
  std::size_t begin = c_.name_begin;
  while (begin > floor && text_[begin - 1] != '\n')
    --begin;
  while (begin < c_.name_begin && is_blank(text_[begin]))
    ++begin;
  return begin;
}

void AssignmentParser::look_back() {
  const std::size_t begin = line_begin();
  const std::string_view line = text_.substr(begin);
  const bool macro = is_macro();
  char open = 0;
  bool comment = code_ && (line.starts_with("* ") || line.starts_with("--"));
  for (std::size_t i = begin; i < c_.name_begin; ++i) {
    const char ch = text_[i];
    if (ch == '\\') {
      ++i;
    } else if (open != 0) {
      if (ch == open) open = 0;
    } else if (is_quote(ch) && !comment) {
      open = ch;
    } else if ((ch == '#' && language_ != Language::kMarkdown && !macro) ||
               (ch == '/' && i + 1 < text_.size() && text_[i + 1] == '/' && (i == begin || text_[i - 1] != ':'))) {
      comment = true;
    }
  }
  c_.in_comment = comment;
  c_.in_string = open != 0 && (before_ != open || !c_.name_quoted);
}

void AssignmentParser::close_name() {
  for (int i = 0; i < 4 && !done(); ++i) {
    const char ch = peek();
    if (starts("\\u003d")) return;
    if (is_quote(ch) || ch == '\\') {
      c_.name_quoted = c_.name_quoted || ch != '\\';
      ++at_;
    } else if (ch == '*' && language_ == Language::kMarkdown) {
      ++at_;
    } else if (ch == ']' || (ch == ')' && c_.name_quoted)) {
      closed_ = true;
      ++at_;
    } else if (ch == '[') {
      const std::size_t end = find_near("]", 21);
      if (end == std::string_view::npos) return;
      at_ = end + 1;
    } else {
      return;
    }
  }
}

namespace {

struct Sign {
  std::string_view text;
  Operator kind;
};

// Longer ones first where one begins with another.
constexpr auto kSigns = std::to_array<Sign>({
    {"%3D", Operator::kEquals},
    {"%3d", Operator::kEquals},
    {"\\u003d", Operator::kEquals},
    {"\\u003D", Operator::kEquals},
    {"===", Operator::kCompare},
    {"!==", Operator::kCompare},
    {"==", Operator::kCompare},
    {"!=", Operator::kCompare},
    {"=>", Operator::kArrow},
    {":=", Operator::kEquals},
    {"?=", Operator::kEquals},
    {"+=", Operator::kEquals},
    {".=", Operator::kEquals},
    {"<-", Operator::kEquals},
    {"||=", Operator::kEquals},
    {"?:=", Operator::kEquals},
    {"?\?=", Operator::kEquals},
});

}  // namespace

bool AssignmentParser::take_operator() {
  if (language_ == Language::kText && starts("}  ") && ends_before("\n${")) return accept(3, Operator::kSpace);
  const std::size_t gap = skip_blanks();
  for (const Sign& sign : kSigns)
    if (starts(sign.text)) return accept(sign.text.size(), sign.kind);
  if (starts("||") || starts("??") || starts("?:")) return fallback(2);
  if (starts("or ") && gap > 0) return fallback(3);
  if (starts(":-")) return fallback(2);
  if (starts("->")) return false;
  const char ch = peek();
  if (ch == '=') return accept(1, Operator::kEquals);
  if (starts(":: ") && gap == 0 && language_ == Language::kText && line_begin() == c_.name_begin)
    return accept(2, Operator::kColon);  // LDIF: in base64
  if (ch == ':') return peek(1) != ':' && after_colon();
  if ((ch == '?' || ch == '!') && peek(1) == ':') {  // an optional member
    ++at_;
    return after_colon();
  }
  // f(key="name"), "value": the name is an argument of another call
  if (ch == ',' && closed_ && c_.name_begin >= 2 && text_[c_.name_begin - 2] == '=') return false;
  if (ch == ',' && c_.name_quoted) return after_comma();
  if (language_ == Language::kYaml && ch == ',' && ends_before("name: ")) {  // {name: NAME, value: …}
    ++at_;
    skip_blanks();
    return named_value();
  }
  if (language_ == Language::kRuby && before_ == ':' && of_symbol()) return true;
  if (ch == ',' && code_ && is_compared()) return accept(1, Operator::kCompare) && (skip_blanks(), opens_string());
  if (starts("is ") && gap > 0 && (language_ == Language::kMarkdown || language_ == Language::kText))
    return accept(3, Operator::kColon) && is_quote(peek());
  if (starts("is: ") && gap > 0 && language_ == Language::kText) return accept(3, Operator::kColon);
  if (starts("eq ") && gap > 0 && code_) return accept(3, Operator::kCompare);
  if (ch == '(' && !c_.name_quoted) return accept(1, Operator::kCall) && (skip_blanks(), opens_string());
  if (ch == '{' && c_.name_quoted && language_ == Language::kTerraform) return variable();
  if (ch == '{' && gap > 0 && language_ == Language::kRuby && opens_block()) return true;
  if (ch == '{' && gap == 0 && language_ == Language::kCLike && accept(1, Operator::kEquals)) return opens_string();
  if (starts("</") && before_ == '>') return sibling();
  const bool tag = opens_tag();
  if (ch == '|' && language_ == Language::kMarkdown) return cell();
  if (ch == '>') return !closed_ && accept(1, Operator::kTag) && (tag || c_.name_quoted) && child();
  if (gap == 0 && flag_ && language_ == Language::kYaml && next_item()) return true;
  if (gap == 0) return ch == '\n' || ch == '\r' ? named_value() : false;
  return after_space();
}

bool AssignmentParser::ends_before(std::string_view word) const {
  return text_.substr(0, c_.name_begin).ends_with(word);
}

bool AssignmentParser::of_symbol() {
  const std::size_t from = at_;
  if (peek() == ')' && (ends_before("let(:") || ends_before("let!(:"))) {
    ++at_;
    skip_blanks();
  } else if (peek() != ',' || !ends_before("set :")) {
    return false;
  }
  if ((peek() == '{' || peek() == ',') && accept(1, Operator::kEquals) && (skip_blanks(), opens_string())) return true;
  at_ = from;
  return false;
}

bool AssignmentParser::opens_block() {
  const std::size_t from = at_;
  if (line_begin() == c_.name_begin && accept(1, Operator::kEquals) && (skip_blanks(), opens_string())) return true;
  at_ = from;
  return false;
}

bool AssignmentParser::accept(std::size_t size, Operator op) {
  at_ += size;
  c_.op = op;
  return true;
}

bool AssignmentParser::fallback(std::size_t size) {
  c_.fallback = true;
  return accept(size, Operator::kDefault);
}

bool AssignmentParser::after_colon() {
  ++at_;
  c_.op = Operator::kColon;
  if (c_.name_begin >= 2 && text_.substr(c_.name_begin - 2, 2) == "${") {  // ${name:fallback}
    c_.fallback = true;
    c_.op = Operator::kDefault;
    return true;
  }
  // name: Type = value
  const std::size_t from = at_;
  skip_blanks();
  if (code_ && is_letter(peek())) {
    std::size_t i = at_;
    while (i < text_.size() && i - at_ < kMaxCall_bytes &&
           (is_word(text_[i]) || std::strchr(".[]<>|?& '*", text_[i]) != nullptr))
      ++i;
    while (i > at_ && is_blank(text_[i - 1]))
      --i;
    std::size_t j = i;
    while (j < text_.size() && is_blank(text_[j]))
      ++j;
    if (j + 1 < text_.size() && text_[j] == '=' && text_[j + 1] != '=' && text_[j + 1] != '>') {
      at_ = j + 1;
      c_.op = Operator::kEquals;
      return true;
    }
  }
  if (code_ && (peek() == '&' || peek() == '[')) {  // Rust: &str, [u8; 16]
    const std::size_t end = find_near(peek() == '[' ? "=\n\"'{," : "=\n;", kMaxGap_bytes);
    if (end != std::string_view::npos && text_[end] == '=') {
      at_ = end + 1;
      c_.op = Operator::kEquals;
      return true;
    }
  }
  at_ = from;
  return true;
}

bool AssignmentParser::after_comma() {
  ++at_;
  skip_blanks();
  if (named_value() || (flag_ && option_default())) return true;
  if (code_ && is_value_itself()) return false;
  c_.op = Operator::kComma;
  c_.in_call = true;
  return opens_string() || !code_;
}

bool AssignmentParser::is_value_itself() const {
  std::size_t at = c_.name_begin;
  while (at > 0 && (is_quote(text_[at - 1]) || is_blank(text_[at - 1])))
    --at;
  return text_.substr(0, at).ends_with("=>") || (at < c_.name_begin && text_.substr(0, at).ends_with(':'));
}

bool AssignmentParser::option_default() {
  std::string_view rest = text_.substr(at_, kMaxBlock_bytes);
  for (const std::string_view next : {"add_argument", "add_option", ".option(", "\n\n"})
    rest = rest.substr(0, rest.find(next));
  const std::size_t found = rest.find("default=");
  if (!code_ || found == std::string_view::npos) return false;
  const std::size_t from = at_;
  at_ += found + 8;
  c_.op = Operator::kEquals;
  skip_blanks();
  if (opens_string()) return true;
  at_ = from;
  return false;
}

bool AssignmentParser::named_value() {
  const std::size_t from = at_;
  while (at_ < text_.size() && at_ - from < kMaxGap_bytes && (is_blank(peek()) || peek() == '\n' || peek() == '\r'))
    ++at_;
  while (is_quote(peek()) || peek() == '\\')
    ++at_;
  if (starts("serializeAs=\"String\"")) {  // <setting name="NAME" serializeAs="String"> <value>…
    at_ += 20;
    if (peek() == '>' && accept(1, Operator::kTag) && child() && text_.substr(0, at_).ends_with("<value>")) return true;
    at_ = from;
    return false;
  }
  const bool known =
      starts("value") || starts("Value") || starts("default") || starts("content") || starts("ParameterValue");
  if (known) {
    while (is_letter(peek()))
      ++at_;
    while (is_quote(peek()) || peek() == '\\')
      ++at_;
    skip_blanks();
    if (peek() == ':' || peek() == '=') return accept(1, peek() == ':' ? Operator::kColon : Operator::kEquals);
  }
  at_ = from;
  return false;
}

bool AssignmentParser::opens_tag() const {
  if (before_ == '<') return true;
  const std::size_t floor = c_.name_begin - std::min<std::size_t>(c_.name_begin, kMaxGap_bytes);
  std::size_t at = c_.name_begin;
  if (before_ == ':') --at;
  while (at > floor && is_word(text_[at - 1]))
    --at;
  return before_ == ':' && at > floor && text_[at - 1] == '<';
}

bool AssignmentParser::variable() {
  const std::size_t end = std::min(find_near("}", kMaxBlock_bytes), at_ + kMaxBlock_bytes);
  const std::size_t found = text_.substr(0, std::min(end, text_.size())).find("default", at_);
  if (found == std::string_view::npos) return false;
  at_ = found + 7;
  skip_blanks();
  return peek() == '=' && accept(1, Operator::kEquals);
}

bool AssignmentParser::child() {
  const std::size_t from = at_;
  while (at_ < text_.size() && at_ - from < kMaxGap_bytes && (is_blank(peek()) || peek() == '\n' || peek() == '\r'))
    ++at_;
  at_ = starts("<value>") || starts("<Value>") ? at_ + 7 : from;
  return std::strchr(">();,[", peek()) == nullptr;  // a type of code: Set<FirstPass>>()
}

bool AssignmentParser::is_compared() const {
  const std::size_t floor = c_.name_begin > kMaxGap_bytes ? c_.name_begin - kMaxGap_bytes : 0;
  std::size_t open = c_.name_begin;
  while (open > floor && (is_word(text_[open - 1]) || std::strchr(".->&*$", text_[open - 1]) != nullptr))
    --open;
  const std::string_view call = text_.substr(floor, open - floor);
  return std::ranges::any_of(std::to_array<std::string_view>({"cmp(", "cmp0(", "hash_equals(", "compare_digest(",
                                                              "secure_compare(", "timingSafeEqual("}),
                             [&](std::string_view name) { return call.ends_with(name); });
}

bool AssignmentParser::sibling() {
  const std::size_t limit = std::min(text_.size(), at_ + kMaxGap_bytes);
  while (at_ < limit && text_[at_] != '>')
    ++at_;
  ++at_;
  while (at_ < limit && (is_blank(peek()) || peek() == '\n' || peek() == '\r'))
    ++at_;
  for (const std::string_view tag : {"<value>", "<string>", "<data>", "<param-value>"}) {
    if (starts(tag)) return accept(tag.size(), Operator::kTag);
  }
  return false;
}

bool AssignmentParser::cell() {
  ++at_;
  skip_blanks();
  c_.op = Operator::kSpace;
  const std::size_t end = find_near("|\n", kMaxBlock_bytes);
  if (end == std::string_view::npos || text_[end] != '|') return false;
  std::size_t last = end;
  while (last > at_ && is_blank(text_[last - 1]))
    --last;
  const std::string_view content = text_.substr(at_, last - at_);
  return !content.empty() && content.find_first_of(" \t") == std::string_view::npos;
}

bool AssignmentParser::typed() {
  std::size_t i = at_ + (starts("As ") ? 3 : 0);
  while (i < text_.size() && i - at_ < 40 && (is_word(text_[i]) || text_[i] == '.' || text_[i] == '*'))
    ++i;
  while (i < text_.size() && is_blank(text_[i]))
    ++i;
  if (i + 1 >= text_.size() || text_[i] != '=' || text_[i + 1] == '=') return false;
  at_ = i + 1;
  c_.op = Operator::kEquals;
  return true;
}

bool AssignmentParser::after_space() {
  if (named_value()) return true;
  if (text_[c_.name_begin] == '.') return false;  // a class of a style sheet
  c_.op = Operator::kSpace;
  if (is_letter(peek()) && !c_.name_quoted && (code_ || language_ == Language::kText) &&
      typed()) {  // name Type = value
    if (code_) return true;
    skip_blanks();
    return is_quote(peek());
  }
  if (flag_ || is_macro()) return true;
  if (language_ == Language::kDockerfile) return true;
  if (ends_before("configure set ")) return true;
  if (language_ == Language::kXml && opens_tag() && past_attributes()) return true;
  if (language_ == Language::kShell) {  // secret set NAME --body value
    const std::size_t from = c_.name_begin - std::min<std::size_t>(c_.name_begin, 5);
    if (ends_before("setx ")) return true;
    if (text_.substr(from, c_.name_begin - from).ends_with(" set ")) {
      if (starts("--body")) at_ += 7;
      return true;
    }
  }
  if (language_ == Language::kProperties) {  // answers to installers: the type before the value
    const std::string_view line = text_.substr(line_begin());
    if (line.starts_with("d-i ") && starts("password ")) at_ += 9;
    if (line.starts_with("rootpw ") && starts("--plaintext ")) at_ += 12;
  }
  if (is_quote(peek()))
    return !code_ || language_ == Language::kRuby || language_ == Language::kDollar || before_ == ':';
  return language_ == Language::kProperties || (language_ == Language::kText && before_ == '\n') ||
         (language_ == Language::kText && is_blank(before_) && c_.name_end - c_.name_begin == 8);  // netrc: password x
}

bool AssignmentParser::next_item() {
  const std::size_t item = text_.find_first_not_of(" \r\n", at_);
  if (item == std::string_view::npos || item - at_ > kMaxGap_bytes || !text_.substr(item).starts_with("- "))
    return false;
  at_ = item + 2;
  c_.op = Operator::kSpace;
  return peek() != '-';
}

bool AssignmentParser::past_attributes() {
  const std::size_t end = find_near("<>\n", kMaxGap_bytes + 1);
  if (end == std::string_view::npos || text_[end] != '>' || text_[end - 1] == '/') return false;
  at_ = end;
  return accept(1, Operator::kTag) && peek() != '\n' && peek() != '<';
}

bool AssignmentParser::opens_string() const {
  std::size_t i = at_;
  while (i < text_.size() && (text_[i] == '\\' || is_letter(text_[i]) || text_[i] == '@') && i - at_ < 3)
    ++i;
  return i < text_.size() && is_quote(text_[i]);
}

bool find_assigned(const Source& source, std::size_t word_begin, std::size_t word_end, Candidate& candidate) {
  candidate = {};
  candidate.name_begin = word_begin;
  candidate.name_end = word_end;
  candidate.word_begin = word_begin;
  candidate.word_end = word_end;
  widen_to_name(source.text(), candidate.name_begin, candidate.name_end);
  return AssignmentParser(source, candidate).run() && candidate.end - candidate.begin >= kMinValue_bytes;
}

}  // namespace commandcenter::code
