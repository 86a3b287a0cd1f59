#include "code/imports/imports.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace commandcenter::architecture {
namespace {

using Lines = std::vector<std::string>;

// "kind specifier:line", for Python with the names behind "import".
Lines imports(std::string_view path, std::string_view text) {
  Lines result;
  for (const Import& import : read_imports(path, text).imports) {
    std::string line = std::string(import_word(import.kind)) + " " + import.specifier;
    if (import.wildcard && import.specifier.find('*') == std::string::npos) line += ".*";
    for (const std::string& name : import.names)
      line += " " + name;
    if (!import.scope.empty()) line += " in " + import.scope;
    result.push_back(line + ":" + std::to_string(import.line));
  }
  return result;
}

TEST(Imports, script_statements) {
  EXPECT_EQ(
      imports("a.ts",
              "import './side';\n"
              "import a, { b as c } from \"./a\"\n"
              "import type { T } from './t'; import { type U } from './u'\n"
              "import * as n from './n';\n"
              "export * from './e';\nexport * as x from './x';\nexport { y } from './y'\n"
              "export type { Z } from './z';\n"
              "const r = require('./r'), d = await import('./d');\n"
              "import legacy = require('./legacy');\n"
              "import {\n  many,\n  names,\n} from './many';\n"
              "import json from './data.json' with { type: 'json' };\n"
              "type V = import('./v').V;\n"
              "const t = import(`./template`);\n"),
      (Lines{"import ./side:1", "import ./a:2", "type ./t:3", "type ./u:3", "import ./n:4", "export ./e:5",
             "export ./x:6", "export ./y:7", "type ./z:8", "require ./r:9", "dynamic ./d:9", "require ./legacy:10",
             "import ./many:11", "import ./data.json:15", "dynamic ./v:16", "dynamic ./template:17"}));
}

TEST(Imports, script_text_that_only_looks_like_an_import) {
  EXPECT_EQ(imports("a.tsx",
                    "// import a from './a'\n/* require('./b') */\n"
                    "const s = \"import c from './c'\", t = `require('./d')`, u = 'x\\' require(\"./e\")';\n"
                    "const r = /require('.\\/f')[/'\"]/; a.require('./g'); require(name); require('./h' + name);\n"
                    "const j = <p>Don't <code>import x from './i'</code></p>;\n"
                    "import.meta.url; object.import('./j'); import(`./${name}`);\n"
                    "export const from = 1; export default from;\n"
                    "const nested = `a ${ `b ${ 'c' }` } require('./k')`;\n"
                    "import real from './real';\n"),
            (Lines{"import ./real:9"}));
}

TEST(Imports, script_without_semicolons_and_amd) {
  EXPECT_EQ(imports("a.js",
                    "import a from './a'\nimport b from './b'\nlet x = 1\nexport { x }\nexport default x\n"
                    "define('me', ['./c', './d'], function () {})\nrequire(['./e'])\n"),
            (Lines{"import ./a:1", "import ./b:2", "require ./c:6", "require ./d:6", "require ./e:7"}));
}

TEST(Imports, script_division_is_no_regular_expression) {
  EXPECT_EQ(imports("a.js", "const a = b / c; const d = e[1] / f; require('./x'); const g = (h) / i;\n"),
            (Lines{"require ./x:1"}));
}

TEST(Imports, script_references_and_components) {
  EXPECT_EQ(imports("a.d.ts", "/// <reference path=\"./b.d.ts\" />\n/// <reference types=\"node\" />\nlet x;\n"),
            (Lines{"reference ./b.d.ts:1"}));
  EXPECT_EQ(imports("a.vue",
                    "<template>\n  import no from './no'\n</template>\n<script setup lang=\"ts\">\n"
                    "import yes from './yes.vue'\n</script>\n"),
            (Lines{"import ./yes.vue:5"}));
  EXPECT_EQ(imports("a.astro", "---\nimport A from './A.astro';\n---\n<p>it's</p>\n"), (Lines{"import ./A.astro:2"}));
}

TEST(Imports, python_statements) {
  EXPECT_EQ(imports("a.py",
                    "import os, a.b as c\nfrom . import x, y as z\nfrom ..p.q import (\n    r,  # why\n    s,\n)\n"
                    "from t import *\n"
                    "def f():\n    import inner\n"
                    "try: import quick\nexcept ImportError: import slow\n"
                    "if TYPE_CHECKING:\n    from types_only import T\n\nfrom after import U\n"
                    "m = importlib.import_module('dyn.mod')\nn = __import__(name)\n"
                    "from long import \\\n    continued\n"),
            (Lines{"import os:1", "import a.b:1", "import . x y:2", "import ..p.q r s:3", "import t *:7",
                   "import inner:9", "import quick:10", "import slow:11", "type types_only T:13", "import after U:15",
                   "dynamic dyn.mod:16", "import long continued:18"}));
}

TEST(Imports, python_text_that_only_looks_like_an_import) {
  EXPECT_EQ(imports("a.py",
                    "'''\nimport a\n'''\n\"\"\"from b import c\"\"\"\n# import d\nx = 'import e'\n"
                    "def import_(): yield from f()\nraise E from g\nr = r'\\'\nimport_module(name)\n"
                    "d = {\n  'k': lambda: importlib\n}\nfrom h import i\n"),
            (Lines{"import h i:14"}));
}

TEST(Imports, go_groups_and_constraints) {
  EXPECT_EQ(imports("a.go",
                    "// import \"no\"\npackage a\n\nimport \"fmt\"\nimport (\n\tx \"a/b\" // why\n\t_ \"c\"\n"
                    "\t. `d`\n)\n\nvar s = \"import\"\nfunc f() { import \"no\" }\n"),
            (Lines{"import fmt:4", "import a/b:6", "import c:7", "import d:8"}));
  EXPECT_TRUE(read_imports("gen.go", "//go:build ignore\n\npackage main\nfunc main() {}\n").standalone);
  EXPECT_EQ(read_imports("main.go", "package main\n\nfunc main() {}\n").main_line, 3U);
}

TEST(Imports, jvm_statements) {
  const FileFacts facts = read_imports("A.java",
                                       "/* import no.No; */\npackage a.b;\nimport c.D;\nimport static e.F.g;\n"
                                       "import h.*;\n@X public class A { String s = \"import no.No;\"; Used u; "
                                       "class Inner {} }\nenum Second {}\n");
  EXPECT_EQ(facts.package, "a.b");
  EXPECT_EQ(facts.declares, (Lines{"A", "Second"}));
  EXPECT_EQ(imports("A.java", "package a;\nimport c.D;\nimport static e.F.g;\nimport h.*;\n"),
            (Lines{"import c.D:2", "import e.F.g:3", "import h.*:4"}));
  EXPECT_EQ(imports("a.kt", "package a\nimport b.C as D\nimport e.f\nfun <T> List<T>.g() = 1\n"),
            (Lines{"import b.C:2", "import e.f:3"}));
  EXPECT_EQ(
      read_imports("a.kt", "package a\nfun <T> List<T>.g() = 1\nval h: Int = 2\nobject I\nfun main() {}\n").declares,
      (Lines{"g", "h", "I", "main"}));
  EXPECT_EQ(imports("a.scala", "import a.b.{C, D => E, _}\nimport f._\n"),
            (Lines{"import a.b.C:1", "import a.b.D:1", "import a.b.*:1", "import f.*:2"}));
}

TEST(Imports, rust_trees_and_modules) {
  EXPECT_EQ(
      imports("lib.rs",
              "/* /* nested */ mod no; */\nmod a;\npub(crate) mod b;\n#[path = \"odd.rs\"]\nmod c;\n"
              "use crate::d::{self, e::F, g::*};\nuse super::h as i;\n"
              "const S: &str = r#\"use no::no; \"#; fn f<'a>(x: &'a str) -> char { '\"' }\n"
              "mod tests { use super::*; mod deep; }\nextern crate j;\nuse {k::l, m};\n"),
      (Lines{"module a:2", "module b:3", "module c odd.rs:5", "import crate::d::self:6", "import crate::d::e::F:6",
             "import crate::d::g::*:6", "import super::h:7", "import super::* in tests:9", "module deep in tests:9",
             "import ::j:10", "import k::l:11", "import m:11"}));
}

TEST(Imports, c_directives) {
  EXPECT_EQ(
      imports("a.cpp",
              "#include <vector>\n  # include \"a/b.h\"\n// #include \"no.h\"\n/* \n#include \"no.h\"\n*/\n"
              "const char* s = \"\\\n#include \\\"no.h\\\"\"; auto r = R\"x(\n#include \"no.h\"\n)x\";\n"
              "#if 0\n#include \"never.h\"\n#else\n#include \"else.h\"\n#endif\n#include <sys/*.h>\n"
              "int n = 1'000'000;\n#import \"objc.h\"\nint main(int c, char** v) {}\n"),
      (Lines{"include vector:1", "include a/b.h:2", "include else.h:14", "include sys/*.h:16", "include objc.h:18"}));
}

TEST(Imports, csharp_php_ruby) {
  const FileFacts sharp = read_imports("A.cs",
                                       "using System.Text;\nusing static A.B.C;\nusing X = D.E.F;\nnamespace N.M;\n"
                                       "public class K { void f() { using var x = new Y(); string s = @\"c:\\\"; } }\n"
                                       "record R(int A);\n");
  EXPECT_EQ(sharp.declares, (Lines{"N.M.K", "N.M.R"}));
  EXPECT_EQ(sharp.imports.size(), 3U);
  EXPECT_EQ(
      imports("a.php",
              "<html>use No\\No;</html>\n<?php\nnamespace A;\nuse B\\C;\nuse D\\{E, F\\G as H};\nuse function I\\j;\n"
              "require_once __DIR__ . '/k.php';\ninclude 'l.php';\nrequire dirname(__DIR__) . '/m.php';\n"
              "class N { use TraitNotAnImport; }\n$f = function () use ($x) {};\n$s = <<<EOT\nuse No;\nEOT;\n"
              "use O\\P as Q;\n"),
      (Lines{"import B\\C:4", "import D\\E:5", "import D\\F\\G:5", "import I\\j:6", "require k.php:7",
             "require l.php:8", "require ../m.php:9", "import O\\P:15"}));
  EXPECT_EQ(imports("a.php", "text only"), Lines{});
  EXPECT_EQ(imports("a.php", "<?php use A\\B; ?>"), (Lines{"import A\\B:1"}));
  EXPECT_EQ(imports("a.rb",
                    "require 'json'\nrequire_relative \"x/y\"\n# require 'no'\n=begin\nrequire 'no'\n=end\n"
                    "s = <<~EOS\n  require 'no'\nEOS\nx.require 'no'\nrequire \"#{dir}/no\"\nautoload :Z, 'z'\n"
                    "t = %q(require 'no')\nrequire 'last'\n"),
            (Lines{"require json:1", "require x/y:2", "dynamic z:12", "require last:14"}));
}

TEST(Imports, small_languages) {
  EXPECT_EQ(imports("a.dart", "import 'package:a/b.dart' as c;\npart 'd.dart';\n"),
            (Lines{"import package:a/b.dart:1", "include d.dart:2"}));
  EXPECT_EQ(imports("a.proto", "syntax = \"proto3\";\nimport public \"b.proto\";\n"), (Lines{"import b.proto:2"}));
  EXPECT_EQ(imports("a.lua", "local x = require 'b.c' -- require 'no'\n"), (Lines{"require b.c:1"}));
}

TEST(Imports, an_unclosed_string_hides_one_line_only) {
  EXPECT_EQ(imports("a.js", "const broken = 'oops\nimport a from './a'\n"), (Lines{"import ./a:2"}));
  EXPECT_EQ(imports("a.go", "package a\nvar broken = \"oops\n"), Lines{});
  EXPECT_EQ(imports("a.py", "x = 'oops\nimport a\n"), (Lines{"import a:2"}));
  EXPECT_EQ(imports("a.py", "x = f(\nimport a\n"), (Lines{"import a:2"}));
}

}  // namespace
}  // namespace commandcenter::architecture
