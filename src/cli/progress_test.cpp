#include "cli/progress.h"

#include <gtest/gtest.h>

namespace commandcenter::cli {
namespace {

constexpr std::int64_t kNoon_ms = 1'769'860'800'000;  // 2026-01-31T12:00:00Z

class HandClock final : public Clock {
 public:
  std::int64_t wall_ms() override { return now_ms; }
  std::int64_t monotonic_ms() override { return now_ms; }

  std::int64_t now_ms = kNoon_ms;
};

Json change(const std::string& node, const std::string& status, std::int64_t at_ms) {
  return {{"at", iso8601(at_ms)}, {"nodes", {{{"nodeId", node}, {"status", status}}}}};
}

// What is printed for these events, and for a last look at the running ones.
std::string printed(Progress& progress, const std::vector<Json>& events) {
  testing::internal::CaptureStdout();
  for (const Json& event : events)
    progress.event(event);
  progress.tick();
  return testing::internal::GetCapturedStdout();
}

TEST(Progress, a_run_watched_late_took_as_long_as_it_took) {
  HandClock clock;
  Progress progress(clock, {});
  const std::string text = printed(
      progress, {change("scan", "RUNNING", kNoon_ms - 60'000 - 1'500), change("scan", "SUCCESS", kNoon_ms - 60'000)});
  EXPECT_NE(text.find("SUCCESS in 1.5 s"), std::string::npos) << text;
}

TEST(Progress, what_runs_is_shown_since_it_began) {
  HandClock clock;
  Progress progress(clock, {.has_last_line = true});
  const std::string text = printed(progress, {change("scan", "RUNNING", kNoon_ms - 2'500)});
  EXPECT_NE(text.find("scan 2.5 s"), std::string::npos) << text;
}

TEST(Progress, a_clock_that_is_ahead_gives_no_negative_time) {
  HandClock clock;
  Progress progress(clock, {.has_last_line = true});
  const std::string text = printed(progress, {change("scan", "RUNNING", kNoon_ms + 9'000)});
  EXPECT_NE(text.find("scan 0 ms"), std::string::npos) << text;
}

TEST(Progress, the_last_line_is_one_line) {
  HandClock clock;
  Progress progress(clock, {.has_last_line = true});
  std::vector<Json> events;
  for (int i = 0; i < 20; ++i)
    events.push_back(change("a-node-with-a-name-" + std::to_string(i), "RUNNING", kNoon_ms));
  const std::string text = printed(progress, events);
  const std::string last = text.substr(text.rfind("\033[K") + 3);
  EXPECT_LE(last.size(), 79 + 4) << last;  // the spinner and the dots are three bytes each
  EXPECT_TRUE(last.ends_with("…")) << last;
  EXPECT_NE(last.find("a-node-with-a-name-0 0 ms"), std::string::npos) << last;
}

}  // namespace
}  // namespace commandcenter::cli
