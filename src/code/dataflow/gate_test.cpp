#include "code/dataflow/gate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "code/dataflow/dataflow.h"
#include "code/dataflow/flat_map.h"
#include "code/dataflow/pattern.h"

namespace commandcenter::code::dataflow {
namespace {

using Answer = Gate::Answer;

Answer ask(Grammar grammar, std::string_view text, bool statements) {
  return Gate::of(grammar).ask(Names(text, grammar), statements);
}

Dealings dealings_of(Grammar grammar, std::string_view text) {
  return Gate::of(grammar).dealings(Names(text, grammar));
}

TEST(Pattern, knows_what_each_match_holds) {
  using Rows = std::vector<std::vector<std::string>>;
  EXPECT_EQ(parts_of(R"((?m)^\s*(from|import)\s+django\b)").rows, (Rows{{"django"}, {"from", "import"}}));
  EXPECT_EQ(parts_of(R"(@Body\(\s*ab?(x|yy)cd+e)").rows, (Rows{{"@Body("}, {"cd"}, {"a"}, {"x", "yy"}, {"e"}}));
  EXPECT_EQ(parts_of(R"([^]\]a]b*c?\.de)").rows, (Rows{{".de"}}));
  EXPECT_EQ(parts_of("a[b(]c(d[)](e)f)gh").rows, (Rows{{"gh"}, {"a"}, {"c"}, {"d"}, {"e"}, {"f"}}));
  EXPECT_EQ(parts_of(R"(\b(?:abc|d(ef)+|g)h)").rows, (Rows{{"abc", "ef", "g"}, {"h"}}));
  EXPECT_EQ(parts_of("abc|d?ef").rows, (Rows{{"abc", "ef"}}));
  for (const char* unknown : {"abc|d?", "a(?i)bc", "(abc)?", "(a|b*)", "a(?si:b)cde", "x{2}abc", R"(\x41bc)",
                              "[[:alpha:]]abc", "a|b|c|d|e", ""})
    EXPECT_EQ(parts_of(unknown).rows, Rows()) << unknown;
}

TEST(Pattern, knows_what_each_match_holds_in_any_case) {
  const MatchParts parts = parts_of(R"((?i)Content-Type:\s*(text|page))");
  for (const char* text : {"content-type:text", "a CONTENT-TYPE: Page", "yY content-typ content-Type: tEXT"})
    EXPECT_TRUE(parts.may_be_in(text)) << text;
  for (const char* text :
       {"", "content-type text", "content-type:", "ontent-type: text", "content_type: page", "yyyyyY"})
    EXPECT_FALSE(parts.may_be_in(text)) << text;
  EXPECT_FALSE(parts_of("Content").may_be_in("content"));
}

TEST(Gate, opens_for_what_a_model_could_apply_to) {
  const Grammar script = Grammar::kJavaScript;
  EXPECT_EQ(ask(script, "res.send(req.query.a);", false), Answer::kOpen);
  EXPECT_EQ(ask(script, "el.innerHTML = x;", false), Answer::kOpen);
  EXPECT_EQ(ask(script, "const { send } = res; const { query } = req; send(query.a);", false), Answer::kOpen);
  EXPECT_EQ(ask(script, "const x = <p dangerouslySetInnerHTML={{ __html: y }} />;", false), Answer::kOpen);
  const Grammar php = Grammar::kPhp;
  EXPECT_EQ(ask(php, "<?php ECHO $_GET['a'];", false), Answer::kOpen);
  EXPECT_EQ(ask(php, "<?php Include $_GET['a'];", false), Answer::kOpen);
  const Grammar python = Grammar::kPython;
  EXPECT_EQ(ask(python, "import hashlib\nhashlib.md5(b'')\n", false), Answer::kOpen);
  EXPECT_EQ(ask(python, "@app.route('/')\ndef f(request):\n  return request.args['a']\n", false), Answer::kOpen);
}

TEST(Gate, is_closed_where_no_model_applies) {
  EXPECT_EQ(ask(Grammar::kJavaScript, "function add(a, b) { return a + b; }", false), Answer::kClosed);
  EXPECT_EQ(ask(Grammar::kGo, "func add(a, b int) int { return a + b }", false), Answer::kClosed);
  EXPECT_EQ(ask(Grammar::kGo, "func add(a, b int) int { return a + b }", true), Answer::kClosed);
}

TEST(Gate, asks_how_a_name_is_used) {
  const Grammar script = Grammar::kJavaScript;
  const std::string handler = "app.get('/', (req, res) => { const a = req.query.a; run(a); });";
  const auto asked = [&](std::string_view code) { return ask(script, handler + std::string(code), false); };
  EXPECT_EQ(asked("const cp = require('child_process');"), Answer::kHanded) << "only literals";
  EXPECT_EQ(asked("const cp = require('child_process'); cp.exec('ls', { });"), Answer::kHanded);
  EXPECT_EQ(asked("// cp.exec(a)\n/* cp.exec(a) */ const b = 'child_process';"), Answer::kHanded) << "remarks";
  EXPECT_EQ(asked("const b = 'http://a/*'; child_process.exec(a); // */"), Answer::kOpen) << "no remark";
  EXPECT_EQ(asked("child_process.exec(`ls ${a}`);"), Answer::kOpen);
  EXPECT_EQ(asked("import { exec as run } from 'child_process';"), Answer::kOpen) << "under another name";
  EXPECT_EQ(asked("const run = promisify(child_process.exec);"), Answer::kOpen);
  EXPECT_EQ(asked("\nimport { exec } from 'child_process';\nconst run = promisify(exec);"), Answer::kOpen);
  EXPECT_EQ(asked("\nimport {\n  exec,\n} from 'child_process';\nconst run = promisify(exec);"), Answer::kOpen);
  EXPECT_EQ(ask(script, "const e = 1; f(x.data); fs.readFile(a);", false), Answer::kForeign);
  EXPECT_EQ(ask(script, "on('message', (e) => fs.readFile(e.data));", false), Answer::kOpen);
  EXPECT_EQ(ask(script, "onmessage = (e) => { const { data } = e; fs.readFile(data); };", false), Answer::kOpen);
  EXPECT_EQ(ask(script, "onmessage = (e) => { go(e); }; function go(x) { fs.readFile(x.data); }", false), Answer::kOpen)
      << "handed on";
}

TEST(Gate, opens_for_statements_that_are_put_together) {
  const Grammar python = Grammar::kPython;
  EXPECT_EQ(ask(python, "cur.execute('SELECT a FROM t WHERE id = %s', (x,))", true), Answer::kStatement);
  EXPECT_EQ(ask(python, "cur.execute('SELECT a FROM t WHERE id = %s' % x)", true), Answer::kOpen);
  EXPECT_EQ(ask(python, "cur.execute(f'SELECT a FROM t WHERE id = {x}')", true), Answer::kOpen);
  EXPECT_EQ(ask(python, "q = 'SELECT a FROM t WHERE id = %s'\ncur.execute(q % x)", true), Answer::kOpen);
  EXPECT_EQ(ask(python, "q = 'SELECT a FROM t'\nq += ' WHERE id = ' + x\ncur.execute(q)", true), Answer::kOpen);
  EXPECT_EQ(ask(python, "'A form to select.'\nx = 1", true), Answer::kClosed);
  const Grammar java = Grammar::kJava;
  EXPECT_EQ(ask(java, "s.executeQuery(\"select a from t where b='\" + b + \"'\");", true), Answer::kOpen);
  EXPECT_EQ(ask(java, "p = c.prepareStatement(\"select a from t where b=?\");", true), Answer::kStatement);
  const Grammar php = Grammar::kPhp;
  EXPECT_EQ(ask(php, "<?php $r = $db->query(\"SELECT a FROM t WHERE b = $b\");", true), Answer::kOpen);
  EXPECT_EQ(ask(php, "<?php $q = <<<SQL\nSELECT a FROM t\nWHERE b = '$b'\nSQL;\n$db->query($q);", true), Answer::kOpen);
  const Grammar ruby = Grammar::kRuby;
  EXPECT_EQ(ask(ruby, "q = <<~SQL\n  SELECT a FROM t\n  WHERE b = '#{b}'\nSQL\ndb.execute(q)\n", true), Answer::kOpen);
}

// Half of what was parsed and run had such words only.
TEST(Gate, words_about_code_are_no_code) {
  const Grammar python = Grammar::kPython;
  const std::string open = "def f(path):\n  return open(path)\n";
  EXPECT_EQ(ask(python, "'''of a request'''\n" + open, false), Answer::kForeign) << "a remark";
  EXPECT_EQ(ask(python, "x = 'the args of a request'\n" + open, false), Answer::kForeign) << "a text";
  EXPECT_EQ(ask(python, "x = f'{request.args[0]}'\n" + open, false), Answer::kOpen) << "code in a text";
  EXPECT_EQ(ask(python, "x = getattr(request, 'args')\n" + open, false), Answer::kOpen) << "a name";
  EXPECT_EQ(ask(python, "run(sock)\nfor i in x:\n  recv = i\n" + open, false), Answer::kForeign) << "no member";
  EXPECT_EQ(ask(python, "run(sock)\ny = x.recv\n" + open, false), Answer::kOpen) << "of one under another name";
  const Grammar java = Grammar::kJava;
  const std::string write = "void f(String s) { response.getWriter().println(s); }";
  EXPECT_EQ(ask(java, "// the request\nvar a = socket.getInputStream(); " + write, false), Answer::kForeign);
  EXPECT_EQ(ask(java, "var a = requireStream().getInputStream(); " + write, false), Answer::kForeign);
  EXPECT_EQ(ask(java, "var a = request.getInputStream(); " + write, false), Answer::kOpen);
}

TEST(Gate, heads_of_functions_are_no_calls) {
  const std::string handler = "func h(w http.ResponseWriter, r *http.Request) { run(r.FormValue(\"a\")) }\n";
  const auto asked = [&](std::string_view code) { return ask(Grammar::kGo, handler + std::string(code), false); };
  EXPECT_EQ(asked("type T interface {\n\tCommand(name string) exec\n}\n"), Answer::kHanded);
  EXPECT_EQ(asked("func (t *T) Command(name string) exec { return nil }\n"), Answer::kHanded);
  EXPECT_EQ(asked("func g() T { exec.Command(name, \"a\") }\n"), Answer::kOpen);
}

TEST(Gate, messages_are_no_statements) {
  const Grammar python = Grammar::kPython;
  EXPECT_NE(ask(python, "log.info('create a new connection in %s' % x)\nrows.execute(y)", true), Answer::kOpen);
  EXPECT_NE(ask(python, "raise KeyError('no object for id=%s' % x)\nrows.execute(y)", true), Answer::kOpen);
  EXPECT_NE(ask(python, "a = b.split('=', 1)\nrows.execute(y)", true), Answer::kOpen);
  EXPECT_EQ(ask(python, "a = ' WHERE id=' + x\nq = 'SELECT 1 FROM t' + a\nrows.execute(q)", true), Answer::kOpen);
  const Grammar java = Grammar::kJava;
  EXPECT_NE(ask(java, "throw new IllegalStateException(\"update of \" + a + \" in \" + b); s.executeQuery(c);", true),
            Answer::kOpen);
  EXPECT_EQ(ask(java, "b.append(\" where id = \").append(x); s.executeQuery(\"select a from t\" + b);", true),
            Answer::kOpen);
}

TEST(Gate, asks_for_neighbours_when_only_the_users_data_is_missing) {
  const Grammar java = Grammar::kJava;
  EXPECT_EQ(ask(java, "class A { void f(Wrapper w) { response.getWriter().println(w.given()); } }", false),
            Answer::kForeign);
  EXPECT_FALSE(dealings_of(java, "String s = request.getParameter(name);").sources.empty());
  EXPECT_TRUE(dealings_of(java, "int s = a + b;").none());
}

TEST(FlatMap, many_writes_and_merges_are_those_of_a_map) {
  FlatMap<int, int> maps[2];
  std::map<int, int> wanted[2];
  const auto larger = [](int a, int b) { return std::max(a, b); };
  unsigned random = 1;
  for (int step = 0; step < 20'000; ++step) {
    random = random * 1'664'525 + 1'013'904'223;
    const int key = static_cast<int>(random >> 16) % 150;
    const int side = static_cast<int>(random >> 8) % 2;
    if (step % 97 == 0) {
      maps[side] = maps[1 - side];
      wanted[side] = wanted[1 - side];
    } else if (step % 31 == 0) {
      maps[side].combine(maps[1 - side], larger);
      for (const auto& [place, value] : wanted[1 - side]) {
        const auto [held, fresh] = wanted[side].try_emplace(place, value);
        if (!fresh) held->second = larger(held->second, value);
      }
    } else if (step % 43 == 0) {
      maps[side].update(maps[1 - side], [](int, int, int now) { return now; });
      for (auto& [place, value] : wanted[side]) {
        if (const auto other = wanted[1 - side].find(place); other != wanted[1 - side].end()) value = other->second;
      }
    } else if (step % 1'009 == 0) {
      maps[side] = {};
      wanted[side].clear();
    } else {
      maps[side][key] = step;
      wanted[side][key] = step;
    }
    ASSERT_EQ(maps[side].size(), wanted[side].size()) << step;
    ASSERT_EQ(maps[side].contains(key), wanted[side].contains(key)) << step;
    if (step % 100 != 0) continue;
    for (int place = 0; place < 150; ++place) {
      const auto found = wanted[side].find(place);
      const bool known = found != wanted[side].end();
      ASSERT_EQ(maps[side].contains(place), known);
      ASSERT_EQ(known ? maps[side].find(place)->second : 0, known ? found->second : 0);
    }
  }
}

TEST(FlatMap, copies_share_until_one_is_written_to) {
  FlatMap<int, int> first;
  first[2] = 20;
  first[1] = 10;
  FlatMap<int, int> second = first;
  EXPECT_TRUE(second.shares(first));
  second[1] = 11;
  EXPECT_FALSE(second.shares(first));
  EXPECT_EQ(first.find(1)->second, 10);
  second[3] = 30;
  first.add_missing(second);
  EXPECT_EQ(first.size(), 3U);
  EXPECT_EQ(first.find(1)->second, 10) << "what is there stays";
  FlatMap<int, int> empty;
  empty.add_missing(first);
  EXPECT_TRUE(empty.shares(first));
}

}  // namespace
}  // namespace commandcenter::code::dataflow
