// `agents test FOLDER`: one attempt of an agent in its sandbox, without a server or a workflow, for people who write
// agents.
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>

#include <fmt/format.h>

#include "agent/agent.h"
#include "agent/builtin/builtin.h"
#include "base/clock.h"
#include "base/quantity.h"
#include "cli/cli.h"
#include "cli/local_engine.h"
#include "cli/output.h"
#include "cli/verbs.h"
#include "vault/vault.h"

namespace commandcenter::cli {
namespace {

// The agent in a folder, or a built-in one by its name.
tl::expected<agent::Agent, agent::Problems> find_agent(const std::string& folder_or_name,
                                                       const agent::LimitPolicy& limits) {
  if (const builtin::Builtin* provided = builtin::find_builtin(folder_or_name))
    return agent::make_builtin(provided->manifest);
  return agent::load_agent_folder(folder_or_name, &limits);
}

Result<Json> read_input(const std::string& text) {
  if (!text.starts_with('@')) {
    auto input = parse_json(text);
    if (!input) return fail(ErrorCode::kInvalid, fmt::format("--input is not JSON: {}", input.error().message));
    return input;
  }
  std::ifstream file(text.substr(1), std::ios::binary);
  if (!file) return fail(ErrorCode::kNotFound, fmt::format("--input: {} cannot be read", text.substr(1)));
  return parse_json(std::string{std::istreambuf_iterator<char>(file), {}});
}

Result<const agent::Capability*> choose_action(const agent::Agent& agent, const std::string& name) {
  std::vector<std::string> names;
  for (const agent::Capability& capability : agent.capabilities) {
    if (capability.name == name) return &capability;
    names.push_back(capability.name);
  }
  if (name.empty() && !agent.capabilities.empty()) return &agent.capabilities.front();
  return fail(ErrorCode::kInvalid,
              fmt::format("agent {} has no action {}; it has {}", agent.name, name, fmt::join(names, ", ")));
}

// Never the value itself: every process of the machine can read a command line.
Result<std::map<std::string, std::string>> read_secrets(const std::vector<std::string>& given) {
  std::map<std::string, std::string> secrets;
  for (const std::string& text : given) {
    const std::size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    std::string value;
    if (equals != std::string::npos) {
      std::ifstream file(text.substr(equals + 1), std::ios::binary);
      if (!file)
        return fail(ErrorCode::kNotFound, fmt::format("--secret {}: {} cannot be read", name, text.substr(equals + 1)));
      value.assign(std::istreambuf_iterator<char>(file), {});
      if (value.ends_with('\n')) value.pop_back();
    } else if (auto variable = config::process_environment(name)) {
      value = std::move(*variable);
    } else {
      return fail(ErrorCode::kNotFound,
                  fmt::format("--secret {}: the environment has no variable {}; or give {}=FILE", name, name, name));
    }
    if (value.size() < vault::kMinValue_bytes || value.size() > vault::kMaxValue_bytes) {
      return fail(ErrorCode::kInvalid, fmt::format("--secret {}: the value has {} bytes; a secret has {} to {}", name,
                                                   value.size(), vault::kMinValue_bytes, vault::kMaxValue_bytes));
    }
    secrets.insert_or_assign(name, std::move(value));
  }
  return secrets;
}

struct Attempt {
  agent::Outcome outcome;
  sandbox::Exit exit;
  std::vector<std::string> log;
};

Attempt attempt(sandbox::Launcher& launcher, sandbox::LaunchSpec spec, const schema::Schema& output_schema,
                bool show_log) {
  std::mutex mutex;
  std::condition_variable ended;
  bool done = false;
  Attempt result;
  std::string last_error_line;
  sandbox::LaunchCallbacks callbacks;
  callbacks.on_log = [&](std::string_view line) {
    const std::lock_guard lock(mutex);
    if (agent::is_error_line(line)) last_error_line = line;
    result.log.emplace_back(line);
    if (show_log) std::fprintf(stderr, "│ %s\n", printable(line).c_str());
  };
  callbacks.on_exit = [&](sandbox::Exit exit) {
    const std::lock_guard lock(mutex);
    result.exit = std::move(exit);
    done = true;
    ended.notify_one();
  };
  launcher.start(std::move(spec), std::move(callbacks));
  std::unique_lock lock(mutex);
  ended.wait(lock, [&] { return done; });
  result.outcome = agent::conclude(result.exit, output_schema, last_error_line);
  return result;
}

Json node_run(const agent::Agent& agent, const std::string& action, const Json& input, const Json& limits,
              std::string_view tier) {
  return {{"agent", agent.name}, {"version", agent.version}, {"action", action}, {"status", "FAILED"},
          {"input", input},      {"output", nullptr},        {"error", nullptr}, {"reason", nullptr},
          {"limits", limits},    {"sandbox", tier}};
}

int show(const Json& result, const Attempt* made, bool json) {
  const bool success = result["status"] == "SUCCESS";
  if (json) {
    print_json(result);
    return success ? kExitOk : kExitFailed;
  }
  const bool terminal = is_terminal(stdout);
  const std::string status = result["status"].get<std::string>();
  std::printf("%s %s%s\n", string_member(result, "agent").c_str(),
              paint(status, status_colour(status), terminal).c_str(),
              made == nullptr ? "" : fmt::format(" in {}", format_duration(made->exit.duration_ms)).c_str());
  if (success)
    print_json(result["output"]);
  else
    std::printf("  %s\n", printable(string_member(result, "error")).c_str());
  return success ? kExitOk : kExitFailed;
}

// The folder that the agent works on; empty: none.
Result<std::string> workspace_of(const AgentTestOptions& options) {
  std::vector<std::string> roots = options.roots;
  if (roots.empty() && !options.workspace.empty()) roots.push_back(options.workspace);
  const auto allowed = sandbox::WorkspaceRoots::of(roots);
  if (!allowed) return fail(allowed.error());
  return options.workspace.empty() ? std::string() : allowed->resolve(options.workspace);
}

// Without what it says of the agent, its action and the input.
Result<agent::LaunchRequest> request_of(const AgentTestOptions& options, const agent::Agent& agent) {
  agent::LaunchRequest request;
  request.label = "agents test";
  request.limits = options.settings.engine.agent_limits;
  auto hosts = allowed_hosts(options.settings);
  if (!hosts) return fail(std::move(hosts.error()));
  request.allowed_hosts = std::move(*hosts);
  auto secrets = read_secrets(options.secrets);
  if (!secrets) return fail(std::move(secrets.error()));
  request.secrets = std::move(*secrets);
  for (const agent::SecretUse& use : agent.secrets) {
    if (request.secrets.contains(use.name)) continue;
    return fail(ErrorCode::kInvalid, fmt::format("agent {} needs the secret {}: add --secret {}=FILE, or "
                                                 "--secret {} for a variable of the environment",
                                                 agent.name, use.name, use.name, use.name));
  }
  return request;
}

// In a sandbox whose folders are there for this attempt only.
Result<Attempt> attempt(const AgentTestOptions& options, sandbox::SpawnHelper& helper,
                        const sandbox::ProbeReport& probe, sandbox::LaunchSpec spec,
                        const schema::Schema& output_schema) {
  std::string changes_folder = (std::filesystem::temp_directory_path() / "agents-test-XXXXXX").string();
  if (::mkdtemp(changes_folder.data()) == nullptr) return fail(ErrorCode::kUnavailable, "there is no temporary folder");
  sandbox::LauncherFolders folders;
  folders.changes = changes_folder;
  folders.images = changes_folder + "/images";
  folders.registries = options.settings.registries;
  folders.hidden = {options.settings.data};
  auto launcher = sandbox::make_launcher(helper, probe, folders);
  Attempt made = attempt(*launcher, std::move(spec), output_schema, !options.json);
  launcher.reset();
  std::error_code ignored;
  std::filesystem::remove_all(changes_folder, ignored);
  return made;
}

void add_outcome(const Attempt& made, Json& result) {
  if (!made.outcome.patch.text.empty()) result["patch"] = made.outcome.patch.text;
  result["status"] = made.outcome.success ? "SUCCESS" : "FAILED";
  if (made.outcome.success) {
    result["output"] = made.outcome.output;
  } else {
    result["error"] = made.outcome.error;
    result["reason"] = made.outcome.reason;
  }
  result["exitCode"] = made.exit.kind == sandbox::ExitKind::kExited ? Json(made.exit.exit_code) : Json(nullptr);
  result["durationMs"] = made.exit.duration_ms;
  result["log"] = Json(made.log);
}

}  // namespace

int test_agent(const AgentTestOptions& options) {
  auto helper = sandbox::SpawnHelper::fork_now();
  if (!helper) return print_error(helper.error());
  const auto probe = require_sandbox(options.settings.isolation == "none");
  if (!probe) return print_error(probe.error());
  const agent::LimitPolicy& limits = options.settings.engine.agent_limits;
  auto agent = find_agent(options.folder, limits);
  if (!agent) return print_problems(options.folder, agent.error());
  const auto input = read_input(options.input);
  if (!input) return print_error(input.error());
  const auto action = choose_action(*agent, options.action);
  if (!action) return print_error(action.error());
  const auto workspace = workspace_of(options);
  if (!workspace) return print_error(workspace.error());
  const auto input_schema = schema::Schema::compile((*action)->input_schema);
  const auto output_schema = schema::Schema::compile((*action)->output_schema);
  if (!input_schema) return print_error(input_schema.error());
  if (!output_schema) return print_error(output_schema.error());

  Json result = node_run(*agent, (*action)->name, *input, agent::limits_json(agent::effective_limits(*agent, limits)),
                         sandbox::tier_word(probe->tier));
  if (const auto violations = input_schema->validate(*input); !violations.empty()) {
    result["reason"] = "input_invalid";
    result["error"] =
        fmt::format("the input does not fit action {}: {}", (*action)->name, schema::describe(violations));
    return show(result, nullptr, options.json);
  }
  auto request = request_of(options, *agent);
  if (!request) return print_error(request.error());
  const workflow::AgentSnapshot snapshot = agent::snapshot(*agent);
  request->agent = &snapshot;
  request->action = (*action)->name;
  request->input = &*input;
  request->workspace = *workspace;
  auto spec = agent::make_launch_spec(*request);
  if (!spec) return print_error(spec.error());
  const auto made = attempt(options, *helper, *probe, std::move(*spec), *output_schema);
  if (!made) return print_error(made.error());
  add_outcome(*made, result);
  return show(result, &*made, options.json);
}

}  // namespace commandcenter::cli
