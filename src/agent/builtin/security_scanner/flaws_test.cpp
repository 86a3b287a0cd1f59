// SQL injection, cross-site scripting, and what holds for all flaws; the rules one by one are in fixtures/.
#include <filesystem>

#include <gtest/gtest.h>

#include "agent/builtin/security_scanner/flaws.h"
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
      {"sql/interpolation", {"a.ts", "db.query<User>(`\n  UPDATE t\n  SET a = ${a}\n`)"}},
      {"sql/interpolation", {"a.py", "cursor.execute(f\"SELECT * FROM t WHERE a = {a}\")"}},
      {"sql/interpolation", {"a.py", "q = f\"\"\"\n  INSERT INTO t VALUES ({a})\n\"\"\"\ncur.executemany(q, rows)"}},
      {"sql/formatting", {"a.py", "cursor.execute(\"SELECT * FROM t WHERE a = '%s'\" % a)"}},
      {"sql/formatting", {"a.py", "cursor.execute(\"SELECT * FROM t WHERE a = {}\".format(a))"}},
      {"sql/formatting", {"a.py", "cursor.execute(\"SELECT * FROM t \"\n               \"WHERE a = '%s'\" % a)"}},
      {"sql/concatenation", {"a.java", "st.executeQuery(\"SELECT * FROM t \" +\n    \"WHERE a = '\" + a + \"'\");"}},
      {"sql/formatting",
       {"a.java", "String q = String.format(\"SELECT * FROM t WHERE a = '%s'\", a);\nconn.prepareStatement(q);"}},
      {"sql/concatenation", {"a.java", "em.createQuery(\"select u from User u where u.name = '\" + name + \"'\")"}},
      {"sql/formatting", {"a.go", "db.Query(fmt.Sprintf(\"SELECT * FROM t WHERE a = %s\", a))\n"}},
      {"sql/concatenation", {"a.go", "db.Exec(\"DELETE FROM t WHERE a = \" + a)\n"}},
      {"sql/concatenation", {"a.php", "<?php mysqli_query($c, \"SELECT * FROM t WHERE a = \" . $a);"}},
      {"sql/interpolation", {"a.php", "<?php $db->query(\"SELECT * FROM t WHERE a = $a\");"}},
      {"sql/interpolation", {"a.rb", "conn.execute(\"SELECT * FROM t WHERE a = #{a}\")"}},
      {"sql/interpolation", {"a.cs", "cmd = new SqlCommand($\"SELECT * FROM t WHERE a = {a}\");"}},
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

TEST(Sql, what_is_sure_is_told_from_what_is_likely) {
  const TestFolder folder;
  folder.write("a.js",
               "db.query(`SELECT * FROM ${USERS_TABLE}`)\n"
               "db.query(`SELECT * FROM t WHERE a = ${value}`)\n"
               "app.get('/', (req) => db.query(`SELECT * FROM t ORDER BY ${req.query.sort}`))\n");
  const auto answer = folder.scan();
  ASSERT_TRUE(answer);
  ASSERT_EQ((*answer)["findings"].size(), 2U);
  EXPECT_EQ(string_member((*answer)["findings"][0], "confidence"), "medium");
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

TEST(Flaws, hostile_texts_end) {
  constexpr int kTimes = 100'000;
  const auto repeated = [](std::string_view text) {
    std::string all;
    for (int i = 0; i < kTimes; ++i)
      all += text;
    return all;
  };
  const std::string head = "package a\nfunc f(w http.ResponseWriter, r *http.Request) {\n";
  const std::string show = "fmt.Fprint(w, r.FormValue(\"a\"))\n}\n";
  rules_hit("a.go", head + repeated("for i := range c {\n}\n") + show);  // which may be a channel
  rules_hit("a.go", head + repeated("c <- a\n") + show);
  rules_hit("a.go", head + repeated("<-make(chan ") + show);
  rules_hit("a.xml", "<mapper><select id=\"a\">SELECT " + repeated("${a} ") + "</select></mapper>");
  rules_hit("a.xml", "<mapper>" + repeated("<select id=\"a\">${a}</select>\n") + "</mapper>");
  rules_hit("A.java", "interface A {\n@Select(\"SELECT " + repeated("${a} ") + "\")\nA f(int b);\n}\n");
  rules_hit("A.java", "interface A {\n" + repeated("@Select(\"SELECT ${a}\")\n") + "\n}\n");
}

TEST(Flaws, tell_the_way_from_the_source) {
  code::ScanOptions options;
  options.secrets = false;
  options.analyzers.push_back(flaws(families()));
  const auto report = code::scan_text("a.py",
                                      "@app.route('/')\n"
                                      "def f():\n"
                                      "    name = request.args['name']\n"
                                      "    os.system('echo ' + name)\n",
                                      options);
  ASSERT_TRUE(report);
  ASSERT_EQ(report->findings.size(), 1U);
  const code::Finding& finding = report->findings[0];
  EXPECT_EQ(finding.line, 4U);
  EXPECT_EQ(finding.cwe, "CWE-78");
  ASSERT_GE(finding.flow.size(), 3U);
  EXPECT_EQ(finding.flow.front().line, 3U);
  EXPECT_EQ(finding.flow.back().line, 4U);
}

TEST(Flaws, functions_of_other_files_are_followed) {
  const TestFolder folder;
  folder.write("src/com/shop/Wrapper.java",
               "package com.shop;\npublic class Wrapper {\n  private HttpServletRequest request;\n"
               "  public Wrapper(HttpServletRequest request) { this.request = request; }\n"
               "  public String given(String name) { return request.getParameter(name); }\n"
               "  public String fixed(String name) { return \"fixed\"; }\n}\n");
  folder.write("src/com/shop/web/Page.java",
               "package com.shop.web;\nimport com.shop.Wrapper;\nclass Page extends HttpServlet {\n"
               "  void doGet(HttpServletRequest request, HttpServletResponse response) {\n"
               "    Wrapper wrapper = new Wrapper(request);\n"
               "    response.getWriter().println(wrapper.given(\"a\"));\n"
               "    response.getWriter().println(wrapper.fixed(\"a\"));\n  }\n}\n");
  folder.write("helpers/texts.py", "def kept(value):\n    return value\n\ndef fixed(value):\n    return 'fixed'\n");
  folder.write("app.py",
               "import helpers.texts\nfrom helpers.texts import fixed\n@app.route('/')\ndef page():\n"
               "    name = request.args['name']\n    os.system(helpers.texts.fixed(name))\n    os.system(fixed(name))\n"
               "    os.system(helpers.texts.kept(name))\n    return 'ok'\n");
  folder.write("lib/clean.js", "exports.fixed = (value) => 'fixed';\nexports.kept = (value) => value;\n");
  folder.write("index.js",
               "const clean = require('./lib/clean');\napp.get('/', (req, res) => {\n"
               "  res.send(clean.fixed(req.query.a));\n  res.send(clean.kept(req.query.a));\n});\n");
  EXPECT_EQ(folder.found(),
            (Rules{"app.py:8 command/injection", "index.js:4 xss/server", "src/com/shop/web/Page.java:6 xss/server"}));
}

TEST(Flaws, functions_of_other_files_are_followed_in_go_php_ruby_and_csharp) {
  const TestFolder folder;
  folder.write("shop/texts.go",
               "package shop\nfunc kept(a string) string { return a }\nfunc fixed(a string) string { return \"x\" }\n");
  folder.write("shop/page.go",
               "package shop\nfunc page(w http.ResponseWriter, r *http.Request) {\n"
               "\tfmt.Fprint(w, kept(r.FormValue(\"a\")))\n\tfmt.Fprint(w, fixed(r.FormValue(\"a\")))\n}\n");
  folder.write("texts.php", "<?php\nfunction kept($a) { return $a; }\nfunction fixed($a) { return 'x'; }\n");
  folder.write("page.php",
               "<?php\nrequire_once __DIR__ . '/texts.php';\necho kept($_GET['a']);\necho fixed($_GET['a']);\n");
  folder.write("app/services/text_service.rb",
               "class TextService\n  def self.kept(a)\n    a\n  end\n  def self.fixed(a)\n    'x'\n  end\nend\n");
  folder.write("app/controllers/pages_controller.rb",
               "class PagesController < ApplicationController\n  def run\n    system(TextService.kept(params[:a]))\n"
               "    system(TextService.fixed(params[:a]))\n  end\nend\n");
  folder.write("Texts.cs",
               "class Texts {\n  public static string Kept(string a) { return a; }\n"
               "  public static string Fixed(string a) { return \"x\"; }\n}\n");
  folder.write("Page.cs",
               "class Page : Controller {\n  void Get() {\n    Response.Write(Texts.Kept(Request.Query[\"a\"]));\n"
               "    Response.Write(Texts.Fixed(Request.Query[\"a\"]));\n  }\n}\n");
  EXPECT_EQ(folder.found(), (Rules{"Page.cs:3 xss/server", "app/controllers/pages_controller.rb:3 command/injection",
                                   "page.php:3 xss/php-echo", "shop/page.go:3 xss/server"}));
}

TEST(Flaws, functions_of_other_files_are_followed_in_applications_below_the_root) {
  const TestFolder folder;
  folder.write("shop/app/services/text_service.rb", "class TextService\n  def self.kept(a)\n    a\n  end\nend\n");
  folder.write("shop/app/controllers/pages_controller.rb",
               "class PagesController < ApplicationController\n  def run\n    system(TextService.kept(params[:a]))\n"
               "  end\nend\n");
  folder.write("crm/source/Util/Texts.php",
               "<?php\nnamespace Crm\\Util;\nclass Texts {\n  public static function kept($a) { return $a; }\n"
               "  public static function fixed($a) { return 'x'; }\n}\n");
  folder.write("crm/source/Web/Page.php",
               "<?php\nnamespace Crm\\Web;\nuse Crm\\Util\\Texts;\nclass Page {\n  public function show() {\n"
               "    echo Texts::kept($_GET['a']);\n    echo Texts::fixed($_GET['a']);\n  }\n}\n");
  EXPECT_EQ(folder.found(), (Rules{"crm/source/Web/Page.php:6 xss/php-echo",
                                   "shop/app/controllers/pages_controller.rb:3 command/injection"}));
}

TEST(Flaws, data_that_another_file_uses_is_found_where_it_is_used) {
  const TestFolder folder;
  folder.write("app.py",
               "from flask import Flask, request\nfrom shell import listing, fixed\napp = Flask(__name__)\n"
               "@app.route('/a')\ndef a():\n    listing(request.args['d'])\n    listing('x')\n"
               "    fixed(request.args['d'])\n    return ''\n");
  folder.write("shell.py",
               "import os\ndef listing(d):\n    os.system('ls ' + d)\ndef fixed(d):\n    os.system('ls')\n");
  folder.write("routes.js",
               "const show = require('./show');\n"
               "app.get('/', (req, res) => { show.page(res, req.query.q); show.count(res, req.query.q); });\n"
               "app.get('/z', (req, res) => res.send(req.query.z));\n");
  folder.write("show.js",
               "exports.page = (res, q) => res.send('<p>' + q);\n"
               "exports.count = (res, q) => res.send('<p>' + Number(q));\n");
  EXPECT_EQ(folder.found(), (Rules{"routes.js:3 xss/server", "shell.py:3 command/injection", "show.js:1 xss/server"}));
  const Json flow = folder.scan()->at("findings")[1].at("flow");
  ASSERT_GE(flow.size(), 2U) << flow;
  EXPECT_EQ(flow.front()["file"], "app.py");
  EXPECT_EQ(flow.back()["file"], "shell.py");
  EXPECT_EQ(flow.back()["line"], 3);
  EXPECT_EQ(folder.found({{"target", "app.py"}}), Rules{"app.py:6 command/injection"})
      << "shell.py was not asked about";
}

TEST(Flaws, what_several_files_bring_about_in_another_is_told_once_and_silenced_in_either) {
  const TestFolder folder;
  const std::string app = "from flask import request\nfrom shell import listing\n@app.route('/a')\ndef a():\n";
  folder.write("app.py", app + "    listing(request.args['d'])\n");
  folder.write("other.py", app + "    listing(request.args['d'])\n    listing(request.args['e'])\n");
  folder.write("shell.py", "import os\ndef listing(d):\n    os.system('ls ' + d)  # password = 'kT7vq9zLxw2M'\n");
  EXPECT_EQ(folder.found({{"scanType", "command-injection"}}), Rules{"shell.py:3 command/injection"});
  const Json report = *folder.scan({{"scanType", "command-injection"}});
  EXPECT_EQ(report["summary"]["total"], 1);
  EXPECT_EQ(report.dump().find("kT7vq9zLxw2M"), std::string::npos) << "secrets of that file are masked";
  folder.write("shell.py", "import os\ndef listing(d):\n    os.system('ls ' + d)  # commandcenter-ignore\n");
  EXPECT_EQ(folder.found(), Rules{});
  folder.write("shell.py", "import os\ndef listing(d):\n    os.system('ls ' + d)\n");
  folder.write("other.py", "");
  folder.write("app.py", app + "    listing(request.args['d'])  # commandcenter-ignore\n");
  EXPECT_EQ(folder.found(), Rules{});
}

TEST(Flaws, a_statement_is_told_where_it_is_put_together) {
  const TestFolder folder;
  const std::string app = "require 'sinatra'\nrequire_relative 'service'\nrequire_relative 'repo'\n";
  folder.write("service.rb",
               "class Service\n  def initialize(repo)\n    @repo = repo\n  end\n"
               "  def find(id)\n    @repo.find(id)\n  end\n  def run(sql)\n    @repo.query(sql)\n  end\nend\n");
  folder.write("repo.rb",
               "class Repo\n  def find(id)\n    query(\"SELECT * FROM a WHERE id = '\" + id + \"'\")\n  end\n"
               "  def query(sql)\n    @conn.exec(sql)\n  end\nend\n");
  folder.write("app.rb", app + "get '/a' do\n  Service.new(Repo.new).find(params[:id])\nend\n");
  EXPECT_EQ(folder.found(), Rules{"repo.rb:3 sql/concatenation"});
  folder.write("app.rb", app + "get '/a' do\n  Service.new(Repo.new).run('SELECT ' + params[:id])\nend\n");
  EXPECT_EQ(folder.found(), (Rules{"app.rb:5 sql/concatenation", "repo.rb:3 sql/concatenation"}));
}

TEST(Flaws, a_comment_that_silences_what_another_file_brings_about_is_used) {
  const TestFolder folder;
  const std::string app = "from flask import request\nfrom shell import listing\n@app.route('/a')\ndef a():\n";
  folder.write("app.py", app + "    listing(request.args['d'])\n");
  folder.write("shell.py",
               "import os\ndef listing(d):\n    os.system('ls ' + d)  # commandcenter-ignore\n"
               "    return d  # commandcenter-ignore\n");
  code::ScanOptions options;
  options.report_unused = true;
  options.analyzers.push_back(flaws(families(), {.root = folder.path, .whole = true}));
  const auto report = code::scan_tree(folder.path, "", options);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->suppressed, 1U);
  ASSERT_EQ(report->unused_suppressions.size(), 1U);
  EXPECT_EQ(report->unused_suppressions[0].line, 4U);
}

// Nobody mends a library: the call is what can be changed.
TEST(Flaws, what_a_library_does_with_data_is_shown_where_it_is_called) {
  const TestFolder folder;
  folder.write("app.js",
               "const show = require('./vendor/show');\napp.get('/', (req, res) => show.page(res, req.query.q));\n");
  folder.write("vendor/show.js", "exports.page = (res, q) => res.send('<p>' + q);\n");
  EXPECT_EQ(folder.found(), Rules{"app.js:2 xss/server"});
}

TEST(Flaws, a_template_is_judged_by_itself) {
  EXPECT_EQ(rules_hit("a.php", "<?php\necho $twig->render('page.twig', ['name' => $_GET['name']]);\n"), Rules{});
  EXPECT_EQ(rules_hit("a.php", "<?php\necho $page->render('<b>' . $_GET['name']);\n"), Rules{"xss/php-echo"});
}

TEST(Flaws, nothing_runs_in_a_feed) {
  const std::string value = "<title>{{{title}}}</title>\n";
  EXPECT_EQ(rules_hit("a.mustache", "<ul><li>" + value), Rules{"xss/template"});
  EXPECT_EQ(rules_hit("a.mustache", "<?xml version=\"1.0\"?>\n<html>" + value), Rules{"xss/template"});
  EXPECT_EQ(rules_hit("a.mustache", "{{! a feed }}\n<feed xmlns=\"http://www.w3.org/2005/Atom\">" + value), Rules{});
  EXPECT_EQ(rules_hit("a.hbs", "<?xml version=\"1.0\"?>\n<urlset>" + value), Rules{});
}

TEST(Flaws, a_worker_hears_of_its_own_page_only) {
  const std::string code = "self.onmessage = (e) => { const kind = require(e.data.module); };\n";
  EXPECT_EQ(rules_hit("a.js", code), Rules{"code/injection"});
  EXPECT_EQ(rules_hit("a.js", "importScripts('lib.js');\n" + code), Rules{});
}

TEST(Flaws, an_object_that_is_called_is_no_name_of_a_function) {
  const std::string object =
      "<?php\nclass Shown {\n  public $a;\n  public function add($a) { $this->a = $a; }\n"
      "  public function __invoke($b) { return $b; }\n}\n$shown = new Shown();\n$shown->add($_GET['a']);\n";
  EXPECT_EQ(rules_hit("a.php", object + "$shown('b');\n"), Rules{});
  EXPECT_EQ(rules_hit("a.php", object + "$name = $_GET['f'];\n$name('b');\n"), Rules{"code/dynamic-call"});
}

TEST(Flaws, a_query_that_is_read_into_a_map_sets_no_variables) {
  EXPECT_EQ(rules_hit("a.php", "<?php\nparse_str($_SERVER['QUERY_STRING'], $out);\n"), Rules{});
  EXPECT_EQ(rules_hit("a.php", "<?php\nparse_str($_SERVER['QUERY_STRING']);\n"), Rules{"trust/boundary"});
}

// A neighbour by the name of a folder was taken for the folder itself, which never was as it had been.
TEST(Flaws, files_that_use_the_folder_above_are_known_the_next_time) {
  const TestFolder folder;
  folder.write("lib/code/a.ts",
               "import { db } from '..';\nimport x from '.';\n"
               "export const f = (req, res) => res.send(req.query.q + x(db));\n");
  folder.write("lib/index.ts", "export const db = 1;\n");
  int looked = 0;
  code::ScanOptions options;
  options.walk.threads = 1;
  options.cache = folder.path + "-cache";
  options.analyzers.push_back([&looked, look = flaws(families(), {.root = folder.path})](
                                  const code::Subject& subject, std::vector<code::Spot>& spots) {
    ++looked;
    look(subject, spots);
  });
  for (const int expected : {2, 0}) {
    looked = 0;
    const auto report = code::scan_tree(folder.path, "", options);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->findings.size(), 1U);
    EXPECT_EQ(looked, expected);
  }
  std::filesystem::remove_all(options.cache);
}

// Nobody sends requests to a test; a secret in one is a secret all the same.
TEST(Flaws, tests_are_searched_for_secrets_alone_unless_asked) {
  const TestFolder folder;
  const std::string flaw = "app.get('/', (req, res) => res.send(req.query.q));\n";
  for (const char* path : {"test/a.js", "a.test.js", "src/__tests__/b.ts", "spec/c.js", "e2e/d.spec.ts"})
    folder.write(path, flaw);
  folder.write("testing.js", flaw);
  folder.write("test/key.js", "const key = 'AKIAQ4RTZ7WLNMXK5E2P';\n");
  EXPECT_EQ(folder.found(), (Rules{"test/key.js:1 aws-access-key-id", "testing.js:1 xss/server"}));
  EXPECT_EQ(folder.scan()->at("secretsOnlyFiles"), 6) << "whoever reads the report is told";
  EXPECT_FALSE(folder.scan({{"scanType", "secrets"}})->contains("secretsOnlyFiles")) << "nothing else was asked for";
  code::ScanOptions options;
  options.secrets = false;
  options.analyzers.push_back(flaws(families(), {.root = folder.path, .tests = true}));
  const auto all = code::scan_tree(folder.path, "", options);
  ASSERT_TRUE(all);
  EXPECT_EQ(all->findings.size(), 6U);
}

TEST(Flaws, the_agent_looks_at_tests_that_its_target_names) {
  const TestFolder folder;
  folder.write("test/a.js", "app.get('/', (req, res) => res.send(req.query.q));\n");
  EXPECT_EQ(folder.found(), Rules{});
  for (const char* target : {"test", "test/a.js"})
    EXPECT_EQ(folder.found({{"target", target}}).size(), 1U) << target;
}

TEST(Flaws, what_is_test_code_is_told_from_names) {
  for (const char* path : {"asserts/assertstest/keys.go", "engine/testutil/daemon.go", "a_test.go", "x/a_test.go",
                           "a.spec.ts", "a.test.tsx", "tests/a.py", "src/test/java/A.java", "spec/a.rb", "e2e/a.js",
                           "testdata/a.php", "Http/Tests/A.php", "Shop.Tests/A.cs"})
    EXPECT_TRUE(code::is_test_code(path)) << path;
  for (const char* path :
       {"caddy/latest/a.go", "caddy/caddytest/a.js", "test.py", "test_a.py", "a_test.py", "BenchmarkTest00001.java",
        "testcode/A.java", "latest/a.js", "MyTests/a.php", "contest.go", "spec.ts", "", "a"})
    EXPECT_FALSE(code::is_test_code(path)) << path;
}

TEST(Flaws, only_what_was_asked_for) {
  code::ScanOptions options;
  options.secrets = false;
  options.analyzers.push_back(flaws({"command-injection"}));
  const char* text = "import hashlib\nos.system(request.args['a'])\nhashlib.md5(b'')\n";
  const auto report = code::scan_text("a.py", text, options);
  ASSERT_TRUE(report);
  ASSERT_EQ(report->findings.size(), 1U);
  EXPECT_EQ(report->findings[0].rule, "command/injection");
}

// Pathological code: the scan goes on, within its bounds.
TEST(Flaws, hostile_code_is_bounded) {
  std::string sum = "db.query('SELECT * FROM t WHERE a = '";
  for (int i = 0; i < 20'000; ++i)
    sum += " + a";
  std::string branches = "function f(req) { let x = req.query.a;\n";
  for (int i = 0; i < 2'000; ++i)
    branches += "if (a" + std::to_string(i) + ") { x = x + '1'; } else { x = '2' + x; }\n";
  branches += "db.query('SELECT a FROM t WHERE b = ' + x) }";
  std::string calls;
  for (int i = 0; i < 200; ++i) {
    const std::string next = std::to_string((i + 1) % 200);
    calls += "function f" + std::to_string(i) + "(req) { f" + next + "(req); f" + next + "(req); }\n";
  }
  std::string nested = "db.query('SELECT ' + ";
  nested += std::string(50'000, '(') + "req.query.a" + std::string(50'000, ')');
  std::string row = "[\n";
  for (int i = 0; i < 400; ++i)
    row += "{ },\n";
  std::string tables = "const t = [\n";  // each object of each is looked into, at every use
  for (int i = 0; i < 100; ++i)
    tables += row + "],\n";
  tables += "];\nmodule.exports = (req, res) => {\nt.push(req.query.a);\n";
  for (int i = 0; i < 60; ++i)
    tables += "res.send('<p>' + t + '</p>');\n";
  tables += "};\n";
  code::ScanOptions options;
  options.secrets = false;
  options.analyzers.push_back(flaws(families()));
  const std::string itself =
      "function f(req) { let a = req.query.a; a = a || a || b; while (a) { a = a || a && a; "
      "if (a) db.query(a || a); } }";
  std::string doubled = "function f(req) {\nlet a = [req.query.a, 'b'];\n";  // and doubled again
  std::string put_in = doubled;
  std::string sections = "def f():\n  c = ConfigParser()\n  c.read_dict({'a': {'b': request.args['c']}})\n";
  for (int i = 0; i < 60; ++i) {
    doubled += "a = a.concat(a);\n";
    put_in += "a.splice(0, 0, ...a);\n";
    sections += "  c.read_dict({'a': c, 'b': c})\n";
  }
  doubled += "db.query('SELECT ' + a + 'ab'.substr(9223372036854775807, 9223372036854775807)); }";
  put_in += "db.query('SELECT ' + a); }";
  for (const std::string& text :
       {sum + ")", branches, itself, calls + "db.query(req.query.a)", nested + ")", tables, doubled, put_in})
    EXPECT_TRUE(code::scan_text("a.js", text, options));
  EXPECT_TRUE(code::scan_text("a.py", "import os\n" + sections + "  os.system(c['a']['b'])\n", options));
  // Lists that are put together with themselves, again and again.
  const auto repeated = [](const std::string& before, const std::string& step, const std::string& behind) {
    std::string text = before;
    for (int i = 0; i < 60; ++i)
      text += step;
    return text + behind;
  };
  const std::string python = "import os\ndef f():\n  a = [request.args['a']]\n";
  for (const char* step : {"  a.extend(a)\n", "  a = a + a\n", "  a += a\n", "  a = [*a, *a]\n"})
    EXPECT_TRUE(code::scan_text("a.py", repeated(python, step, "  os.system(a[0])\n"), options));
  for (const char* step : {"  a = a + a\n", "  a.concat(a)\n"})
    EXPECT_TRUE(
        code::scan_text("a.rb", repeated("def f\n  a = [params[:a]]\n", step, "  system(a[0])\nend\n"), options));
  EXPECT_TRUE(code::scan_text("A.java",
                              repeated("class A { void f(HttpServletRequest r) { List<String> a = new ArrayList<>();\n"
                                       "a.add(r.getParameter(\"a\"));\n",
                                       "a.addAll(a);\n", "Runtime.getRuntime().exec(a.get(0)); } }"),
                              options));
  std::string asked = "params do\n  requires :a, type: String\nend\nget :b do\n";
  for (int i = 0; i < 20'000; ++i)
    asked += "  T.where(\"a = #{params[:a]}\")\n";
  EXPECT_TRUE(code::scan_text("a.rb", asked + "end\n", options));
}

}  // namespace
}  // namespace commandcenter::security_scanner
