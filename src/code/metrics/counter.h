// The way of a token: white space and directives out, comments out, lines counted, conditions counted, functions found.
// What is counted goes to the function that the tokens before have led to.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "code/metrics/ledger.h"
#include "code/metrics/lexer.h"
#include "code/metrics/machine.h"

namespace commandcenter::code::metrics {

class Counter {
 public:
  Counter(Dialect dialect, Ledger& ledger);

  // False when the text is nested too deeply; what was counted up to there stands.
  bool run(Tokens& tokens);

 private:
  void take(const Token& token);
  void take_clike(const Token& token);
  void directive(const Token& token);
  void take_python(const Token& token);
  void indent(std::size_t spaces, const Token& token);
  void pass(const Token& token);  // on to comments, lines, conditions, machines
  void comment(const Token& token);
  void count(const Token& token);
  void count_python(const Token& token);
  void skip_lines(std::size_t count);

  Dialect dialect_;
  Ledger& ledger_;
  std::vector<Chain> chains_;
  std::array<bool, static_cast<std::size_t>(Symbol::kCount)> is_condition_{};
  bool begins_line_ = true;
  bool stopped_ = false;  // the rest was written by a program

  const char* tilde_ = nullptr;  // waits for what it belongs to
  std::vector<std::size_t> indents_{0};
  std::size_t leading_spaces_ = 0;
  bool in_leading_space_ = true;
  std::string_view before_;  // the last token that is no space
};

// Python's "match" and "case" are keywords where no name can stand.
class SoftKeywords : public Tokens {
 public:
  explicit SoftKeywords(Tokens& tokens) : tokens_(tokens) {}
  bool next(Token& token) override;

 private:
  bool is_keyword();
  bool look_ahead(Token& token);

  Tokens& tokens_;
  std::vector<Token> ahead_;
  std::size_t taken_ = 0;  // of ahead_
  bool at_line_begin_ = true;
  bool case_counts_ = false;  // the last one was a keyword
};

}  // namespace commandcenter::code::metrics
