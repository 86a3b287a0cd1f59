// Templates and pages: output that is not escaped, and where scripts lie. Pure.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "code/dataflow/dataflow.h"
#include "code/source/source.h"

namespace commandcenter::security_scanner {

// The contents of <script> elements that hold JavaScript.
std::vector<std::pair<std::size_t, std::size_t>> scripts_of(std::string_view text);

// True for files that are templates and nothing else.
bool is_template(std::string_view path);

// What a template puts out unescaped. Nothing for files that are no templates.
std::vector<code::dataflow::Flaw> page_flaws(const code::Source& source);

}  // namespace commandcenter::security_scanner
