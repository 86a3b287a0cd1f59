// From a word in a name to the value that the name is given: operators of many languages, quotes, calls, fallbacks.
// Every look ahead is bounded, so the cost of a word does not depend on the size of the file.
#include <algorithm>
#include <cstring>

#include "code/secrets/candidate.h"

namespace commandcenter::code {
namespace {

constexpr std::size_t kMaxGap_bytes = 64;    // spaces between name, operator and value
constexpr std::size_t kMaxCall_bytes = 60;   // name of a function around the value
constexpr std::size_t kMaxBack_bytes = 400;  // how much of the line before the name is looked at

bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
bool is_quote(char c) {
  return c == '"' || c == '\'' || c == '`';
}

class Parser {
 public:
  Parser(const Source& source, Candidate& candidate)
      : text_(source.text()), language_(source.language()), c_(candidate), code_(is_code(source.language())) {}

  bool run() {
    at_ = c_.name_end;
    look_back();
    close_name();
    return take_operator() && take_value() && c_.end > c_.begin;
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\n'; }
  bool starts(std::string_view word) const { return text_.substr(at_).starts_with(word); }
  bool done() const { return at_ >= text_.size(); }

  std::size_t skip_blanks() {
    const std::size_t from = at_;
    while (at_ < text_.size() && is_blank(text_[at_]) && at_ - from < kMaxGap_bytes)
      ++at_;
    return at_ - from;
  }

  // Whether the name stands in a string or a comment, and what is right before it.
  void look_back() {
    const std::size_t floor = c_.name_begin > kMaxBack_bytes ? c_.name_begin - kMaxBack_bytes : 0;
    std::size_t begin = c_.name_begin;
    while (begin > floor && text_[begin - 1] != '\n')
      --begin;
    char open = 0;
    bool comment = false;
    std::size_t first = begin;
    while (first < c_.name_begin && is_blank(text_[first]))
      ++first;
    if (text_.substr(first).starts_with("* ") || text_.substr(first).starts_with("--")) comment = code_;
    for (std::size_t i = begin; i < c_.name_begin; ++i) {
      const char ch = text_[i];
      if (ch == '\\') {
        ++i;
      } else if (open != 0) {
        if (ch == open) open = 0;
      } else if (is_quote(ch) && !comment) {
        open = ch;
      } else if ((ch == '#' && language_ != Language::kMarkdown) ||
                 (ch == '/' && i + 1 < text_.size() && text_[i + 1] == '/' && (i == begin || text_[i - 1] != ':'))) {
        comment = true;
      }
    }
    before_ = c_.name_begin > 0 ? text_[c_.name_begin - 1] : '\n';
    c_.in_comment = comment;
    c_.in_string = open != 0 && before_ != open;
    c_.in_query = before_ == '?' || before_ == '&' ||
                  (before_ == ';' && c_.name_begin >= 4 && text_.substr(c_.name_begin - 4, 4) == "amp;");
    if (before_ == '-') flag_ = true;
    std::size_t dashes = c_.name_begin;
    flag_ = flag_ || text_.substr(dashes).starts_with("-");
  }

  // `"`, `']`, `[]` and the like behind the name.
  void close_name() {
    for (int i = 0; i < 4 && !done(); ++i) {
      const char ch = peek();
      if (is_quote(ch) || ch == '\\') {
        c_.name_quoted = c_.name_quoted || ch != '\\';
        ++at_;
      } else if (ch == ']' || (ch == ')' && c_.name_quoted)) {
        closed_ = true;
        ++at_;
      } else if (ch == '[') {
        const std::size_t end = text_.find(']', at_);
        if (end == std::string_view::npos || end - at_ > 20) return;
        at_ = end + 1;
      } else {
        return;
      }
    }
  }

  bool take_operator() {
    const std::size_t gap = skip_blanks();
    if (starts("%3D") || starts("%3d")) return accept(3, Operator::kEquals);
    if (starts("\\u003d") || starts("\\u003D")) return accept(6, Operator::kEquals);
    if (starts("===") || starts("!==")) return accept(3, Operator::kCompare);
    if (starts("==") || starts("!=")) return accept(2, Operator::kCompare);
    if (starts("=>")) return accept(2, Operator::kArrow);
    if (starts(":=") || starts("?=") || starts("+=") || starts(".=") || starts("<-"))
      return accept(2, Operator::kEquals);
    if (starts("||=") || starts("?:=")) return accept(3, Operator::kEquals);
    if (starts("||") || starts("??") || starts("?:")) return fallback(2);
    if (starts("or ") && gap > 0) return fallback(3);
    if (starts(":-")) return fallback(2);
    if (starts("->")) return false;
    const char ch = peek();
    if (ch == '=') return accept(1, Operator::kEquals);
    if (ch == ':') return peek(1) != ':' && after_colon();
    if ((ch == '?' || ch == '!') && peek(1) == ':') {  // an optional member
      ++at_;
      return after_colon();
    }
    if (ch == ',' && c_.name_quoted) return after_comma();
    if (ch == '(' && !c_.name_quoted) return accept(1, Operator::kCall) && (skip_blanks(), opens_string());
    if (ch == '>') return accept(1, Operator::kTag) && (before_ == '<' || c_.name_quoted);
    if (gap == 0) return ch == '\n' || ch == '\r' ? named_value() : false;
    return after_space();
  }

  bool accept(std::size_t size, Operator op) {
    at_ += size;
    c_.op = op;
    return true;
  }

  bool fallback(std::size_t size) {
    c_.fallback = true;
    return accept(size, Operator::kDefault);
  }

  bool after_colon() {
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
    if (code_ && is_alpha(peek())) {
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
    if (code_ && peek() == '&') {  // Rust: &str
      const std::size_t end = text_.find_first_of("=\n;", at_);
      if (end != std::string_view::npos && text_[end] == '=') {
        at_ = end + 1;
        c_.op = Operator::kEquals;
        return true;
      }
    }
    at_ = from;
    return true;
  }

  // f("name", "value"), or {"key": "name", "value": "…"}
  bool after_comma() {
    ++at_;
    skip_blanks();
    if (named_value()) return true;
    c_.op = Operator::kComma;
    c_.in_call = true;
    return opens_string() || !code_;
  }

  // A name whose value comes as "value: …" behind it or on the next line.
  bool named_value() {
    const std::size_t from = at_;
    while (at_ < text_.size() && at_ - from < kMaxGap_bytes && (is_blank(peek()) || peek() == '\n' || peek() == '\r'))
      ++at_;
    while (is_quote(peek()) || peek() == '\\')
      ++at_;
    const bool known = starts("value") || starts("Value") || starts("default") || starts("content");
    if (known) {
      while (is_alpha(peek()))
        ++at_;
      while (is_quote(peek()) || peek() == '\\')
        ++at_;
      skip_blanks();
      if (peek() == ':' || peek() == '=') return accept(1, peek() == ':' ? Operator::kColon : Operator::kEquals);
    }
    at_ = from;
    return false;
  }

  bool after_space() {
    if (named_value()) return true;
    c_.op = Operator::kSpace;
    // const name Type = value
    if (code_ && is_alpha(peek())) {
      std::size_t i = at_;
      while (i < text_.size() && i - at_ < 40 && (is_word(text_[i]) || text_[i] == '.' || text_[i] == '*'))
        ++i;
      while (i < text_.size() && is_blank(text_[i]))
        ++i;
      if (i + 1 < text_.size() && text_[i] == '=' && text_[i + 1] != '=') {
        at_ = i + 1;
        c_.op = Operator::kEquals;
        return true;
      }
    }
    if (flag_) return true;
    if (language_ == Language::kDockerfile) return true;
    if (is_quote(peek())) return !code_ || language_ == Language::kRuby;
    return language_ == Language::kProperties || (language_ == Language::kText && before_ == '\n') ||
           (language_ == Language::kText && is_blank(before_) &&
            c_.name_end - c_.name_begin == 8);  // netrc: password x
  }

  bool opens_string() const {
    std::size_t i = at_;
    while (i < text_.size() && (text_[i] == '\\' || is_alpha(text_[i]) || text_[i] == '@') && i - at_ < 3)
      ++i;
    return i < text_.size() && is_quote(text_[i]);
  }

  // ---- the value

  bool take_value() {
    skip_blanks();
    if ((peek() == '\n' || peek() == '\r') && !next_line()) return false;
    if (open_string()) return quoted();
    if (is_alpha(peek()) || peek() == '[' || peek() == '(' || peek() == '{' || peek() == '&' || peek() == '_') {
      const std::size_t from = at_;
      if (through_call() && open_string()) return quoted();
      if (c_.in_list && bytes()) return true;
      at_ = from;
      c_.in_call = c_.in_list = false;
      if (code_ && !c_.in_string && !c_.in_query && !c_.in_comment) return fallback_on_line();
    } else if (code_ && !c_.in_string && !c_.in_query && !c_.in_comment && c_.op != Operator::kTag && !flag_ &&
               c_.op != Operator::kDefault) {
      return false;  // in code a text has quotes
    }
    return unquoted();
  }

  bool next_line() {
    if (c_.op != Operator::kEquals && c_.op != Operator::kColon && c_.op != Operator::kCall &&
        c_.op != Operator::kComma)
      return false;
    std::size_t i = at_;
    while (i < text_.size() && i - at_ < 2 * kMaxGap_bytes &&
           (is_blank(text_[i]) || text_[i] == '\n' || text_[i] == '\r'))
      ++i;
    if (i >= text_.size() || !is_quote(text_[i]) || !code_) return false;
    at_ = i;
    return true;
  }

  // Past prefix and opening quote.
  bool open_string() {
    std::size_t i = at_;
    while (i < text_.size() && i - at_ < 2 && std::strchr("bBrRuUfFLN@$", text_[i]) != nullptr && text_[i] != '\0')
      ++i;
    std::size_t slashes = 0;
    while (i < text_.size() && text_[i] == '\\' && slashes < 8) {
      ++i;
      ++slashes;
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

  bool quoted() {
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

  bool finish(std::size_t end, bool closed) {
    c_.end = end;
    return closed;
  }

  // `name(`, `new Name(`, `[]byte(`, `[`: to the first argument.
  bool through_call() {
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
      if (peek() == '(' || peek() == '{' || (peek() == '[' && call.empty())) {
        c_.in_list = peek() != '(';
        c_.in_call = c_.in_call || peek() == '(';
        ++at_;
        skip_blanks();
        if (environment && second_argument()) return true;
        if (opens_string() || is_digit(peek())) return true;
        if (c_.in_list) return peek() == '\n' ? false : false;
        continue;
      }
      return false;
    }
    return false;
  }

  // get("NAME", "fallback"): at the fallback.
  bool second_argument() {
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
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
    c_.fallback = true;
    return true;
  }

  // name = expression || "fallback"
  bool fallback_on_line() {
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
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

  // {12, 34, 56, …: bytes of a key
  bool bytes() {
    std::size_t i = at_;
    std::size_t numbers = 0;
    while (i < text_.size() && i - at_ < kMaxValue_bytes) {
      const char ch = text_[i];
      if (is_digit(ch) || is_alpha(ch)) {
        ++numbers;
        while (i < text_.size() && (is_digit(text_[i]) || is_alpha(text_[i])))
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

  bool unquoted() {
    c_.begin = at_;
    const bool to_line_end = !c_.in_query && !c_.in_string && c_.op != Operator::kTag && c_.op != Operator::kDefault &&
                             (language_ == Language::kProperties || language_ == Language::kYaml);
    std::string_view stops = "\"'`,;<>(){}[]|&\\ \t\r\n";
    if (c_.op == Operator::kTag) stops = "<\n";
    if (c_.op == Operator::kDefault) stops = "}\"' \t\r\n";
    if (c_.in_query) stops = "&#\"'`<>\\ \t\r\n)";
    if (!c_.in_query && c_.in_string) stops = ";\"'`<>\\&, \t\r\n";
    if (to_line_end) stops = "\r\n";
    if (language_ == Language::kShell || language_ == Language::kDockerfile) stops = "\"'`;|& \t\r\n)";
    const std::size_t limit = std::min(text_.size(), at_ + kMaxValue_bytes);
    std::size_t i = at_;
    while (i < limit && stops.find(text_[i]) == std::string_view::npos) {
      if (to_line_end && (text_[i] == '#' || text_[i] == ';') && i > at_ && is_blank(text_[i - 1])) break;
      if (to_line_end && language_ == Language::kYaml &&
          (text_[i] == '}' || (text_[i] == ',' && i + 1 < limit && is_blank(text_[i + 1]))))
        break;
      ++i;
    }
    while (i > at_ && is_blank(text_[i - 1]))
      --i;
    if (i > at_ + 1 && (text_[i - 1] == '.' || text_[i - 1] == ':') && !code_ && !to_line_end) --i;
    c_.end = i;
    return i > at_;
  }

  std::string_view text_;
  Language language_;
  Candidate& c_;
  bool code_;
  std::size_t at_ = 0;
  char before_ = '\n';
  char mark_ = 0;
  std::size_t slashes_ = 0;
  bool triple_ = false;
  bool flag_ = false;
  bool closed_ = false;
};

}  // namespace

bool find_assigned(const Source& source, std::size_t word_begin, std::size_t word_end, Candidate& candidate) {
  candidate = {};
  candidate.name_begin = word_begin;
  candidate.name_end = word_end;
  candidate.word_begin = word_begin;
  candidate.word_end = word_end;
  widen_to_name(source.text(), candidate.name_begin, candidate.name_end);
  return Parser(source, candidate).run() && candidate.end - candidate.begin >= kMinValue_bytes;
}

}  // namespace commandcenter::code
