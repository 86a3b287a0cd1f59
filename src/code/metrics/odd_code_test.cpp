// What is odd about the reference count, one case each: nothing anybody would expect, but the figures are its.
#include <gtest/gtest.h>

#include "code/metrics/metrics.h"
#include "code/metrics/test_figures.h"

namespace commandcenter::code {
namespace {

// A directive whose last line ends in a backslash goes on over the empty line behind it.
TEST(OddCode, directives_that_go_on_over_an_empty_line_keep_the_lines_right) {
  EXPECT_EQ(figures("a.cpp", "#define TWICE(x) \\\n  ((x) * 2) \\\n\nint f() { return a ? 1 : 0; }\n"), "f 4 2\n");
}

// So does the reference count: it ends lines in comments where Unicode does.
TEST(OddCode, a_page_break_in_a_comment_is_a_line) {
  EXPECT_EQ(figures("a.c", "/* one\f two */\nint f() { return 0; }\n"), "f 3 1\n");
}

TEST(OddCode, comments_without_a_word_are_comments) {
  constexpr std::string_view kPython = "def f(a):\n    if a:\n#\n        return 1\n    #\n    return 2 if a else 3\n";
  EXPECT_EQ(figures("a.py", kPython), "f 1 3\n");
  const auto measured = measure("a.py", kPython);
  ASSERT_TRUE(measured);
  EXPECT_EQ(measured->functions[0].lines_of_code, 4);
  EXPECT_EQ(figures("a.rb", "def f(a)\n  #\n  return 1 if a\nend\n"), "f 1 2\n");
}

TEST(OddCode, words_are_made_of_the_letters_and_numbers_of_all_scripts) {
  EXPECT_EQ(figures("a.go", "func größe() { if a { } }\nfunc 名前２() { }\n"), "größe 1 2\n名前２ 2 1\n");
  EXPECT_EQ(figures("a.c", "int नाम() { return 0; }\n"), "म 1 1\n");  // a vowel sign is no letter
}

// A type switch swallows its own "{", so that its "}" ends the function and the function's is one too many: what comes
// behind it is read askew.
TEST(OddCode, go_functions_behind_a_type_switch) {
  constexpr std::string_view kText = R"~(package demo
func kind(x any) int {
  switch x.(type) {
  case int:
    if x != nil { return 1 }
  }
  return 0
}
func (b *Box) Area() float64 { for b.w > 0 { b.w-- }; return 0 }
func (b *Box) Name() string { return b.name }
func plain(a int) int { if a > 0 { return 1 }; return 0 }
func later() int { return 0 }
)~";
  EXPECT_EQ(figures("a.go", kText), "kind 2 3\n 10 1\nplain 11 2\nlater 12 1\n");
  EXPECT_EQ(figures("a.go", "}\nfunc plain(a int) int { if a > 0 { return 1 }; return 0 }\n"), "plain 2 2\n");
  EXPECT_EQ(figures("a.go", "}\nfunc () { }\n"), "");
}

TEST(OddCode, javascript_modifiers_as_names_of_generators) {
  EXPECT_EQ(figures("a.js", "class A { *static() { if (a) b(); } }\n"), "");
}

TEST(OddCode, a_parameter_has_its_name_before_a_default_or_a_type_of_one_line) {
  const auto parameters = [](std::string_view path, std::string_view text) -> std::size_t {
    const auto measured = measure(path, text);
    return measured && measured->functions.size() == 1 ? measured->functions[0].parameters : 99;
  };
  EXPECT_EQ(parameters("a.py", "def f(a, b: int = 1, *c):\n    pass\n"), 3U);
  EXPECT_EQ(parameters("a.py", "def f(a, b=\"x\ny\"):\n    pass\n"), 1U);
  EXPECT_EQ(parameters("a.rs", "fn f(a: &str, b: \"x\ny\") {}\n"), 1U);
}

TEST(OddCode, a_case_within_what_tells_that_a_case_is_a_keyword_counts_again) {
  EXPECT_EQ(figures("a.py", "def f(a):\n    match a:\n        case [case]:\n            pass\n"), "f 1 3\n");
  EXPECT_EQ(figures("a.py", "def f(a):\n    case = [case]\n    case(case)\n"), "f 1 1\n");
}

TEST(OddCode, what_a_directive_includes_is_one_token_whatever_it_is) {
  EXPECT_EQ(figures("a.c", "#include [\nf() { return a ? 1 : 0; }\n"), "");
  EXPECT_EQ(figures("a.c", "#include if\n#include <if>\nint f() { return a ? 1 : 0; }\n"), "f 3 2\n");
}

TEST(OddCode, names_keep_the_quotes_of_what_they_are_computed_from) {
  EXPECT_EQ(figures("a.ts", "const o = {\n  [on`x`]() { return a ? 1 : 0; }\n};\n"), "on``x`` 2 2\n");
  EXPECT_EQ(figures("a.js", "const o = { ['Ab\tCd']: function () { if (a) b(); } };\n"), "abCd 1 2\n");
  EXPECT_EQ(figures("a.rb", "def \"#{a}\"\nend\n"), "\"\" 1 1\n");
}

}  // namespace
}  // namespace commandcenter::code
