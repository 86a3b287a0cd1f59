// A text as the words that matter when licences are compared: letters and digits in lower case, without markup, comment
// signs, copyright lines, and differences of spelling that SPDX's matching guidelines call the same. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace commandcenter::code::licenses {

struct Word {
  std::uint64_t hash = 0;
  std::uint32_t begin = 0;  // offset in the text
  std::uint32_t end = 0;
};

inline constexpr std::size_t kMaxText_bytes = 512 << 10;  // of a longer text, its beginning

// Replaces the contents of `words`.
void words_of(std::string_view text, std::vector<Word>& words);

std::uint64_t hash_of(std::string_view lower_case_word);

}  // namespace commandcenter::code::licenses
