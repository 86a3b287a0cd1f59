// agent.yaml to Agent: every problem at once, unknown keys with the nearest known one.
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>

#include <fmt/format.h>

#include "agent/agent.h"
#include "agent/fields.h"
#include "agent/limits.h"
#include "base/nearest.h"
#include "vault/vault.h"

namespace commandcenter::agent {
namespace {

const std::vector<std::string> kManifestKeys{
    "name",    "version",          "description", "type",          "riskLevel", "risk",
    "effects", "runtime",          "command",     "entry",         "entryPath", "entrypoint",
    "actions", "capabilities",     "sandbox",     "inputArgument", "projectId", "limits",
    "timeout", "heartbeatSeconds", "image",       "pull",          "startAhead"};
const std::vector<std::string> kActionKeys{"name", "description", "inputSchema", "outputSchema", "input", "output"};
const std::vector<std::string> kSandboxKeys{"network", "limits", "secrets"};
const std::vector<std::string> kRuntimeKeys{"type", "command", "entry", "entryPath", "entrypoint", "image", "pull"};
const std::vector<std::string> kSecretKeys{"name", "env"};

// What the protocol gives, and what would change how programs are found and loaded.
bool is_own_variable(std::string_view name) {
  return name.starts_with("AGENT_") || name.starts_with("LD_") || name == "PATH" || name == "HOME" ||
         name == "TMPDIR" || name == "LANG" || name == "PWD";
}

class ManifestReader {
 public:
  ManifestReader(const Document& manifest, std::string folder, const LimitPolicy* policy)
      : fields_(Fields::NumbersAsText::kYes, [&manifest](const std::string& path) { return manifest.locate(path); }),
        root_(manifest.value),
        folder_(std::move(folder)),
        limits_(fields_, agent_.limits, policy) {}

  tl::expected<Agent, Problems> read() {
    if (!root_.is_object()) {
      fields_.problem(
          "", fmt::format("expected a map with name, version, command and actions, got {}", json_type_name(root_)));
      return tl::unexpected(fields_.take());
    }
    check_keys();
    agent_.folder = folder_;
    agent_.name = fields_.required_text(root_, "", "name");
    check_name();
    agent_.version = fields_.required_line(root_, "", "version", kMaxName_bytes);
    agent_.type = fields_.word(root_, "", "type", {"LLM", "RULE", "API", "SCRIPT"}, "SCRIPT");
    const std::string risk = fields_.one_of(root_, "", {"riskLevel", "risk"});
    agent_.risk = fields_.word(root_, "", risk, {"AUTO", "APPROVAL_REQUIRED"}, "AUTO") == "AUTO"
                      ? workflow::Risk::kAuto
                      : workflow::Risk::kApprovalRequired;
    const std::string effects = fields_.word(root_, "", "effects", {"none", "workspace", "external"}, "external");
    agent_.effects = effects == "none"        ? Effects::kNone
                     : effects == "workspace" ? Effects::kWorkspace
                                              : Effects::kExternal;
    if (root_.contains("description")) agent_.description = fields_.text(root_, "", "description");
    if (const Json* argument = find_member(root_, "inputArgument")) {
      if (argument->is_boolean())
        agent_.input_argument = argument->get<bool>();
      else
        fields_.problem("inputArgument", "expected true or false");
    }
    if (const Json* project = find_member(root_, "projectId")) read_project(*project);
    read_start_ahead();
    read_command();
    read_actions();
    read_sandbox();
    if (fields_.any()) return tl::unexpected(fields_.take());
    return std::move(agent_);
  }

 private:
  void check_name() {
    if (!agent_.name.empty() && !is_agent_name(agent_.name)) {
      fields_.problem("name", fmt::format("expected at most {} letters, digits, '-', '_' or '.', and not only dots",
                                          kMaxName_bytes));
    }
  }

  void read_project(const Json& project) {
    if (project.is_number_integer() && project > 0 && project <= std::numeric_limits<std::int64_t>::max())
      agent_.project_id = project.get<std::int64_t>();
    else
      fields_.problem("projectId", fmt::format("expected a positive whole number, got {}", dump_json(project)));
  }

  void read_start_ahead() {
    const Json* ahead = find_member(root_, "startAhead");
    if (ahead == nullptr) return;
    if (!ahead->is_boolean()) return fields_.problem("startAhead", "expected true or false");
    agent_.start_ahead = ahead->get<bool>();
    if (agent_.start_ahead && agent_.input_argument)
      fields_.problem("startAhead", "an agent that gets its input as an argument cannot be started before it is there");
  }

  void read_command() {
    // "runtime: command", or "runtime: {type: command, command: […]}".
    const Json* nested = find_member(root_, "runtime");
    if (nested != nullptr && !nested->is_object()) nested = nullptr;
    if (nested != nullptr) fields_.known_keys(*nested, "runtime", kRuntimeKeys);
    const Json& written = nested == nullptr ? root_ : *nested;
    const std::string path = nested == nullptr ? "" : "runtime";
    const std::string runtime =
        fields_.word(written, path, nested == nullptr ? "runtime" : "type", {"command", "oci"}, "command");
    if (runtime == "oci")
      read_image(written, path);
    else
      refuse_image(written, path);
    const Json* command = find_command(nested);
    if (command == nullptr && agent_.image) return;  // the image says what to run
    if (command == nullptr) {
      return fields_.problem("", "command is missing; expected the program to run, e.g. command: [python3, ./main.py]");
    }
    if (command->is_string()) {
      agent_.command = {command->get<std::string>()};
    } else if (command->is_array() && !command->empty()) {
      for (const Json& word : *command) {
        if (word.is_string())
          agent_.command.push_back(word.get<std::string>());
        else
          fields_.problem("command", "expected a list of texts");
      }
    } else {
      return fields_.problem("command", "expected the program's file, or a list: program and arguments");
    }
    normalise_command();
    if (!agent_.command.empty() && !agent_.image)
      agent_.entry_path = agent_.command.size() == 1 ? agent_.command.front() : agent_.command.back();
  }

  // At most one of its names, here or within the runtime.
  const Json* find_command(const Json* nested) {
    const std::vector<std::string> names{"command", "entry", "entryPath", "entrypoint"};
    const Json* command = find_member(root_, fields_.one_of(root_, "", names));
    if (nested == nullptr) return command;
    const std::string name = fields_.one_of(*nested, "runtime", names);
    const Json* within = find_member(*nested, name);
    if (command != nullptr && within != nullptr)
      fields_.problem("runtime." + name,
                      "the manifest has a command outside of runtime as well; leave one of them out");
    return command == nullptr ? within : command;
  }

  void refuse_image(const Json& written, const std::string& path) {
    for (const char* key : {"image", "pull"}) {
      if (written.contains(key))
        fields_.problem(path.empty() ? key : path + "." + key, "is for an agent with runtime: oci, which this is not");
    }
  }

  // image: NAME, pull: never or missing; beside the runtime, or within {type: oci, …}.
  void read_image(const Json& written, const std::string& path) {
    agent_.runtime = Runtime::kOci;
    sandbox::ImageUse use;
    use.name = fields_.required_text(written, path, "image");
    const bool pulls = fields_.word(written, path, "pull", {"never", "missing"}, "never") == "missing";
    use.pull = pulls ? sandbox::ImagePull::kMissing : sandbox::ImagePull::kNever;
    if (!use.name.empty()) {
      if (const auto name = sandbox::parse_image_name(use.name); !name)
        fields_.problem(path.empty() ? "image" : path + ".image", name.error().message);
    }
    agent_.entry_path = "oci:" + use.name;
    agent_.image = std::move(use);
  }

  // A key that is known one level deeper is told its place.
  void check_keys() {
    std::vector<std::string> known = kManifestKeys;
    const auto tell = [&](const std::vector<std::string>& keys, const char* where) {
      for (const std::string& key : keys) {
        if (!root_.contains(key) || std::ranges::find(known, key) != known.end()) continue;
        fields_.problem(key, fmt::format("belongs below {}", where));
        known.push_back(key);
      }
    };
    tell(kSandboxKeys, "sandbox");
    tell(LimitsReader::names(), "limits");
    fields_.known_keys(root_, "", known);
  }

  // "run.sh" that lies in the folder means "./run.sh"; files named with "./" have to be there.
  void normalise_command() {
    if (!agent_.command.empty() && agent_.command.front().empty())
      fields_.problem("command", "the program to run is an empty text");
    for (std::string& word : agent_.command) {
      if (word.find('\0') != std::string::npos) return fields_.problem("command", "a word of it holds a NUL byte");
      std::error_code error;
      const bool plain = !word.empty() && !word.starts_with("./") && !word.starts_with('/') && !word.starts_with('-');
      if (plain && std::filesystem::is_regular_file(std::filesystem::path(folder_) / word, error)) word = "./" + word;
      if (!word.starts_with("./")) continue;
      const auto normal = std::filesystem::path(word).lexically_normal().string();
      if (normal.starts_with(".."))
        fields_.problem("command", fmt::format("{} is outside the agent's folder", word));
      else if (!std::filesystem::exists(std::filesystem::path(folder_) / word, error)) {
        fields_.problem("command", fmt::format("{} is not in the agent's folder", word));
      }
    }
    if (!agent_.image && agent_.command.size() == 1 && !agent_.command.front().starts_with("./") &&
        !agent_.command.front().starts_with('/')) {
      const std::string& written = agent_.command.front();
      const std::size_t blank = written.find(' ');
      fields_.problem("command",
                      fmt::format("{} is not in the agent's folder{}", written,
                                  blank == std::string::npos ? std::string()
                                                             : fmt::format("; a program and its arguments are a list: "
                                                                           "[{}, …]",
                                                                           written.substr(0, blank))));
    }
  }

  void read_actions() {
    const std::string list = fields_.one_of(root_, "", {"actions", "capabilities"});
    const Json* actions = find_member(root_, list);
    if (actions == nullptr)
      return fields_.problem(
          "", "actions is missing; expected a list with at least one action: {name, inputSchema, outputSchema}");
    if (!actions->is_array() || actions->empty() || actions->size() > kMaxActions) {
      return fields_.problem(list, fmt::format("expected a list of 1 to {} actions", kMaxActions));
    }
    for (std::size_t i = 0; i < actions->size(); ++i) {
      const std::string path = fmt::format("{}[{}]", list, i);
      const Json& action = (*actions)[i];
      if (!action.is_object()) {
        fields_.problem(path, "expected a map with name, inputSchema and outputSchema");
        continue;
      }
      fields_.known_keys(action, path, kActionKeys);
      Capability capability;
      capability.name = fields_.required_line(action, path, "name", kMaxName_bytes);
      if (action.contains("description")) capability.description = fields_.text(action, path, "description");
      capability.input_schema = fields_.schema(action, path, fields_.one_of(action, path, {"inputSchema", "input"}));
      capability.output_schema = fields_.schema(action, path, fields_.one_of(action, path, {"outputSchema", "output"}));
      for (const Capability& other : agent_.capabilities) {
        if (other.name == capability.name)
          fields_.problem(path + ".name", fmt::format("there are two actions named {}", other.name));
      }
      agent_.capabilities.push_back(std::move(capability));
    }
  }

  void read_sandbox() {
    if (const Json* sandbox = find_member(root_, "sandbox")) {
      if (!sandbox->is_object()) return fields_.problem("sandbox", "expected a map with network and limits");
      fields_.known_keys(*sandbox, "sandbox", kSandboxKeys);
      if (const Json* network = find_member(*sandbox, "network")) read_network(*network);
      if (const Json* secrets = find_member(*sandbox, "secrets")) read_secrets(*secrets);
      if (const Json* limits = find_member(*sandbox, "limits")) limits_.read_map(*limits, "sandbox.limits");
    }
    if (const Json* limits = find_member(root_, "limits")) limits_.read_map(*limits, "limits");
    limits_.read_one(root_, "", "timeout");
    agent_.own_timeout = limits_.has("timeout");
    agent_.own_memory = limits_.has("memory");
    if (root_.contains("heartbeatSeconds")) fields_.duration(root_, "", "heartbeatSeconds", agent_.heartbeat_ms);
  }

  void read_network(const Json& network) {
    if (network == "none" || network == false || network.is_null()) return;
    if (!network.is_array() || network.size() > egress::kMaxRules) {
      return fields_.problem(
          "sandbox.network",
          fmt::format("expected none, or a list of at most {} hosts such as api.example.org:443", egress::kMaxRules));
    }
    for (std::size_t i = 0; i < network.size(); ++i) {
      const std::string path = fmt::format("sandbox.network[{}]", i);
      if (!network[i].is_string()) {
        fields_.problem(path,
                        fmt::format("expected text such as api.example.org:443, got {}", json_type_name(network[i])));
        continue;
      }
      const auto text = network[i].get<std::string>();
      if (const auto rule = egress::parse_rule(text); !rule) fields_.problem(path, rule.error().message);
      agent_.network.push_back(text);
    }
  }

  // "NAME", or {name: NAME, env: VARIABLE}.
  void read_secrets(const Json& list) {
    if (!list.is_array() || list.size() > kMaxSecretUses) {
      return fields_.problem(
          "sandbox.secrets",
          fmt::format("expected a list of at most {} names, or maps with name and env", kMaxSecretUses));
    }
    for (std::size_t i = 0; i < list.size(); ++i) {
      const std::string path = fmt::format("sandbox.secrets[{}]", i);
      SecretUse use;
      if (list[i].is_object()) {
        fields_.known_keys(list[i], path, kSecretKeys);
        use.name = fields_.required_text(list[i], path, "name");
        if (list[i].contains("env")) {
          use.variable = fields_.required_text(list[i], path, "env");
          if (!use.variable.empty() && (!vault::is_secret_name(use.variable) || is_own_variable(use.variable)))
            fields_.problem(path + ".env", fmt::format("{} cannot be the variable of a secret", use.variable));
        }
      } else if (list[i].is_string()) {
        use.name = list[i].get<std::string>();
      }
      if (!vault::is_secret_name(use.name))
        fields_.problem(path, "expected a secret's name: letters, digits and '_', not beginning with a digit");
      else if (std::ranges::any_of(agent_.secrets, [&](const SecretUse& other) { return other.name == use.name; }))
        fields_.problem(path, fmt::format("{} is there twice", use.name));
      if (!use.variable.empty() &&
          std::ranges::any_of(agent_.secrets, [&](const SecretUse& other) { return other.variable == use.variable; }))
        fields_.problem(path + ".env", fmt::format("two secrets cannot both be the variable {}", use.variable));
      agent_.secrets.push_back(std::move(use));
    }
  }

  Fields fields_;
  const Json& root_;
  std::string folder_;
  Agent agent_;
  LimitsReader limits_;
};

}  // namespace

bool is_agent_name(std::string_view name) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  return name.find_first_not_of('.') != std::string_view::npos && name.size() <= kMaxName_bytes &&
         name.find_first_not_of(kAllowed) == std::string_view::npos;
}

tl::expected<Agent, Problems> parse_manifest(const Document& manifest, const std::string& folder,
                                             const LimitPolicy* policy) {
  return ManifestReader(manifest, folder, policy).read();
}

tl::expected<Agent, Problems> load_agent_folder(const std::string& folder, const LimitPolicy* policy) {
  constexpr std::array<std::string_view, 3> kNames{"agent.yaml", "agent.yml", "agent.json"};
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) {
    return tl::unexpected(
        Problems{{"", 0, 0, fmt::format("{} is not a folder; expected the folder that holds agent.yaml", folder)}});
  }
  for (const std::string_view name : kNames) {
    const auto path = std::filesystem::path(folder) / name;
    if (!std::filesystem::exists(path, error)) continue;
    auto document = read_document(path.string());
    if (!document) return tl::unexpected(Problems{{"", 0, 0, document.error().message}});
    return parse_manifest(*document, std::filesystem::canonical(folder, error).string(), policy);
  }
  return tl::unexpected(Problems{{"", 0, 0, fmt::format("there is no agent.yaml in {}", folder)}});
}

}  // namespace commandcenter::agent
