// Exceptions to the GNU licences and to Apache-2.0, recognised by a sentence of each. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "code/licenses/words.h"

namespace commandcenter::code::licenses {

struct FoundException {
  std::string_view spdx;    // "Classpath-exception-2.0"
  std::string_view family;  // of the licence that it is an exception to: GPL, LGPL, Apache
  std::size_t begin = 0;    // words
  std::size_t end = 0;
};

// Each once, in the order of the text.
std::vector<FoundException> exceptions_in(std::span<const Word> words);

}  // namespace commandcenter::code::licenses
