// What can be typed: verbs, options and help. The only file that knows the parsing library.
// tidy: long because it is one table of all that can be typed, and grows with each verb
#include "cli/cli.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>

#include <CLI/CLI.hpp>

#include "cli/completion.h"
#include "cli/mistakes.h"
#include "cli/output.h"
#include "cli/verbs.h"
#include "cli/version.h"

namespace commandcenter::cli {
namespace {

std::string environment(const char* name, const char* fallback) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : fallback;
}

// All options of all verbs, and what the chosen verb will do.
class CommandLine {
 public:
  explicit CommandLine(const std::function<int(const config::Settings&)>& serve) : serve_handler_(serve) {
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
  }

  int run(int argc, char** argv) {
    const std::vector<std::string> words = spelled_out({argv + std::min(argc, 1), argv + argc});
    try {
      app_.parse(std::vector<std::string>(words.rbegin(), words.rend()));  // the library wants the last one first
    } catch (const CLI::ParseError& error) {
      return error.get_exit_code() == 0 ? app_.exit(error) : explain(words, error.what());
    }
    remote_.json = json_;
    new_.program = argc > 0 ? argv[0] : "commandcenter";
    while (remote_.server.ends_with('/'))
      remote_.server.pop_back();
    return action_();
  }

 private:
  int explain(const std::vector<std::string>& words, const std::string& reason) const {
    std::vector<CommandWords> commands;
    collect_words(app_, "commandcenter", commands);
    const std::string command = command_of(words, commands);
    const std::string mistake = explain_mistake(words, commands).value_or(command + ": " + printable(reason));
    std::fprintf(stderr, "%s%s\n%s --help tells more.\n",
                 mistake.starts_with("commandcenter") ? "" : "commandcenter: ", mistake.c_str(), command.c_str());
    return kExitUsage;
  }

  CLI::App* verb(CLI::App* parent, const std::string& name, const std::string& help, std::function<int()> action) {
    CLI::App* sub = parent->add_subcommand(name, help);
    sub->callback([this, action = std::move(action)] { action_ = action; });
    return sub;
  }

  // The flags of the settings that matter to the verb (all of them when none are named).
  void add_settings(CLI::App* sub, const std::vector<std::string>& keys) {
    sub->add_option("--config", sources_.file, "Configuration file (default: commandcenter.yaml in the data folder)");
    sub->add_option("--set", sources_.assignments, "A setting as KEY=VALUE; may be repeated")->allow_extra_args(false);
    for (const config::Setting& setting : config::table()) {
      if (setting.flag.empty()) continue;
      if (!keys.empty() && std::find(keys.begin(), keys.end(), setting.key) == keys.end()) continue;
      if (!setting.switch_value.empty()) {
        sub->add_flag_callback(
            setting.flag, [this, &setting] { sources_.flags[setting.key] = {setting.switch_value}; }, setting.help);
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

  int with_settings(const std::function<int(const config::Settings&)>& action) {
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

  void add_local() {
    CLI::App* run = verb(&app_, "run", "Run a workflow file without a server", [this] {
      return with_settings([this](const config::Settings& settings) {
        run_.json = json_;
        run_.settings = settings;
        return run_workflow(run_);
      });
    });
    run->add_option("FILE", run_.file, "Workflow, YAML or JSON")->required();
    run->add_option("--repo", run_.repository, "Repository to work on");
    run->add_option("--context", run_.context, "Context of the run, a JSON object")->capture_default_str();
    add_settings(run, {"data", "agents.isolation"});

    CLI::App* serve = verb(&app_, "serve", "Serve the HTTP API", [this] { return with_settings(serve_handler_); });
    add_settings(serve, {});
    serve->add_flag("--print-config", print_config_, "Print the effective configuration and where it comes from");

    CLI::App* check = verb(&app_, "validate", "Check a workflow file", [this] { return validate(file_, json_); });
    check->add_option("FILE", file_, "Workflow, YAML or JSON")->required();

    CLI::App* health = verb(&app_, "doctor", "Check what this machine can do", [this] {
      credentials_.json = json_;
      return only_credentials_ ? check_credentials(credentials_) : doctor(config::load(sources_), json_);
    });
    CLI::Option* only = health->add_flag("--credentials", only_credentials_,
                                         "Instead: which credentials agents could use are there; never their value");
    health->add_option("--env-file", credentials_.file, "File with NAME=value lines, before the environment")
        ->needs(only);
    health->add_option("--require", credentials_.required, "A credential that must be there; may be repeated")
        ->needs(only)
        ->allow_extra_args(false);
    add_settings(health, {"data"});

    add_patch();
    add_notify();
    CLI::App* disk = verb(&app_, "disk-check", "Measure how fast this machine makes data durable", [this] {
      return with_settings([this](const config::Settings& settings) { return disk_check(settings.data, json_); });
    });
    add_settings(disk, {"data"});
    verb(&app_, "completion", "Print the script that makes a shell complete commands",
         [this] { return print_completion(); })
        ->add_option("SHELL", name_, "bash, zsh or fish")
        ->required();

    CLI::App* config = app_.add_subcommand("config", "Configuration: reference, schema");
    config->require_subcommand(1);
    verb(config, "reference", "Print the page that lists every setting", [] {
      std::fputs(config::reference_page().c_str(), stdout);
      return kExitOk;
    });
    verb(config, "schema", "Print the JSON Schema of commandcenter.yaml", [] {
      print_json(config::json_schema());
      return kExitOk;
    });

    CLI::App* backup =
        verb(&app_, "backup", "Write a data folder to one file, also while a server is at work on it", [this] {
          return with_settings(
              [this](const config::Settings& settings) { return back_up(settings.data, file_, json_); });
        });
    backup->add_option("FILE", file_, "File to make")->required();
    add_settings(backup, {"data"});
    CLI::App* back = verb(&app_, "restore", "Make a data folder from a backup", [this] {
      return with_settings(
          [this](const config::Settings& settings) { return restore(file_, settings.data, force_, json_); });
    });
    back->add_option("FILE", file_, "Backup")->required();
    back->add_flag("--force", force_, "Replace a data folder that is there; it is kept under another name");
    add_settings(back, {"data"});
    add_settings(verb(&app_, "check", "Check the integrity of a data folder",
                      [this] {
                        return with_settings(
                            [this](const config::Settings& settings) { return check_data(settings.data, json_); });
                      }),
                 {"data"});

    verb(&app_, "version", "Print the version", [this] {
      if (json_)
        print_json({{"version", kVersion}});
      else
        std::printf("commandcenter %s\n", kVersion);
      return kExitOk;
    });
  }

  void add_code() {
    add_comply();
    CLI::App* scan_verb = verb(&app_, "scan", "Find secrets in a folder, a file, changes or a history", [this] {
      if (json_) scan_.format = "json";
      return scan(scan_);
    });
    add_scan_options(scan_verb, scan_);
    scan_verb->add_flag("--history", scan_.history, "Everything that was ever committed")
        ->excludes("--since")
        ->excludes("--staged");
    CLI::App* review_verb =
        verb(&app_, "review", "Measure functions and review code: a folder, a file, changes", [this] {
          if (json_) review_.scan.format = "json";
          return review(review_);
        });
    add_scan_options(review_verb, review_.scan);
    review_verb->add_option("--type", review_.type, "quality, security, performance or all")->capture_default_str();
    review_verb->add_option("--file-pattern", review_.file_pattern, "Only files with this in their path");
    review_verb
        ->add_option("--complexity", review_.complexity,
                     "Whose cyclomatic complexity: lizard, or native (ESLint's and radon's for their languages)")
        ->capture_default_str();
    review_verb->add_flag("--hot-spots", review_.hot_spots,
                          "Also what is complicated and often changed, by the history");
    review_verb->add_option("--offset", review_.offset, "JSON: how many issues to pass over")->capture_default_str();
    review_verb->add_option("--limit", review_.limit, "JSON: how many issues to list; 0: all")->capture_default_str();
    review_verb->add_flag("--blame", review_.blame, "Tell who wrote the notes that are to be done, and when");
  }

  static void add_scan_options(CLI::App* scan_verb, ScanCommandOptions& scan) {
    scan_verb->footer("Exit codes: 0 nothing found; 1 findings (see --fail-on); 2 it failed.");
    scan_verb->add_option("PATH", scan.path, "Folder, file, or - for standard input")->capture_default_str();
    scan_verb->add_option("--format", scan.format, "human, json, sarif, junit, github, gitlab or markdown")
        ->capture_default_str();
    scan_verb->add_option("--output", scan.output, "File to write instead of standard output");
    scan_verb->add_option("--severity", scan.severity, "Least severity that is reported")->capture_default_str();
    scan_verb->add_option("--fail-on", scan.fail_on, "Least severity that makes the exit code 1, or never")
        ->capture_default_str();
    CLI::Option* since =
        scan_verb->add_option("--since", scan.since, "Only lines added since this commit, committed or not");
    scan_verb->add_flag("--staged", scan.staged, "Only lines staged for the next commit")->excludes(since);
    scan_verb->add_option("--baseline", scan.baselines,
                          "Known findings: our JSON, SARIF, gitleaks JSON or .secrets.baseline; may be repeated");
    scan_verb->add_option("--write-baseline", scan.write_baseline, "File to write what was found to, for --baseline");
    scan_verb->add_flag("--no-default-excludes", scan.no_default_excludes,
                        "Also look into dependencies, build output and ignored files");
    scan_verb->add_flag("--no-suppressions", scan.no_suppressions, "Report also what comments and baselines silence");
    scan_verb->add_flag("--report-unused", scan.report_unused,
                        "List commandcenter-ignore comments that silence nothing");
    scan_verb->add_option("--stdin-name", scan.stdin_name, "File name that standard input stands for")
        ->capture_default_str();
    scan_verb->add_option("--threads", scan.threads, "Threads (default: one per processor)");
    scan_verb->add_option("--max-file-mib", scan.max_file_mib, "Files larger than this are listed as skipped")
        ->capture_default_str()
        ->check(CLI::Range(1, 1024));
    scan_verb->add_option("--cache", scan.cache, "Folder that keeps what was seen of files that do not change")
        ->default_str("~/.cache/commandcenter");
    scan_verb->add_flag("--no-cache", scan.no_cache, "Neither use what was kept nor keep anything");
  }

  void add_comply() {
    CLI::App* comply_verb = verb(&app_, "comply", "Check licences, security headers and secrets", [this] {
      if (json_) comply_.format = "json";
      return comply(comply_);
    });
    comply_verb->footer("Exit codes: 0 passed; 1 not passed; 2 the check failed.");
    comply_verb->add_option("PATH", comply_.path, "Folder or file")->capture_default_str();
    comply_verb->add_option("--format", comply_.format, "human, json, sarif, junit, github, gitlab or markdown")
        ->capture_default_str();
    comply_verb->add_option("--output", comply_.output, "File to write instead of standard output");
    comply_verb->add_option("--scope", comply_.scopes,
                            "licenses, security-headers, secrets or all (default); may be repeated");
    comply_verb->add_option("--policy", comply_.policy, "Policy file (default: .commandcenter-policy.yaml in PATH)");
    comply_verb->add_option("--spdx", comply_.spdx_sbom, "File to write a bill of materials to, as SPDX 2.3 JSON");
    comply_verb->add_option("--cyclonedx", comply_.cyclonedx_sbom, "The same as CycloneDX 1.5 JSON");
    comply_verb->add_option("--notice", comply_.notice, "File to write attributions to, as for a NOTICE file");
    comply_verb->add_flag("--strict", comply_.strict, "Every violation counts, not only critical ones");
    comply_verb->add_flag("--no-default-excludes", comply_.no_default_excludes,
                          "Also look into dependencies, build output and ignored files");
    comply_verb->add_option("--threads", comply_.threads, "Threads (default: one per processor)");
  }

  void add_diagram() {
    CLI::App* sub = verb(&app_, "diagram", "Draw the architecture of a repository", [this] {
      diagram_.has_links = links_->count() > 0;
      if (json_) diagram_.format = "json";
      return diagram(diagram_);
    });
    sub->add_option("PATH", diagram_.path, "Folder of the repository")->capture_default_str();
    sub->add_option("--format", diagram_.format, "mermaid, dot, svg, html or json")->capture_default_str();
    sub->add_option("--output", diagram_.output, "File to write instead of standard output");
    sub->add_option("--scope", diagram_.scope, "Folder or group to draw instead of the whole");
    links_ = sub->add_option("--links", diagram_.links,
                             "What stands before the paths that the picture links to, such as "
                             "https://host/project/blob/main/");
    sub->add_option("--commit", diagram_.commit, "A commit of the repository instead of its files");
    sub->add_option("--diff", diagram_.diff,
                    "What changed: A..B between two commits, A...B since B parted from A, A between it and the files");
    sub->add_option("--name", diagram_.name, "Title (default: the name in the manifest, or the folder's)");
    sub->add_option("--rules", diagram_.rules, "File that says who must not import whom");
    sub->add_option(
        "--check", diagram_.findings,
        "Print what breaks the rules instead of the picture, as human, json, sarif, junit, github, gitlab or "
        "markdown; exit code 1 if anything does");
    sub->add_option("--threads", diagram_.threads, "Threads (default: one per processor)");

    CLI::App* look =
        verb(&app_, "audit", "Write pages about a repository: architecture, structure, integration, health", [this] {
          return with_settings([this](const config::Settings& settings) {
            audit_.settings = settings;
            audit_.json = json_;
            return audit(audit_);
          });
        });
    look->add_option("REPO", audit_.repository, "Folder of the repository")->required();
    look->add_option("--output", audit_.output, "Folder to write to")->capture_default_str();
    look->add_option("--links", audit_.links,
                     "What stands before paths in pictures (default: the way to the repository)");
    look->add_flag("--inside", audit_.inside, "The folder may lie in the repository");
    add_settings(look, {"data", "agents.isolation"});
  }

  // Every command with its words, for the completion scripts.
  void collect_words(const CLI::App& app, const std::string& path, std::vector<CommandWords>& all) const {
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

  int print_completion() const {
    std::vector<CommandWords> words;
    collect_words(app_, "commandcenter", words);
    const auto script = completion_script(name_, words);
    if (!script)
      return print_error({ErrorCode::kInvalid, "there is no completion for " + name_ + "; expected bash, zsh or fish"});
    std::fputs(script->c_str(), stdout);
    return kExitOk;
  }

  void add_agents() {
    CLI::App* agents = app_.add_subcommand("agents", "Agents: new, test, register, list, show");
    agents->require_subcommand(1);
    CLI::App* start = verb(agents, "new", "Make a folder with a working agent to change", [this] {
      new_.json = json_;
      return new_agent(new_);
    });
    start->add_option("FOLDER", new_.folder, "Folder to make; may exist if it is empty")->required();
    start->add_option("--template", new_.template_name, "analysis, notification or mutation")->capture_default_str();
    start->add_option("--language", new_.language, "shell, python or node")->capture_default_str();
    start->add_option("--name", new_.name, "Name of the agent (default: the folder's)");
    verb(agents, "list", "List the agents", [this] { return list_agents(remote_); });
    verb(agents, "show", "Show an agent with its schemas", [this] { return show_agent(remote_, name_); })
        ->add_option("NAME", name_, "Name or id")
        ->required();
    CLI::App* add = verb(agents, "register", "Register the agent in a folder", [this] {
      return register_agents(remote_, {name_, builtin_, replace_, dry_run_});
    });
    add->add_option("FOLDER", name_, "Folder with agent.yaml");
    add->add_flag("--builtin", builtin_, "Instead: see that the server has every agent of this program");
    add->add_flag("--dry-run", dry_run_, "Check the manifest, register nothing");
    add->add_flag("--replace", replace_, "Replace an agent of the same name");
    CLI::App* test = verb(agents, "test", "Run an agent once in its sandbox, without a server", [this] {
      return with_settings([this](const config::Settings& settings) {
        test_.json = json_;
        test_.settings = settings;
        return test_agent(test_);
      });
    });
    test->add_option("FOLDER", test_.folder, "Folder with agent.yaml, or the name of a built-in agent")->required();
    test->add_option("--action", test_.action, "Action; the first one if left out");
    test->add_option("--input", test_.input, "Input as JSON, or @FILE")->capture_default_str();
    test->add_option("--workspace", test_.workspace, "Repository that the agent sees at /workspace");
    test->add_option("--secret", test_.secrets,
                     "Secret of the agent: NAME=FILE, or NAME for a variable of the environment; may be repeated");
    test->add_option("--root", test_.roots, "Folder below which the workspace may lie; may be repeated");
    add_settings(test, {"agents.isolation"});
  }

  void add_workflows() {
    CLI::App* workflows =
        app_.add_subcommand("workflows", "Workflows: list, show, create, trigger, graph, versions, diff, delete");
    workflows->require_subcommand(1);
    verb(workflows, "list", "List the workflows", [this] { return list_workflows(remote_); });
    verb(workflows, "show", "Show a workflow", [this] { return show_workflow(remote_, name_); })
        ->add_option("NAME", name_, "Name or id")
        ->required();
    CLI::App* create = verb(workflows, "create", "Create a workflow from a file",
                            [this] { return create_workflow(remote_, file_, replace_); });
    create->add_option("FILE", file_, "Workflow, YAML or JSON")->required();
    create->add_flag("--replace", replace_, "Make a new version of the workflow that has this name");
    CLI::App* graph =
        verb(workflows, "graph", "Draw a workflow", [this] { return draw_workflow(remote_, name_, format_); });
    graph->add_option("NAME", name_, "Name, id, or a file")->required();
    graph->add_option("--format", format_, "text, mermaid or dot")
        ->check(CLI::IsMember({"text", "mermaid", "dot"}))
        ->capture_default_str();
    verb(workflows, "versions", "List the versions of a workflow", [this] { return list_versions(remote_, name_); })
        ->add_option("NAME", name_, "Name or id")
        ->required();
    CLI::App* diff = verb(workflows, "diff", "Tell what changed between two versions, or a version and a file",
                          [this] { return diff_workflow(remote_, diff_); });
    diff->add_option("NAME", diff_.name, "Name or id")->required();
    diff->add_option("FROM", diff_.from, "Version (default: the one before; with --file: the current one)");
    diff->add_option("TO", diff_.to, "Version (default: the current one)");
    diff->add_option("--file", diff_.file, "Workflow file to compare with, instead of a version");
    verb(workflows, "delete", "Delete a workflow", [this] { return delete_workflow(remote_, name_); })
        ->add_option("NAME", name_, "Name or id")
        ->required();
    CLI::App* trigger =
        verb(workflows, "trigger", "Start a run", [this] { return trigger_workflow(remote_, trigger_); });
    trigger->add_option("NAME", trigger_.workflow, "Name or id")->required();
    trigger->add_option("--context,CONTEXT", trigger_.context, "Context of the run, a JSON object")
        ->capture_default_str();
    trigger->add_option("--repo", trigger_.repository, "Repository to work on");
    trigger->add_flag("--wait", trigger_.wait, "Follow the run until it ends");
  }

  void add_patch() {
    CLI::App* patch =
        verb(&app_, "patch", "Update a dependency, replace, rename or configure; shows the patch first", [this] {
          patch_.has_new_value = new_value_->count() > 0;
          return patch_repository(patch_, json_);
        });
    patch->add_option("REPO", patch_.repository, "Folder to be patched")->capture_default_str();
    patch
        ->add_option("--operation", patch_.operation,
                     "update-deps, security-patch, simple-refactor, config-update or apply-fixes")
        ->capture_default_str();
    patch->add_option("--file", patch_.file,
                      "The file; for update-deps the package; for simple-refactor a part of paths");
    patch->add_option("--version", patch_.version, "Version wanted of the dependency");
    patch->add_option("--old", patch_.old_value,
                      "What is replaced or renamed; with regex: in front an expression (RE2), with ast: code");
    new_value_ = patch->add_option("--new", patch_.new_value, "What takes its place");
    patch->add_option("--content", patch_.content_file, "File that holds the new content, for config-update");
    patch->add_option("--set", patch_.set,
                      "KEY=VALUE to be set in a configuration file; KEY may be a.b.c; may be repeated");
    patch->add_option("--strategy", patch_.strategy, "replace, bump, widen or pin")
        ->check(CLI::IsMember({"replace", "bump", "widen", "pin"}));
    patch->add_option("--findings", patch_.findings, "Report whose findings bring fixes, for apply-fixes");
    patch->add_option("--line", patch_.line, "Line of the declaration that is renamed")->check(CLI::PositiveNumber);
    patch->add_flag("--recursive", patch_.recursive, "Also manifests in folders below");
    patch->add_flag("--in-strings", patch_.in_strings, "Rename in strings and comments as well");
    patch->add_flag("--apply", patch_.apply, "Write the patch, all of it or nothing");
  }

  void add_notify() {
    CLI::App* verb_notify = verb(&app_, "notify", "Tell people: a text, the result of a run, findings", [this] {
      notify_.has_message = message_->count() > 0;
      return notify(notify_, json_);
    });
    verb_notify->footer("The webhook's address comes from --config or from NOTIFY_WEBHOOK_URL, never from a flag.");
    verb_notify->add_option("FILE", notify_.file, "Text, `run --json`, `scan --format json`, or a JSON message a line")
        ->capture_default_str();
    message_ = verb_notify->add_option("--message", notify_.message, "What to say, instead of a file");
    verb_notify->add_option("--config", notify_.config, "Destinations, routes, templates: YAML or JSON");
    verb_notify->add_option("--channel", notify_.channel, "slack, discord, webhook, email, github or console");
    verb_notify->add_option("--title", notify_.title, "Headline");
    verb_notify->add_option("--severity", notify_.severity, "info, warning, error or critical");
    verb_notify->add_option("--spool", notify_.spool, "Folder that keeps what could not be delivered yet");
    verb_notify->add_flag("--flush", notify_.flush, "Only send what waits in the spool");
    verb_notify->add_option("--allow-host", notify_.allow_hosts, "Only these hosts; may be repeated")
        ->allow_extra_args(false);
    verb_notify->add_flag("--allow-private", notify_.allow_private, "Private addresses, too");
    verb_notify->add_flag("--dry-run", notify_.dry_run, "Only show what would be sent");
  }

  void add_runs() {
    CLI::App* runs = app_.add_subcommand("runs", "Runs: list, show, logs, why, watch, cancel, retry, rerun, rollback");
    runs->require_subcommand(1);
    verb(runs, "list", "List the latest runs", [this] {
      return list_runs(remote_, status_);
    })->add_option("--status", status_, "Only runs in this state");
    const auto with_run = [this](CLI::App* sub) {
      sub->add_option("RUN", name_, "Id of the run")->required();
      return sub;
    };
    with_run(verb(runs, "show", "Show a run and its nodes", [this] { return show_run(remote_, name_); }));
    CLI::App* logs = with_run(verb(runs, "logs", "Print the agents' log lines",
                                   [this] { return show_logs(remote_, name_, node_, follow_); }));
    logs->add_option("--node", node_, "Only of this node");
    logs->add_flag("--follow,-f", follow_, "Go on with what is written until the run ends");
    with_run(verb(runs, "why", "Say what each idle node waits for", [this] { return explain_run(remote_, name_); }));
    with_run(verb(runs, "watch", "Follow a run until it ends", [this] { return watch_run(remote_, name_); }));
    with_run(verb(runs, "cancel", "Cancel a run", [this] { return cancel_run(remote_, name_); }));
    with_run(verb(runs, "rollback", "Take back what a run changed in its workspace",
                  [this] { return roll_back_run(remote_, name_); }));
    with_run(verb(runs, "retry", "Repeat a failed run", [this] { return retry_run(remote_, name_, from_); }))
        ->add_option("--from", from_, "failed, beginning, or a node")
        ->capture_default_str();
    add_rerun(runs);
  }

  void add_rerun(CLI::App* runs) {
    CLI::App* again = verb(runs, "rerun", "Run again from a node, keeping what came before it", [this] {
      rerun_.run_id = name_;
      return rerun(remote_, rerun_);
    });
    again->add_option("RUN", name_, "Id of the run")->required();
    again->add_option("--from", rerun_.from, "The node to begin at")->required();
    again->add_option("--version", rerun_.version, "Version of the workflow (default: the run's)");
  }

  void add_approvals() {
    CLI::App* approvals = app_.add_subcommand("approvals", "Approvals: list, show, approve, reject");
    approvals->require_subcommand(1);
    verb(approvals, "list", "List what waits for approval", [this] {
      return list_approvals(remote_, all_);
    })->add_flag("--all", all_, "Decided ones too");
    verb(approvals, "show", "Show what waits for approval, with its input",
         [this] { return show_approval(remote_, name_); })
        ->add_option("APPROVAL", name_, "Id of the approval")
        ->required();
    CLI::App* approve =
        verb(approvals, "approve", "Approve", [this] { return decide_approval(remote_, name_, true, by_, notes_); });
    CLI::App* reject = verb(approvals, "reject", "Reject, with a reason",
                            [this] { return decide_approval(remote_, name_, false, by_, notes_); });
    for (CLI::App* sub : {approve, reject}) {
      sub->add_option("APPROVAL", name_, "Id of the approval")->required();
      sub->add_option("--by", by_, "Who decides (default: the current user)");
    }
    approve->add_option("--notes", notes_, "Remark");
    reject->add_option("--reason", notes_, "Why")->required();
  }

  void add_secrets() {
    CLI::App* secrets =
        app_.add_subcommand("secrets", "Secrets of agents: set, list, grant, revoke, rotate, delete, rekey");
    secrets->require_subcommand(1);
    const auto put = [this](bool must_exist) {
      return [this, must_exist] { return set_secret(remote_, name_, file_, must_exist); };
    };
    CLI::App* set = verb(secrets, "set", "Set a secret to what standard input or a file holds", put(false));
    CLI::App* rotate = verb(secrets, "rotate", "Replace the value of a secret", put(true));
    for (CLI::App* sub : {set, rotate})
      sub->add_option("--file", file_, "File with the value, taken as it is; default: standard input");
    verb(secrets, "list", "List secrets, without their values", [this] { return list_secrets(remote_); });
    const auto let = [this](bool is_grant) {
      return [this, is_grant] { return grant_secret(remote_, name_, agent_, is_grant); };
    };
    CLI::App* grant = verb(secrets, "grant", "Let an agent have a secret", let(true));
    CLI::App* revoke = verb(secrets, "revoke", "Let an agent no longer have a secret", let(false));
    CLI::App* remove = verb(secrets, "delete", "Forget a secret", [this] { return delete_secret(remote_, name_); });
    for (CLI::App* sub : {set, rotate, grant, revoke, remove})
      sub->add_option("NAME", name_, "Name of the secret")->required();
    for (CLI::App* sub : {grant, revoke})
      sub->add_option("AGENT", agent_, "Name of the agent")->required();
    CLI::App* rekey =
        verb(secrets, "rekey", "Seal all secrets of a data folder with another key; no server may be using it", [this] {
          return with_settings(
              [this](const config::Settings& settings) { return seal_secrets_again(settings, file_, json_); });
        });
    rekey->add_option("--to", file_, "File with the new key; default: a new one takes the place of the old one's file");
    add_settings(rekey, {"data"});
  }

  void add_events() {
    CLI::App* events = app_.add_subcommand("events", "Events: publish, watch");
    events->require_subcommand(1);
    CLI::App* publish = verb(events, "publish", "Start the workflows that wait for an event of this type",
                             [this] { return publish_event(remote_, name_, payload_, id_); });
    publish->add_option("TYPE", name_, "Type of the event, such as graph.file.updated")->required();
    publish->add_option("--payload", payload_, "What the event tells, a JSON object")->capture_default_str();
    publish->add_option("--id", id_, "Id of the event; one that came before starts nothing again");
    CLI::App* watch =
        verb(events, "watch", "Follow what happens", [this] { return watch_events(remote_, pattern_, after_); });
    watch->add_option("PATTERN", pattern_, "Only subjects that match, such as workflow.completed.*")
        ->capture_default_str();
    watch->add_option("--after", after_, "Begin after this position instead of now");
  }

  void add_trials() {
    verb(&app_, "smoke", "Check that a server does its work: scan, templates, approvals, limits",
         [this] { return smoke(remote_); });
    CLI::App* trial = verb(&app_, "load", "Measure a server under load, with workflows made for it", [this] {
      load_.duration_ms = seconds_ * 1'000;
      return load(remote_, load_);
    });
    trial->add_option("SCENARIO", load_.scenarios, "Which ones; default: all")->check(CLI::IsMember(load_scenarios()));
    trial->add_option("--users", load_.users, "How many at a time; default: the scenario's")
        ->check(CLI::Range(1, 1000));
    trial->add_option("--seconds", seconds_, "How long each scenario lasts")
        ->check(CLI::Range(1, 3600))
        ->capture_default_str();
    trial->add_option("--report", load_.report, "File for the figures: Markdown, or JSON if it ends in .json");
    trial->add_option("--commit", load_.commit, "Shown in the report");
  }

  CLI::App app_{"Workflows of isolated agents over code repositories", "commandcenter"};
  const std::function<int(const config::Settings&)>& serve_handler_;
  std::function<int()> action_;

  bool json_ = false;
  Remote remote_{environment("COMMANDCENTER_SERVER", environment("ORCHESTRATION_API", "http://127.0.0.1:9002").c_str()),
                 1, false};
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
  std::string status_;
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

}  // namespace

int run_command_line(int argc, char** argv, const std::function<int(const config::Settings&)>& serve) {
  return CommandLine(serve).run(argc, argv);
}

}  // namespace commandcenter::cli
