// Every kind of manifest and lock file: names, versions, licences, direct or not, production or not.
#include "code/dependencies/dependencies.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "code/dependencies/annotations.h"
#include "code/dependencies/readers.h"
#include "code/dependencies/sbom.h"

namespace commandcenter::code {
namespace {

// "name version licence D(irect)/T(ransitive) p(roduction)/d(evelopment)", in order.
std::vector<std::string> found(const std::vector<ManifestFile>& files, const Lookup& lookup = {}) {
  std::vector<std::string> all;
  const Inventory inventory = read_dependencies(files, lookup);
  for (const auto& [file, reason] : inventory.unread)
    all.push_back(file + ": " + reason);
  for (const Dependency& one : inventory.dependencies)
    all.push_back(fmt::format("{} {} {} {}{}", one.name, one.version, one.license.empty() ? "?" : one.license,
                              one.direct ? 'D' : 'T', one.development ? 'd' : 'p'));
  return all;
}

using Lines = std::vector<std::string>;

TEST(Npm, LockFilesOfAllVersions) {
  EXPECT_EQ(found({{"package-lock.json", R"x({"lockfileVersion": 3, "packages": {
      "": {"dependencies": {"a": "^1"}, "devDependencies": {"@s/b": "2"}},
      "node_modules/a": {"version": "1.2.0", "license": "MIT"},
      "node_modules/@s/b": {"version": "2.0.0", "license": "(MIT OR GPL-2.0)", "dev": true},
      "node_modules/a/node_modules/c": {"version": "0.1.0", "license": {"type": "BSD"}},
      "node_modules/ws": {"link": true}}})x"}}),
            (Lines{"@s/b 2.0.0 MIT OR GPL-2.0-only Dd", "a 1.2.0 MIT Dp", "c 0.1.0 BSD-3-Clause Tp"}));
  const Lookup lookup{[](const std::string& path) -> std::optional<std::string> {
                        if (path == "web/node_modules/a/package.json") return R"x({"license": "ISC"})x";
                        return std::nullopt;
                      },
                      nullptr};
  EXPECT_EQ(found({{"web/package.json", R"x({"license": "MIT", "dependencies": {"a": "1"}})x"},
                   {"web/package-lock.json", R"x({"lockfileVersion": 1, "dependencies": {
                      "a": {"version": "1.0.0", "dependencies": {"b": {"version": "3.0.0", "dev": true}}}}})x"}},
                  lookup),
            (Lines{"a 1.0.0 ISC Dp", "b 3.0.0 ? Td"}));
}

TEST(Npm, PnpmAndYarn) {
  const ManifestFile manifest{"package.json", R"x({"dependencies": {"a": "^1"}, "devDependencies": {"@s/b": "^2"}})x"};
  EXPECT_EQ(found({{"pnpm-lock.yaml",
                    "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      a:\n        "
                    "specifier: ^1\n        version: 1.0.0\npackages:\n  a@1.0.0:\n    resolution: "
                    "{integrity: x}\n  '@s/c@2.0.0(a@1.0.0)':\n    resolution: {integrity: y}\n"}}),
            (Lines{"@s/c 2.0.0 ? Tp", "a 1.0.0 ? Dp"}));
  EXPECT_EQ(found({manifest,
                   {"yarn.lock",
                    "# yarn lockfile v1\n\n\"@s/b@^2\":\n  version \"2.1.0\"\n\na@^1, a@^1.2:\n  version "
                    "\"1.9.0\"\n  dependencies:\n    z \"^1\"\n\nz@^1:\n  version \"1.0.0\"\n"}}),
            (Lines{"@s/b 2.1.0 ? Dd", "a 1.9.0 ? Dp", "z 1.0.0 ? Tp"}));
  EXPECT_EQ(found({manifest,
                   {"yarn.lock",
                    "__metadata:\n  version: 6\n\n\"a@npm:^1\":\n  version: 1.9.0\n  resolution: "
                    "\"a@npm:1.9.0\"\n\n\"app@workspace:.\":\n  version: 0.0.0-use.local\n"}}),
            (Lines{"@s/b ^2 ? Dd", "a 1.9.0 ? Dp"}));
}

TEST(Python, RequirementsPyprojectAndLocks) {
  EXPECT_EQ(found({{"requirements.txt",
                    "# x\nRequests[socks]==2.31.0 ; python_version > '3'\n-r other.txt\nflask>=2,<3 # y\n"},
                   {"requirements-dev.txt", "pytest\n"}}),
            (Lines{"flask >=2,<3 ? Dp", "pytest  ? Dd", "requests 2.31.0 ? Dp"}));
  EXPECT_EQ(found({{"pyproject.toml",
                    "[project]\nname = 'x'\nlicense = {text = \"MIT\"}\ndependencies = [\n  \"a>=1\", # c\n]\n"
                    "[project.optional-dependencies]\ntest = ['b']\n"}}),
            (Lines{"a >=1 ? Dp", "b  ? Dd"}));
  EXPECT_EQ(found({{"pyproject.toml",
                    "[tool.poetry.dependencies]\npython = '^3'\nfoo = \"^1\"\n[tool.poetry.group.dev.dependencies]\n"
                    "bar = {version = \"2\"}\n"},
                   {"poetry.lock",
                    "[[package]]\nname = \"foo\"\nversion = \"1.4\"\n\n[[package]]\nname = \"bar\"\nversion = "
                    "\"2.0\"\ngroups = [\"dev\"]\n\n[[package]]\nname = \"deep\"\nversion = \"0.1\"\n"}}),
            (Lines{"bar 2.0 ? Dd", "deep 0.1 ? Tp", "foo 1.4 ? Dp"}));
  EXPECT_EQ(found({{"Pipfile.lock",
                    R"x({"default": {"a": {"version": "==1.0"}}, "develop": {"b": {"version": "==2.0"}}})x"}}),
            (Lines{"a 1.0 ? Tp", "b 2.0 ? Td"}));
}

// Found by the fuzzer: members of other types than their names promise.
TEST(Npm, MarksOfAnyType) {
  EXPECT_EQ(found({{"pnpm-lock.yaml", "lockfileVersion: '6.0'\npackages:\n  /a@1.0.0:\n    dev: often\n"}}),
            (Lines{"a 1.0.0 ? Tp"}));
  EXPECT_EQ(found({{"package-lock.json",
                    R"x({"packages": {"node_modules/a": {"version": "1.0.0", "dev": "yes", "link": 0}}})x"}}),
            (Lines{"a 1.0.0 ? Tp"}));
  EXPECT_EQ(found({{"package-lock.json", R"x({"dependencies": {"a": {"version": "1.0.0", "dev": []}}})x"}}),
            (Lines{"a 1.0.0 ? Tp"}));
}

TEST(Python, Pipfile) {
  EXPECT_EQ(found({{"Pipfile", "[packages]\nA_b = \"*\"\nc = {version = \"==1.0\"}\n[dev-packages]\nd = \"*\"\n"}}),
            (Lines{"a-b * ? Dp", "c ==1.0 ? Dp", "d * ? Dd"}));
}

TEST(Compiled, CargoGoMavenGradle) {
  EXPECT_EQ(found({{"Cargo.toml",
                    "[package]\nname='x'\nlicense='MIT OR Apache-2.0'\n[dependencies]\nserde = { version = \"1\", "
                    "features=[\"derive\"] }\n[dev-dependencies]\nrand = \"0.8\"\n"},
                   {"Cargo.lock",
                    "[[package]]\nname = \"x\"\nversion = \"0.1.0\"\n[[package]]\nname = \"serde\"\nversion = "
                    "\"1.0.1\"\nsource = \"registry+https://x\"\n[[package]]\nname = \"itoa\"\nversion = \"1.0.0\"\n"
                    "source = \"registry\"\n"}},
                  {[](const std::string& path) -> std::optional<std::string> {
                     if (path == "vendor/serde/Cargo.toml") return "[package]\nlicense = \"MIT/Apache-2.0\"\n";
                     return std::nullopt;
                   },
                   nullptr}),
            (Lines{"itoa 1.0.0 ? Tp", "rand 0.8 ? Dd", "serde 1.0.1 MIT OR Apache-2.0 Dp"}));
  EXPECT_EQ(
      found({{"go.mod",
              "module x\n\ngo 1.22\n\nrequire a/b v1.2.3\nrequire (\n\tc/d v0.1.0 // indirect\n\te/f/v2 v2.0.0\n)\n"}}),
      (Lines{"a/b v1.2.3 ? Dp", "c/d v0.1.0 ? Tp", "e/f/v2 v2.0.0 ? Dp"}));
  EXPECT_EQ(found({{"pom.xml",
                    "<project><properties><v>5.1</v></properties><dependencies><dependency><groupId>g</groupId>"
                    "<artifactId>a</artifactId><version>${v}</version></dependency><!-- <dependency><groupId>no"
                    "</groupId></dependency> --><dependency><groupId>j</groupId><artifactId>junit</artifactId>"
                    "<version>4</version><scope>test</scope></dependency></dependencies></project>"}}),
            (Lines{"g:a 5.1 ? Dp", "j:junit 4 ? Dd"}));
  const auto maven = [](const std::string& name, const std::string& more) {
    return "<dependency><groupId>g</groupId><artifactId>" + name + "</artifactId>" + more + "</dependency>";
  };
  const std::string parent = "<project><properties><v>5.1</v></properties><dependencyManagement><dependencies>" +
                             maven("a", "<version>${v}</version>") + maven("t", "<version>4</version>") +
                             maven("unused", "<version>1</version>") +
                             "</dependencies></dependencyManagement><dependencies>" +
                             maven("own", "<version>2</version>") + "</dependencies></project>";
  const std::string module = "<project><dependencies>" + maven("a", "") + maven("t", "<scope>test</scope>") +
                             maven("elsewhere", "") + "</dependencies></project>";
  EXPECT_EQ(found({{"core/pom.xml", module}, {"pom.xml", parent}}),
            (Lines{"g:a 5.1 ? Dp", "g:elsewhere  ? Dp", "g:own 2 ? Dp", "g:t 4 ? Dd", "g:unused 1 ? Dp"}));
  const std::string nearer = "<project><dependencyManagement><dependencies>" + maven("a", "<version>6</version>") +
                             "</dependencies></dependencyManagement></project>";
  EXPECT_EQ(found({{"core/pom.xml", nearer}, {"core/x/pom.xml", module}, {"pom.xml", parent}})[0], "g:a 6 ? Dp");
  // The project's own version is not its parent's, and a parent's properties count.
  EXPECT_EQ(found({{"pom.xml",
                    "<project><parent><version>35</version></parent><version>3.8</version><properties><s>1.7"
                    "</s></properties><dependencies>" +
                        maven("b", "<version>${project.version}</version>") + "</dependencies></project>"},
                   {"m/n/pom.xml", "<project><parent><version>3.8</version></parent><dependencies>" +
                                       maven("c", "<version>${project.version}</version>") +
                                       maven("d", "<version>${s}</version>") + "</dependencies></project>"}}),
            (Lines{"g:b 3.8 ? Dp", "g:c 3.8 ? Dp", "g:d 1.7 ? Dp"}));
  EXPECT_EQ(found({{"build.gradle.kts",
                    "dependencies {\n  implementation(\"g:a:1.0\")\n  testImplementation(\"g:t:2.0\")\n  // "
                    "api(\"g:x:1\")\n}\n"}}),
            (Lines{"g:a 1.0 ? Dp", "g:t 2.0 ? Dd"}));
  EXPECT_EQ(found({{"gradle/libs.versions.toml",
                    "[versions]\nv = \"1.2\"\nk = { strictly = \"1.9\" }\n[libraries]\na = { module = \"g:a\", "
                    "version.ref = \"v\" }\nb = { group = \"g\", name = \"b\", version = { ref = \"k\" } }\n"
                    "c = \"g:c:3.0\"\nd = { module = \"g:d\" }\n[plugins]\np = \"x:1\"\n"}}),
            (Lines{"g:a 1.2 ? Dp", "g:b 1.9 ? Dp", "g:c 3.0 ? Dp", "g:d  ? Dp"}));
}

TEST(Scripted, ComposerBundlerNuget) {
  EXPECT_EQ(found({{"composer.json", R"x({"license": "MIT", "require": {"php": ">=8", "v/a": "^1"}})x"},
                   {"composer.lock", R"x({"packages": [{"name": "v/a", "version": "1.1", "license": ["MIT"]},
                      {"name": "v/b", "version": "2", "license": ["LGPL-2.1-only", "GPL-3.0-or-later"]}],
                      "packages-dev": [{"name": "v/c", "version": "3", "license": ["BSD-3-Clause"]}]})x"}}),
            (Lines{"v/a 1.1 MIT Dp", "v/b 2 LGPL-2.1-only OR GPL-3.0-or-later Tp", "v/c 3 BSD-3-Clause Td"}));
  EXPECT_EQ(
      found({{"Gemfile.lock",
              "GEM\n  remote: https://rubygems.org/\n  specs:\n    rack (2.2.3)\n    rails (7.0)\n      rack (>= 2)\n\n"
              "DEPENDENCIES\n  rails (~> 7.0)\n"}}),
      (Lines{"rack 2.2.3 ? Tp", "rails 7.0 ? Dp"}));
  EXPECT_EQ(
      found({{"Gemfile",
              "source 'https://rubygems.org'\ngem \"rails\", \"~> 7.0\", require: false\ngroup :development, :test "
              "do\n  gem 'rspec'\nend\ngem 'puma', group: :production\ngem('lint', '1', groups: [:test])\n"},
             {"Gemfile.lock", "GEM\n  specs:\n    rails (7.0.1)\n    rspec (3.1)\n\nDEPENDENCIES\n  rails\n"}}),
      (Lines{"lint 1 ? Dd", "puma  ? Dp", "rails 7.0.1 ? Dp", "rspec 3.1 ? Dd"}));
  EXPECT_EQ(
      found({{"a.csproj",
              "<Project><ItemGroup><PackageReference Include=\"N\" Version=\"13.0.1\" />"
              "<PackageReference Include=\"M\"><Version>2.0</Version></PackageReference></ItemGroup></Project>"}}),
      (Lines{"M 2.0 ? Dp", "N 13.0.1 ? Dp"}));
  EXPECT_EQ(found({{"packages.lock.json", R"x({"version": 1, "dependencies": {"net8.0": {
      "A": {"type": "Direct", "resolved": "1.0.0"}, "B": {"type": "Transitive", "resolved": "2.0.0"}}}})x"}}),
            (Lines{"A 1.0.0 ? Dp", "B 2.0.0 ? Tp"}));
}

// Pitfall C4: a licence that is an object is read, and one broken file hides no other.
TEST(Inventory, BrokenFilesAreNamed) {
  EXPECT_EQ(found({{"a/package.json", "{"},
                   {"b/package-lock.json", R"x({"packages": {"node_modules/x": {"version": "1"}}})x"}})
                .size(),
            2U);
  const Inventory inventory =
      read_dependencies(std::vector<ManifestFile>{{"package.json", R"x({"license": {"type": "MIT"}})x"}}, {});
  ASSERT_EQ(inventory.projects.size(), 1U);
  EXPECT_EQ(inventory.projects[0].license, "MIT");
}

TEST(Sbom, HoldsWhatIsKnown) {
  const Inventory inventory = read_dependencies(
      std::vector<ManifestFile>{
          {"composer.lock", R"x({"packages": [{"name": "v/a", "version": "1.1", "license": ["MIT"]},
        {"name": "v/b", "version": "2", "license": ["proprietary"]}]})x"}},
      {});
  const SbomFacts facts{"shop", "1.0.0", "2025-11-30T12:00:00Z"};
  const Json spdx = spdx_sbom(inventory, facts);
  EXPECT_EQ(spdx["spdxVersion"], "SPDX-2.3");
  EXPECT_EQ(spdx["packages"][1]["licenseDeclared"], "MIT");
  EXPECT_EQ(spdx["packages"][2]["licenseDeclared"], "NOASSERTION");
  EXPECT_EQ(spdx["packages"][1]["externalRefs"][0]["referenceLocator"], "pkg:composer/v/a@1.1");
  const Json cyclonedx = cyclonedx_sbom(inventory, facts);
  EXPECT_EQ(cyclonedx["components"][0]["licenses"][0]["license"]["id"], "MIT");
  EXPECT_EQ(cyclonedx["components"][1]["licenses"][0]["license"]["name"], "proprietary");
  EXPECT_EQ(cyclonedx, cyclonedx_sbom(inventory, facts));
  EXPECT_NE(notice_text(inventory, "Shop", {}).find("MIT\n---\nv/a 1.1 (composer)\n"), std::string::npos);
}

TEST(Python, WhatSetuptoolsIsTold) {
  EXPECT_EQ(found({{"setup.py", R"x(# install_requires=["never"]
import setuptools
needed = ["flask>=1.1,<2", # "never"
          'ruamel.yaml']
setuptools.setup(name="x", description="install_requires nothing", python_requires=">=3.8",
    install_requires=needed,
    setup_requires=("wheel",),
    extras_require={":sys_platform == 'win32'": ["pydivert>=2"], "dev": ["pytest==7.0"]})
)x"}}),
            (Lines{"flask >=1.1,<2 ? Dp", "pydivert >=2 ? Dp", "pytest 7.0 ? Dd", "ruamel-yaml  ? Dp", "wheel  ? Dd"}));
  EXPECT_EQ(found({{"setup.py", "setup(**{'install_requires': ['a']}, install_requires=open('x').read())\n"}}),
            (Lines{"a  ? Dp"}));
  EXPECT_EQ(found({{"setup.py", "deps = ['a', 'b']\nsetup(tests_require=deps, install_requires=deps)\n"}}),
            (Lines{"a  ? Dp", "b  ? Dp"}));
  EXPECT_EQ(found({{"setup.cfg",
                    "[metadata]\nname = x\n[options]\npackages = find:\ninstall_requires =\n"
                    "    a>=1\n    # b\n    c @ https://h/c.zip\ntests_require = d\n"
                    "[options.extras_require]\ntest =\n    e==2 ; python_version < '3'\n"}}),
            (Lines{"a >=1 ? Dp", "d  ? Dd", "e 2 ? Dd"}));
  const Inventory inventory = read_dependencies(std::vector<ManifestFile>{{"setup.py",
                                                                           "\nsetup(extras_require={'x': [\n'a']},\n"
                                                                           "install_requires=['b'])\n"}},
                                                {});
  ASSERT_EQ(inventory.dependencies.size(), 2U);
  EXPECT_EQ(inventory.dependencies[0].line, 3U);
  EXPECT_EQ(inventory.dependencies[1].line, 4U);
}

// Whoever looks for flaws by package URL finds nothing under "^1.0.0".
TEST(Sbom, ARangeIsNoVersion) {
  const auto version = [](const char* ecosystem, const char* text, bool locked = false) {
    return exact_version({.ecosystem = ecosystem, .name = "a", .version = text, .locked = locked});
  };
  for (const auto& [ecosystem, text] : {std::pair{"npm", "^1.0.0"},
                                        {"npm", "1"},
                                        {"npm", "1.2"},
                                        {"npm", "1.2.x"},
                                        {"npm", "*"},
                                        {"npm", "latest"},
                                        {"npm", "1.0.0 || 2.0.0"},
                                        {"npm", "github:a/b#1.0.0"},
                                        {"gem", "~> 6.1.0"},
                                        {"pypi", ">=1,<2"},
                                        {"pypi", "2.*"},
                                        {"cargo", "1.0.4"},
                                        {"maven", "[1,2)"},
                                        {"maven", "${a.version}"},
                                        {"go", ""}})
    EXPECT_EQ(version(ecosystem, text), "") << ecosystem << " " << text;
  EXPECT_EQ(version("npm", "1.0.0-rc.1"), "1.0.0-rc.1");
  EXPECT_EQ(version("gem", "6.1.7"), "6.1.7");
  EXPECT_EQ(version("pypi", "==2.31.0"), "2.31.0");
  EXPECT_EQ(version("cargo", "=1.0.4"), "1.0.4");
  EXPECT_EQ(version("maven", "31.1-jre"), "31.1-jre");
  EXPECT_EQ(version("cargo", "1.0.4", true), "1.0.4");

  Inventory inventory;
  for (const char* range : {"^1.0.0", "~2.0.0"})
    inventory.dependencies.push_back({.ecosystem = "npm", .name = "a", .version = range, .direct = true});
  const SbomFacts facts{"shop", "1.0.0", "2025-11-30T12:00:00Z"};
  const Json cyclonedx = cyclonedx_sbom(inventory, facts);
  const Json spdx = spdx_sbom(inventory, facts);
  for (std::size_t i = 0; i < 2; ++i) {
    const Json& component = cyclonedx["components"][i];
    EXPECT_EQ(component["purl"], "pkg:npm/a");
    EXPECT_FALSE(component.contains("version"));
    EXPECT_EQ(component["properties"][0]["value"], inventory.dependencies[i].version);
    const Json& package = spdx["packages"][i + 1];
    EXPECT_EQ(package["externalRefs"][0]["referenceLocator"], "pkg:npm/a");
    EXPECT_FALSE(package.contains("versionInfo"));
  }
  EXPECT_NE(cyclonedx["components"][0]["bom-ref"], cyclonedx["components"][1]["bom-ref"]);
  EXPECT_NE(spdx["packages"][1]["SPDXID"], spdx["packages"][2]["SPDXID"]);
}

TEST(Annotations, GlobsOfReuseAndOfDep5) {
  const auto spdx = [](std::string_view file, std::string_view text, std::string_view path) {
    const auto annotations = read_annotations(file, text);
    const Annotation* found = annotations ? annotation_of(*annotations, path) : nullptr;
    return found == nullptr ? std::string() : found->spdx;
  };
  const auto toml = [&](const std::string& glob, std::string_view path) {
    return spdx("sub/REUSE.toml",
                "[[annotations]]\npath = '" + glob + "'\nSPDX-License-Identifier = ['MIT', 'ISC OR Zlib']\n", path);
  };
  EXPECT_EQ(toml("*.c", "sub/a.c"), "MIT AND (ISC OR Zlib)");
  EXPECT_EQ(toml("*.c", "a.c"), "");
  EXPECT_EQ(toml("*.c", "sub/x/a.c"), "");
  EXPECT_EQ(toml("**/a.c", "sub/x/y/a.c"), "MIT AND (ISC OR Zlib)");
  EXPECT_EQ(toml("x/**", "sub/x/y/a.c"), "MIT AND (ISC OR Zlib)");
  EXPECT_EQ(toml("**/*_a*.c", "sub/x/y/b_ab.c"), "MIT AND (ISC OR Zlib)");
  EXPECT_EQ(toml("\\*.c", "sub/*.c"), "MIT AND (ISC OR Zlib)");
  EXPECT_EQ(toml("\\*.c", "sub/a.c"), "");
  const std::string_view dep5 = "Files: *\nLicense: MIT\n\nFiles: img/*\n doc/?.md\nCopyright: A\nLicense: CC0-1.0\n";
  EXPECT_EQ(spdx(".reuse/dep5", dep5, "any/where.c"), "MIT");
  EXPECT_EQ(spdx(".reuse/dep5", dep5, "img/a/b.png"), "CC0-1.0");
  EXPECT_EQ(spdx(".reuse/dep5", dep5, "doc/a.md"), "CC0-1.0");
  EXPECT_EQ(spdx(".reuse/dep5", dep5, "doc/ab.md"), "MIT");
  for (std::size_t cut = 0; cut <= dep5.size(); ++cut) {
    spdx(".reuse/dep5", dep5.substr(cut), "a");
    spdx("REUSE.toml", dep5.substr(cut), "a");
  }
  EXPECT_EQ(toml(std::string(2'000, '*') + "z", "sub/" + std::string(2'000, 'a')), "");  // linear enough
}

TEST(Toml, SurvivesAnyText) {
  for (const char* text :
       {"[", "[[", "a", "a=", "a=[", "a={", "a=\"", "a.b.c=1\n[a]\nb=2", "=", "]", "[a]\n[[a]]\nx=1"})
    (void)dependencies::parse_toml(text);
}

}  // namespace
}  // namespace commandcenter::code
