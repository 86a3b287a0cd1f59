// Where the values of a JSON text stand. Private to document.cpp.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace commandcenter {

using Positions = std::map<std::string, std::pair<int, int>>;

// Longer paths are not recorded: with them the map could become much larger than the text.
inline constexpr std::size_t kMaxRecordedPath_bytes = 400;

// Path of a member: "a.b", or a["x y"] when the key is not made of letters, digits, '_' and '-' only.
std::string member_path(const std::string& path, std::string_view key);
std::string element_path(const std::string& path, std::size_t index);

// Fills `positions` for a text that parse_json has accepted. kTooLarge when it holds more than `max_values` values,
// kInvalid when an object has a key twice, of which the parser would keep the last.
Result<void> locate_json(std::string_view text, std::size_t max_values, Positions& positions);

std::string located(int line, int column, std::string_view message);

// Line and column where the text, valid or not, first opens more than `max_depth` arrays and objects.
std::pair<int, int> locate_json_depth(std::string_view text, std::size_t max_depth);

}  // namespace commandcenter
