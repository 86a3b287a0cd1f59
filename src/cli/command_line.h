// All options of all verbs, and what the chosen verb will do. Only the files that define it know the parsing library.
// Private to this folder.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/completion.h"
#include "cli/mistakes.h"
#include "cli/verbs.h"

namespace commandcenter::cli {

class CommandLine {
 public:
  explicit CommandLine(const std::function<int(const config::Settings&)>& serve);
  int run(int argc, char** argv);

 private:
  // cli.cpp
  static void refuse_empty_words(CLI::App& app);
  int understand_and_act(int argc, char** argv);
  int failure_code() const;  // of a failure that is none of the command's own
  std::optional<std::string> mistake_of(const std::vector<std::string>& words) const;
  int explain(const std::vector<std::string>& words, const std::string& reason) const;
  CLI::App* verb(CLI::App* parent, const std::string& name, const std::string& help, std::function<int()> action);
  // The flags of the settings that matter to the verb (all of them when none are named).
  void add_settings(CLI::App* sub, const std::vector<std::string>& keys);
  int with_settings(const std::function<int(const config::Settings&)>& action);
  // Every command with its words, for the completion scripts.
  void collect_words(const CLI::App& app, const std::string& path, std::vector<CommandWords>& all) const;
  int print_completion() const;

  // cli_local.cpp: without a server, and about one
  void add_local();
  void add_patch();
  void add_notify();
  void add_trials();

  // cli_code.cpp: about repositories
  void add_code();
  static void add_scan_options(CLI::App* scan_verb, ScanCommandOptions& scan);
  void add_comply();
  void add_diagram();

  // cli_remote.cpp: over the HTTP API
  void add_agents();
  void add_workflows();
  void add_runs();
  void add_rerun(CLI::App* runs);
  void add_approvals();
  void add_secrets();
  void add_events();

  CLI::App app_{"Workflows of isolated agents over code repositories", "commandcenter"};
  const std::function<int(const config::Settings&)>& serve_handler_;
  std::function<int()> action_;
  bool json_ = false;
  Remote remote_;
  config::Sources sources_{{}, config::process_environment, {}, {}};
  bool print_config_ = false;
  RunOptions run_;
  AgentTestOptions test_;
  AgentNewOptions new_;
  DiagramOptions diagram_;
  AuditOptions audit_;
  CredentialOptions credentials_;
  bool only_credentials_ = false;
  CLI::Option* links_ = nullptr;
  std::string rule_;
  ScanCommandOptions scan_;
  ReviewCommandOptions review_;
  ComplyOptions comply_;
  TriggerOptions trigger_;
  DiffOptions diff_;
  PatchOptions patch_;
  NotifyOptions notify_;
  CLI::Option* message_ = nullptr;
  CLI::Option* new_value_ = nullptr;
  RerunOptions rerun_;
  LoadOptions load_;
  std::int64_t seconds_ = 10;
  std::string file_;
  std::string name_;
  std::string agent_;
  std::string node_;
  RunListOptions run_list_;
  std::string payload_ = "{}";
  std::string pattern_ = ">";
  std::string after_;
  std::string id_;
  std::string from_ = "failed";
  std::string by_;
  std::string notes_;
  bool replace_ = false;
  bool force_ = false;
  bool builtin_ = false;
  bool dry_run_ = false;
  bool all_ = false;
  bool follow_ = false;
  std::string format_ = "text";
};

}  // namespace commandcenter::cli
