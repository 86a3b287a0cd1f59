// Text → tokens. In: an expression, alone or up to the `}}` that closes it. Out: tokens with columns, or the first
// error. Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace commandcenter::expr {

enum class TokenKind {
  kEnd,
  kName,    // an identifier, or whatever follows a dot; hyphens inside belong to it
  kInt,     // text: decimal or 0x…, not yet converted
  kDouble,  // text: as written
  kString,  // text: decoded
  kTrue,
  kFalse,
  kNull,
  kIn,
  kDot,
  kComma,
  kColon,
  kQuestion,
  kCoalesce,
  kOr,
  kAnd,
  kNot,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kPlus,
  kMinus,
  kStar,
  kSlash,
  kPercent,
  kOpenParen,
  kCloseParen,
  kOpenBracket,
  kCloseBracket,
  kOpenBrace,
  kCloseBrace,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;
  std::string_view source;  // as written; points into the text given to tokenize
  std::size_t column = 0;   // 1-based, in characters
};

struct CompileError {
  std::size_t column = 0;
  std::string message;
  bool too_large = false;  // a limit, not a mistake
};

struct Tokens {
  std::vector<Token> list;         // ends with kEnd
  std::size_t consumed_bytes = 0;  // including the closing braces, if any
};

enum class Ending { kWholeText, kClosingBraces };

// `first_column` is the column of the text's first character. With kClosingBraces the expression ends at the first `}}`
// that is neither in a string nor closes a map literal.
std::optional<CompileError> tokenize(std::string_view text, std::size_t first_column, Ending ending, Tokens& out);

}  // namespace commandcenter::expr
