// Texts to tokens, for counting: white space and comments are tokens, too, and whatever no rule knows is a token of one
// character, so the tokens of a lexer are the whole text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "code/metrics/token.h"

namespace commandcenter::code::metrics {

enum class Dialect : std::uint8_t { kC, kCSharp, kJava, kScript, kMarkupScript, kPython, kGo, kRust, kPhp, kRuby };

// True where "#" begins a comment; elsewhere "//" and "/*" do.
constexpr bool has_hash_comments(Dialect dialect) {
  return dialect == Dialect::kPython || dialect == Dialect::kRuby;
}

class Tokens {
 public:
  virtual ~Tokens() = default;
  virtual bool next(Token& token) = 0;  // false at the end; a token's text lives as long as the source and its text
};

// The rules that all dialects share, and those of one.
class Lexer : public Tokens {
 public:
  Lexer(std::string_view text, Dialect dialect, std::size_t begin = 0);
  bool next(Token& token) override;
  std::size_t position() const { return at_; }  // behind the token that came last
  void seek(std::size_t position) { at_ = position; }

 private:
  std::size_t token_end();  // of the token at at_, without joining directives
  std::size_t own_end();    // by the dialect's own rules; at_ when none applies
  std::size_t c_end() const;
  std::size_t script_end();
  std::size_t markup_end() const;
  std::size_t php_end();
  std::size_t ruby_end();
  std::size_t python_end();
  std::size_t block_comment_end();
  std::size_t separated_number_end() const;
  std::size_t quoted_end(std::size_t open, char close);  // behind the quote; `open` when it is never closed
  std::size_t symbol_end() const;
  std::size_t space_end() const;  // line ends are no space
  std::size_t find(char wanted, std::size_t from, std::size_t& none_from) const;
  Token make(std::size_t begin, std::size_t end) const;

  char at(std::size_t place) const { return place < text_.size() ? text_[place] : '\0'; }

  std::string_view text_;
  Dialect dialect_;
  std::size_t at_ = 0;
  std::size_t wasted_bytes_ = 0;  // looked at in vain for the end of a quotation
  bool no_comment_end_ = false;
  std::size_t no_backtick_from_ = std::string_view::npos;
};

// What the dialect's reader works on: a lexer and what stands on it.
std::unique_ptr<Tokens> tokens_of(std::string_view text, Dialect dialect);

// The parts of tokens_of.
std::unique_ptr<Tokens> script_tokens(std::string_view text, Dialect dialect);
std::unique_ptr<Tokens> python_tokens(std::string_view text);
std::unique_ptr<Tokens> php_tokens(std::string_view text);
std::unique_ptr<Tokens> ruby_tokens(std::string_view text);

// Joins what looks like a regular expression to one token.
std::unique_ptr<Tokens> join_regexes(std::unique_ptr<Tokens> tokens);

bool is_blank(std::string_view text);

// A token that was put together from others, or taken out of one.
Token made_token(std::string_view text);

// Tokens that are made of others and wait for their turn. Texts that are no part of the source live here.
class TokenQueue {
 public:
  void push(Token token) { tokens_.push_back(token); }
  void push_made(std::string text);
  std::string_view keep(std::string text);
  bool pop(Token& token);
  bool empty() const { return tokens_.empty(); }

 private:
  std::deque<Token> tokens_;
  std::deque<std::string> made_;
};

}  // namespace commandcenter::code::metrics
