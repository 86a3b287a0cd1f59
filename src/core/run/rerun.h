// What a repetition of a run keeps of it. Pure.
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "core/run/state.h"

namespace commandcenter::run {

inline constexpr std::string_view kFromFailed = "failed";
inline constexpr std::string_view kFromBeginning = "beginning";

// The outputs of `original` that a run of `target` begins with, by node, when it starts from `from`: kFromFailed,
// kFromBeginning or the id of a node. Whatever failed, was stopped, is new or means something else in `target` runs
// again, and so does everything behind it; what was skipped is decided again. kInvalid when there is no such node;
// kConflict when the node stands behind one that `target` has new or changed, so that no earlier output can stand for
// it.
Result<std::map<std::string, Json>> kept_outputs(const RunState& original, const workflow::Plan& target,
                                                 const std::string& from);

}  // namespace commandcenter::run
