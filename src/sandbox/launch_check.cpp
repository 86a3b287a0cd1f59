#include "sandbox/launch_check.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>

#include <fmt/format.h>

#include "sandbox/mounts.h"
#include "sandbox/wording.h"

namespace commandcenter::sandbox {
namespace {

constexpr std::size_t kMaxInterpreterLineBytes = 256;

bool has_nul(std::string_view text) {
  return text.find('\0') != std::string_view::npos;
}
bool is_absolute(std::string_view path) {
  return path.starts_with('/');
}

std::string problem_with_paths(const LaunchSpec& spec) {
  if (spec.argv.empty()) return "there is no program to run: argv is empty";
  if (!is_absolute(spec.argv[0])) {
    return fmt::format("'{}' is not an absolute path inside the sandbox", spec.argv[0]);
  }
  if (!is_absolute(spec.working_folder) || has_nul(spec.working_folder)) {
    return fmt::format("the working folder '{}' is not an absolute path", spec.working_folder);
  }
  if (has_nul(spec.workspace)) return "the path of the workspace holds a NUL byte";
  if (spec.read_only_binds.size() > kMaxBinds) {
    return fmt::format("{} folders are to be shown; the limit is {}", spec.read_only_binds.size(), kMaxBinds);
  }
  for (const Bind& bind : spec.read_only_binds) {
    if (!is_absolute(bind.inside_path) || has_nul(bind.inside_path) || bind.host_path.empty() ||
        has_nul(bind.host_path)) {
      return fmt::format("a folder cannot be shown at '{}': that is not an absolute path", bind.inside_path);
    }
  }
  return {};
}

std::string problem_with_texts(const LaunchSpec& spec) {
  if (spec.argv.size() > kMaxArguments) {
    return fmt::format("{} arguments; the limit is {}", spec.argv.size(), kMaxArguments);
  }
  if (spec.environment.size() > kMaxEnvironmentVariables) {
    return fmt::format("{} environment variables; the limit is {}", spec.environment.size(), kMaxEnvironmentVariables);
  }
  std::size_t total = 0;
  for (std::size_t i = 0; i < spec.argv.size(); ++i) {
    if (has_nul(spec.argv[i])) return fmt::format("argument {} holds a NUL byte", i);
    if (spec.argv[i].size() > kMaxTextBytes) {
      return fmt::format("argument {} is {} bytes long; the limit is {}: hand large data over on standard input", i,
                         spec.argv[i].size(), kMaxTextBytes);
    }
    total += spec.argv[i].size() + 1;
  }
  for (const auto& [name, value] : spec.environment) {
    if (name.empty() || name.find('=') != std::string::npos || has_nul(name)) {
      return fmt::format("'{}' cannot be the name of an environment variable", name);
    }
    if (has_nul(value)) return fmt::format("the environment variable {} holds a NUL byte", name);
    const std::size_t length = name.size() + 1 + value.size();
    if (length > kMaxTextBytes) {
      return fmt::format(
          "the environment variable {} is {} bytes long; the limit is {}: hand large data over on standard input", name,
          length, kMaxTextBytes);
    }
    total += length + 1;
  }
  if (total > kMaxArgumentBytes) {
    return fmt::format(
        "arguments and environment are {} together; the limit is {}: hand large data over on standard input",
        size_text(static_cast<std::int64_t>(total)), size_text(kMaxArgumentBytes));
  }
  if (spec.input.size() > kMaxInputBytes) {
    return fmt::format("the input is {}; the limit is {}", size_text(static_cast<std::int64_t>(spec.input.size())),
                       size_text(kMaxInputBytes));
  }
  return {};
}

std::string problem_with_limits(const Limits& limits) {
  const auto problem = [](std::string_view name, std::int64_t value, std::int64_t least) {
    return value < least ? fmt::format("the limit {} is {}; the least is {}", name, value, least) : std::string();
  };
  const Limits& least = kLeastLimits;
  for (std::string text : {problem("timeout_ms", limits.timeout_ms, least.timeout_ms),
                           problem("memory_bytes", limits.memory_bytes == 0 ? least.memory_bytes : limits.memory_bytes,
                                   least.memory_bytes),
                           problem("file_size_bytes", limits.file_size_bytes, least.file_size_bytes),
                           problem("scratch_bytes", limits.scratch_bytes, least.scratch_bytes),
                           problem("layer_bytes", limits.layer_bytes, least.layer_bytes),
                           problem("scratch_files", limits.scratch_files, least.scratch_files),
                           problem("stdout_bytes", limits.stdout_bytes, least.stdout_bytes),
                           problem("log_bytes", limits.log_bytes, least.log_bytes),
                           problem("log_line_bytes", limits.log_line_bytes, least.log_line_bytes),
                           problem("open_files", limits.open_files, least.open_files),
                           problem("processes", limits.processes, least.processes)}) {
    if (!text.empty()) return text;
  }
  return {};
}

// `tier` is what this machine can do.
std::string problem_with_secrets(const LaunchSpec& spec, Tier tier) {
  if (spec.secrets.empty()) return {};
  if (tier == Tier::kNone) return "secrets are not handed to programs that run unprotected";
  if (spec.secrets.size() > kMaxSecrets) {
    return fmt::format("{} secrets are to be shown; the limit is {}", spec.secrets.size(), kMaxSecrets);
  }
  for (const SecretFile& secret : spec.secrets) {
    if (secret.name.empty() || secret.name.find_first_of(std::string_view("/.\0", 3)) != std::string::npos) {
      return fmt::format("'{}' cannot be the name of a secret's file", secret.name);
    }
    if (secret.value.size() > kMaxSecret_bytes) {
      return fmt::format("the secret {} has {} bytes; the limit is {}", secret.name, secret.value.size(),
                         kMaxSecret_bytes);
    }
  }
  return {};
}

bool exists(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0;
}

// The first line of a program's file, as far as the kernel reads it.
std::string first_line_of(const std::string& host_path) {
  std::ifstream file(host_path, std::ios::binary);
  char head[kMaxInterpreterLineBytes] = {};
  file.read(head, sizeof(head));
  const std::string_view text(head, static_cast<std::size_t>(file.gcount()));
  return std::string(text.substr(0, text.find('\n')));
}

// "#!/usr/bin/env node" → "/usr/bin/env"; empty when the file is no script.
std::string interpreter_in(std::string_view line) {
  if (!line.starts_with("#!")) return {};
  line.remove_prefix(2);
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  return std::string(line.substr(0, line.find_first_of(" \t\r")));
}

// A reason to be found in the program's own file; empty when there is none.
std::string problem_with_program(const LaunchSpec& spec) {
  const std::string& program = spec.argv[0];
  if (!spec.root.empty()) return {};  // links of an image lead to its files, which only the sandbox sees so
  const std::string path = host_path_of(spec, program);
  if (path.empty()) {
    return fmt::format("{} does not exist in the sandbox: only /usr, /workspace and the agent's own folder do",
                       program);
  }
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) {
    return errno == ENOENT || errno == ENOTDIR ? fmt::format("{} was not found", program) : std::string();
  }
  if (S_ISDIR(about.st_mode)) return fmt::format("{} is a folder, not a program", program);
  if ((about.st_mode & 0111) == 0) return fmt::format("{} is not executable: chmod +x it", program);
  const std::string line = first_line_of(path);
  const std::string interpreter = interpreter_in(line);
  if (interpreter.empty()) return {};
  if (line.ends_with('\r')) {
    return fmt::format(
        "{} has line ends of Windows: {} and a carriage return is no interpreter; save it with line feeds", program,
        interpreter);
  }
  const std::string interpreter_path = host_path_of(spec, interpreter);
  if (interpreter_path.empty() || !exists(interpreter_path)) {
    return fmt::format("{} asks for the interpreter {} in its first line, which was not found", program, interpreter);
  }
  return {};
}

std::string problem_with_folders(const LaunchSpec& spec) {
  struct stat about {};
  if (!spec.workspace.empty() && (::stat(spec.workspace.c_str(), &about) != 0 || !S_ISDIR(about.st_mode))) {
    return "the workspace does not exist: its folder is missing on this machine";
  }
  for (const Bind& bind : spec.read_only_binds) {
    if (!exists(bind.host_path)) {
      return fmt::format("{} cannot be shown in the sandbox: it is missing on this machine", bind.inside_path);
    }
  }
  return {};
}

}  // namespace

std::string problem_with(const LaunchSpec& spec, Tier tier) {
  for (const std::string& problem : {problem_with_paths(spec), problem_with_texts(spec),
                                     problem_with_limits(spec.limits), problem_with_secrets(spec, tier)}) {
    if (!problem.empty()) return problem;
  }
  return {};
}

Refusal explain_refusal(const LaunchSpec& spec, const std::string& complaint, const std::optional<InitFailure>& init) {
  for (const std::string& problem : {problem_with_folders(spec), problem_with_program(spec)}) {
    if (!problem.empty()) return {problem, false};
  }
  if (init && init->stage == InitStage::kExec && init->error == ENOEXEC) {
    return {fmt::format("{} is no program: it is not made for this machine, or a script without a first line such as "
                        "#!/bin/sh",
                        spec.argv[0]),
            false};
  }
  if (init && init->stage == InitStage::kExec) {
    return {fmt::format("{} cannot be run: {}", spec.argv[0], std::strerror(init->error)), false};
  }
  if (init) {
    return {fmt::format("the sandbox could not be closed (step {}): {}", static_cast<int>(init->stage),
                        std::strerror(init->error)),
            true};
  }
  if (complaint.find("chdir") != std::string::npos) {
    return {fmt::format("the working folder {} was not found in the sandbox", spec.working_folder), false};
  }
  if (complaint.empty()) return {"the sandbox ended before the program was started", true};
  return {fmt::format("the sandbox could not be set up: {}", complaint), true};
}

Refusal explain_failed_start(const LaunchSpec& spec, Tier tier, SpawnStage stage, int error) {
  const std::string reason = std::strerror(error);
  if (stage == SpawnStage::kExec && tier != Tier::kNone) {
    if (error == ENOENT) return {"bubblewrap is not installed: apt-get install bubblewrap", true};
    return {fmt::format("bubblewrap cannot be run: {}", reason), true};
  }
  if (stage == SpawnStage::kFolder) {
    return {fmt::format("the working folder {} cannot be used: {}", spec.working_folder, reason), false};
  }
  if (stage == SpawnStage::kStage) {
    const std::string problem = problem_with_folders(spec);
    if (!problem.empty()) return {problem, false};
    return {fmt::format("the sandbox could not be set up: {}", reason), true};
  }
  if (stage == SpawnStage::kLayer) return {fmt::format("the workspace cannot be made writable: {}", reason), false};
  if (stage == SpawnStage::kExec) {
    const std::string problem = problem_with_program(spec);
    return {problem.empty() ? fmt::format("{} cannot be run: {}", spec.argv[0], reason) : problem, false};
  }
  return {fmt::format("no process could be started: {}", reason), true};
}

}  // namespace commandcenter::sandbox
