// The agent's input and answer; what a review finds is tested in code/review.
#include "agent/builtin/code_reviewer/code_reviewer.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace commandcenter::code_reviewer {
namespace {

class CodeReviewer : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "cc-reviewer-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    std::filesystem::create_directory(folder_ + "/src");
    std::ofstream(folder_ + "/src/a.js") << "function f(xs, ys) {\n  debugger;\n"
                                            "  for (const x of xs) for (const y of ys) eval(x + y);\n}\n";
    std::ofstream(folder_ + "/b.py") << "def g():\n    return 1\n";
  }
  void TearDown() override {
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
  }

  Result<Json> review(const Json& input, const std::string& action = "review") {
    return run(action, input, folder_, [this](std::string_view line) { log_ += line; });
  }

  std::string folder_;
  std::string log_;
};

TEST_F(CodeReviewer, answers_with_the_members_of_its_contract) {  // feature 31
  const auto answer = review({{"target", folder_}, {"type", "all"}});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ((*answer)["functions"].size(), 2U);
  EXPECT_EQ((*answer)["functions"][1]["cyclomatic"], 3);
  ASSERT_EQ((*answer)["issues"].size(), 3U);
  for (const char* member : {"type", "severity", "file", "line", "description", "suggestion", "ruleId"})
    EXPECT_TRUE((*answer)["issues"][0].contains(member)) << member;
  EXPECT_EQ((*answer)["issues"][0]["file"], "src/a.js");
  EXPECT_EQ((*answer)["summary"]["total"], 3);
  EXPECT_EQ((*answer)["summary"]["errors"], 1);
  EXPECT_EQ((*answer)["summary"]["filesReviewed"], 2);
  EXPECT_EQ((*answer)["metrics"]["maxComplexity"], 3);
  EXPECT_NE(log_.find("3 issues, max complexity 3, avg 2.0"), std::string::npos) << log_;
}

TEST_F(CodeReviewer, takes_both_vocabularies) {  // pitfall C1
  for (const char* key : {"target", "repositoryPath"}) {
    const auto answer = review({{key, "src"}});
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ((*answer)["functions"].size(), 1U) << key;
  }
  for (const char* key : {"type", "reviewType"}) {
    const auto answer = review({{key, "security"}});
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ((*answer)["issues"].size(), 1U) << key;
    EXPECT_EQ((*answer)["issues"][0]["type"], "security");
  }
  EXPECT_EQ((*review({{"filePattern", ".py"}}))["functions"].size(), 1U);
  EXPECT_EQ((*review({{"target", nullptr}, {"type", nullptr}}))["issues"].size(), 3U);
}

TEST_F(CodeReviewer, says_what_is_wrong_with_its_input) {
  const auto message = [&](const Json& input) {
    const auto answer = review(input);
    return answer ? std::string("accepted") : answer.error().message;
  };
  EXPECT_EQ(message({{"type", "style"}}), "unknown type \"style\"; expected quality, security, performance or all");
  EXPECT_EQ(message({{"type", 1}}), "type is of type integer; expected text");
  EXPECT_EQ(message({{"blame", "yes"}}), "blame is of type string; expected true or false");
  EXPECT_EQ(message(Json::array()), "the input is of type array; expected an object such as {\"type\": \"all\"}");
  EXPECT_EQ(review({{"target", "nowhere"}}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(review({{"target", "/etc"}}).error().code, ErrorCode::kForbidden);
  EXPECT_EQ(review({{"target", "../.."}}).error().code, ErrorCode::kForbidden);
  EXPECT_EQ(review(Json::object(), "scan").error().code, ErrorCode::kInvalid);
}

}  // namespace
}  // namespace commandcenter::code_reviewer
