// The modules as CMake declares them: cc_module(…) of src/CMakeLists.txt and the layers of cmake/module.cmake.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "tree.h"

namespace tidy {

struct Module {
  std::string name;  // its folder below src: "core/run"
  int line = 0;      // where src/CMakeLists.txt declares it
  std::set<std::string> dependencies;
  std::set<std::string> test_dependencies;
};

struct Modules {
  std::map<std::string, Module> by_name;
  std::map<std::string, int> layers;  // module name → layer, 0 = lowest
};

inline constexpr std::string_view kModulesPath = "src/CMakeLists.txt";
inline constexpr std::string_view kLayersPath = "cmake/module.cmake";

// Empty where a file is missing.
Modules read_modules(const Tree& tree);

// The module whose folder is exactly that of the path below src ("core/run/step.cpp"), or null.
const Module* module_of(const Modules& modules, std::string_view path_below_src);

}  // namespace tidy
