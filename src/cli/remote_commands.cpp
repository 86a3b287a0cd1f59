// The verbs over the HTTP API.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/document.h"
#include "base/quantity.h"
#include "cli/caller.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/remote.h"
#include "core/workflow/workspace.h"

namespace commandcenter::cli {
std::string shown(const Json& object, std::string_view key) {
  const Json* value = find_member(object, key);
  if (value == nullptr || value->is_null()) return "-";
  return value->is_string() ? value->get<std::string>() : dump_json(*value);
}

std::string duration_of(const Json& run) {
  const Json* value = find_member(run, "durationMs");
  return value != nullptr && value->is_number_integer() ? format_duration(value->get<std::int64_t>()) : "-";
}

// Prints a list as JSON or as a table of the named members.
int print_list(const Remote& remote, const Json& list, const std::vector<std::pair<std::string, std::string>>& columns,
               std::string_view nothing) {
  if (remote.json) {
    print_json(list);
    return kExitOk;
  }
  if (list.empty()) {
    std::printf("%s\n", std::string(nothing).c_str());
    return kExitOk;
  }
  std::vector<std::vector<std::string>> rows(1);
  for (const auto& [heading, key] : columns)
    rows[0].push_back(heading);
  for (const Json& item : list) {
    auto& row = rows.emplace_back();
    for (const auto& [heading, key] : columns)
      row.push_back(key == "durationMs" ? duration_of(item) : shown(item, key));
  }
  print_table(rows, has_colours(stdout));
  return kExitOk;
}

std::string current_user() {
  const char* user = std::getenv("USER");
  return user != nullptr && *user != '\0' ? user : "command-line";
}

std::string workflow_path(const Remote& remote, const std::string& name_or_id, const std::string& rest) {
  return fmt::format("/api/workflows/{}{}?projectId={}", segment(name_or_id), rest, remote.project_id);
}

namespace {

Json find_by_name(ApiClient& api, std::int64_t project_id, const std::string& kind, const std::string& name_or_id) {
  const Json list = api.get(fmt::format("/api/{}?projectId={}", kind, project_id), {Kind::kList, {{"id"}, {"name"}}});
  if (api.failed()) return nullptr;
  for (const Json& item : list) {
    if (string_member(item, "name") == name_or_id || string_member(item, "id") == name_or_id) return item;
  }
  return nullptr;
}

void print_error_of(const Json& run) {
  if (const std::string error = string_member(run, "error"); !error.empty())
    std::printf("  %s\n", printable(error).c_str());
}

void print_nodes(const Json& run, bool terminal) {
  std::vector<std::vector<std::string>> rows{{"NODE", "STATUS", "ATTEMPT", "DURATION", "WHY"}};
  for (const Json& node : member_at(run, "agentRuns")) {
    rows.push_back({shown(node, "nodeId"), shown(node, "status"), shown(node, "attempt"), duration_of(node),
                    shown(node, "error")});
  }
  if (rows.size() > 1) print_table(rows, terminal);
}

}  // namespace

int list_agents(const Remote& remote) {
  ApiClient api(remote);
  Json list = api.get(fmt::format("/api/agents?projectId={}", remote.project_id), {Kind::kList, {{"name"}}});
  if (api.failed()) return api.exit_code();
  return print_list(remote, list,
                    {{"NAME", "name"},
                     {"VERSION", "version"},
                     {"RISK", "riskLevel"},
                     {"RUNTIME", "runtime"},
                     {"DESCRIPTION", "description"}},
                    "There are no agents.");
}

int show_agent(const Remote& remote, const std::string& name_or_id) {
  ApiClient api(remote);
  const Json agent = find_by_name(api, remote.project_id, "agents", name_or_id);
  if (api.failed()) return api.exit_code();
  if (agent.is_null())
    return print_error(
        {ErrorCode::kNotFound, fmt::format("there is no agent {}; `commandcenter agents list` shows all", name_or_id)});
  print_json(agent);
  return kExitOk;
}

int list_workflows(const Remote& remote) {
  ApiClient api(remote);
  const Json list =
      api.get(fmt::format("/api/workflows?projectId={}", remote.project_id), {Kind::kList, {{"id"}, {"name"}}});
  if (api.failed()) return api.exit_code();
  return print_list(remote, list,
                    {{"ID", "id"},
                     {"NAME", "name"},
                     {"STATUS", "status"},
                     {"VERSION", "version"},
                     {"NEXT RUN", "nextRunAt"},
                     {"UPDATED", "updatedAt"}},
                    "There are no workflows. Create one with `commandcenter workflows create FILE`.");
}

int show_workflow(const Remote& remote, const std::string& name_or_id) {
  ApiClient api(remote);
  const Json workflow = api.get(workflow_path(remote, name_or_id), {Kind::kObject, {{"name"}}});
  if (!api.failed()) print_json(workflow);
  return api.exit_code();
}

// The project that a workflow's text names, else that of the command line.
std::int64_t project_of(const Remote& remote, const Json& tree) {
  const Json* written = find_member(tree, "projectId");
  return written != nullptr && written->is_number_integer() ? written->get<std::int64_t>() : remote.project_id;
}

// The workflow of that name gets a new version, unless it says the same already.
int replace_workflow(const Remote& remote, ApiClient& api, const std::string& file, const Json& existing) {
  const auto document = read_document(file);
  if (!document) return print_error(document.error());
  auto definition =
      workflow::parse_definition(document->value, [&](const std::string& path) { return document->locate(path); });
  if (!definition) return print_problems(file, definition.error());
  definition->project_id = project_of(remote, document->value);
  const std::string path = "/api/workflows/" + segment(string_member(existing, "id"));
  const Needs version{Kind::kObject, {{"version", Kind::kInteger}}};
  const Json current = api.get(path + "/versions/current", version);
  if (api.failed()) return api.exit_code();
  const Json wanted = workflow::to_json(*definition);
  if (canonical_json(wanted) == canonical_json(member_at(current, "definition"))) {
    if (remote.json)
      print_json(existing);
    else
      std::printf("Workflow %s is unchanged (version %s)\n", definition->name.c_str(),
                  shown(current, "version").c_str());
    return kExitOk;
  }
  const Json changed = api.send("PUT", path, wanted, {Kind::kObject, {{"name"}}});
  if (api.failed()) return api.exit_code();
  const Json now = api.get(path + "/versions/current", version);
  if (api.failed()) return api.exit_code();
  if (remote.json)
    print_json(changed);
  else
    std::printf("Workflow %s has version %s now\n", definition->name.c_str(), shown(now, "version").c_str());
  return kExitOk;
}

int create_workflow(const Remote& remote, const std::string& file, bool replace) {
  std::ifstream input(file, std::ios::binary);
  if (!input) return print_error({ErrorCode::kNotFound, fmt::format("{} cannot be read", file)});
  std::string text{std::istreambuf_iterator<char>(input), {}};
  ApiClient api(remote);
  if (replace) {
    const auto document = parse_document(text);
    const std::string name = document ? string_member(document->value, "name") : "";
    const Json existing =
        name.empty() ? Json(nullptr) : find_by_name(api, project_of(remote, document->value), "workflows", name);
    if (api.failed()) return api.exit_code();
    if (!existing.is_null()) return replace_workflow(remote, api, file, existing);
  }
  constexpr std::int64_t kCreateTimeout_ms = 30'000;
  const Json workflow =
      api.send_text("POST", fmt::format("/api/workflows?projectId={}", remote.project_id), std::move(text),
                    file.ends_with(".json") ? "application/json" : "application/yaml", kCreateTimeout_ms,
                    {Kind::kObject, {{"id"}, {"name"}}});
  if (api.failed()) return api.exit_code();
  if (remote.json)
    print_json(workflow);
  else
    std::printf("Created workflow %s (%s)\n", shown(workflow, "name").c_str(), shown(workflow, "id").c_str());
  return kExitOk;
}

int trigger_workflow(const Remote& remote, const TriggerOptions& options) {
  auto context = parse_json(options.context);
  if (!context || !context->is_object()) return print_error({ErrorCode::kInvalid, "--context must be a JSON object"});
  Json body = {{"contextJson", std::move(*context)}};
  if (workflow::repository_of(options.repository)) {
    body["workspace"] = options.repository;
  } else if (!options.repository.empty()) {
    std::error_code error;
    const auto absolute = std::filesystem::canonical(options.repository, error);
    if (error)
      return print_error({ErrorCode::kNotFound, fmt::format("repository {} is not there", options.repository)});
    body["workspace"] = absolute.string();
  }
  ApiClient api(remote);
  const Json run =
      api.send("POST", workflow_path(remote, options.workflow, "/trigger"), body, {Kind::kObject, {{"id"}}});
  if (api.failed()) return api.exit_code();
  const std::string id = string_member(run, "id");
  if (options.wait) return watch_run(remote, id);
  if (remote.json)
    print_json(run);
  else
    std::printf("Started run %s\nFollow it with `commandcenter runs watch %s`\n", id.c_str(), id.c_str());
  return kExitOk;
}

int publish_event(const Remote& remote, const std::string& type, const std::string& payload, const std::string& id) {
  auto object = parse_json(payload);
  if (!object || !object->is_object()) return print_error({ErrorCode::kInvalid, "--payload must be a JSON object"});
  Json body = {{"type", type}, {"payload", std::move(*object)}, {"source", "cli"}, {"projectId", remote.project_id}};
  if (!id.empty()) body["id"] = id;
  ApiClient api(remote);
  const Json reply =
      api.send("POST", "/api/events", body,
               {Kind::kObject, {{"eventId"}, {"matched", Kind::kInteger}, {"workflowRuns", Kind::kList, {{"id"}}}}});
  if (api.failed()) return api.exit_code();
  if (remote.json) {
    print_json(reply);
    return kExitOk;
  }
  const std::string event_id = printable(shown(reply, "eventId"));
  if (const Json* duplicate = find_member(reply, "duplicate"); duplicate != nullptr && *duplicate == true) {
    std::printf("Event %s was handled before\n", event_id.c_str());
    return kExitOk;
  }
  std::printf("Published event %s; it matches %s workflows\n", event_id.c_str(), shown(reply, "matched").c_str());
  for (const Json& run : member_at(reply, "workflowRuns"))
    std::printf("Started run %s\n", shown(run, "id").c_str());
  const Json* not_started = find_member(reply, "notStarted");
  if (not_started == nullptr) return kExitOk;
  for (const Json& failed : *not_started)
    std::fprintf(stderr, "Not started: workflow %s: %s\n", shown(failed, "workflowId").c_str(),
                 printable(shown(failed, "error")).c_str());
  return kExitFailed;
}

int list_runs(const Remote& remote, const RunListOptions& options) {
  ApiClient api(remote);
  std::string path = fmt::format("/api/workflows/runs?limit={}", options.limit);
  if (!options.status.empty()) path += "&status=" + segment(options.status);
  if (!options.workflow.empty())
    path += fmt::format("&workflow={}&projectId={}", segment(options.workflow), remote.project_id);
  const Json reply = api.get(path, {Kind::kObject, {{"runs", Kind::kList, {{"id"}}}}});
  if (api.failed()) return api.exit_code();
  const int code = print_list(remote, member_at(reply, "runs"),
                              {{"RUN", "id"},
                               {"WORKFLOW", "workflowName"},
                               {"STATUS", "status"},
                               {"STARTED", "startedAt"},
                               {"DURATION", "durationMs"}},
                              "There are no runs.");
  if (api.has_more() && !remote.json)
    std::fprintf(stderr, "There are older ones; --limit shows more, --workflow and --status show fewer.\n");
  return code;
}

int show_run(const Remote& remote, const std::string& run_id) {
  ApiClient api(remote);
  const Json run = api.get("/api/workflows/runs/" + segment(run_id),
                           {Kind::kObject, {{"status"}, {"agentRuns", Kind::kList}, {"approvals", Kind::kList}}});
  if (api.failed()) return api.exit_code();
  if (remote.json) {
    print_json(run);
    return kExitOk;
  }
  const bool terminal = has_colours(stdout);
  const std::string status = shown(run, "status");
  std::printf("Run %s of %s: %s, started %s, took %s\n", run_id.c_str(),
              shown(member_at(run, "workflow"), "name").c_str(), paint(status, status_colour(status), terminal).c_str(),
              shown(run, "startedAt").c_str(), duration_of(run).c_str());
  print_error_of(run);
  print_nodes(run, terminal);
  for (const Json& approval : member_at(run, "approvals")) {
    if (string_member(approval, "status") == "PENDING") {
      std::printf("Node %s waits for approval: commandcenter approvals approve %s\n", shown(approval, "nodeId").c_str(),
                  shown(approval, "id").c_str());
    }
  }
  return kExitOk;
}

int explain_run(const Remote& remote, const std::string& run_id) {
  ApiClient api(remote);
  const Json reply = api.get(fmt::format("/api/workflows/runs/{}/why", segment(run_id)),
                             {Kind::kObject, {{"status"}, {"waiting", Kind::kList}}});
  if (api.failed()) return api.exit_code();
  if (remote.json) {
    print_json(reply);
    return kExitOk;
  }
  const Json waiting = member_at(reply, "waiting");
  if (waiting.empty()) std::printf("Run %s is %s; no node waits.\n", run_id.c_str(), shown(reply, "status").c_str());
  for (const Json& node : waiting) {
    std::printf("%s %s\n", shown(node, "nodeId").c_str(), printable(shown(node, "detail")).c_str());
  }
  return kExitOk;
}

int watch_run(const Remote& remote, const std::string& run_id) {
  ApiClient api(remote);
  SystemClock clock;
  Progress progress(clock, Progress::looks(remote.json));
  const int followed = api.follow("/api/workflows/runs/" + segment(run_id) + "/events", [&](const Json* event) {
    if (event != nullptr && remote.json) {
      std::printf("%s\n", dump_json(*event).c_str());
      std::fflush(stdout);
    } else if (event != nullptr) {
      progress.event(*event);
    }
    progress.tick();
    return !progress.ended() || remote.json;
  });
  progress.finish();
  if (followed != kExitOk) return followed;
  const Json run = api.get("/api/workflows/runs/" + segment(run_id), {Kind::kObject, {{"status"}}});
  if (api.failed()) return api.exit_code();
  const std::string status = shown(run, "status");
  if (!remote.json) {
    std::printf("Run %s: %s\n", run_id.c_str(), paint(status, status_colour(status), has_colours(stdout)).c_str());
    print_error_of(run);
  }
  return status == "SUCCESS" ? kExitOk : kExitFailed;
}

int cancel_run(const Remote& remote, const std::string& run_id) {
  ApiClient api(remote);
  const Json reply = api.send("POST", fmt::format("/api/workflows/runs/{}/cancel", segment(run_id)),
                              {{"by", current_user()}}, {Kind::kObject, {{"id"}, {"status"}}});
  if (api.failed()) return api.exit_code();
  if (remote.json)
    print_json(reply);
  else
    std::printf("Run %s is being cancelled\n", run_id.c_str());
  return kExitOk;
}

int retry_run(const Remote& remote, const std::string& run_id, const std::string& from) {
  ApiClient api(remote);
  const Json reply = api.send("POST", fmt::format("/api/workflows/runs/{}/retry", segment(run_id)), {{"from", from}},
                              {Kind::kObject, {{"id"}}});
  if (api.failed()) return api.exit_code();
  if (remote.json)
    print_json(reply);
  else
    std::printf("Started run %s, which repeats %s\n", shown(reply, "id").c_str(), run_id.c_str());
  return kExitOk;
}

int roll_back_run(const Remote& remote, const std::string& run_id) {
  ApiClient api(remote);
  const Json reply = api.send("POST", fmt::format("/api/workflows/runs/{}/rollback", segment(run_id)), {{"by", "cli"}},
                              {Kind::kObject, {{"id"}, {"status"}}});
  if (api.failed()) return api.exit_code();
  if (remote.json)
    print_json(reply);
  else
    std::printf("Took back what run %s changed in its workspace\n", run_id.c_str());
  return kExitOk;
}

int list_approvals(const Remote& remote, bool all) {
  ApiClient api(remote);
  Json list = api.get(all ? "/api/approvals" : "/api/approvals?status=PENDING", {Kind::kList, {{"id"}}});
  if (api.failed()) return api.exit_code();
  if (!remote.json) {
    for (Json& approval : list)
      approval["workflowName"] = shown(member_at(approval, "workflowRun.workflow"), "name");
  }
  return print_list(remote, list,
                    {{"APPROVAL", "id"},
                     {"WORKFLOW", "workflowName"},
                     {"NODE", "nodeId"},
                     {"AGENT", "agentName"},
                     {"ACTION", "action"},
                     {"STATUS", "status"},
                     {"EXPIRES", "expiresAt"}},
                    all ? "There are no approvals." : "Nothing waits for approval.");
}

int decide_approval(const Remote& remote, const std::string& approval_id, bool approve, const std::string& by,
                    const std::string& notes) {
  ApiClient api(remote);
  Json body = {{"decision", approve ? "APPROVED" : "REJECTED"}, {"respondedBy", by.empty() ? current_user() : by}};
  if (!notes.empty()) body["notes"] = notes;
  const Json reply = api.send("POST", fmt::format("/api/approvals/{}/decision", segment(approval_id)), body,
                              {Kind::kObject, {{"nodeId"}, {"workflowRunId"}, {"status"}}});
  if (api.failed()) return api.exit_code();
  if (remote.json)
    print_json(reply);
  else
    std::printf("%s node %s of run %s\n", approve ? "Approved" : "Rejected", shown(reply, "nodeId").c_str(),
                shown(reply, "workflowRunId").c_str());
  return kExitOk;
}

}  // namespace commandcenter::cli
