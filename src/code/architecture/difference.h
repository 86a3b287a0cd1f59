// What changed between two states of a repository: one model of both, in which every file, import and group says
// whether it came, went or stayed.
#pragma once

#include <string>
#include <string_view>

#include "code/architecture/architecture.h"

namespace commandcenter::architecture {

struct Range {
  std::string from;
  std::string to;           // empty: the files of the folder
  bool since_fork = false;  // compare with the commit where both parted instead of with `from`
};

// "A..B" two commits; "A...B" what B did since it parted from A; "A" a commit and the files of the folder. An end left
// out is HEAD.
Result<Range> parse_range(std::string_view text);

// One state, or with `diff` (a range, as text) two of them in one model: its facts (entry points, systems, cycles,
// violations) are those of the second, and what broke a rule before is none of them. `rules` may be null.
Result<Model> read_model(const std::string& root, const Options& options, std::string_view diff, const Json& rules);

}  // namespace commandcenter::architecture
