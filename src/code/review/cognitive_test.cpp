// Cognitive complexity, rule by rule as SonarSource's white paper has them.
#include <gtest/gtest.h>

#include "code/review/review_fixture.h"

namespace commandcenter::code {
namespace {

int cognitive(const std::string& name, const std::string& text) {
  const ReviewFixture fixture;
  fixture.write(name, text);
  const Review review = fixture.review();
  return review.functions.empty() ? -1 : review.functions.front().cognitive;
}

TEST(Cognitive, a_function_by_itself_costs_nothing) {
  EXPECT_EQ(cognitive("a.js", "function f(a) { const b = a + 1; return b; }\n"), 0);
  EXPECT_EQ(cognitive("a.py", "def f(a):\n    return a\n"), 0);
}

TEST(Cognitive, shorthand_for_what_may_be_null_costs_nothing) {
  EXPECT_EQ(cognitive("a.js", "function f(a) { return a?.b ?? 1; }\n"), 0);
}

TEST(Cognitive, branches_and_ternaries_cost_one) {
  EXPECT_EQ(cognitive("a.js", "function f(a) { if (a) g(); }\n"), 1);
  EXPECT_EQ(cognitive("a.js", "function f(a) { return a ? 1 : 2; }\n"), 1);
  EXPECT_EQ(cognitive("a.py", "def f(a):\n    return 1 if a else 2\n"), 1);
}

TEST(Cognitive, else_and_else_if_cost_one_without_depth) {
  EXPECT_EQ(cognitive("a.js", "function f(a, b) { if (a) g(); else if (b) h(); else i(); }\n"), 3);
  EXPECT_EQ(cognitive("a.js", "function f(a, b) { for (;;) { if (a) g(); else if (b) h(); else i(); } }\n"), 5);
}

TEST(Cognitive, each_kind_of_loop_costs_one) {
  EXPECT_EQ(cognitive("A.java", "class A { void f(int[] a) { for (;;) g(); } }\n"), 1);
  EXPECT_EQ(cognitive("A.java", "class A { void f(int[] a) { for (int x : a) g(); } }\n"), 1);
  EXPECT_EQ(cognitive("A.java", "class A { void f(int[] a) { while (b) g(); } }\n"), 1);
  EXPECT_EQ(cognitive("A.java", "class A { void f(int[] a) { do g(); while (b); } }\n"), 1);
}

TEST(Cognitive, a_switch_costs_one_whatever_its_cases) {
  EXPECT_EQ(
      cognitive("a.c", "int f(int a) { switch (a) { case 1: return 1; case 2: return 2; default: return 3; } }\n"), 1);
}

TEST(Cognitive, catch_costs_one_try_and_finally_nothing) {
  EXPECT_EQ(cognitive("a.js", "function f(a) { try { g(); } catch (e) { h(); } finally { i(); } }\n"), 1);
  EXPECT_EQ(cognitive("a.py",
                      "def f(a):\n    try:\n        g()\n    except A:\n        h()\n    except B:\n"
                      "        i()\n    finally:\n        j()\n"),
            2);
}

TEST(Cognitive, jumps_to_labels_cost_one_plain_ones_nothing) {
  EXPECT_EQ(cognitive("A.java", "class A { void f() { O: for (;;) { break O; } } }\n"), 2);
  EXPECT_EQ(cognitive("A.java", "class A { void f() { for (;;) { break; } } }\n"), 1);
  EXPECT_EQ(cognitive("a.c", "void f(void) { goto end; end: return; }\n"), 1);
  EXPECT_EQ(cognitive("a.php", "<?php function f() { while ($a) { while ($b) { break 2; } } }\n"), 4);
  EXPECT_EQ(cognitive("a.php", "<?php function f() { while ($a) { break; } }\n"), 1);
}

TEST(Cognitive, a_run_of_like_operators_costs_one) {
  EXPECT_EQ(cognitive("a.js", "function f(a, b, c, d) { return a && b && c && d; }\n"), 1);
  EXPECT_EQ(cognitive("a.js", "function f(a, b, c, d) { return a && b || c && d; }\n"), 3);
  EXPECT_EQ(cognitive("a.py", "def f(a, b, c):\n    return a and b or c\n"), 2);
}

TEST(Cognitive, a_function_that_calls_itself_costs_one) {
  EXPECT_EQ(cognitive("a.js", "function f(a) { return f(a - 1) + f(a - 2); }\n"), 1);
  EXPECT_EQ(cognitive("a.py", "class A:\n    def f(self):\n        return self.f()\n"), 1);
  EXPECT_EQ(cognitive("a.js", "function f(a) { return other.f(a); }\n"), 0);
  EXPECT_EQ(cognitive("a.php", "<?php class A { function f($n) { return $this->f($n); } }\n"), 1);
  EXPECT_EQ(cognitive("a.php", "<?php class A { function f($n) { return $this->b->f($n); } }\n"), 0);
  EXPECT_EQ(cognitive("a.cpp", "int A::f(int n) { return f(n) + A::f(n); }\n"), 1);
  EXPECT_EQ(cognitive("a.cpp", "int A::f(int n) { return B::f(n); }\n"), 0);
  EXPECT_EQ(cognitive("a.rs", "impl A { fn f(&self) -> u8 { self.f() + Self::f(self) } }\n"), 1);
}

TEST(Cognitive, branches_without_a_keyword_of_their_own_count) {
  EXPECT_EQ(cognitive("a.rs", "fn f() { let Some(x) = y else { return; }; }\n"), 1);
  EXPECT_EQ(cognitive("a.rb", "def f\n  x = y rescue nil\nend\n"), 1);
}

TEST(Cognitive, functions_on_one_line_have_their_own_figures) {
  const ReviewFixture fixture;
  fixture.write("a.js", "function f() { const g = () => { if (a) b(); }; }\n");
  const Review review = fixture.review();
  ASSERT_EQ(review.functions.size(), 2U);
  for (const ReviewedFunction& function : review.functions)
    EXPECT_EQ(function.cognitive, function.metrics.name == "f" ? 2 : 1) << function.metrics.name;
}

TEST(Cognitive, depth_adds_to_branches_loops_switches_and_catches) {
  EXPECT_EQ(cognitive("a.js", "function f(a) { if (a) { for (;;) { while (a) g(); } } }\n"), 6);
  EXPECT_EQ(cognitive("a.js", "function f(a) { if (a) { try { g(); } catch (e) { if (e) h(); } } }\n"), 6);
}

TEST(Cognitive, functions_in_functions_and_lambdas_add_depth_only) {
  EXPECT_EQ(cognitive("A.java", "class A { void f() { Runnable r = () -> { if (a) g(); }; } }\n"), 2);
  EXPECT_EQ(cognitive("a.js", "function f() { function g(a) { if (a) h(); } }\n"), 2);
}

TEST(Cognitive, a_decorator_of_python_adds_no_depth) {
  EXPECT_EQ(
      cognitive("a.py", "def d(f):\n    def inner(*a):\n        if a:\n            return f(*a)\n    return inner\n"),
      1);
  EXPECT_EQ(
      cognitive(
          "a.py",
          "def d(f):\n    x = 1\n    def inner(*a):\n        if a:\n            return f(*a)\n    return inner\n"),
      2);
}

}  // namespace
}  // namespace commandcenter::code
