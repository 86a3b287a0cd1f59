// The database's schema as an ordered list of steps. The file's user_version says how many of them it has seen.
//
// A released step never changes; what is to be different is a new step at the end.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"
#include "store/sqlite/connection.h"

namespace commandcenter::store {

inline constexpr std::int64_t kApplicationId = 0x43434442;  // "CCDB": marks the file as ours

std::span<const char* const> migrations();

// Runs the steps that the file lacks, each in a transaction of its own: a failing step leaves the file at the one
// before.
Result<void> migrate(Connection& connection, std::span<const char* const> steps);

}  // namespace commandcenter::store
