// Imports to files, language by language, in repositories of a few lines.
#include "code/graph/graph.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace commandcenter::architecture {
namespace {

using Files = std::map<std::string, std::string>;
using Lines = std::vector<std::string>;

SourceGraph graph_of(const Files& files, bool reversed = false) {
  GraphBuilder builder;
  std::vector<std::pair<std::string, std::string>> list(files.begin(), files.end());
  if (reversed) std::ranges::reverse(list);
  unsigned thread = 0;
  for (const auto& [path, text] : list)
    builder.add(reversed ? thread++ % 3 : 0, path, text);
  return builder.finish();
}

Lines edges(const Files& files) {
  const SourceGraph graph = graph_of(files);
  Lines lines;
  for (const Edge& edge : graph.edges)
    lines.push_back(graph.files[edge.from].path + " > " + graph.files[edge.to].path);
  // Threads and the order of folders change nothing.
  EXPECT_EQ(graph.edges, graph_of(files, true).edges);
  return lines;
}

TEST(Graph, script_extensions_and_index_files) {
  EXPECT_EQ(
      edges({{"a.ts", "import './b.js'; import './c'; import '.'; import './d/'; import './none'; import './x.css'"},
             {"b.ts", ""},
             {"b.js", ""},
             {"c/index.tsx", ""},
             {"d/package.json", R"({"main": "lib/start.js"})"},
             {"d/lib/start.js", "require('../../b'); require('./data')"},
             {"d/lib/data.json", "{}"},
             {"index.ts", ""},
             {"x.css", ""}}),
      (Lines{"a.ts > b.ts", "a.ts > c/index.tsx", "a.ts > d/lib/start.js", "a.ts > index.ts", "d/lib/start.js > b.js",
             "d/lib/start.js > d/lib/data.json"}));
}

TEST(Graph, script_paths_of_tsconfig) {
  EXPECT_EQ(
      edges({{"tsconfig.base.json",
              "{ // comment\n \"compilerOptions\": {\"baseUrl\": \".\", \"paths\": {"
              "\"@lib/*\": [\"libs/*/src\"], \"~exact\": [\"libs/exact.ts\"],}, } }"},
             {"app/tsconfig.json", R"({"extends": "../tsconfig.base.json"})"},
             {"app/main.ts", "import '@lib/one'; import '~exact'; import 'libs/exact'; import 'react'"},
             {"web/tsconfig.json", R"({"references": [{"path": "./tsconfig.app.json"}]})"},
             {"web/tsconfig.app.json", R"({"compilerOptions": {"paths": {"#/*": ["./src/*"]}}})"},
             {"web/src/a.ts", "import '#/b'"},
             {"web/src/b.ts", ""},
             {"libs/one/src/index.ts", ""},
             {"libs/exact.ts", ""}}),
      (Lines{"app/main.ts > libs/exact.ts", "app/main.ts > libs/one/src/index.ts", "web/src/a.ts > web/src/b.ts"}));
}

TEST(Graph, script_packages_of_the_workspace) {
  EXPECT_EQ(
      edges({{"package.json", R"({"workspaces": ["packages/*"]})"},
             {"packages/a/package.json",
              R"({"name": "@s/a", "exports": {".": {"types": "./dist/index.d.ts", "import": "./dist/index.js"},
                        "./sub/*": "./src/sub/*.ts"}, "imports": {"#inner": "./src/inner.ts"}})"},
             {"packages/a/src/index.ts", "import '#inner'"},
             {"packages/a/src/inner.ts", ""},
             {"packages/a/src/sub/x.ts", ""},
             {"packages/b/package.json", R"({"name": "b", "main": "./lib/main.js"})"},
             {"packages/b/src/main.ts", "import '@s/a'; import '@s/a/sub/x'; import 'b'; import 'c'"},
             {"packages/c/package.json", R"({"name": "c"})"},
             {"packages/c/index.js", "require('b')"}}),
      (Lines{"packages/a/src/index.ts > packages/a/src/inner.ts", "packages/b/src/main.ts > packages/a/src/index.ts",
             "packages/b/src/main.ts > packages/a/src/sub/x.ts", "packages/b/src/main.ts > packages/c/index.js",
             "packages/c/index.js > packages/b/src/main.ts"}));
}

TEST(Graph, script_aliases_of_frameworks) {
  EXPECT_EQ(edges({{"package.json", "{}"},
                   {"src/main.js", "import '@/views/home.vue'; import './raw.js?raw'"},
                   {"src/raw.js", ""},
                   {"src/views/home.vue", "<script>import x from '@/x'</script>"},
                   {"src/x.js", ""}}),
            (Lines{"src/main.js > src/raw.js", "src/main.js > src/views/home.vue", "src/views/home.vue > src/x.js"}));
}

TEST(Graph, python_packages) {
  EXPECT_EQ(edges({{"src/p/__init__.py", "from .a import f\nfrom . import b\n"},
                   {"src/p/a.py", "import p.b, os, json\nfrom p import c, missing\nfrom .. import outside\n"},
                   {"src/p/b.py", "from p.sub.deep import x as y\nfrom p.sub import deep\nfrom p.a import *\n"},
                   {"src/p/c.py", "import logging\n"},
                   {"src/p/logging.py", ""},
                   {"src/p/sub/__init__.py", ""},
                   {"src/p/sub/deep.py", "from ...p import b\nfrom ..c import z\n"},
                   {"tests/test_a.py", "from p import a\nimport helper\nfrom ns.inner import thing\n"},
                   {"tests/helper.py", ""},
                   {"ns/inner/thing.py", ""}}),
            (Lines{"src/p/__init__.py > src/p/a.py", "src/p/__init__.py > src/p/b.py", "src/p/a.py > src/p/__init__.py",
                   "src/p/a.py > src/p/b.py", "src/p/a.py > src/p/c.py", "src/p/b.py > src/p/a.py",
                   "src/p/b.py > src/p/sub/deep.py", "src/p/sub/deep.py > src/p/b.py", "src/p/sub/deep.py > src/p/c.py",
                   "tests/test_a.py > ns/inner/thing.py", "tests/test_a.py > src/p/a.py",
                   "tests/test_a.py > tests/helper.py"}));
}

TEST(Graph, go_modules) {
  EXPECT_EQ(
      edges({{"go.mod", "module example.com/m\n\nreplace example.com/other => ./other\n"},
             {"main.go", "package main\nimport (\"fmt\"; \"example.com/m/internal/a\"; \"example.com/other/x\")\n"},
             {"internal/a/a.go", "package a\n"},
             {"internal/a/b.go", "package a\nimport \"example.com/tool\"\n"},
             {"internal/a/a_test.go", "package a\n"},
             {"internal/a/gen.go", "//go:build ignore\npackage main\n"},
             {"other/go.mod", "module example.com/other\n"},
             {"other/x/x.go", "package x\n"},
             {"tool/go.mod", "module example.com/tool\n"},
             {"tool/tool.go", "package tool\n"}}),
      (Lines{"internal/a/b.go > tool/tool.go", "main.go > internal/a/a.go", "main.go > internal/a/b.go",
             "main.go > other/x/x.go"}));
}

TEST(Graph, jvm_packages) {
  EXPECT_EQ(edges({{"core/src/main/java/a/A.java",
                    "package a;\nimport b.*;\nimport static b.B.m;\nimport java.util.List;\n"
                    "class A { B x; C c; }\n"},
                   {"core/src/main/java/b/B.java", "package b;\npublic class B { static class In {} }\n"},
                   {"core/src/main/java/b/C.java", "package b;\nclass C {}\n"},
                   {"core/src/main/java/b/D.java", "package b;\nimport b.B.In;\nclass D {}\n"},
                   {"app/src/K.kt", "package k\nimport a.A\nimport k2.helper\n"},
                   {"app/src/Util.kt", "package k2\nfun helper() {}\n"}}),
            (Lines{"app/src/K.kt > app/src/Util.kt", "app/src/K.kt > core/src/main/java/a/A.java",
                   "core/src/main/java/a/A.java > core/src/main/java/b/B.java",
                   "core/src/main/java/a/A.java > core/src/main/java/b/C.java",
                   "core/src/main/java/b/D.java > core/src/main/java/b/B.java"}));
}

TEST(Graph, rust_modules_and_crates) {
  EXPECT_EQ(edges({{"Cargo.toml", "[workspace]\nmembers = [\"one\", \"two\"]\n"},
                   {"one/Cargo.toml", "[package]\nname = \"one-lib\"\nedition = \"2021\"\n"},
                   {"one/src/lib.rs", "mod a;\npub mod b;\n"},
                   {"one/src/a.rs", "use crate::b::deep::X;\nuse super::b;\nmod tests { use super::*; }\n"},
                   {"one/src/b/mod.rs", "pub mod deep;\nuse self::deep::Y;\n"},
                   {"one/src/b/deep.rs", "use std::io;\n"},
                   {"two/Cargo.toml", "[package]\nname = \"two\"\n[dependencies]\none-lib = { path = \"../one\" }\n"},
                   {"two/src/main.rs", "use one_lib::b::deep;\nuse one_lib::Z;\n"}}),
            (Lines{"one/src/a.rs > one/src/b/deep.rs", "one/src/a.rs > one/src/b/mod.rs",
                   "one/src/b/mod.rs > one/src/b/deep.rs", "one/src/lib.rs > one/src/a.rs",
                   "one/src/lib.rs > one/src/b/mod.rs", "two/src/main.rs > one/src/b/deep.rs",
                   "two/src/main.rs > one/src/lib.rs"}));
}

TEST(Graph, c_include_folders) {
  EXPECT_EQ(edges({{"CMakeLists.txt",
                    "project(x)\ntarget_include_directories(x PUBLIC\n  ${CMAKE_CURRENT_SOURCE_DIR}/api)\n"},
                   {"api/x/api.h", ""},
                   {"lib/a.c",
                    "#include \"a.h\"\n#include <x/api.h>\n#include <string.h>\n#include \"top.h\"\n"
                    "#include \"unique.h\"\n#include \"twice.h\"\n"},
                   {"lib/a.h", ""},
                   {"lib/string.h", ""},
                   {"top.h", ""},
                   {"far/unique.h", ""},
                   {"one/twice.h", ""},
                   {"two/twice.h", ""}}),
            (Lines{"lib/a.c > api/x/api.h", "lib/a.c > far/unique.h", "lib/a.c > lib/a.h", "lib/a.c > top.h"}));
}

TEST(Graph, csharp_php_ruby_and_the_small_ones) {
  EXPECT_EQ(
      edges({{"A.cs", "using N.Core;\nclass A { Thing t; }\n"},
             {"Thing.cs", "namespace N.Core { public class Thing {} }\n"},
             {"Other.cs", "namespace N.Core;\npublic class Other {}\n"},
             {"composer.json", R"({"autoload": {"psr-4": {"App\\": "src/"}}})"},
             {"src/Model/User.php", "<?php\nnamespace App\\Model;\nclass User {}\n"},
             {"index.php", "<?php\nuse App\\Model\\User;\nrequire __DIR__ . '/boot.php';\n"},
             {"boot.php", "<?php\n"},
             {"g.gemspec", ""},
             {"lib/g.rb", "require 'g/inner'\nrequire_relative 'g/other'\nrequire 'json'\n"},
             {"lib/g/inner.rb", ""},
             {"lib/g/other.rb", ""},
             {"spec/spec_helper.rb", "require 'g'\n"},
             {"spec/g_spec.rb", "require 'spec_helper'\n"},
             {"pubspec.yaml", "name: app\n"},
             {"lib/main.dart", "import 'package:app/w.dart';\n"},
             {"lib/w.dart", ""},
             {"p/a.proto", "import \"p/b.proto\";\n"},
             {"p/b.proto", ""},
             {"m.lua", "require('n.o')\n"},
             {"n/o.lua", ""}}),
      (Lines{"A.cs > Thing.cs", "index.php > boot.php", "index.php > src/Model/User.php", "lib/g.rb > lib/g/inner.rb",
             "lib/g.rb > lib/g/other.rb", "lib/main.dart > lib/w.dart", "m.lua > n/o.lua", "p/a.proto > p/b.proto",
             "spec/g_spec.rb > spec/spec_helper.rb", "spec/spec_helper.rb > lib/g.rb"}));
}

TEST(Graph, hostile_manifests_do_no_harm) {
  std::string deep(10'000, '[');
  EXPECT_EQ(edges({{"package.json", deep},
                   {"tsconfig.json", R"({"extends": "./tsconfig.json"})"},
                   {"a/tsconfig.json", R"({"extends": "../../../outside.json"})"},
                   {"a/x.ts", "import '../../../../etc/passwd'; import './y'"},
                   {"a/y.ts", ""},
                   {"Cargo.toml", "[package\nname = \"\"\"\n"},
                   {"go.mod", "module"}}),
            (Lines{"a/x.ts > a/y.ts"}));
}

}  // namespace
}  // namespace commandcenter::architecture
