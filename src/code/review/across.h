// What only all files together tell: equal code in two places, modules that import each other. Files add what is needed
// of them while they are read; the comparison comes afterwards. Not safe from several threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "code/review/leaves.h"
#include "code/review/roles.h"

namespace commandcenter::code::review {

inline constexpr std::size_t kDuplicateTokens = 100;
inline constexpr std::size_t kDuplicateLines = 10;
inline constexpr std::size_t kMaxComparedTokens = 8'000'000;  // files beyond, by their paths, are not compared
inline constexpr std::size_t kMaxDuplicates = 100'000;
inline constexpr std::size_t kMaxCycles = 1'000;

// The tokens of one file, comments left out, as bytes that can be kept: a hash of each, where lines begin, and the
// marks by which copies find each other. Empty when the file is too short to hold a copy.
std::string strip_of(const View& view, const Leaves& leaves);
std::size_t tokens_in(std::string_view strip);

// Python: hashes of the names with an underscore that the file imports, or gets from something.
std::vector<std::uint32_t> private_names_of(const View& view, const Leaves& leaves);

struct Import {
  std::string target;  // as it is written: "./shop", ".models"
  std::size_t line = 0;
};
std::vector<Import> imports_of(const View& view);

struct Duplicate {
  std::size_t file = 0;  // positions in the list of files
  std::size_t line = 0;
  std::size_t end_line = 0;
  std::size_t other_file = 0;
  std::size_t other_line = 0;
};
std::vector<Duplicate> duplicates_of(const std::vector<std::string_view>& strips);

struct Cycle {
  std::vector<std::size_t> files;  // each imports the next one, the last one the first
  std::vector<std::size_t> lines;  // of those imports
};
std::vector<Cycle> cycles_of(const std::vector<std::string>& paths, const std::vector<std::vector<Import>>& imports);

}  // namespace commandcenter::code::review
