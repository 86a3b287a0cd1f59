// Calls that show a page of another file, by name. Pure.
#pragma once

#include <string_view>

namespace commandcenter::code::dataflow {

inline constexpr std::string_view kShowsPagesOfPhp =
    "view render renderPartial renderAjax renderFile renderTemplate renderView display fetch partial";
inline constexpr std::string_view kShowsPagesOfRuby = "erb";

}  // namespace commandcenter::code::dataflow
