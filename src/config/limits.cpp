// The limits of formats, gathered from the modules that enforce them, for the reference page.
#include <fmt/format.h>

#include "agent/agent.h"
#include "base/document.h"
#include "base/quantity.h"
#include "config/config.h"
#include "core/run/run.h"
#include "core/workflow/workflow.h"
#include "sandbox/sandbox.h"
#include "server/server.h"

namespace commandcenter::config {

std::vector<FixedLimit> fixed_limits() {
  const sandbox::Limits agent;
  const auto size = [](auto bytes) { return format_size(static_cast<std::int64_t>(bytes)); };
  return {
      {"nodes of a workflow", fmt::format("{}", workflow::kMaxNodes), "400"},
      {"JSON inside one another", fmt::format("{} levels", kMaxJsonDepth), "400"},
      {"a YAML document", size(kMaxYaml_bytes), "413"},
      {"a node's resolved input", size(run::kMaxNodeInput_bytes), "the node fails"},
      {"an agent's answer", size(agent.stdout_bytes), "the attempt fails, unless the manifest allows more"},
      {"an agent's log", size(agent.log_bytes), "the attempt fails, unless the manifest allows more"},
      {"attempts of a node", fmt::format("{}", workflow::kMaxAttempts), "400"},
      {"actions of an agent", fmt::format("{}", agent::kMaxActions), "400"},
      {"files of an agent's folder",
       fmt::format("{}, {}", agent::kMaxAgentFiles, format_size(agent::kMaxAgentFolder_bytes)), "400"},
      {"runs in a list", fmt::format("{}", server::kMaxListedRuns), "the latest are shown"},
  };
}

}  // namespace commandcenter::config
