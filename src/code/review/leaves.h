// The tokens of a tree, comments left out, each with a number that equal ones share: what is counted and compared by
// tokens need not look at texts again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "code/review/roles.h"

namespace commandcenter::code::review {

struct Leaf {
  NodeId id = 0;
  std::uint32_t hash = 0;  // of the text
  std::uint32_t word = 0;  // from 0, in the order of the text; a name and a keyword of the same text are two words
};

struct Leaves {
  explicit Leaves(const View& view);
  // Those of a subtree.
  std::vector<Leaf>::const_iterator begin_of(NodeId subtree) const;

  std::vector<Leaf> all;  // in the order of the text
  std::size_t words = 0;
};

std::uint64_t text_hash(std::string_view text);

}  // namespace commandcenter::code::review
