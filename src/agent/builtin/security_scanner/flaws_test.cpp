// SQL injection and cross-site scripting.
#include <gtest/gtest.h>

#include "agent/builtin/security_scanner/lexer.h"
#include "agent/builtin/security_scanner/test_folder.h"

namespace commandcenter::security_scanner {
namespace {

struct Case {
  const char* file;
  const char* text;
};

TEST(Sql, statements_built_from_pieces_are_found) {
  const std::vector<std::pair<const char*, Case>> cases{
      {"sql/interpolation", {"a.js", "db.execute(`SELECT * FROM users WHERE id = ${id}`)"}},
      {"sql/concatenation", {"a.js", "db.query(\"SELECT * FROM users WHERE id = \" + id)"}},
      {"sql/interpolation", {"a.ts", "knex.raw(`SELECT * FROM users WHERE id = ${req.params.id}`)"}},
      {"sql/concatenation", {"a.js", "const sql = 'DELETE FROM t WHERE a = ' + a;\nawait pool.query(sql);"}},
      {"sql/interpolation", {"a.js", "db.query<User>(`\n  UPDATE t\n  SET a = ${a}\n`)"}},
      {"sql/interpolation", {"a.py", "cursor.execute(f\"SELECT * FROM t WHERE a = {a}\")"}},
      {"sql/interpolation", {"a.py", "q = f\"\"\"\n  INSERT INTO t VALUES ({a})\n\"\"\"\ncur.executemany(q, rows)"}},
      {"sql/formatting", {"a.py", "cursor.execute(\"SELECT * FROM t WHERE a = '%s'\" % a)"}},
      {"sql/formatting", {"a.py", "cursor.execute(\"SELECT * FROM t WHERE a = {}\".format(a))"}},
      {"sql/formatting", {"a.py", "cursor.execute(\"SELECT * FROM t \"\n               \"WHERE a = '%s'\" % a)"}},
      {"sql/concatenation", {"a.java", "st.executeQuery(\"SELECT * FROM t \" +\n    \"WHERE a = '\" + a + \"'\");"}},
      {"sql/formatting",
       {"a.java", "String q = String.format(\"SELECT * FROM t WHERE a = '%s'\", a);\nconn.prepareStatement(q);"}},
      {"sql/concatenation", {"a.java", "em.createQuery(\"select u from User u where u.name = '\" + name + \"'\")"}},
      {"sql/formatting", {"a.go", "db.Query(fmt.Sprintf(\"SELECT * FROM t WHERE a = %s\", a))"}},
      {"sql/concatenation", {"a.go", "db.Exec(\"DELETE FROM t WHERE a = \" + a)"}},
      {"sql/concatenation", {"a.php", "<?php mysqli_query($c, \"SELECT * FROM t WHERE a = \" . $a);"}},
      {"sql/interpolation", {"a.php", "<?php $db->query(\"SELECT * FROM t WHERE a = $a\");"}},
      {"sql/interpolation", {"a.rb", "conn.execute(\"SELECT * FROM t WHERE a = #{a}\")"}},
      {"sql/interpolation", {"a.cs", "cmd = new SqlCommand($\"SELECT * FROM t WHERE a = {a}\");"}},
      {"sql/interpolation", {"a.kt", "db.rawQuery(\"SELECT * FROM t WHERE a = $a\", null)"}},
      {"sql/formatting", {"a.rs", "conn.execute(&format!(\"SELECT * FROM t WHERE a = {}\", a))"}},
  };
  for (const auto& [rule, c] : cases)
    EXPECT_EQ(rules_hit(c.file, c.text), Rules{rule}) << c.file << ": " << c.text;
}

TEST(Sql, parameters_literals_and_prose_are_left_alone) {
  for (const Case& c : std::vector<Case>{
           {"a.js", "db.query('SELECT * FROM t WHERE a = ?', [a])"},
           {"a.js", "db.query('SELECT * FROM t WHERE a = $1', [a])"},
           {"a.js", "db.query('SELECT a, b ' + 'FROM t')"},
           {"a.js", "db.query(sql`SELECT * FROM t WHERE a = ${a}`)"},
           {"a.ts", "prisma.$queryRaw`SELECT * FROM t WHERE a = ${a}`"},
           {"a.js", "// db.query('SELECT * FROM t WHERE a = ' + a)"},
           {"a.js", "/* db.query('SELECT * FROM t WHERE a = ' + a) */"},
           {"a.js", "db.query(`SELECT * FROM t WHERE a IN (${placeholders})`, ids)"},
           {"a.js", "query(); show('Select a file from ' );"},
           {"a.js", "const label = 'Select one from ' + n;"},
           {"a.py", "cursor.execute(\"SELECT * FROM t WHERE a = %s\", (a,))"},
           {"a.py", "cursor.execute(\"SELECT * FROM t WHERE a = :name\", {'name': a})"},
           {"a.py", "# cursor.execute(f\"SELECT * FROM t WHERE a = {a}\")"},
           {"a.java", "conn.prepareStatement(\"SELECT * FROM t WHERE a = ?\");"},
           {"a.go", "db.Query(\"SELECT * FROM t WHERE a = $1\", a)"},
           {"a.php", "<?php $db->query('SELECT * FROM t WHERE a = $a');"},
           {"a.md", "db.query(\"SELECT * FROM t WHERE a = \" + a)"},
           {"a.js", "db.query('SELECT * FROM t WHERE a = ' + a) // nosec"},
       }) {
    EXPECT_EQ(rules_hit(c.file, c.text), Rules{}) << c.file << ": " << c.text;
  }
}

TEST(Sql, constants_lower_the_confidence) {
  const TestFolder folder;
  folder.write("a.js", "db.query(`SELECT * FROM ${USERS_TABLE}`)\ndb.query(`SELECT * FROM ${table}`)\n");
  const auto answer = folder.scan();
  ASSERT_TRUE(answer);
  ASSERT_EQ((*answer)["findings"].size(), 2U);
  EXPECT_EQ(string_member((*answer)["findings"][0], "confidence"), "low");
  EXPECT_EQ(string_member((*answer)["findings"][1], "confidence"), "high");
  EXPECT_EQ(string_member((*answer)["findings"][0], "cwe"), "CWE-89");
}

TEST(Xss, sinks_with_foreign_values_are_found) {
  const std::vector<std::pair<const char*, Case>> cases{
      {"xss/dangerously-set-inner-html", {"a.jsx", "<div dangerouslySetInnerHTML={{ __html: html }} />"}},
      {"xss/dangerously-set-inner-html", {"a.tsx", "const p = { dangerouslySetInnerHTML: { __html: `<b>${x}</b>` } }"}},
      {"xss/dangerously-set-inner-html", {"a.tsx", "<div dangerouslySetInnerHTML={props.html} />"}},
      {"xss/inner-html", {"a.js", "el.innerHTML = value;"}},
      {"xss/inner-html", {"a.js", "el.innerHTML += '<b>' + value;"}},
      {"xss/inner-html", {"a.js", "el.innerHTML =\n  `<b>${value}</b>`"}},
      {"xss/inner-html", {"a.js", "el['innerHTML'] = value"}},
      {"xss/inner-html", {"a.js", "el.outerHTML = value"}},
      {"xss/inner-html", {"a.html", "<script>\nel.innerHTML = location.hash\n</script>"}},
      {"xss/insert-adjacent-html", {"a.js", "el.insertAdjacentHTML('beforeend', value)"}},
      {"xss/document-write", {"a.js", "document.write(value)"}},
      {"xss/document-write", {"a.js", "document.writeln('<b>' + value)"}},
      {"xss/v-html", {"a.vue", "<p v-html=\"message\"></p>"}},
      {"xss/php-echo", {"a.php", "<?php echo $_GET['q']; ?>"}},
      {"xss/php-echo", {"a.php", "<p><?= $_POST['q'] ?></p>"}},
  };
  for (const auto& [rule, c] : cases)
    EXPECT_EQ(rules_hit(c.file, c.text), Rules{rule}) << c.file << ": " << c.text;
}

TEST(Xss, comparisons_literals_and_comments_are_left_alone) {
  for (const Case& c : std::vector<Case>{
           {"a.js", "if (el.innerHTML == value) {}"},
           {"a.js", "if (el.innerHTML === value) {}"},
           {"a.js", "const html = el.innerHTML;"},
           {"a.js", "el.innerHTML = '';"},
           {"a.js", "el.innerHTML = '<b>' + '</b>'"},
           {"a.js", "el.innerHTML = `<b></b>`;"},
           {"a.js", "el.innerHTML = null"},
           {"a.js", "// el.innerHTML = value"},
           {"a.js", "/*\n * el.innerHTML = value\n */"},
           {"a.js", "log('never use innerHTML = value')"},
           {"a.js", "const myinnerHTML = value"},
           {"a.jsx", "<div dangerouslySetInnerHTML={{ __html: '<b>x</b>' }} />"},
           {"a.ts", "interface P { dangerouslySetInnerHTML?: { __html: string } }"},
           {"a.js", "document.write('<b>x</b>')"},
           {"a.js", "el.insertAdjacentHTML('beforeend', '<b>x</b>')"},
           {"a.vue", "<p v-html=\"'literal'\"></p>"},
           {"a.html", "<!-- <p v-html=\"message\"></p> -->"},
           {"a.php", "<?php echo htmlspecialchars($_GET['q']); ?>"},
           {"a.php", "<?php $q = $_GET['q']; ?>"},
           {"a.php", "<?php // echo $_GET['q'];"},
       }) {
    EXPECT_EQ(rules_hit(c.file, c.text), Rules{}) << c.file << ": " << c.text;
  }
}

// Escapes behind an expression must not lead back to it.
TEST(Lexer, interpolations_end) {
  const std::string_view text = "f'{a} \\'x\\' {{b}} {} {c}'";
  const Lexed lexed = lex(text, Language::kPython);
  ASSERT_EQ(lexed.literals.size(), 1U);
  EXPECT_EQ(interpolations(text, lexed.literals[0], Language::kPython), (std::vector<std::string_view>{"a", "", "c"}));
}

TEST(Lexer, recovers_from_what_it_does_not_understand) {
  const std::string_view text = "<p>Don't</p>\nconst a = /[\"']/.test(b) ? 'c' : `d${e ? '}' : ''}`; // 'f'\ng(\"h\")";
  const Lexed lexed = lex(text, Language::kMarkup);
  std::vector<std::string> found;
  for (const Literal& literal : lexed.literals)
    found.emplace_back(text.substr(literal.begin, literal.end - literal.begin));
  ASSERT_GE(found.size(), 2U);
  EXPECT_EQ(found.front(), "c");
  EXPECT_EQ(found.back(), "h");
  ASSERT_EQ(lexed.comments.size(), 1U);
  EXPECT_EQ(text.substr(lexed.comments[0].first, 5), "// 'f");
}

}  // namespace
}  // namespace commandcenter::security_scanner
