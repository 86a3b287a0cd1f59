// Words, strings and signs of a source text, without its comments; for the readers of imports.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/characters.h"
#include "code/imports/imports.h"

namespace commandcenter::architecture {

// Of a name in any of the languages.
constexpr bool is_word_part(char c) {
  return is_word(c) || c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

enum class TokenKind : std::uint8_t { kEnd, kWord, kString, kSign };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string_view text{};  // of a string: its contents
  std::size_t begin = 0;
  std::uint32_t line = 1;
  bool first = false;  // on its line
  bool plain = true;   // a string that nothing is inserted into

  bool is(std::string_view word) const { return kind == TokenKind::kWord && text == word; }
  bool is_sign(char sign) const { return kind == TokenKind::kSign && text[0] == sign; }
  bool is_word() const { return kind == TokenKind::kWord; }
  bool is_string() const { return kind == TokenKind::kString; }
};

class Lexer {
 public:
  Lexer(std::string_view text, Tongue tongue);

  Token next();
  void go_on_at(std::size_t offset) { skip_to(offset); }  // for what only the caller can read
  std::size_t column_of(const Token& token) const { return token.begin - line_begin_; }

 private:
  bool skip_blank();    // true when something was skipped
  bool skip_comment();  // likewise
  void skip_to(std::size_t end);
  void skip_line();
  void skip_block(std::string_view open, std::string_view close, bool nests);
  void skip_heredocs();
  bool markup();

  bool string_ahead(Token& token);
  void quoted(Token& token, char quote, bool lines, bool escapes);
  void until(Token& token, std::string_view close, std::size_t open_size);
  void template_text(Token& token);
  bool verbatim(Token& token);
  bool rust_quote(Token& token);
  bool percent_literal(Token& token);
  bool heredoc_php(Token& token);
  bool heredoc_ruby(Token& token);
  bool regex(Token& token);
  void word(Token& token);

  char at(std::size_t offset) const { return at_ + offset < text_.size() ? text_[at_ + offset] : '\0'; }
  bool ahead(std::string_view what) const { return text_.substr(at_, what.size()) == what; }
  bool value_before() const;  // true when a "/" divides

  std::string_view text_;
  Tongue tongue_;
  std::size_t at_ = 0;
  std::size_t line_begin_ = 0;
  std::uint32_t line_ = 1;
  bool fresh_line_ = true;
  bool in_markup_ = false;  // PHP outside of its tags
  Token last_{};
  std::size_t braces_ = 0;
  std::vector<std::size_t> templates_{};      // depths of braces at which a template goes on
  std::vector<std::string_view> heredocs_{};  // Ruby: whose text begins on the next line
};

}  // namespace commandcenter::architecture
