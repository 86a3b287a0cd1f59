// Nested loops: which of them make ten times the data a hundred times the work.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "code/review/review_fixture.h"

namespace commandcenter::code {
namespace {

struct Example {
  std::string file;
  std::string text;
};

// "medium", "low", or nothing when there is no finding.
std::string judged(const Example& example) {
  const ReviewFixture fixture;
  fixture.write(example.file, example.text);
  std::string found;
  const Review review = fixture.review();
  for (const Finding& finding : review.report.findings)
    if (finding.rule == "nested-loops") found += std::string(severity_word(finding.severity));
  return found;
}

void expect(const std::string& severity, const std::vector<Example>& examples) {
  for (const Example& example : examples)
    EXPECT_EQ(judged(example), severity) << example.text;
}

// A map would do.
TEST(NestedLoops, that_search_among_all_data_in_each_turn) {
  expect(
      "medium",
      {
          {"a.js", "for (const a of xs) { for (const b of ys) if (a.id === b.id) g(a, b); }\n"},
          {"a.js", "for (let i = 0; i < n; i++) { for (let j = 0; j < i; j++) if (xs[i] == xs[j]) g(i); }\n"},
          {"a.js",
           "for (let i = 0; i < xs.length; i++) { for (let j = i + 1; j < xs.length; j++) same(xs[i], xs[j]); }"},
          {"a.js", "for (const k in xs) { this.f(k); ys.forEach((y) => { if (y.key != k) g(y); }); }\n"},
          {"a.js", "for (const a of xs) { for (const b of ys.filter(f)) if (b.of.includes(a.id)) g(a, b); }\n"},
          {"a.py", "for a in xs:\n    n = a.name\n    for b in ys:\n        if b.name == n:\n            g(a, b)\n"},
          {"a.py", "for a in xs:\n    for b in ys:\n        if b in a.parts:\n            g(b)\n"},
          {"A.java", "class A { void f() { for (A a : as) { for (B b : bs) if (b.id().equals(a.id())) g(b); } } }\n"},
          {"a.go",
           "package a\nfunc f() {\n for _, a := range as {\n  for _, b := range bs {\n   if a.ID == b.ID {\n    g()\n"
           "   }\n  }\n }\n}\n"},
          {"a.php", "<?php\nforeach ($xs as $a) { foreach ($ys as $b) { if ($a['x'] === $b['x']) g($a, $b); } }\n"},
          {"a.rb", "xs.each do |a|\n  ys.each { |b| g(b) if b.id == a.id }\nend\n"},
          {"A.cs",
           "class A { void F() { foreach (var a in xs) { foreach (var b in ys) if (a.Id == b.Id) G(b); } } }\n"},
          {"a.js", "$.each(xs, (k, a) => { $.each(ys, (l, b) => { if (a.id === b.id) g(b); }); });\n"},
      });
}

TEST(NestedLoops, over_all_data_in_each_turn) {
  expect("low",
         {
             {"a.js", "for (const a of xs) { for (const b of ys) g(a, b); }\n"},
             {"a.js", "for (let y = 0; y < h; y++) { for (let x = 0; x < w; x++) if (frame[y][x] === 1) g(); }\n"},
             {"a.js", "for (const a of xs) { for (const b of ys) if (b.open === true) g(a, b); }\n"},
             {"a.js", "for (let i = 0; i < n; i++) { for (let j = 0; j < i; j++) g(i, j); }\n"},
             {"a.js", "let i = 0; while (i < n) { let j = 0; while (j < n) { g(i, j); j++; } i++; }\n"},
             {"a.js", "for (const k in xs) { this.f(k); ys.forEach((y) => g(k, y)); }\n"},
             {"a.py", "for a in xs:\n    n = 0\n    for b in ys:\n        g(a, b)\n"},
             {"a.py", "for i in range(n):\n    for j in range(i, n):\n        g(i, j)\n"},
             {"A.java", "class A { void f() { for (A a : as) { a.x = 1; for (B b : bs) g(a, b); } } }\n"},
             {"a.php", "<?php\nforeach ($xs as $a) { foreach ($ys as $b) { g($a, $b); } }\n"},
             {"a.js", "for (const a of xs) { for (let i = n; i > 0; i--) g(a, i); }\n"},
             {"a.js", "for (const a of xs) { for (let i = 0, n = ys.length; i < n; i++) g(a, i); }\n"},
         });
}

TEST(NestedLoops, over_what_the_turn_brings) {
  expect("low",
         {
             {"a.js", "for (const a of xs) { for (const b of a.parts) g(b); }\n"},
             {"a.js", "for (const [a, parts] of xs) { for (const b of parts) g(a, b); }\n"},
             {"a.js", "for (const a of xs) { const parts = split(a); for (const b of parts) g(b); }\n"},
             {"a.js", "for (let i = 0; i < n; i++) { for (let j = 0; j < rows[i].length; j++) g(i, j); }\n"},
             {"a.js", "xs.forEach((x) => { x.parts.forEach((p) => g(p)); });\n"},
             {"a.js", "for (const a of xs) { for (const k of Object.keys(a)) g(k); }\n"},
             {"a.py", "for key, values in d.items():\n    for v in values:\n        g(key, v)\n"},
             {"a.py", "for row in rows:\n    cells = row.split()\n    for c in sorted(cells):\n        g(c)\n"},
             {"a.py", "for row in rows:\n    for i in range(len(row)):\n        g(row[i])\n"},
             {"A.java", "class A { void f() { for (A a : as) { List<B> bs = a.all(); for (B b : bs) g(b); } } }\n"},
             {"a.go",
              "package a\nfunc f() {\n for _, i := range is {\n  as, _ := i.Addrs()\n"
              "  for _, a := range as {\n   g(a)\n  }\n }\n}\n"},
             {"a.php", "<?php\nforeach ($xs as $k => $ys) { foreach ($ys as $y) { g($k, $y); } }\n"},
             {"a.js", "for (const a of xs) { for (let i = 0, n = a.parts.length; i < n; i++) g(i); }\n"},
             {"a.js", "for (k in xs) { for (i = 0, n = xs[k].length; i < n; i++) g(xs[k][i]); }\n"},
             {"a.js", "$.each(xs, (k, a) => { $.each(a.parts, (l, b) => g(a, b)); });\n"},
             {"a.js", "_.each(xs, (a) => { _.forEach(a.parts, (b) => g(a, b)); });\n"},
             {"A.java",
              "class A { void f() { for (int i = 0; i < n; i++) {\n"
              "for (Entry e = table.get(i); e != null; e = e.next()) g(e); } } }\n"},
             {"a.rb", "xs.each do |x|\n  x.parts.each { |p| g(p) }\nend\n"},
             {"a.rs", "fn f() { for a in xs { for b in a.parts { g(b); } } }\n"},
             {"a.cpp", "void f() { for (auto& a : xs) { for (auto& b : a.parts) g(b); } }\n"},
             {"A.cs", "class A { void F() { foreach (var a in xs) { foreach (var b in a.Parts) G(b); } } }\n"},
         });
}

// What a long turn brings is known of the nearest.
TEST(NestedLoops, over_what_a_long_turn_brings) {
  std::string calls;
  for (int i = 0; i < 1'000; ++i)
    calls += "f(a);\n";
  expect("low",
         {{"a.js", "for (const a of xs) {\n" + calls + "const parts = split(a);\nfor (const b of parts) g(b);\n}\n"}});
}

TEST(NestedLoops, that_go_on_where_the_last_turn_ended) {
  expect("low", {
                    {"a.c", "void f(void) { while (p < end) { while (p < end && *p != '/') ++p; ++p; } }\n"},
                    {"a.js", "for (; at < end;) { while (at < end && isSpace(at)) at++; g(at++); }\n"},
                    {"a.go", "package a\nfunc f() {\n for d.Next() {\n  for d.NextBlock(0) {\n   g(d)\n  }\n }\n}\n"},
                    {"a.py", "while at < n:\n    while at < n and s[at] == ' ':\n        at += 1\n    at += 1\n"},
                });
}

TEST(NestedLoops, over_constants_are_none) {
  expect("", {
                 {"a.js", "for (const a of xs) { for (let i = 0; i < 40; i++) g(a, i); }\n"},
                 {"a.js", "for (const a of xs) { for (let i = 3; i > 0; i--) g(a, i); }\n"},
                 {"a.js", "for (let i = 0; i < 8; i++) { for (const a of xs) g(a, i); }\n"},
                 {"a.js", "for (const a of xs) { for (const mode of Modes.ALL_MODES) g(a, mode); }\n"},
                 {"a.js", "for (const a of xs) { ['x', 'y'].forEach((name) => g(a, name)); }\n"},
                 {"a.c", "void f(void) { for (i = 0; i < n; i++) for (j = 0; j < MAX_BINS; j++) g(i, j); }\n"},
                 {"a.cpp", "void f() { for (auto a : as) for (std::size_t i = 0; i < kDepth; ++i) g(a, i); }\n"},
                 {"a.py", "for a in xs:\n    for name in EXCLUDED:\n        g(a, name)\n"},
                 {"a.py", "for a in xs:\n    for i in range(10):\n        g(a, i)\n"},
                 {"A.java", "class A { void f() { for (A a : as) for (Mode m : ALL_MODES) g(a, m); } }\n"},
             });
}

}  // namespace
}  // namespace commandcenter::code
