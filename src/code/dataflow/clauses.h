// A text as clauses: statements, heads of blocks and entries of literals, with the names in each, and the functions
// whose heads they are. Told from names and signs, without a tree. Where it is not sure where one ends, it goes on.
// Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "code/dataflow/clause_words.h"
#include "code/syntax/syntax.h"

namespace commandcenter::code::dataflow {

struct ClauseWord {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::uint32_t name = 0;    // equal names have equal numbers
  std::uint32_t clause = 0;  // in which it stands
  bool called = false;       // with brackets behind it
  bool member = false;       // of something
  bool holds = false;        // a member of it stands behind it
  bool target = false;       // is given a value here, and is not read
  bool base = false;         // a member of it is
  bool head = false;         // a parameter of a function
  bool reference = false;    // PHP: one that its caller has, too
  bool key = false;          // of an entry
  bool quoted = false;       // put into a literal
  bool type = false;         // of what follows
  bool own = false;          // of Ruby: "@name", of the object whose method it stands in
};

struct Clause {
  std::uint32_t parent = kNoNumber;    // of an entry: what it is a part of
  std::uint32_t function = kNoNumber;  // in Clauses::functions: whose body it is in
  std::uint32_t column = 0;
  std::uint32_t depth = 0;            // of brackets around it
  std::uint32_t left_end = 0;         // where the sign is that gives a value to what stands before
  std::uint32_t target = kNoNumber;   // the word before that sign
  std::uint32_t key = kNoNumber;      // the word that names an entry
  std::uint32_t keyword = kNoNumber;  // where the word "function" stands
  bool control = false;               // if, for …
  bool binds = false;                 // for, each, as …: gives values to names without a sign
  bool declares = false;              // var …
  bool sends = false;                 // Go: "channel <- value"
  bool spreads = false;               // several names on the left, or it is not plain which
  bool returns = false;
  bool makes = false;     // an object
  bool nameless = false;  // holds a function without a name: lambda
};

struct ClauseFunction {
  std::uint32_t clause = kNoNumber;   // that holds its head
  std::vector<std::uint32_t> names;   // by which it is called, and what its value becomes
  std::vector<std::uint32_t> params;  // words
};

struct Clauses {
  std::vector<ClauseWord> words;  // in order
  std::vector<Clause> clauses;
  std::vector<ClauseFunction> functions;
  NameNumbers names;
  std::vector<bool> classes;       // by number of the name
  std::uint32_t self = kNoNumber;  // the number of "this", which all its other names have, too

  std::uint32_t clause_at(
      std::uint32_t place) const;  // of the word there, or of the next one; kNoNumber: there is none
};

Clauses clauses_of(std::string_view text, Grammar grammar);

}  // namespace commandcenter::code::dataflow
