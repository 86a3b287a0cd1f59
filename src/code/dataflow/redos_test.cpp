// Which expressions take exponential time.
#include "code/dataflow/redos.h"

#include <gtest/gtest.h>

namespace commandcenter::code::dataflow {
namespace {

TEST(Redos, repetitions_in_repetitions_are_slow_when_something_behind_can_fail) {
  for (const char* pattern : {"^(a+)+$", "/^(a+)+$/i", "(a*)*b", "([a-zA-Z]+)*$", "(\\w+\\s?)+$", "(.*)*x", "(a|a)*$",
                              "(\\w|\\d)+;", "^((a+)+)$", "(?:a+){2,}$", "(\\s|.)*z"}) {
    EXPECT_TRUE(is_exponential(pattern, false)) << pattern;
  }
}

TEST(Redos, others_are_not) {
  for (const char* pattern :
       {"^[a-z]+$", "(a+)+", "(ab)+$", "(\\d+,)+$", "(a|b)*$", "(?>a+)+$", "(a++)+$", "^a{1,3}$", "(\\w+\\.)*\\w+$",
        "[(a+)+]$", "\\(a+\\)+$", "(", ")", "[", "(a+", "((((((((((((((((a", "[\xC3\xA9-\xC3\xBC]+(\xE2\x82\xAC)*$"}) {
    EXPECT_FALSE(is_exponential(pattern, false)) << pattern;
  }
  EXPECT_TRUE(is_exponential("(a+)+", true));
}

}  // namespace
}  // namespace commandcenter::code::dataflow
