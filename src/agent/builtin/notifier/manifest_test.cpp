// What the notifier says of itself.
#include "agent/builtin/notifier/notifier.h"

#include <gtest/gtest.h>

namespace commandcenter::notifier {
namespace {

TEST(Manifest, names_both_actions_with_schemas) {
  const Json json = manifest();
  EXPECT_EQ(string_member(json, "name"), "notifier");
  EXPECT_EQ(dump_json(json["sandbox"]), R"({"network":["*"]})");
  ASSERT_EQ(json["actions"].size(), 2U);
  EXPECT_EQ(string_member(json["actions"][0], "name"), "send");
  EXPECT_EQ(string_member(json["actions"][1], "name"), "notify");
  for (const Json& action : json["actions"]) {
    EXPECT_EQ(string_member(action["outputSchema"], "type"), "object");
    const Json& said = action["inputSchema"]["properties"]["message"]["type"];
    EXPECT_EQ(dump_json(said), R"(["string","number","boolean","object","array"])") << "all but null";
    EXPECT_EQ(dump_json(action["inputSchema"]["properties"]["metadata"]["type"]), R"(["object","null"])");
  }
}

}  // namespace
}  // namespace commandcenter::notifier
