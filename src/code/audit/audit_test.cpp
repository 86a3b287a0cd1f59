#include "code/audit/audit.h"
#include "base/test_folder.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace commandcenter::audit {
namespace {

TEST(Export, feature_7_survives_truncation_and_parts) {
  const std::string whole =
      "<repository>\n<files>\n<file path=\"src/A.java\">\npackage a;\nimport b.B;\nclass A {}\n</file>\n"
      "<file path=\"src/b.py\">\nimport os\nx = '<file>'\n</file>\n</files>\n</repository>\n";
  const Json read = read_export(whole);
  EXPECT_EQ(read["files"], 2);
  EXPECT_EQ(read["truncated"], false);
  EXPECT_EQ(read["list"][0]["declares"][0], "A");
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    const Json part = read_export(whole.substr(0, cut));
    EXPECT_LE(part["files"], 2);
    const Json second = read_export(whole.substr(cut));  // a part that begins in the middle
    EXPECT_LE(second["files"], 2);
  }
  EXPECT_EQ(read_export(whole.substr(0, whole.find("class A")))["truncated"], true);
}

TEST(Audit, features_1_and_9_planted_problems_are_counted) {
  const TestFolder folder;
  const auto write = [&](const std::string& name, const std::string& text) { folder.write(name, text); };
  std::string block;
  for (int i = 0; i < 12; ++i)
    block += "  total += weight[" + std::to_string(i) + "] * price;\n";
  write("src/a.js",
        "import './b.js';\n// TO"
        "DO: later\nfunction a() {\n" +
            block + "}\n");
  write("src/b.js", "import './a.js';\nfunction b() {\n" + block + "}\n");
  write("src/lonely.js", "export const nothing = 1;\n");
  write("src/net.py",
        "import requests, os\nrequests.get('https://user:hunter2@api.example.com/v1?x=1')\nkey = "
        "os.environ['API_KEY']\n");
  const auto report = health({.root = folder.path}, Json::object());
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ((*report)["counts"]["notes"], 1);
  EXPECT_EQ((*report)["counts"]["cycles"], 1);
  EXPECT_EQ((*report)["counts"]["copies"], 1);
  EXPECT_EQ((*report)["unusedFiles"][0]["file"], "src/lonely.js");
  const auto ties = integration({.root = folder.path});
  ASSERT_TRUE(ties) << ties.error().message;
  EXPECT_EQ((*ties)["called"][0]["name"], "https://api.example.com/v1");  // no secret gets out
  EXPECT_EQ((*ties)["credentials"][0]["name"], "API_KEY");
  const auto built = structure({.root = folder.path});
  ASSERT_TRUE(built) << built.error().message;
  const auto written = pages(Json(), *built, *ties, *report);
  EXPECT_EQ(written.size(), 8U);  // with the data behind the pages
  EXPECT_NE(written.at("ARCHITECTURE.md").find("did not finish"), std::string::npos);
  EXPECT_NE(written.at("CODE_HEALTH_REPORT.md").find("`src/a.js:2`"), std::string::npos);
  EXPECT_EQ(written.at("INTEGRATION.md").find("hunter2"), std::string::npos);
  EXPECT_EQ(written, pages(Json(), *structure({.root = folder.path}), *integration({.root = folder.path}),
                           *health({.root = folder.path}, Json::object())));
}

// Without a history nothing tells how old a version is, which is not the same as none being old.
TEST(Audit, what_no_history_tells_is_not_called_good) {
  const TestFolder folder;
  folder.write("lib/a.rb", "x = 1\n");
  const Json compliance = {{"dependencies",
                            {{{"name", "rails"},
                              {"version", "6.1.7"},
                              {"ecosystem", "gem"},
                              {"spdx", "unknown"},
                              {"direct", true},
                              {"scope", "production"},
                              {"file", "Gemfile"},
                              {"line", 3}}}}};
  const auto report = health({.root = folder.path}, compliance);
  ASSERT_TRUE(report) << report.error().message;
  const Json& metric = (*report)["metrics"].back();
  EXPECT_EQ(metric["name"], "old dependencies");
  EXPECT_TRUE(metric["value"].is_null() && metric["good"].is_null()) << dump_json(metric);
  const std::string page = pages(Json(), Json(), Json(), *report).at("CODE_HEALTH_REPORT.md");
  EXPECT_NE(page.find("| old dependencies | - | 0 | unchanged for two years | not known |"), std::string::npos) << page;
}

// In a sandbox every repository lies in a folder of one name.
TEST(Audit, a_repository_is_called_as_where_it_comes_from) {
  const TestFolder folder;
  folder.write("lib/a.rb", "x = 1\n");
  const Place place{.root = folder.path, .folder = "redmine"};
  for (const auto& report : {structure(place), integration(place), health(place, Json::object())})
    EXPECT_EQ((*report)["name"], "redmine");
  folder.write("package.json", R"({"name": "shop"})");
  EXPECT_EQ((*structure(place))["name"], "shop") << "what its manifest says comes first";
}

}  // namespace
}  // namespace commandcenter::audit
