// `smoke`: whether a server does its work, seen from outside; for after a deployment and for CI. It runs the first
// examples on their sample repository, and leaves no workflow behind that was not there before.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "agent/builtin/builtin.h"
#include "base/clock.h"
#include "cli/answer.h"
#include "cli/caller.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/verbs.h"

namespace commandcenter::cli {
namespace {

constexpr std::int64_t kPatience_ms = 60'000;  // for one run
constexpr std::int64_t kLook_ms = 50;          // between two looks at it

// What is needed to know which workflows the examples make.
const Needs kExamples{Kind::kObject, {{"examples", Kind::kList, {{"id"}}}}};

// What was seen, or what was wrong.
using Check = Result<std::string>;

class Smoke {
 public:
  explicit Smoke(const Remote& remote) : remote_(remote), caller_(remote.server) {}

  int run() {
    check("health", "", [this] { return health(); });
    if (unreachable_) return kExitUnreachable;
    check("agents", "health", [this] { return agents(); });
    check("scan", "agents", [this] { return scan(); });
    check("templates", "scan", [this] { return templates(); });
    check("reject", "agents", [this] { return reject(); });
    check("approve", "agents", [this] { return approve(); });
    check("parallel", "health", [this] { return parallel(); });
    check("limits", "health", [this] { return limits(); });
    clean_up();
    if (remote_.json) print_json({{"ok", ok_}, {"server", remote_.server}, {"checks", report_}});
    return ok_ ? kExitOk : kExitFailed;
  }

 private:
  // A check whose predecessor failed is not made: it would only say the same again.
  void check(const std::string& name, const std::string& after, const std::function<Check()>& body) {
    const auto from = std::chrono::steady_clock::now();
    const bool skipped = !after.empty() && !passed_.contains(after);
    const Check seen =
        skipped ? Check(fail(ErrorCode::kUnavailable, "not tried, because " + after + " failed")) : body();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - from;
    const std::string text = seen ? *seen : seen.error().message;
    if (seen) passed_.insert(name);
    ok_ = ok_ && seen.has_value();
    report_.push_back({{"name", name}, {"ok", seen.has_value()}, {"detail", text}, {"seconds", took.count()}});
    if (remote_.json) return;
    const bool terminal = has_colours(stdout);
    std::printf("%s  %-10s %s%s\n",
                paint(seen ? "ok    " : "FAILED", seen ? Colour::kGreen : Colour::kRed, terminal).c_str(), name.c_str(),
                printable(text).c_str(), skipped ? "" : fmt::format("  ({:.2f} s)", took.count()).c_str());
    std::fflush(stdout);
  }

  static Check wrong(std::string text) { return fail(ErrorCode::kConflict, std::move(text)); }

  Check health() {
    const auto answer = caller_.ask("GET", "/api/health");
    if (!answer && answer.error().code == ErrorCode::kConflict) return fail(answer.error());
    if (!answer) {
      unreachable_ = true;
      return fail(answer.error().code, fmt::format("{} cannot be reached: {}", remote_.server, answer.error().message));
    }
    const std::string status = string_member(answer->body, "status");
    if (answer->status != 200 || status != "ok") return wrong("the server says " + dump_json(answer->body));
    const auto examples = caller_.get("/api/examples");
    if (!examples) return fail(examples.error());
    if (std::string mistake = mistake_in(*examples, kExamples); !mistake.empty())
      return wrong("in the answer to GET /api/examples " + mistake);
    for (const Json& example : member_at(*examples, "examples")) {
      if (member_at(example, "workflowId").is_null()) made_.insert(string_member(example, "id"));
      workspaces_[string_member(example, "id")] = string_member(example, "workspace");
    }
    return fmt::format("every part answers; isolation: {}", member_at(answer->body, "executor.tier").dump());
  }

  Check agents() {
    const auto list = caller_.get("/api/agents?projectId=1");
    if (!list) return fail(list.error());
    for (const builtin::Builtin& brought : builtin::builtins()) {
      const auto is_it = [&](const Json& agent) { return string_member(agent, "name") == brought.name; };
      if (std::none_of(list->begin(), list->end(), is_it)) return wrong(fmt::format("{} is missing", brought.name));
    }
    return fmt::format("{} built-in agents are registered", builtin::builtins().size());
  }

  // Starts an example and follows it to one of the statuses.
  Result<Json> run_example(const std::string& id, const std::set<std::string>& until) {
    const auto started = caller_.post("/api/examples/" + id + "/run", Json::object());
    if (!started) return fail(started.error());
    return follow(string_member(*started, "workflowRunId"), until);
  }

  Result<Json> follow(const std::string& run_id, const std::set<std::string>& until) {
    SystemClock clock;
    const std::int64_t deadline_ms = clock.monotonic_ms() + kPatience_ms;
    while (true) {
      auto run = caller_.get("/api/runs/" + run_id);
      if (!run) return run;
      const std::string status = string_member(*run, "status");
      if (until.contains(status)) return run;
      if (status.empty() || status == "SUCCESS" || status == "FAILED" || status == "CANCELLED" ||
          clock.monotonic_ms() > deadline_ms) {
        return fail(ErrorCode::kConflict, fmt::format("run {} is {}{}", run_id, status, reasons(*run)));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(kLook_ms));
    }
  }

  static std::string reasons(const Json& run) {
    std::string text;
    for (const Json& node : member_at(run, "agentRuns")) {
      if (const std::string error = string_member(node, "error"); !error.empty())
        text += fmt::format("; {}: {}", string_member(node, "nodeId"), error);
    }
    return text;
  }

  static Json node_of(const Json& run, std::string_view id) {
    for (const Json& node : member_at(run, "agentRuns")) {
      if (string_member(node, "nodeId") == id) return node;
    }
    return nullptr;
  }

  Check scan() {
    auto run = run_example("find-secrets", {"SUCCESS"});
    if (!run) return fail(run.error());
    scanned_ = std::move(*run);
    const Json findings = member_at(node_of(scanned_, "scan"), "outputJson.findings");
    if (!findings.is_array() || findings.empty()) return wrong("nothing was found in the sample repository");
    const Json& first = findings[0];
    if (string_member(first, "file").empty() || !first.contains("line"))
      return wrong("a finding has no place: " + dump_json(first));
    return fmt::format("{} findings in the sample repository", findings.size());
  }

  // What one step says stands in what the next one sends.
  Check templates() {
    const Json total = member_at(node_of(scanned_, "scan"), "outputJson.summary.total");
    const Json number = member_at(node_of(scanned_, "summary"), "outputJson.total");
    if (!number.is_number() || number != total)
      return wrong(fmt::format("a template gave {} for the number {}", number.dump(), total.dump()));
    const std::string message = member_at(node_of(scanned_, "tell"), "inputJson.message").dump();
    if (message.find("{{") != std::string::npos || message.find(total.dump()) == std::string::npos)
      return wrong("the message is " + message);
    return "the message sent is " + message;
  }

  Result<Json> wait_for_decision() {
    const auto run = run_example("update-dependency", {"WAITING_APPROVAL"});
    if (!run) return run;
    for (const Json& approval : member_at(*run, "approvals")) {
      if (string_member(approval, "status") != "PENDING") continue;
      return Json{{"run", string_member(*run, "id")},
                  {"approval", string_member(approval, "id")},
                  {"patch", member_at(approval, "preview.patch")}};
    }
    return fail(ErrorCode::kConflict, "the run waits, but no approval does");
  }

  Result<std::string> requirements() {
    const auto file =
        caller_.get(fmt::format("/api/source?workspace={}&file=requirements.txt", workspaces_["update-dependency"]));
    if (!file) return fail(file.error());
    return dump_json(*file);
  }

  Check reject() {
    const auto waiting = wait_for_decision();
    if (!waiting) return fail(waiting.error());
    const auto before = requirements();
    const auto decided = caller_.post("/api/approvals/" + string_member(*waiting, "approval") + "/reject",
                                      {{"notes", "smoke test: rejected on purpose"}});
    if (!decided) return fail(decided.error());
    const auto run = follow(string_member(*waiting, "run"), {"FAILED"});
    if (!run) return fail(run.error());
    const auto after = requirements();
    if (!before || !after || *before != *after) return wrong("the file changed although the patch was rejected");
    return "the risky step waited; rejected, it changed nothing";
  }

  Check approve() {
    const auto waiting = wait_for_decision();
    if (!waiting) return fail(waiting.error());
    const std::string patch = dump_json(member_at(*waiting, "patch"));
    if (patch.find("+requests==2.32.3") == std::string::npos) return wrong("the preview is not the patch: " + patch);
    const auto decided =
        caller_.post("/api/approvals/" + string_member(*waiting, "approval") + "/approve", Json::object());
    if (!decided) return fail(decided.error());
    const auto run = follow(string_member(*waiting, "run"), {"SUCCESS"});
    if (!run) return fail(run.error());
    const auto after = requirements();
    if (!after) return fail(after.error());
    if (after->find("requests==2.32.3") == std::string::npos) return wrong("the approved patch is not in the file");
    return "the approved patch is in the file";
  }

  Check parallel() {
    const std::string name = fmt::format("smoke-{}", SystemClock().wall_ms());
    const Json step = {{"v", 1}};
    const Json made = {
        {"name", name},
        {"trigger", "manual"},
        {"nodes",
         {{{"id", "a"}, {"transform", step}},
          {{"id", "b"}, {"transform", {{"v", "{{ a.output.v + 1 }}"}}}, {"dependsOn", {"a"}}},
          {{"id", "c"}, {"transform", {{"v", "{{ a.output.v + 2 }}"}}}, {"dependsOn", {"a"}}},
          {{"id", "d"}, {"transform", {{"sum", "{{ b.output.v + c.output.v }}"}}}, {"dependsOn", {"b", "c"}}}}}};
    if (const auto created = caller_.post("/api/workflows", made); !created) return fail(created.error());
    const auto ended = caller_.post("/api/workflows/" + name + "/trigger?wait=true", Json::object());
    const auto run = ended ? caller_.get("/api/runs/" + string_member(*ended, "id")) : ended;
    if (const auto removed = caller_.remove("/api/workflows/" + name); !removed) return fail(removed.error());
    if (!run) return fail(run.error());
    const Json sum = member_at(node_of(*run, "d"), "outputJson.sum");
    if (sum != 5) return wrong(fmt::format("a diamond of four steps gave {} instead of 5", sum.dump()));
    return "a diamond of four steps joined both branches";
  }

  Check limits() {
    const auto answer = caller_.ask("GET", "/api/workflows?projectId=1");
    if (!answer) return fail(answer.error());
    const auto refused = caller_.ask("POST", "/api/workflows", Json{{"name", 1}});
    if (!refused) return fail(refused.error());
    if (refused->status != 400 || string_member(refused->body, "error").empty())
      return wrong(fmt::format("a wrong workflow was answered {}", refused->status));
    return answer->has_limits ? "requests are counted; a wrong one is refused with a reason"
                              : "requests are not limited on this server; a wrong one is refused with a reason";
  }

  void clean_up() {
    const auto examples = caller_.get("/api/examples");
    if (!examples) return;
    for (const Json& example : member_at(*examples, "examples")) {
      if (!made_.contains(string_member(example, "id")) || member_at(example, "workflowId").is_null()) continue;
      (void)caller_.remove("/api/workflows/" + string_member(example, "workflowId"));
    }
  }

  const Remote& remote_;
  Caller caller_;
  bool ok_ = true;
  bool unreachable_ = false;
  Json report_ = Json::array();
  std::set<std::string> passed_;
  std::set<std::string> made_;  // examples that had no workflow before
  std::map<std::string, std::string> workspaces_;
  Json scanned_;
};

}  // namespace

int smoke(const Remote& remote) {
  return Smoke(remote).run();
}

}  // namespace commandcenter::cli
