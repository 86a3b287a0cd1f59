// Replacing by pattern of the syntax tree: "eval($X)" fits every such call, however it is written, and no text or
// comment that looks like one. $X stands for one part, $$$XS for any number of them. Private to this folder.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "code/syntax/syntax.h"

namespace commandcenter::patcher {

inline constexpr std::size_t kMaxPattern_bytes = 4'000;
inline constexpr std::int64_t kMaxComparisons = 50'000'000;  // of nodes, for a whole file

// The text with every place that fits replaced, and how many there were. In a place that fits, the parts that $X stands
// for are searched as well.
Result<std::string> replace_structural(std::string_view text, code::Grammar grammar, const std::string& pattern,
                                       const std::string& replacement, std::int64_t& count);

}  // namespace commandcenter::patcher
