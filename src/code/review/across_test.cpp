// What only all files together tell, and what is kept of each of them for it.
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "code/review/across.h"
#include "code/review/file_outcome.h"
#include "code/review/findings.h"
#include "code/review/review_fixture.h"

namespace commandcenter::code {
namespace {

// Lines of their own, whatever the seed.
std::string lines_of(int seed, int count) {
  std::string text;
  for (int i = 0; i < count; ++i)
    text += fmt::format("  total{0} = price{0} * rate{1} + tax{1}(order{0});\n", i, seed);
  return text;
}

std::vector<std::string> copies(const ReviewFixture& fixture) {
  std::vector<std::string> found;
  const Review review = fixture.review();
  for (const Finding& finding : review.report.findings)
    if (finding.rule == "duplicated-code")
      found.push_back(
          fmt::format("{}:{}-{} {}", finding.file, finding.line, finding.end_line, finding.description.substr(17)));
  return found;
}

TEST(Copies, each_copy_is_told_however_many_there_are) {
  const ReviewFixture fixture;
  for (const char letter : {'a', 'b', 'c', 'd', 'e', 'f', 'g'}) {
    const int before = letter - 'a';  // lines: so that no two copies lie at the same place
    fixture.write(std::string(1, letter) + ".js",
                  "function f() {\n" + lines_of(letter, before) + lines_of(1, 20) + lines_of(letter + 100, 3) + "}\n");
  }
  const std::vector<std::string> found = copies(fixture);
  ASSERT_EQ(found.size(), 6U);
  for (std::size_t i = 0; i < found.size(); ++i)  // with what else is equal in front and behind
    EXPECT_TRUE(found[i].starts_with(fmt::format("{}.js:{}-", static_cast<char>('b' + i), 3 + i - (i > 0 ? 1 : 0))))
        << found[i];
}

TEST(Copies, that_begin_alike_are_told_apart) {
  const ReviewFixture fixture;
  const auto block = [](int seed) { return "  if (a) {\n" + lines_of(seed, 15) + "  }\n"; };
  fixture.write("a.js", "function f(a) {\n" + block(1) + "  x();\n" + block(2) + "}\n");
  fixture.write("b.js", "function g(a) {\n  y();\n" + block(1) + "  while (z) {}\n" + block(2) + "  y();\n}\n");
  const Review review = fixture.review();
  std::set<std::string> prints;
  std::size_t copies = 0;
  for (const Finding& finding : review.report.findings) {
    if (finding.rule != "duplicated-code") continue;
    EXPECT_EQ(finding.code, "  if (a) {");
    prints.insert(finding.fingerprint);
    ++copies;
  }
  EXPECT_EQ(copies, 2U);
  EXPECT_EQ(prints.size(), 2U);
}

TEST(Copies, the_longest_counts) {
  const ReviewFixture fixture;
  fixture.write("a.js", "function f() {\n" + lines_of(1, 15) + "}\n");
  fixture.write("b.js", "function g() {\n" + lines_of(2, 15) + "  x();\n" + lines_of(1, 30) + "}\n");
  fixture.write("c.js", "function h() {\n" + lines_of(3, 5) + lines_of(1, 30) + "}\n");
  const std::vector<std::string> found = copies(fixture);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0], "b.js:18-32 15 lines as in a.js:2");
  EXPECT_EQ(found[1], "c.js:6-37 32 lines as in b.js:17");
}

TEST(Copies, rows_are_no_copies_of_each_other_but_lists_may_be) {
  const ReviewFixture fixture;
  std::string rows;
  for (int i = 0; i < 400; ++i)
    rows += "  add(1, 2, 'x');\n";
  fixture.write("a.js", "function f() {\n" + rows + "}\n");
  fixture.write("b.js", "function g() {\n" + rows + "}\n");
  fixture.write("c.js", "function f() {\n" + lines_of(1, 15) + "}\nfunction g(h) {\n" + lines_of(1, 15) + "}\n");
  EXPECT_EQ(copies(fixture),
            (std::vector<std::string>{"b.js:1-402 402 lines as in a.js:1", "c.js:18-34 17 lines as in c.js:1"}));
}

TEST(Copies, languages_do_not_meet) {
  const ReviewFixture fixture;
  fixture.write("a.js", "function f() {\n" + lines_of(1, 20) + "}\n");
  fixture.write("b.ts", "function g() {\n" + lines_of(1, 20) + "}\n");
  fixture.write("C.java", "class C { void g() {\n" + lines_of(1, 20) + "} }\n");
  EXPECT_EQ(copies(fixture), std::vector<std::string>{"b.ts:1-22 22 lines as in a.js:1"});
}

TEST(Copies, lists_of_imports_and_what_a_compiler_made_are_none) {
  const ReviewFixture fixture;
  std::string imports;
  for (int i = 0; i < 30; ++i)
    imports += fmt::format("import com.shop.part{}.Thing{};\n", i, i);
  fixture.write("A.java", imports + "class A {}\n");
  fixture.write("B.java", imports + "class B {}\n");
  fixture.write("lib/shop.js", "function f() {\n" + lines_of(1, 20) + "}\n");
  fixture.write("src/shop.ts", "function g() {\n" + lines_of(1, 20) + "}\n");
  fixture.write("types/cart.d.ts", "function g() {\n" + lines_of(1, 20) + "}\n");
  EXPECT_EQ(copies(fixture), std::vector<std::string>{});
}

std::vector<std::string> cycles(const std::vector<std::pair<std::string, std::string>>& files) {
  const ReviewFixture fixture;
  for (const auto& [name, text] : files)
    fixture.write(name, text);
  std::vector<std::string> found;
  const Review review = fixture.review();
  for (const Finding& finding : review.report.findings)
    if (finding.rule == "import-cycle") found.push_back(fmt::format("{}:{}", finding.file, finding.line));
  return found;
}

TEST(Cycles, of_packages_of_python_by_their_whole_names) {
  using Found = std::vector<std::string>;
  EXPECT_EQ(cycles({{"src/shop/__init__.py", ""},
                    {"src/shop/a.py", "import os\nfrom shop.b import f\n"},
                    {"src/shop/b.py", "from shop import a\n"}}),
            Found{"src/shop/a.py:2"});
  EXPECT_EQ(cycles({{"shop/__init__.py", ""}, {"shop/a.py", "import shop.b\n"}, {"shop/b.py", "import shop.a as c\n"}}),
            Found{"shop/a.py:1"});
  EXPECT_EQ(
      cycles({{"shop/__init__.py", "from .a import f\n"}, {"shop/a.py", "from . import g\nfrom shop import h\n"}}),
      Found{"shop/__init__.py:1"});
  EXPECT_EQ(cycles({{"shop/__init__.py", "from .a import f\n"},
                    {"shop/a.py", "from . import version\n"},
                    {"shop/version.py", "A = 1\n"}}),
            Found{});
  // A module of the same name elsewhere is another one; what is imported for types only, or later, is not loaded now.
  EXPECT_EQ(cycles({{"shop/__init__.py", ""}, {"shop/a.py", "import b\n"}, {"shop/b.py", "import shop.a\n"}}), Found{});
  EXPECT_EQ(cycles({{"a.py", "if TYPE_CHECKING:\n    from .b import f\n"}, {"b.py", "from .a import g\n"}}), Found{});
  EXPECT_EQ(cycles({{"a.py", "def f():\n    from .b import f\n"}, {"b.py", "from .a import g\n"}}), Found{});
}

TEST(Cycles, of_scripts_that_are_loaded_at_once) {
  using Found = std::vector<std::string>;
  EXPECT_EQ(cycles({{"a/index.ts", "export * from './b';\n"}, {"a/b.ts", "import { c } from '.';\nc();\n"}}),
            Found{"a/b.ts:1"});
  EXPECT_EQ(cycles({{"a.js", "const b = require('./b');\n"}, {"b.js", "const a = require('./a');\n"}}),
            Found{"a.js:1"});
  EXPECT_EQ(cycles({{"a.js", "const b = require('./b');\n"}, {"b.js", "function f() { return require('./a'); }\n"}}),
            Found{});
  EXPECT_EQ(cycles({{"a.ts", "import { B } from './b';\nexport const a: B[] = [];\n"},
                    {"b.ts", "import { a } from './a';\na();\n"}}),
            Found{});
  EXPECT_EQ(cycles({{"a.ts", "import { type B } from './b';\nexport class A {}\n"},
                    {"b.ts", "import { A } from './a';\nnew A();\n"}}),
            Found{});
  EXPECT_EQ(cycles({{"a.ts", "import { B } from './b';\nexport class A extends B {}\n"},
                    {"b.ts", "import { A } from './a';\nexport class B { a = new A(); }\n"}}),
            Found{"a.ts:1"});
  EXPECT_EQ(cycles({{"a.ts", "import { B } from './b';\n@Injectable()\nexport class A { constructor(b: B) {} }\n"},
                    {"b.ts", "import { A } from './a';\nexport class B { a = new A(); }\n"}}),
            Found{"a.ts:1"});
}

// "rule file:line" of what the files have with each other, when a change added the lines.
std::vector<std::string> brought_about(const ReviewFixture& fixture, const AddedLines& added) {
  ReviewOptions options;
  options.added = &added;
  std::vector<std::string> found;
  const Review review = fixture.review(options);
  for (const Finding& finding : review.report.findings)
    if (finding.rule == "duplicated-code" || finding.rule == "import-cycle")
      found.push_back(fmt::format("{} {}:{}", finding.rule, finding.file, finding.line));
  return found;
}

TEST(Changes, bring_about_copies_and_circles_with_files_that_they_leave_alone) {
  using Found = std::vector<std::string>;
  const ReviewFixture fixture;
  fixture.write("a.js", "import './b.js';\nfunction f() {\n" + lines_of(1, 20) + "}\n");
  fixture.write("b.js", "x();\nimport './a.js';\nfunction g() {\n  y();\n" + lines_of(1, 20) + "}\n");
  EXPECT_EQ(brought_about(fixture, {{"b.js", {{2, 2}}}}), Found{"import-cycle b.js:2"});
  EXPECT_EQ(brought_about(fixture, {{"a.js", {{1, 1}}}}), Found{"import-cycle a.js:1"});
  EXPECT_EQ(brought_about(fixture, {{"b.js", {{5, 24}}}}), Found{"duplicated-code b.js:5"});
  EXPECT_EQ(brought_about(fixture, {{"a.js", {{3, 22}}}}), Found{"duplicated-code a.js:3"});
  EXPECT_EQ(brought_about(fixture, {{"b.js", {{1, 1}, {6, 7}}}}), Found{});
}

// A megabyte of the same token on one line: no copy, and no hour.
TEST(Copies, endless_repetition_costs_no_more_than_its_length) {  // pitfall C8
  const ReviewFixture fixture;
  std::string zeros = "const z = [";
  for (int i = 0; i < 400'000; ++i)
    zeros += "0,";
  fixture.write("a.js", zeros + "];\n");
  fixture.write("b.js", zeros + "];\n");
  EXPECT_EQ(copies(fixture), std::vector<std::string>{});
}

TEST(Notes, keep_what_a_review_needs_of_a_file) {
  review::FileOutcome outcome;
  outcome.measured = true;
  outcome.left_out = "nested too deeply";
  outcome.lines = 42;
  ReviewedFunction function;
  function.metrics = {"Shop::add", 3, 9, 4, 7, 2, 55};
  function.has_figures = true;
  function.cognitive = 5;
  function.nesting = 2;
  function.volume = 123.25;
  outcome.functions = {function, {}};
  outcome.imports = {{"./cart", 1}};
  outcome.private_names = {7};
  outcome.strip = "strip";
  const std::string note = review::note_of(outcome);
  const auto read = review::read_note(note);
  ASSERT_TRUE(read);
  EXPECT_EQ(review::note_of(*read), note);
  EXPECT_EQ(read->functions[0].metrics.name, "Shop::add");
  EXPECT_EQ(read->functions[0].metrics.tokens, 55U);
  EXPECT_DOUBLE_EQ(read->functions[0].volume, 123.25);
  EXPECT_GT(read->functions[0].maintainability, 50);
  EXPECT_FALSE(read->functions[1].has_figures);
  for (std::size_t size = 0; size < note.size(); ++size)
    EXPECT_FALSE(review::read_note(std::string_view(note).substr(0, size))) << size;
}

TEST(Collected, too_many_tokens_leave_the_same_files_out_in_any_order) {  // pitfall C2
  using review::Collected;
  const std::size_t third = review::kMaxComparedTokens / 3;
  for (const std::string& order : {std::string("abcde"), std::string("edcba"), std::string("cebad")}) {
    Collected collected;
    for (const char name : order)
      collected.add(std::string(1, name), {.tokens = name == 'e' ? 1 : third});
    std::string kept;
    for (const auto& [path, file] : collected.files())
      kept += path;
    EXPECT_EQ(kept, "abc") << order;
    EXPECT_EQ(collected.end(), "d") << "whoever reads the report is told";
  }
}

TEST(Collected, a_report_says_which_files_were_not_compared) {
  Report report;
  report.compared_up_to = "src/z.py";
  for (const Format format : {Format::kHuman, Format::kSarif})
    EXPECT_NE(render(report, format, "1", false).find("files from src/z.py on were not compared with others"),
              std::string::npos);
  report.compared_up_to.clear();
  for (const Format format : {Format::kHuman, Format::kSarif})
    EXPECT_EQ(render(report, format, "1", false).find("compared"), std::string::npos);
}

}  // namespace
}  // namespace commandcenter::code
