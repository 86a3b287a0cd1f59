// The built-in agent `architecture-diagrammer`: a repository as a picture, from its files alone.
//
// Reads every file once and changes nothing; needs no network and no model.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace commandcenter::architecture_diagrammer {

inline constexpr std::size_t kMaxPictures = 40;

using LogSink = std::function<void(std::string_view line)>;

// What the agent is and takes: name, version, actions with JSON Schemas.
Json manifest();

// Action "diagram". The answer: {format, diagram, mermaid, summary, parts, architecture?, pictures?, findings}. Fails
// on input that makes no sense and on a target that is missing or outside the workspace; never because of a file it
// meets.
Result<Json> run(const std::string& action, const Json& input, const std::string& workspace, const LogSink& log);

}  // namespace commandcenter::architecture_diagrammer
