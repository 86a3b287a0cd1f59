// Finds where foreign data reaches a place that is dangerous for it, and calls that are unsafe whatever they get.
//
// A function is run with values of which only some is known: constants are folded, dead branches left out, maps and
// lists remembered by key and index. Calls of functions in the same file are followed. What libraries do is data
// (models/). Pure; may be called from several threads.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "code/dataflow/ir.h"
#include "code/dataflow/models.h"

namespace commandcenter::code::dataflow {

inline constexpr std::size_t kMaxFunctionSteps = 30'000;  // evaluated nodes and copied names, of one function
inline constexpr std::size_t kMaxFileSteps = 400'000;     // of all functions of a file
inline constexpr std::size_t kMaxCallDepth = 6;
// While nothing of a user is handed over, a function is followed in calls of an entry, a few times, and in no call
// below them; else its summary stands for it.
inline constexpr std::size_t kMaxFollowed = 2;  // functions inside of each other, the entry being the first
inline constexpr std::size_t kMaxRepeated = 4;  // runs of one function that entries call
inline constexpr std::size_t kMaxProofDepth = 2;
inline constexpr std::ptrdiff_t kMaxCounted = 4;  // calls of a function by itself that count down
inline constexpr std::size_t kMaxFlaws = 2'000;

struct Place {
  std::size_t offset = 0;
  std::string message;
};

struct Flaw {
  const Rule* rule = nullptr;
  std::size_t begin = 0;
  std::size_t end = 0;
  Confidence confidence = Confidence::kMedium;
  Build build = Build::kNone;
  std::vector<Place> way;  // from the source; empty when nothing flows
  // Where the harm is done in another file: its text, and from where to where in it. The rest speaks of the call here.
  std::string_view there;  // empty: here
  std::size_t there_begin = 0;
  std::size_t there_end = 0;
};

// By place.
std::vector<Flaw> find_flaws(const Module& module);

}  // namespace commandcenter::code::dataflow
