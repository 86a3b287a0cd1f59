#include "observe/log.h"

#include <unistd.h>

#include <array>

#include <gtest/gtest.h>

namespace commandcenter::observe {
namespace {

class FixedClock final : public Clock {
 public:
  std::int64_t wall_ms() override { return 1'700'000'000'123; }
  std::int64_t monotonic_ms() override { return 0; }
};

TEST(Log, writes_one_json_object_a_line_from_its_level_up) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  FixedClock clock;
  Log log(clock, pipe[1], Level::kInfo);
  log.debug("not seen");
  log.warn("line\nbreak", {{"run", "r1"}, {"bytes", "\xff"}});
  ::close(pipe[1]);
  std::array<char, 512> text{};
  const auto length = ::read(pipe[0], text.data(), text.size());
  ::close(pipe[0]);
  ASSERT_GT(length, 0);
  const std::string_view line(text.data(), static_cast<std::size_t>(length));
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const auto parsed = parse_json(line);
  ASSERT_TRUE(parsed) << line;
  EXPECT_EQ((*parsed)["time"], "2023-11-14T22:13:20.123Z");
  EXPECT_EQ((*parsed)["level"], "warn");
  EXPECT_EQ((*parsed)["run"], "r1");
}

}  // namespace
}  // namespace commandcenter::observe
