// From an operator to the value behind it: quotes, calls, fallbacks, lists, texts without quotes.
#include <algorithm>
#include <cstring>
#include <initializer_list>

#include "code/secrets/assigned.h"
#include "code/secrets/value.h"

namespace commandcenter::code {

bool AssignmentParser::take_value() {
  skip_blanks();
  while (peek() == '*' && language_ == Language::kMarkdown)  // **name:** value
    ++at_;
  skip_blanks();
  if ((peek() == '\n' || peek() == '\r') && !default_below() && !next_line()) return false;
  if (language_ == Language::kYaml && c_.op == Operator::kColon && std::strchr("|>", peek()) != nullptr)
    return only_line_of_block() && unquoted();
  if (peek() == '{' && language_ == Language::kJson && in_object()) skip_blanks();
  if (language_ == Language::kYaml && peek() == '&') {  // &name value
    const std::size_t blank = text_.find_first_of(" \n", at_);
    if (blank != std::string_view::npos && blank - at_ < kMaxGap_bytes && text_[blank] == ' ') at_ = blank + 1;
  }
  if (open_string()) return quoted();
  if (is_letter(peek()) || peek() == '[' || peek() == '(' || peek() == '{' || peek() == '&' || peek() == '_') {
    const std::size_t from = at_;
    if (through_call() && open_string()) return quoted();
    if (c_.in_list && bytes()) return true;
    at_ = from;
    c_.in_call = c_.in_list = false;
    if (code_ && !c_.in_string && !c_.in_query && !c_.in_comment)
      return fallback_on_line() || (at_ = from, in_long_text());
  } else if (code_ && !c_.in_string && !c_.in_query && !c_.in_comment && c_.op != Operator::kTag && !flag_ &&
             c_.op != Operator::kDefault) {
    return in_long_text();  // in code a text has quotes
  }
  return unquoted();
}

bool AssignmentParser::next_line() {
  if (c_.op != Operator::kEquals && c_.op != Operator::kColon && c_.op != Operator::kCall && c_.op != Operator::kComma)
    return false;
  std::size_t i = at_;
  while (i < text_.size() && i - at_ < 2 * kMaxGap_bytes &&
         (is_blank(text_[i]) || text_[i] == '\n' || text_[i] == '\r'))
    ++i;
  if (i >= text_.size() || !is_quote(text_[i]) || !code_) return false;
  at_ = i;
  return true;
}

bool AssignmentParser::default_below() {
  if (language_ != Language::kYaml || c_.op != Operator::kColon) return false;
  const std::size_t indent = c_.name_begin - std::min(c_.name_begin, text_.rfind('\n', c_.name_begin) + 1);
  const std::string_view block = text_.substr(0, std::min(text_.size(), at_ + kMaxBlock_bytes));
  bool typed = false;
  for (std::size_t line = block.find('\n', at_); line < block.size(); line = block.find('\n', line + 1)) {
    const std::size_t begin = block.find_first_not_of(" \r\n", line + 1);
    if (begin == std::string_view::npos || begin - block.rfind('\n', begin) - 1 <= indent) return false;
    typed = typed || block.substr(begin).starts_with("Type: String") || block.substr(begin).starts_with("NoEcho:");
    if (!block.substr(begin).starts_with("Default: ")) continue;
    const std::string_view below = block.substr(begin);
    typed = typed || below.find("NoEcho:") != std::string_view::npos ||
            below.find("Type: String") != std::string_view::npos;
    if (!typed) return false;
    at_ = begin + std::string_view("Default: ").size();
    skip_blanks();
    return true;
  }
  return false;
}

bool AssignmentParser::only_line_of_block() {
  const std::size_t end = find_near("\n", kMaxGap_bytes);
  if (end == std::string_view::npos ||
      text_.substr(at_ + 1, end - at_ - 1).find_first_not_of("+-0123456789 \r") < std::string_view::npos)
    return false;
  const std::size_t begin = text_.find_first_not_of(' ', end + 1);
  if (begin == std::string_view::npos || begin == end + 1) return false;
  const std::string_view rest = text_.substr(begin, kMaxValue_bytes);
  const std::size_t next = begin + std::min(rest.find('\n'), rest.size());
  const std::size_t more = text_.find_first_not_of(" \r\n", next);
  if (more != std::string_view::npos) {
    const std::size_t line = text_.rfind('\n', more);
    if (more - line >= begin - end) return false;  // its second line
  }
  at_ = begin;
  return true;
}

bool AssignmentParser::in_object() {
  const std::size_t from = at_;
  ++at_;
  if (named_value()) return true;
  at_ = from;
  return false;
}

bool AssignmentParser::in_long_text() {
  constexpr std::size_t kMaxLine_bytes = 80;
  constexpr std::size_t kMaxBefore_bytes = 65'536;  // all of it is read for each such line
  if ((c_.op != Operator::kEquals && c_.op != Operator::kColon) || c_.name_begin > kMaxBefore_bytes) return false;
  const std::size_t begin = line_begin();
  if (text_.substr(begin, c_.name_begin - begin).find_first_not_of("abcdefghijklmnopqrstuvwxyz-_. ") !=
      std::string_view::npos)
    return false;
  const std::size_t end = std::min(find_near("\r\n", kMaxLine_bytes + 1), text_.size());
  const std::string_view value = text_.substr(at_, end - at_);
  if (value.size() > kMaxLine_bytes || value.find_first_of(" \t\"'`();,<>{}[]") != std::string_view::npos) return false;
  if (!is_mixed_password(value) && !is_random(value)) return false;
  const std::string_view before = text_.substr(0, c_.name_begin);
  const std::string_view mark = language_ == Language::kPython ? "\"\"\"" : "`";
  if (language_ != Language::kPython && language_ != Language::kScript && language_ != Language::kGo) return false;
  std::size_t marks = 0;
  for (std::size_t i = before.find(mark); i != std::string_view::npos; i = before.find(mark, i + mark.size()))
    ++marks;
  c_.begin = at_;
  c_.end = end;
  c_.in_string = true;
  return marks % 2 == 1;
}

bool AssignmentParser::open_string() {
  std::size_t i = at_;
  while (i < text_.size() && i - at_ < 2 && std::strchr("bBrRuUfFLN@$", text_[i]) != nullptr && text_[i] != '\0')
    ++i;
  if (starts("*b\"")) i = at_ + 2;  // Rust: the bytes themselves
  std::size_t slashes = 0;
  while (i < text_.size() && text_[i] == '\\' && slashes < 8) {
    ++i;
    ++slashes;
  }
  if (language_ == Language::kPerl && (starts("q{") || starts("qq{") || starts("q(") || starts("qq("))) {
    at_ += starts("qq") ? 3U : 2U;
    mark_ = text_[at_ - 1] == '{' ? '}' : ')';
    slashes_ = 0;
    triple_ = false;
    c_.quote = Quote::kSingle;
    return true;
  }
  if (i >= text_.size() || !is_quote(text_[i])) return false;
  if (slashes == 0 && i > at_) {
    const std::string_view prefix = text_.substr(at_, i - at_);
    c_.interpolated = prefix.find_first_of("fF$") != std::string_view::npos;
  }
  const char ch = text_[i];
  slashes_ = slashes;
  mark_ = ch;
  triple_ = slashes == 0 && ch != '`' && text_.substr(i, 3) == std::string_view(ch == '"' ? "\"\"\"" : "'''");
  at_ = i + (triple_ ? 3 : 1);
  if (ch == '`' && peek() == '`') ++at_;  // ``code``
  c_.quote = slashes > 0 ? Quote::kEscaped
             : triple_   ? Quote::kTriple
             : ch == '`' ? Quote::kBacktick
             : ch == '"' ? Quote::kDouble
                         : Quote::kSingle;
  return true;
}

bool AssignmentParser::quoted() {
  c_.begin = at_;
  const std::size_t limit = std::min(text_.size(), at_ + kMaxValue_bytes);
  for (std::size_t i = at_; i < limit; ++i) {
    const char ch = text_[i];
    if (ch == '\n') return finish(i, triple_ || mark_ == '`' || language_ == Language::kYaml);
    if (ch == '\\') {
      std::size_t run = 0;
      while (i + run < limit && text_[i + run] == '\\')
        ++run;
      if (i + run < limit && text_[i + run] == mark_ && run == slashes_ && slashes_ > 0) return finish(i, true);
      i += slashes_ > 0 ? run - 1 : 1;
      continue;
    }
    if (ch == mark_) {
      if (!triple_ || text_.substr(i, 3) == std::string_view(mark_ == '"' ? "\"\"\"" : "'''")) return finish(i, true);
    }
  }
  return finish(limit, true);
}

bool AssignmentParser::finish(std::size_t end, bool closed) {
  c_.end = end;
  return closed;
}

namespace {

bool ends_with_one_of(std::string_view text, std::initializer_list<std::string_view> ends) {
  return std::ranges::any_of(ends, [&](std::string_view end) { return text.ends_with(end); });
}

// Patterns and forms of texts.
bool takes_no_secret(std::string_view call) {
  return call.starts_with("preg_") ||
         ends_with_one_of(call, {"printf", "Printf", ".format", "String.format", "re.compile", "re.sub", "RegExp"});
}

// What is looked up has the argument for a name.
bool is_lookup(std::string_view call) {
  return ends_with_one_of(call, {".getProperty", "getenv", "getEnv", ".getString", ".getParameter", ".getAttribute",
                                 ".getHeader", "getOption", "get_option"});
}

}  // namespace

bool AssignmentParser::through_call() {
  const bool is_pair =
      lower(text_.substr(c_.name_begin, c_.name_end - c_.name_begin)).ends_with("auth");  // auth=("user", "password")
  for (int depth = 0; depth < 3; ++depth) {
    const std::size_t from = at_;
    bool environment = false;
    while (at_ < text_.size() && at_ - from < kMaxCall_bytes) {
      const char ch = peek();
      if (is_word(ch) || ch == '.' || ch == '&' || ch == ':' || (ch == '[' && peek(1) == ']') ||
          (ch == ']' && at_ > from) || (ch == ' ' && text_.substr(from, at_ - from) == "new")) {
        ++at_;
      } else {
        break;
      }
    }
    const std::string_view call = text_.substr(from, at_ - from);
    environment = call.find("env") != std::string_view::npos || call.find("ENV") != std::string_view::npos ||
                  call.find("get") != std::string_view::npos || call.find("fetch") != std::string_view::npos ||
                  call.find("config") != std::string_view::npos;
    if (peek() == '(' && takes_no_secret(call)) return false;
    if (peek() == '(' || peek() == '{' || (peek() == '[' && call.empty())) {
      c_.in_list = peek() != '(';
      c_.in_call = c_.in_call || peek() == '(';
      ++at_;
      skip_blanks();
      if (environment && second_argument()) {
        c_.fallback = true;
        return true;
      }
      if (is_lookup(call)) return false;
      if (call.empty() && is_pair && second_argument()) return true;
      if (opens_string() || is_digit(peek())) return true;
      if (c_.in_list) return false;
      continue;
    }
    return false;
  }
  return false;
}

bool AssignmentParser::second_argument() {
  const std::size_t end = std::min(find_near("\n", 120), text_.size());
  const std::string_view rest = text_.substr(at_, std::min<std::size_t>(end - at_, 120));
  if (rest.empty() || !is_quote(rest[0])) return false;
  const std::size_t close = rest.find(rest[0], 1);
  if (close == std::string_view::npos) return false;
  std::size_t i = close + 1;
  while (i < rest.size() && (is_blank(rest[i]) || rest[i] == ','))
    ++i;
  if (i >= rest.size() || !is_quote(rest[i]) || rest.substr(close, i - close).find(',') == std::string_view::npos)
    return false;
  at_ += i;
  return true;
}

bool AssignmentParser::fallback_on_line() {
  const std::size_t end = std::min(find_near("\n", 160), text_.size());
  const std::string_view rest = text_.substr(at_, std::min<std::size_t>(end - at_, 160));
  for (const std::string_view mark : {"||", "??", " or ", "?:"}) {
    const std::size_t found = rest.find(mark);
    if (found == std::string_view::npos || rest.substr(0, found).find_first_of(",;") != std::string_view::npos)
      continue;
    at_ += found + mark.size();
    skip_blanks();
    if (!open_string()) return false;
    c_.fallback = true;
    return quoted();
  }
  return false;
}

bool AssignmentParser::bytes() {
  std::size_t i = at_;
  std::size_t numbers = 0;
  while (i < text_.size() && i - at_ < kMaxValue_bytes) {
    const char ch = text_[i];
    if (is_digit(ch) || is_letter(ch)) {
      ++numbers;
      while (i < text_.size() && (is_digit(text_[i]) || is_letter(text_[i])))
        ++i;
    } else if (ch == ',' || is_blank(ch)) {
      ++i;
    } else {
      break;
    }
  }
  if (numbers < 8) return false;
  c_.begin = at_;
  c_.end = i;
  return true;
}

std::size_t AssignmentParser::end_of_line_value(std::string_view stops, std::size_t limit) const {
  const std::size_t begin = std::min(at_ + scheme_size(), limit);
  std::string_view value = text_.substr(begin, limit - begin);
  for (const char stop : stops)
    value = value.substr(0, value.find(stop));
  const auto cut = [&](char mark, const auto& ends) {
    for (std::size_t i = value.find(mark); i < value.size(); i = value.find(mark, i + 1)) {
      if (ends(begin + i)) value = value.substr(0, i);
    }
  };
  const auto comment = [&](std::size_t i) { return i > at_ && is_blank(text_[i - 1]); };
  cut('#', comment);
  cut(';', comment);
  if (language_ == Language::kYaml) {
    cut('}', [](std::size_t) { return true; });
    cut(',', [&](std::size_t i) { return i + 1 < limit && is_blank(text_[i + 1]); });
  }
  return begin + value.size();
}

bool AssignmentParser::unquoted() {
  c_.begin = at_;
  const bool to_line_end = !c_.in_query && !c_.in_string && c_.op != Operator::kTag && c_.op != Operator::kDefault &&
                           (language_ == Language::kProperties || language_ == Language::kYaml);
  // "- --name=value --other": an argument; "{", "*" and the like begin no text of YAML
  const bool argument =
      (language_ == Language::kYaml || (language_ == Language::kProperties && flag_)) && c_.op == Operator::kEquals;
  if (language_ == Language::kYaml && c_.op == Operator::kColon && !c_.in_string && !c_.in_query &&
      std::strchr("{[&*!", peek()) != nullptr)
    return false;
  std::string_view stops = "\"'`,;<>(){}[]|&\\ \t\r\n";
  if (c_.op == Operator::kTag) stops = "<\n";
  if (c_.op == Operator::kDefault) stops = "}\"'`\\ \t\r\n";
  if (c_.in_query) stops = "&#\"'`<>\\ \t\r\n)";
  if (!c_.in_query && c_.in_string && c_.op != Operator::kDefault) stops = ";\"'`<>\\&, \t\r\n";
  if ((language_ == Language::kShell || language_ == Language::kDockerfile) && c_.op != Operator::kDefault)
    stops = c_.op == Operator::kSpace && language_ == Language::kDockerfile && ends_before("ENV ") ? "\"'` \t\r\n"
                                                                                                   : "\"'`;|& \t\r\n)";
  const std::size_t limit = std::min(text_.size(), at_ + kMaxValue_bytes);
  std::size_t i = std::min(at_ + scheme_size(), limit);
  if (to_line_end) i = end_of_line_value(argument ? " \t\r\n" : "\r\n", limit);
  while (!to_line_end && i < limit && stops.find(text_[i]) == std::string_view::npos)
    ++i;
  while (i > at_ && is_blank(text_[i - 1]))
    --i;
  if (i > at_ + 1 && (text_[i - 1] == '.' || text_[i - 1] == ':') && !code_ && !to_line_end) --i;
  c_.end = i;
  const bool number = std::ranges::all_of(text_.substr(at_, i - at_), is_digit);
  return i > at_ && !(number && c_.op == Operator::kComma);  // hash("password", 1000)
}

}  // namespace commandcenter::code
