// Agents: what one is, how it is written down, and how it is spoken to.
//
//   agent.yaml ──parse_manifest──▶ Agent ──snapshot──▶ what a plan pins
//   API body   ──parse_registration──▶ Agent ──to_api_json──▶ what clients see
//   snapshot + input ──make_launch_spec──▶ sandbox ──conclude──▶ Outcome
//
// docs/formats/agent.md describes the manifest and the protocol for people who write agents.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/document.h"
#include "base/json.h"
#include "base/result.h"
#include "core/schema/schema.h"
#include "core/workflow/workflow.h"
#include "egress/egress.h"
#include "patch/patch.h"
#include "sandbox/sandbox.h"
#include "store/store.h"

namespace commandcenter::agent {

inline constexpr std::size_t kMaxActions = 100;
inline constexpr std::size_t kMaxName_bytes = 100;
inline constexpr std::size_t kMaxSecretUses = 32;
inline constexpr std::size_t kMaxAgentFiles = 10'000;
inline constexpr std::int64_t kMaxAgentFolder_bytes = 200LL << 20;
inline constexpr std::size_t kMaxInputVariable_bytes = 100 << 10;  // AGENT_INPUT; the kernel refuses longer variables
inline constexpr std::size_t kMaxErrorText_bytes = 4 << 10;
inline constexpr std::size_t kMaxProgressText_bytes = 500;

// A secret that the agent needs: a file below sandbox::kSecretsFolder, or where the manifest insists, a variable as
// well.
struct SecretUse {
  std::string name;
  std::string variable;  // empty: none
};

enum class Runtime {
  kBuiltin,  // part of this executable
  kCommand,  // a program in the agent's folder
  kOci,      // a program of a container's image
};

// What running an agent may change. Only the first kind may be repeated without asking.
enum class Effects { kNone, kWorkspace, kExternal };

struct Capability {
  std::string name;
  std::optional<std::string> description;
  Json input_schema = Json::object();
  Json output_schema = Json::object();
};

struct Agent {
  std::string id;
  std::int64_t project_id = 1;
  std::string name;
  std::string type = "SCRIPT";  // LLM | RULE | API | SCRIPT
  std::optional<std::string> description;
  std::string entry_path;
  std::string version;
  workflow::Risk risk = workflow::Risk::kAuto;
  std::vector<Capability> capabilities;

  Runtime runtime = Runtime::kCommand;
  std::optional<sandbox::ImageUse> image;  // of Runtime::kOci
  std::vector<std::string> command;        // words that begin with "./" name files of the agent's folder
  std::string folder;                      // of the host, holding the agent's files; empty for built-in ones
  Effects effects = Effects::kExternal;
  bool input_argument = false;       // pass the input as an argument as well
  bool start_ahead = false;          // does nothing before it has read its input; see sandbox::LaunchSpec
  std::vector<std::string> network;  // hosts it asks for, see egress::Rule; empty: no network
  std::vector<SecretUse> secrets;
  sandbox::Limits limits;
  bool own_timeout = false;  // the manifest asks for its limits.timeout_ms; otherwise the server's default holds
  bool own_memory = false;
  std::int64_t heartbeat_ms = 0;  // silent longer on standard error, and it is killed; 0 = may be silent

  bool provided = false;  // came with this program and nobody has registered it as theirs
  std::int64_t revision = 1;
  std::int64_t registered_at_ms = 0;
  std::int64_t updated_at_ms = 0;
};

// The operator's word on limits.
struct LimitPolicy {
  std::int64_t timeout_ms = sandbox::Limits{}.timeout_ms;  // of agents whose manifests set none
  std::int64_t memory_bytes = sandbox::Limits{}.memory_bytes;
  sandbox::Limits most{.timeout_ms = 24LL * 3'600'000,  // that a manifest may ask for; 0 = as much as it likes
                       .memory_bytes = 8LL << 30,
                       .file_size_bytes = 4LL << 30,
                       .scratch_bytes = 4LL << 30,
                       .scratch_files = 1'000'000,
                       .layer_bytes = 16LL << 30,
                       .stdout_bytes = 64LL << 20,  // the server holds it in memory
                       .log_bytes = 1LL << 30,
                       .open_files = 65'536,
                       .processes = 4'096};
};

using Problems = std::vector<workflow::Problem>;

// ---- written forms
// ----------------------------------------------------------------------------------------------------

// At most kMaxName_bytes letters, digits, '-', '_' or '.', and not empty.
bool is_agent_name(std::string_view name);

// agent.yaml. `folder` is where it lies; the entry is checked to be there. `policy`: of the server that it is for,
// whose ceilings it must not ask to exceed; nothing when that is not known.
tl::expected<Agent, Problems> parse_manifest(const Document& manifest, const std::string& folder,
                                             const LimitPolicy* policy = nullptr);

// Reads FOLDER/agent.yaml (or agent.yml, agent.json).
tl::expected<Agent, Problems> load_agent_folder(const std::string& folder, const LimitPolicy* policy = nullptr);

// The body of POST /api/agents, after the checks of its required fields; see docs/formats/agent.md for the mapping.
tl::expected<Agent, Problems> parse_registration(const Json& body);

Agent make_builtin(const Json& manifest);

Json to_api_json(const Agent& agent, bool with_capabilities);
store::AgentRow to_row(const Agent& agent);
Result<Agent> from_row(const store::AgentRow& row);
workflow::AgentSnapshot snapshot(const Agent& agent);

// Copies an agent's folder to FOLDER/<hash of its contents>, so that what was registered never changes under a run, and
// returns that path. Refuses links that leave the folder and more than kMaxAgentFiles or kMaxAgentFolder_bytes.
Result<std::string> import_folder(const std::string& source, const std::string& destination);

// Where such files are by now: data folders move, and are restored elsewhere.
std::string imported_folder(const std::string& recorded, const std::string& destination);

// ---- the protocol
// -----------------------------------------------------------------------------------------------------

struct LaunchRequest {
  const workflow::AgentSnapshot* agent = nullptr;
  std::string action;
  const Json* input = nullptr;
  std::string workspace;      // host folder, already checked; empty = none
  std::string agents_folder;  // where import_folder put the files of agents; empty = where they were then
  std::string label;
  std::string effect;                      // the same for every attempt of a node in a run; empty = unknown
  std::string trace_parent;                // what the attempt is in its trace; empty = nothing
  std::optional<std::int64_t> timeout_ms;  // of the node; the agent's own otherwise
  LimitPolicy limits;
  std::vector<egress::Rule> allowed_hosts;     // by the operator
  std::map<std::string, std::string> secrets;  // values of those that secrets_of names, and of those in the input
};

// What the agent needs before it can start.
std::vector<SecretUse> secrets_of(const workflow::AgentSnapshot& agent);
std::int64_t project_of(const workflow::AgentSnapshot& agent);

Result<sandbox::LaunchSpec> make_launch_spec(const LaunchRequest& request);

struct Outcome {
  bool success = false;
  Json output;
  std::string reason;    // "exit", "signal", "timeout", "output_invalid", "not_started", …
  std::string error;     // for people
  patch::Patch patch{};  // what it changed in its copy of the workspace
};

// What an ended launch means: exit code 0 and exactly one JSON document that fits the schema is success.
// `last_error_line` is the agent's own {"error": …} line on standard error, if it wrote one.
Outcome conclude(const sandbox::Exit& exit, const schema::Schema& output_schema, std::string_view last_error_line);

// A log line {"progress": 0…1, "message": "…"}: how far the agent is. It is not part of the log.
struct Progress {
  double fraction = 0;
  std::string message;  // at most kMaxProgressText_bytes
};
std::optional<Progress> progress_of(std::string_view line);

std::int64_t heartbeat_of(const workflow::AgentSnapshot& agent);

// True for a log line that is the agent's own error report.
bool is_error_line(std::string_view line);

Json limits_json(const sandbox::Limits& limits);

// The limits an attempt of the agent gets: what it asks for, within what the operator allows.
sandbox::Limits effective_limits(const Agent& agent, const LimitPolicy& policy);

// Runs a built-in agent in this process: reads its input, prints its answer. For the process inside the sandbox.
int run_builtin(const std::string& name);

}  // namespace commandcenter::agent
