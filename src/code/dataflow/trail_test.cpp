#include "code/dataflow/trail.h"

#include <gtest/gtest.h>

namespace commandcenter::code::dataflow {
namespace {

// What comes in at the word SOURCE is in the clause of the word SINK.
bool reaches(std::string_view text, Grammar grammar) {
  const Clauses clauses = clauses_of(text, grammar);
  Trail trail(clauses, grammar);
  const std::vector<std::uint32_t> places = {static_cast<std::uint32_t>(text.find("SOURCE"))};
  trail.from(places);
  return trail.reaches(static_cast<std::uint32_t>(text.find("SINK")));
}

TEST(Trail, follows_what_is_given_to_names) {
  EXPECT_TRUE(reaches("a = SOURCE\nb = a\nSINK(b)\n", Grammar::kPython));
  EXPECT_TRUE(reaches("print(SOURCE, file=out)\nSINK(out.getvalue())\n", Grammar::kPython));
  EXPECT_TRUE(reaches("for k, v in SOURCE.items():\n    out.append(v)\nx = v\nSINK(x)\n", Grammar::kPython));
  EXPECT_TRUE(reaches("out = []\nout.append(SOURCE)\nSINK(''.join(out))\n", Grammar::kPython));
  EXPECT_TRUE(reaches("const { a, b: c } = SOURCE;\nSINK(c);", Grammar::kJavaScript));
  EXPECT_TRUE(reaches("let x = [\n  1,\n  SOURCE,\n]\nSINK(`<p>${x}`)", Grammar::kJavaScript));
  EXPECT_TRUE(reaches("const o = { q: { r: SOURCE } };\nSINK(o.q);", Grammar::kJavaScript));
  EXPECT_TRUE(reaches("<?php $a = SOURCE; foreach ($a as $b) { SINK(\"x $b\"); }", Grammar::kPhp));
  EXPECT_TRUE(reaches("SOURCE.each do |x|\n  SINK(x)\nend\n", Grammar::kRuby));
  EXPECT_TRUE(reaches("q := T{a: SOURCE}\nSINK(q.a)\n", Grammar::kGo));
  EXPECT_TRUE(reaches("list[:a] << SOURCE\nSINK(list[:a].first)\n", Grammar::kRuby));
  EXPECT_TRUE(reaches("<?php array_push($list, SOURCE); SINK($list);", Grammar::kPhp));
  EXPECT_TRUE(reaches("class A { void f() { String s = SOURCE; this.t = s; } void g() { SINK(t); } }", Grammar::kJava));
}

TEST(Trail, follows_calls_and_what_they_give) {
  EXPECT_TRUE(reaches("function f(a) { SINK(a); }\nf(SOURCE);", Grammar::kJavaScript));
  EXPECT_TRUE(reaches("function f() { return SOURCE; }\nSINK(f());", Grammar::kJavaScript));
  EXPECT_TRUE(reaches("const f = a => SINK(a);\nf(SOURCE);", Grammar::kJavaScript));
  EXPECT_TRUE(reaches("list.map(x => { return SOURCE; }).forEach(y => SINK(y));", Grammar::kJavaScript));
  EXPECT_TRUE(reaches("function run(cb) { cb(SOURCE); }\nrun(function (x) { SINK(x); });", Grammar::kJavaScript));
  EXPECT_TRUE(reaches("def f(a):\n    return a + SOURCE\n\ndef g():\n    SINK(f(1))\n", Grammar::kPython));
  EXPECT_TRUE(reaches("def f\n  SOURCE\nend\ndef g\n  SINK f\nend\n", Grammar::kRuby));
  EXPECT_TRUE(reaches(
      "class A:\n    def __init__(self, q):\n        self.q = q\n    def f(self):\n        SINK(self.q)\nA(SOURCE)\n",
      Grammar::kPython));
}

TEST(Trail, follows_what_is_left_for_others_by_a_key) {
  const std::string_view text = "func f(c *C) {\n\tc.Set(\"a\", SOURCE)\n}\nfunc g(c *C) {\n\tSINK(c.Get(\"a\"))\n}\n";
  EXPECT_TRUE(reaches(text, Grammar::kGo));
  const Clauses clauses = clauses_of(text, Grammar::kGo);
  Trail trail(clauses, Grammar::kGo);
  const std::vector<std::uint32_t> places = {static_cast<std::uint32_t>(text.find("SOURCE"))};
  trail.from(places);
  EXPECT_EQ(trail.shelves(), std::vector{static_cast<std::uint32_t>(text.find("Set"))});
}

TEST(Trail, ends_where_no_name_carries_the_data_on) {
  EXPECT_FALSE(reaches("a = SOURCE\nb = 1\nSINK(b)\n", Grammar::kPython));
  EXPECT_FALSE(reaches("function f(a) { SINK(a); }\nfunction g(b) { log(b.SOURCE); }\nf(1);", Grammar::kJavaScript));
  EXPECT_FALSE(reaches("log(SOURCE); // x = SOURCE\nx = 'SOURCE'; SINK(x);", Grammar::kJavaScript));
  EXPECT_FALSE(reaches("<?php $a = SOURCE; $b = 'a'; SINK($b);", Grammar::kPhp));
}

TEST(Trail, broken_code_ends_too) {
  for (const Grammar grammar : {Grammar::kJavaScript, Grammar::kPython, Grammar::kRuby, Grammar::kPhp, Grammar::kGo}) {
    for (const std::string_view text :
         {"", "}}))]]", "((({{{[[[", "=>", "= = =", "a => {", "function", "def", "'", "`${"}) {
      const Clauses clauses = clauses_of(text, grammar);
      Trail trail(clauses, grammar);
      const std::vector<std::uint32_t> places = {0, 1, 1'000};
      trail.from(places);
      trail.from_head(0, true);
      trail.from_param(0);
    }
  }
}

}  // namespace
}  // namespace commandcenter::code::dataflow
