#include "core/expr/lexer.h"

#include <cstdint>
#include <utility>

#include "base/characters.h"
#include "core/expr/expr.h"

namespace commandcenter::expr {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

int digit_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 99;
}

void append_utf8(std::string& out, std::uint32_t point) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0 | (point >> 6));
    put(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    put(0xE0 | (point >> 12));
    put(0x80 | ((point >> 6) & 0x3F));
    put(0x80 | (point & 0x3F));
  } else {
    put(0xF0 | (point >> 18));
    put(0x80 | ((point >> 12) & 0x3F));
    put(0x80 | ((point >> 6) & 0x3F));
    put(0x80 | (point & 0x3F));
  }
}

struct Symbol {
  std::string_view text;
  TokenKind kind;
};

// Longer symbols first, so that the first match is the right one.
constexpr Symbol kSymbols[] = {
    {"??", TokenKind::kCoalesce},     {"||", TokenKind::kOr},          {"&&", TokenKind::kAnd},
    {"==", TokenKind::kEqual},        {"!=", TokenKind::kNotEqual},    {"<=", TokenKind::kLessEqual},
    {">=", TokenKind::kGreaterEqual}, {"<", TokenKind::kLess},         {">", TokenKind::kGreater},
    {"!", TokenKind::kNot},           {"?", TokenKind::kQuestion},     {":", TokenKind::kColon},
    {",", TokenKind::kComma},         {".", TokenKind::kDot},          {"+", TokenKind::kPlus},
    {"-", TokenKind::kMinus},         {"*", TokenKind::kStar},         {"/", TokenKind::kSlash},
    {"%", TokenKind::kPercent},       {"(", TokenKind::kOpenParen},    {")", TokenKind::kCloseParen},
    {"[", TokenKind::kOpenBracket},   {"]", TokenKind::kCloseBracket}, {"{", TokenKind::kOpenBrace},
    {"}", TokenKind::kCloseBrace},
};

class Lexer {
 public:
  Lexer(std::string_view text, std::size_t first_column, Ending ending, Tokens& out)
      : text_(text), column_(first_column), ending_(ending), out_(out) {}

  std::optional<CompileError> run() {
    while (!error_ && !done_)
      next();
    return std::move(error_);
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  // The column of a later place in the text; columns are counted once, from token to token.
  std::size_t column_of(std::size_t offset) {
    for (; counted_ < offset; ++counted_) {
      if ((static_cast<unsigned char>(text_[counted_]) & 0xC0) != 0x80) ++column_;
    }
    return column_;
  }

  void fail(std::size_t offset, std::string message) {
    error_ = CompileError{column_of(offset), std::move(message), false};
  }

  void emit(TokenKind kind, std::size_t start, std::string value = {}) {
    out_.list.push_back(Token{kind, std::move(value), text_.substr(start, at_ - start), column_of(start)});
  }

  void finish(std::size_t closing_bytes) {
    emit(TokenKind::kEnd, at_);
    out_.consumed_bytes = at_ + closing_bytes;
    done_ = true;
  }

  TokenKind previous() const { return out_.list.empty() ? TokenKind::kEnd : out_.list.back().kind; }

  void next() {
    skip_space();
    if (at_ > Limits::kMaxExpressionBytes) {
      error_ = CompileError{column_of(at_),
                            "the expression is longer than " + std::to_string(Limits::kMaxExpressionBytes) +
                                " bytes; compute part of it in an earlier node",
                            true};
    } else if (at_ >= text_.size()) {
      if (ending_ == Ending::kClosingBraces)
        fail(at_, "expected '}}' to close the template");
      else
        finish(0);
    } else if (ending_ == Ending::kClosingBraces && open_braces_ == 0 && text_.substr(at_, 2) == "}}") {
      finish(2);
    } else if (peek() == '"' || peek() == '\'') {
      read_string(at_, false);
    } else if ((peek() == 'r' || peek() == 'R') && (peek(1) == '"' || peek(1) == '\'') &&
               previous() != TokenKind::kDot) {
      ++at_;
      read_string(at_ - 1, true);
    } else if (is_letter(peek()) || peek() == '_' || (previous() == TokenKind::kDot && is_digit(peek()))) {
      read_word();
    } else if (is_digit(peek()) || (peek() == '.' && is_digit(peek(1)) && !after_operand())) {
      read_number();
    } else {
      read_symbol();
    }
  }

  void skip_space() {
    while (at_ < text_.size()) {
      if (is_space(text_[at_])) {
        ++at_;
      } else if (text_.substr(at_, 2) == "//") {
        // A comment ends with its line, or with the template.
        while (at_ < text_.size() && text_[at_] != '\n' &&
               !(ending_ == Ending::kClosingBraces && text_.substr(at_, 2) == "}}")) {
          ++at_;
        }
      } else {
        return;
      }
    }
  }

  // Whether a dot here takes a member, rather than starting a number such as `.5`.
  bool after_operand() const {
    const TokenKind kind = previous();
    return kind == TokenKind::kName || kind == TokenKind::kString || kind == TokenKind::kCloseParen ||
           kind == TokenKind::kCloseBracket || kind == TokenKind::kCloseBrace;
  }

  void read_word() {
    const std::size_t start = at_;
    while (is_word(peek()) || (peek() == '-' && (is_letter(peek(1)) || is_digit(peek(1)))))
      ++at_;
    const std::string_view word = text_.substr(start, at_ - start);
    TokenKind kind = TokenKind::kName;
    if (previous() != TokenKind::kDot) {  // after a dot every word is the name of a member
      if (word == "true")
        kind = TokenKind::kTrue;
      else if (word == "false")
        kind = TokenKind::kFalse;
      else if (word == "null")
        kind = TokenKind::kNull;
      else if (word == "in")
        kind = TokenKind::kIn;
    }
    emit(kind, start, std::string(word));
  }

  void read_number() {
    const std::size_t start = at_;
    TokenKind kind = TokenKind::kInt;
    if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X') && digit_value(peek(2)) < 16) {
      at_ += 2;
      while (digit_value(peek()) < 16)
        ++at_;
    } else {
      while (is_digit(peek()))
        ++at_;
      if (peek() == '.' && is_digit(peek(1))) {
        kind = TokenKind::kDouble;
        ++at_;
        while (is_digit(peek()))
          ++at_;
      }
      const std::size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
      if ((peek() == 'e' || peek() == 'E') && is_digit(peek(1 + sign))) {
        kind = TokenKind::kDouble;
        at_ += 1 + sign;
        while (is_digit(peek()))
          ++at_;
      }
    }
    if (is_word(peek()))
      return fail(at_, "expected an operator after the number, found '" + std::string(1, peek()) + "'");
    emit(kind, start, std::string(text_.substr(start, at_ - start)));
  }

  void read_string(std::size_t start, bool raw) {
    const char quote = text_[at_];
    const bool tripled = peek(1) == quote && peek(2) == quote;  // may go over several lines
    const std::string closing(tripled ? 3 : 1, quote);
    at_ += closing.size();
    std::string value;
    while (text_.substr(at_, closing.size()) != closing) {
      const char c = peek();
      if (at_ >= text_.size() || (!tripled && (c == '\n' || c == '\r'))) {
        return fail(start,
                    tripled ? "this string has no closing " + closing : "this string has no closing quote on its line");
      }
      if (c == '\\' && !raw) {
        if (!read_escape(value)) return;
      } else {
        value += c;
        ++at_;
      }
    }
    at_ += closing.size();
    emit(TokenKind::kString, start, std::move(value));
  }

  bool read_escape(std::string& value) {
    const std::size_t start = at_++;
    const char c = peek();
    switch (c) {
      case '\\':
      case '\'':
      case '"':
      case '`':
      case '?':
        value += c;
        break;
      case 'a':
        value += '\a';
        break;
      case 'b':
        value += '\b';
        break;
      case 'f':
        value += '\f';
        break;
      case 'n':
        value += '\n';
        break;
      case 'r':
        value += '\r';
        break;
      case 't':
        value += '\t';
        break;
      case 'v':
        value += '\v';
        break;
      case 'x':
      case 'X':
        return read_code_point(start, 1, 2, 16, value);
      case 'u':
        return read_code_point(start, 1, 4, 16, value);
      case 'U':
        return read_code_point(start, 1, 8, 16, value);
      case '0':
      case '1':
      case '2':
      case '3':
        return read_code_point(start, 0, 3, 8, value);
      default:
        fail(start, "unknown escape in a string; write '\\\\' for a backslash, or r'…' for text without escapes");
        return false;
    }
    ++at_;
    return true;
  }

  bool read_code_point(std::size_t start, std::size_t prefix, std::size_t digits, int base, std::string& value) {
    at_ += prefix;
    std::uint32_t point = 0;
    for (std::size_t i = 0; i < digits; ++i, ++at_) {
      const int digit = digit_value(peek());
      if (digit >= base) {
        fail(start, "expected " + std::to_string(digits) + (base == 16 ? " hexadecimal" : " octal") +
                        " digits in this escape");
        return false;
      }
      point = point * static_cast<std::uint32_t>(base) + static_cast<std::uint32_t>(digit);
    }
    if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) {
      fail(start, "this escape is no Unicode character; write characters beyond U+FFFF as \\U with 8 digits");
      return false;
    }
    append_utf8(value, point);
    return true;
  }

  void read_symbol() {
    const std::size_t start = at_;
    for (const Symbol& symbol : kSymbols) {
      if (text_.substr(at_, symbol.text.size()) != symbol.text) continue;
      if (symbol.kind == TokenKind::kOpenBrace) ++open_braces_;
      if (symbol.kind == TokenKind::kCloseBrace && open_braces_ > 0) --open_braces_;
      at_ += symbol.text.size();
      return emit(symbol.kind, start);
    }
    switch (peek()) {
      case '=':
        return fail(start, "'=' is no operator; to compare write '=='");
      case '&':
        return fail(start, "'&' is no operator; for \"and\" write '&&'");
      case '|':
        return fail(start, "'|' is no operator; for \"or\" write '||', to apply a function write f(x) or x.f()");
      default:
        break;
    }
    std::size_t length = 1;  // show a whole character, not its first byte
    while ((static_cast<unsigned char>(peek(length)) & 0xC0) == 0x80)
      ++length;
    std::string message = "unexpected character '";
    message += text_.substr(start, length);
    message += "'; member names beyond letters, digits, '_' and '-' are written ['name']";
    fail(start, std::move(message));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t counted_ = 0;
  std::size_t column_;
  std::size_t open_braces_ = 0;
  Ending ending_;
  Tokens& out_;
  std::optional<CompileError> error_;
  bool done_ = false;
};

}  // namespace

std::optional<CompileError> tokenize(std::string_view text, std::size_t first_column, Ending ending, Tokens& out) {
  return Lexer(text, first_column, ending, out).run();
}

}  // namespace commandcenter::expr
