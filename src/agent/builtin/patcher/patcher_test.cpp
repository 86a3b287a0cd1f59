// The patcher as its users see it: input in, answer and files out. Pitfall C6, features 22 to 30.
#include "agent/builtin/patcher/patcher.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace commandcenter::patcher {
namespace {

namespace fs = std::filesystem;

class PatcherTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "cc-patcher-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { fs::remove_all(root_); }

  void put(const std::string& path, std::string_view text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path, std::ios::binary) << text;
  }
  std::string text_of(const std::string& path) const {
    std::ifstream file(root_ / path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  Result<Json> ask(Json input) const {
    return run("patch", input, root_.string(), [](std::string_view) {});
  }
  std::string error_of(Json input) const {
    const auto answer = ask(std::move(input));
    return answer ? "none" : answer.error().message;
  }
  // What becomes of the manifest.
  std::string updated(const std::string& name, std::string_view text, const std::string& package,
                      const std::string& version, const std::string& strategy = "replace") const {
    put(name, text);
    const auto answer = ask({{"file", package},
                             {"changes", {{"version", version}}},
                             {"strategy", strategy},
                             {"target", name},
                             {"dryRun", false}});
    const std::string after = text_of(name);
    fs::remove(root_ / name);
    return answer ? after : answer.error().message;
  }

  fs::path root_;
};

TEST_F(PatcherTest, only_the_version_changes_in_every_kind_of_manifest) {
  EXPECT_EQ(
      updated("package.json",
              "\xef\xbb\xbf{\r\n\t\"z\": {\"lodash\": \"1\"},\r\n\t\"devDependencies\": {\"lodash\" :  \"^4.17.0\", "
              "\"a\":\"1\"}\r\n}",
              "lodash", "^4.17.21"),
      "\xef\xbb\xbf{\r\n\t\"z\": {\"lodash\": \"1\"},\r\n\t\"devDependencies\": {\"lodash\" :  \"^4.17.21\", "
      "\"a\":\"1\"}\r\n}");
  EXPECT_EQ(updated("composer.json", R"({"require":{"php":">=8","a/b":"^1.0"}})", "a/b", "^2.0"),
            R"({"require":{"php":">=8","a/b":"^2.0"}})");
  EXPECT_EQ(updated("requirements.txt", "flask[async]==1.0 ; python_version > '3'  # web\nFlask-Cors==1.0\n", "Flask",
                    "2.3.1"),
            "flask[async]==2.3.1 ; python_version > '3'  # web\nFlask-Cors==1.0\n");
  EXPECT_EQ(updated("requirements-dev.txt", "pytest\nblack>=1,<2\n", "pytest", "8.0"), "pytest==8.0\nblack>=1,<2\n");
  EXPECT_EQ(
      updated("pyproject.toml",
              "[project]\ndependencies = [\n  \"requests >=2.0\", # http\n  'click',\n]\n[tool.poetry.dependencies]\n"
              "requests = { version = \"^2.0\", optional = true }\n",
              "requests", "2.32.0"),
      "[project]\ndependencies = [\n  \"requests >=2.32.0\", # http\n  'click',\n]\n[tool.poetry.dependencies]\n"
      "requests = { version = \"^2.32.0\", optional = true }\n");
  EXPECT_EQ(
      updated("setup.cfg", "[options]\ninstall_requires =\n    six>=1.0\n    attrs\n[x]\nsix = 1\n", "six", "1.16"),
      "[options]\ninstall_requires =\n    six>=1.16\n    attrs\n[x]\nsix = 1\n");
  EXPECT_EQ(
      updated("Cargo.toml",
              "[dependencies]\nserde = { version = \"1.0.1\", features = [\"derive\"] }\n[dev-dependencies.serde]\n"
              "version = \"=1.0.1\"\n[package]\nserde = \"0\"\n",
              "serde", "1.0.200"),
      "[dependencies]\nserde = { version = \"1.0.200\", features = [\"derive\"] }\n[dev-dependencies.serde]\n"
      "version = \"=1.0.200\"\n[package]\nserde = \"0\"\n");
  EXPECT_EQ(
      updated("go.mod", "module x\n\nrequire (\n\tgithub.com/a/b v1.0.0 // indirect\n)\nrequire golang.org/x v0.1.0\n",
              "github.com/a/b", "1.2.0"),
      "module x\n\nrequire (\n\tgithub.com/a/b v1.2.0 // indirect\n)\nrequire golang.org/x v0.1.0\n");
  EXPECT_EQ(
      updated("Gemfile", "gem 'rails', '~> 7.0', require: false # x\ngem \"rails-i18n\", \"1\"\n", "rails", "7.1"),
      "gem 'rails', '~> 7.1', require: false # x\ngem \"rails-i18n\", \"1\"\n");
  EXPECT_EQ(updated("pom.xml",
                    "<p><properties><g.version>1</g.version></properties><!-- <dependency><artifactId>g</artifactId>"
                    "<version>1</version></dependency> --><dependency><groupId>o</groupId><artifactId>g</artifactId>"
                    "<version>${g.version}</version></dependency></p>",
                    "o:g", "2"),
            "<p><properties><g.version>2</g.version></properties><!-- <dependency><artifactId>g</artifactId>"
            "<version>1</version></dependency> --><dependency><groupId>o</groupId><artifactId>g</artifactId>"
            "<version>${g.version}</version></dependency></p>");
  EXPECT_EQ(
      updated("build.gradle", "implementation 'com.x:y:1.0' // com.x:y:0\napi(\"com.x:y2:1.0\")\n", "com.x:y", "1.1"),
      "implementation 'com.x:y:1.1' // com.x:y:0\napi(\"com.x:y2:1.0\")\n");
  EXPECT_EQ(updated("App.csproj", "<PackageReference Include=\"A.B\" Version=\"1.0\" />", "a.b", "2.0"),
            "<PackageReference Include=\"A.B\" Version=\"2.0\" />");
  EXPECT_EQ(updated("Dockerfile", "FROM --platform=$P node:18-slim AS build\nFROM reg:5000/node:18\nRUN node:18\n",
                    "node", "20-slim"),
            "FROM --platform=$P node:20-slim AS build\nFROM reg:5000/node:18\nRUN node:18\n");
}

TEST_F(PatcherTest, range_strategies) {
  const auto range = [&](const std::string& old_range, const std::string& strategy) {
    const std::string after =
        updated("package.json", fmt::format(R"({{"dependencies":{{"a":"{}"}}}})", old_range), "a", "2.0.0", strategy);
    return after.starts_with('{') ? parse_json(after)->at("dependencies").at("a").get<std::string>() : after;
  };
  EXPECT_EQ(range("^1.0.0", "replace"), "2.0.0");
  EXPECT_EQ(range("^1.0.0", "bump"), "^2.0.0");
  EXPECT_EQ(range("~1", "bump"), "~2.0.0");
  EXPECT_EQ(range(">=1 <3", "bump"), "2.0.0");
  EXPECT_EQ(range("^1.0.0", "widen"), "^1.0.0 || 2.0.0");
  EXPECT_EQ(range("^1.0.0", "pin"), "2.0.0");
  EXPECT_EQ(range("workspace:*", "bump"),
            "Patch failed: package.json: \"workspace:*\" cannot be updated: it is no range of versions");
}

TEST_F(PatcherTest, errors_say_what_is_missing_and_nothing_is_invented) {
  EXPECT_EQ(error_of({{"operation", "update-deps"}, {"file", "x"}, {"changes", {{"version", "1"}}}}),
            "Patch failed: package.json not found in the target, and no other manifest of dependencies");
  put("package.json", R"({"dependencies":{"a":"1"}})");
  EXPECT_EQ(error_of({{"file", "x"}, {"changes", {{"version", "1"}}}}),
            "Patch failed: Dependency \"x\" not found in package.json");
  const auto nothing = ask({{"file", "a"}, {"dryRun", false}});
  ASSERT_TRUE(nothing);
  EXPECT_EQ((*nothing)["applied"], false);
  EXPECT_TRUE((*nothing)["changes"].empty());
  EXPECT_EQ(error_of({{"operation", "security-patch"}}), "Patch failed: file required for security-patch");
  EXPECT_EQ(
      error_of({{"operation", "security-patch"}, {"file", "no"}, {"changes", {{"oldValue", "a"}, {"newValue", "b"}}}}),
      "Patch failed: File not found: no");
  EXPECT_EQ(error_of({{"operation", "security-patch"}, {"file", "package.json"}}),
            "Patch failed: oldValue and newValue required for security-patch");
  EXPECT_EQ(error_of({{"operation", "security-patch"},
                      {"file", "package.json"},
                      {"changes", {{"oldValue", "zz"}, {"newValue", "b"}}}}),
            "Patch failed: Pattern not found in file (no changes made)");
  EXPECT_EQ(error_of({{"operation", "simple-refactor"}, {"changes", {{"oldValue", "zz"}, {"newValue", "b"}}}}),
            "Patch failed: No files matched refactor pattern");
  EXPECT_EQ(error_of({{"operation", "config-update"}}), "Patch failed: file required for config-update");
  EXPECT_EQ(error_of({{"operation", "config-update"}, {"file", "x"}, {"changes", {{"content", ""}}}}),
            "Patch failed: content required for config-update");
  EXPECT_NE(error_of({{"operation", "explode"}}).find("unknown operation explode"), std::string::npos);
}

TEST_F(PatcherTest, no_path_leads_out) {
  fs::create_symlink("/etc/hostname", root_ / "link");
  fs::create_directory_symlink("/tmp", root_ / "folder");
  for (const char* file : {"../x", "/etc/x", "a/../../x", ".git/config", "link", "folder/x"}) {
    EXPECT_NE(
        error_of({{"operation", "config-update"}, {"file", file}, {"changes", {{"content", "x"}}}, {"dryRun", false}}),
        "none")
        << file;
  }
  EXPECT_NE(error_of({{"target", "/etc"}}), "none");
  EXPECT_NE(error_of({{"target", "/workspace/../etc"}}), "none");
}

TEST_F(PatcherTest, replaces_literally_or_by_expression) {
  put("src/a.js", "eval(x); eval(y); $&\n");
  put("lib/a.js", "other\n");
  Json input = {
      {"operation", "security-patch"}, {"file", "src/a.js"}, {"changes", {{"oldValue", "eval("}, {"newValue", "$&("}}}};
  auto answer = ask(input);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ((*answer)["matches"], 2);
  EXPECT_EQ((*answer)["applied"], false);
  EXPECT_EQ(text_of("src/a.js"), "eval(x); eval(y); $&\n") << "a dry run changes nothing";
  EXPECT_NE((*answer)["changes"][0]["diff"].get<std::string>().find("+$&(x); $&(y); $&\n"), std::string::npos);
  input["changes"] = {{"oldValue", "regex:eval\\((\\w)\\)"}, {"newValue", "safe[$1]$$"}};
  input["dryRun"] = false;
  answer = ask(input);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(text_of("src/a.js"), "safe[x]$; safe[y]$; $&\n");
  input["file"] = "a.js";
  EXPECT_NE(error_of(input).find("there are 2 files named a.js"), std::string::npos);
  input["changes"] = {{"oldValue", "safe"}, {"newValue", "s"}, {"matches", 3}};
  input["file"] = "src/a.js";
  EXPECT_NE(error_of(input).find("found 2 times, not 3 times"), std::string::npos);
}

TEST_F(PatcherTest, renames_whole_identifiers_in_code) {
  put("a.ts", "const getUser = 1; // getUser\ngetUsers(getUser, `x getUser ${getUser + `${getUser}`}`, 'getUser');\n");
  put("b.py", "def getUser():\n    \"\"\"getUser\"\"\"\n    return getUser  # getUser\n");
  put("node_modules/c.js", "getUser\n");
  put("d.txt", "getUser\n");
  const auto answer = ask({{"operation", "simple-refactor"},
                           {"changes", {{"oldValue", "getUser"}, {"newValue", "fetchUser"}}},
                           {"dryRun", false}});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(
      text_of("a.ts"),
      "const fetchUser = 1; // getUser\ngetUsers(fetchUser, `x getUser ${fetchUser + `${fetchUser}`}`, 'getUser');\n");
  EXPECT_EQ(text_of("b.py"), "def fetchUser():\n    \"\"\"getUser\"\"\"\n    return fetchUser  # getUser\n");
  EXPECT_EQ(text_of("node_modules/c.js"), "getUser\n");
  EXPECT_EQ(text_of("d.txt"), "getUser\n");
  EXPECT_EQ((*answer)["summary"]["filesModified"], 2);
}

TEST_F(PatcherTest, configuration_is_written_or_merged) {
  put(".env", "# db\nHOST=a # where\nexport PORT=1\n");
  const auto set = [&](const std::string& file, Json members) {
    return error_of({{"operation", "config-update"},
                     {"file", file},
                     {"changes", {{"set", std::move(members)}}},
                     {"dryRun", false}});
  };
  EXPECT_EQ(set(".env", {{"HOST", "b"}, {"PORT", 2}, {"NEW", "with space"}}), "none");
  EXPECT_EQ(text_of(".env"), "# db\nHOST=b # where\nexport PORT=2\nNEW=\"with space\"\n");
  put("c.yaml", "# top\nname: x # why\nlist:\n  - name: y\n");
  EXPECT_EQ(set("c.yaml", {{"name", "z"}}), "none");
  EXPECT_EQ(text_of("c.yaml"), "# top\nname: z # why\nlist:\n  - name: y\n");
  put("c.json", "{\n    \"b\": 1,\n    \"a\": {\"x\": 1}\n}\n");
  EXPECT_EQ(set("c.json", {{"b", 2}}), "none");
  EXPECT_EQ(text_of("c.json"), "{\n    \"b\": 2,\n    \"a\": {\"x\": 1}\n}\n");
  const auto made = ask({{"operation", "config-update"},
                         {"file", "new/c.ini"},
                         {"changes", {{"content", "[a]\nb=1"}}},
                         {"dryRun", false}});
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ((*made)["changes"][0]["action"], "created");
  EXPECT_EQ(text_of("new/c.ini"), "[a]\nb=1");
}

// Without git, with any name, and not over somebody's later work.
TEST_F(PatcherTest, the_rollback_script_restores) {
  const std::string odd = "$(touch pwned) 'x' \"y\" -rf";
  put(odd, std::string("old\0\xff no end", 13));
  put("tool.sh", "#!/bin/sh\n");
  fs::permissions(root_ / "tool.sh", static_cast<fs::perms>(0755));
  put("package.json", R"({"dependencies":{"a":"1"}})");
  put("script", "");
  const auto answer = ask({{"file", "a"}, {"changes", {{"version", "2"}}}, {"dryRun", false}});
  ASSERT_TRUE(answer) << answer.error().message;
  const auto second = ask(
      {{"operation", "config-update"}, {"file", "$(touch pwned)"}, {"changes", {{"content", "x"}}}, {"dryRun", false}});
  ASSERT_TRUE(second) << second.error().message;
  const auto roll_back = [&](const Json& done) {
    put("script", done["rollbackScript"].get<std::string>());
    return std::system(fmt::format("cd {} && sh ./script >out 2>&1", root_.string()).c_str()) ==
           0;  // NOLINT(concurrency-mt-unsafe)
  };
  EXPECT_TRUE(roll_back(*second));
  EXPECT_FALSE(fs::exists(root_ / "$(touch pwned)"));
  EXPECT_FALSE(fs::exists(root_ / "pwned"));
  put("package.json", "mine");
  EXPECT_FALSE(roll_back(*answer));
  EXPECT_EQ(text_of("package.json"), "mine");
  put("package.json", R"({"dependencies":{"a":"2"}})");
  EXPECT_TRUE(roll_back(*answer));
  EXPECT_TRUE(roll_back(*answer)) << "a second time";
  EXPECT_EQ(text_of("package.json"), R"({"dependencies":{"a":"1"}})");
}

TEST_F(PatcherTest, lock_files_that_no_longer_fit_are_named) {
  put("package.json", R"({"dependencies":{"a":"1"}})");
  put("package-lock.json", "{}");
  const auto answer = ask({{"file", "a"}, {"changes", {{"version", "2"}}}});
  ASSERT_TRUE(answer);
  EXPECT_EQ((*answer)["staleLockFiles"], Json::array({"package-lock.json"}));
}

}  // namespace
}  // namespace commandcenter::patcher
