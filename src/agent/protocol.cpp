// The protocol between the engine and an agent: input on standard input and in AGENT_INPUT, exactly one JSON document
// on standard output, the log on standard error, the exit code.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>

#include <fmt/format.h>

#include "agent/agent.h"
#include "agent/builtin/builtin.h"
#include "base/text.h"

namespace commandcenter::agent {
namespace {

constexpr std::string_view kAgentFolderInside = "/agent";
constexpr std::string_view kExecutableInside = "/agent/commandcenter";
constexpr std::string_view kWorkspaceInside = "/workspace";

// How to run a file of a kind whose first line cannot say so, or that need not be executable.
struct Interpreter {
  std::string_view suffix;
  std::string_view program;
};
constexpr std::array<Interpreter, 7> kInterpreters{{{".py", "python3"},
                                                    {".js", "node"},
                                                    {".mjs", "node"},
                                                    {".cjs", "node"},
                                                    {".ts", "tsx"},
                                                    {".sh", "sh"},
                                                    {".rb", "ruby"}}};

std::string own_executable() {
  std::array<char, 4096> path{};
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  return length > 0 ? std::string(path.data(), static_cast<std::size_t>(length)) : std::string();
}

std::string inside(std::string_view word) {
  return word.starts_with("./") ? std::string(kAgentFolderInside) + std::string(word.substr(1)) : std::string(word);
}

// A bare program name as the sandbox would find it; the name itself when it is not installed.
std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  for (const std::string_view folder : {"/usr/local/bin/", "/usr/bin/", "/bin/"}) {
    const std::string path = std::string(folder) + name;
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return name;
}

std::vector<std::string> command_line(const Agent& agent) {
  std::vector<std::string> argv;
  for (const std::string& word : agent.command)
    argv.push_back(inside(word));
  if (argv.size() == 1) {
    for (const Interpreter& interpreter : kInterpreters) {
      if (!argv.front().ends_with(interpreter.suffix)) continue;
      argv.insert(argv.begin(), std::string(interpreter.program));
      break;
    }
  }
  if (!argv.empty()) argv.front() = find_program(argv.front());
  return argv;
}

// Some programs read the small names only, some the large ones. What is not for the proxy is the sandbox's own
// loopback.
void name_proxy(sandbox::LaunchSpec& spec) {
  for (const char* name : {"http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"})
    spec.environment.emplace_back(name, std::string(sandbox::kProxyUrl));
  if (egress::reaches_loopback(*spec.network)) return;
  for (const char* name : {"no_proxy", "NO_PROXY"})
    spec.environment.emplace_back(name, "localhost,127.0.0.1,::1");
}

Outcome failure(std::string reason, std::string error) {
  if (error.size() > kMaxErrorText_bytes) {
    error.resize(kMaxErrorText_bytes);
    error.resize(whole_characters(error).size());
  }
  return Outcome{false, {}, std::move(reason), std::move(error)};
}

// The text of the agent's own error report; empty when the line is none.
std::string own_error(std::string_view line) {
  if (!is_error_line(line)) return {};
  const auto parsed = parse_json(line);
  if (!parsed) return {};
  const Json* error = find_member(*parsed, "error");
  if (error == nullptr) return {};
  return error->is_string() ? error->get<std::string>() : dump_json(*error);
}

std::string readable_signal(int signal) {
  if (signal == 9) return "killed by the kernel (SIGKILL), as happens when memory runs out";
  if (signal == 31) return "ended by a system call that sandboxed programs may not make (SIGSYS)";
  return fmt::format("ended by signal {}", signal);
}

// What somebody who printed more than the answer has to know. Secrets were masked where the output was read.
std::string not_json(std::string_view output, const std::string& why) {
  output.remove_prefix(std::min(output.find_first_not_of(" \t\r\n"), output.size()));
  if (output.empty()) return "the agent printed nothing on standard output; expected one JSON document";
  constexpr std::size_t kShown_bytes = 40;
  const std::string_view line = output.substr(0, output.find_first_of("\r\n"));
  return fmt::format(
      "the agent's standard output is not one JSON document: {}; it begins with {}. Only the answer belongs there, "
      "what else there is to say on standard error",
      why, dump_json(line.substr(0, kShown_bytes)));
}

std::string_view kind_reason(sandbox::ExitKind kind) {
  switch (kind) {
    case sandbox::ExitKind::kExited:
      return "exit";
    case sandbox::ExitKind::kSignalled:
      return "signal";
    case sandbox::ExitKind::kLimit:
      return "limit";
    case sandbox::ExitKind::kKilled:
      return "cancelled";
    case sandbox::ExitKind::kNotStarted:
      return "not_started";
    case sandbox::ExitKind::kLost:
      return "lost";
  }
  return "lost";
}

}  // namespace

bool is_error_line(std::string_view line) {
  return line.starts_with('{') && line.find("\"error\"") != std::string_view::npos;
}

std::optional<Progress> progress_of(std::string_view line) {
  if (!line.starts_with('{') || line.find("\"progress\"") == std::string_view::npos) return std::nullopt;
  const auto parsed = parse_json(line);
  const Json* fraction = parsed ? find_member(*parsed, "progress") : nullptr;
  if (fraction == nullptr || !fraction->is_number()) return std::nullopt;
  Progress progress;
  progress.fraction = fraction->get<double>();
  if (!(progress.fraction >= 0 && progress.fraction <= 1)) return std::nullopt;
  progress.message = string_member(*parsed, "message");
  if (progress.message.size() > kMaxProgressText_bytes) progress.message.resize(kMaxProgressText_bytes);
  return progress;
}

std::int64_t heartbeat_of(const workflow::AgentSnapshot& agent) {
  const Json* heartbeat = find_member(agent.document, "heartbeatMs");
  return heartbeat != nullptr && heartbeat->is_number_integer() ? heartbeat->get<std::int64_t>() : 0;
}

namespace {

void set_builtin(sandbox::LaunchSpec& spec, const Agent& agent) {
  spec.argv = {std::string(kExecutableInside), "agent-exec", agent.name};
  spec.read_only_binds.push_back({own_executable(), std::string(kExecutableInside)});
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  spec.limits.memory_bytes = 0;  // a sanitizer reserves terabytes of address space for itself
#endif
}

void bind_folder(sandbox::LaunchSpec& spec, const Agent& agent, const LaunchRequest& request) {
  if (agent.folder.empty()) return;
  spec.read_only_binds.push_back(
      {imported_folder(agent.folder, request.agents_folder), std::string(kAgentFolderInside)});
}

// What runs, and what of this machine it needs to see for that.
Result<void> set_program(sandbox::LaunchSpec& spec, const Agent& agent, const LaunchRequest& request) {
  if (agent.runtime == Runtime::kBuiltin) {
    set_builtin(spec, agent);
    return {};
  }
  if (agent.runtime == Runtime::kOci) {
    spec.image = agent.image;
    for (const std::string& word : agent.command)
      spec.argv.push_back(inside(word));
    bind_folder(spec, agent, request);
    return {};
  }
  spec.argv = command_line(agent);
  if (agent.folder.empty() || spec.argv.empty()) {
    return fail(ErrorCode::kInvalid,
                fmt::format("agent {} has no program on this server (entryPath {}): register its folder "
                            "with `commandcenter agents register FOLDER`",
                            agent.name, agent.entry_path));
  }
  if (!spec.argv.front().starts_with('/')) {
    return fail(ErrorCode::kInvalid, fmt::format("agent {} needs {}, which is not installed on this machine",
                                                 agent.name, spec.argv.front()));
  }
  bind_folder(spec, agent, request);
  return {};
}

Result<void> set_network(sandbox::LaunchSpec& spec, const Agent& agent, const LaunchRequest& request) {
  if (agent.network.empty()) return {};
  auto rules = egress::parse_rules(agent.network);
  if (!rules) return fail(std::move(rules.error()));
  spec.network = egress::Policy{std::move(*rules), request.allowed_hosts};
  name_proxy(spec);
  return {};
}

// The secrets that it uses, and those of its input: these only so that they are masked. True: there are such.
Result<bool> set_secrets(sandbox::LaunchSpec& spec, const Agent& agent, const LaunchRequest& request) {
  for (const SecretUse& use : agent.secrets) {
    const auto value = request.secrets.find(use.name);
    if (value == request.secrets.end())
      return fail(ErrorCode::kForbidden, fmt::format("agent {} was not given the secret {}", agent.name, use.name));
    spec.secrets.push_back({use.name, value->second});
    if (!use.variable.empty()) spec.environment.emplace_back(use.variable, value->second);
  }
  bool are_of_input = false;
  for (const auto& [name, value] : request.secrets) {
    if (std::ranges::find(spec.secrets, name, &sandbox::SecretFile::name) != spec.secrets.end()) continue;
    spec.secrets.push_back({name, value});
    are_of_input = true;
  }
  if (!spec.secrets.empty()) spec.environment.emplace_back("AGENT_SECRETS", std::string(sandbox::kSecretsFolder));
  return are_of_input;
}

}  // namespace

Result<sandbox::LaunchSpec> make_launch_spec(const LaunchRequest& request) {
  store::AgentRow row;
  row.id = request.agent->id;
  row.document = dump_json(request.agent->document);
  auto agent = from_row(row);
  if (!agent) return fail(std::move(agent.error()));

  sandbox::LaunchSpec spec;
  spec.label = request.label;
  spec.workspace = request.workspace;
  spec.copy_on_write = request.agent->changes_workspace;
  spec.working_folder = kWorkspaceInside;
  spec.limits = effective_limits(*agent, request.limits);
  if (request.timeout_ms) spec.limits.timeout_ms = *request.timeout_ms;
  spec.input = dump_json(*request.input);
  if (auto set = set_program(spec, *agent, request); !set) return fail(std::move(set.error()));
  if (agent->input_argument && !spec.argv.empty()) spec.argv.push_back(spec.input);

  spec.environment = {{"PATH", "/usr/local/bin:/usr/bin:/bin"},
                      {"HOME", "/tmp"},
                      {"TMPDIR", "/tmp"},
                      {"LANG", "C.UTF-8"},
                      {"AGENT_NAME", agent->name},
                      {"AGENT_ACTION", request.action},
                      {"AGENT_WORKSPACE", std::string(kWorkspaceInside)}};
  if (auto set = set_network(spec, *agent, request); !set) return fail(std::move(set.error()));
  const auto has_secret_input = set_secrets(spec, *agent, request);
  if (!has_secret_input) return fail(has_secret_input.error());

  // Built-in agents read their input before anything else.
  spec.may_start_ahead =
      agent->start_ahead || (agent->runtime == Runtime::kBuiltin && agent->effects == Effects::kNone);
  if (spec.may_start_ahead) return spec;
  if (!request.effect.empty()) spec.environment.emplace_back("AGENT_IDEMPOTENCY_KEY", request.effect);
  if (!request.trace_parent.empty()) spec.environment.emplace_back("TRACEPARENT", request.trace_parent);
  if (spec.input.size() <= kMaxInputVariable_bytes && !*has_secret_input)
    spec.environment.emplace_back("AGENT_INPUT", spec.input);
  return spec;
}

Outcome conclude(const sandbox::Exit& exit, const schema::Schema& output_schema, std::string_view last_error_line) {
  if (exit.kind == sandbox::ExitKind::kLimit) return failure(exit.limit, exit.message);
  if (exit.kind == sandbox::ExitKind::kSignalled) return failure("signal", readable_signal(exit.signal));
  if (exit.kind != sandbox::ExitKind::kExited) return failure(std::string(kind_reason(exit.kind)), exit.message);
  if (exit.exit_code != 0) {
    std::string text = own_error(last_error_line);
    if (text.empty()) text = own_error(exit.standard_output);
    if (text.empty())
      return failure("exit", fmt::format("the agent ended with exit code {}; its log may say why", exit.exit_code));
    return failure("exit", fmt::format("{} (exit code {})", text, exit.exit_code));
  }
  auto output = parse_json(exit.standard_output);
  if (!output) return failure("output_invalid", not_json(exit.standard_output, output.error().message));
  if (const auto violations = output_schema.validate(*output); !violations.empty()) {
    return failure("output_invalid",
                   fmt::format("the agent's output does not fit its schema: {}", schema::describe(violations)));
  }
  if (!exit.patch_problem.empty()) return failure("patch", exit.patch_problem);
  return Outcome{true, std::move(*output), {}, {}, exit.patch};
}

int run_builtin(const std::string& name) {
  const auto report = [](const std::string& message) {
    std::cerr << dump_json({{"error", message}}) << '\n';
    return 1;
  };
  const builtin::Run agent = builtin::find_program(name);
  if (agent == nullptr) return report(fmt::format("there is no built-in agent {}", name));
  const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  auto input = parse_json(text);
  if (!input) return report(fmt::format("the input is not JSON: {}", input.error().message));

  const char* action = std::getenv("AGENT_ACTION");
  const char* workspace = std::getenv("AGENT_WORKSPACE");
  const auto log = [](std::string_view line) {
    std::fwrite(line.data(), 1, line.size(), stderr);
    std::fputc('\n', stderr);
  };
  auto output = agent(action == nullptr ? "" : action, *input, workspace == nullptr ? "." : workspace, log);
  if (!output) return report(output.error().message);
  const std::string answer = dump_json(*output);
  const bool written =
      std::fwrite(answer.data(), 1, answer.size(), stdout) == answer.size() && std::fflush(stdout) == 0;
  return written ? 0 : report("the answer could not be written");
}

}  // namespace commandcenter::agent
