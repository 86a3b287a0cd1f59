// Verbs that need no server, or are about one.
#include "cli/command_line.h"

#include <cstdio>

#include "cli/cli.h"
#include "cli/output.h"
#include "cli/version.h"

namespace commandcenter::cli {

void CommandLine::add_local() {
  CLI::App* run = verb(&app_, "run", "Run a workflow file without a server", [this] {
    return with_settings([this](const config::Settings& settings) {
      run_.json = json_;
      run_.settings = settings;
      return run_workflow(run_);
    });
  });
  run->add_option("FILE", run_.file, "Workflow, YAML or JSON; - is standard input")->required();
  run->add_option("--repo", run_.repository, "Repository to work on");
  run->add_option("--context", run_.context, "Context of the run, a JSON object")->capture_default_str();
  add_settings(run, {"data", "agents.isolation"});

  CLI::App* serve = verb(&app_, "serve", "Serve the HTTP API", [this] { return with_settings(serve_handler_); });
  add_settings(serve, {});
  serve->add_flag("--print-config", print_config_, "Print the effective configuration and where it comes from");

  CLI::App* check = verb(&app_, "validate", "Check a workflow file", [this] { return validate(file_, json_); });
  check->add_option("FILE", file_, "Workflow, YAML or JSON; - is standard input")->required();

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
        return with_settings([this](const config::Settings& settings) { return back_up(settings, file_, json_); });
      });
  backup->add_option("FILE", file_, "File to make")->required();
  add_settings(backup, {"data"});
  CLI::App* back = verb(&app_, "restore", "Make a data folder from a backup", [this] {
    return with_settings([this](const config::Settings& settings) { return restore(file_, settings, force_, json_); });
  });
  back->add_option("FILE", file_, "Backup")->required();
  back->add_flag("--force", force_, "Replace a data folder that is there; it is kept under another name");
  add_settings(back, {"data"});
  add_settings(
      verb(&app_, "check", "Check the integrity of a data folder",
           [this] {
             return with_settings([this](const config::Settings& settings) { return check_data(settings, json_); });
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

void CommandLine::add_patch() {
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

void CommandLine::add_notify() {
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

void CommandLine::add_trials() {
  verb(&app_, "smoke", "Check that a server does its work: scan, templates, approvals, limits",
       [this] { return smoke(remote_); });
  CLI::App* trial = verb(&app_, "load", "Measure a server under load, with workflows made for it", [this] {
    load_.duration_ms = seconds_ * 1'000;
    return load(remote_, load_);
  });
  trial->add_option("SCENARIO", load_.scenarios, "Which ones; default: all")->check(CLI::IsMember(load_scenarios()));
  trial->add_option("--users", load_.users, "How many at a time; default: the scenario's")->check(CLI::Range(1, 1000));
  trial->add_option("--seconds", seconds_, "How long each scenario lasts")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  trial->add_option("--report", load_.report, "File for the figures: Markdown, or JSON if it ends in .json");
  trial->add_option("--commit", load_.commit, "Shown in the report");
}

}  // namespace commandcenter::cli
