#include "base/regex.h"

#include <gtest/gtest.h>

namespace commandcenter {
namespace {

TEST(Regex, search_gives_positions_and_groups_from_an_offset) {
  const auto regex = Regex::compile(R"((\w)=(\d+)|(z))");
  ASSERT_TRUE(regex);
  const std::string_view text = "a=1 b=22 z";
  const auto first = regex->search(text, 0);
  ASSERT_TRUE(first);
  EXPECT_EQ((*first)[0], "a=1");
  const auto second = regex->search(text, 3);
  ASSERT_TRUE(second);
  EXPECT_EQ((*second)[0].data() - text.data(), 4);
  EXPECT_EQ((*second)[1], "b");
  EXPECT_EQ((*second)[2], "22");
  EXPECT_EQ((*second)[3].data(), nullptr);
  ASSERT_TRUE(regex->search(text, 8));
  EXPECT_FALSE(regex->search(text, 10));
  EXPECT_FALSE(regex->search(text, 11));
}

TEST(Regex, search_sees_the_text_before_the_offset) {
  const auto regex = Regex::compile(R"(\bkey)");
  ASSERT_TRUE(regex);
  EXPECT_FALSE(regex->search("monkey", 3));
  EXPECT_TRUE(regex->search("mon key", 3));
}

}  // namespace
}  // namespace commandcenter
