// Lines of code that say something about the world around: routes, calls, events, variables. What to look for is data.
#pragma once

#include <string_view>
#include <vector>

#include "code/architecture/architecture.h"

namespace commandcenter::architecture {

// Of one file; what stands in comments and strings does not count. Safe from several threads.
void read_signals(std::string_view path, std::string_view text, std::vector<Signal>& signals);

struct KnownSystem {
  std::string name;
  std::string kind;
  std::vector<std::string> imports;
  std::vector<std::string> images;
};
const std::vector<KnownSystem>& known_systems();

}  // namespace commandcenter::architecture
