#include "code/metrics/lexer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/characters.h"

namespace commandcenter::code::metrics {
namespace {

constexpr std::size_t kMaxWasted_factor = 8;       // of the text: more are not spent on quotations without an end
constexpr std::size_t kMinWasted_bytes = 1 << 16;  // … but that much always

// True when `wanted` stands there without a backslash before it.
bool holds_bare(std::string_view text, char wanted) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == wanted)
      return true;
  }
  return false;
}

bool is_plain_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

Lexer::Lexer(std::string_view text, Dialect dialect, std::size_t begin) : text_(text), dialect_(dialect), at_(begin) {}

Token Lexer::make(std::size_t begin, std::size_t end) const {
  const std::string_view text = text_.substr(begin, end - begin);
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80 && kIsWordByte[first]) return token_of(text);
  if (has_hash_comments(dialect_) ? text[0] == '#' : text.starts_with("//") || text.starts_with("/*"))
    return {text, Symbol::kComment};
  if (text.size() > 1 && text[0] != '\n' && is_space(character_at(text, 0).code)) return {text, Symbol::kSpace};
  return token_of(text);
}

// A directive is one token up to the end of its line, or of the lines that it goes on over.
bool Lexer::next(Token& token) {
  if (at_ >= text_.size()) return false;
  const std::size_t begin = at_;
  at_ = token_end();
  if (text_.substr(begin, at_ - begin) != "#") {
    token = make(begin, at_);
    return true;
  }
  while (at_ < text_.size()) {
    const std::size_t end = token_end();
    const std::string_view part = text_.substr(at_, end - at_);
    if (part.find('\n') != std::string_view::npos && part.find("\\\n") == std::string_view::npos) break;
    at_ = end;
  }
  token = {text_.substr(begin, at_ - begin), Symbol::kOther};
  if (token.text.size() == 1) token.symbol = has_hash_comments(dialect_) ? Symbol::kComment : symbol('#');
  return true;
}

std::size_t Lexer::token_end() {
  const char c = text_[at_];
  if (c == '\n') return at_ + 1;
  if (c == ' ') return space_end();  // no dialect has a rule of its own for it
  if (c == '/' && at(at_ + 1) == '*') {
    if (const std::size_t end = block_comment_end(); end > at_) return end;
  }
  if (const std::size_t end = own_end(); end > at_) return end;
  if (is_digit(c)) {
    if (const std::size_t end = separated_number_end(); end > at_) return end;
  }
  if (const std::size_t end = word_end(text_, at_); end > at_) return end;
  if (c == '"' || c == '\'') {
    const std::size_t end = quoted_end(at_, c);
    return end > at_ ? end : at_ + 1;
  }
  if (c == '/' && at(at_ + 1) == '/') {
    std::size_t end = at_ + 2;
    while (end < text_.size() && (text_[end] != '\n' || text_[end - 1] == '\\'))
      ++end;
    return end;
  }
  if (c == '\\' && at(at_ + 1) == '\n') return at_ + 2;
  const std::size_t end = space_end();
  return end > at_ ? end : symbol_end();
}

std::size_t Lexer::space_end() const {
  std::size_t end = at_;
  while (at(end) == ' ')
    ++end;
  while (end < text_.size() && text_[end] != '\n') {
    const Character character = character_at(text_, end);
    if (!is_space(character.code)) break;
    end += character.length;
  }
  return end;
}

std::size_t Lexer::block_comment_end() {
  if (no_comment_end_) return at_;
  const std::size_t close = text_.find("*/", at_ + 2);
  no_comment_end_ = close == std::string_view::npos;
  return no_comment_end_ ? at_ : close + 2;
}

std::size_t Lexer::separated_number_end() const {
  const auto run = [&](std::size_t from, auto is_part) {
    while (from < text_.size() && is_part(text_[from]))
      ++from;
    return from;
  };
  const auto separated = [&](std::size_t from, auto is_part) {
    std::size_t end = run(from, is_part);
    bool found = false;
    while (end > from && at(end) == '\'' && is_part(at(end + 1))) {
      end = run(end + 1, is_part);
      found = true;
    }
    return found ? end : at_;
  };
  if (const std::size_t end = separated(at_, is_digit); end > at_ || text_[at_] != '0') return end;
  if (at(at_ + 1) == 'x') return separated(at_ + 2, is_hex);
  if (at(at_ + 1) == 'b') return separated(at_ + 2, [](char c) { return c == '0' || c == '1'; });
  return at_;
}

// A backslash takes the character behind it along, whatever it is; line ends are nothing special.
std::size_t Lexer::quoted_end(std::size_t open, char close) {
  if (wasted_bytes_ > kMinWasted_bytes + kMaxWasted_factor * text_.size()) return open;
  for (std::size_t end = open + 1; end < text_.size(); ++end) {
    if (text_[end] == '\\')
      ++end;
    else if (text_[end] == close)
      return end + 1;
  }
  wasted_bytes_ += text_.size() - open;
  return open;
}

std::size_t Lexer::symbol_end() const {
  const char c = text_[at_];
  const char second = at(at_ + 1);
  const char third = at(at_ + 2);
  const auto starts = [&](std::string_view symbols) { return text_.substr(at_).starts_with(symbols); };
  if (static_cast<unsigned char>(c) >= 0x80) return at_ + character_at(text_, at_).length;
  if (c == ':' && (second == '=' || second == ':')) return at_ + 2;
  if (c == '*') return at_ + (second == '*' ? 2U : 1U);
  if (c == '<') {  // "<? super T>", "<?>": wildcards; a question mark in them asks nothing
    std::size_t end = at_ + 1;
    bool asks = false;
    while (end < text_.size()) {
      const Character character = character_at(text_, end);
      if (!is_word(character.code) && !is_space(character.code) && text_[end] != ',' && text_[end] != '.' &&
          text_[end] != '?')
        break;
      asks = asks || text_[end] == '?';
      end += character.length;
    }
    if (asks && at(end) == '>') return end + 1;
    if (second == '<' && third == '=') return at_ + 3;
    return at_ + (second == '=' ? 2U : 1U);
  }
  if (c == '>') return at_ + (second == '>' && third == '=' ? 3U : second == '=' ? 2U : 1U);
  if (starts("||") || starts("&&") || starts("->") || starts("=>") || starts("++") || starts("--")) return at_ + 2;
  if ((c == '=' || c == '!') && second == '=') return at_ + (third == '=' ? 3U : 2U);
  if (second == '=' && std::string_view("+-^&|").find(c) != std::string_view::npos) return at_ + 2;
  return at_ + (starts("...") ? 3U : 1U);
}

std::size_t Lexer::find(char wanted, std::size_t from, std::size_t& none_from) const {
  if (from >= none_from) return std::string_view::npos;
  const std::size_t found = text_.find(wanted, from);
  if (found == std::string_view::npos) none_from = from;
  return found;
}

std::size_t Lexer::own_end() {
  switch (dialect_) {
    case Dialect::kCSharp:
      if (const std::size_t end = c_end(); end > at_) return end;
      return text_.substr(at_).starts_with("??") ? at_ + 2 : at_;
    case Dialect::kC:
    case Dialect::kJava:
      return c_end();
    case Dialect::kScript:
      return script_end();
    case Dialect::kMarkupScript:
      if (const std::size_t end = markup_end(); end > at_) return end;
      return script_end();
    case Dialect::kPython:
      return python_end();
    case Dialect::kGo: {
      const std::size_t close = text_[at_] == '`' ? find('`', at_ + 1, no_backtick_from_) : std::string_view::npos;
      return close == std::string_view::npos ? at_ : close + 1;
    }
    case Dialect::kRust: {
      const std::size_t end = text_[at_] == '\'' ? word_end(text_, at_ + 1) : at_;
      return end > at_ + 1 ? end : at_;
    }
    case Dialect::kPhp:
      return php_end();
    case Dialect::kRuby:
      return ruby_end();
  }
  return at_;
}

// Raw strings without a delimiter, and numbers with a point.
std::size_t Lexer::c_end() const {
  const char c = text_[at_];
  if (c == 'R' || c == 'u' || c == 'U' || c == 'L') {
    const std::size_t prefix = c == 'R' ? 0U : c == 'u' && at(at_ + 1) == '8' ? 2U : 1U;
    if (text_.substr(at_ + prefix).starts_with("R\"(")) {
      const std::size_t close = text_.find(")\"", at_ + prefix + 3);
      if (close != std::string_view::npos) return close + 2;
    }
    return at_;
  }
  if (!is_digit(c) && c != '.') return at_;
  const auto digits = [&](std::size_t from) {
    while (is_digit(at(from)))
      ++from;
    return from;
  };
  const std::size_t point = digits(at_);
  if (at(point) != '.') return at_;
  std::size_t end = digits(point + 1);
  if (end == point + 1 && point == at_) return at_;  // neither digits before nor behind
  if (at(end) == 'e' || at(end) == 'E') {
    const std::size_t sign = at(end + 1) == '-' || at(end + 1) == '+' ? 1 : 0;
    const std::size_t exponent = digits(end + 1 + sign);
    if (exponent > end + 1 + sign) end = exponent;
  }
  return end;
}

std::size_t Lexer::script_end() {
  const char c = text_[at_];
  if (c == '#' || c == '$') {
    const std::size_t end = word_end(text_, at_ + 1);
    return end > at_ + 1 ? end : at_;
  }
  if (c == '`') {
    const std::size_t close = find('`', at_ + 1, no_backtick_from_);
    return close == std::string_view::npos ? at_ : close + 1;
  }
  if (dialect_ != Dialect::kScript) return at_;
  const std::size_t end = word_end(text_, at_);
  return end > at_ && at(end) == '?' ? end + 1 : at_;
}

// "<a.b>" and "</a.b>".
std::size_t Lexer::markup_end() const {
  if (text_[at_] != '<') return at_;
  std::size_t end = at_ + (at(at_ + 1) == '/' ? 2U : 1U);
  const bool closing = end == at_ + 2;
  const auto name = [&](std::size_t from) {
    if (!is_plain_letter(at(from))) return from;
    while (is_plain_letter(at(from)) || is_digit(at(from)))
      ++from;
    return from;
  };
  const std::size_t begin = end;
  end = name(begin);
  while (end > begin && at(end) == '.' && name(end + 1) > end + 1)
    end = name(end + 1);
  if (end > begin && at(end) == '>') return end + 1;
  if (!closing) return at_;
  end = word_end(text_, begin);
  return end > begin && at(end) == '>' ? end + 1 : at_;
}

std::size_t Lexer::python_end() {
  const char c = text_[at_];
  if (c == '#') return std::min(text_.find('\n', at_), text_.size());
  if ((c != '"' && c != '\'') || at(at_ + 1) != c || at(at_ + 2) != c) return at_;
  const std::array<char, 3> quotes{c, c, c};
  const std::size_t close = text_.find(std::string_view(quotes.data(), 3), at_ + 3);
  return close == std::string_view::npos ? at_ : close + 3;
}

std::size_t Lexer::php_end() {
  const std::string_view rest = text_.substr(at_);
  if (rest[0] == '$') {
    const std::size_t end = word_end(text_, at_ + 1);
    return end > at_ + 1 ? end : at_;
  }
  if (rest.starts_with("<<<")) {
    const std::size_t begin = at_ + 3;
    for (std::size_t end = word_end(text_, begin); end > begin; --end) {  // a shorter word may be closed, too
      const std::string_view word = text_.substr(begin, end - begin);
      if (wasted_bytes_ > kMinWasted_bytes + kMaxWasted_factor * text_.size()) break;
      const std::size_t close = text_.find(word, end);
      if (close != std::string_view::npos) return close + word.size();
      wasted_bytes_ += text_.size() - end;
    }
    return at_;
  }
  if (rest[0] != '?') return at_;
  if (rest.starts_with("\?\?=")) return at_ + 3;
  if (rest.starts_with("\?\?") || rest.starts_with("?:")) return at_ + 2;
  return rest.starts_with("?->") ? at_ + 3 : at_;
}

std::size_t Lexer::ruby_end() {
  const char c = text_[at_];
  if (c == '#') return std::min(text_.find('\n', at_), text_.size());
  if (c == '=' && (at_ == 0 || text_[at_ - 1] == '\n')) {
    if (text_.substr(at_).starts_with("=begin")) return at_ + 6;
    if (text_.substr(at_).starts_with("=end")) return at_ + 4;
  }
  if (c == '%') {
    const std::size_t open = at_ + (std::string_view("qQrwiI").find(at(at_ + 1)) != std::string_view::npos ? 2U : 1U);
    constexpr std::string_view kOpen = "{[<(";
    constexpr std::string_view kClose = "}]>)";
    const std::size_t kind = open < text_.size() ? kOpen.find(text_[open]) : std::string_view::npos;
    if (kind == std::string_view::npos) return at_;
    const std::size_t end = quoted_end(open, kClose[kind]);
    if (end == open || (kClose[kind] == ')' && holds_bare(text_.substr(open, end - open), '>'))) return at_;
    return end;
  }
  if (c == '$') {
    const std::size_t end = word_end(text_, at_ + 1);
    return end > at_ + 1 ? end : at_;
  }
  if (c == '.') {
    std::size_t end = at_;
    while (at(end) == '.')
      ++end;
    return end;
  }
  std::size_t begin = at_;
  if (const std::size_t end = word_end(text_, at_); end > at_ && at(end) == ':') return end + 1;
  if (at(begin) == ':') ++begin;
  for (int i = 0; i < 2 && at(begin) == '@'; ++i)
    ++begin;
  std::size_t end = word_end(text_, begin);
  if (end == begin) return at_;
  if (at(end) == '?') ++end;
  return at(end) == '!' ? end + 1 : end;
}

}  // namespace commandcenter::code::metrics
