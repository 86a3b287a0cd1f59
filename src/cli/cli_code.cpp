// Verbs about repositories.
#include "cli/command_line.h"

#include "cli/cli.h"

namespace commandcenter::cli {

void CommandLine::add_code() {
  add_comply();
  CLI::App* scan_verb = verb(&app_, "scan", "Find secrets and flaws in a folder, a file, changes or a history", [this] {
    if (json_) scan_.format = "json";
    return scan(scan_);
  });
  add_scan_options(scan_verb, scan_);
  scan_verb
      ->add_option("--type", scan_.types,
                   "What to look for: all (default), secrets, sql-injection, xss, ... as `rules list` names families; "
                   "with commas between, or repeated")
      ->delimiter(',');
  scan_verb->add_flag("--history", scan_.history, "Everything that was ever committed")
      ->excludes("--since")
      ->excludes("--staged");
  CLI::App* review_verb = verb(&app_, "review", "Measure functions and review code: a folder, a file, changes", [this] {
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
  review_verb->add_flag("--hot-spots", review_.hot_spots, "Also what is complicated and often changed, by the history");
  review_verb->add_option("--offset", review_.offset, "JSON: how many issues to pass over")->capture_default_str();
  review_verb->add_option("--limit", review_.limit, "JSON: how many issues to list; 0: all")->capture_default_str();
  CLI::App* rules = app_.add_subcommand("rules", "Rules of scan and review: list, show");
  rules->require_subcommand(1);
  verb(rules, "list", "Every rule", [this] { return list_rules(json_); });
  verb(rules, "show", "What a rule finds, why, and what to do", [this] { return show_rule(rule_, json_); })
      ->add_option("RULE", rule_, "As findings name it: sql/concatenation")
      ->required();
  review_verb->add_flag("--blame", review_.blame, "Tell who wrote the notes that are to be done, and when");
}

void CommandLine::add_scan_options(CLI::App* scan_verb, ScanCommandOptions& scan) {
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
                        "Known findings: our JSON, SARIF or GitLab report, gitleaks JSON, .secrets.baseline, or one "
                        "fingerprint a line; may be repeated");
  scan_verb->add_option("--write-baseline", scan.write_baseline, "File to write what was found to, for --baseline");
  scan_verb->add_flag("--no-default-excludes", scan.no_default_excludes,
                      "Also look into dependencies, build output and ignored files");
  scan_verb->add_flag("--no-suppressions", scan.no_suppressions, "Report also what comments and baselines silence");
  scan_verb->add_flag("--report-unused", scan.report_unused, "List commandcenter-ignore comments that silence nothing");
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

void CommandLine::add_comply() {
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

void CommandLine::add_diagram() {
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
  sub->add_option("--check", diagram_.findings,
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

}  // namespace commandcenter::cli
