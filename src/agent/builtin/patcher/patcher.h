// The built-in agent `patcher`: dependency updates, replacements, renames and configuration, as a patch of a folder.
//
// Runs in the calling thread. Everything is worked out in memory first; without dryRun it is then written, all or
// nothing. In a sandbox that is the agent's copy of the workspace: the engine writes the patch once it is approved.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace commandcenter::patcher {

inline constexpr std::size_t kMaxFile_bytes = 8 << 20;
inline constexpr std::size_t kMaxFiles = 50'000;  // looked at
inline constexpr int kMaxDepth = 60;

using LogSink = std::function<void(std::string_view line)>;

// What the agent is and takes: name, version, actions with JSON Schemas.
Json manifest();

// The action may name the operation; `operation` in the input wins. The answer: {applied, changes, summary,
// patchDurationMs, patch, rollbackScript?, matches?, staleLockFiles?, notes?}. Every error begins with "Patch failed:
// ".
Result<Json> run(const std::string& action, const Json& input, const std::string& workspace, const LogSink& log);

}  // namespace commandcenter::patcher
