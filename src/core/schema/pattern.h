// "pattern" is written in the regular expressions of ECMA-262; ours are RE2's, which match in linear time. Most of the
// two is the same. This translates what differs harmlessly (\uXXXX, \cX, \s, `.`, `[]`, named groups, \p{Letter}) and
// refuses what means something only to one of them: look-around and back-references to RE2, \A, \Z, \a and \Q to
// ECMA-262.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace commandcenter::schema {

struct TranslatedPattern {
  std::string text;
  std::size_t weight = 1;  // an upper estimate of the states matching needs: characters × counts of {n,m} around them
};

// Fails with kInvalid: what in the pattern cannot be used.
Result<TranslatedPattern> translate_pattern(std::string_view pattern);

}  // namespace commandcenter::schema
