#include "agent/builtin/builtin.h"

#include <gtest/gtest.h>

namespace commandcenter::builtin {
namespace {

TEST(Builtins, have_complete_manifests) {
  ASSERT_GE(builtins().size(), 6U);
  for (const Builtin& agent : builtins()) {
    EXPECT_EQ(agent.name, string_member(agent.manifest, "name"));
    for (const char* key : {"name", "version", "description", "type", "riskLevel", "runtime", "effects"}) {
      EXPECT_FALSE(string_member(agent.manifest, key).empty()) << agent.name << " " << key;
    }
    for (const Json& action : agent.manifest["actions"]) {
      for (const char* schema : {"inputSchema", "outputSchema"}) {
        EXPECT_EQ(string_member(action[schema], "type"), "object") << agent.name << " " << schema;
        EXPECT_NE(action[schema].value("additionalProperties", Json(true)), Json(false));
      }
    }
  }
}

TEST(Builtins, are_found_by_name_and_run) {
  EXPECT_EQ(find_builtin("scanner"), nullptr);
  const Builtin* notifier = find_builtin("notifier");
  ASSERT_NE(notifier, nullptr);
  std::string log;
  const auto answer = notifier->run("send", {{"channel", "console"}, {"message", "hello"}}, "",
                                    [&](std::string_view line) { log += line; });
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(log, "ℹ️ [INFO] hello");

  const Builtin* scanner = find_builtin("security-scanner");
  ASSERT_NE(scanner, nullptr);
  EXPECT_FALSE(scanner->run("scan", {{"target", "/"}}, "src", [](std::string_view) {}));
}

}  // namespace
}  // namespace commandcenter::builtin
