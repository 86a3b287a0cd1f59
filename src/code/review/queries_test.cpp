// Which calls in loops ask a database, and which only look like it.
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

std::string lines_with(const Example& example, std::string_view rule) {
  const ReviewFixture fixture;
  fixture.write(example.file, example.text);
  std::string all;
  const Review review = fixture.review();
  for (const Finding& finding : review.report.findings)
    if (finding.rule == rule) all += fmt::format("{}{}", all.empty() ? "" : " ", finding.line);
  return all;
}

void expect(const std::string& lines, std::string_view rule, const std::vector<Example>& examples) {
  for (const Example& example : examples)
    EXPECT_EQ(lines_with(example, rule), lines) << example.text;
}

TEST(Queries, of_the_libraries_of_each_language) {
  expect("2", "query-in-loop",
         {
             {"a.js", "for (const id of ids) {\n  await db.collection('books').findOne({ id });\n}\n"},
             {"a.js", "for (const id of ids) {\n  await knex('books').where({ id });\n}\n"},
             {"a.js", "for (const id of ids) {\n  await prisma.book.create({ id });\n}\n"},
             {"a.js", "for (const b of books) {\n  await b.save();\n}\n"},
             {"a.js", "for (const id of ids) {\n  await Book.create({ id });\n}\n"},
             {"a.js", "await Promise.all(ids.map(async (id) =>\n  prisma.book.findUnique({ where: { id } })));\n"},
             {"a.js", "ids.map((id) =>\n  pool.query('SELECT 1', [id]));\n"},
             {"a.py", "for id in ids:\n    book = Book.objects.get(pk=id)\n"},
             {"a.py", "books = [\n    Book.objects.get(pk=id) for id in ids]\n"},
             {"a.py", "for id in ids:\n    Book.objects.get_or_create(pk=id)\n"},
             {"a.py", "for id in ids:\n    db.books.find_one({'id': id})\n"},
             {"a.py", "for b in books:  # django\n    b.save()\n"},
             {"A.java",
              "class A { void f() { for (B b : bs) {\n books.findByTitle(b.title()); bookRepository.findByTitle(b);\n "
              "} } }\n"},
             {"A.java", "class A { void f() { return ids.stream().map(i ->\n repository.findById(i)); } }\n"},
             {"A.java", "class A { void f() { for (B b : bs) {\n ps.executeUpdate();\n } } }\n"},
             {"a.go", "package a; func f() { for _, a := range as {\n db.QueryRow(q, a)\n } }\n"},
             {"a.go", "package a; func f() { for _, a := range as {\n db.Where(\"id = ?\", a).First(&b)\n } }\n"},
             {"a.php", "<?php foreach ($ids as $id) {\n $wpdb->get_row($id);\n}\n"},
             {"a.php", "<?php foreach ($ids as $id) {\n User::find($id);\n}\n"},
             {"a.php", "<?php array_map(function ($id) {\n return User::findOrFail($id);\n}, $ids);\n"},
             {"a.rb", "ids.map do |id|\n  User.find(id)\nend\n"},
             {"a.rb", "users.each do |user|\n  user.save!\nend\n"},
             {"a.cs",
              "class A { void F() { foreach (var id in ids) {\n _context.Books.FirstOrDefault(b => b.Id == id);\n } } "
              "}\n"},
             {"a.rs", "async fn f() { for id in ids {\n sqlx::query(\"x\").bind(id);\n } }\n"},
         });
}

TEST(Queries, that_are_none) {
  expect("", "query-in-loop",
         {
             {"a.js", "for (const a of xs) { $form.find('a'); session.insert(a); editor.cursor.find(a); }\n"},
             {"a.js", "els.each(function () { const $sql = $(this); $sql.find('pre'); });\n"},
             {"a.js", "for (const a of xs) { const b = Book.create(a); Registry.find(a); }\n"},
             {"a.js", "for (const a of xs) { bulk.find({ a }).upsert().updateOne({}); }\n"},
             {"a.js", "for (const chunk of chunks) { await knex.insert(chunk); }\n"},
             {"a.py", "for row in rows:\n    stmt = pool.update().values(a=row)\n"},
             {"a.py", "for sql in todo:\n    cursor.execute(sql)\n"},
             {"a.py", "for table in tables:\n    cursor.execute('DROP TABLE ' + table)\n"},
             {"a.py", "for part in grouped_slice(ids):\n    cursor.execute(q, part)\n"},
             {"a.py", "for x in range(retries, n):\n    cursor.execute(q, x)\n"},
             {"A.java", "class A { void f() { for (A a : as) { pool.execute(() -> g(a)); objects.get(1); } } }\n"},
             {"A.java", "class A { void f() { optional.map(i -> repository.findById(i)); } }\n"},
             {"a.go", "package a; func f() { for _, cur := range as { cur.count() } }\n"},
             {"a.php", "<?php foreach ($xs as $x) { $f = Filter::all(Filter::where('a', $x)); }\n"},
             {"a.rb", "paths.each { |path| Dir.exists?(path) }\n"},
         });
}

TEST(Queries, of_a_migration_are_info) {
  const auto severity = [](const std::string& file) {
    const ReviewFixture fixture;
    fixture.write(file, "ids.each do |id|\n  User.find(id)\nend\n");
    const Review review = fixture.review();
    return review.report.findings.empty() ? Severity::kCritical : review.report.findings[0].severity;
  };
  EXPECT_EQ(severity("db/migrate/1_a.rb"), Severity::kLow);
  EXPECT_EQ(severity("app/a.rb"), Severity::kMedium);
}

TEST(Regexes, of_what_a_loop_does_not_change) {
  expect("2", "regex-in-loop",
         {
             {"a.js", "function f(xs, word) { for (const x of xs) {\n  new RegExp(word, 'g').test(x);\n} }\n"},
             {"a.py", "for x in xs:\n    re.compile(r'a+', re.I).match(x)\n"},
             {"A.java", "class A { void f() { for (String s : ss) {\n s.replaceAll(\"a+\", \"b\");\n } } }\n"},
             {"a.go", "package a; func f() { for _, s := range ss {\n regexp.MatchString(`a+`, s)\n } }\n"},
         });
  expect("", "regex-in-loop",
         {
             {"a.js", "for (const x of xs) { new RegExp(x); new RegExp(f(y)); new RegExp(y.z); }\n"},
             {"a.js", "let w = a; for (const x of xs) { new RegExp(w); w = x; }\n"},
             {"a.js", "let w = a; for (const x of xs) { new RegExp(w); w += x; }\n"},
             {"A.java", "class A { void f() { for (P p : ps) { s = p.matcher(s).replaceAll(\"\"); } } }\n"},
         });
}

TEST(Awaits, that_need_not_follow_each_other) {
  expect("2", "await-in-loop",
         {
             {"a.js", "async function f() { for (const x of xs) {\n  await g(x);\n  await h(x);\n} }\n"},
             {"a.js",
              "async function f() { for (const x of xs) {\n  r.push(await g(x));\n  for (const y of x) { if (y) break; "
              "}\n} }\n"},
         });
  expect("", "await-in-loop",
         {
             {"a.js", "async function f() { for await (const x of xs) { await g(x); } }\n"},
             {"a.js", "async function f() { for (const x of xs) { await Promise.all(x.map(g)); } }\n"},
             {"a.js", "async function f() { for (const x of xs) { const r = await g(x); if (r) return r; } }\n"},
             {"a.js", "async function f() { for (const x of xs) { if (await g(x)) break; } }\n"},
             {"a.js", "async function f(a) { for (const x of xs) { a = await g(a, x); } }\n"},
             {"a.js", "async function f() { while (queue.length) { await g(queue.shift()); } }\n"},
             {"a.py", "async def f():\n    async for x in xs:\n        await g(x)\n"},
         });
}

}  // namespace
}  // namespace commandcenter::code
