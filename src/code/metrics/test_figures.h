// For tests: what is measured of a text, as a text.
#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "code/metrics/metrics.h"

namespace commandcenter::code {

// "name line complexity" of each function, one a line.
inline std::string figures(std::string_view path, std::string_view text) {
  const auto measured = measure(path, text);
  if (!measured) return "not measured";
  std::string all;
  for (const FunctionMetrics& function : measured->functions)
    all += fmt::format("{} {} {}\n", function.name, function.line, function.cyclomatic);
  return all;
}

}  // namespace commandcenter::code
