// Promises that nobody waits for, and those that only look forgotten.
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
};

std::string lines_with(const Example& example) {
  const ReviewFixture fixture;
  fixture.write(example.file, example.text);
  std::string all;
  const Review review = fixture.review();
  for (const Finding& finding : review.report.findings)
    if (finding.rule == "floating-promise") all += fmt::format("{}{}", all.empty() ? "" : " ", finding.line);
  return all;
}

void expect(const std::string& lines, const std::vector<Example>& examples) {
  for (const Example& example : examples)
    EXPECT_EQ(lines_with(example), lines) << example.text;
}

TEST(Promises, that_are_forgotten) {
  expect("2", {
                  {"a.js", "class A { async g() { await 1; } f() {\n  this.g();\n} }\n"},
                  {"a.js", "class A { g = async () => { await 1; }; f() {\n  this.g();\n} }\n"},
                  {"a.js", "const o = { async g() { await 1; }, f(self) {\n  self.g();\n} };\n"},
                  {"a.ts", "function g(): Promise<void> { return h(); } function f() {\n  g();\n}\n"},
                  {"a.js", "function f() {\n  xs.map(async (x) => { await g(x); });\n}\n"},
                  {"a.js", "async function ok() { return await g(); } function f() {\n  if (ok()) h();\n}\n"},
                  {"a.js", "function f() {\n  axios.post('/a', b).then(g);\n}\n"},
                  {"a.py", "async def f():\n    asyncio.wait_for(g(), 1)\n"},
              });
  expect("", {
                 {"a.js", "class A { async g() { await 1; } f(g) {\n  g();\n} }\n"},
                 {"a.js", "async function g() { await 1; }\nfunction f(g) { g(); }\n"},
                 {"a.js", "async function g(cb) { await 1; }\nfunction f() { g(() => h()); }\n"},
                 {"a.js", "async function g() { try { await h(); } catch (e) { log(e); } }\nfunction f() { g(); }\n"},
                 {"a.js", "async function g() { await 1; }\nfunction f() {\n  // in the background\n  g();\n}\n"},
                 {"a.js", "async function g() { await 1; }\nasync function f() { if (await g()) h(); }\n"},
             });
}

}  // namespace
}  // namespace commandcenter::code
