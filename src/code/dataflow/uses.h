// How a name is used where it stands, as far as a few characters around it tell. In doubt it is used. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "code/syntax/syntax.h"

namespace commandcenter::code::dataflow {

inline constexpr std::size_t kMaxArguments_bytes = 4'000;  // what is longer counts as any arguments

enum class Use : std::uint8_t {
  kSeen,      // somehow
  kCalled,    // with brackets behind it, or handed on under another name
  kGiven,     // the same, and what it gets is not all literals
  kBuilt,     // the same, and that may be a text put together
  kAssigned,  // a value is put into it
  kMember,    // of an object, also where that is taken apart
};

class Uses {
 public:
  Uses(std::string_view text, Grammar grammar) : text_(text), grammar_(grammar) {}

  bool is(Use use, std::size_t begin, std::size_t end) const;

  // What it stands for gets another name: "exec as run", "run = cp.exec;".
  bool renamed(std::size_t begin, std::size_t end) const;
  // The name is a member of an object of that name, or of one that the object may have become.
  bool member_of(std::string_view object, std::size_t begin, std::size_t end, bool any_case = false) const;
  // A member of something.
  bool of_object(std::size_t begin) const;
  // A method of what a call gives.
  bool of_call(std::size_t begin) const { return before(begin) > 0 && text_[before(begin) - 1] == '.'; }
  // An object of that name at a place that hands it on.
  bool handed_on(std::size_t begin, std::size_t end) const;

 private:
  bool called(Use use, std::size_t end) const;
  bool declared(std::size_t begin, std::size_t end) const;
  bool given(std::size_t open) const;
  bool built(std::size_t open) const;
  bool given_bare(std::size_t end) const;
  bool assigned(std::size_t end) const;
  bool imported(std::string_view name) const;
  bool member(std::size_t begin, std::size_t end) const;
  bool taken_apart(char previous, std::size_t end) const;
  std::size_t before(std::size_t place) const;  // of the last character that is no blank, plus one; 0: none
  std::size_t behind(std::size_t place) const;  // of the next one
  char at(std::size_t place) const { return place < text_.size() ? text_[place] : '\0'; }
  bool ahead(std::size_t place, std::string_view what) const { return text_.substr(place, what.size()) == what; }

  std::string_view text_;
  Grammar grammar_;
};

}  // namespace commandcenter::code::dataflow
