// The names of a text, in order, without those in remarks. No tree is needed for that, and none is as fast.
//
// Where it is not sure that something is a remark, it is none: names too many cost time, names too few findings. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "code/dataflow/pattern.h"
#include "code/syntax/syntax.h"

namespace commandcenter::code::dataflow {

struct Literal {  // with its quotes
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

class NamesReader {
 public:
  NamesReader(std::string_view text, Grammar grammar);

  // False at the end.
  bool next(std::size_t& begin, std::size_t& end);

  const std::vector<Literal>& literals() const { return literals_; }  // of what was read so far
  bool in_literal() const { return at_ <= literal_end_; }             // the name that was read last
  const std::vector<Literal>& apart() const { return apart_; }  // what is no code: remarks, literals, patterns, markup

  static bool part_of_name(char c);

 private:
  void sign(char c);
  void quote(char c);
  void slash();
  void hash();
  void literal(std::size_t end);
  void set_apart(std::size_t begin, std::size_t end);
  void heredoc_ruby();
  void heredoc_php();
  void skip_markup();
  std::size_t end_of_line(std::size_t from) const;
  std::size_t closed(std::size_t from, char mark, bool lines) const;
  bool value_before() const;
  char at(std::size_t place) const { return place < text_.size() ? text_[place] : '\0'; }

  std::string_view text_;
  Grammar grammar_;
  bool script_ = false;  // JavaScript and TypeScript
  std::size_t at_ = 0;
  std::size_t literal_end_ = 0;
  std::size_t heredoc_begin_ = 0;  // Ruby: of the line on which the text of a heredoc begins; 0: none waits
  std::string_view heredoc_name_;
  std::vector<Literal> literals_;
  std::vector<Literal> apart_;
};

struct Name {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::uint64_t hash = 0;
};

// FNV-1a; of PHP without regard to capital letters.
std::uint64_t hash_of(std::string_view name, Grammar grammar);
std::uint64_t hash_of(std::string_view name, Grammar grammar, std::uint64_t before);  // of what stands before it, too

// A text and all its names, read once for all who ask.
class Names {
 public:
  Names(std::string_view text, Grammar grammar);
  // Of a page: those in its scripts, from where to where each stands.
  Names(std::string_view text, Grammar grammar, std::span<const std::pair<std::size_t, std::size_t>> scripts);

  std::string_view text() const { return text_; }
  Grammar grammar() const { return grammar_; }
  bool page() const { return page_; }
  const std::vector<Name>& all() const { return all_; }
  std::string_view name(const Name& name) const { return text_.substr(name.begin, name.end - name.begin); }
  const std::vector<Literal>& literals() const { return literals_; }
  const std::vector<Literal>& apart() const { return apart_; }
  // Each pattern is looked for once.
  bool holds(const Pattern& pattern) const;
  // False when all of it is in a remark or in a literal into which nothing can be put; in doubt it is code.
  bool in_code(std::size_t begin, std::size_t end) const;
  // It is all of such a literal: "name".
  bool is_literal(const Name& name) const;
  // A match in code. The same.
  bool holds_in_code(const Pattern& pattern) const;
  // Asks all of them, since one after the other would be.
  void look_for(const PatternSet& patterns) const;

 private:
  enum class Held : std::uint8_t { kNotAsked, kNo, kYes };
  static Held& held(std::vector<Held>& known, const Pattern& pattern);
  bool find_in_code(const Pattern& pattern) const;
  const Literal* apart_at(std::size_t place) const;
  bool is_plain(const Literal& apart) const;
  void read(std::size_t begin, std::size_t end);

  std::string_view text_;
  Grammar grammar_;
  bool page_ = false;
  mutable std::vector<Held> held_;          // by the pattern's number
  mutable std::vector<Held> held_in_code_;  // the same
  std::vector<Name> all_;                   // in order
  std::vector<Literal> literals_;
  std::vector<Literal> apart_;
};

}  // namespace commandcenter::code::dataflow
