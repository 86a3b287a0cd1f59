// Runs of words that mean something, looked up in a text. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "code/licenses/words.h"

namespace commandcenter::code::licenses {

struct Phrase {
  std::string_view words;    // two at least, in lower case
  std::string_view meaning;  // an SPDX id
};

class PhraseTable {
 public:
  explicit PhraseTable(std::span<const Phrase> phrases);

  struct Hit {
    std::string_view meaning;  // empty: none
    std::size_t words = 0;
  };
  // The longest phrase that begins at a word.
  Hit at(std::span<const Word> words, std::size_t begin) const;

 private:
  struct Compiled {
    std::vector<std::uint64_t> words{};
    std::string_view meaning;
  };
  std::map<std::uint64_t, std::vector<Compiled>> by_first_two_{};  // mixed; the longest first
};

}  // namespace commandcenter::code::licenses
