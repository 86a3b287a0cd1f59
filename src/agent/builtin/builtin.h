// The agents that are part of this executable. Whoever runs one prints the JSON document it returns.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace commandcenter::builtin {

using LogSink = std::function<void(std::string_view line)>;

struct Builtin {
  std::string name;
  Json manifest;  // name, version, description, type, riskLevel, runtime, effects, sandbox, actions with their schemas
  // `workspace` is the folder that the agent sees; agents that need none ignore it. Blocks the calling thread.
  std::function<Result<Json>(const std::string& action, const Json& input, const std::string& workspace,
                             const LogSink& log)>
      run;
};

// In a fixed order; made at the first call and never changed. Safe from any thread.
std::span<const Builtin> builtins();

// Null when there is none of that name.
const Builtin* find_builtin(std::string_view name);

// The agent's program alone, or null. Makes no manifests: this is for a process that is started for each step.
using Run = Result<Json> (*)(const std::string& action, const Json& input, const std::string& workspace,
                             const LogSink& log);
Run find_program(std::string_view name);

}  // namespace commandcenter::builtin
