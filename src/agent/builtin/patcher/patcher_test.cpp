// The patcher as its users see it: input in, answer and files out. Pitfall C6, features 22 to 30.
#include "agent/builtin/patcher/patcher.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "agent/builtin/patcher/locks.h"

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

TEST_F(PatcherTest, what_is_no_version_is_not_written) {
  struct Case {
    const char* manifest;
    const char* text;
    const char* wrong;
  };
  for (const auto& [manifest, text, wrong] : {Case{"requirements.txt", "a==1.0\n", "banana"},
                                              {"requirements.txt", "a==1.0\n", "^2"},
                                              {"requirements.txt", "a==1.0\n", "2; python_version > '3'"},
                                              {"requirements.txt", "a\n", "latest"},
                                              {"pyproject.toml", "[project]\ndependencies = [\"a>=1\"]\n", "next"},
                                              {"Cargo.toml", "[dependencies]\na = \"1\"\n", "../a"},
                                              {"go.mod", "require a v1.0.0\n", "latest"},
                                              {"go.mod", "require a v1.0.0\n", "1.0 // x"},
                                              {"Gemfile", "gem 'a', '1'\n", "newest"},
                                              {"build.gradle", "api 'g:a:1'\n", "2 <b>"},
                                              {"Dockerfile", "FROM a:1\n", "2 AS b"}}) {
    EXPECT_NE(updated(manifest, text, std::string_view(manifest) == "build.gradle" ? "g:a" : "a", wrong)
                  .find("is no version"),
              std::string::npos)
        << manifest << " with " << wrong;
  }
  EXPECT_NE(updated("package.json", R"({"dependencies":{"a":"1"}})", "a", "latest", "pin").find("is no version"),
            std::string::npos);
  EXPECT_EQ(updated("package.json", R"({"dependencies":{"a":"1"}})", "a", "latest"),
            R"({"dependencies":{"a":"latest"}})");
  EXPECT_EQ(updated("requirements.txt", "a==1.0\n", "a", " 2.0 "), "a==2.0\n");
  EXPECT_EQ(updated("requirements.txt", "a==1.0\n", "a", ">=2,<3"), "a>=2,<3\n");
  EXPECT_EQ(updated("pyproject.toml", "[tool.poetry.dependencies]\na = \">=1\"\n", "a", "^2.0"),
            "[tool.poetry.dependencies]\na = \"^2.0\"\n");
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

// Structural patterns: features 24, 33.
TEST_F(PatcherTest, replaces_by_pattern_of_the_syntax_tree) {
  const auto replaced = [&](const std::string& file, std::string_view text, const std::string& pattern,
                            const std::string& by) {
    put(file, text);
    const auto answer = ask({{"operation", "security-patch"},
                             {"file", file},
                             {"changes", {{"oldValue", "ast:" + pattern}, {"newValue", by}}},
                             {"dryRun", false}});
    return answer ? text_of(file) : answer.error().message;
  };
  EXPECT_EQ(replaced("a.js", "eval( x /* why */ );\n// eval(x)\n'eval(x)'; retrieval(x); eval(eval(y)); eval(a, b)\n",
                     "eval($X)", "JSON.parse($X)"),
            "JSON.parse(x);\n// eval(x)\n'eval(x)'; retrieval(x); JSON.parse(JSON.parse(y)); eval(a, b)\n");
  EXPECT_EQ(replaced("b.py", "h = hashlib.md5(data, usedforsecurity=False)\nhashlib.md5()\n", "hashlib.md5($$$A)",
                     "hashlib.sha256($$$A)"),
            "h = hashlib.sha256(data, usedforsecurity=False)\nhashlib.sha256()\n");
  EXPECT_EQ(
      replaced("c.go", "package p\n\nfunc f() {\n\tif err == io.EOF { return }\n}\n", "$A == $B", "errors.Is($A, $B)"),
      "package p\n\nfunc f() {\n\tif errors.Is(err, io.EOF) { return }\n}\n");
  EXPECT_EQ(replaced("D.java", "class D { void f() { x.equals(x); x.equals(y); } }\n", "$A.equals($A)", "true"),
            "class D { void f() { true; x.equals(y); } }\n");
  EXPECT_EQ(replaced("e.js", "x\n", "f($X", "y"),
            "Patch failed: the pattern behind ast: is no code of this language, or not one whole piece of it");
  EXPECT_EQ(replaced("f.txt", "x\n", "f($X)", "y"),
            "Patch failed: ast: works on code; f.txt is in no language known here");
}

TEST_F(PatcherTest, puts_in_what_findings_suggest) {
  put("a.py", "x == None\ny = 1\nx == None\n");
  const auto answer =
      ask({{"operation", "apply-fixes"},
           {"findings",
            {{{"file", "a.py"}, {"line", 3}, {"fix", {{"before", "x == None"}, {"after", "x is None"}}}},
             {{"file", "a.py"}, {"line", 2}, {"fix", {{"before", "gone"}, {"after", "x"}}}},
             {{"file", "a.py"}, {"line", 2}, {"description", "no fix"}}}},
           {"dryRun", false}});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(text_of("a.py"), "x == None\ny = 1\nx is None\n");
  EXPECT_EQ((*answer)["matches"], 1);
  EXPECT_EQ((*answer)["parsedFiles"], 1);
  EXPECT_EQ((*answer)["notes"], Json::array({"a.py:2 was left out: the text that it replaces is not there"}));
}

TEST_F(PatcherTest, what_could_be_parsed_must_be_parsed_afterwards) {
  put("a.js", "f(1);\n");
  put("broken.js", "f(1;\n");
  const auto change = [&](const std::string& file, const std::string& by) {
    return error_of(
        {{"operation", "security-patch"}, {"file", file}, {"changes", {{"oldValue", "1"}, {"newValue", by}}}});
  };
  EXPECT_EQ(change("a.js", "2"), "none");
  EXPECT_EQ(change("a.js", "(2"), "Patch failed: a.js would no longer be code that can be read (no changes made)");
  EXPECT_EQ(change("broken.js", "2"), "none") << "it was broken before";
}

// The command sees the patched files, and only its verdict is left of it.
TEST_F(PatcherTest, a_command_has_its_say_before_anybody_is_asked) {
  put("a.txt", "old\n");
  const auto checked = [&](const std::string& command, bool dry_run) {
    return ask({{"operation", "security-patch"},
                {"file", "a.txt"},
                {"changes", {{"oldValue", "old"}, {"newValue", "new"}}},
                {"check", {{"command", command}, {"timeoutSeconds", 5}}},
                {"dryRun", dry_run}});
  };
  EXPECT_NE(checked("true", false).error().message.find("in a sandbox only"), std::string::npos);
  ::setenv("AGENT_NAME", "patcher", 1);  // NOLINT(concurrency-mt-unsafe): one thread
  auto answer = checked("mkdir -p cache/deep && cp a.txt cache/deep/ && grep new a.txt", true);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ((*answer)["check"]["output"], "new\n");
  EXPECT_EQ((*answer)["applied"], false);
  EXPECT_EQ(text_of("a.txt"), "old\n");
  EXPECT_FALSE(fs::exists(root_ / "cache"));
  answer = checked("echo one; echo it is broken >&2; exit 3", false);
  ASSERT_FALSE(answer);
  EXPECT_EQ(
      answer.error().message,
      "Patch failed: the check failed on the patched copy with exit code 3 (echo one; echo it is broken >&2; exit 3): "
      "it is broken");
  EXPECT_EQ(text_of("a.txt"), "old\n") << "taken back";
  answer = checked("echo mine > a.txt", false);
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().message.find("changes files of the workspace (a.txt)"), std::string::npos)
      << answer.error().message;
  put("a.txt", "old\n");
  answer = checked("grep new a.txt", false);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(text_of("a.txt"), "new\n");
  ::unsetenv("AGENT_NAME");  // NOLINT(concurrency-mt-unsafe): one thread
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

// What needs no registry is put right; the rest is named. Feature 23.
TEST_F(PatcherTest, lock_files_follow_or_are_named) {
  const auto update = [&](const std::string& manifest, const std::string& text, const std::string& lock,
                          const std::string& lock_text, const std::string& version) {
    put(manifest, text);
    put(lock, lock_text);
    const auto answer =
        ask({{"file", "dep"}, {"changes", {{"version", version}}}, {"strategy", "bump"}, {"dryRun", false}});
    const std::string after = text_of(lock);
    fs::remove(root_ / manifest);
    fs::remove(root_ / lock);
    if (!answer) return answer.error().message;
    if (answer->contains("staleLockFiles")) return "stale: " + (*answer)["staleLockFiles"][0].get<std::string>();
    return after == lock_text ? std::string("fits") : after;
  };
  const std::string npm = R"({"dependencies":{"dep":"^1.0.0"}})";
  const std::string npm_lock =
      "{\n  \"packages\": {\n    \"\": {\n      \"dependencies\": {\n        \"dep\": \"^1.0.0\"\n      }\n    },\n    "
      "\"node_modules/dep\": {\n      \"version\": \"1.4.2\"\n    }\n  }\n}\n";
  std::string npm_after = npm_lock;
  npm_after.replace(npm_after.find("^1.0.0"), 6, "^1.4.0");
  EXPECT_EQ(update("package.json", npm, "package-lock.json", npm_lock, "1.4.0"), npm_after);
  EXPECT_EQ(update("package.json", npm, "package-lock.json", npm_lock, "2.0.0"), "stale: package-lock.json");
  EXPECT_EQ(update("package.json", npm, "package-lock.json", "{}", "2.0.0"), "stale: package-lock.json");
  EXPECT_EQ(update("package.json", npm, "yarn.lock", "dep@^1.0.0, dep@^1.1.0:\n  version \"1.4.2\"\n", "1.4.0"),
            "dep@^1.4.0, dep@^1.1.0:\n  version \"1.4.2\"\n");
  EXPECT_EQ(update("package.json", npm, "yarn.lock", "\"dep@npm:^1.0.0\":\n  version: 1.3.0\n", "1.4.0"),
            "stale: yarn.lock");
  EXPECT_EQ(
      update(
          "package.json", npm, "pnpm-lock.yaml",
          "importers:\n  .:\n    dependencies:\n      dep:\n        specifier: ^1.0.0\n        version: 1.4.2(x@1)\n",
          "1.4.0"),
      "importers:\n  .:\n    dependencies:\n      dep:\n        specifier: ^1.4.0\n        version: 1.4.2(x@1)\n");
  const std::string cargo = "[dependencies]\ndep = \"1.0\"\n";
  EXPECT_EQ(update("Cargo.toml", cargo, "Cargo.lock", "[[package]]\nname = \"dep\"\nversion = \"1.4.2\"\n", "1.4"),
            "fits");
  EXPECT_EQ(update("Cargo.toml", cargo, "Cargo.lock", "[[package]]\nname = \"dep\"\nversion = \"1.4.2\"\n", "2.0"),
            "stale: Cargo.lock");
  EXPECT_EQ(update("go.mod", "require dep v1.0.0\n", "go.sum", "dep v1.4.0 h1:x=\ndep v1.4.0/go.mod h1:y=\n", "1.4.0"),
            "fits");
  EXPECT_EQ(update("Gemfile", "gem 'dep', '~> 1.0'\n", "Gemfile.lock",
                   "GEM\n  specs:\n    dep (1.4.2)\n\nDEPENDENCIES\n  dep (~> 1.0)\n", "1.4"),
            "GEM\n  specs:\n    dep (1.4.2)\n\nDEPENDENCIES\n  dep (~> 1.4)\n");
  EXPECT_EQ(update("composer.json", R"({"require":{"dep":"^1.0"}})", "composer.lock", "{}", "1.4"),
            "stale: composer.lock");
}

TEST_F(PatcherTest, requirements_mean_what_their_tools_say) {
  const auto fits = [](Grammar grammar, const char* requirement, const char* version) {
    return satisfies(grammar, requirement, version);
  };
  EXPECT_TRUE(fits(Grammar::kNpm, "^1.2.3", "1.9.0"));
  EXPECT_FALSE(fits(Grammar::kNpm, "^1.2.3", "1.2.2"));
  EXPECT_FALSE(fits(Grammar::kNpm, "^0.2.3", "0.3.0"));
  EXPECT_FALSE(fits(Grammar::kNpm, "^0.0.3", "0.0.4"));
  EXPECT_TRUE(fits(Grammar::kNpm, "~1.2", "1.2.9"));
  EXPECT_FALSE(fits(Grammar::kNpm, "~1.2.1", "1.3.0"));
  EXPECT_TRUE(fits(Grammar::kNpm, ">= 1.0.0 <2.0.0 || 3.x", "3.4.5"));
  EXPECT_TRUE(fits(Grammar::kNpm, "1", "1.9.9"));
  EXPECT_FALSE(fits(Grammar::kNpm, "1.2.3", "1.2.4"));
  EXPECT_FALSE(fits(Grammar::kNpm, "^1.0.0", "1.1.0-rc.1")) << "not for sure";
  EXPECT_TRUE(fits(Grammar::kCargo, "1.2", "1.9.0"));
  EXPECT_TRUE(fits(Grammar::kCargo, ">=1.2, <1.5", "1.4.9"));
  EXPECT_FALSE(fits(Grammar::kCargo, "=1.2.3", "1.2.4"));
  EXPECT_TRUE(fits(Grammar::kRuby, "~> 7.0", "7.9.1"));
  EXPECT_FALSE(fits(Grammar::kRuby, "~> 7.0.1", "7.1.0"));
  EXPECT_EQ(updated("requirements.txt", "a>=1.0,<2\n", "a", "2.5", "widen"), "a>=1.0,<3\n");
  EXPECT_EQ(updated("Cargo.toml", "[dependencies]\na = \"1.2\"\n", "a", "2.5.0", "widen"),
            "[dependencies]\na = \">=1.2, <3\"\n");
}

}  // namespace
}  // namespace commandcenter::patcher
