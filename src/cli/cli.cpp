// What can be typed: how it is read, and what is said about mistakes. cli_local.cpp, cli_code.cpp and cli_remote.cpp
// list the verbs.
#include "cli/cli.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <utility>
#include <vector>

#include "cli/command_line.h"
#include "cli/output.h"
#include "cli/version.h"

namespace commandcenter::cli {
namespace {

std::string environment(const char* name, const char* fallback) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : fallback;
}

// The order within a group is that in which the verbs are added.
const std::vector<std::pair<const char*, std::vector<const char*>>> kGroups{
    {"Workflows", {"run", "validate", "workflows", "runs", "approvals", "events"}},
    {"Repositories", {"scan", "review", "rules", "comply", "diagram", "audit", "patch"}},
    {"Agents", {"agents", "secrets", "notify"}},
    {"The server", {"serve", "config", "doctor", "backup", "restore", "check", "smoke", "load", "disk-check"}},
    {"Other", {"completion", "version"}}};

}  // namespace

CommandLine::CommandLine(const std::function<int(const config::Settings&)>& serve) : serve_handler_(serve) {
  remote_.server =
      environment("COMMANDCENTER_SERVER", environment("ORCHESTRATION_API", "http://127.0.0.1:9002").c_str());
  app_.footer(
      "Exit codes: 0 success; 1 the run, the test or the request failed; 2 wrong usage or invalid input;\n"
      "            3 the server cannot be reached; 130 interrupted.");
  app_.require_subcommand(1);
  app_.fallthrough();
  app_.set_help_all_flag("--help-all", "Show the options of every command");
  app_.set_version_flag("--version", std::string("commandcenter ") + kVersion, "Print the version");
  app_.add_flag("--json", json_, "Print JSON instead of text");
  app_.add_option("--server", remote_.server, "Server to talk to")->capture_default_str();
  app_.add_option("--project", remote_.project_id, "Project")->capture_default_str();
  add_local();
  add_code();
  add_diagram();
  add_agents();
  add_workflows();
  add_runs();
  add_approvals();
  add_secrets();
  add_events();
  add_trials();
  for (const auto& [title, names] : kGroups) {
    for (const char* name : names)
      app_.get_subcommand(name)->group(title);
  }
  refuse_empty_words(app_);
}

// A word that must be there and is empty is a variable that nobody set. As a part of a path it would ask for the list.
void CommandLine::refuse_empty_words(CLI::App& app) {
  const auto must_be_there = [](const CLI::Option* option) {
    return option->get_positional() && option->get_required();
  };
  for (CLI::Option* option : app.get_options(must_be_there))
    option->check([](const std::string& word) { return std::string(word.empty() ? "must not be empty" : ""); });
  for (CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; }))
    refuse_empty_words(*sub);
}

int CommandLine::run(int argc, char** argv) {
  int code = kExitOk;
  try {
    code = understand_and_act(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "commandcenter: internal failure: %s\n", printable(error.what()).c_str());
    code = failure_code();
  }
  const std::string lost = lost_output();
  if (lost.empty()) return code;
  std::fprintf(stderr, "commandcenter: standard output cannot be written: %s\n", lost.c_str());
  return code == kExitOk || code == kExitFailed ? failure_code() : code;
}

// Of these commands 1 says that there are findings.
int CommandLine::failure_code() const {
  const std::vector<CLI::App*> chosen = app_.get_subcommands();
  const std::string name = chosen.empty() ? std::string() : chosen.front()->get_name();
  return name == "scan" || name == "review" || name == "comply" ? kExitUsage : kExitFailed;
}

int CommandLine::understand_and_act(int argc, char** argv) {
  const std::vector<std::string> words = spelled_out({argv + std::min(argc, 1), argv + argc});
  if (words.empty()) {
    std::fputs(app_.help().c_str(), stderr);
    return kExitUsage;
  }
  try {
    app_.parse(std::vector<std::string>(words.rbegin(), words.rend()));  // the library wants the last one first
  } catch (const CLI::ParseError& error) {
    // Who asks for help with a command that there is not has mistyped it.
    const bool is_answered = error.get_exit_code() == 0 && !mistake_of(words);
    return is_answered ? app_.exit(error) : explain(words, error.what());
  }
  remote_.json = json_;
  new_.program = argc > 0 ? argv[0] : "commandcenter";
  while (remote_.server.ends_with('/'))
    remote_.server.pop_back();
  return action_();
}

std::optional<std::string> CommandLine::mistake_of(const std::vector<std::string>& words) const {
  std::vector<CommandWords> commands;
  collect_words(app_, "commandcenter", commands);
  return explain_mistake(words, commands);
}

int CommandLine::explain(const std::vector<std::string>& words, const std::string& reason) const {
  std::vector<CommandWords> commands;
  collect_words(app_, "commandcenter", commands);
  const std::string command = command_of(words, commands);
  const std::string mistake = mistake_of(words).value_or(command + ": " + printable(reason));
  std::fprintf(stderr, "%s%s\n%s --help tells more.\n",
               mistake.starts_with("commandcenter") ? "" : "commandcenter: ", mistake.c_str(), command.c_str());
  return kExitUsage;
}

CLI::App* CommandLine::verb(CLI::App* parent, const std::string& name, const std::string& help,
                            std::function<int()> action) {
  CLI::App* sub = parent->add_subcommand(name, help);
  sub->callback([this, action = std::move(action)] { action_ = action; });
  return sub;
}

// The flags of the settings that matter to the verb (all of them when none are named).
void CommandLine::add_settings(CLI::App* sub, const std::vector<std::string>& keys) {
  sub->add_option("--config", sources_.file, "Configuration file (default: commandcenter.yaml in the data folder)");
  sub->add_option("--set", sources_.assignments, "A setting as KEY=VALUE; may be repeated")->allow_extra_args(false);
  for (const config::Setting& setting : config::table()) {
    if (setting.flag.empty()) continue;
    if (!keys.empty() && std::find(keys.begin(), keys.end(), setting.key) == keys.end()) continue;
    if (!setting.switch_value.empty()) {
      sub->add_flag_callback(
          setting.flag, [this, &setting] { sources_.flags[setting.key] = {setting.switch_value}; },
          "Sets " + setting.key + " to " + setting.switch_value + " (" + setting.help + ")");
      continue;
    }
    const std::string fallback = config::show(setting, setting.get({}));
    if (setting.kind == config::Kind::kList) {
      const auto take = [this, &setting](const std::vector<std::string>& words) {
        sources_.flags[setting.key] = words;
      };
      sub->add_option_function<std::vector<std::string>>(setting.flag, take, setting.help + "; may be repeated")
          ->allow_extra_args(false)
          ->default_str(fallback);
    } else {
      const auto take = [this, &setting](const std::string& word) { sources_.flags[setting.key] = {word}; };
      sub->add_option_function<std::string>(setting.flag, take, setting.help)->default_str(fallback);
    }
  }
}

int CommandLine::with_settings(const std::function<int(const config::Settings&)>& action) {
  auto loaded = config::load(sources_);
  if (!loaded) return print_error(loaded.error());
  if (!print_config_) {
    loaded->settings.data = std::filesystem::absolute(loaded->settings.data).string();  // sandboxes start elsewhere
    return action(loaded->settings);
  }
  if (json_)
    print_json(config::to_json(*loaded));
  else
    std::fputs(config::to_yaml(*loaded).c_str(), stdout);
  return kExitOk;
}

// Every command with its words, for the completion scripts.
void CommandLine::collect_words(const CLI::App& app, const std::string& path, std::vector<CommandWords>& all) const {
  CommandWords words;
  words.path = path;
  const auto visible = app.get_subcommands([](const CLI::App* sub) { return !sub->get_group().empty(); });
  for (const CLI::App* sub : visible)
    words.commands.push_back({sub->get_name(), sub->get_description(), false});
  for (const CLI::App* from : {&app, &app_}) {
    for (const CLI::Option* option : from->get_options()) {
      for (const std::string& name : option->get_lnames())
        words.options.push_back({"--" + name, option->get_description(), option->get_expected_min() > 0});
    }
    if (from == &app_) break;
  }
  all.push_back(std::move(words));
  for (const CLI::App* sub : visible)
    collect_words(*sub, path + " " + sub->get_name(), all);
}

int CommandLine::print_completion() const {
  std::vector<CommandWords> words;
  collect_words(app_, "commandcenter", words);
  const auto script = completion_script(name_, words);
  if (!script)
    return print_error({ErrorCode::kInvalid, "there is no completion for " + name_ + "; expected bash, zsh or fish"});
  std::fputs(script->c_str(), stdout);
  return kExitOk;
}

int run_command_line(int argc, char** argv, const std::function<int(const config::Settings&)>& serve) {
  return CommandLine(serve).run(argc, argv);
}

}  // namespace commandcenter::cli
