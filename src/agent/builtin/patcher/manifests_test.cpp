// Every kind of manifest as people lay it out: only what stands between « and » changes, from what is before the bar to
// what is behind it, whatever the line ends, with and without a byte order mark. Pitfall C6, features 23 and 30.
#include "agent/builtin/patcher/manifests.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include <gtest/gtest.h>

#include "agent/builtin/patcher/patcher.h"

namespace commandcenter::patcher {
namespace {

namespace fs = std::filesystem;

struct Case {
  const char* file;
  const char* package;
  const char* version;
  const char* strategy;
  const char* text;
};

const Case kCases[] = {
    // package.json
    {"package.json", "left-pad", "1.3.0", "bump",
     "{\n  \"name\": \"left-pad-user\",\n  \"version\": \"1.0.0\",\n  \"dependencies\": {\n    \"left-pad\": "
     "\"«^1.0.0|^1.3.0»\",\n    \"left-pad-extra\": \"^1.0.0\"\n  },\n  \"peerDependencies\": {\"left-pad\" : "
     "\"«>=1.0.0|>=1.3.0»\"},\n  \"config\": {\"left-pad\": \"^1.0.0\"}\n}\n"},
    {"package.json", "@types/node", "20.1.0", "pin",
     "{\"optionalDependencies\":{\"@types/node\":\"«~18.0.0|20.1.0»\",\"node\":\"18\"}}"},
    {"package.json", "react", "19.0.0", "widen",
     "{\n\t\"peerDependencies\": {\n\t\t\"react\": \"«^17.0.0 || ^18.0.0|^17.0.0 || ^18.0.0 || 19.0.0»\"\n\t}\n}\n"},
    {"packages/app/package.json", "zod", "3.23.8", "replace",
     "{\n    \"devDependencies\": {\n\n        \"zod\":\"«*|3.23.8»\"   ,\n        \"esc\\\"aped\": \"zod\"\n    }\n}"},
    // composer.json
    {"composer.json", "monolog/monolog", "3.5", "bump",
     "{\n    \"require\": {\n        \"php\": \"^8.1\",\n        \"monolog/monolog\": \"«^2.0|^3.5»\"\n    },\n    "
     "\"require-dev\": { \"monolog/monolog-dev\": \"^2.0\" }\n}\n"},
    // requirements.txt
    {"requirements.txt", "Django", "4.2.7", "replace",
     "# Django==3.0\n-r base.txt\n--index-url https://x/simple\nDjango[argon2] «>=3.2|>=4.2.7»  # keep Django==3.2\n"
     "django-cors==1.0\n"},
    {"requirements.txt", "typing_extensions", "4.9.0", "pin",
     "typing-extensions«~=4.0|==4.9.0» ; python_version < \"3.11\" \\\n    --hash=sha256:abc\n"},
    {"requirements/dev.txt", "pytest", "8.0.0", "widen", "pytest«>=7.1|>=7.1,<9»\npytest-cov>=4\n"},
    {"requirements.txt", "ruamel.yaml", "0.18", "replace", "RUAMEL_YAML«==0.17|==0.18»\nruamel.yaml.clib==0.2\n"},
    // pyproject.toml
    {"pyproject.toml", "httpx", "0.27.0", "replace",
     "[build-system]\nrequires = [\"httpx-build\"]\n\n[project]\nname = \"httpx-user\"\ndependencies = [\n    # httpx "
     "1.0 later\n    \"httpx[http2]«>=0.24|>=0.27.0»\",\n    \"anyio>=3\",  # trailing comma stays\n]\n\n"
     "[project.optional-dependencies]\ntest = ['httpx«>=0.24|>=0.27.0» ; python_version > \"3.8\"', \"pytest\"]\n"},
    {"pyproject.toml", "rich", "13.7.0", "bump",
     "[tool.poetry]\nname = \"x\"\n[tool.poetry.dependencies]\npython = \"^3.9\"\nrich = \"«^12.0|^13.7.0»\"\n\n"
     "[tool.poetry.group.dev.dependencies]\nrich = {version = '«^12.0|^13.7.0»', extras = [\"jupyter\"]}\n"},
    // setup.py
    {"setup.py", "attrs", "23.1", "replace",
     "from setuptools import setup\n# install_requires=['attrs>=1']\nextras = {\n    'dev': ['attrs[x]«>=20|>=23.1»'],"
     "\n}\nsetup(\n    name='attrs-user',\n    install_requires=[\n        'attrs-strict>=1',  # attrs>=2\n"
     "        \"Attrs«>=21,<22|==23.1»; python_version > '3'\",\n    ],\n    extras_require=extras,\n)\n"},
    // setup.cfg
    {"setup.cfg", "attrs", "23.1", "replace",
     "[metadata]\nname = attrs-user\n\n[options]\ninstall_requires =\n\tattrs«>=21|>=23.1»\n\tattrs-strict\n\n"
     "[options.extras_require]\ndev = attrs«>=21|>=23.1»; tox\n"},
    // Cargo.toml
    {"Cargo.toml", "tokio", "1.36.0", "bump",
     "[package]\nname = \"x\"\nversion = \"0.1.0\"\n\n[dependencies]\ntokio = { features = [\"full\"], version = "
     "\"«1.20|1.36.0»\" } # tokio = \"1\"\ntokio-util = \"0.7\"\n\n[target.'cfg(unix)'.dependencies]\ntokio = "
     "\"«^1|^1.36.0»\"\n"},
    {"Cargo.toml", "serde", "1.0.197", "pin",
     "[workspace.dependencies]\nserde.version = \"«1|=1.0.197»\"\nserde.features = [\"derive\"]\nserde_json = \"1\"\n"},
    {"crates/a/Cargo.toml", "rand", "0.8.5", "replace",
     "[build-dependencies.rand]\ndefault-features = false\nversion = '«0.7|0.8.5»'\n\n[features]\nrand = [\"std\"]\n"},
    // go.mod
    {"go.mod", "golang.org/x/net", "0.20.0", "replace",
     "module example.com/golang.org/x/net\n\ngo 1.21\n\nrequire (\n\tgolang.org/x/net «v0.17.0|v0.20.0» // indirect; "
     "v0.17.0\n\tgolang.org/x/nettest v0.17.0\n)\n\nexclude golang.org/x/net v0.16.0\n"},
    {"go.mod", "github.com/a/b/v2", "v2.3.0", "replace",
     "module m\nrequire github.com/a/b v1.0.0\nrequire github.com/a/b/v2 «v2.0.1|v2.3.0»\n"},
    // Gemfile
    {"Gemfile", "puma", "6.4", "bump",
     "source \"https://rubygems.org\"\n\ngroup :production do\n  gem \"puma\", \"«>= 5.0|>= 6.4»\", require: false\n  "
     "# "
     "gem \"puma\", \"4\"\n  gem 'puma_worker_killer', '~> 0.3'\nend\n"},
    {"Gemfile", "nokogiri", "1.16.0", "pin", "gem('nokogiri', '«~> 1.15.0|1.16.0»', platforms: %i[ruby])\n"},
    // pom.xml
    {"pom.xml", "org.slf4j:slf4j-api", "2.0.12", "replace",
     "<project>\n  <!-- <artifactId>slf4j-api</artifactId><version>1</version> -->\n  <version>1.7.36</version>\n  "
     "<dependencies>\n    <dependency>\n      <groupId>org.slf4j</groupId>\n      <artifactId>slf4j-api</artifactId>\n "
     "  "
     "   <version> «1.7.36|2.0.12» </version>\n      <scope>compile</scope>\n    </dependency>\n    <dependency>\n     "
     " "
     "<groupId>org.other</groupId>\n      <artifactId>slf4j-api</artifactId>\n      <version>1.7.36</version>\n    "
     "</dependency>\n  </dependencies>\n</project>\n"},
    {"pom.xml", "com.acme:core", "3", "replace",
     "<project><dependencyManagement><dependencies><dependency><artifactId>core</artifactId><version>${core.version}"
     "</version><groupId>com.acme</groupId></dependency></dependencies></dependencyManagement><properties>"
     "<core.version>«2|3»</core.version><core.version.old>2</core.version.old></properties></project>"},
    // build.gradle and its Kotlin form
    {"build.gradle", "com.google.guava:guava", "33.0.0-jre", "replace",
     "dependencies {\n    implementation group: 'com.google.guava', name: 'guava', version: '«31.0-jre|33.0.0-jre»'\n  "
     "  "
     "// implementation 'com.google.guava:guava:30.0-jre'\n    api \"com.google.guava:guava:«31.0-jre|33.0.0-jre»\"\n  "
     "  "
     "api 'com.google.guava:guava-testlib:31.0-jre'\n}\n"},
    {"build.gradle.kts", "org.jetbrains.kotlinx:kotlinx-coroutines-core", "1.8.0", "replace",
     "dependencies {\n    implementation(\"org.jetbrains.kotlinx:kotlinx-coroutines-core:«1.7.3|1.8.0»\") { "
     "isTransitive = false }\n}\n"},
    {"gradle/libs.versions.toml", "com.squareup.okhttp3:okhttp", "4.12.0", "replace",
     "[versions]\nokhttp = \"«4.11.0|4.12.0»\" # okhttp 5 later\nokhttp-old = \"4.11.0\"\nkotlin = \"1.9.0\"\n\n"
     "[libraries]\nokhttp = { module = \"com.squareup.okhttp3:okhttp\", version.ref = \"okhttp\" }\n# okhttp = "
     "\"com.squareup.okhttp3:okhttp:4\"\nokhttp2 = { group = \"com.squareup.okhttp3\", name = \"okhttp\", version = "
     "\"«4.11.0|4.12.0»\" }\nokhttp3 = \"com.squareup.okhttp3:okhttp:«4.10.0|4.12.0»\"\nlogging = { module = "
     "\"com.squareup.okhttp3:logging\", version.ref = \"okhttp-old\" }\n"},
    {"gradle/libs.versions.toml", "org.jetbrains.kotlin.jvm", "2.0.0", "replace",
     "[versions]\nkotlin = \"«1.9.0|2.0.0»\"\n[plugins]\njvm = { id = \"org.jetbrains.kotlin.jvm\", version.ref = "
     "\"kotlin\" }\nspotless = \"com.diffplug.spotless:6\"\n"},
    // .csproj
    {"src/App.csproj", "Newtonsoft.Json", "13.0.3", "replace",
     "<Project Sdk=\"Microsoft.NET.Sdk\">\n  <ItemGroup>\n    <PackageReference Include=\"Newtonsoft.Json\" "
     "PrivateAssets=\"all\" Version=\"«12.0.1|13.0.3»\" />\n    <PackageReference Include=\"Newtonsoft.Json.Bson\" "
     "Version=\"1.0.2\" />\n    <PackageReference Version='«12.0.1|13.0.3»' Include='newtonsoft.json'>\n    "
     "</PackageReference>\n    <PackageReference Include=\"Newtonsoft.Json\">\n      "
     "<Version>«12.0.1|13.0.3»</Version>\n "
     "   </PackageReference>\n  </ItemGroup>\n</Project>\n"},
    // Dockerfile
    {"Dockerfile", "python", "3.12-slim", "replace",
     "# syntax=docker/dockerfile:1\nARG V=1\n# FROM python:3.9\nFROM --platform=linux/amd64 "
     "python:«3.11-slim|3.12-slim» "
     "AS base\nRUN pip install python:3.11-slim\nFROM base\nFROM bitnami/python:3.11-slim\nfrom "
     "python:«3.11|3.12-slim»\n"},
    {"Dockerfile", "ghcr.io/acme/tool", "2.1", "replace", "FROM ghcr.io/acme/tool:«2.0|2.1»\nFROM acme/tool:2.0\n"},
};

std::string chosen(std::string_view text, bool after) {
  std::string result;
  while (true) {
    const std::size_t open = text.find("«");
    if (open == std::string_view::npos) return result + std::string(text);
    const std::size_t close = text.find("»", open);
    result += text.substr(0, open);
    const std::string_view token = text.substr(open + 2, close - open - 2);
    // The bar in the middle of "a || b|a || b || c" is the one that no other stands beside.
    std::size_t bar = token.find('|');
    while (token.substr(bar, 2) == "||")
      bar = token.find('|', bar + 2);
    result += after ? token.substr(bar + 1) : token.substr(0, bar);
    text.remove_prefix(close + 2);
  }
}

std::string with_crlf(std::string_view text) {
  std::string result;
  for (const char c : text)
    result += c == '\n' ? std::string("\r\n") : std::string(1, c);
  return result;
}

class ManifestsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "cc-manifests-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { fs::remove_all(root_); }

  std::string updated(const Case& one, const std::string& text) const {
    const fs::path file = root_ / one.file;
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    const Json input = {{"operation", "update-deps"}, {"file", one.package}, {"changes", {{"version", one.version}}},
                        {"strategy", one.strategy},   {"target", one.file},  {"dryRun", false}};
    const auto answer = run("patch", input, root_.string(), [](std::string_view) {});
    if (!answer) return answer.error().message;
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  fs::path root_{};
};

TEST_F(ManifestsTest, only_the_version_token_changes) {
  for (const Case& one : kCases) {
    const std::string before = chosen(one.text, false);
    const std::string after = chosen(one.text, true);
    ASSERT_NE(before, after);
    const std::string mark = "\xef\xbb\xbf";
    EXPECT_EQ(updated(one, before), after) << one.file;
    EXPECT_EQ(updated(one, with_crlf(before)), with_crlf(after)) << one.file << " with CRLF";
    EXPECT_EQ(updated(one, mark + before), mark + after) << one.file << " with a byte order mark";
    EXPECT_EQ(updated(one, mark + with_crlf(before)), mark + with_crlf(after)) << one.file << " with both";
    if (!before.ends_with('\n')) continue;
    EXPECT_EQ(updated(one, before.substr(0, before.size() - 1)), after.substr(0, after.size() - 1))
        << one.file << " without a line end at its end";
  }
}

TEST_F(ManifestsTest, every_kind_is_among_the_cases) {
  std::set<std::string_view> kinds;
  for (const Case& one : kCases) {
    const Kind* kind = kind_of(one.file);
    ASSERT_NE(kind, nullptr) << one.file;
    kinds.insert(kind->name);
  }
  EXPECT_EQ(kinds.size(), 14U);
}

}  // namespace
}  // namespace commandcenter::patcher
