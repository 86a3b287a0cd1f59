// The parser behind find_assigned: from a name to the value that it is given. Every look ahead is bounded, so the cost
// of a word does not depend on the size of the file.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/characters.h"
#include "code/secrets/candidate.h"

namespace commandcenter::code {

inline constexpr std::size_t kMaxGap_bytes = 64;     // spaces between name, operator and value
inline constexpr std::size_t kMaxCall_bytes = 60;    // name of a function around the value
inline constexpr std::size_t kMaxBlock_bytes = 400;  // from the name of a variable to its default
inline constexpr std::size_t kMaxBack_bytes = 400;   // how much of the line before the name is looked at

inline bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
inline bool is_quote(char c) {
  return c == '"' || c == '\'' || c == '`';
}

class AssignmentParser {
 public:
  AssignmentParser(const Source& source, Candidate& candidate)
      : text_(source.text()), language_(source.language()), c_(candidate), code_(is_code(source.language())) {}

  bool run();

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\n'; }
  bool starts(std::string_view word) const { return peek() == word[0] && text_.substr(at_).starts_with(word); }
  bool done() const { return at_ >= text_.size(); }

  std::size_t skip_blanks();
  // Where one of these comes next; npos when none does within so many bytes.
  std::size_t find_near(std::string_view set, std::size_t within) const;
  // Authorization: Token …
  std::size_t scheme_size() const;
  void skip_scheme();
  // The sign before the name.
  void look_before();
  // Whether the name stands in a string or a comment.
  void look_back();
  // Where the line of the name begins, without its blanks.
  std::size_t line_begin() const;
  // #define name value
  bool is_macro() const { return text_.substr(line_begin()).starts_with("#define "); }
  // `"`, `']`, `[]` and the like behind the name.
  void close_name();
  bool take_operator();
  bool accept(std::size_t size, Operator op);
  bool fallback(std::size_t size);
  bool after_colon();
  // f("name", "value"), or {"key": "name", "value": "…"}
  bool after_comma();
  // 'name' => 'NAME', 'other' => …: what looks like a name is a value.
  bool is_value_itself() const;
  // add_argument("--NAME", help="…", default="value")
  bool option_default();
  // A name whose value comes as "value: …" behind it or on the next line.
  bool named_value();
  // <NAME, <space:NAME
  bool opens_tag() const;
  // variable "name" { … default = "value" }
  bool variable();
  // <property name="NAME"> <value>…
  bool child();
  // strcmp(name, "value") and the like
  bool is_compared() const;
  // <name>NAME</name> <value>…, <key>NAME</key> <string>…
  bool sibling();
  // | NAME | value |
  bool cell();
  bool ends_before(std::string_view word) const;
  // Ruby: let(:NAME) { "value" }; set :NAME, "value"
  bool of_symbol();
  // Ruby: NAME { "value" }, an attribute of a factory
  bool opens_block();
  // YAML, CloudFormation: a parameter's "Default: value" in the lines below its name
  bool default_below();
  // Arguments of a command, each an item of a list: --NAME, and below it the value.
  bool next_item();
  // <NAME attribute="…">value
  bool past_attributes();
  // Past "Type =" behind a name; false when there is none.
  bool typed();
  bool after_space();
  bool opens_string() const;
  bool take_value();
  bool next_line();
  // YAML: NAME: | and the one line that follows
  bool only_line_of_block();
  // "NAME": {"value": "…"
  bool in_object();
  // In code, the value of a line that stands in a text of several lines; false when it stands in none.
  bool in_long_text();
  // Past prefix and opening quote.
  bool open_string();
  bool quoted();
  bool finish(std::size_t end, bool closed);
  // `name(`, `new Name(`, `[]byte(`, `[`: to the first argument.
  bool through_call();
  // get("NAME", "fallback"), ("user", "password"): at the second.
  bool second_argument();
  // name = expression || "fallback"
  bool fallback_on_line();
  // {12, 34, 56, …: bytes of a key
  bool bytes();
  bool unquoted();
  // Of a value without quotes that goes on to the end of its line or to a comment.
  std::size_t end_of_line_value(std::string_view stops, std::size_t limit) const;

  std::string_view text_;
  Language language_;
  Candidate& c_;
  bool code_;
  std::size_t at_ = 0;
  char before_ = '\n';
  char mark_ = 0;
  std::size_t slashes_ = 0;
  bool triple_ = false;
  bool flag_ = false;  // of a command: --name value
  bool closed_ = false;
};

}  // namespace commandcenter::code
