// MyBatis: "${name}" in the statements of mappers is put in as it is, "#{name}" as a parameter. Pure.
#pragma once

#include <vector>

#include "code/dataflow/dataflow.h"
#include "code/source/source.h"

namespace commandcenter::security_scanner {

// In mapper files (XML) and in annotations of Java and Kotlin. Nothing for other files.
std::vector<code::dataflow::Flaw> mapper_flaws(const code::Source& source);

}  // namespace commandcenter::security_scanner
