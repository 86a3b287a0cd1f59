#include "observe/metrics.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace commandcenter::observe {
namespace {

std::int64_t lines_of(const std::string& text, const std::string& start) {
  std::int64_t count = 0;
  for (std::size_t at = 0; (at = text.find("\n" + start, at)) != std::string::npos; ++at)
    ++count;
  return count;
}

bool has_line(const std::string& text, const std::string& line) {
  return text.find("\n" + line + "\n") != std::string::npos;
}

TEST(Metrics, counts_runs_under_their_labels) {
  Metrics metrics;
  metrics.run_ended({"w", "nightly", "manual", "SUCCESS", 40});
  metrics.run_ended({"w", "nightly", "manual", "SUCCESS", 400'000});
  metrics.run_ended({"w", "nightly", "manual", "FAILED", 1});
  const std::string text = metrics.text({});
  EXPECT_TRUE(has_line(text, "# TYPE workflow_runs_total counter"));
  EXPECT_TRUE(has_line(
      text, R"(workflow_runs_total{status="SUCCESS",trigger_type="manual",workflow_id="w",workflow_name="nightly"} 2)"))
      << text;
  EXPECT_TRUE(has_line(
      text, R"(workflow_runs_total{status="FAILED",trigger_type="manual",workflow_id="w",workflow_name="nightly"} 1)"));
  // All ends of a workflow begin together: a rate cannot see the first step of a series that begins at one.
  EXPECT_TRUE(has_line(
      text,
      R"(workflow_runs_total{status="CANCELLED",trigger_type="manual",workflow_id="w",workflow_name="nightly"} 0)"));
  // Buckets reach minutes: a run of 400 seconds is not lost in the last one.
  EXPECT_TRUE(has_line(
      text, R"(workflow_duration_bucket{status="SUCCESS",workflow_id="w",workflow_name="nightly",le="300000"} 1)"));
  EXPECT_TRUE(has_line(
      text, R"(workflow_duration_bucket{status="SUCCESS",workflow_id="w",workflow_name="nightly",le="1800000"} 2)"));
  EXPECT_TRUE(
      has_line(text, R"(workflow_duration_sum{status="SUCCESS",workflow_id="w",workflow_name="nightly"} 400040)"));
}

TEST(Metrics, counts_attempts_failures_and_retries) {
  Metrics metrics;
  const AgentAction scan{"id", "scanner", "scan"};
  metrics.attempt_ended({scan, true, "", 12});
  metrics.attempt_ended({scan, false, "timeout", 300'000});
  metrics.attempt_retried(scan);
  metrics.approval_decided("APPROVED", 2'000);
  const std::string text = metrics.text({});
  const std::string of = R"(action="scan",agent_id="id",agent_name="scanner")";
  EXPECT_TRUE(has_line(text, fmt::format(R"(agent_runs_total{{{},status="FAILED"}} 1)", of))) << text;
  EXPECT_TRUE(has_line(text, R"(agent_errors_total{agent_id="id",agent_name="scanner",error_type="timeout"} 1)"));
  EXPECT_TRUE(has_line(text, fmt::format("agent_retry_count{{{}}} 1", of)));
  EXPECT_TRUE(has_line(text, R"(workflow_approval_wait_time_sum{status="APPROVED"} 2000)"));
}

// Pitfall B24.
TEST(Metrics, keeps_a_number_of_series_whatever_comes) {
  Metrics metrics;
  for (int i = 0; i < 10'000; ++i) {
    metrics.run_ended({fmt::format("w{}", i), "n", fmt::format("event-{}", i), i % 2 == 0 ? "SUCCESS" : "FAILED", 1});
    metrics.attempt_ended({{fmt::format("a{}", i), "n", "x"}, false, fmt::format("r{}", i), 1});
    metrics.request_answered(fmt::format("M{}", i), fmt::format("/{}", i), 200 + i % 20, 1);
  }
  const std::string text = metrics.text({});
  for (const char* name : {"workflow_runs_total", "agent_runs_total", "agent_errors_total", "workflow_duration_count",
                           "agent_duration_count", "http_server_duration_count"}) {
    EXPECT_LE(lines_of(text, std::string(name) + "{"), static_cast<std::int64_t>(kMaxSeries)) << name;
  }
  EXPECT_NE(
      text.find(
          R"(workflow_runs_total{status="FAILED",trigger_type="other",workflow_id="other",workflow_name="other"})"),
      std::string::npos);
}

TEST(Metrics, text_of_others_cannot_forge_a_series) {
  Metrics metrics;
  metrics.run_ended({"w\"} 1\nforged{x=\"\\", "n", "manual", "SUCCESS", 1});
  EXPECT_EQ(lines_of(metrics.text({}), "forged"), 0);
}

TEST(Metrics, shows_what_is_so_now) {
  Metrics metrics;
  const std::string text = metrics.text({{"workflows_active", "Runs that have not ended", 3},
                                         {"queue", "Waiting", 1, {{"of", "a"}}},
                                         {"queue", "Waiting", 2, {{"of", "b"}}}});
  EXPECT_TRUE(has_line(text, "workflows_active 3")) << text;
  EXPECT_TRUE(has_line(text, R"(queue{of="b"} 2)"));
  EXPECT_EQ(lines_of(text, "# TYPE queue"), 1);
}

TEST(Metrics, counts_requests_that_are_not_answered) {
  Metrics metrics;
  for (int i = 0; i < 3; ++i)
    metrics.request_began();
  metrics.request_answered("GET", "/api/runs", 200, 1);
  metrics.request_abandoned();
  EXPECT_TRUE(has_line(metrics.text({}), "http_server_active_requests 1"));
}

TEST(Metrics, shows_what_the_engine_and_the_store_take) {
  Metrics metrics;
  metrics.committed(0.3);
  metrics.engine_turned(700);
  const std::string text = metrics.text({});
  EXPECT_TRUE(has_line(text, R"(db_client_operation_duration_bucket{operation="commit",le="0.25"} 0)")) << text;
  EXPECT_TRUE(has_line(text, R"(db_client_operation_duration_bucket{operation="commit",le="0.5"} 1)"));
  EXPECT_TRUE(has_line(text, R"(engine_turn_duration_sum 700)"));
}

TEST(Metrics, knows_its_process) {
  const std::vector<Reading> readings = process_readings();
  const auto memory = std::find_if(readings.begin(), readings.end(), [](const Reading& reading) {
    return reading.name == "process_resident_memory_bytes";
  });
  ASSERT_NE(memory, readings.end());
  EXPECT_GT(memory->value, 1'000'000);
  const auto limit = std::find_if(readings.begin(), readings.end(),
                                  [](const Reading& reading) { return reading.name == "process_memory_limit_bytes"; });
  ASSERT_NE(limit, readings.end());
  EXPECT_GT(limit->value, memory->value);
}

}  // namespace
}  // namespace commandcenter::observe
