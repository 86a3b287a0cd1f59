// What a file uses of its neighbours: told from names, and nothing is lost that reading all of them would find.
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "agent/builtin/security_scanner/flaws.h"
#include "agent/builtin/security_scanner/foreign_names.h"
#include "agent/builtin/security_scanner/test_folder.h"

namespace commandcenter::security_scanner {
namespace {

using Files = std::map<std::string, std::string>;

std::vector<std::string> found_in(const TestFolder& folder, bool gated) {
  code::ScanOptions options;
  options.secrets = false;
  options.analyzers.push_back(flaws(families(), {.root = folder.path, .gated = gated}));
  std::vector<std::string> lines;
  const auto report = code::scan_tree(folder.path, "", options);
  for (const code::Finding& finding : report ? report->findings : std::vector<code::Finding>{})
    lines.push_back(fmt::format("{}:{} {}", finding.file, finding.line, finding.rule));
  return lines;
}

// Functions that have to do with nothing, enough of them for a text to be shortened.
std::string idle(const std::string& path) {
  std::string text;
  for (int i = 0; i < 60; ++i) {
    if (path.ends_with(".py"))
      text += fmt::format("\ndef idle_{0}(a):\n    b = a + {0}\n    return b\n", i);
    else if (path.ends_with(".go"))
      text += fmt::format("\nfunc idle{0}(a int) int {{\n\tb := a + {0}\n\treturn b\n}}\n", i);
    else if (path.ends_with(".php"))
      text += fmt::format("\nfunction idle_{0}($a)\n{{\n    $b = $a + {0};\n    return $b;\n}}\n", i);
    else if (path.ends_with(".rb"))
      text += fmt::format("\ndef idle_{0}(a)\n  b = a + {0}\n  b\nend\n", i);
    else if (path.ends_with(".js") || path.ends_with(".ts"))
      text += fmt::format("\nfunction idle{0}(a) {{\n  const b = a + {0};\n  return b;\n}}\n", i);
    else if (path.ends_with(".java"))
      text +=
          fmt::format("\nclass {1}Idle{0} {{\n  int idle(int a) {{\n    int b = a + {0};\n    return b;\n  }}\n}}\n", i,
                      path.substr(0, path.size() - 5));
  }
  return text;
}

TEST(Neighbours, the_gate_hides_no_flow_between_files) {
  const std::vector<Files> cases = {
      {{"Answers.java",
        "public class Answers {\n  private final UserNames names;\n"
        "  public Answers(UserNames names) { this.names = names; }\n"
        "  @GetMapping(\"/1\") public void ping(@RequestParam String host) throws Exception { names.ping(host); "
        "}\n}\n"},
       {"UserNames.java", "public interface UserNames { void ping(String host) throws Exception; }\n"},
       {"UserNamesImpl.java",
        "public class UserNamesImpl implements UserNames {\n"
        "  public void ping(String host) throws Exception {\n    Runtime.getRuntime().exec(\"ping \" + host);\n  "
        "}\n}\n"}},
      {{"app.js",
        "const { byColumn } = require('./store');\napp.get('/a', async (req, res) => {\n"
        "  res.json(await byColumn(req.query.column, 1));\n});\n"},
       {"store.js",
        "async function byColumn(column, value) {\n"
        "  return pool.query(`SELECT * FROM t WHERE ${column} = ?`, [value]);\n}\nmodule.exports = { byColumn };\n"}},
      {{"app.py",
        "from flask import request\nfrom shell import (\n    listing,\n    other,\n)\n@app.route('/')\ndef a():\n"
        "    listing(request.args['d'])\n    return ''\n"},
       {"shell.py",
        "import os\ndef listing(\n    d,\n    more=None,\n):\n    os.system('ls ' + d)\ndef other(d):\n"
        "    return d\n"}},
      {{"app.py",
        "from flask import request\nfrom shell import listing as show\n@app.route('/')\ndef a():\n"
        "    show(request.args['d'])\n    return ''\n"},
       {"shell.py", "import os\ndef listing(d):\n    os.system('ls ' + d)\n"}},
      {{"app.py",
        "from flask import request\nfrom store import store\n@app.route('/')\ndef a():\n"
        "    store.find(request.args['d'])\n    return ''\n"},
       {"store.py",
        "class Store:\n    def find(self, name):\n        self.db.execute(\"SELECT a FROM t WHERE n = '\" + name "
        "+ \"'\")\n\nstore = Store()\n"}},
      {{"app.py",
        "from flask import request\nfrom store import Store\n@app.route('/')\ndef a():\n    store = Store()\n"
        "    store.find(request.args['d'])\n    return ''\n"},
       {"store.py",
        "class Store:\n    def find(self, name):\n        self.run(name)\n    def run(self, name):\n"
        "        self.db.execute(\"SELECT a FROM t WHERE n = '\" + name + \"'\")\n"}},
      {{"app.py", "import os\nfrom given import given\n@app.route('/')\ndef a():\n    os.system(given())\n"},
       {"given.py",
        "from flask import request\ndef given():\n    return inner()\ndef inner():\n"
        "    return request.args['d']\n"}},
      {{"app.py",
        "from flask import request\nfrom texts import BY_NAME\n@app.route('/')\ndef a():\n"
        "    db.execute(BY_NAME % request.args['d'])\n    return ''\n"},
       {"texts.py", "BY_NAME = (\n    \"SELECT a FROM t \"\n    \"WHERE n = '%s'\"\n)\n"}},
      {{"app.py",
        "import os\nfrom flask import request\nfrom texts import sanitized\n@app.route('/')\ndef a():\n"
        "    os.system('ls ' + sanitized(request.args['d']))\n    return ''\n"},
       {"texts.py", "def sanitized(text):\n    return text\n"}},
      {{"app.js", "const run = require('./run');\napp.get('/', (req, res) => {\n  run(req.query.d);\n});\n"},
       {"run.js",
        "const cp = require('child_process');\nmodule.exports = function (d) {\n  cp.exec('ls ' + d);\n};\n"}},
      {{"app.ts", "import go from './run';\napp.get('/', (req, res) => {\n  go(req.query.d);\n});\n"},
       {"run.ts", "import { exec } from 'child_process';\nexport default (d: string) => {\n  exec('ls ' + d);\n};\n"}},
      {{"app.ts",
        "import { Store } from './store';\nconst store = new Store();\napp.get('/', (req, res) => {\n"
        "  store.find(req.query.d);\n});\n"},
       {"store.ts",
        "export class Store {\n  async find(\n    name: string,\n  ): Promise<void> {\n"
        "    this.db.query(`SELECT a FROM t WHERE n = '${name}'`);\n  }\n}\n"}},
      {{"app.js",
        "const { page } = require('./page');\napp.get('/', (req, res) => {\n  page(res, req.query.d);\n});\n"},
       {"page.js", "const page = (res, text) => res.send('<p>' + text);\nmodule.exports = { page };\n"}},
      {{"app.js", "import show from './show.page.js';\napp.get('/', (req, res) => {\n  show(res, req.query.d);\n});\n"},
       {"show.page.js", "export default function page(res, text) {\n  res.send('<p>' + text);\n}\n"}},
      {{"app.js", "const store = require('./store');\napp.get('/', (req, res) => {\n  store.list(req.query.d);\n});\n"},
       {"store.js",
        "const cp = require('child_process');\nclass Store {\n  list(d) {\n    cp.exec('ls ' + d);\n  }\n}\n"
        "module.exports = new Store();\n"}},
      {{"app.js", "import { list } from './lib/index.js';\napp.get('/', (req, res) => {\n  list(req.query.d);\n});\n"},
       {"lib/index.js", "export { list } from './list.js';\n"},
       {"lib/list.js", "import { exec } from 'child_process';\nexport function list(d) {\n  exec('ls ' + d);\n}\n"}},
      {{"src/web/app.ts",
        "import { shell } from '@/lib/shell';\napp.get('/', (req, res) => {\n  shell.list(req.query.d);\n});\n"},
       {"src/lib/shell.ts",
        "import { exec } from 'child_process';\nexport const shell = {\n  list(d: string) {\n    exec('ls ' + d);\n  "
        "},\n};\n"}},
      {{"app.js",
        "const service = require('./service');\napp.get('/', (req, res) => {\n  service.pack(req.query.d);\n});\n"},
       {"service.js", "const shell = require('./shell');\nexports.pack = (d) => shell.archive(d);\n"},
       {"shell.js",
        "const { exec } = require('child_process');\nexports.archive = (d) => {\n  exec('tar ' + d);\n};\n"}},
      {{"app.ts",
        "import { Service } from './service';\nexport class Pages {\n  constructor(private readonly service: Service) "
        "{}\n"
        "  @Get() page(@Query('d') d: string) {\n    this.service.pack(d);\n  }\n}\n"},
       {"service.ts",
        "import { Shell } from './shell';\nexport class Service {\n  constructor(private readonly shell: Shell) {}\n"
        "  pack(d: string) {\n    this.shell.archive(d);\n  }\n}\n"},
       {"shell.ts",
        "import { exec } from 'child_process';\nexport class Shell {\n  archive(d: string) {\n    exec('tar ' + d);\n  "
        "}\n}\n"}},
      {{"Page.java",
        "class Page extends HttpServlet {\n  private final Store store = new Store();\n"
        "  void doGet(HttpServletRequest request, HttpServletResponse response) {\n"
        "    store.find(request.getParameter(\"a\"));\n  }\n}\n"},
       {"Store.java",
        "class Store {\n  void find(\n      String name) {\n"
        "    statement.executeQuery(\"SELECT a FROM t WHERE n = '\" + name + \"'\");\n  }\n}\n"}},
      {{"page.php", "<?php\nrequire_once __DIR__ . '/texts.php';\nshow($_GET['a']);\n"},
       {"texts.php", "<?php\nfunction show(\n    string $a\n): void {\n    echo $a;\n}\n"}},
      {{"shop/page.go",
        "package shop\nfunc page(w http.ResponseWriter, r *http.Request) {\n\tshow(w, r.FormValue(\"a\"))\n}\n"},
       {"shop/show.go", "package shop\nfunc show(w http.ResponseWriter, a string) {\n\tfmt.Fprint(w, \"<p>\"+a)\n}\n"}},
      {{"shop/api/page.go",
        "package api\nimport (\n\t\"net/http\"\n\n\t\"example.com/shop/store\"\n)\n"
        "func page(w http.ResponseWriter, r *http.Request) {\n\tstore.Drop(r.FormValue(\"a\"))\n}\n"},
       {"shop/go.mod", "module example.com/shop\n\ngo 1.22\n"},
       {"shop/store/drop.go", "package store\nimport \"os\"\nfunc Drop(name string) {\n\tos.Remove(name)\n}\n"}},
      {{"api/page.go",
        "package api\nimport (\n\t\"net/http\"\n\n\t\"example.com/shop/internal/store\"\n)\n"
        "type Server struct {\n\tstore *store.Store\n}\n"
        "func (s *Server) page(w http.ResponseWriter, r *http.Request) {\n\ts.store.Drop(r.FormValue(\"a\"))\n}\n"},
       {"go.mod", "// The shop.\nmodule \"example.com/shop\"\n"},
       {"internal/store/drop.go",
        "package store\nimport \"os\"\ntype Store struct {\n\troot string\n}\n"
        "func (s *Store) Drop(name string) {\n\tos.Remove(s.root + name)\n}\n"}},
      {{"app/controllers/pages_controller.rb",
        "class PagesController < ApplicationController\n  def run\n"
        "    Shell.listing(params[:a])\n  end\nend\n"},
       {"app/models/shell.rb", "class Shell\n  def self.listing(a)\n    system(\"ls #{a}\")\n  end\nend\n"}},
  };
  for (const Files& files : cases) {
    const TestFolder folder;
    for (const auto& [path, text] : files)
      folder.write(path, text + idle(path));
    const std::vector<std::string> whole = found_in(folder, false);
    EXPECT_FALSE(whole.empty()) << files.begin()->second << files.rbegin()->second;
    EXPECT_EQ(found_in(folder, true), whole) << files.begin()->second << files.rbegin()->second;
  }
}

// A file tells of its parameters, not of what lies in its objects: that is found where it was put there.
TEST(Neighbours, what_an_object_keeps_for_a_statement_is_found) {
  const std::vector<std::pair<Files, std::vector<std::string>>> cases = {
      {{{"app.py",
         "from flask import request\nfrom query import Query\n@app.route('/')\ndef a():\n"
         "    Query().raw(request.args['d']).rows()\n    Query().bound(request.args['d']).bound_rows()\n    return "
         "''\n"},
        {"query.py",
         "class Query:\n    def __init__(self):\n        self.parts = []\n        self.values = []\n"
         "    def raw(self, part):\n        self.parts.append(part)\n        return self\n"
         "    def bound(self, value):\n        self.values.append(value)\n        return self\n"
         "    def rows(self):\n        return db.execute('SELECT a FROM t WHERE ' + ' AND '.join(self.parts))\n"
         "    def bound_rows(self):\n        return db.execute('SELECT a FROM t WHERE b = ?', self.values)\n"}},
       {"app.py:5 sql/concatenation"}},
      {{{"Pages.java",
         "@RestController\nclass Pages {\n  @GetMapping(\"/1\") public List<?> all(@RequestParam String by) {\n"
         "    return new Search(em).by(by).rows();\n  }\n}\n"},
        {"Search.java",
         "class Search {\n  private EntityManager em;\n  private String by;\n"
         "  Search by(String by) {\n    this.by = by;\n    return this;\n  }\n"
         "  List<?> rows() {\n    StringBuilder q = new StringBuilder(\"select o from Order o\");\n"
         "    if (by != null) q.append(\" order by o.\").append(by);\n"
         "    return em.createQuery(q.toString()).getResultList();\n  }\n}\n"}},
       {"Pages.java:4 sql/concatenation"}},
      {{{"page.php",
         "<?php\nrequire 'Query.php';\n$q = new Query();\n$q->raw($_GET['a']);\n$q->order($_GET['o']);\n$q->rows();\n"},
        {"Query.php",
         "<?php\nclass Query {\n  private $parts = [];\n  private $order = '';\n"
         "  function raw($part) { $this->parts[] = $part; }\n"
         "  function order($o) { $this->order = in_array($o, ['a', 'b'], true) ? $o : 'a'; }\n"
         "  function rows() {\n    $sql = 'SELECT a FROM t WHERE ' . implode(' AND ', $this->parts);\n"
         "    $this->db->query($sql);\n    $this->db->query('SELECT a FROM t ORDER BY ' . $this->order);\n  }\n}\n"}},
       {"page.php:6 sql/concatenation"}},
      {{{"app.ts",
         "import { Query } from './query';\napp.get('/', async (req, res) => {\n"
         "  res.json(await new Query(req.query.d as string).rows());\n});\n"},
        {"query.ts",
         "export class Query {\n  private by: string;\n  constructor(by: string) {\n    this.by = by;\n  }\n"
         "  rows() {\n    return pool.query('SELECT a FROM t ORDER BY ' + this.by);\n  }\n}\n"}},
       {"app.ts:3 sql/concatenation"}},
      {{{"app/controllers/pages_controller.rb",
         "class PagesController < ApplicationController\n  def all\n"
         "    render json: Search.new(params[:a]).rows\n  end\nend\n"},
        {"app/models/search.rb",
         "class Search\n  def initialize(name)\n    @name = name\n  end\n  def rows\n"
         "    ActiveRecord::Base.connection.select_all(\"SELECT a FROM t WHERE n = '#{@name}'\")\n  end\nend\n"}},
       {"app/controllers/pages_controller.rb:3 sql/interpolation", "app/models/search.rb:6 sql/interpolation"}},
  };
  for (const auto& [files, found] : cases) {
    const TestFolder folder;
    for (const auto& [path, text] : files)
      folder.write(path, text);
    for (const bool gated : {false, true})
      EXPECT_EQ(found_in(folder, gated), found);
  }
}

TEST(Neighbours, tests_of_other_files_prove_as_much) {
  for (const bool gated : {false, true}) {
    const TestFolder folder;
    folder.write("checks.js",
                 "function isName(text) {\n  return /^[a-z]+$/.test(text);\n}\n"
                 "function isLong(text) {\n  return text.length > 9;\n}\n"
                 "function assertName(text) {\n  if (!/^[a-z]+$/.test(text)) throw new TypeError(text);\n}\n"
                 "function digits(text) {\n  return text.replace(/[^0-9]/g, '');\n}\n"
                 "module.exports = { isName, isLong, assertName, digits };\n");
    folder.write("app.js",
                 "const { isName, isLong, assertName, digits } = require('./checks');\n"
                 "const checks = require('./checks');\n"
                 "app.get('/a', async (req, res) => {\n"
                 "  if (!isName(req.query.a) || !checks.isName(req.query.b)) return res.sendStatus(400);\n"
                 "  await pool.query(`SELECT ${req.query.a}, ${req.query.b} FROM t`);\n"
                 "  assertName(req.query.c);\n"
                 "  await pool.query(`SELECT ${req.query.c} FROM t`);\n"
                 "  await pool.query(`SELECT ${req.query.d.split(',').map(digits).join()} FROM t`);\n"
                 "  if (!isLong(req.query.e)) return res.sendStatus(400);\n"
                 "  return pool.query(`SELECT ${req.query.e} FROM t`);\n"
                 "});\n");
    EXPECT_EQ(found_in(folder, gated), std::vector<std::string>{"app.js:10 sql/interpolation"});
  }
}

// "data", "statements" and "harm", as far as the neighbour has such for the text.
std::string deal_of(const std::string& own, const std::string& theirs) {
  const code::dataflow::Names names(own, code::Grammar::kPython);
  const code::dataflow::Interest in =
      ForeignNames(names).add(Neighbour("store.py", "store", theirs, code::Grammar::kPython), false);
  return std::string(in.data ? "data" : "") + (in.statements ? "statements" : "") + (in.harm ? "harm" : "");
}

TEST(Neighbours, only_names_that_are_used_count) {
  const std::string sink = "import os\ndef run(a):\n    os.system(a)\ndef calm(a):\n    return a\n";
  EXPECT_EQ(deal_of("from store import run\nrun(1)\n", sink), "harm");
  EXPECT_EQ(deal_of("import store\nstore.run(1)\n", sink), "harm");
  EXPECT_EQ(deal_of("from store import calm\ncalm(1)\n", sink), "");
  EXPECT_EQ(deal_of("from store import calm\ndef run(a):\n    calm(a)\n", sink), "")
      << "its own function has that name";
  EXPECT_EQ(deal_of("from store import given\n", "from flask import request\ndef given():\n    return request.args\n"),
            "data");
  EXPECT_EQ(deal_of("from store import of\n", "def of(a):\n    return 'WHERE b = ' + a\n"), "statements");
  const std::string method = "class Store:\n    def find(self, a):\n        os.system(a)\n";
  EXPECT_EQ(deal_of("from store import Store\nStore().find(1)\n", method), "harm");
  EXPECT_EQ(deal_of("from store import other\nx.find(1)\n", method), "") << "of another class";
}

// Told by the name and the text of the call, and by what the other file does with it.
TEST(Neighbours, a_statement_that_is_handed_over_is_found_once) {
  const TestFolder folder;
  folder.write("page.php",
               "<?php\nrequire 'lib.php';\n$db = Database::shared();\n"
               "$db->run(\"SELECT a FROM t WHERE b = '\" . $_GET['b'] . \"'\");\n"
               "$db->run('SELECT a FROM t');\n");
  folder.write("lib.php",
               "<?php\nclass Database\n{\n    private $link;\n    public static function shared()\n    {\n"
               "        return new self();\n    }\n    public function run($sql)\n    {\n"
               "        return $this->link->query($sql);\n    }\n}\n");
  EXPECT_EQ(found_in(folder, true), std::vector<std::string>{"page.php:4 sql/concatenation"});
}

// Ruby: methods that stand in "class << self", and scopes.
TEST(Neighbours, what_is_called_back_is_found_where_it_stands) {
  const TestFolder folder;
  folder.write("app.js",
               "const files = require('./files');\nmodule.exports = (req, res) => {\n"
               "  const theme = __dirname + '/themes/' + req.query.theme;\n"
               "  files.exists(theme, (there) => {\n    if (there) require(theme);\n  });\n};\n");
  folder.write("files.js",
               "const fs = require('fs');\nexports.exists = (path, done) => {\n"
               "  fs.stat(path, (error, stat) => done(!error && stat));\n};\n");
  EXPECT_EQ(found_in(folder, true), (std::vector<std::string>{"app.js:4 path/traversal", "app.js:5 code/injection"}));
}

TEST(Neighbours, methods_of_classes_are_followed_whatever_way_they_are_written) {
  const TestFolder folder;
  folder.write("pages_controller.rb",
               "class PagesController < ApplicationController\n  def show\n    Report.named(params[:a])\n"
               "    Report.ordered(params[:b])\n    Report.calm(params[:c])\n  end\nend\n");
  folder.write("report.rb",
               "class Report < ApplicationRecord\n  scope :ordered, ->(column) { order(column) }\n  class << self\n"
               "    def named(name)\n      order(name)\n    end\n\n    def calm(name)\n"
               "      where(name: name)\n    end\n  end\nend\n");
  EXPECT_EQ(found_in(folder, true), (std::vector<std::string>{"pages_controller.rb:3 sql/concatenation",
                                                              "pages_controller.rb:4 sql/concatenation"}));
}

// Java: of a package that is imported whole, classes are there by their names.
TEST(Neighbours, packages_that_are_imported_whole_are_looked_into) {
  const TestFolder folder;
  folder.write(
      "src/com/shop/web/Orders.java",
      "package com.shop.web;\n\nimport java.util.*;\nimport com.shop.store.*;\n\n@RestController\n"
      "public class Orders {\n  private final OrderStore store;\n\n  @GetMapping(\"/1\")\n"
      "  public int read(@RequestParam String file, @RequestParam int number) throws Exception {\n"
      "    store.load(\"a\");\n    store.load(\"a\" + number);\n    return store.load(file).length;\n  }\n}\n");
  folder.write(
      "src/com/shop/store/OrderStore.java",
      "package com.shop.store;\n\npublic class OrderStore {\n  public byte[] load(String name) throws Exception "
      "{\n    return Files.readAllBytes(Paths.get(\"/srv\", name));\n  }\n}\n");
  EXPECT_EQ(found_in(folder, true), std::vector<std::string>{"src/com/shop/web/Orders.java:14 path/traversal"});
}

// Go: without a "go.mod" the folders tell which package is meant.
TEST(Neighbours, packages_of_go_are_found_by_their_folders) {
  const TestFolder folder;
  folder.write("cmd/web/main.go",
               "package main\n\nimport (\n\t\"database/sql\"\n\t\"net/http\"\n\n\t\"shop/texts\"\n)\n\n"
               "func Answer(db *sql.DB, w http.ResponseWriter, r *http.Request) {\n"
               "\tdb.Query(\"SELECT \" + texts.Same(r.FormValue(\"a\")))\n"
               "\tdb.Query(\"SELECT \" + texts.Fixed(r.FormValue(\"a\")))\n}\n");
  folder.write(
      "texts/texts.go",
      "package texts\n\nfunc Same(a string) string { return a }\n\nfunc Fixed(a string) string { return \"b\" }\n");
  EXPECT_EQ(found_in(folder, true), std::vector<std::string>{"cmd/web/main.go:11 sql/concatenation"});
}

// Ruby: modules that a class includes, jobs that run later.
TEST(Neighbours, concerns_and_jobs_of_rails_are_followed) {
  const TestFolder folder;
  folder.write("app/controllers/posts_controller.rb",
               "class PostsController < ApplicationController\n  include Sorted\n\n  def index\n"
               "    Post.order(Arel.sql(\"#{raw_column} desc\"))\n    ExportJob.perform_later(params[:table])\n"
               "  end\nend\n");
  folder.write("app/controllers/concerns/sorted.rb",
               "module Sorted\n  def raw_column\n    params[:sort] || 'id'\n  end\nend\n");
  folder.write("app/jobs/export_job.rb",
               "class ExportJob < ApplicationJob\n  def perform(table)\n    system(\"dump #{table}\")\n  end\nend\n");
  EXPECT_EQ(found_in(folder, true),
            (std::vector<std::string>{"app/controllers/posts_controller.rb:5 sql/interpolation",
                                      "app/controllers/posts_controller.rb:6 command/injection"}));
}

// What grew with the square of a text took hours.
TEST(Neighbours, hostile_texts_end) {
  constexpr int kTimes = 20'000;
  const auto repeated = [](std::string_view text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i)
      all += fmt::format(fmt::runtime(text), i);
    return all;
  };
  const std::vector<std::string> texts = {
      repeated("from a{0} import b{0} as c{0}\n", kTimes),  // every name has another one
      repeated("import (", kTimes * 4),                     // no list ends
      repeated("os.system(a{0}); ", kTimes),                // all on one line
      repeated("import store; x{0} = '/store' ", kTimes),   // the same, with the neighbour's name
      repeated("class A{0}:\n def f{0}(a):\n  os.system(request.args[a])\n", kTimes / 3),
      repeated("class A:\n", 1) + repeated(" def f{0}(a):\n  os.system(a)\n", kTimes / 2),
      repeated("(", kTimes * 8) + "os.system(request.args)",
  };
  for (const std::string& own : texts) {
    for (const std::string& theirs : texts)
      deal_of(own, theirs);
  }
}

}  // namespace
}  // namespace commandcenter::security_scanner
