#include "agent/builtin/compliance_checker/compliance_checker.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "agent/builtin/compliance_checker/policy.h"

namespace commandcenter::compliance_checker {
namespace {

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "comply_test_XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    path = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  void write(const std::string& name, std::string_view text) const {
    const auto file = std::filesystem::path(path) / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
  }

  Json check(const Json& input = Json::object()) const {
    const auto answer = run("check", input, path, [](std::string_view) {});
    return answer ? *answer : Json{{"error", answer.error().message}};
  }

  // "severity ruleId file:line" of each violation.
  std::vector<std::string> violations(const Json& input = Json::object()) const {
    std::vector<std::string> all;
    const Json answer = check(input);
    if (answer.contains("error")) return {string_member(answer, "error")};
    for (const Json& one : answer["violations"])
      all.push_back(string_member(one, "severity") + " " + string_member(one, "ruleId") + " " +
                    string_member(one, "file") + ":" + std::to_string(one.value("line", 0)));
    return all;
  }

  std::string path;
};

using Lines = std::vector<std::string>;
constexpr const char* kMit =
    "MIT License\n\nCopyright (c) 2024 Somebody\n\nPermission is hereby granted, free of charge, to any person "
    "obtaining a copy of "
    "this software and associated documentation files (the \"Software\"), to deal in the Software without restriction, "
    "including "
    "without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of "
    "the Software, "
    "and to permit persons to whom the Software is furnished to do so, subject to the following conditions:\n\nThe "
    "above copyright "
    "notice and this permission notice shall be included in all copies or substantial portions of the Software.\n\nTHE "
    "SOFTWARE IS "
    "PROVIDED \"AS IS\", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES "
    "OF "
    "MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT "
    "HOLDERS BE "
    "LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING "
    "FROM, OUT OF OR "
    "IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.\n";

// Pitfall A14, feature 17: what was found is in the answer precisely when the policy is not met.
TEST(Verdict, ANotMetPolicyIsAnAnswer) {
  const Folder folder;
  folder.write("package.json", R"x({"name": "x", "license": "GPL-3.0-only"})x");
  const Json answer = folder.check();
  ASSERT_TRUE(answer.contains("summary")) << answer;
  EXPECT_EQ(answer["summary"]["passed"], false);
  EXPECT_EQ(answer["summary"]["critical"], 1);
  EXPECT_EQ(answer["rulesApplied"], Json({"licenses", "security-headers", "secrets"}));
  EXPECT_EQ(folder.check({{"scope", "secrets"}})["summary"]["passed"], true);
}

TEST(Verdict, StrictCountsEveryViolation) {
  const Folder folder;
  folder.write("a.txt", "x");
  EXPECT_EQ(folder.check()["summary"]["passed"], true);
  EXPECT_EQ(folder.check({{"strictMode", true}})["summary"]["passed"], false);
  EXPECT_EQ(folder.violations(), (Lines{"warning license-file-missing LICENSE:0"}));
}

// Pitfall C1: both vocabularies.
TEST(Input, OldAndNewNames) {
  const Folder folder;
  folder.write("in/LICENSE", kMit);
  EXPECT_EQ(folder.violations({{"repositoryPath", "in"}, {"rules", {"secrets"}}}), Lines{});
  EXPECT_EQ(folder.violations({{"scope", "everything"}}),
            Lines{"unknown scope \"everything\"; expected licenses, security-headers, secrets or all"});
  EXPECT_EQ(folder.violations({{"target", "../x"}}),
            Lines{"target \"../x\" is outside the workspace; expected a path below it"});
  EXPECT_EQ(folder.violations({{"strictMode", "yes"}}), Lines{"strictMode is of type string; expected true or false"});
}

// Pitfall C4 and feature 18: expressions, licences as objects, what only sounds like MIT.
TEST(Licenses, OfTheProjectItself) {
  const auto of = [](const std::string& license) {
    const Folder folder;
    folder.write("LICENSE", kMit);
    folder.write("package.json", "{\"name\": \"x\"" + (license.empty() ? "" : ", \"license\": " + license) + "}");
    return folder.violations({{"scope", "licenses"}});
  };
  EXPECT_EQ(of("\"MIT\""), Lines{});
  EXPECT_EQ(of("\"(MIT OR GPL-3.0-only)\""), Lines{});
  EXPECT_EQ(of("{\"type\": \"MIT\"}"), Lines{});
  EXPECT_EQ(of(""), Lines{"warning license-undeclared package.json:0"});
  EXPECT_EQ(of("\"LIMITED\""), Lines{"warning license-unclear package.json:1"});
  EXPECT_EQ(of("\"NOT-MIT\""), Lines{"warning license-unclear package.json:1"});
  EXPECT_EQ(of("\"BSD-2-Clause\""), Lines{"warning license-mismatch package.json:1"});
  EXPECT_EQ(of("\"GPL-2.0\""),
            (Lines{"critical license-denied package.json:1", "warning license-mismatch package.json:1"}));
}

TEST(Licenses, OfDependenciesByScopeAndException) {
  const Folder folder;
  folder.write("LICENSE", kMit);
  folder.write("package-lock.json",
               R"x({"lockfileVersion": 3, "packages": {"": {"dependencies": {"a": "1"}, "devDependencies": {"d": "1"}},
    "node_modules/a": {"version": "1.0.0", "license": "GPL-3.0-only"},
    "node_modules/b": {"version": "1.0.0", "license": "LGPL-2.1"},
    "node_modules/c": {"version": "1.0.0", "license": "MIT OR AGPL-3.0"},
    "node_modules/d": {"version": "1.0.0", "license": "GPL-3.0-only", "dev": true}}})x");
  EXPECT_EQ(folder.violations({{"scope", "licenses"}}),
            (Lines{"critical dependency-denied package-lock.json:2", "warning dependency-review package-lock.json:3"}));
  folder.write(".commandcenter-policy.yaml",
               "licenses:\n  allow: [MIT, GPL-*]\n  deny: [AGPL-*]\n  review: [LGPL-*]\nexceptions:\n"
               "  - {package: 'npm:b@1.*', reason: linked dynamically, expires: 2999-01-01}\n");
  EXPECT_EQ(folder.violations({{"scope", "licenses"}}), Lines{});
  folder.write(".commandcenter-policy.yaml",
               "licenses:\n  allow: [MIT, GPL-*]\n  review: [LGPL-*]\nexceptions:\n  - {package: b, reason: x, "
               "expires: 2020-01-01}\n");
  EXPECT_EQ(folder.violations({{"scope", "licenses"}}), (Lines{"warning exception-expired .commandcenter-policy.yaml:0",
                                                               "warning dependency-review package-lock.json:3"}));
}

TEST(Licenses, ThatDoNotGoWithTheProject) {
  const auto of = [](const std::string& project, const std::string& dependency, const std::string& policy = {}) {
    const Folder folder;
    folder.write("LICENSES/x.txt", "");
    folder.write("package.json", R"({"name": "x", "license": ")" + project + R"("})");
    folder.write("package-lock.json",
                 R"({"lockfileVersion": 3, "packages": {"": {"dependencies": {"a": "1"}},
    "node_modules/a": {"version": "1.0.0", "license": ")" +
                     dependency + "\"}}}");
    folder.write(".commandcenter-policy.yaml", "licenses: {allow: ['*']}\n" + policy);
    Lines found = folder.violations({{"scope", "licenses"}});
    std::erase_if(found, [](const std::string& line) { return line.find("incompatible") == std::string::npos; });
    return found;
  };
  const Lines warned{"warning dependency-incompatible package-lock.json:2"};
  EXPECT_EQ(of("MIT", "GPL-3.0-only"), warned);
  EXPECT_EQ(of("GPL-2.0-only", "Apache-2.0"), warned);
  EXPECT_EQ(of("GPL-3.0-or-later", "Apache-2.0"), Lines{});
  EXPECT_EQ(of("MIT", "GPL-2.0-only WITH Classpath-exception-2.0"), Lines{});
  EXPECT_EQ(of("MIT", "GPL-3.0-only OR BSD-3-Clause"), Lines{});
  EXPECT_EQ(of("MIT", "GPL-3.0-only", "incompatible: allow\n"), Lines{});
  EXPECT_EQ(of("MIT", "GPL-3.0-only", "incompatible: deny\n"),
            Lines{"critical dependency-incompatible package-lock.json:2"});
}

TEST(Licenses, AnnotationsOfReuseSpeakForFiles) {
  const Folder folder;
  folder.write("LICENSE", kMit);
  folder.write("LICENSES/MIT.txt", kMit);
  folder.write("REUSE.toml",
               "version = 1\n\n[[annotations]]\npath = [\"src/**\", \"*.py\"]\nSPDX-FileCopyrightText = \"2024 A\"\n"
               "SPDX-License-Identifier = \"MIT\"\n\n[[annotations]]\npath = \"src/other/*\"\nprecedence = "
               "\"override\"\nSPDX-License-Identifier = \"ISC\"\n");
  folder.write(".reuse/dep5",
               "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: docs/* tools/*.c\n"
               "Copyright: A\nLicense: Zlib\n");
  folder.write("src/deep/a.c", "int a;\n");
  folder.write("src/other/b.c", "/* SPDX-License-Identifier: MIT */\n");
  folder.write("tools/x/c.c", "int c;\n");
  folder.write("top.py", "x = 1\n");
  folder.write("lib/d.py", "x = 1\n");
  folder.write(".commandcenter-policy.yaml", "licenses: {allow: ['*']}\nrequireHeaders: true\n");
  const Json answer = folder.check({{"scope", "licenses"}});
  std::map<std::string, std::string> named;
  for (const Json& one : answer["licenses"])
    named[string_member(one, "file")] = string_member(one, "spdx") + " " + string_member(one, "by");
  EXPECT_EQ(named["src/deep/a.c"], "MIT REUSE.toml");
  EXPECT_EQ(named["src/other/b.c"], "ISC REUSE.toml");
  EXPECT_EQ(named["tools/x/c.c"], "Zlib .reuse/dep5");
  EXPECT_EQ(named["top.py"], "MIT REUSE.toml");
  EXPECT_EQ(folder.violations({{"scope", "licenses"}}),
            (Lines{"warning license-header-missing lib/d.py:1", "warning license-text-missing src/other/b.c:1",
                   "warning license-text-missing tools/x/c.c:1"}));
}

TEST(Policy, MistakesHaveAPlace) {
  const auto error = [](std::string_view text) { return parse_policy(text, "p.yaml").error().message; };
  EXPECT_EQ(error("licenses:\n  alow: [MIT]\n"),
            "p.yaml, line 2: licenses.alow: expected allow, review, deny or unknown");
  EXPECT_EQ(error("exceptions:\n  - {package: x}\n"), "p.yaml, line 2: exceptions[0]: expected package and reason");
  EXPECT_EQ(
      error("licences: {}\n"),
      "p.yaml, line 1: licences: expected licenses, development, exceptions, incompatible or requireHeaders (true "
      "or false)");
  const Folder folder;
  EXPECT_EQ(folder.violations({{"policy", "none.yaml"}}),
            Lines{"there is no policy none.yaml below the folder that is checked"});
}

// Feature 19 and pitfall C4: every server counts, a file named server.ts is none by its name.
TEST(Headers, OfEachSiteOfTheRepository) {
  const Folder folder;
  folder.write("api/server.js",
               "const express = require('express');\nconst app = express();\napp.use(require('helmet')());\n");
  folder.write("nginx/nginx.conf", "server {\n  listen 80;\n  add_header X-Frame-Options ALLOWALL;\n}\n");
  folder.write("lib/server.ts", "export const server = 'x';\n");
  const Json headers = folder.check({{"scope", "security-headers"}})["headers"];
  ASSERT_EQ(headers.size(), 12U);
  EXPECT_EQ(headers[0]["state"], "present");
  EXPECT_EQ(headers[8]["state"], "weak");
  EXPECT_EQ(headers[8]["value"], "ALLOWALL");
}

// Feature 20 and pitfalls C2, C4: the scanner's engine, masked, each line once; harmless defaults are none.
TEST(Secrets, FromTheScannersEngineNeverTwice) {
  const Folder folder;
  folder.write("a.js",
               "const monkey = \"banana-tree-forest\";\n"
               "const port = process.env.PORT || '3000';\n"
               "const password = 'kT7vq9zLxw2M';\n"
               "const secret = process.env.JWT_SECRET || 'change-me-now';\n");
  const Json answer = folder.check({{"scope", "secrets"}});
  EXPECT_EQ(answer["violations"].size(), 2U) << answer["violations"];
  EXPECT_EQ(folder.violations({{"scope", "secrets"}})[0], "critical generic-password a.js:3");
  EXPECT_NE(folder.violations({{"scope", "secrets"}})[1].find("a.js:4"), std::string::npos);
  EXPECT_EQ(dump_json(answer).find("kT7vq9zLxw2M"), std::string::npos);
}

// Feature 21: twelve violations, two critical and ten warnings, the same at every run.
TEST(Counts, TwelveViolationsTwoCriticalTenWarnings) {
  const Folder folder;
  folder.write("package.json", R"x({"name": "shop", "license": "GPL-3.0-only"})x");
  folder.write("nginx.conf", "server {\n  listen 443;\n  # add_header X-Frame-Options DENY;\n}\n");
  folder.write(
      "server.js",
      "const app = require('express')();\nconst password = 'kT7vq9zLxw2M';\napp.use((req, res, next) => {\n"
      "  res.set('X-Frame-Options', 'DENY');\n  res.set('X-Content-Type-Options', 'nosniff');\n"
      "  res.set('Referrer-Policy', 'unsafe-url');\n  res.set('Content-Security-Policy', \"default-src 'self'\");\n"
      "  next();\n});\n");
  for (int i = 0; i < 3; ++i) {
    const Json summary = folder.check()["summary"];
    EXPECT_EQ(summary["total"], 12) << folder.check()["violations"].dump(1);
    EXPECT_EQ(summary["critical"], 2);
    EXPECT_EQ(summary["warning"], 10);
  }
}

}  // namespace
}  // namespace commandcenter::compliance_checker
