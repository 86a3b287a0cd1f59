#include "latency.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/clock.h"
#include "bus/nats/nats.h"
#include "load.h"
#include "observe/log.h"
#include "server_process.h"

namespace commandcenter::bench {
namespace {

namespace fs = std::filesystem;

constexpr int kDecisions = 200;
constexpr int kEvents = 100;
constexpr int kNatsPort = 14'222;
constexpr std::int64_t kPatience_ms = 10'000;
constexpr double kDay_ms = 24 * 3'600'000.0;

double quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())))];
}

Json json_of(const std::string& body) {
  auto json = parse_json(body);
  return json ? std::move(*json) : Json();
}

// Of a time as the API writes it, "…T01:26:23.907Z".
double ms_of_day(const std::string& text) {
  int hours = 0;
  int minutes = 0;
  double seconds = 0;
  const auto clock = text.find('T');
  if (clock == std::string::npos || std::sscanf(text.c_str() + clock, "T%d:%d:%lf", &hours, &minutes, &seconds) != 3)
    return 0;
  return ((hours * 60.0 + minutes) * 60.0 + seconds) * 1'000.0;
}

// A nats-server on a port of 127.0.0.1, until the object goes.
class NatsProcess {
 public:
  explicit NatsProcess(const fs::path& folder) {
    const std::string port = std::to_string(kNatsPort);
    const std::string store = folder.string();
    pid_ = ::fork();
    if (pid_ != 0) return;
    ::freopen("/dev/null", "w", stderr);
    ::execlp("nats-server", "nats-server", "-js", "-a", "127.0.0.1", "-p", port.c_str(), "-sd", store.c_str(), nullptr);
    ::_exit(127);
  }
  NatsProcess(const NatsProcess&) = delete;
  NatsProcess& operator=(const NatsProcess&) = delete;
  ~NatsProcess() {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }
  // False when there is no such program.
  bool runs() const { return ::waitpid(pid_, nullptr, WNOHANG) == 0; }
  static std::string url() { return fmt::format("nats://127.0.0.1:{}", kNatsPort); }

 private:
  pid_t pid_ = -1;
};

bool wait_for(const std::function<bool()>& condition) {
  for (const double from = now_ms(); now_ms() - from < kPatience_ms;) {
    if (condition()) return true;
    ::poll(nullptr, 0, 1);
  }
  return false;
}

}  // namespace

void measure_decisions(Report& report, std::uint16_t port, int& failed) {
  post(port, "/api/workflows", R"({"name":"gated","trigger":"manual","nodes":[{"id":"a","transform":{"v":1},
    "approval":true},{"id":"b","transform":{"v":"{{ a.output.v }}"},"dependsOn":["a"]}]})");
  std::vector<double> times;
  for (int i = 0; i < kDecisions; ++i) {
    const std::string run_id = string_member(json_of(post(port, "/api/workflows/gated/trigger", "{}")), "id");
    const Json approvals = json_of(get(port, "/api/runs/" + run_id + "/approvals"));
    if (!approvals.is_array() || approvals.empty()) {
      ++failed;
      continue;
    }
    const std::string path = "/api/approvals/" + string_member(approvals[0], "id") + "/approve";
    const double from = now_ms();
    post(port, path, "{}");  // answered when the decision and what follows from it are durable
    times.push_back(now_ms() - from);
    if (string_member(json_of(get(port, "/api/runs/" + run_id)), "status") != "SUCCESS") ++failed;
  }
  report.add("approval decided to next step recorded: p50", quantile(times, 0.5), "ms");
  report.add("approval decided to next step recorded: p99", quantile(times, 0.99), "ms");
}

void measure_events(Report& report, const std::string& executable, const fs::path& folder, int& failed) {
  fs::create_directories(folder / "nats");
  const NatsProcess nats(folder / "nats");
  ::poll(nullptr, 0, 200);  // a program that is missing has ended by then
  if (!nats.runs()) return;
  const ServerProcess server(executable, folder, {"--nats", NatsProcess::url()});
  SystemClock clock;
  observe::Log silent(clock, -1, observe::Level::kError);
  bus::NatsConfig config;
  config.url = NatsProcess::url();
  config.client_name = "bench";
  const auto bus = bus::make_nats_bus(config, silent);
  post(server.port, "/api/workflows",
       R"({"name":"on-event","trigger":{"type":"event","pattern":"bench.happened"},
           "nodes":[{"id":"a","agent":"notifier","action":"send","input":{"channel":"console","message":"m"}}]})");
  const auto ready = [&] {
    const Json health = json_of(get(server.port, "/health/nats"));
    return bus && (*bus)->healthy() && string_member(health, "status") == "connected" &&
           !health.value("subscriptions", Json::array()).empty();
  };
  if (!wait_for(ready)) {
    ++failed;
    return;
  }
  std::vector<double> times;
  for (int i = 0; i < kEvents; ++i) {
    const std::int64_t published_ms = clock.wall_ms();
    if (!(*bus)->publish({"bench.happened", fmt::format(R"({{"n":{}}})", i), 0})) ++failed;
    Json run;
    const bool ended = wait_for([&] {
      const Json list = json_of(get(server.port, "/api/runs?projectId=1&limit=1"));
      const Json runs = list.is_array() ? list : list.value("runs", Json::array());
      if (runs.empty() || string_member(runs[0], "status") != "SUCCESS") return false;
      run = json_of(get(server.port, "/api/runs/" + string_member(runs[0], "id")));
      return run.value("contextJson", Json::object()).dump().find(fmt::format(R"("n":{})", i)) != std::string::npos;
    });
    if (!ended) {
      ++failed;
      continue;
    }
    const double passed = ms_of_day(string_member(run["agentRuns"][0], "startedAt")) - ms_of_day(iso8601(published_ms));
    times.push_back(passed < 0 ? passed + kDay_ms : passed);
  }
  report.add("event on NATS to agent started: p50", quantile(times, 0.5), "ms");
  report.add("event on NATS to agent started: p95", quantile(times, 0.95), "ms");
}

}  // namespace commandcenter::bench
