#include "cli/output.h"

#include <gtest/gtest.h>

namespace commandcenter::cli {
namespace {

TEST(Output, a_text_is_cut_by_characters_to_what_fits) {
  EXPECT_EQ(cut_to("scan 3 s", 8), "scan 3 s");
  EXPECT_EQ(cut_to("scan 3 s", 7), "scan 3…");
  EXPECT_EQ(cut_to("ääää", 4), "ääää");
  EXPECT_EQ(cut_to("ääää", 3), "ää…");
  EXPECT_EQ(cut_to("ab", 1), "…");
  EXPECT_EQ(cut_to("ab", 0), "");
  EXPECT_EQ(cut_to("", 0), "");
}

}  // namespace
}  // namespace commandcenter::cli
