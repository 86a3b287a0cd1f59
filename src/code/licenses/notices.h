// Notices that refer to a licence without its text, as runs of words. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "code/licenses/words.h"

namespace commandcenter::code::licenses {

struct Notice {
  std::string spdx;
  std::size_t begin = 0;  // words
  std::size_t end = 0;
};

// Each licence once, in the order of the text.
std::vector<Notice> notices_in(std::span<const Word> words);

}  // namespace commandcenter::code::licenses
