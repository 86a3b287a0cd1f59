// An expression of a model. It is compiled when it is first asked, for most never are: a text that lacks what each of
// its matches holds is not looked through. From any thread.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/regex.h"

namespace commandcenter::code::dataflow {

// Texts that each match of an expression holds: one of each row, as far as the expression shows it.
struct MatchParts {
  std::vector<std::vector<std::string>> rows;  // none is empty, nor a text in it
  bool any_case = false;                       // letters, small here, may also be capital ones

  bool may_be_in(std::string_view whole) const;
};

MatchParts parts_of(std::string_view pattern);

class Pattern {
 public:
  // Patterns have numbers of their own, from 0 on.
  Pattern(std::string text, std::size_t number) : text_(std::move(text)), parts_(parts_of(text_)), number_(number) {}

  const std::string& text() const { return text_; }
  std::size_t number() const { return number_; }

  bool found_in(std::string_view text) const { return may_be_in(text) && regex().found_in(text); }
  // The leftmost match that begins at `from` or later.
  std::optional<std::string_view> find(std::string_view text, std::size_t from) const {
    return may_be_in(text.substr(from)) ? regex().find(text, from) : std::nullopt;
  }

 private:
  bool may_be_in(std::string_view text) const { return parts_.may_be_in(text); }
  const Regex& regex() const;

  std::string text_;
  MatchParts parts_;
  std::size_t number_;
  mutable std::once_flag compiled_;
  mutable std::optional<Regex> regex_;
};

// The same for equal texts, which must be right.
std::shared_ptr<const Pattern> pattern_of(std::string_view text);

// Patterns that are looked for together.
class PatternSet {
 public:
  void add(const std::shared_ptr<const Pattern>& pattern) { patterns_.push_back(pattern); }

  const std::vector<std::shared_ptr<const Pattern>>& all() const { return patterns_; }
  // Places in all(). Nothing: ask them one by one.
  std::optional<std::vector<int>> found_in(std::string_view text) const;

 private:
  std::vector<std::shared_ptr<const Pattern>> patterns_;
  mutable std::once_flag compiled_;
  mutable std::optional<RegexSet> set_;
};

}  // namespace commandcenter::code::dataflow
