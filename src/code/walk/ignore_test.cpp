// Patterns one by one; walk_test.cpp compares whole trees with git.
#include "code/walk/ignore.h"

#include <gtest/gtest.h>

namespace commandcenter::code {
namespace {

TEST(Ignore, patterns_follow_git) {
  const auto ignored = [](std::string_view rules, std::string_view path, bool folder = false) {
    return IgnoreFile(rules).judge(path, folder) == IgnoreFile::Verdict::kIgnored;
  };
  EXPECT_TRUE(ignored("*.log", "a/b.log"));
  EXPECT_FALSE(ignored("*.log\n!b.log", "a/b.log"));
  EXPECT_TRUE(ignored("!b.log\n*.log", "a/b.log"));
  EXPECT_TRUE(ignored("/a", "a"));
  EXPECT_FALSE(ignored("/a", "b/a"));
  EXPECT_TRUE(ignored("a/", "b/a", true));
  EXPECT_FALSE(ignored("a/", "b/a", false));
  EXPECT_TRUE(ignored("a/b", "a/b"));
  EXPECT_FALSE(ignored("a/b", "c/a/b"));
  EXPECT_FALSE(ignored("a/*", "a/b/c"));
  EXPECT_TRUE(ignored("a/**", "a/b/c"));
  EXPECT_FALSE(ignored("a/**", "a", true));
  EXPECT_TRUE(ignored("**/b/c", "b/c"));
  EXPECT_TRUE(ignored("a/**/c", "a/c"));
  EXPECT_TRUE(ignored("a/**/c", "a/x/y/c"));
  EXPECT_TRUE(ignored("\\#a", "#a"));
  EXPECT_TRUE(ignored("\\!a", "!a"));
  EXPECT_TRUE(ignored("a?c", "abc"));
  EXPECT_TRUE(ignored("[a-c]x", "bx"));
  EXPECT_FALSE(ignored("[!a-c]x", "bx"));
  EXPECT_TRUE(ignored("a \r\n", "a"));
  EXPECT_FALSE(ignored("\n# x\n", "x"));
}

TEST(Ignore, stars_cost_no_more_than_pattern_times_text) {
  std::string pattern;
  for (int i = 0; i < 200; ++i)
    pattern += "*a";
  EXPECT_FALSE(segment_matches(pattern + "b", std::string(5000, 'a')));
}

}  // namespace
}  // namespace commandcenter::code
