// Lock files that follow a manifest without a registry, and those that cannot. The hashes are those that the tools
// make. Feature 23, pitfall C6.
#include "agent/builtin/patcher/locks.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

namespace commandcenter::patcher {
namespace {

// The lock file afterwards, or "fits" or "stale".
std::string followed(std::string_view name, std::string text, std::string_view dependency,
                     const ManifestChange& manifest) {
  switch (update_lock(name, text, dependency, manifest, {})) {
    case LockState::kFits:
      return "fits";
    case LockState::kStale:
      return "stale";
    case LockState::kUpdated:
      return text;
  }
  return {};
}

TEST(Locks, ComposerHashesItsManifest) {
  const auto manifest = [](std::string_view version) {
    return fmt::format(
        R"({{"require": {{"php": ">=8.1", "v/dep": "{}"}}, "description": "not part of it", "name": "\u00e9/shop",)"
        R"( "extra": {{}}, "config": {{"sort-packages": true, "platform": {{"php": "8.1"}}}}}})",
        version);
  };
  const auto lock = [](std::string_view hash) {
    return fmt::format(
        R"({{"content-hash": "{}", "packages": [], "packages-dev": [{{"name": "v/dep", "version": "v1.4.2"}}]}})",
        hash);
  };
  constexpr std::string_view kBefore = "3bdd672524a782e976aba4894cfbac28";
  constexpr std::string_view kAfter = "4b4c4f022c67c084d7fae25aab22a77f";
  const ManifestChange change{manifest("^1.0"), manifest("^1.4"), {{"^1.0", "^1.4"}}};
  EXPECT_EQ(followed("composer.lock", lock(kBefore), "v/dep", change), lock(kAfter));
  EXPECT_EQ(followed("composer.lock", lock(kAfter), "v/dep", change), "stale") << "it was stale before";
  const ManifestChange major{manifest("^1.0"), manifest("^2.0"), {{"^1.0", "^2.0"}}};
  EXPECT_EQ(followed("composer.lock", lock(kBefore), "v/dep", major), "stale");
}

TEST(Locks, PoetryHashesItsManifest) {
  const auto manifest = [](std::string_view version) {
    return fmt::format(
        "[tool.poetry]\nname = \"x\"\n[tool.poetry.dependencies]\npython = \"^3.9\"\n\"My.Dep\" = \"{}\"\n"
        "[tool.poetry.group.dev.dependencies]\npytest = {{version = \"*\", extras = [\"a\"]}}\n",
        version);
  };
  const auto lock = [](std::string_view hash) {
    return fmt::format("[[package]]\nname = \"my-dep\"\nversion = \"1.5\"\n\n[metadata]\ncontent-hash = \"{}\"\n",
                       hash);
  };
  const ManifestChange change{manifest("^1.0"), manifest("^1.4"), {{"^1.0", "^1.4"}}};
  EXPECT_EQ(followed("poetry.lock", lock("603bf76f31572ad87741089f71bdb31bc824340d475f1099cff6113d954b9ca8"), "My.Dep",
                     change),
            lock("91c617bd0cb904630a7cf956516e7bfe59f65ba633d13bd05891f7b3aa7e8311"));
  EXPECT_EQ(followed("poetry.lock", lock("0000"), "My.Dep", change), "stale");
  const auto project = [](std::string_view version) {
    return fmt::format(
        "[project]\nname = \"x\"\nrequires-python = \">=3.9\"\ndependencies = [\"dep ({})\"]\n[tool.poetry]\npackages "
        "= []\n",
        version);
  };
  const auto other = [](std::string_view hash) {
    return fmt::format("[[package]]\nname = \"dep\"\nversion = \"1.5.0\"\n\n[metadata]\ncontent-hash = \"{}\"\n", hash);
  };
  EXPECT_EQ(followed("poetry.lock", other("b0c6eb54c0013e47e5f0a900d37de1bf9a1ca51639e2fa715d8f01ee385c231a"), "dep",
                     {project(">=1.0,<2"), project(">=1.4,<2"), {{">=1.0,<2", ">=1.4,<2"}}}),
            other("c157e028174ee99a4f36a10abab6d4e0340d164c583bf7b1c982be9e03e950a5"))
      << "Poetry 2";
}

TEST(Locks, UvRepeatsTheRequirement) {
  const std::string lock =
      "version = 1\n\n[[package]]\nname = \"dep\"\nversion = \"1.5.0\"\n\n[[package]]\nname = \"shop\"\n"
      "dependencies = [\n    { name = \"dep\" },\n]\n\n[package.metadata]\nrequires-dist = [\n"
      "    { name = \"dep\", extras = [\"x\"], specifier = \">=1.0\" },\n    { name = \"other\", specifier = \">=1.0\" "
      "},\n]\n";
  std::string wanted = lock;
  wanted.replace(wanted.find(">=1.0"), 5, ">=1.4");
  EXPECT_EQ(followed("uv.lock", lock, "dep", {{}, {}, {{">=1.0", ">=1.4"}}}), wanted);
  EXPECT_EQ(followed("uv.lock", lock, "dep", {{}, {}, {{">=1.0", ">=2.0"}}}), "stale");
  EXPECT_EQ(followed("uv.lock", lock, "dep", {{}, {}, {{">=0.9", ">=1.4"}}}), "stale");
}

TEST(Locks, NugetAndGradleFollowToAVersionThatIsLocked) {
  const std::string nuget =
      "{\n  \"dependencies\": {\n    \"net8.0\": {\n      \"Dep.Core\": {\n        \"type\": \"Direct\",\n"
      "        \"requested\": \"[1.0.0, )\",\n        \"resolved\": \"1.4.0\",\n        \"contentHash\": \"x==\"\n"
      "      }\n    }\n  }\n}\n";
  std::string wanted = nuget;
  wanted.replace(wanted.find("[1.0.0"), 6, "[1.4.0");
  EXPECT_EQ(followed("packages.lock.json", nuget, "dep.core", {{}, {}, {{"1.0.0", "1.4.0"}}}), wanted);
  EXPECT_EQ(followed("packages.lock.json", nuget, "dep.core", {{}, {}, {{"1.0.0", "1.5.0"}}}), "stale");
  const std::string gradle = "# comment\ng:dep:1.4=compileClasspath,runtimeClasspath\ng:dep-extra:1.0=a\nempty=b\n";
  EXPECT_EQ(followed("gradle.lockfile", gradle, "g:dep", {{}, {}, {{"1.0", "1.4"}}}), "fits");
  EXPECT_EQ(followed("gradle.lockfile", gradle, "g:dep", {{}, {}, {{"1.0", "1.5"}}}), "stale");
  EXPECT_EQ(followed("pdm.lock", "", "dep", {{}, {}, {{"1.0", "1.5"}}}), "stale");
}

TEST(Locks, ComposerMeansOtherThingsThanNpm) {
  EXPECT_TRUE(satisfies(Grammar::kComposer, "~1.2", "1.9.0"));
  EXPECT_FALSE(satisfies(Grammar::kNpm, "~1.2", "1.9.0"));
  EXPECT_FALSE(satisfies(Grammar::kComposer, "1.2", "1.2.1"));
  EXPECT_TRUE(satisfies(Grammar::kComposer, "1.2.*", "1.2.1"));
  EXPECT_TRUE(satisfies(Grammar::kPython, "~=1.4", "1.9"));
  EXPECT_FALSE(satisfies(Grammar::kPython, "~=1.4.0", "1.5"));
}

}  // namespace
}  // namespace commandcenter::patcher
