// SQL statements put together in languages that have no data flow of their own: Kotlin, Rust, Scala, Swift and others.
// Pure.
#pragma once

#include <vector>

#include "code/dataflow/dataflow.h"
#include "code/source/source.h"

namespace commandcenter::security_scanner {

inline constexpr std::size_t kMaxLiterals = 20'000;   // of one file
inline constexpr std::size_t kMaxBefore_bytes = 400;  // from a literal back to the call around it
inline constexpr std::size_t kMaxUse_bytes = 3'000;   // from a variable to the call that runs it
inline constexpr std::size_t kMaxLooseStatement_bytes = 4'000;

// Nothing for files of other languages.
std::vector<code::dataflow::Flaw> loose_sql_flaws(const code::Source& source);

}  // namespace commandcenter::security_scanner
