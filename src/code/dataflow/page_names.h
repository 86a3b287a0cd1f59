// Calls that show a page of another file, by name. Pure.
#pragma once

#include <array>
#include <string_view>

namespace commandcenter::code::dataflow {

inline constexpr auto kShowsPagesOfPhp =
    std::to_array<std::string_view>({"display", "fetch", "partial", "render", "renderAjax", "renderFile",
                                     "renderPartial", "renderTemplate", "renderView", "view"});
inline constexpr auto kShowsPagesOfRuby = std::to_array<std::string_view>({"erb"});

}  // namespace commandcenter::code::dataflow
