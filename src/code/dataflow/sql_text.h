// What a text with holes tells about SQL. Pure.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace commandcenter::code::dataflow {

// True for text that begins like a statement.
bool looks_like_sql(std::string_view text);

enum class HolePlace : std::uint8_t {
  kQuoted,  // in quotes
  kValue,   // behind "=", in VALUES (…)
  kOrder,   // behind ORDER BY, GROUP BY
  kName,    // of a table or a column
};
HolePlace place_of(std::string_view before, char behind);   // by what stands around it, in lower case
std::vector<HolePlace> hole_places(std::string_view text);  // of each hole

}  // namespace commandcenter::code::dataflow
