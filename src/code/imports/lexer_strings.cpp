// Literals: what each language writes strings, templates, characters and expressions with.
#include <algorithm>

#include "code/imports/lexer.h"

namespace commandcenter::architecture {
namespace {

constexpr std::size_t kMaxPending = 16;  // templates within templates, heredocs on one line

}  // namespace

void Lexer::quoted(Token& token, char quote, bool lines, bool escapes) {
  const std::size_t begin = at_ + 1;
  std::size_t end = begin;
  while (end < text_.size() && text_[end] != quote) {
    if (text_[end] == '\n' && !lines) break;
    end += escapes && text_[end] == '\\' ? 2U : 1U;
  }
  token.kind = TokenKind::kString;
  if (end >= text_.size() || text_[end] != quote) {  // not closed: the sign alone, and go on behind it
    token.kind = TokenKind::kSign;
    token.text = text_.substr(at_, 1);
    ++at_;
    return;
  }
  token.text = text_.substr(begin, end - begin);
  skip_to(end + 1);
}

void Lexer::until(Token& token, std::string_view close, std::size_t open_size) {
  const std::size_t begin = std::min(at_ + open_size, text_.size());
  const std::size_t end = std::min(text_.find(close, begin), text_.size());
  token.kind = TokenKind::kString;
  token.text = text_.substr(begin, end - begin);
  skip_to(end + close.size());
}

// From behind a back tick, or the brace that ends an expression, to the end or to the next expression.
void Lexer::template_text(Token& token) {
  const std::size_t begin = at_;
  std::size_t end = begin;
  token.kind = TokenKind::kString;
  while (end < text_.size() && text_[end] != '`') {
    if (text_[end] == '$' && end + 1 < text_.size() && text_[end + 1] == '{') {
      token.plain = false;
      token.text = text_.substr(begin, end - begin);
      skip_to(end + 2);
      if (templates_.size() < kMaxPending) templates_.push_back(braces_);
      ++braces_;
      return;
    }
    end += text_[end] == '\\' ? 2U : 1U;
  }
  end = std::min(end, text_.size());
  token.text = text_.substr(begin, end - begin);
  skip_to(end + 1);
}

// C#: @"a""b", $@"…", """…""".
bool Lexer::verbatim(Token& token) {
  std::size_t signs = 0;
  bool is_verbatim = false;
  while (signs < 3 && (at(signs) == '@' || at(signs) == '$'))
    is_verbatim = at(signs++) == '@' || is_verbatim;
  if (at(signs) != '"') return false;
  std::size_t quotes = 0;
  while (at(signs + quotes) == '"')
    ++quotes;
  if (quotes >= 3) {
    const std::string_view close = text_.substr(at_ + signs, quotes);
    until(token, close, signs + quotes);
    return true;
  }
  at_ += signs;
  if (!is_verbatim) {
    quoted(token, '"', false, true);
    token.plain = signs == 0;
    return true;
  }
  std::size_t end = at_ + 1;
  while (end < text_.size() && !(text_[end] == '"' && (end + 1 >= text_.size() || text_[end + 1] != '"')))
    end += text_[end] == '"' ? 2U : 1U;
  token.kind = TokenKind::kString;
  token.text = text_.substr(std::min(at_ + 1, text_.size()), end - std::min(at_ + 1, end));
  skip_to(end + 1);
  return true;
}

// A character, or the name of a lifetime.
bool Lexer::rust_quote(Token& token) {
  std::size_t end = at_ + 1;
  if (at(1) == '\\') {
    end = at_ + 3;
    while (end < text_.size() && text_[end] != '\'' && text_[end] != '\n')
      ++end;
  } else {
    const auto lead = static_cast<unsigned char>(at(1));
    end += lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  }
  token.kind = TokenKind::kSign;
  token.text = text_.substr(at_, 1);
  if (end < text_.size() && text_[end] == '\'') {
    skip_to(end + 1);
  } else {
    ++at_;
  }
  return true;
}

bool Lexer::percent_literal(Token& token) {
  std::size_t letters = 1;
  if (std::string_view("qQwWiIrxs").find(at(1)) != std::string_view::npos && at(1) != '\0') letters = 2;
  const char open = at(letters);
  const std::size_t pair = std::string_view("([{<").find(open);
  const bool is_pair = pair != std::string_view::npos && open != '\0';
  if (!is_pair && !(letters == 2 && (open == '|' || open == '!' || open == '/'))) return false;
  const char close = is_pair ? ")]}>"[pair] : open;
  std::size_t end = at_ + letters + 1;
  for (std::size_t depth = 1; end < text_.size(); ++end) {
    if (text_[end] == '\\') {
      ++end;
    } else if (text_[end] == close) {
      if (--depth == 0) break;
    } else if (is_pair && text_[end] == open) {
      ++depth;
    }
  }
  token.kind = TokenKind::kString;
  token.plain = false;
  token.text = {};
  skip_to(end + 1);
  return true;
}

bool Lexer::heredoc_php(Token& token) {
  std::size_t from = at_ + 3;
  while (from < text_.size() && (text_[from] == ' ' || text_[from] == '"' || text_[from] == '\''))
    ++from;
  std::size_t to = from;
  while (to < text_.size() && is_word_part(text_[to]))
    ++to;
  const std::string_view name = text_.substr(from, to - from);
  if (name.empty()) return false;
  std::size_t line = text_.find('\n', to);
  while (line != std::string_view::npos) {
    std::size_t begin = line + 1;
    while (begin < text_.size() && (text_[begin] == ' ' || text_[begin] == '\t'))
      ++begin;
    if (text_.substr(begin, name.size()) == name &&
        (begin + name.size() >= text_.size() || !is_word_part(text_[begin + name.size()]))) {
      line = begin + name.size();
      break;
    }
    line = text_.find('\n', begin);
  }
  token.kind = TokenKind::kString;
  token.plain = false;
  skip_to(line);
  return true;
}

bool Lexer::heredoc_ruby(Token& token) {
  std::size_t from = at_ + 2;
  if (from < text_.size() && (text_[from] == '~' || text_[from] == '-')) ++from;
  const char quote = from < text_.size() && (text_[from] == '\'' || text_[from] == '"') ? text_[from] : '\0';
  if (quote != '\0') ++from;
  std::size_t to = from;
  while (to < text_.size() && is_word_part(text_[to]))
    ++to;
  const bool named = to > from && (quote != '\0' || (text_[from] >= 'A' && text_[from] <= 'Z'));
  if (!named || heredocs_.size() >= kMaxPending) return false;
  heredocs_.push_back(text_.substr(from, to - from));
  token.kind = TokenKind::kString;
  token.plain = false;
  at_ = to + (quote != '\0' ? 1 : 0);
  at_ = std::min(at_, text_.size());
  return true;
}

void Lexer::skip_heredocs() {
  for (const std::string_view name : heredocs_) {
    while (at_ < text_.size()) {
      const std::size_t end = std::min(text_.find('\n', at_), text_.size());
      std::string_view line = text_.substr(at_, end - at_);
      line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
      while (line.ends_with('\r'))
        line.remove_suffix(1);
      skip_to(end + 1);
      if (line == name) break;
    }
  }
  heredocs_.clear();
}

bool Lexer::regex(Token& token) {
  bool in_class = false;
  std::size_t end = at_ + 1;
  for (; end < text_.size() && text_[end] != '\n'; ++end) {
    if (text_[end] == '\\')
      ++end;
    else if (text_[end] == '[')
      in_class = true;
    else if (text_[end] == ']')
      in_class = false;
    else if (text_[end] == '/' && !in_class)
      break;
  }
  if (end >= text_.size() || text_[end] != '/') return false;
  token.kind = TokenKind::kString;
  token.plain = false;
  skip_to(end + 1);
  return true;
}

bool Lexer::string_ahead(Token& token) {
  const char c = at(0);
  const bool triple = (c == '"' || c == '\'') && at(1) == c && at(2) == c;
  switch (tongue_) {
    case Tongue::kScript:
    case Tongue::kComponent:
      if (c == '`') {
        ++at_;
        template_text(token);
        return true;
      }
      if (c == '/' && at(1) != '>' && !value_before() && !last_.is_sign('<')) return regex(token);
      break;
    case Tongue::kGo:
      if (c == '`') {
        until(token, "`", 1);
        return true;
      }
      break;
    case Tongue::kCSharp:
      if (c == '"' || c == '@' || c == '$') return verbatim(token);
      break;
    case Tongue::kRust:
      if (c == '\'') return rust_quote(token);
      break;
    case Tongue::kPhp:
      if (ahead("<<<")) return heredoc_php(token);
      if (c == '`') {
        quoted(token, '`', true, true);
        token.plain = false;
        return true;
      }
      break;
    case Tongue::kRuby:
      if (ahead("<<") && heredoc_ruby(token)) return true;
      if (c == '/' && !value_before()) return regex(token);
      if (c == '%' && !value_before()) return percent_literal(token);
      if (c == '?' && (at(1) == '"' || at(1) == '\'') && !value_before()) {
        token.kind = TokenKind::kString;
        at_ += 2;
        return true;
      }
      if (c == '`') {
        quoted(token, '`', true, true);
        token.plain = false;
        return true;
      }
      break;
    case Tongue::kKotlin:
    case Tongue::kScala:
      if (c == '`') {  // a name that would else be a keyword
        until(token, "`", 1);
        token.kind = TokenKind::kWord;
        return true;
      }
      break;
    case Tongue::kLua:
      if (ahead("[[")) {
        until(token, "]]", 2);
        return true;
      }
      break;
    default:
      break;
  }
  if (c != '"' && c != '\'') return false;
  const bool has_triple = tongue_ == Tongue::kPython || tongue_ == Tongue::kJava || tongue_ == Tongue::kKotlin ||
                          tongue_ == Tongue::kScala || tongue_ == Tongue::kGroovy || tongue_ == Tongue::kDart;
  if (triple && has_triple) {
    std::size_t end = at_ + 3;
    while (end < text_.size() && !(text_[end] == c && text_.substr(end, 3) == text_.substr(at_, 3)))
      end += text_[end] == '\\' && tongue_ != Tongue::kKotlin ? 2U : 1U;
    end = std::min(end, text_.size());
    token.kind = TokenKind::kString;
    token.text = text_.substr(at_ + 3, end - (at_ + 3));
    skip_to(end + 3);
    return true;
  }
  const bool lines = tongue_ == Tongue::kPhp || tongue_ == Tongue::kRuby || tongue_ == Tongue::kRust;
  const bool inserts = c == '"' && (tongue_ == Tongue::kPhp || tongue_ == Tongue::kRuby || tongue_ == Tongue::kKotlin);
  quoted(token, c, lines, true);
  if (inserts && (token.text.find('$') != std::string_view::npos || token.text.find("#{") != std::string_view::npos))
    token.plain = false;
  return true;
}

}  // namespace commandcenter::architecture
