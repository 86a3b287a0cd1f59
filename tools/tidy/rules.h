// The rules of the house as pure functions: tree in, findings out. Adding a rule means: a name in kRules, a check, and
// a folder of fixtures/ that proves it fires.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "modules.h"
#include "tree.h"

namespace tidy {

inline constexpr std::array<std::string_view, 27> kRules = {
    // which module may include which, and what the core may know
    "layer", "undeclared-include", "unknown-module", "bare-include", "core-third-party", "core-impure", "core-default",
    "adapter-header", "coroutine",
    // what a file looks like
    "pragma-once", "opening-comment", "long-line", "tab", "trailing-space", "final-newline", "long-file", "unfinished",
    "using-std", "sleeping-test", "vague-name",
    // what a module and the repository come with
    "readme-missing", "readme-long", "map", "private-path", "registry-host", "module-missing", "carriage-return"};

struct Finding {
  std::string path;
  int line = 0;
  std::string_view rule;
  std::string message;  // what, and what to do
};

void check_layers(const Tree& tree, const Modules& modules, std::vector<Finding>& findings);
void check_text(const Tree& tree, std::vector<Finding>& findings);
void check_house(const Tree& tree, const Modules& modules, std::vector<Finding>& findings);

// All of them, by path and line.
std::vector<Finding> check(const Tree& tree);

// Position of `word` as a whole word at or after `from`; npos when there is none.
std::size_t find_word(std::string_view text, std::string_view word, std::size_t from = 0);

}  // namespace tidy
