// Words of languages that are no names, and what they say about the clause that they stand in. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "code/syntax/syntax.h"

namespace commandcenter::code::dataflow {

enum WordKind : std::uint8_t {
  kControls = 1,
  kBinds = 2,
  kDeclares = 4,
  kReturns = 8,
  kMakes = 16,
  kBegins = 32,    // a function
  kNameless = 64,  // one without a name
  kKeyword = 128,
};

inline constexpr std::uint32_t kNoNumber = 0xFFFFFFFF;

// 0: it may be the name of something.
std::uint8_t kind_of(std::string_view name, Grammar grammar);
// Braces behind it hold a literal.
bool before_literal(std::string_view name);
bool names_type(std::string_view name);  // of TypeScript, where a variable may have that name, too

// The names of a text, which must outlive it; equal ones have equal numbers.
class NameNumbers {
 public:
  explicit NameNumbers(Grammar grammar = Grammar::kJavaScript);
  std::uint32_t add(std::string_view name);
  std::uint32_t find(std::string_view name) const;  // kNoNumber: it is not there
  std::string_view operator[](std::uint32_t number) const { return names_[number]; }
  unsigned kind(std::uint32_t number) const { return kinds_[number]; }
  bool is_keyword(std::uint32_t number) const { return kinds_[number] != 0; }
  std::size_t size() const { return names_.size(); }

 private:
  std::size_t slot_of(std::string_view name) const;
  void grow();

  Grammar grammar_;
  std::vector<std::string_view> names_;
  std::vector<std::uint8_t> kinds_;
  std::vector<std::uint32_t> slots_;  // numbers, by the hash of the name; as many as a power of two
};

}  // namespace commandcenter::code::dataflow
