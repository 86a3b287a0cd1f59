// The rules in languages that their pages show no example of.
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "code/review/review_fixture.h"

namespace commandcenter::code {
namespace {

struct Example {
  std::string file;
  std::string text;
  std::string found;  // "rule line", of all findings
};

std::string found_in(const Example& example) {
  ReviewFixture fixture;
  fixture.write(example.file, example.text);
  std::string all;
  for (const Finding& finding : fixture.review().report.findings)
    all += fmt::format("{}{} {}", all.empty() ? "" : ", ", finding.rule, finding.line);
  return all;
}

TEST(ReviewLanguages, errors_and_unreachable_code) {
  const std::vector<Example> kExamples{
      {"A.java", "class A { void f() {\n try { g(); } catch (E e) {\n }\n throw new E();\n } }\n", "empty-catch 2"},
      {"A.java", "class A { void f() {\n try { g(); fail(); } catch (E expected) {\n }\n } }\n", ""},
      {"a.php", "<?php\ntry { g(); } catch (E $ignored) { }\n", ""},
      {"a.js", "try { g(); } catch (expectation) { }\n", ""},
      {"a.js", "try { g(); } catch (unexpected) { }\n", "empty-catch 1"},
      {"a.py", "try:\n    f()\nexcept Exception:\n    pass\n", "empty-catch 3"},
      {"A.java", "class A { int f() {\n return 1;\n g();\n } }\n", "unreachable-code 3"},
      {"A.java", "class A { void f(int a) {\n switch (a) { case 1: g(); break; default: h(); }\n } }\n", ""},
      {"a.cs", "class A { void F() {\n try { G(); } catch (E) { }\n return;\n G();\n } }\n",
       "empty-catch 2, unreachable-code 4"},
      {"a.cpp", "int f() {\n try { g(); } catch (...) {}\n return 1;\n g();\n}\n", "empty-catch 2, unreachable-code 4"},
      {"a.c", "int f(int a) {\n if (a) goto out;\n return 1;\nout:\n return 2;\n}\n", ""},
      {"a.c", "int f(int a) {\n switch (a) {\n case 1: return 1;\n case 2: return 2;\n }\n return 3;\n}\n", ""},
      {"a.c", "int f(void) {\n#ifdef A\n return 1;\n#else\n return 2;\n#endif\n}\n", ""},
      {"a.php", "<?php\ntry { g(); } catch (E $e) { }\nfunction f() {\n return 1;\n g();\n}\n",
       "empty-catch 2, unreachable-code 5"},
      {"a.rb", "def f\n g\nrescue E\nend\ndef h\n return 1\n g\nend\n", "empty-catch 3, unreachable-code 7"},
      {"a.go", "package a\nfunc f() int {\n\treturn 1\n\tg()\n}\n", "unreachable-code 4"},
      {"a.rs", "fn f() -> i32 {\n    return 1;\n    g();\n}\n", "unreachable-code 3"},
      {"a.rs", "fn f() -> i32 {\n    #[cfg(unix)]\n    return 1;\n    #[cfg(not(unix))]\n    return 2;\n}\n", ""},
      {"a.rs", "fn f() -> i32 {\n    return 1;\n    #[allow(unreachable_code)]\n    g();\n}\n", ""},
      {"a.go", "package a\nfunc f() int {\n\tos.Exit(1)\n\treturn 0\n}\n", ""},
      {"a.go", "package a\nfunc f() int {\n\tos.Exit(1)\n\tg()\n\treturn 0\n}\n", "unreachable-code 4"},
      {"a.js", "function f() {\n  process.exit(1);\n  return;\n}\n", ""},
      {"a.py", "def f():\n    return\n    yield\n", ""},
      {"a.ts", "function f(): number {\n  return 1;\n  type A = string;\n}\n", ""},
  };
  for (const Example& example : kExamples)
    EXPECT_EQ(found_in(example), example.found) << example.file << "\n" << example.text;
}

TEST(ReviewLanguages, code_that_is_never_reached) {
  const std::vector<Example> kExamples{
      {"a.js", "function f(a) {\n  if (a) {\n    return 1;\n  } else {\n    throw a;\n  }\n  g();\n}\n",
       "unreachable-code 7"},
      {"a.js", "function f(a) {\n  if (a) return 1;\n  else if (b) return 2;\n  g();\n}\n", ""},
      {"a.py",
       "def f(a):\n    if a:\n        return 1\n    elif b:\n        return 2\n    else:\n        return 3\n    g()\n",
       "unreachable-code 8"},
      {"a.py", "def f(a):\n    if a:\n        return 1\n    elif b:\n        return 2\n    g()\n", ""},
      {"a.php", "<?php\nfunction f($a) {\n if ($a) { return 1; } elseif ($b) { return 2; } else { die(); }\n g();\n}\n",
       "unreachable-code 4"},
      {"a.go", "package a\nfunc f(a int) {\n\tfor {\n\t\tg()\n\t}\n\th()\n}\n", "unreachable-code 6"},
      {"a.go", "package a\nfunc f(a int) {\n\tfor {\n\t\tif a > 0 {\n\t\t\tbreak\n\t\t}\n\t}\n\th()\n}\n", ""},
      {"a.js", "function f() {\n  while (true) { g(); }\n  h();\n}\n", "unreachable-code 3"},
      {"a.go", "package a\nfunc f() {\n\tlog.Fatalf(\"x\")\n\tg()\n}\n", "unreachable-code 4"},
      {"a.c", "int f(void) {\n return 1;;\n}\n", ""},
      {"a.cpp", "int f() {\n#ifdef A\n if (g())\n#else\n if (h())\n#endif\n  return 1;\n return 2;\n}\n", ""},
      {"a.php", "<?php\nif ($a) {\n exit -1;\n}\n", ""},
      {"a.py", "def f():\n    return 1\n    \"\"\"What was here.\"\"\"\n", ""},
      {"A.java", "class A { int f() {\n System.exit(1);\n return 1;\n } }\n", ""},
      {"a.go", "package a\nfunc f() {\n\tos.Exit(1)\n\tpanic(\"still here\")\n}\n", ""},
  };
  for (const Example& example : kExamples)
    EXPECT_EQ(found_in(example), example.found) << example.file << "\n" << example.text;
}

// The severities of the findings of a file.
std::string severities(const std::string& file, const std::string& text) {
  const ReviewFixture fixture;
  fixture.write(file, text);
  std::string all;
  const Review review = fixture.review();
  for (const Finding& finding : review.report.findings)
    all += fmt::format("{}{}", all.empty() ? "" : " ", severity_word(finding.severity));
  return all;
}

TEST(ReviewLanguages, a_jump_behind_a_jump_is_a_habit) {
  EXPECT_EQ(severities("a.js", "switch (a) {\n  case 1:\n    return f();\n    break;\n  default:\n}\n"), "low");
  EXPECT_EQ(severities("a.php", "<?php\nfunction f() { throw new E(); return null; }\n"), "low");
  EXPECT_EQ(severities("a.js", "function f() { return g(); return h(); }\n"), "medium");
}

TEST(ReviewLanguages, errors_that_are_swallowed_with_a_reason) {
  EXPECT_EQ(severities("A.java", "class A { void f() { try { g(); fail(\"no\"); } catch (E e) { } } }\n"), "");
  EXPECT_EQ(severities("a.js", "try { g(); } catch (_) {}\n"), "");
  EXPECT_EQ(severities("a.php", "<?php\ntry { g(); } catch (Exception $e) {\n} // not there yet\n"), "");
  EXPECT_EQ(severities("a.php", "<?php\nfunction f() { try { g(); } catch (Exception $e) {}\nreturn $e ?? null; }\n"),
            "");
  EXPECT_EQ(severities("a.rb", "def f\n  begin\n    g\n  rescue => e\n  end\n  raise e if e\nend\n"), "");
  EXPECT_EQ(severities("a.js", "function f() { try { return g(); } catch {}\n  return 1;\n}\n"), "low");
  EXPECT_EQ(severities("a.js", "function f() { if (a) { try { return g(); } catch {} }\n  return 1;\n}\n"), "low");
  EXPECT_EQ(severities("a.js", "function f() { try { return g(); } catch {} }\n"), "medium");
  EXPECT_EQ(severities("a.py", "def f():\n    try:\n        return g()\n    except:\n        pass\n"), "medium");
  EXPECT_EQ(severities("a.py", "def f():\n    try:\n        return g()\n    except:\n        pass\n    return 1\n"),
            "low");
  EXPECT_EQ(severities("a.js", "async function f() { try { await a.close(); } catch (e) {} }\n"), "low");
  EXPECT_EQ(severities("a.php", "<?php\ntry { g(); } catch (NotFound $e) {}\n"), "low");
  EXPECT_EQ(severities("a.php", "<?php\ntry { g(); } catch (Throwable $e) {}\n"), "medium");
  EXPECT_EQ(severities("a.rb", "begin\n  require 'thin'\nrescue LoadError\nend\n"), "low");
  EXPECT_EQ(severities("a.rb", "begin\n  g\nrescue\nend\n"), "medium");
  EXPECT_EQ(severities("a.rb", "def f\n  run do\n    g\n  rescue => e\n  end\n  raise e if e\nend\n"), "");
  EXPECT_EQ(severities("a.js", "try {\n  g();\n  // Not in old browsers.\n} catch (e) {}\n"), "low");
  EXPECT_EQ(severities("a.js", "try { g(); } catch (unusedError) {}\n"), "");
  EXPECT_EQ(severities("a.js", "g().catch(() => {});\n"), "low");
  EXPECT_EQ(severities("a.js", "g().catch(() => { /* gone */ });\ng().catch(f);\n"), "");
  EXPECT_EQ(severities("a.go", "package a\nfunc f() {\n\tif err != nil {\n\t}\n}\n"), "medium");
  EXPECT_EQ(severities("a.go", "package a\nfunc f() {\n\tif err != nil { // gone\n\t}\n}\n"), "");
  EXPECT_EQ(severities("a.py", "try:\n    f()\nexcept Exception:\n    ...\n"), "medium");
}

TEST(ReviewLanguages, narrow_handlers_of_python_are_info) {
  const auto severity = [](const std::string& what) {
    const ReviewFixture fixture;
    fixture.write("a.py", "try:\n    f()\nexcept" + what + ":\n    pass\n");
    const Review review = fixture.review();
    return review.report.findings.size() == 1 ? review.report.findings[0].severity : Severity::kCritical;
  };
  for (const char* what : {"", " Exception", " BaseException as e", " (KeyError, Exception)"})
    EXPECT_EQ(severity(what), Severity::kMedium) << what;
  for (const char* what : {" KeyError", " (KeyError, OSError)", " errors.NotFound as e", " MyException"})
    EXPECT_EQ(severity(what), Severity::kLow) << what;
}

TEST(ReviewLanguages, loops) {
  const std::vector<Example> kExamples{
      {"A.java", "class A { void f() {\n for (A a : as)\n  for (B b : bs) g(a, b);\n } }\n", "nested-loops 3"},
      {"A.java", "class A { void f() {\n as.forEach(a -> {\n  for (B b : bs) g(a, b);\n });\n } }\n", "nested-loops 3"},
      {"A.java", "class A { void f() {\n for (int i = 0; i < n; i++)\n  for (int j = 0; j < 3; j++) g();\n } }\n", ""},
      {"a.go",
       "package a\nfunc f() {\n\tfor _, a := range as {\n\t\tfor _, b := range bs {\n\t\t\tg(a, b)\n\t\t}\n\t}\n}\n",
       "nested-loops 4"},
      {"a.go", "package a\nfunc f() {\n\tfor {\n\t\tfor _, b := range bs {\n\t\t\tg(b)\n\t\t}\n\t}\n}\n", ""},
      {"a.rs", "fn f() {\n    for a in xs {\n        for b in ys { g(a, b); }\n    }\n}\n", "nested-loops 3"},
      {"a.rs",
       "fn f() {\n    loop {\n        for b in ys { g(b); }\n    }\n    for a in 0..3 {\n        for b in ys { g(b); "
       "}\n    }\n}\n",
       ""},
      {"a.rb", "def f\n xs.each do |a|\n  ys.each { |b| g(a, b) }\n end\nend\n", "nested-loops 3"},
      {"a.php", "<?php\nforeach ($xs as $a) {\n foreach ($ys as $b) { g($a, $b); }\n}\n", "nested-loops 3"},
      {"a.cs", "class A { void F() {\n foreach (var a in xs)\n  foreach (var b in ys) G(a, b);\n } }\n",
       "nested-loops 3"},
      {"a.cpp", "void f() {\n for (auto a : as)\n  for (auto b : bs) g(a, b);\n}\n", "nested-loops 3"},
      {"a.py", "for a in xs:\n    for i in range(3):\n        g(a)\n", ""},
      {"a.js", "for (const a of xs) {\n  later(() => { for (const b of ys) g(b); });\n}\n", ""},
      {"a.js", "for (const a of xs) {\n  for (const b of a.parts) g(b);\n}\n", "nested-loops 2"},
      {"A.java",
       "class A { void f() {\n for (A a : as) {\n  Pattern.compile(\"x\");\n  repository.findById(a.id);\n }\n } }\n",
       "regex-in-loop 3, query-in-loop 4"},
      {"a.go", "package a\nfunc f() {\n\tfor _, a := range as {\n\t\tdb.Query(q, a)\n\t}\n}\n", "query-in-loop 4"},
      {"a.php", "<?php\nforeach ($xs as $a) {\n $pdo->query($q);\n}\n", "query-in-loop 3"},
      {"a.rb", "ids.each do |id|\n User.find(id)\nend\n", "query-in-loop 2"},
      {"a.cs", "class A { async Task F() {\n foreach (var a in xs) {\n  await G(a);\n }\n } }\n", "await-in-loop 3"},
      {"a.py",
       "async def f():\n  for a in xs:\n    await asyncio.sleep(1)\n    await g(a)\n    cursor.execute(q)\n"
       "    cursor.fetchone()\n    await conn.fetch(q)\n",
       "await-in-loop 4, query-in-loop 5, query-in-loop 7"},
      {"a.js",
       "async function f() {\n for (const a of xs) {\n  await sleep(9);\n  await new Promise((r) => setTimeout(r, "
       "9));\n"
       "  await new Promise(a);\n }\n}\n",
       "await-in-loop 5"},
      {"a.cs", "class A { async Task F() {\n foreach (var a in xs) {\n  await Task.Delay(9);\n }\n } }\n", ""},
      {"a.php",
       "<?php\nforeach ($xs as $a) {\n $stmt->execute();\n $stmt->fetch(PDO::FETCH_ASSOC);\n $collection->all();\n}\n",
       "query-in-loop 3"},
      {"a.rs", "async fn f() {\n    for a in xs {\n        g(a).await;\n    }\n}\n", "await-in-loop 3"},
  };
  for (const Example& example : kExamples)
    EXPECT_EQ(found_in(example), example.found) << example.file << "\n" << example.text;
}

TEST(ReviewLanguages, functions_that_nothing_calls) {
  const std::vector<Example> kExamples{
      {"a.php", "<?php\nclass A {\n private function f() {}\n}\n", "unused-function 3"},
      {"a.php", "<?php\nclass A {\n use T;\n private function f() {}\n}\n", ""},
      {"a.php", "<?php\ntrait T {\n private function f() {}\n private static function g() {}\n}\n", ""},
      {"a.js", "import a from 'a';\nconst f = () => a;\nconst g = function () { return a; };\n",
       "unused-function 2, unused-function 3"},
      {"a.js", "import a from 'a';\nconst f = () => a;\nexport const g = () => f();\n", ""},
      {"a.js", "function f() {\n  function g() { return 1; }\n  const h = () => 2;\n  return h();\n}\n",
       "unused-function 2"},
      {"a.js", "const f = () => 1;\n", ""},
  };
  for (const Example& example : kExamples)
    EXPECT_EQ(found_in(example), example.found) << example.file << "\n" << example.text;
}

TEST(ReviewLanguages, leftovers) {
  const std::string note = std::string("TO") + "DO";
  const std::vector<Example> kExamples{
      {"a.go", "package a\n// " + note + ": x\nfunc f() {\n\tfmt.Println(1)\n}\n", "todo-comment 2, print-call 4"},
      {"a.go", "package main\nfunc main() {\n\tfmt.Println(1)\n}\n", ""},
      {"A.java", "class A { void f() {\n System.out.println(1); /* " + note + " */\n } }\n",
       "print-call 2, todo-comment 2"},
      {"a.php", "<?php\n# " + note + "\nvar_dump($x);\nxdebug_break();\n",
       "todo-comment 2, print-call 3, debugger-statement 4"},
      {"a.php", "<?php\n$s = print_r($x, true) . var_export($x, true);\nprint_r($x);\nvar_export($x, false);\n",
       "print-call 3, print-call 4"},
      {"ctl/command/list.go", "package command\nfunc f() {\n\tfmt.Println(1)\n}\n", ""},
      {"a.rb", "def f\n byebug\n pp x\nend # " + note + "\n", "debugger-statement 2, print-call 3, todo-comment 4"},
      {"a.rs", "fn f() {\n    dbg!(x); // " + note + "\n}\n", "print-call 2, todo-comment 2"},
      {"a.py", "def f():\n    breakpoint()\n    import pdb; pdb.set_trace()\n",
       "debugger-statement 2, debugger-statement 3"},
      {"a.c", "// " + note + "(ada): x\nint " + note + "S = 1; char *s = \"" + note + "\";\n", "todo-comment 1"},
      {"a.cs", "class A { void F() {\n Console.WriteLine(1);\n } }\n", "print-call 2"},
      {"a.ts", "class A {\n  f(): void {\n    console.log(1);\n  }\n}\n", "console-log 3"},
      {"a.tsx", "const A = () => {\n  console.debug(1);\n  return <b>console.log(1) debugger</b>;\n};\n",
       "console-log 2"},
      {"a.php", "<?php\neval($code);\neval_it($x);\n", "eval-use 2"},
      {"a.rb", "eval(code)\nmodel.eval\n", "eval-use 1"},
      {"a.js", "setTimeout('tick(' + a + ')', 9);\nsetTimeout(tick, 9);\n", "eval-use 1"},
      {"a.php", "<?php\n$f = create_function('$a', $code);\n", "eval-use 2"},
      {"a.py", "def f():\n    IPython.embed()\n    pytest.set_trace()\n", "debugger-statement 2, debugger-statement 3"},
      {"a.go", "package a\nfunc f() {\n\truntime.Breakpoint()\n\tprintln(1)\n}\n",
       "debugger-statement 3, print-call 4"},
      {"A.java", "class A { void f() {\n if (VERBOSE) System.out.println(1);\n } }\n", ""},
      {"scripts/a.ts", "console.log(1);\n", ""},
  };
  for (const Example& example : kExamples)
    EXPECT_EQ(found_in(example), example.found) << example.file << "\n" << example.text;
}

}  // namespace
}  // namespace commandcenter::code
