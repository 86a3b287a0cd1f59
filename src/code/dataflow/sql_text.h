// What a text with holes tells about SQL. Pure.
#pragma once

#include <string_view>

namespace commandcenter::code::dataflow {

// True for text that begins like a statement.
bool looks_like_sql(std::string_view text);

struct HolePlaces {
  bool value = false;  // in quotes, behind "=", in VALUES (…)
  bool name = false;   // of a table or a column
};
HolePlaces hole_places(std::string_view text);

}  // namespace commandcenter::code::dataflow
