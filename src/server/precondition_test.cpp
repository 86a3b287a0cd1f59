#include "server/precondition.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace commandcenter::server {
namespace {

Request with(const std::string& tags) {
  Request request;
  request.headers["if-match"] = tags;
  return request;
}

TEST(PreconditionTest, without_one_any_version_is_meant) {
  EXPECT_FALSE(has_precondition(Request{}));
  EXPECT_TRUE(accepts_version(Request{}, 3));
}

TEST(PreconditionTest, the_current_version_is_one_of_those_listed) {
  for (const char* tags : {"\"3\"", " \"3\" ", "\"1\", \"3\"", "\"1\",\"3\",", "W/\"3\"", "*"})
    EXPECT_TRUE(accepts_version(with(tags), 3)) << tags;
  for (const char* tags : {"", ",", "\"2\"", "\"33\"", "\"3", "W/\"2\"", "\"1\", \"2\"", "\"*\""}) {
    EXPECT_TRUE(has_precondition(with(tags))) << tags;
    EXPECT_FALSE(accepts_version(with(tags), 3)) << tags;
  }
}

TEST(PreconditionTest, what_an_answer_is_tagged_with_is_accepted_again) {
  Response response;
  add_version_tag(response, 12);
  ASSERT_EQ(response.headers.size(), 1U);
  EXPECT_EQ(response.headers[0].first, "ETag");
  EXPECT_TRUE(accepts_version(with(response.headers[0].second), 12));
}

TEST(PreconditionTest, a_refusal_tells_what_there_is_now) {
  store::WorkflowRow row;
  row.version = 4;
  row.updated_at_ms = 1'000;
  const Response response = refuse_outdated(row, "r");
  EXPECT_EQ(response.status, 412);
  const Json body = parse_json(response.body).value();
  EXPECT_EQ(body["code"], "outdated");
  EXPECT_EQ(body["currentVersion"], 4);
  EXPECT_EQ(body["currentUpdatedAt"], "1970-01-01T00:00:01.000Z");
}

}  // namespace
}  // namespace commandcenter::server
