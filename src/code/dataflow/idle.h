// Functions in which nothing can be found are left out before a text is parsed: those that hold no place of interest,
// call no function that does, and are called by none that is kept. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "code/dataflow/dealings.h"
#include "code/dataflow/names_reader.h"

namespace commandcenter::code::dataflow {

inline constexpr std::size_t kMinShortened_bytes = 3'000;                 // less is parsed as it is
inline constexpr std::size_t kMaxShortened_bytes = std::size_t{1} << 20;  // more takes as long as a tree

// Which neighbours may make a difference to what is found.
struct Interest {
  bool data = true;        // those that give what a user sends
  bool statements = true;  // those that give parts of statements
  bool harm = true;        // those that do harm with what they get
};

struct Shortened {
  bool nothing = false;  // can be found anywhere
  Interest in;
  std::optional<std::string> text;  // with blanks where bodies of such functions are; nothing: hardly shorter
  // Functions that are of interest to others only, which call them: from, to.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> idle;
};

// What is of interest in a text.
struct Wanted {
  std::vector<std::uint32_t> places;  // where something may be found, in order
  std::vector<std::uint32_t> feeds;   // where data comes in that may make a difference there
  std::vector<std::uint32_t> handed;  // of the places: those where a constant that is handed over makes a difference
  Interest in;
};

// For each list of places: the names of the functions that hold them or mention one that does, and those around what
// lies outside of all functions. In order, each once.
std::vector<std::vector<DealingName>> names_that_reach(const Names& names,
                                                       std::span<const std::vector<std::uint32_t>> lists);

Shortened without_idle(const Names& names, const Wanted& wanted);

}  // namespace commandcenter::code::dataflow
