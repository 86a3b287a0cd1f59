// The verbs about one run that do more than ask: its logs as they come, once more from a node, what waits for approval.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/caller.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/remote.h"

namespace commandcenter::cli {
namespace {

void print_log(const std::string& node, const std::string& text) {
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    std::printf("%s│ %s\n", printable(node).c_str(),
                printable(std::string_view(text).substr(from, end - from)).c_str());
    from = end + 1;
  }
}

// A value for people: text as it is, several lines of it indented; the rest as JSON.
void print_member(const std::string& key, const Json& value) {
  if (!value.is_string() || value.get_ref<const std::string&>().find('\n') == std::string::npos) {
    std::printf("    %s: %s\n", printable(key).c_str(),
                printable(value.is_string() ? value.get<std::string>() : dump_json(value)).c_str());
    return;
  }
  std::printf("    %s:\n", printable(key).c_str());
  const std::string& text = value.get_ref<const std::string&>();
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    std::printf("      %s\n", printable(std::string_view(text).substr(from, end - from)).c_str());
    from = end + 1;
  }
}

// A unified diff, coloured as people know it.
void print_diff(const std::string& diff, bool terminal) {
  for (std::size_t from = 0; from < diff.size();) {
    const std::size_t end = std::min(diff.find('\n', from), diff.size());
    const std::string line = printable(std::string_view(diff).substr(from, end - from));
    const bool head = line.starts_with("+++") || line.starts_with("---");
    const Colour colour = head                     ? Colour::kBold
                          : line.starts_with('+')  ? Colour::kGreen
                          : line.starts_with('-')  ? Colour::kRed
                          : line.starts_with("@@") ? Colour::kBlue
                                                   : Colour::kNone;
    std::printf("    %s\n", paint(line, colour, terminal).c_str());
    from = end + 1;
  }
}

// What is needed of a part of a log.
const std::vector<Member> kLog{{"nodeId"}, {"attempt", Kind::kInteger}, {"chunk", Kind::kInteger}};

// The lines of a run that were shown already: of each attempt the last chunk, and how much text that makes.
class ShownLogs {
 public:
  explicit ShownLogs(bool json) : json_(json) {}

  // What is recorded by now: prints what was not shown yet.
  void recorded(const Json& reply) {
    for (const Json& log : member_at(reply, "logs")) {
      Shown& shown = of(log);
      const std::string text = string_member(log, "text");
      if (text.size() > shown.text_bytes) print(log, text.substr(shown.text_bytes));
      shown = {std::max(shown.chunk, number(log, "chunk")), std::max(shown.text_bytes, text.size())};
    }
    std::fflush(stdout);
  }

  void arrived(const Json& event) {
    if (!mistake_in(event, {Kind::kObject, kLog}).empty()) return;  // nothing that could be put into its place
    Shown& shown = of(event);
    const std::int64_t chunk = number(event, "chunk");
    if (chunk != shown.chunk + 1) return;  // shown before; or one is missing, and the record at the end has it
    const std::string text = string_member(event, "text");
    print(event, text);
    shown = {chunk, shown.text_bytes + text.size()};
    std::fflush(stdout);
  }

 private:
  struct Shown {
    std::int64_t chunk = 0;
    std::size_t text_bytes = 0;
  };

  static std::int64_t number(const Json& log, const char* key) { return log.at(key).get<std::int64_t>(); }

  Shown& of(const Json& log) { return shown_[{string_member(log, "nodeId"), number(log, "attempt")}]; }

  void print(const Json& log, const std::string& text) const {
    if (!json_) return print_log(string_member(log, "nodeId"), text);
    const Json line = {{"nodeId", log.at("nodeId")}, {"attempt", log.at("attempt")}, {"text", text}};
    std::printf("%s\n", dump_json(line).c_str());
  }

  const bool json_;
  std::map<std::pair<std::string, std::int64_t>, Shown> shown_;
};

// There is no log of the node: fails, with the nodes that there are, unless the node has only not begun.
int look_for_node(ApiClient& api, const std::string& path, const std::string& run_id, const std::string& node) {
  const Json run = api.get(path, {Kind::kObject, {{"agentRuns", Kind::kList, {{"nodeId"}}}}});
  if (api.failed()) return api.exit_code();
  std::set<std::string> names;
  for (const Json& attempt : member_at(run, "agentRuns"))
    names.insert(string_member(attempt, "nodeId"));
  for (const Json& planned : member_at(run, "workflow.nodes"))
    names.insert(string_member(planned, "id"));
  if (names.contains(node)) return kExitOk;
  return print_error({ErrorCode::kNotFound, printable(fmt::format("run {} has no node {}; its nodes are {}", run_id,
                                                                  node, fmt::join(names, ", ")))});
}

}  // namespace

// First what is recorded, then what comes, at last what is recorded once more: the end of a run may overtake its last
// lines. The stream is opened before the record is read, so nothing falls between them.
int show_logs(const Remote& remote, const std::string& run_id, const std::string& node, bool follow) {
  ApiClient api(remote);
  const std::string run = "/api/workflows/runs/" + segment(run_id);
  const std::string logs = run + "/logs" + (node.empty() ? "" : "?nodeId=" + segment(node));
  const Needs needs{Kind::kObject, {{"logs", Kind::kList, kLog}}};
  if (!follow) {
    const Json reply = api.get(logs, needs);
    if (!api.failed() && !node.empty() && member_at(reply, "logs").empty()) {
      if (const int code = look_for_node(api, run, run_id, node); code != kExitOk) return code;
    }
    if (!api.failed() && remote.json) print_json(reply);
    if (!api.failed() && !remote.json) ShownLogs(false).recorded(reply);
    return api.exit_code();
  }
  ShownLogs shown(remote.json);
  int no_such_node = kExitOk;
  const auto read_record = [&] {
    const Json reply = api.get(logs, needs);
    if (api.failed()) return false;
    shown.recorded(reply);
    if (!node.empty() && member_at(reply, "logs").empty()) no_such_node = look_for_node(api, run, run_id, node);
    return no_such_node == kExitOk;
  };
  bool caught_up = false;
  const int code = api.follow(run + "/events", [&](const Json* event) {
    if (!caught_up && !read_record()) return false;
    caught_up = true;
    const bool wanted = event != nullptr && string_member(*event, "type") == "log" &&
                        (node.empty() || string_member(*event, "nodeId") == node);
    if (wanted) shown.arrived(*event);
    return true;
  });
  if (code == kExitOk && !api.failed() && no_such_node == kExitOk) read_record();
  if (no_such_node != kExitOk) return no_such_node;
  return api.failed() ? api.exit_code() : code;
}

int rerun(const Remote& remote, const RerunOptions& options) {
  ApiClient api(remote);
  Json body = {{"from", options.from}};
  if (options.version > 0) body["version"] = options.version;
  const Json reply = api.send("POST", fmt::format("/api/workflows/runs/{}/rerun", segment(options.run_id)), body,
                              {Kind::kObject, {{"id"}}});
  if (api.failed()) return api.exit_code();
  if (remote.json)
    print_json(reply);
  else
    std::printf("Started run %s, which repeats %s from %s\n", shown(reply, "id").c_str(), options.run_id.c_str(),
                printable(options.from).c_str());
  return kExitOk;
}

int show_approval(const Remote& remote, const std::string& approval_id) {
  ApiClient api(remote);
  const Json approval =
      api.get("/api/approvals/" + segment(approval_id), {Kind::kObject, {{"status"}, {"nodeId"}, {"workflowRunId"}}});
  if (api.failed()) return api.exit_code();
  if (remote.json) {
    print_json(approval);
    return kExitOk;
  }
  const bool terminal = has_colours(stdout);
  const std::string status = shown(approval, "status");
  std::printf("Approval %s: %s\n", approval_id.c_str(), paint(status, status_colour(status), terminal).c_str());
  std::printf("  run      %s\n  node     %s\n  action   %s %s\n", shown(approval, "workflowRunId").c_str(),
              printable(shown(approval, "nodeId")).c_str(), printable(shown(approval, "agentName")).c_str(),
              printable(string_member(approval, "action")).c_str());
  std::printf("  asked    %s\n", shown(approval, "requestedAt").c_str());
  if (status == "PENDING")
    std::printf("  expires  %s\n", shown(approval, "expiresAt").c_str());
  else
    std::printf("  decided  %s by %s%s%s\n", shown(approval, "respondedAt").c_str(),
                printable(shown(approval, "respondedBy")).c_str(), string_member(approval, "notes").empty() ? "" : ": ",
                printable(string_member(approval, "notes")).c_str());
  if (const Json* input = find_member(approval, "input"); input != nullptr && input->is_object()) {
    std::printf("  its input\n");
    for (const auto& [key, value] : input->items())
      print_member(key, value);
  }
  for (const char* key : {"diff", "preview"}) {
    const Json* preview = find_member(approval, key);
    if (preview == nullptr || preview->is_null()) continue;
    std::printf("  %s\n", key);
    const std::string diff = preview->is_string() ? preview->get<std::string>() : string_member(*preview, "patch");
    if (diff.empty() && find_member(*preview, "patch") != nullptr)
      std::printf("    nothing would change\n");
    else if (diff.empty())
      print_member("value", *preview);
    else
      print_diff(diff, terminal);
    if (const Json* whole = find_member(*preview, "artifact"); whole != nullptr && whole->is_object())
      std::printf("    … all of it: /api/artifacts/%s\n", printable(string_member(*whole, "hash")).c_str());
  }
  if (status == "PENDING")
    std::printf("Decide: commandcenter approvals approve %s, or reject %s --reason TEXT\n", approval_id.c_str(),
                approval_id.c_str());
  return kExitOk;
}

}  // namespace commandcenter::cli
