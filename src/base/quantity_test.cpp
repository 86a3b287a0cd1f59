#include "base/quantity.h"

#include <gtest/gtest.h>

namespace commandcenter {
namespace {

TEST(ParseDuration, reads_units_sums_and_seconds) {
  EXPECT_EQ(*parse_duration_ms("250ms"), 250);
  EXPECT_EQ(*parse_duration_ms("30s"), 30'000);
  EXPECT_EQ(*parse_duration_ms("1h30m"), 5'400'000);
  EXPECT_EQ(*parse_duration_ms("1.5s"), 1'500);
  EXPECT_EQ(*parse_duration_ms(2), 2'000);
}

TEST(ParseDuration, refuses_what_is_no_duration) {
  for (const Json& bad : {Json("30"), Json("s"), Json(""), Json("5 minutes"), Json(-1), Json(true), Json("-5s"),
                          Json("1e300s"), Json("inf")}) {
    EXPECT_FALSE(parse_duration_ms(bad)) << bad;
  }
}

TEST(ParseSize, reads_binary_units) {
  EXPECT_EQ(*parse_size_bytes("512MB"), 512LL << 20);
  EXPECT_EQ(*parse_size_bytes("1GiB"), 1LL << 30);
  EXPECT_EQ(*parse_size_bytes(4096), 4096);
  EXPECT_FALSE(parse_size_bytes("12 parsecs"));
}

TEST(Format, is_readable) {
  EXPECT_EQ(format_duration(850), "850 ms");
  EXPECT_EQ(format_duration(12'340), "12.3 s");
  EXPECT_EQ(format_duration(245'000), "4 min 5 s");
  EXPECT_EQ(format_size(16LL << 20), "16 MiB");
  EXPECT_EQ(format_size(812), "812 bytes");
}

}  // namespace
}  // namespace commandcenter
