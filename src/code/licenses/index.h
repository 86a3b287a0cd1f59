// Recognises the texts of the SPDX list in a text, whole or in part. Made once and shared; recognising is pure and
// takes time linear in the text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "code/licenses/words.h"

namespace commandcenter::code::licenses {

// A text that was recognised, as a range of words.
struct TextMatch {
  std::size_t row = 0;  // of license_rows()
  std::size_t begin = 0;
  std::size_t end = 0;
  double coverage = 0;  // how much of the licence is there, 0 to 1
};

inline constexpr std::size_t kMaxTextsOfOneFile = 24;

class TextIndex {
 public:
  TextIndex();
  ~TextIndex();
  TextIndex(const TextIndex&) = delete;
  TextIndex& operator=(const TextIndex&) = delete;

  // Ordered by begin; matches do not overlap.
  std::vector<TextMatch> recognize(std::span<const Word> words) const;

 private:
  struct Tables;
  std::unique_ptr<Tables> tables_;
};

}  // namespace commandcenter::code::licenses
