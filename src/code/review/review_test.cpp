// What users rely on beyond the examples of the rules' pages.
#include "code/review/review.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "code/review/review_fixture.h"

namespace commandcenter::code {
namespace {

// "rule line" of each finding, ordered by line.
std::string found(const Review& review) {
  std::string all;
  for (const Finding& finding : review.report.findings)
    all += fmt::format("{} {}\n", finding.rule, finding.line);
  return all;
}

int cognitive(const std::string& name, const std::string& text) {
  ReviewFixture fixture;
  fixture.write(name, text);
  const Review review = fixture.review();
  return review.functions.empty() ? -1 : review.functions.front().cognitive;
}

TEST(Review, what_is_no_program_has_no_findings) {
  for (const char* name : {"a.ts", "a.py", "a.java", "a.go", "a.rb", "a.php", "a.cs", "a.rs", "a.cpp"}) {
    ReviewFixture fixture;
    fixture.write(name, "-");
    EXPECT_EQ(found(fixture.review()), "") << name;
  }
}

TEST(Review, cognitive_complexity_follows_the_white_paper) {
  // A label, loops and a branch: 1 + 2 + 3 + 1.
  EXPECT_EQ(cognitive("A.java", R"(class A { int sum(int max) { int t = 0;
    OUT: for (int i = 1; i <= max; ++i) { for (int j = 2; j < i; ++j) { if (i % j == 0) { continue OUT; } } t += i; }
    return t; } })"),
            7);
  // A switch costs once, whatever its cases.
  EXPECT_EQ(
      cognitive("a.js", "function w(n) { switch (n) { case 1: return 1; case 2: return 2; default: return 3; } }"), 1);
  // Runs of equal operators cost once; else if once without nesting; catch with it.
  EXPECT_EQ(cognitive("a.js",
                      "function f(a, b, c) { if (a && b && c || a) { return 1; } else if (b) { return 2; } "
                      "else { return 3; } }"),
            5);
  EXPECT_EQ(cognitive("a.js", "function f(a) { try { a(); } catch (e) { if (e) { return 1; } } }"), 3);
  EXPECT_EQ(cognitive("a.js", "function f(a, b) { return a && !(b && a); }"), 2);
  EXPECT_EQ(cognitive("a.py",
                      "def f(a):\n    if a:\n        return 1\n    elif a > 2:\n        return 2\n    else:\n"
                      "        return 3 if a and not a else 4\n"),
            6);
  EXPECT_EQ(cognitive("a.go",
                      "package a\nfunc f(n int) int {\n  if n > 1 {\n    return 1\n  } else if n > 0 {\n"
                      "    return 2\n  } else {\n    return 3\n  }\n}\n"),
            3);
  // What a function in a function costs, the outer one pays, too: one deeper.
  EXPECT_EQ(cognitive("a.js", "function f(xs) {\n  xs.forEach((x) => {\n    if (x) { x(); }\n  });\n}\n"), 2);
}

TEST(Review, complexity_as_the_tools_of_the_languages_have_it) {
  const auto native = [](const std::string& name, const std::string& text) {
    ReviewFixture fixture;
    fixture.write(name, text);
    ReviewOptions options;
    options.native_complexity = true;
    return fixture.review(options).functions.front().metrics.cyclomatic;
  };
  // if, &&, ??, ?., ?:, a default, catch, one case with a test; not the default case.
  EXPECT_EQ(native("a.js",
                   "function f(a = 1) { try { if (a && a?.b) return a ?? 2; } catch (e) { return a ? 1 : 2; }\n"
                   "switch (a) { case 1: break; default: } }"),
            9);
  // if, elif, and, for with its else, a comprehension with its if, two handlers, assert.
  EXPECT_EQ(native("a.py",
                   "def f(a):\n  if a and 1:\n    pass\n  elif a:\n    pass\n  else:\n    pass\n"
                   "  for x in a:\n    pass\n  else:\n    pass\n  b = [y for y in a if y]\n"
                   "  try:\n    pass\n  except A:\n    pass\n  except B:\n    pass\n  assert b\n"),
            11);
  // A lambda's are those of its function; what an assert says does not count.
  EXPECT_EQ(
      native("a.py", "def f(a):\n  assert a and (a or 1), 1 if a else 2\n  return lambda b: b if a else b or a\n"), 4);
  EXPECT_EQ(native("a.py", "def f(a, b=lambda c: c or 1):\n  class A:\n    d = a or b\n  return A\n"), 1);
}

TEST(Review, figures_of_functions_and_totals) {  // feature 35
  ReviewFixture fixture;
  fixture.write("a.c", "int f(int a) {\n  for (;;) {\n    if (a) return 1;\n  }\n}\nint g(void) { return 0; }\n");
  const Review review = fixture.review();
  ASSERT_EQ(review.functions.size(), 2U);
  EXPECT_EQ(review.max_complexity, 3);
  EXPECT_DOUBLE_EQ(review.average_complexity, 2);
  EXPECT_EQ(review.total_lines, 7U);
  const ReviewedFunction& function = review.functions[0];
  EXPECT_TRUE(function.has_figures);
  EXPECT_EQ(function.nesting, 2);
  EXPECT_GT(function.volume, 0);
  EXPECT_GT(function.maintainability, 50);
  const Json json = review_json(review);
  EXPECT_EQ(json["functions"][0]["cognitive"], 3);
  EXPECT_EQ(json["summary"]["filesReviewed"], 1);
  const auto text = parse_json(render_review(review, Format::kJson, "1", false));
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(*text, json);
}

TEST(Review, all_issues_are_listed_with_their_whole_text) {  // pitfall C5: none is cut off
  ReviewFixture fixture;
  const std::string path = "a/very/long/way/down/to/a/file/with/a/very/long/name/of/its/own.js";
  std::string text;
  for (int i = 0; i < 120; ++i)
    text += fmt::format("console.log({});\n", i);
  fixture.write(path, text);
  const Review review = fixture.review();
  EXPECT_EQ(review.report.findings.size(), 120U);
  const Json json = review_json(review);
  EXPECT_EQ(json["issues"].size(), 120U);
  EXPECT_EQ(json["issues"][7]["file"], path);
  EXPECT_EQ(json["issues"][7]["severity"], "warning");
  EXPECT_EQ(json["issues"][7]["type"], "best-practice");
  EXPECT_EQ(json["summary"]["warnings"], 120);
  EXPECT_EQ(json["issues"][7]["fix"]["changes"]["oldValue"], "console.log(7);\n");
}

// The lines of findings that bring a fix.
std::vector<std::size_t> fixed_lines(const std::string& file, const std::string& text) {
  const ReviewFixture fixture;
  fixture.write(file, text);
  std::vector<std::size_t> lines;
  const Review review = fixture.review();
  for (const Finding& finding : review.report.findings)
    if (finding.fix) lines.push_back(finding.line);
  return lines;
}

// Taken out from under an "if" without brackets, what comes behind it would depend on the condition.
TEST(Review, only_statements_that_nothing_depends_on_are_offered_to_be_taken_out) {
  using Lines = std::vector<std::size_t>;
  EXPECT_EQ(fixed_lines("a.js", "if (a)\n  console.log(1);\nelse\n  console.log(2);\nsave();\n"), Lines{});
  EXPECT_EQ(fixed_lines("a.js", "for (const x of xs)\n  debugger;\nwhere:\n  console.log(1);\n"), Lines{});
  EXPECT_EQ(fixed_lines("a.js", "if (a) {\n  console.log(1);\n}\nsave();\n"), Lines{2});
  EXPECT_EQ(fixed_lines("a.js", "switch (a) {\n  case 1:\n    console.log(1);\n    break;\n}\n"), Lines{3});
  EXPECT_EQ(fixed_lines("a.js", "const a = b\nconsole.log(a);\n[1, 2].forEach(f)\n"), Lines{});
  EXPECT_EQ(fixed_lines("a.js", "const a = b\nconsole.log(a)\nsave(a)\n"), Lines{2});
  EXPECT_EQ(
      fixed_lines("a.js", "console.log(await save());\nconsole.log(i++);\nconsole.log(a = b);\nconsole.log(a == b);\n"),
      Lines{4});
  EXPECT_EQ(fixed_lines("a.py", "def f(a):\n    breakpoint()\nif a:\n    # why\n    breakpoint()\n"), Lines{});
  EXPECT_EQ(fixed_lines("a.py", "breakpoint()\ndef f(a):\n    breakpoint()\n    return a\n"), (Lines{1, 3}));
  EXPECT_EQ(fixed_lines("a.py", "def f(a):\n    a()\n    breakpoint()\n"), Lines{3});
  EXPECT_EQ(fixed_lines("a.rb", "def f(a)\n  byebug\n  if a\n    byebug\n  else\n    byebug\n  end\nend\n"),
            (Lines{2, 4, 6}));
  EXPECT_EQ(fixed_lines("a.rb", "xs.each do |x|\n  binding.pry\n  save(x)\nend\n"), Lines{2});
}

TEST(Review, equal_lines_are_equal_findings_in_any_order) {  // pitfall C2
  ReviewFixture fixture;
  std::string text;
  for (int i = 0; i < 9; ++i)
    text += "eval(x);\n";
  fixture.write("a.js", text);
  fixture.write("b.js", text);
  const Review review = fixture.review();
  EXPECT_EQ(std::ranges::count(review.report.findings, "eval-use", &Finding::rule), 18);
  std::set<std::string> prints;
  for (const Finding& finding : review.report.findings)
    prints.insert(finding.fingerprint);
  EXPECT_EQ(prints.size(), review.report.findings.size());
}

TEST(Review, words_in_texts_and_comments_are_no_code) {  // pitfall C5
  ReviewFixture fixture;
  fixture.write("a.js",
                "// if while for && || eval(x) console.log fs.readFileSync(x) debugger\n"
                "const s = 'function too long for while forEach { { { TO' + 'DO';\n"
                "const q = `SELECT a FROM b` + 1;\nretrieval(s, q);\n");
  EXPECT_EQ(found(fixture.review()), "");
}

TEST(Review, types_of_review) {
  ReviewFixture fixture;
  fixture.write("a.js",
                "function f(xs, ys) {\n  debugger;\n  for (const x of xs) for (const y of ys) eval(x + y);\n}\n");
  ReviewOptions quality{true, false, false, ""};
  EXPECT_EQ(found(fixture.review(quality)), "debugger-statement 2\n");
  ReviewOptions security{false, true, false, ""};
  EXPECT_EQ(found(fixture.review(security)), "eval-use 3\n");
  ReviewOptions performance{false, false, true, ""};
  EXPECT_EQ(found(fixture.review(performance)), "nested-loops 3\n");
}

TEST(Review, changes_bring_about_only_their_own_findings) {
  const std::string text = "eval(a);\nfunction f() {\n  debugger;\n}\neval(b);\n";
  ScanOptions scan;
  scan.secrets = false;
  Reviewer reviewer(ReviewOptions{});
  reviewer.join(scan);
  auto report = scan_changes({{"a.js", text, {{3, 3}}}}, scan);
  ASSERT_TRUE(report);
  EXPECT_EQ(found(reviewer.finish(std::move(*report), scan)), "debugger-statement 3\n");
}

std::string branches(int count, const std::string& end) {
  std::string text = "function f(a) {\n";
  for (int i = 0; i < count; ++i)
    text += "  if (a === " + std::to_string(i) + ") return " + std::to_string(i) + ";\n";
  return text + end + "}\n";
}

std::string found_in_change(const std::string& before, const std::string& now, const LineRange& added) {
  ScanOptions scan;
  scan.secrets = false;
  Reviewer reviewer(ReviewOptions{});
  reviewer.join(scan);
  auto report = scan_changes({{"a.js", now, {added}, before}}, scan);
  if (!report) return report.error().message;
  return found(reviewer.finish(std::move(*report), scan));
}

TEST(Review, a_change_answers_for_what_it_made_worse) {
  const std::string before = branches(20, "  return a;\n");
  EXPECT_EQ(found_in_change("", before, {1, 23}), "high-complexity 1\n");
  EXPECT_EQ(found_in_change(before, branches(20, "  return -a;\n"), {22, 22}), "");  // touched, and was so before
  EXPECT_EQ(found_in_change(before, branches(21, "  return a;\n"), {22, 22}), "high-complexity 1\n");
  EXPECT_EQ(found_in_change(before, branches(19, "  return a;\n"), {21, 21}), "");  // better, though not yet good
  const std::string log = "console.log(1);\n";
  EXPECT_EQ(found_in_change(log, "if (a) {\n  " + log + "}\n", {1, 3}), "");  // only moved
  EXPECT_EQ(found_in_change(log, log + log, {2, 2}), "console-log 2\n");
}

TEST(Review, comments_silence_and_baselines_hold) {
  ReviewFixture fixture;
  fixture.write("a.js", "debugger; // commandcenter-ignore: debugger-statement -- shown in the talk\ndebugger;\n");
  const Review review = fixture.review();
  EXPECT_EQ(found(review), "debugger-statement 2\n");
  EXPECT_EQ(review.report.suppressed, 1U);

  ReviewFixture other;
  for (const Format format : {Format::kJson, Format::kSarif, Format::kGitlab}) {
    other.write("baseline", render_review(review, format, "1", false));
    const auto baseline = Baseline::read(other.folder() + "/baseline");
    ASSERT_TRUE(baseline) << baseline.error().message;
    ScanOptions options;
    options.baselines.push_back(*baseline);
    const Review again = fixture.review({}, options);
    EXPECT_EQ(found(again), "");
    EXPECT_EQ(again.report.in_baseline, 1U);
  }
}

TEST(Review, comments_for_other_tools_count_where_they_mean_the_same) {
  ReviewFixture fixture;
  fixture.write("a.js",
                "console.log(1); // eslint-disable-line no-console\n"
                "// eslint-disable-next-line no-console, no-eval\n"
                "console.log(2);\n"
                "console.log(3); // eslint-disable-line max-len\n"
                "console.log(4); // eslint-disable-line\n"
                "console.log(5); // nosec\n"
                "eval(x); // eslint-disable-line no-eval\n"
                "eval(y); // eslint-disable-line no-console\n");
  EXPECT_EQ(found(fixture.review()), "console-log 4\nconsole-log 6\neval-use 8\n");
}

TEST(Review, comments_that_silence_nothing_are_told_of_its_own_rules) {
  const ReviewFixture fixture;
  fixture.write("a.js",
                "import './b.js'; // commandcenter-ignore: import-cycle -- known\n"
                "f(1); // commandcenter-ignore: console-log\n"
                "f(2); // commandcenter-ignore: generic-password -- for the scan\n"
                "f(3); // commandcenter-ignore: nested-loops -- of another type\n"
                "f(4); // commandcenter-ignore\n");
  fixture.write("b.js", "import './a.js';\n");
  ScanOptions scan;
  scan.report_unused = true;
  const Review review = fixture.review({.performance = false}, scan);
  std::vector<std::size_t> lines;
  for (const UnusedSuppression& unused : review.report.unused_suppressions)
    lines.push_back(unused.line);
  EXPECT_EQ(found(review), "");
  EXPECT_EQ(lines, (std::vector<std::size_t>{2, 5}));
  EXPECT_TRUE(is_review_rule("nested-loops") && is_review_rule("best-practice"));
  EXPECT_FALSE(is_review_rule("generic-password") || is_review_rule("*"));
}

// What is found in a file of that name.
std::string found_in(const std::string& file, const std::string& text) {
  const ReviewFixture fixture;
  fixture.write(file, text);
  return found(fixture.review());
}

TEST(Review, programs_without_a_suffix_are_reviewed) {
  EXPECT_EQ(found_in("bin/pay", "#!/usr/bin/env node\nconsole.log(1);\ndebugger;\n"), "debugger-statement 3\n");
  EXPECT_EQ(found_in("pay", "#!/usr/bin/python3\nbreakpoint()\n"), "debugger-statement 2\n");
  EXPECT_EQ(found_in("Rakefile", "eval(x)\n"), "eval-use 1\n");
  EXPECT_EQ(found_in("pay", "#!/bin/sh\ndebugger;\n"), "");
  EXPECT_EQ(found_in("pay.js", "console.log(1);\n"), "console-log 1\n");
}

TEST(Review, comments_for_the_tools_of_other_languages_count) {
  EXPECT_EQ(found_in("a.py",
                     "print(1)  # noqa\n"
                     "print(2)  # noqa: T201\n"
                     "print(3)  # noqa: E501\n"
                     "eval(x)  # noqa: S307\n"
                     "eval(x)  # noqa\n"
                     "exec(x)  # pylint: disable=exec-used\n"
                     "# pylint: disable-next=eval-used\n"
                     "eval(x)\n"
                     "def f(a, b, c, d, e, f, g, h):  # noqa: PLR0913 -- all of them are needed\n"
                     "    # pylint: disable=too-many-arguments\n"
                     "    def g(a, b, c, d, e, f, g, h): h()\n"
                     "    def h(a, b, c, d, e, f, g, h): g()\n"),
            "print-call 3\neval-use 5\nmany-parameters 12\n");
  EXPECT_EQ(found_in("b.py", "# pylint: disable=eval-used\neval(x)\n\neval(x)\n# pylint: enable=eval-used\neval(x)\n"),
            "eval-use 6\n");
  EXPECT_EQ(
      found_in("a.go",
               "package a\n//nolint:cyclop,revive // needed\nfunc f(a, b, c, d, e, f, g, h int) {\n"
               "\tfmt.Println(1) //nolint:forbidigo\n\tfmt.Println(2) //nolint:all\n\tfmt.Println(3) //nolint // x\n"
               "\tfmt.Println(4) //nolint:errcheck\n}\n"),
      "many-parameters 3\nprint-call 7\n");
  EXPECT_EQ(
      found_in("a.rb",
               "eval(x) # rubocop:disable Security/Eval\n# rubocop:disable all\npp x\n# rubocop:enable all\npp x\n"),
      "print-call 5\n");
  EXPECT_EQ(
      found_in("a.php",
               "<?php\nvar_dump($x); // phpcs:ignore\n// phpcs:ignore Squiz.PHP.Eval\neval($x);\n"
               "// phpcs:disable WordPress.PHP.DevelopmentFunctions\nvar_dump($x);\n// phpcs:enable\nvar_dump($x);\n"),
      "print-call 8\n");
  EXPECT_EQ(found_in("a.cpp",
                     "void f() {\n  try { g(); } catch (...) {}  // NOLINT(bugprone-empty-catch)\n  // NOLINTNEXTLINE\n"
                     "  try { g(); } catch (...) {}\n  // NOLINTBEGIN\n  try { g(); } catch (...) {}\n  // NOLINTEND\n"
                     "  try { g(); } catch (...) {}  // NOLINT(readability-identifier-naming)\n}\n"),
            "empty-catch 8\n");
  EXPECT_EQ(found_in("a.rs",
                     "#[allow(dead_code, clippy::too_many_arguments)]\n"
                     "fn f(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8) {}\n"),
            "");
  EXPECT_EQ(found_in("A.cs",
                     "class A { void F() {\n#pragma warning disable CA1031\n try { G(); } catch { }\n"
                     "#pragma warning restore CA1031\n try { G(); } catch { }\n } }\n"),
            "empty-catch 5\n");
  EXPECT_EQ(found_in("A.java", "class A { void f() {\n System.out.println(1); // NOPMD\n } }\n"), "");
  EXPECT_EQ(found_in("a.js",
                     "// biome-ignore lint/suspicious/noConsole: shown\nconsole.log(1);\n"
                     "console.log(2) /* eslint-disable-line */;\n// deno-lint-ignore no-console\nconsole.log(3);\n"
                     "console.log(4); // tslint:disable-line:no-console\n"),
            "");
}

// Everything but how long it took.
std::string without_time(const Review& review) {
  Json json = review_json(review);
  json.erase("reviewDurationMs");
  return dump_json(json);
}

TEST(Review, a_cache_changes_nothing_but_the_time) {
  ReviewFixture fixture;
  ReviewFixture cache;
  fixture.write("a.js", "import './b';\nexport function f(xs, ys) {\n  debugger;\n  eval(xs + ys);\n}\n");
  fixture.write("b.js", "import './a';\n");
  fixture.write("c.py", "def g(a, b=1):\n    return a if b else 1\n");
  fixture.write("d.min.js", "x;\n");
  const std::string fresh = without_time(fixture.review());
  ScanOptions scan;
  scan.cache = cache.folder() + "/kept";
  EXPECT_EQ(without_time(fixture.review({}, scan)), fresh);
  EXPECT_EQ(without_time(fixture.review({}, scan)), fresh);
  const std::string file = std::filesystem::directory_iterator(scan.cache)->path().string();
  const auto size = std::filesystem::file_size(file);
  ASSERT_GT(size, 100U);

  fixture.write("b.js", "debugger;\n");  // what changed is looked at
  EXPECT_EQ(without_time(fixture.review({}, scan)), without_time(fixture.review()));
  fixture.write("b.js", "import './a';\n");

  std::string bytes(std::filesystem::file_size(file), '\0');
  std::ifstream(file, std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  for (std::size_t at = 0; at < bytes.size(); at += 7) {  // a broken one is none
    std::string broken = bytes;
    broken[at] = static_cast<char>(broken[at] ^ 0x15);
    std::ofstream(file, std::ios::binary | std::ios::trunc) << broken;
    EXPECT_EQ(without_time(fixture.review({}, scan)), fresh) << at;
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes.substr(0, at);
    EXPECT_EQ(without_time(fixture.review({}, scan)), fresh) << at;
  }
}

TEST(Review, a_secret_on_the_line_of_an_issue_is_masked) {  // pitfall C3
  ReviewFixture fixture;
  const std::string value = std::string("kT7vq9") + "zLxw2M";
  const std::string line = "const password = '" + value + "'; eval(x);\n";
  fixture.write("a.js", line);
  std::string twice;
  for (int i = 0; i < 12; ++i)
    twice += "  const password = '" + value + "'; const total = rows[1].price * rows[2].count;\n";
  fixture.write("b.js", "function one(rows) {\n" + twice + "}\n");
  fixture.write("c.js", "function two(rows) {\n" + twice + "}\n");
  const Review review = fixture.review();
  EXPECT_GE(review.report.findings.size(), 2U);
  for (const Format format : {Format::kJson, Format::kSarif, Format::kHuman, Format::kMarkdown, Format::kJunit})
    EXPECT_EQ(render_review(review, format, "1", false).find(value), std::string::npos);
}

TEST(Review, long_files_are_told_once) {
  ReviewFixture fixture;
  std::string text;
  for (int i = 0; i < 1'001; ++i)
    text += "x();\n";
  fixture.write("a.js", text);
  EXPECT_EQ(found(fixture.review()), "long-file 1\n");
}

// Its tree would have ten times its size, and nothing to tell of.
TEST(Review, large_tables_are_counted_and_left_alone) {
  const ReviewFixture fixture;
  std::string rows;
  for (int i = 0; i < 60'000; ++i)
    rows += fmt::format("  'row {}' => 1,\n", i);
  fixture.write("table.php", "<?php\nreturn [\n" + rows + "];\n");
  fixture.write("code.php", "<?php\nfunction f() { eval($a); }\nreturn [\n" + rows + "];\n");
  const Review review = fixture.review();
  EXPECT_EQ(review.reviewed_files, 2U);
  EXPECT_EQ(review.total_lines, 120'009U);
  EXPECT_EQ(found(review), "long-file 1\neval-use 2\n");
}

TEST(Review, hostile_files_are_survived) {  // pitfall C8
  ReviewFixture fixture;
  constexpr std::size_t kDeep = 100'000;
  fixture.write("deep.js", "x = " + std::string(kDeep, '(') + std::string(kDeep, ')') + ";\n");
  fixture.write("deep.py", "x = " + std::string(kDeep, '[') + std::string(kDeep, ']') + "\n");
  fixture.write("deep.c", std::string(kDeep, '{') + std::string(kDeep, '}') + "\n");
  fixture.write("line.js", "const x = [" + std::string(6 << 20, '1') + "];\n");
  fixture.write("nul.js", std::string("debugger;\0debugger;", 19));
  fixture.write("latin.js", "// gr\xfc\xdf\xe9\ndebugger;\n");
  fixture.write("empty.js", "");
  fixture.write("good.js", "debugger;\n");
  const Review review = fixture.review();
  EXPECT_GE(std::ranges::count(review.report.findings, "debugger-statement", &Finding::rule), 2);
  EXPECT_FALSE(review.report.skipped.empty());
}

TEST(Review, functions_of_python_that_another_file_uses_are_used) {
  const ReviewFixture fixture;
  fixture.write("shop/tools.py",
                "def _price():\n    return 1\ndef _tax():\n    return 2\ndef _idle():\n    return 3\n");
  fixture.write("shop/cart.py",
                "from shop.tools import _price\nfrom shop import tools\nprint(_price() + tools._tax())\n");
  fixture.write("shop/other.py", "def _idle():\n    return 4\n_idle()\n");
  std::vector<std::string> unused;
  const Review review = fixture.review();
  for (const Finding& finding : review.report.findings)
    if (finding.rule == "unused-function") unused.push_back(finding.description);
  EXPECT_EQ(unused, std::vector<std::string>{"Function that nothing calls: _idle"});
  EXPECT_EQ(review.report.total, review.report.findings.size());
}

}  // namespace
}  // namespace commandcenter::code
