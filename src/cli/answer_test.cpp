#include "cli/answer.h"

#include <gtest/gtest.h>

namespace commandcenter::cli {
namespace {

const Needs kRuns{Kind::kObject, {{"runs", Kind::kList, {{"id"}, {"attempt", Kind::kInteger}}}}};

TEST(Answer, that_has_what_is_needed_may_have_more) {
  EXPECT_EQ(mistake_in({{"runs", Json::array()}}, kRuns), "");
  EXPECT_EQ(mistake_in({{"runs", {{{"id", "a"}, {"attempt", 1}, {"error", nullptr}}}}, {"next", 2}}, kRuns), "");
}

TEST(Answer, tells_the_place_of_what_is_missing) {
  EXPECT_EQ(mistake_in(Json::object(), kRuns), "runs is missing");
  EXPECT_EQ(mistake_in({{"runs", "none"}}, kRuns), "runs is not a list");
  EXPECT_EQ(mistake_in({{"runs", {{{"id", "a"}, {"attempt", 1}}, {{"id", "b"}}}}}, kRuns),
            "runs[1].attempt is missing");
  EXPECT_EQ(mistake_in({{"runs", {{{"id", ""}, {"attempt", 1}}}}}, kRuns), "runs[0].id is not a text");
  EXPECT_EQ(mistake_in({{"runs", {7}}}, kRuns), "runs[0] is not an object");
}

TEST(Answer, of_another_kind_is_told_as_a_whole) {
  EXPECT_EQ(mistake_in(Json::array(), kRuns), "it is not an object");
  EXPECT_EQ(mistake_in(nullptr, {Kind::kList}), "it is not a list");
  EXPECT_EQ(mistake_in("ok", {Kind::kNothing}), "it is not nothing");
}

}  // namespace
}  // namespace commandcenter::cli
