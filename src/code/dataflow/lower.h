// From a tree to the IR. Pure; one table serves all languages, since their grammars name most things alike.
#pragma once

#include <string>
#include <string_view>

#include "code/dataflow/ir.h"

namespace commandcenter::code::dataflow {

// True for the languages that lower() knows.
bool can_lower(Grammar grammar);

// What an import of a script names: the file's own name, without dots. "./lib/user.service.js" is "./lib/user_service",
// "@/lib/index" is "@/lib". A package stays as it is.
std::string module_name(std::string_view source);

// Adds what a tree holds to `module`; more than one tree when scripts are parts of a page.
void lower(const Tree& tree, Module& module);

// The same for another file, whose functions may be called; `file` is its name without the extension. Before lower().
void lower_foreign(const Tree& tree, std::string_view file, Module& module);

// The same for a page of another file, which runs where it is shown; `path`: of that file.
void lower_page(const Tree& tree, std::string_view path, Module& module);

}  // namespace commandcenter::code::dataflow
