// `agents register`: a folder, or the assurance that every agent of this program is there.
#include <filesystem>

#include <fmt/format.h>

#include "agent/agent.h"
#include "agent/builtin/builtin.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/remote.h"

namespace commandcenter::cli {
namespace {

// A server registers what it brings when it starts, so all that can be wrong is that it is another program. A dry run
// only shows what an upgrade would change.
int check_builtins(const Remote& remote, bool dry_run) {
  ApiClient api(remote);
  const Json list = api.get(fmt::format("/api/agents?projectId={}", remote.project_id), {Kind::kList, {{"name"}}});
  if (api.failed()) return api.exit_code();
  bool complete = true;
  Json report = Json::array();
  for (const builtin::Builtin& brought : builtin::builtins()) {
    const std::string version = string_member(brought.manifest, "version");
    std::string state = "missing: restart the server, or upgrade it";
    for (const Json& agent : list) {
      if (string_member(agent, "name") != brought.name) continue;
      if (string_member(agent, "runtime") != "builtin")
        state = "kept: somebody registered an agent of their own under this name";
      else if (string_member(agent, "version") != version)
        state = fmt::format("the server has version {}: upgrade it", string_member(agent, "version"));
      else
        state = "unchanged";
    }
    complete = complete && (state == "unchanged" || state.starts_with("kept"));
    report.push_back({{"name", brought.name}, {"version", version}, {"state", state}});
  }
  const int code = print_list(remote, report, {{"NAME", "name"}, {"VERSION", "version"}, {"STATE", "state"}}, "");
  return complete || dry_run ? code : kExitFailed;
}

}  // namespace

int register_agents(const Remote& remote, const RegisterOptions& options) {
  if (options.builtin == !options.folder.empty())
    return print_error({ErrorCode::kInvalid, "agents register needs either a folder or --builtin"});
  if (options.builtin) return check_builtins(remote, options.dry_run);
  std::error_code error;
  const auto absolute = std::filesystem::canonical(options.folder, error);
  if (error) return print_error({ErrorCode::kNotFound, fmt::format("{} is not there", options.folder)});
  if (options.dry_run) {
    const auto agent = agent::load_agent_folder(absolute.string());
    if (!agent) return print_problems(options.folder, agent.error());
    if (remote.json)
      print_json({{"name", agent->name}, {"version", agent->version}, {"registered", false}});
    else
      std::printf("%s %s would be registered\n", agent->name.c_str(), agent->version.c_str());
    return kExitOk;
  }
  ApiClient api(remote);
  const Json agent =
      api.send("POST", "/api/agents",
               {{"folder", absolute.string()}, {"replace", options.replace}, {"projectId", remote.project_id}},
               {Kind::kObject, {{"id"}, {"name"}}});
  if (api.failed()) return api.exit_code();
  if (remote.json)
    print_json(agent);
  else
    std::printf("Registered %s %s (%s)\n", shown(agent, "name").c_str(), shown(agent, "version").c_str(),
                shown(agent, "id").c_str());
  return kExitOk;
}

}  // namespace commandcenter::cli
