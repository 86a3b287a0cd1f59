// All that a review sees in one file, whatever is asked for: so it can be kept and used again.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "code/review/across.h"
#include "code/review/review.h"
#include "code/syntax/syntax.h"

namespace commandcenter::code::review {

struct FileOutcome {
  bool measured = false;
  std::string left_out;                     // why the file, or a part of it, was
  std::vector<ReviewedFunction> functions;  // without the name of the file
  std::vector<Spot> spots;
  TokenStrip strip;
  std::vector<Import> imports;
  std::size_t lines = 0;
};

// Pure, from any thread. `native`: see ReviewOptions::native_complexity.
FileOutcome look_at(const ParsedSource& file, bool native);

}  // namespace commandcenter::code::review
