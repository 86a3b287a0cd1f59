// From what a file imports to paths that may exist.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "code/syntax/syntax.h"

namespace commandcenter::security_scanner {

using IsThere = std::function<bool(const std::string& path)>;

// Paths relative to the root, without doubles, in the order of the imports, at most about 200; most of them are of no
// file. `path`, `text`: of the file that imports; `is_there` tells where folders that an alias names lie.
std::vector<std::string> import_paths(std::string_view path, std::string_view text, code::Grammar grammar,
                                      const IsThere& is_there);

}  // namespace commandcenter::security_scanner
