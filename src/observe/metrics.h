// What the server counts, in the text format of Prometheus. Names and labels of the first six are those that dashboards
// of such services query; times are in milliseconds.
//
// A metric keeps at most kMaxSeries series: further combinations of labels are counted under "other", so that neither
// ten thousand workflows nor invented event types cost memory without end. Everything starts at zero with the process.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace commandcenter::observe {

inline constexpr std::size_t kMaxSeries = 500;  // of one metric

struct RunEnd {
  std::string workflow_id;
  std::string workflow_name;
  std::string trigger;           // what started it
  std::string status;            // "SUCCESS", "FAILED", "CANCELLED"
  std::int64_t duration_ms = 0;  // without what people took to decide
};

struct AgentAction {
  std::string agent_id;
  std::string agent_name;
  std::string action;
};

struct AttemptEnd {
  AgentAction of;
  bool success = false;
  std::string reason;  // the machine word of a failure
  std::int64_t duration_ms = 0;
};

// Real time, for figures only: what is decided by time asks the Clock.
class Stopwatch {
 public:
  double ms() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - from_).count();
  }

 private:
  std::chrono::steady_clock::time_point from_ = std::chrono::steady_clock::now();
};

// What is so now, in contrast to what was counted.
struct Reading {
  std::string name;
  std::string help;
  double value = 0;
  std::vector<std::pair<std::string, std::string>> labels{};
  bool is_counter = false;  // only grows
};

// Thread-safe.
class Metrics {
 public:
  Metrics();
  ~Metrics();

  void run_ended(const RunEnd& end);
  void attempt_ended(const AttemptEnd& end);
  void attempt_retried(const AgentAction& of);
  void approval_decided(std::string_view status, std::int64_t wait_ms);
  void request_began();
  // Once for each that began. `route` is the pattern, e.g. "/api/runs/:id"; empty when there was none.
  void request_answered(std::string_view method, std::string_view route, int status, double duration_ms);
  void request_abandoned();  // instead: nobody will answer it
  // One transaction of the store.
  void committed(double duration_ms);
  // What the engine's thread did at once; whatever arrived meanwhile waited as long.
  void engine_turned(double duration_ms);

  // The text format 0.0.4. Readings of one name stand one after the other.
  std::string text(const std::vector<Reading>& now) const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

// Memory, processor time, descriptors and start of this process, under the names that Prometheus' clients use.
std::vector<Reading> process_readings();

}  // namespace commandcenter::observe
