// Source code as tokens in which brackets know their partners; enough to find calls, literals and blocks in four
// families of languages without understanding the rest. Pure; linear in the text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace commandcenter::code::headers {

enum class Syntax : std::uint8_t { kJavaScript, kPython, kJava, kCSharp };

enum class Kind : std::uint8_t { kName, kNumber, kString, kPunct, kOpen, kClose, kNewline };

struct Token {
  Kind kind = Kind::kPunct;
  std::string_view text;  // as written; "" for the brackets that stand for Python's indentation
  std::string value;      // of a string: its contents
  bool dynamic = false;   // of a string: parts of it are computed
  bool starts_line = false;
  std::size_t offset = 0;
  std::size_t match = 0;  // of a bracket: its partner's index; of one that is never closed: the number of tokens
};

struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool empty() const { return begin >= end; }
};

struct CommentRange {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t inner_begin = 0;
  std::size_t inner_end = 0;
};

struct Tokens {
  std::vector<Token> all;
  std::vector<CommentRange> comments;

  bool is(std::size_t at, std::string_view text) const { return at < all.size() && all[at].text == text; }
  bool is_name(std::size_t at) const { return at < all.size() && all[at].kind == Kind::kName; }
  bool is_string(std::size_t at) const { return at < all.size() && all[at].kind == Kind::kString; }
  bool opens(std::size_t at, char bracket) const {
    return at < all.size() && all[at].kind == Kind::kOpen && !all[at].text.empty() && all[at].text.front() == bracket;
  }
  // A block of statements: braces, or Python's indentation.
  bool opens_block(std::size_t at) const {
    return at < all.size() && all[at].kind == Kind::kOpen && (all[at].text.empty() || all[at].text == "{");
  }
  Range inside(std::size_t open) const { return {open + 1, all[open].match}; }
  // The index after a token, or after the whole group that it opens.
  std::size_t after(std::size_t at) const { return all[at].kind == Kind::kOpen ? all[at].match + 1 : at + 1; }
  Range everything() const { return {0, all.size()}; }
};

Tokens tokenize(std::string_view text, Syntax syntax);

// The parts of a range between separators that stand in no inner bracket. Empty parts are left out.
std::vector<Range> parts(const Tokens& tokens, Range range, std::string_view separator);

// Where the statement that holds `at` ends: at a semicolon, a line end that ends it, or the bracket around it.
std::size_t statement_end(const Tokens& tokens, std::size_t at);

// The chain of names that ends before `at`: "ctx.Response.Headers"; calls within it appear as "()".
std::string chain_before(const Tokens& tokens, std::size_t at, std::size_t* begin = nullptr);

}  // namespace commandcenter::code::headers
