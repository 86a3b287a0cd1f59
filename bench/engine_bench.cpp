// What a run costs: the real executable over HTTP, next to what this machine's disk can do, measured in the same
// minute.
//
// Prints a table, and writes it as JSON to the file named by --json. Figures of one output may be compared with each
// other; those of two machines, or of two hours, only as multiples of the floor.
#include <fcntl.h>
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
#include "load.h"

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

class ServerProcess {
 public:
  ServerProcess(const std::string& executable, const fs::path& folder) {
    std::array<int, 2> out{};
    if (::pipe(out.data()) != 0) return;
    const double from = now_ms();
    pid = ::fork();
    if (pid == 0) {
      ::dup2(out[1], 1);
      ::close(out[0]);
      const std::string data = (folder / "data").string();
      ::execl(executable.c_str(), executable.c_str(), "serve", "--port", "0", "--data", data.c_str(), "--root",
              folder.c_str(), "--log-level", "error", "--set", "rateLimits.reads=0", "--set", "rateLimits.writes=0",
              "--set", "rateLimits.triggers=0", nullptr);
      ::_exit(127);
    }
    ::close(out[1]);
    std::array<char, 256> line{};
    const ssize_t got = ::read(out[0], line.data(), line.size() - 1);
    const std::string text(line.data(), static_cast<std::size_t>(std::max<ssize_t>(0, got)));
    const auto colon = text.find("127.0.0.1:");
    if (colon == std::string::npos) return;
    port = static_cast<std::uint16_t>(std::stoi(text.substr(colon + 10)));
    while (get(port, "/health/ready").find("ok") == std::string::npos) {
    }
    start_ms = now_ms() - from;
  }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ~ServerProcess() {
    ::kill(pid, SIGTERM);
    ::waitpid(pid, nullptr, 0);
  }

  pid_t pid = -1;
  std::uint16_t port = 0;
  double start_ms = 0;
};

constexpr const char* kOneStep =
    R"({"name":"one","trigger":"manual","nodes":[{"id":"a","transform":{"v":"{{ context.v ?? 1 }}"}}]})";
constexpr const char* kDiamond = R"({"name":"diamond","trigger":"manual","nodes":[{"id":"a","transform":{"v":1}},
  {"id":"b","transform":{"v":"{{ a.output.v }}"},"dependsOn":["a"]},
  {"id":"c","transform":{"v":"{{ a.output.v }}"},"dependsOn":["a"]},
  {"id":"d","transform":{"v":"{{ b.output.v + c.output.v }}"},"dependsOn":["b","c"]}]})";
constexpr const char* kSandboxed =
    R"({"name":"sandboxed","trigger":"manual","nodes":[{"id":"a","agent":"noop","input":{}}]})";

class Report {
 public:
  void add(const std::string& name, double value, const std::string& unit) {
    std::printf("%-52s %12.3f %s\n", name.c_str(), value, unit.c_str());
    std::fflush(stdout);
    json_[name] = {{"value", value}, {"unit", unit}};
  }
  const Json& json() const { return json_; }

 private:
  Json json_ = Json::object();
};

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
  const std::string name = fmt::format("{}, {} at a time", workflow, connections);
  report.add(name + ": p50", measured.quantile_ms(0.5), "ms");
  report.add(name + ": p99", measured.quantile_ms(0.99), "ms");
  report.add(name + ": runs", measured.per_second(), "/s");
  report.add(name + ": CPU a run, server", (cpu_ms(server.pid) - server_from) / requests, "ms");
  report.add(name + ": CPU a run, load generator", (own_cpu_ms() - own_from) / requests, "ms");
}

int run(const std::string& executable, const std::string& json_file) {
  const fs::path folder = fs::temp_directory_path() / fmt::format("commandcenter-bench-{}", ::getpid());
  fs::create_directories(folder / "noop");
  std::ofstream(folder / "noop/agent.yaml")
      << "name: noop\nversion: 1.0.0\neffects: none\ncommand: [/bin/echo, '{}']\nactions: [{name: go}]\n";
  Report report;
  int failed = 0;
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
    for (const char* workflow : {kOneStep, kDiamond, kSandboxed})
      post(server.port, "/api/workflows", workflow);
    measure(report, server, "one", 1, 2'000, failed);
    measure(report, server, "one", 10, 10'000, failed);
    measure(report, server, "one", 100, 20'000, failed);
    measure(report, server, "diamond", 1, 1'000, failed);
    measure(report, server, "diamond", 100, 10'000, failed);
    measure(report, server, "sandboxed", 1, 100, failed);
    measure(report, server, "sandboxed", 8, 400, failed);
    report.add("memory after all that", static_cast<double>(resident_kib(server.pid)) / 1024.0, "MiB");
  }
  report.add("runs that did not succeed", failed, "");
  fs::remove_all(folder);
  if (!json_file.empty()) std::ofstream(json_file) << dump_json_pretty(report.json()) << '\n';
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace commandcenter::bench

int main(int argc, char** argv) {
  std::string executable = "build/release/bin/commandcenter";
  std::string json_file;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::string(argv[i]) == "--json") json_file = argv[i + 1];
    if (std::string(argv[i]) == "--executable") executable = argv[i + 1];
  }
  return commandcenter::bench::run(executable, json_file);
}
