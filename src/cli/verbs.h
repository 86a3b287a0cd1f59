// The verbs, with their options already parsed. Each returns the process's exit code. Private to this folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"

namespace commandcenter::cli {

struct RunOptions {
  std::string file;
  std::string repository;      // empty: none
  std::string context = "{}";  // JSON object
  config::Settings settings;
  bool json = false;
};
int run_workflow(const RunOptions& options);

int validate(const std::string& file, bool json);

struct AgentTestOptions {
  std::string folder;
  std::string action;        // empty: the only one
  std::string input = "{}";  // JSON, or @FILE
  std::vector<std::string> roots;
  std::string workspace;
  std::vector<std::string> secrets;  // NAME=FILE, or NAME: a variable of the environment
  config::Settings settings;
  bool json = false;
};
int test_agent(const AgentTestOptions& options);

struct AgentNewOptions {
  std::string program;  // how this executable was called, for the commands to type next
  std::string folder;
  std::string template_name = "analysis";
  std::string language = "shell";
  std::string name;  // empty: the folder's
  bool json = false;
};
int new_agent(const AgentNewOptions& options);

struct PatchOptions {
  std::string repository = ".";
  std::string operation = "update-deps";
  std::string file;
  std::string old_value;
  std::string new_value;
  bool has_new_value = false;
  std::string version;
  std::string content_file;
  std::vector<std::string> set;
  std::string strategy;
  std::string findings;   // file of a report whose findings bring fixes
  std::int64_t line = 0;  // of the declaration to be renamed; 0: not said
  bool recursive = false;
  bool in_strings = false;
  bool apply = false;
};
// The patcher without a server: prints the patch, and writes it with `apply`.
int patch_repository(const PatchOptions& options, bool json);

struct NotifyOptions {
  std::string file = "-";  // "-": standard input
  std::string message;     // instead of a file
  bool has_message = false;
  std::string config;  // destinations, routes, …: what the agent takes, as YAML or JSON
  std::string channel;
  std::string title;
  std::string severity;
  std::string spool;
  std::vector<std::string> allow_hosts;
  bool allow_private = false;
  bool flush = false;
  bool dry_run = false;
};
// The notifier without a server. Its exit code is 1 when something was not delivered.
int notify(const NotifyOptions& options, bool json);

// What making data durable costs in the data folder, and whether the disk keeps its word.
int disk_check(const std::string& data, bool json);

// With what is wrong with the configuration, if anything is.
int doctor(const Result<config::Loaded>& loaded, bool json);

struct CredentialOptions {
  std::string file;                   // with NAME=value lines, before the environment
  std::vector<std::string> required;  // missing ones make the exit code 1
  bool json = false;
};
// Which credentials are present, missing or not of their form; never their value.
int check_credentials(const CredentialOptions& options);

int back_up(const config::Settings& settings, const std::string& file, bool json);
int restore(const std::string& file, const config::Settings& settings, bool force, bool json);
int check_data(const config::Settings& settings, bool json);

struct ScanCommandOptions {  // of scan, and of review
  std::string path = ".";    // "-": standard input
  std::string stdin_name = "stdin";
  std::string format = "human";
  std::string output;  // empty: standard output
  std::string severity = "low";
  std::string fail_on = "low";
  std::string since;
  bool staged = false;
  bool history = false;
  bool no_default_excludes = false;
  bool no_suppressions = false;
  bool report_unused = false;
  std::vector<std::string> baselines;
  std::string write_baseline;
  unsigned threads = 0;
  std::size_t max_file_mib = 16;
  std::string cache;  // folder; empty: the user's
  bool no_cache = false;
  std::vector<std::string> types;  // of scan: secrets, families of flaws, all; empty: all
};
// Its exit code: 0 nothing found, 1 findings, 2 the scan failed.
int scan(const ScanCommandOptions& options);

// The rules of scan and review; the page of one.
int list_rules(bool json);
int show_rule(const std::string& id, bool json);

struct ReviewCommandOptions {
  ScanCommandOptions scan;
  std::string type = "all";
  std::string file_pattern;
  std::string complexity = "lizard";
  bool hot_spots = false;
  bool blame = false;
  std::size_t offset = 0;  // of the first issue that the JSON lists
  std::size_t limit = 0;   // of issues there; 0: all
};
// The same exit codes.
int review(const ReviewCommandOptions& options);
struct ComplyOptions {
  std::string path = ".";
  std::string format = "human";
  std::string output;  // empty: standard output
  std::vector<std::string> scopes;
  std::string policy;
  std::string spdx_sbom;  // files to write
  std::string cyclonedx_sbom;
  std::string notice;
  bool strict = false;
  bool no_default_excludes = false;
  unsigned threads = 0;
};
// The compliance checker without a server. Its exit code: 0 passed, 1 not passed, 2 the check failed.
int comply(const ComplyOptions& options);

struct DiagramOptions {
  std::string path = ".";
  std::string format = "mermaid";
  std::string output;  // empty: standard output
  std::string scope;   // a group, instead of the whole
  std::string links;   // before the paths that the picture links to
  bool has_links = false;
  std::string commit;  // instead of the files
  std::string diff;    // A..B: what changed between two commits
  std::string name;
  std::string rules;     // file with rules
  std::string findings;  // format: print what breaks the rules instead of the picture
  unsigned threads = 0;
};
int diagram(const DiagramOptions& options);

struct AuditOptions {
  std::string repository;
  std::string output = "audit";
  std::string links;    // before paths in pictures; empty: from the output to the repository
  bool inside = false;  // the output may lie in the repository
  config::Settings settings;
  bool json = false;
};
// Runs the shipped workflow and writes its pages; running again changes nothing.
int audit(const AuditOptions& options);

// ---- over the HTTP API
// ------------------------------------------------------------------------------------------------

struct Remote {
  std::string server;  // http://127.0.0.1:9002
  std::int64_t project_id = 1;
  bool json = false;
};

// Whether a server does its work: 0 it does, 1 a check failed, 3 it cannot be reached.
int smoke(const Remote& remote);

struct LoadOptions {
  std::vector<std::string> scenarios;  // empty: all
  int users = 0;                       // at a time; 0: the scenario's own
  std::int64_t duration_ms = 10'000;   // of each scenario
  std::string report;                  // file; JSON if its name says so, else Markdown
  std::string commit;                  // shown in the report
};
// How fast it does it; fails when a scenario misses its limits or measures nothing.
int load(const Remote& remote, const LoadOptions& options);
std::vector<std::string> load_scenarios();

int list_agents(const Remote& remote);
int show_agent(const Remote& remote, const std::string& name_or_id);
struct RegisterOptions {
  std::string folder;
  bool builtin = false;  // instead of a folder: see that every built-in agent is there
  bool replace = false;
  bool dry_run = false;
};
int register_agents(const Remote& remote, const RegisterOptions& options);

int list_workflows(const Remote& remote);
int show_workflow(const Remote& remote, const std::string& name_or_id);
int create_workflow(const Remote& remote, const std::string& file, bool replace);
struct TriggerOptions {
  std::string workflow;
  std::string context = "{}";
  std::string repository;
  bool wait = false;
};
int trigger_workflow(const Remote& remote, const TriggerOptions& options);

int list_versions(const Remote& remote, const std::string& name);
struct DiffOptions {
  std::string name;
  std::string from;  // version; empty: the one before, or the current one when there is a file
  std::string to;    // version; empty: the current one
  std::string file;  // instead of `to`
};
int diff_workflow(const Remote& remote, const DiffOptions& options);
int draw_workflow(const Remote& remote, const std::string& name_or_file, const std::string& format);
int delete_workflow(const Remote& remote, const std::string& name);

int publish_event(const Remote& remote, const std::string& type, const std::string& payload, const std::string& id);

int watch_events(const Remote& remote, const std::string& pattern, const std::string& after);

struct RunListOptions {
  std::string status;    // empty: any
  std::string workflow;  // id, or name in the project; empty: any
  int limit = 50;        // 1 to 1000
};

int list_runs(const Remote& remote, const RunListOptions& options);

int show_run(const Remote& remote, const std::string& run_id);
int show_logs(const Remote& remote, const std::string& run_id, const std::string& node, bool follow);
struct RerunOptions {
  std::string run_id;
  std::string from;          // a node
  std::int64_t version = 0;  // of the workflow; 0: the one it ran on
};
int rerun(const Remote& remote, const RerunOptions& options);
int explain_run(const Remote& remote, const std::string& run_id);
int watch_run(const Remote& remote, const std::string& run_id);
int cancel_run(const Remote& remote, const std::string& run_id);
int roll_back_run(const Remote& remote, const std::string& run_id);
int retry_run(const Remote& remote, const std::string& run_id, const std::string& from);

int show_approval(const Remote& remote, const std::string& approval_id);
int set_secret(const Remote& remote, const std::string& name, const std::string& file, bool must_exist);
int list_secrets(const Remote& remote);
int grant_secret(const Remote& remote, const std::string& name, const std::string& agent, bool is_grant);
int seal_secrets_again(const config::Settings& settings, const std::string& key_file, bool json);
int delete_secret(const Remote& remote, const std::string& name);

int list_approvals(const Remote& remote, bool all);
int decide_approval(const Remote& remote, const std::string& approval_id, bool approve, const std::string& by,
                    const std::string& notes);

}  // namespace commandcenter::cli
