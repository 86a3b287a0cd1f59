// `load`: how a server does under load, with nothing prepared. Each scenario makes its workflow, lets a number of users
// run it for a while, judges the figures against the scenario's limits, and deletes the workflow. A scenario that
// measured nothing has failed.
#include <sys/utsname.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "base/clock.h"
#include "cli/api_client.h"
#include "cli/caller.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/verbs.h"
#include "cli/version.h"

namespace commandcenter::cli {
namespace {

using Clock_ = std::chrono::steady_clock;

// Sorted samples.
class Samples {
 public:
  void add(double ms) { values_.push_back(ms); }
  void take(Samples& other) { values_.insert(values_.end(), other.values_.begin(), other.values_.end()); }
  void sort() { std::sort(values_.begin(), values_.end()); }
  std::size_t size() const { return values_.size(); }
  double quantile(double share) const {
    if (values_.empty()) return 0;
    return values_[std::min(values_.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values_.size())))];
  }
  Json json() const {
    return {{"count", size()}, {"p50Ms", quantile(0.5)}, {"p95Ms", quantile(0.95)}, {"p99Ms", quantile(0.99)}};
  }

 private:
  std::vector<double> values_;
};

double ms_since(Clock_::time_point from) {
  return std::chrono::duration<double, std::milli>(Clock_::now() - from).count();
}

// What one user saw.
struct Seen {
  Samples runs;       // from the trigger to the end
  Samples decisions;  // from an approval to the end
  Samples requests;
  std::int64_t succeeded = 0;
  std::int64_t failed = 0;
  std::string first_problem;

  void problem(const std::string& text) {
    ++failed;
    if (first_problem.empty()) first_problem = text;
  }
};

struct Scenario {
  const char* name;
  const char* what;
  int users;
  double max_run_p95_ms;
  double max_request_p95_ms;
  double max_decision_p95_ms;  // 0: it has no approvals
  bool needs_repository;
  std::function<Json()> nodes;
};

Json step(const char* id, const Json& depends_on) {
  return {{"id", id}, {"transform", {{"v", 1}}}, {"dependsOn", depends_on}};
}

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> all{
      {"single", "one agent: the security scanner on the sample repository", 5, 10'000, 2'000, 0, true,
       [] {
         return Json{{{"id", "scan"}, {"agent", "security-scanner"}, {"action", "scan"}, {"input", {{"target", "."}}}}};
       }},
      {"concurrent", "a notification each, of many users at a time", 10, 10'000, 2'000, 0, false,
       [] {
         return Json{{{"id", "tell"},
                      {"agent", "notifier"},
                      {"action", "send"},
                      {"input", {{"channel", "console"}, {"message", "load test"}}}}};
       }},
      {"approval", "a step that waits for a decision", 3, 10'000, 2'000, 1'000, false,
       [] {
         return Json{{{"id", "gate"}, {"transform", {{"v", 1}}}, {"approval", true}}};
       }},
      {"graph", "five steps: one, three side by side, one", 5, 30'000, 2'000, 0, false,
       [] {
         return Json{step("a", Json::array()), step("b", {"a"}), step("c", {"a"}), step("d", {"a"}),
                     step("e", {"b", "c", "d"})};
       }},
  };
  return all;
}

class User {
 public:
  User(const std::string& server, std::string workflow) : caller_(server), workflow_(std::move(workflow)) {}

  void run_once(bool decides) {
    const auto from = Clock_::now();
    const std::string path = "/api/workflows/" + workflow_ + (decides ? "/trigger" : "/trigger?wait=true");
    auto run = timed("POST", path, Json::object(), decides);
    if (!run) return seen.problem(run.error().message);
    if (decides && !decide(string_member(*run, "id"))) return;
    if (!decides && string_member(*run, "status") != "SUCCESS")
      return seen.problem(fmt::format("run {} is {}", string_member(*run, "id"), string_member(*run, "status")));
    seen.runs.add(ms_since(from));
    ++seen.succeeded;
  }

  Seen seen;

 private:
  bool decide(const std::string& run_id) {
    const auto approvals = timed("GET", "/api/runs/" + run_id + "/approvals", nullptr, true);
    if (!approvals || !approvals->is_array() || approvals->empty()) {
      seen.problem(approvals ? "run " + run_id + " asked for no approval" : approvals.error().message);
      return false;
    }
    const auto from = Clock_::now();
    const std::string id = string_member((*approvals)[0], "id");
    if (const auto decided = timed("POST", "/api/approvals/" + id + "/approve", Json::object(), true); !decided) {
      seen.problem(decided.error().message);
      return false;
    }
    const auto run = timed("GET", "/api/runs/" + run_id, nullptr, true);
    if (!run || string_member(*run, "status") != "SUCCESS") {
      seen.problem(run ? "run " + run_id + " went on with " + string_member(*run, "status") : run.error().message);
      return false;
    }
    seen.decisions.add(ms_since(from));
    return true;
  }

  // A request that waits for the end of a run says nothing about how fast requests are.
  Result<Json> timed(const std::string& method, const std::string& path, const Json& body, bool counts) {
    const auto from = Clock_::now();
    auto answer = method == "GET" ? caller_.get(path) : caller_.post(path, body);
    if (counts) seen.requests.add(ms_since(from));
    return answer;
  }

  Caller caller_;
  const std::string workflow_;
};

class LoadTest {
 public:
  LoadTest(const Remote& remote, const LoadOptions& options)
      : remote_(remote), options_(options), caller_(remote.server) {}

  Result<Json> run(const Scenario& scenario) {
    const std::string name = fmt::format("load-{}-{}", scenario.name, SystemClock().wall_ms());
    Json definition = {{"name", name}, {"trigger", "manual"}, {"nodes", scenario.nodes()}};
    if (scenario.needs_repository) {
      const auto workspace = sample_repository();
      if (!workspace) return fail(workspace.error());
      definition["workspace"] = *workspace;
    }
    if (const auto made = caller_.post("/api/workflows", definition); !made) return fail(made.error());
    const Seen seen = drive(scenario, name);
    const auto removed = caller_.remove("/api/workflows/" + name);
    if (!removed) return fail(removed.error());
    return judge(scenario, seen);
  }

 private:
  // The server lays it out for its examples.
  Result<std::string> sample_repository() {
    const std::string id = "find-secrets";
    const auto before = caller_.get("/api/examples");
    const auto started = before ? caller_.post("/api/examples/" + id + "/run", Json::object()) : before;
    if (!started) return fail(started.error());
    for (const Json& example : member_at(*before, "examples")) {
      if (string_member(example, "id") != id) continue;
      if (member_at(example, "workflowId").is_null())
        made_here_.push_back("/api/workflows/" + string_member(*started, "workflowId"));
      return string_member(example, "workspace");
    }
    return fail(ErrorCode::kUnavailable, "the server has no sample repository");
  }

  Seen drive(const Scenario& scenario, const std::string& workflow) {
    const int count = options_.users > 0 ? options_.users : scenario.users;
    const auto until = Clock_::now() + std::chrono::milliseconds(options_.duration_ms);
    std::vector<std::unique_ptr<User>> users;
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i)
      users.push_back(std::make_unique<User>(remote_.server, workflow));
    for (const auto& user : users) {
      threads.emplace_back([&user, &scenario, until] {
        do {
          user->run_once(scenario.max_decision_p95_ms > 0);
        } while (Clock_::now() < until && user->seen.failed < kMaxFailures);
      });
    }
    Seen all;
    for (std::size_t i = 0; i < threads.size(); ++i) {
      threads[i].join();
      Seen& seen = users[i]->seen;
      all.runs.take(seen.runs);
      all.decisions.take(seen.decisions);
      all.requests.take(seen.requests);
      all.succeeded += seen.succeeded;
      all.failed += seen.failed;
      if (all.first_problem.empty()) all.first_problem = seen.first_problem;
    }
    for (Samples* samples : {&all.runs, &all.decisions, &all.requests})
      samples->sort();
    return all;
  }

  Json judge(const Scenario& scenario, const Seen& seen) {
    Json wrong = Json::array();
    const auto limit = [&](const char* what, const Samples& samples, double max_ms) {
      if (max_ms > 0 && samples.quantile(0.95) > max_ms)
        wrong.push_back(fmt::format("p95 of {} is {:.0f} ms, over {:.0f} ms", what, samples.quantile(0.95), max_ms));
    };
    if (seen.runs.size() == 0) wrong.push_back("nothing was measured");
    if (const auto all = seen.succeeded + seen.failed; seen.failed * 100 > all)
      wrong.push_back(fmt::format("{} of {} failed, over 1 %: {}", seen.failed, all, seen.first_problem));
    limit("runs", seen.runs, scenario.max_run_p95_ms);
    limit("requests", seen.requests, scenario.max_request_p95_ms);
    limit("decisions", seen.decisions, scenario.max_decision_p95_ms);
    Json result = {{"scenario", scenario.name},
                   {"what", scenario.what},
                   {"users", options_.users > 0 ? options_.users : scenario.users},
                   {"seconds", static_cast<double>(options_.duration_ms) / 1'000},
                   {"succeeded", seen.succeeded},
                   {"failed", seen.failed},
                   {"runs", seen.runs.json()},
                   {"ok", wrong.empty()},
                   {"problems", std::move(wrong)}};
    if (seen.requests.size() > 0) result["requests"] = seen.requests.json();
    if (scenario.max_decision_p95_ms > 0) result["decisions"] = seen.decisions.json();
    return result;
  }

 public:
  void clean_up() {
    for (const std::string& path : made_here_)
      (void)caller_.remove(path);
  }

 private:
  static constexpr std::int64_t kMaxFailures = 100;  // of one user: a server that is down is not asked for ever

  const Remote& remote_;
  const LoadOptions& options_;
  Caller caller_;
  std::vector<std::string> made_here_;
};

std::string machine() {
  std::string model = "unknown processor";
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with("model name")) continue;
    model = line.substr(std::min(line.size(), line.find(':') + 2));
    break;
  }
  utsname system{};
  ::uname(&system);
  return fmt::format("{}, {} threads, Linux {}", model, std::thread::hardware_concurrency(), system.release);
}

std::string cells(const Json& samples) {
  if (!samples.is_object()) return "| | | ";
  const auto number = [&](const char* key) { return samples[key].get<double>(); };
  return fmt::format("| {:.1f} | {:.1f} | {:.1f} ", number("p50Ms"), number("p95Ms"), number("p99Ms"));
}

std::string markdown(const Json& report) {
  std::string text = fmt::format(
      "# Load baseline\n\nMade by `commandcenter load --report FILE` on {}, version {}{}.\nMachine: {}.\n\n"
      "| scenario | users | runs | failed | run p50 ms | p95 | p99 | request p50 ms | p95 | p99 | decision p50 ms | "
      "p95 "
      "| p99 |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|\n",
      string_member(report, "at"), string_member(report, "version"),
      string_member(report, "commit").empty() ? "" : ", commit " + string_member(report, "commit"),
      string_member(report, "machine"));
  for (const Json& result : report["scenarios"]) {
    text += fmt::format("| {} | {} | {} | {} {}{}{}|\n", string_member(result, "scenario"), result["users"].dump(),
                        result["succeeded"].dump(), result["failed"].dump(), cells(result["runs"]),
                        cells(result.value("requests", Json())), cells(result.value("decisions", Json())));
  }
  text += "\nScenarios:\n\n";
  for (const Json& result : report["scenarios"])
    text += fmt::format("- {}: {}.\n", string_member(result, "scenario"), string_member(result, "what"));
  return text;
}

void print_result(const Json& result) {
  const bool terminal = has_colours(stdout);
  const bool ok = result["ok"].get<bool>();
  std::printf("%s  %-10s %s runs, %s failed; p50 %.1f ms, p95 %.1f ms, p99 %.1f ms\n",
              paint(ok ? "ok    " : "FAILED", ok ? Colour::kGreen : Colour::kRed, terminal).c_str(),
              string_member(result, "scenario").c_str(), result["succeeded"].dump().c_str(),
              result["failed"].dump().c_str(), result["runs"]["p50Ms"].get<double>(),
              result["runs"]["p95Ms"].get<double>(), result["runs"]["p99Ms"].get<double>());
  for (const Json& problem : result["problems"])
    std::printf("        %s\n", printable(problem.get<std::string>()).c_str());
  std::fflush(stdout);
}

}  // namespace

int load(const Remote& remote, const LoadOptions& options) {
  if (const auto there = Caller(remote.server).ask("GET", "/api/health"); !there) {
    return there.error().code == ErrorCode::kConflict ? print_error(there.error())
                                                      : ApiClient(remote).unreachable(there.error());
  }
  Json results = Json::array();
  bool ok = true;
  LoadTest test(remote, options);
  for (const Scenario& scenario : scenarios()) {
    const auto wanted = std::find(options.scenarios.begin(), options.scenarios.end(), scenario.name);
    if (!options.scenarios.empty() && wanted == options.scenarios.end()) continue;
    const auto result = test.run(scenario);
    if (!result) {
      test.clean_up();
      return print_error(result.error());
    }
    ok = ok && (*result)["ok"].get<bool>();
    if (!remote.json) print_result(*result);
    results.push_back(*result);
  }
  test.clean_up();
  const Json report = {{"at", iso8601(SystemClock().wall_ms())},
                       {"version", kVersion},
                       {"commit", options.commit},
                       {"machine", machine()},
                       {"ok", ok},
                       {"scenarios", std::move(results)}};
  if (remote.json) print_json(report);
  if (!options.report.empty()) {
    std::ofstream file(options.report, std::ios::trunc);
    file << (options.report.ends_with(".json") ? dump_json_pretty(report) + "\n" : markdown(report));
    file.flush();
    if (!file) return print_error({ErrorCode::kInvalid, options.report + " cannot be written"});
  }
  return ok ? kExitOk : kExitFailed;
}

std::vector<std::string> load_scenarios() {
  std::vector<std::string> names;
  for (const Scenario& scenario : scenarios())
    names.emplace_back(scenario.name);
  return names;
}

}  // namespace commandcenter::cli
