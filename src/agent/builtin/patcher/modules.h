// Which file an import means, among the files of the workspace. Pure. Private to this folder.
#pragma once

#include <optional>
#include <set>
#include <string>

namespace commandcenter::patcher {

using Paths = std::set<std::string>;

// "./a", "../lib" as JavaScript and TypeScript look for them; nothing for packages.
std::optional<std::string> script_module(const std::string& importing, const std::string& source, const Paths& files);

// ".mod", "pkg.mod" as Python looks for them, from the importing folder and those above it.
std::optional<std::string> python_module(const std::string& importing, const std::string& source, const Paths& files);

}  // namespace commandcenter::patcher
