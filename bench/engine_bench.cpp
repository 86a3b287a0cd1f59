// What a run costs: the real executable over HTTP, next to what this machine's disk can do, measured in the same
// minute.
//
// Prints a table, and writes it as JSON to the file named by --json. Figures of one output may be compared with each
// other; those of two machines, or of two hours, only as multiples of the floor. `bench parked` measures only what
// 100,000 runs cost that wait for a person, `bench sandboxed` only steps in sandboxes.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <sqlite3.h>

#include "base/json.h"
#include "latency.h"
#include "load.h"
#include "report.h"
#include "server_process.h"

namespace commandcenter::bench {
namespace {

namespace fs = std::filesystem;

constexpr int kFloorRounds = 300;

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

// Overwriting 4 KiB of a file that exists, made durable: nothing that promises durability can be quicker.
double flush_floor_ms(const fs::path& folder) {
  const int file = ::open((folder / "floor").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  const std::array<char, 4096> block{};
  std::vector<double> times;
  for (int i = 0; i < kFloorRounds; ++i) {
    const double from = now_ms();
    if (::pwrite(file, block.data(), block.size(), 0) < 0 || ::fdatasync(file) != 0) break;
    times.push_back(now_ms() - from);
  }
  ::close(file);
  return median(times);
}

// One row, one transaction, WAL and FULL: the least a store like ours pays per commit.
double sqlite_commit_ms(const fs::path& folder) {
  sqlite3* db = nullptr;
  sqlite3_open((folder / "floor.db").c_str(), &db);
  sqlite3_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);",
               nullptr, nullptr, nullptr);
  std::vector<double> times;
  for (int i = 0; i < kFloorRounds; ++i) {
    const double from = now_ms();
    sqlite3_exec(db, "INSERT INTO t (v) VALUES ('three hundred bytes or so');", nullptr, nullptr, nullptr);
    times.push_back(now_ms() - from);
  }
  sqlite3_close(db);
  return median(times);
}

// CPU of a process and its ended children, in milliseconds.
double cpu_ms(pid_t pid) {
  std::ifstream stat(fmt::format("/proc/{}/stat", pid));
  std::string text((std::istreambuf_iterator<char>(stat)), {});
  text.erase(0, text.rfind(')') + 2);
  long ticks = 0;
  std::size_t at = 0;
  for (int field = 3; field <= 17; ++field) {
    const std::size_t end = text.find(' ', at);
    if (field >= 14) ticks += std::stol(text.substr(at, end - at));
    at = end + 1;
  }
  return static_cast<double>(ticks) * 1000.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double own_cpu_ms() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto ms = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) * 1000.0 + static_cast<double>(t.tv_usec) / 1000.0;
  };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

long resident_kib(pid_t pid) {
  std::ifstream status(fmt::format("/proc/{}/status", pid));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stol(line.substr(6));
  }
  return 0;
}

constexpr const char* kOneStep =
    R"({"name":"one","trigger":"manual","nodes":[{"id":"a","transform":{"v":"{{ context.v ?? 1 }}"}}]})";
constexpr const char* kDiamond = R"({"name":"diamond","trigger":"manual","nodes":[{"id":"a","transform":{"v":1}},
  {"id":"b","transform":{"v":"{{ a.output.v }}"},"dependsOn":["a"]},
  {"id":"c","transform":{"v":"{{ a.output.v }}"},"dependsOn":["a"]},
  {"id":"d","transform":{"v":"{{ b.output.v + c.output.v }}"},"dependsOn":["b","c"]}]})";
constexpr const char* kSandboxed =
    R"({"name":"sandboxed","trigger":"manual","nodes":[{"id":"a","agent":"noop","input":{}}]})";
constexpr int kFanSteps = 200;

// One run of many steps, none of which waits for another.
std::string fan() {
  std::string nodes;
  for (int i = 0; i < kFanSteps; ++i)
    nodes += fmt::format(R"({}{{"id":"n{}","agent":"noop","input":{{}}}})", i == 0 ? "" : ",", i);
  return R"({"name":"fan","trigger":"manual","nodes":[)" + nodes + "]}";
}

void measure(Report& report, ServerProcess& server, const std::string& workflow, int connections, int requests,
             int& failed) {
  const double server_from = cpu_ms(server.pid);
  const double own_from = own_cpu_ms();
  Load load;
  load.port = server.port;
  load.path = "/api/workflows/" + workflow + "/trigger?wait=true";
  load.connections = connections;
  load.requests = requests;
  load.warm_up = std::max(connections, requests / 20);
  const Measured measured = run_load(load);
  failed += measured.failed;
  if (measured.failed > 0) std::fprintf(stderr, "%s: %s\n", workflow.c_str(), measured.first_failure.c_str());
  const std::string name = fmt::format("{}, {} at a time", workflow, connections);
  report.add(name + ": p50", measured.quantile_ms(0.5), "ms");
  report.add(name + ": p99", measured.quantile_ms(0.99), "ms");
  report.add(name + ": runs", measured.per_second(), "/s");
  report.add(name + ": CPU a run, server", (cpu_ms(server.pid) - server_from) / requests, "ms");
  report.add(name + ": CPU a run, load generator", (own_cpu_ms() - own_from) / requests, "ms");
}

void measure_sandboxed(Report& report, ServerProcess& server, int& failed) {
  measure(report, server, "sandboxed", 1, 100, failed);
  measure(report, server, "sandboxed", 8, 400, failed);
  constexpr int kRounds = 5;
  const double from = now_ms();
  for (int round = 0; round < kRounds; ++round)
    failed += post(server.port, "/api/workflows/fan/trigger?wait=true", "{}").find("SUCCESS") == std::string::npos;
  report.add("sandboxed, 200 in one run: steps", kRounds * kFanSteps / (now_ms() - from) * 1000.0, "/s");
}

// ---- parked: runs that wait for a person cost their rows and nothing else ------------------------------------------

constexpr const char* kParked =
    R"({"name":"parked","trigger":"manual","nodes":[{"id":"a","transform":{"v":1},"approval":true}]})";
constexpr int kParkedRuns = 100'000;
constexpr int kIdle_ms = 2'000;

// The one run that is there, as often as it takes: all its rows under other ids.
constexpr const char* kMultiply = R"sql(
BEGIN;
CREATE TEMP TABLE one AS SELECT id FROM runs;
CREATE TEMP TABLE ids AS
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {0})
  SELECT i, substr(one.id, 1, 18) || printf('%08d', i) AS id, one.id AS of FROM n, one;
CREATE TEMP TABLE runs_ AS SELECT * FROM runs;
CREATE TEMP TABLE node_runs_ AS SELECT * FROM node_runs;
CREATE TEMP TABLE approvals_ AS SELECT * FROM approvals;
CREATE TEMP TABLE events_ AS SELECT * FROM events;
INSERT INTO runs SELECT {1} FROM ids, runs_ t;
INSERT INTO node_runs SELECT {2} FROM ids, node_runs_ t;
INSERT INTO approvals SELECT {3} FROM ids, approvals_ t;
INSERT INTO events SELECT {4} FROM ids, events_ t;
COMMIT;
)sql";

// The columns of a table, with the run's id replaced wherever it stands.
std::string copied_columns(sqlite3* db, const std::string& table) {
  std::string columns;
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(db, ("SELECT name FROM pragma_table_info('" + table + "')").c_str(), -1, &statement, nullptr);
  while (sqlite3_step(statement) == SQLITE_ROW) {
    const std::string name(reinterpret_cast<const char*>(sqlite3_column_text(statement, 0)));
    if (!columns.empty()) columns += ",";
    if (name == "position")
      columns += "NULL";
    else if (name == "id" || name == "run_id" || name == "document")
      columns += fmt::format("replace(t.{}, ids.of, ids.id)", name);
    else if (name == "ticket")
      columns += "ids.i + 1";
    else
      columns += "t." + name;
  }
  sqlite3_finalize(statement);
  return columns;
}

bool multiply_run(const fs::path& data) {
  sqlite3* db = nullptr;
  sqlite3_open((data / "commandcenter.db").c_str(), &db);
  const std::string sql =
      fmt::format(fmt::runtime(kMultiply), kParkedRuns - 1, copied_columns(db, "runs"), copied_columns(db, "node_runs"),
                  copied_columns(db, "approvals"), copied_columns(db, "events"));
  char* error = nullptr;
  const bool done = sqlite3_exec(db, sql.c_str(), nullptr, nullptr, &error) == SQLITE_OK;
  if (!done) std::fprintf(stderr, "parked: %s\n", error);
  sqlite3_free(error);
  sqlite3_close(db);
  return done;
}

std::string text_of(const std::string& body, const char* member) {
  const auto json = parse_json(body);
  return json ? string_member(*json, member) : std::string();
}

void measure_parked(Report& report, const std::string& executable, const fs::path& folder, int& failed) {
  fs::create_directories(folder);
  std::string run_id;
  {
    ServerProcess server(executable, folder);
    post(server.port, "/api/workflows", kParked);
    run_id = text_of(post(server.port, "/api/workflows/parked/trigger", "{}"), "id");
  }
  if (run_id.empty() || !multiply_run(folder / "data")) {
    ++failed;
    return;
  }
  ServerProcess server(executable, folder);
  report.add("100,000 parked runs: start to ready", server.start_ms, "ms");
  report.add("100,000 parked runs: memory", static_cast<double>(resident_kib(server.pid)) / 1024.0, "MiB");
  const double from = cpu_ms(server.pid);
  ::poll(nullptr, 0, kIdle_ms);
  report.add("100,000 parked runs: CPU in two idle seconds", cpu_ms(server.pid) - from, "ms");
  // The first goes on at once. An approval's hash holds the run's id, so a copy cannot be approved.
  const std::string approvals = get(server.port, "/api/runs/" + run_id + "/approvals");
  const auto list = parse_json(approvals);
  const std::string approval = list && list->is_array() && !list->empty() ? string_member((*list)[0], "id") : "";
  const double decided = now_ms();
  const std::string decision = post(server.port, "/api/approvals/" + approval + "/approve", "{}");
  const bool went_on = text_of(get(server.port, "/api/runs/" + run_id), "status") == "SUCCESS";
  report.add("100,000 parked runs: approval to the end of the run", now_ms() - decided, "ms");
  if (!went_on) {
    ++failed;
    std::fprintf(stderr, "parked: the decision was answered with %s\n", decision.c_str());
  }
}

int run(const std::string& executable, const std::string& json_file, const std::string& only) {
  const fs::path folder = fs::temp_directory_path() / fmt::format("commandcenter-bench-{}", ::getpid());
  fs::create_directories(folder / "noop");
  std::ofstream(folder / "noop/agent.yaml")
      << "name: noop\nversion: 1.0.0\neffects: none\ncommand: [./cc_noop]\nactions: [{name: go}]\n";
  fs::copy_file(CC_NOOP_FOLDER "/cc_noop", folder / "noop/cc_noop");
  Report report;
  int failed = 0;
  const auto finish = [&] {
    report.add("runs that did not succeed", failed, "");
    fs::remove_all(folder);
    if (!json_file.empty()) std::ofstream(json_file) << dump_json_pretty(report.json()) << '\n';
    return failed == 0 ? 0 : 1;
  };
  if (only == "parked") {
    measure_parked(report, executable, folder / "parked", failed);
    return finish();
  }
  report.add("floor: 4 KiB overwritten and flushed", flush_floor_ms(folder), "ms");
  report.add("floor: SQLite, one row a transaction, FULL", sqlite_commit_ms(folder), "ms");
  {
    ServerProcess server(executable, folder);
    if (server.port == 0) {
      std::fprintf(stderr, "engine_bench: %s did not start\n", executable.c_str());
      return 1;
    }
    report.add("start to ready, empty", server.start_ms, "ms");
    report.add("idle memory", static_cast<double>(resident_kib(server.pid)) / 1024.0, "MiB");
    post(server.port, "/api/agents", fmt::format(R"({{"folder":"{}"}})", (folder / "noop").string()));
    for (const std::string& workflow : {std::string(kOneStep), std::string(kDiamond), std::string(kSandboxed), fan()})
      post(server.port, "/api/workflows", workflow);
    measure_sandboxed(report, server, failed);
    if (only.empty()) {
      measure(report, server, "one", 1, 2'000, failed);
      measure(report, server, "one", 10, 10'000, failed);
      measure(report, server, "one", 100, 20'000, failed);
      measure(report, server, "diamond", 1, 1'000, failed);
      measure(report, server, "diamond", 100, 10'000, failed);
      measure_decisions(report, server.port, failed);
    }
    report.add("memory after all that", static_cast<double>(resident_kib(server.pid)) / 1024.0, "MiB");
  }
  if (!only.empty()) return finish();
  measure_events(report, executable, folder / "events", failed);
  measure_parked(report, executable, folder / "parked", failed);
  return finish();
}

}  // namespace
}  // namespace commandcenter::bench

int main(int argc, char** argv) {
  std::string executable = "build/release/bin/commandcenter";
  std::string json_file;
  std::string only;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "parked" || word == "sandboxed") only = word;
    if (word == "--json" && i + 1 < argc) json_file = argv[++i];
    if (word == "--executable" && i + 1 < argc) executable = argv[++i];
  }
  return commandcenter::bench::run(executable, json_file, only);
}
