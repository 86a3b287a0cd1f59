// Verbs over the HTTP API.
#include "cli/command_line.h"

#include "cli/cli.h"

namespace commandcenter::cli {

void CommandLine::add_agents() {
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

void CommandLine::add_workflows() {
  CLI::App* workflows =
      app_.add_subcommand("workflows", "Workflows: list, show, create, trigger, graph, versions, diff, delete");
  workflows->require_subcommand(1);
  verb(workflows, "list", "List the workflows", [this] { return list_workflows(remote_); });
  verb(workflows, "show", "Show a workflow", [this] { return show_workflow(remote_, name_); })
      ->add_option("NAME", name_, "Name or id")
      ->required();
  CLI::App* create = verb(workflows, "create", "Create a workflow from a file",
                          [this] { return create_workflow(remote_, file_, replace_); });
  create->add_option("FILE", file_, "Workflow, YAML or JSON; - is standard input")->required();
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
  CLI::App* trigger = verb(workflows, "trigger", "Start a run", [this] { return trigger_workflow(remote_, trigger_); });
  trigger->add_option("NAME", trigger_.workflow, "Name or id")->required();
  trigger->add_option("--context,CONTEXT", trigger_.context, "Context of the run, a JSON object")
      ->capture_default_str();
  trigger->add_option("--repo", trigger_.repository, "Repository to work on");
  trigger->add_flag("--wait", trigger_.wait, "Follow the run until it ends");
}

void CommandLine::add_runs() {
  CLI::App* runs = app_.add_subcommand("runs", "Runs: list, show, logs, why, watch, cancel, retry, rerun, rollback");
  runs->require_subcommand(1);
  CLI::App* list = verb(runs, "list", "List the latest runs", [this] { return list_runs(remote_, run_list_); });
  list->add_option("--status", run_list_.status, "Only runs in this state");
  list->add_option("--workflow", run_list_.workflow, "Only runs of this workflow; name or id");
  list->add_option("--limit", run_list_.limit, "How many at most")->check(CLI::Range(1, 1'000))->capture_default_str();
  const auto with_run = [this](CLI::App* sub) {
    sub->add_option("RUN", name_, "Id of the run")->required();
    return sub;
  };
  with_run(verb(runs, "show", "Show a run and its nodes", [this] { return show_run(remote_, name_); }));
  CLI::App* logs = with_run(
      verb(runs, "logs", "Print the agents' log lines", [this] { return show_logs(remote_, name_, node_, follow_); }));
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

void CommandLine::add_rerun(CLI::App* runs) {
  CLI::App* again = verb(runs, "rerun", "Run again from a node, keeping what came before it", [this] {
    rerun_.run_id = name_;
    return rerun(remote_, rerun_);
  });
  again->add_option("RUN", name_, "Id of the run")->required();
  again->add_option("--from", rerun_.from, "The node to begin at")->required();
  again->add_option("--version", rerun_.version, "Version of the workflow (default: the run's)");
}

void CommandLine::add_approvals() {
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

void CommandLine::add_secrets() {
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

void CommandLine::add_events() {
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

}  // namespace commandcenter::cli
