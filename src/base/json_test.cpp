#include "base/json.h"

#include <gtest/gtest.h>

namespace commandcenter {
namespace {

TEST(ParseJson, keeps_member_order_and_takes_the_last_of_duplicates) {
  const auto parsed = parse_json(R"({"b":1,"a":{"z":[1,2.5,"x",null,true]},"b":2})");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(dump_json(*parsed), R"({"b":2,"a":{"z":[1,2.5,"x",null,true]}})");
}

TEST(ParseJson, is_linear_in_the_number_of_members) {
  std::string text = "{";
  for (int i = 0; i < 200'000; ++i)
    text += (i > 0 ? ",\"k" : "\"k") + std::to_string(i) + "\":1";
  const auto parsed = parse_json(text + "}");  // a quadratic parser would need minutes
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->size(), 200'000U);
}

TEST(ParseJson, names_line_and_column) {
  const auto parsed = parse_json("{\n  \"a\" 1}");
  ASSERT_FALSE(parsed);
  EXPECT_NE(parsed.error().message.find("line 2"), std::string::npos) << parsed.error().message;
}

TEST(ParseJson, refuses_depth_trailing_text_and_bad_utf8) {
  EXPECT_TRUE(parse_json(std::string(64, '[') + std::string(64, ']')));
  EXPECT_FALSE(parse_json(std::string(65, '[') + std::string(65, ']')));
  EXPECT_FALSE(parse_json("{} {}"));
  EXPECT_FALSE(parse_json(std::string_view("{}\0garbage", 10)));
  EXPECT_FALSE(parse_json("\"\xff\""));
  EXPECT_FALSE(parse_json(""));
}

TEST(CanonicalJson, ignores_member_order) {
  EXPECT_EQ(canonical_json(*parse_json(R"({"b":[{"y":1,"x":2}],"a":"é"})")),
            canonical_json(*parse_json(R"({"a":"é","b":[{"x":2,"y":1}]})")));
}

}  // namespace
}  // namespace commandcenter
