#include "observe/metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <span>
#include <unordered_map>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace commandcenter::observe {
namespace {

using prometheus::Counter;
using prometheus::Histogram;
using Labels = prometheus::Labels;

constexpr const char* kOther = "other";

// From a request to a workflow that takes an hour.
const Histogram::BucketBoundaries& duration_buckets_ms() {
  static const Histogram::BucketBoundaries bounds{1,      5,      10,      25,      50,        100,
                                                  250,    500,    1'000,   2'500,   5'000,     10'000,
                                                  30'000, 60'000, 120'000, 300'000, 1'800'000, 3'600'000};
  return bounds;
}

// Of what happens for each run, and should take less than one does.
const Histogram::BucketBoundaries& turn_buckets_ms() {
  static const Histogram::BucketBoundaries bounds{0.1, 0.25, 0.5, 1,   2.5,   5,     10,    25,
                                                  50,  100,  250, 500, 1'000, 5'000, 30'000};
  return bounds;
}

// The ends that a run or an attempt may have. All series of a workflow or agent begin at zero together: rates cannot
// see the first step of a series that begins at one.
constexpr const char* kRunEnds[] = {"SUCCESS", "FAILED", "CANCELLED"};
constexpr const char* kAttemptEnds[] = {"SUCCESS", "FAILED"};

std::string key_of(const Labels& labels) {
  std::string key;
  for (const auto& [name, value] : labels)
    key.append(value).append(1, '\0');
  return key;
}

// One metric with its series. Of the labels, `open` are those whose values come from outside and may be replaced.
template <typename T>
class Bounded {
 public:
  Bounded(prometheus::Family<T>& family, std::vector<std::string> open) : family_(family), open_(std::move(open)) {}

  T& at(Labels labels) { return *find(std::move(labels)).series; }

  struct Found {
    T* series = nullptr;
    bool is_new = false;
  };
  Found find(Labels labels) {
    const std::string key = key_of(labels);
    const std::lock_guard lock(mutex_);
    if (const auto known = series_.find(key); known != series_.end()) return {known->second, false};
    if (series_.size() < kMaxSeries - kSpare) return {add(key, labels), true};
    for (const std::string& name : open_)
      labels[name] = kOther;
    const std::string folded = key_of(labels);
    if (const auto known = series_.find(folded); known != series_.end()) return {known->second, false};
    return {add(folded, labels), true};
  }

 private:
  static constexpr std::size_t kSpare = 50;  // for the combinations of the other labels, which are few

  T* add(const std::string& key, const Labels& labels) {
    T* made = nullptr;
    if constexpr (std::is_same_v<T, Histogram>)
      made = &family_.Add(labels, duration_buckets_ms());
    else
      made = &family_.Add(labels);
    series_.emplace(key, made);
    return made;
  }

  prometheus::Family<T>& family_;
  const std::vector<std::string> open_;
  std::mutex mutex_;
  std::unordered_map<std::string, T*> series_;
};

std::string_view known_method(std::string_view method) {
  for (const std::string_view known : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    if (method == known) return known;
  }
  return kOther;
}

Labels labels_of(const AgentAction& of) {
  return {{"agent_id", of.agent_id}, {"agent_name", of.agent_name}, {"action", of.action}};
}

void count(Bounded<Counter>& counters, Labels labels, std::span<const char* const> ends, const std::string& end) {
  labels["status"] = end;
  const auto [counter, is_new] = counters.find(labels);
  counter->Increment();
  if (!is_new) return;
  for (const char* other : ends) {
    labels["status"] = other;
    counters.at(labels);
  }
}

// The smallest of what the machine has and what the control groups above this process allow; 0: unknown.
std::uint64_t memory_limit_bytes() {
  std::uint64_t limit = static_cast<std::uint64_t>(std::max(0L, ::sysconf(_SC_PHYS_PAGES))) *
                        static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::string line;
  std::ifstream groups("/proc/self/cgroup");
  while (std::getline(groups, line) && !line.starts_with("0::")) {
  }
  if (!line.starts_with("0::/")) return limit;
  for (std::string group = line.substr(3); !group.empty(); group.resize(group.rfind('/'))) {
    std::uint64_t bytes = 0;
    if (std::ifstream("/sys/fs/cgroup" + group + "/memory.max") >> bytes) limit = std::min(limit, bytes);
  }
  return limit;
}

prometheus::MetricFamily family_of(const Reading& reading) {
  prometheus::MetricFamily family;
  family.name = reading.name;
  family.help = reading.help;
  family.type = reading.is_counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
  return family;
}

}  // namespace

struct Metrics::Families {
  prometheus::Registry registry;

  prometheus::Family<Counter>& counter(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  }
  prometheus::Family<Histogram>& histogram(const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
  }

  Bounded<Counter> runs{counter("workflow_runs_total", "Runs that ended"),
                        {"workflow_id", "workflow_name", "trigger_type"}};
  Bounded<Histogram> run_duration{
      histogram("workflow_duration", "From the start of a run to its end in milliseconds, waits for people left out"),
      {"workflow_id", "workflow_name"}};
  Bounded<Counter> attempts{counter("agent_runs_total", "Attempts of agents that ended"),
                            {"agent_id", "agent_name", "action"}};
  Bounded<Histogram> attempt_duration{histogram("agent_duration", "Of attempts of agents, in milliseconds"),
                                      {"agent_id", "agent_name", "action"}};
  Bounded<Counter> errors{counter("agent_errors_total", "Attempts of agents that failed, by reason"),
                          {"agent_id", "agent_name", "error_type"}};
  Bounded<Counter> retries{counter("agent_retry_count", "Attempts that are made again after a failure"),
                           {"agent_id", "agent_name", "action"}};
  Bounded<Histogram> approval_wait{
      histogram("workflow_approval_wait_time", "From the request of an approval to its decision, in milliseconds"), {}};
  Bounded<Histogram> requests{histogram("http_server_duration", "Of HTTP requests, in milliseconds"), {"http_route"}};
  prometheus::Gauge& active_requests = prometheus::BuildGauge()
                                           .Name("http_server_active_requests")
                                           .Help("Requests that are not answered yet")
                                           .Register(registry)
                                           .Add({});
  Histogram& commits = histogram("db_client_operation_duration", "Of transactions of the store, in milliseconds")
                           .Add({{"operation", "commit"}}, turn_buckets_ms());
  Histogram& turns = histogram("engine_turn_duration",
                               "How long the engine's thread was busy at once, in milliseconds; messages wait as long")
                         .Add({}, turn_buckets_ms());
};

Metrics::Metrics() : families_(std::make_unique<Families>()) {}
Metrics::~Metrics() = default;

void Metrics::run_ended(const RunEnd& end) {
  const Labels workflow{{"workflow_id", end.workflow_id}, {"workflow_name", end.workflow_name}};
  Labels labels = workflow;
  labels["trigger_type"] = end.trigger;
  count(families_->runs, std::move(labels), kRunEnds, end.status);
  labels = workflow;
  labels["status"] = end.status;
  families_->run_duration.at(std::move(labels)).Observe(static_cast<double>(end.duration_ms));
}

void Metrics::attempt_ended(const AttemptEnd& end) {
  Labels labels = labels_of(end.of);
  const std::string status = end.success ? "SUCCESS" : "FAILED";
  count(families_->attempts, labels, kAttemptEnds, status);
  labels["status"] = status;
  families_->attempt_duration.at(labels).Observe(static_cast<double>(end.duration_ms));
  if (end.success) return;
  families_->errors.at({{"agent_id", end.of.agent_id}, {"agent_name", end.of.agent_name}, {"error_type", end.reason}})
      .Increment();
}

void Metrics::attempt_retried(const AgentAction& of) {
  families_->retries.at(labels_of(of)).Increment();
}

void Metrics::approval_decided(std::string_view status, std::int64_t wait_ms) {
  families_->approval_wait.at({{"status", std::string(status)}}).Observe(static_cast<double>(wait_ms));
}

void Metrics::request_answered(std::string_view method, std::string_view route, int status, double duration_ms) {
  families_->requests
      .at({{"http_method", std::string(known_method(method))},
           {"http_route", std::string(route)},
           {"http_status_code", std::to_string(status)}})
      .Observe(duration_ms);
  families_->active_requests.Decrement();
}

void Metrics::request_began() {
  families_->active_requests.Increment();
}

void Metrics::request_abandoned() {
  families_->active_requests.Decrement();
}

void Metrics::committed(double duration_ms) {
  families_->commits.Observe(duration_ms);
}

void Metrics::engine_turned(double duration_ms) {
  families_->turns.Observe(duration_ms);
}

std::string Metrics::text(const std::vector<Reading>& now) const {
  std::vector<prometheus::MetricFamily> all = families_->registry.Collect();
  for (const Reading& reading : now) {
    if (all.empty() || all.back().name != reading.name) all.push_back(family_of(reading));
    prometheus::ClientMetric& metric = all.back().metric.emplace_back();
    for (const auto& [name, value] : reading.labels)
      metric.label.push_back({name, value});
    (reading.is_counter ? metric.counter.value : metric.gauge.value) = reading.value;
  }
  return prometheus::TextSerializer().Serialize(all);
}

std::vector<Reading> process_readings() {
  std::vector<Reading> readings;
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  readings.push_back({"process_cpu_seconds_total",
                      "Processor time of the server",
                      seconds(usage.ru_utime) + seconds(usage.ru_stime),
                      {},
                      true});
  long pages = 0;
  long resident = 0;
  if (std::ifstream("/proc/self/statm") >> pages >> resident) {
    readings.push_back({"process_resident_memory_bytes", "Resident memory of the server",
                        static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE))});
  }
  if (const auto limit = memory_limit_bytes(); limit > 0) {
    readings.push_back({"process_memory_limit_bytes",
                        "Memory that it may take: of its control group, or of the machine",
                        static_cast<double>(limit)});
  }
  std::error_code error;
  const auto descriptors = std::filesystem::directory_iterator("/proc/self/fd", error);
  if (!error) {
    readings.push_back({"process_open_fds", "Open descriptors of the server",
                        static_cast<double>(std::distance(begin(descriptors), end(descriptors)))});
  }
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
    readings.push_back({"process_max_fds", "Descriptors that it may open", static_cast<double>(limit.rlim_cur)});
  return readings;
}

}  // namespace commandcenter::observe
