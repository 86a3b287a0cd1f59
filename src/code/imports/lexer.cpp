// One scanner for all languages; what differs is which comments and strings there are.
#include "code/imports/lexer.h"

#include <algorithm>
#include <array>

#include "base/characters.h"

namespace commandcenter::architecture {
namespace {

bool is_word_begin(char c) {
  return is_word_part(c) && !is_digit(c);
}

constexpr std::array<bool, 256> word_table() {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < 256; ++c)
    table[c] = is_word_part(static_cast<char>(c));
  return table;
}
constexpr auto kWordPart = word_table();

constexpr auto kBeforeRegex = std::to_array<std::string_view>(
    {"return", "typeof", "case",   "in",   "of",  "delete", "void", "throw", "new",   "else",  "do",  "await",
     "yield",  "if",     "unless", "when", "and", "or",     "not",  "then",  "while", "until", "puts"});

bool slashes(Tongue tongue) {  // has // and /* */
  switch (tongue) {
    case Tongue::kPython:
    case Tongue::kRuby:
    case Tongue::kLua:
    case Tongue::kNone:
      return false;
    default:
      return true;
  }
}

bool nests(Tongue tongue) {
  return tongue == Tongue::kRust || tongue == Tongue::kKotlin || tongue == Tongue::kScala || tongue == Tongue::kDart;
}

}  // namespace

Lexer::Lexer(std::string_view text, Tongue tongue) : text_(text), tongue_(tongue), in_markup_(tongue == Tongue::kPhp) {
  if (ahead("\xef\xbb\xbf")) at_ = 3;
  if (ahead("#!") && tongue != Tongue::kRust) skip_line();
}

void Lexer::skip_to(std::size_t end) {
  end = std::min(end, text_.size());
  for (std::size_t line = text_.find('\n', at_); line < end; line = text_.find('\n', line + 1)) {
    ++line_;
    line_begin_ = line + 1;
    fresh_line_ = true;
  }
  at_ = end;
}

void Lexer::skip_line() {
  at_ = std::min(text_.find('\n', at_), text_.size());
}

void Lexer::skip_block(std::string_view open, std::string_view close, bool nested) {
  const std::uint32_t line = line_;
  const bool fresh = fresh_line_;
  std::size_t from = at_ + open.size();
  for (std::size_t depth = 1; depth > 0;) {
    const std::size_t end = text_.find(close, from);
    const std::size_t inner = nested ? text_.find(open, from) : std::string_view::npos;
    if (inner < end) {
      ++depth;
      from = inner + open.size();
      continue;
    }
    if (end == std::string_view::npos) return skip_to(text_.size());
    --depth;
    from = end + close.size();
  }
  skip_to(from);
  if (line == line_) fresh_line_ = fresh;
}

bool Lexer::skip_blank() {
  const std::size_t begin = at_;
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '\n') {
      ++at_;
      ++line_;
      line_begin_ = at_;
      fresh_line_ = true;
      if (!heredocs_.empty()) skip_heredocs();
    } else if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v') {
      ++at_;
    } else if (c == '\\' && (at(1) == '\n' || (at(1) == '\r' && at(2) == '\n'))) {  // the line goes on
      const bool fresh = fresh_line_;
      skip_to(at_ + (at(1) == '\n' ? 2 : 3));
      fresh_line_ = fresh;
    } else {
      break;
    }
  }
  return at_ > begin;
}

bool Lexer::skip_comment() {
  const char c = at(0);
  if (c == '/' && slashes(tongue_)) {
    if (at(1) == '/') {
      skip_line();
      return true;
    }
    if (at(1) == '*') {
      skip_block("/*", "*/", nests(tongue_));
      return true;
    }
    return false;
  }
  if (c == '#' &&
      (tongue_ == Tongue::kPython || tongue_ == Tongue::kRuby || (tongue_ == Tongue::kPhp && at(1) != '['))) {
    skip_line();
    return true;
  }
  if (tongue_ == Tongue::kRuby && c == '=' && at_ == line_begin_ && ahead("=begin")) {
    skip_to(text_.find("\n=end", at_));
    if (at_ < text_.size()) skip_to(at_ + 5);
    skip_line();
    return true;
  }
  if (tongue_ == Tongue::kRuby && c == '_' && at_ == line_begin_ && ahead("__END__")) {
    skip_to(text_.size());
    return true;
  }
  if (tongue_ == Tongue::kLua && ahead("--")) {
    if (ahead("--[["))
      skip_block("--[[", "]]", false);
    else
      skip_line();
    return true;
  }
  if (tongue_ == Tongue::kScript && at_ == 0 && ahead("<!--")) {
    skip_line();
    return true;
  }
  return false;
}

// PHP: everything up to the next opening tag.
bool Lexer::markup() {
  if (!in_markup_) {
    if (tongue_ != Tongue::kPhp || !ahead("?>")) return false;
    in_markup_ = true;
  }
  if (at_ >= text_.size()) return false;
  const std::size_t open = text_.find("<?", at_);
  skip_to(open);
  if (open != std::string_view::npos) {
    in_markup_ = false;
    skip_to(open + (ahead("<?php") ? 5 : ahead("<?=") ? 3 : 2));
    fresh_line_ = true;
  }
  return true;
}

bool Lexer::value_before() const {
  if (last_.kind == TokenKind::kEnd) return false;
  if (last_.kind == TokenKind::kString) return true;
  if (last_.kind == TokenKind::kWord) return std::ranges::find(kBeforeRegex, last_.text) == kBeforeRegex.end();
  return last_.is_sign(')') || last_.is_sign(']');
}

// A word; with a string that begins with letters as one token.
void Lexer::word(Token& token) {
  std::size_t end = at_ + 1;
  while (end < text_.size() && kWordPart[static_cast<unsigned char>(text_[end])])
    ++end;
  token.kind = TokenKind::kWord;
  token.text = text_.substr(at_, end - at_);
  const char next = end < text_.size() ? text_[end] : '\0';
  const std::string_view prefix = token.text;
  if (tongue_ == Tongue::kPython && (next == '"' || next == '\'') && prefix.size() <= 2 &&
      prefix.find_first_not_of("rRbBuUfFtT") == std::string_view::npos) {
    at_ = end;
    string_ahead(token);
    token.plain = prefix.find_first_of("fFtT") == std::string_view::npos;
    return;
  }
  if (tongue_ == Tongue::kC && next == '"' && prefix.ends_with('R') && prefix.size() <= 3) {
    const std::size_t open = text_.find('(', end);
    if (open != std::string_view::npos && open - end <= 17) {
      const std::string_view mark = text_.substr(end + 1, open - end - 1);
      std::size_t close = open;
      do {
        close = text_.find(')', close + 1);
      } while (close != std::string_view::npos &&
               (text_.substr(close + 1, mark.size()) != mark || text_.substr(close + 1 + mark.size(), 1) != "\""));
      token.kind = TokenKind::kString;
      token.text = {};
      return skip_to(close == std::string_view::npos ? text_.size() : close + mark.size() + 2);
    }
  }
  if (tongue_ == Tongue::kRust && (next == '"' || next == '#') && (prefix == "r" || prefix == "br" || prefix == "cr")) {
    std::size_t hashes = 0;
    while (end + hashes < text_.size() && text_[end + hashes] == '#')
      ++hashes;
    if (end + hashes < text_.size() && text_[end + hashes] == '"') {
      std::size_t close = text_.find('"', end + hashes + 1);
      while (close != std::string_view::npos &&
             text_.substr(close + 1, hashes).find_first_not_of('#') != std::string_view::npos)
        close = text_.find('"', close + 1);
      token.kind = TokenKind::kString;
      token.text = {};
      return skip_to(close == std::string_view::npos ? text_.size() : close + 1 + hashes);
    }
  }
  at_ = end;
}

Token Lexer::next() {
  while (markup() || skip_blank() || skip_comment()) {
  }
  Token token;
  token.begin = at_;
  token.line = line_;
  token.first = fresh_line_;
  fresh_line_ = false;
  if (at_ >= text_.size()) return last_ = token;
  const char c = text_[at_];
  if (is_word_begin(c) && !(tongue_ == Tongue::kCSharp && c == '$')) {
    word(token);
  } else if (is_digit(c)) {
    std::size_t end = at_ + 1;
    while (end < text_.size() && (is_word_part(text_[end]) || (text_[end] == '\'' && tongue_ == Tongue::kC &&
                                                               end + 1 < text_.size() && is_word_part(text_[end + 1]))))
      ++end;
    token.kind = TokenKind::kWord;
    token.text = text_.substr(at_, end - at_);
    at_ = end;
  } else if (!string_ahead(token)) {
    token.kind = TokenKind::kSign;
    token.text = text_.substr(at_, 1);
    ++at_;
    if (c == '{') ++braces_;
    if (c == '}' && braces_ > 0) {
      --braces_;
      if (!templates_.empty() && templates_.back() == braces_) {
        templates_.pop_back();
        template_text(token);
        token.plain = false;
        token.text = {};
      }
    }
  }
  return last_ = token;
}

}  // namespace commandcenter::architecture
