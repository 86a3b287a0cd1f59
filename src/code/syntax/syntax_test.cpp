// Trees of every language, of wrong code and of hostile code.
#include "code/syntax/syntax.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace commandcenter::code {
namespace {

struct Sample {
  const char* file;
  const char* text;
  const char* holds;  // a node of this kind
};

bool holds(const Tree& tree, std::string_view kind) {
  for (NodeId id = 0; id < tree.nodes().size(); ++id) {
    if (tree.kind_name(id) == kind) return true;
  }
  return false;
}

TEST(Syntax, every_language_gives_a_tree) {
  for (const Sample& sample : std::vector<Sample>{
           {"a.sh", "if [ -f a ]; then echo \"$b\"; fi", "if_statement"},
           {"a.c", "int f(int a) { return a + 1; }", "function_definition"},
           {"a.cs", "class A { int F(int a) { return a + 1; } }", "method_declaration"},
           {"a.cpp", "template <class T> T f(T a) { return a; }", "template_declaration"},
           {"a.go", "package a\nfunc f(a int) int { return a + 1 }", "function_declaration"},
           {"a.html", "<p class='x'>a<br></p>", "element"},
           {"a.java", "class A { int f(int a) { return a + 1; } }", "method_declaration"},
           {"a.jsx", "const f = (a) => <b>{a}</b>;", "jsx_element"},
           {"a.json", "{\"a\": [1, true, null]}", "array"},
           {"a.php", "<p><?php echo $a . 'b'; ?></p>", "echo_statement"},
           {"a.py", "def f(a):\n    return f'{a}!'\n", "interpolation"},
           {"a.rb", "def f(a)\n  \"x#{a}\"\nend\n", "interpolation"},
           {"a.rs", "fn f(a: i32) -> i32 { a + 1 }", "function_item"},
           {"a.tsx", "const f = (a: string) => <b>{a}</b>;", "jsx_element"},
           {"a.ts", "interface A { b: string }", "interface_declaration"},
           {"a.yaml", "a:\n  - b: 1\n", "block_mapping"},
       }) {
    const auto grammar = grammar_of(Source(sample.file, sample.text));
    ASSERT_TRUE(grammar) << sample.file;
    const auto tree = Tree::parse(sample.text, *grammar);
    ASSERT_TRUE(tree) << sample.file;
    EXPECT_FALSE(tree->has_errors()) << sample.file;
    EXPECT_TRUE(holds(*tree, sample.holds)) << sample.file;
  }
}

TEST(Syntax, children_fields_and_texts_are_found) {
  const std::string text = "def f(a, b):\n    # no code\n    return a + 'x'\n";
  const auto tree = Tree::parse(text, Grammar::kPython);
  ASSERT_TRUE(tree);
  const NodeId function = tree->named_child(0, 0);
  EXPECT_EQ(tree->kind_name(function), "function_definition");
  EXPECT_EQ(tree->text(tree->child(function, "name")), "f");
  EXPECT_EQ(tree->text(tree->child(function, "parameters")), "(a, b)");
  EXPECT_EQ(tree->child(function, "nothing"), kNoNode);
  const NodeId body = tree->child(function, "body");
  const NodeId sum = tree->named_child(tree->named_child(body, 0), 0);
  EXPECT_EQ(tree->text(tree->child(sum, "right")), "'x'");
  EXPECT_EQ(tree->text(tree->child(sum, "operator")), "+");
  EXPECT_EQ(tree->node(sum).parent, tree->named_child(body, 0));
}

TEST(Syntax, every_subtree_is_a_range_within_its_parent) {
  const std::string text = "function f(a) { if (a) { return [a, `x${a}`]; } }";
  const auto tree = Tree::parse(text, Grammar::kJavaScript);
  ASSERT_TRUE(tree);
  for (NodeId id = 1; id < tree->nodes().size(); ++id) {
    const SyntaxNode& node = tree->node(id);
    const SyntaxNode& parent = tree->node(node.parent);
    EXPECT_LT(node.parent, id);
    EXPECT_GT(node.after, id);
    EXPECT_LE(node.after, parent.after);
    EXPECT_GE(node.begin, parent.begin);
    EXPECT_LE(node.end, parent.end);
  }
}

TEST(Syntax, a_part_keeps_the_offsets_of_the_whole) {
  const std::string text = "<script>let a = 1;</script>";
  const auto tree = Tree::parse(text, Grammar::kJavaScript, {.begin = 8, .end = 18});
  ASSERT_TRUE(tree);
  EXPECT_FALSE(tree->has_errors());
  EXPECT_EQ(tree->text(tree->named_child(0, 0)), "let a = 1;");
}

TEST(Syntax, wrong_code_still_gives_a_tree) {
  for (std::size_t i = 0; i < kGrammars; ++i) {
    for (const std::string& text : {std::string("def f(:\n}} ((a = '\n<?php \"${"), std::string(), std::string(3, '\0'),
                                    std::string("\xff\xfe\x80 = (")}) {
      const auto tree = Tree::parse(text, static_cast<Grammar>(i));
      ASSERT_TRUE(tree) << i;
      EXPECT_GE(tree->nodes().size(), 1U);
    }
  }
}

// 100,000 brackets, one line of a megabyte.
TEST(Syntax, hostile_code_is_bounded) {
  for (std::size_t i = 0; i < kGrammars; ++i) {
    for (const std::string& text : {std::string(100'000, '('), std::string(100'000, '{'), std::string(100'000, '['),
                                    std::string(1'000'000, 'a')}) {
      const auto tree = Tree::parse(text, static_cast<Grammar>(i), {.time_ms = 200});
      if (!tree) continue;
      for (const SyntaxNode& node : tree->nodes())
        ASSERT_LT(node.depth, kMaxSyntaxDepth);
    }
  }
  EXPECT_FALSE(Tree::parse(std::string(kMaxParsed_bytes + 1, ' '), Grammar::kC));
}

TEST(Syntax, shebangs_choose_the_grammar_too) {
  EXPECT_EQ(grammar_of(Source("tool", "#!/usr/bin/env python3\n")), Grammar::kPython);
  EXPECT_EQ(grammar_of(Source("tool", "#!/bin/sh\n")), Grammar::kBash);
  EXPECT_EQ(grammar_of(Source("notes.txt", "hello")), std::nullopt);
}

}  // namespace
}  // namespace commandcenter::code
