// Figures of small texts, language by language, with what is odd about them; and of any labelled set of files.
#include "code/metrics/metrics.h"

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "code/metrics/test_figures.h"

namespace commandcenter::code {
namespace {

TEST(Metrics, c_counts_conditions_cases_and_directives) {
  constexpr std::string_view kText = R"~(#define TWICE(x) ((x) ? (x) * 2 : 0)
static int pick(int a, char *s) {
  /* if (a) while */
  char q = '"', t[] = "if && ||";
  switch (a) { case 1: case 2: return 1; default: break; }
#if defined(A) && defined(B)
  if (a && s) return 2;
#elif defined(C)
  for (;;) return q;
#endif
  return a ? *t : 0;
}
int old(a, b) int a; int b; { do { a--; } while (a > b || a); return a; }
typedef int (*fn)(int);
struct s { int (*f)(int); };
)~";
  EXPECT_EQ(figures("a.c", kText), "pick 2 9\nold 13 3\n");
}

TEST(Metrics, c_functions_that_return_functions_carry_the_whole_declarator) {
  EXPECT_EQ(figures("a.c", "int (*find(int k))(int) { return k ? 0 : 0; }\n"), "int( * find(int k)) 1 2\n");
}

TEST(Metrics, c_branches_of_a_condition_are_all_read) {
  EXPECT_EQ(figures("a.c",
                    "#ifdef A\nint f(void) { if (1) return 1; return 0; }\n#else\nint f(void) { return 0; }\n#endif\n"),
            "f 2 2\nf 4 1\n");
}

TEST(Metrics, cpp_names_carry_namespaces_templates_and_operators) {
  constexpr std::string_view kText = R"~(namespace geo { namespace { int one() { return 1; } }
template <class T, bool B = (sizeof(T) > 1)> class Box final : public Base<T> {
 public:
  explicit Box(int n) : n_(n > 0 ? n : 1), v_{n} { if (n) v_.clear(); }
  ~Box() noexcept(false) { delete p_; }
  bool operator==(const Box &o) const { return n_ == o.n_ && v_ == o.v_; }
  T &operator[](int i) { return v_[i]; }
  void operator()(int i) && { run(i); }
  operator bool() const { return true; }
};
template <class T>
auto Box<T>::size() const -> int try { return f([](int x) { return x > 1 ? x : 0; }); } catch (...) { return 0; }
}
auto fast = [](int x) { return x ? 1 : 2; };
int take(Node &&n, int m = 3) { Node &&r = move(n); return r.ok && m; }
)~";
  EXPECT_EQ(figures("a.cpp", kText),
            "geo::one 1 1\n"
            "geo::Box::Box 4 2\n"
            "geo::Box::~Box 5 1\n"
            "geo::Box::operator == 6 2\n"
            "geo::Box::operator [ ] 7 1\n"
            "geo::Box::operator ( ) 8 1\n"
            "geo::Box::operator bool 9 1\n"
            "geo::Box<T>::size 12 2\n"
            "geo::catch 12 1\n"
            "take 15 2\n");
}

TEST(Metrics, csharp_knows_members_with_arrows_and_double_question_marks) {
  constexpr std::string_view kText = R"~(namespace Shop {
class Cart(int size) : Base {
    public int Count => rows?.Length ?? 0;
    public bool Empty { get { return Count == 0 || rows == null; } }
    public int Sum(int? extra) { foreach (var r in rows) if (r > 0 && r < 9) return r; return extra ?? 0; }
    static string Name(int n) => n switch { 0 => "none", _ => "some" };
}
}
)~";
  EXPECT_EQ(figures("a.cs", kText), "Cart::Sum 5 4\nCart::Name 6 1\n*global* 0 1\n");
}

TEST(Metrics, java_methods_of_enums_records_and_anonymous_classes) {
  constexpr std::string_view kText = R"~(package demo;
@Service("x")
class Store<T extends Comparable<? super T>> {
    enum Kind { A, B }
    static { if (true) { init(); } }
    Store(List<? extends T> rows) { this.rows = rows == null ? new ArrayList<>() : rows; }
    @Override public String toString() { return "if (x) while (y)"; }
    int grade(int k) {
        return switch (k) { case 1, 2 -> 3; case 4 -> { yield k > 1 ? k : 0; } default -> 0; };
    }
    Runnable task() {
        return new Runnable() { @Override public void run() { for (;;) { if (done) break; } } };
    }
    boolean any(List<Integer> xs) { return xs.stream().anyMatch(x -> x > 0 && x < 9 || x == 40); }
}
record Point(int x, int y) {
    Point { if (x < 0) throw new IllegalArgumentException(); }
    int sum() { return x + y; }
}
)~";
  EXPECT_EQ(figures("A.java", kText),
            "Kind::Store 6 2\nKind::toString 7 1\nKind::grade 8 4\n(anonymous)::run 12 3\nKind::task 11 1\n"
            "Kind::any 14 3\nPoint::sum 18 1\n");
}

TEST(Metrics, javascript_functions_methods_and_arrows) {
  constexpr std::string_view kText = R"~(function tally(a, b = 2) {
  const t = `n ${a > 1 ? "x" : "y"} if for`;
  for (const k of a) if (k && k.ok || k?.old) return t;
  return a ?? b;
}
const pick = (o, k) => o[k] ? 1 : 0;
export default async function load(url) { try { await get(url); } catch { return null; } finally { /* if */ } }
class Ring extends Base {
  #n = 4;
  static of(...xs) { return xs.length ? new Ring(xs) : null; }
  get head() { return this.xs[0] || 0; }
  async *walk() { while (this.n) yield this.n--; }
}
const api = { find(id) { return id === 1 ? 2 : 3; }, count: function () { return 0; } };
)~";
  EXPECT_EQ(figures("a.js", kText),
            "tally 1 7\npick 6 2\nload 7 2\nof 10 2\nget head 11 2\nwalk 12 2\nfind 14 2\ncount 14 1\n");
}

// A bracket behind "=" may be a list of parameters: what is in it is forgotten with it.
TEST(Metrics, javascript_conditions_in_brackets_behind_an_assignment_are_lost) {
  EXPECT_EQ(figures("a.js", "function f(a, b) {\n  b = (a > 1 && b) ? 1 : a;\n  b = a > 1 ? 1 : a;\n}\n"), "f 1 2\n");
}

TEST(Metrics, typescript_types_are_no_conditions) {
  constexpr std::string_view kText = R"~(type Maybe<T> = { [K in keyof T]?: T[K] extends string ? 1 : 2 };
interface Shape { area(): number; name?: string }
declare function outside(a: string): void;
abstract class Base {
  constructor(private readonly w: number, protected h?: number) {}
  abstract area(): number;
  scale(f: number = 1): number { return this.h ? this.w * f : this.w; }
  handle = (k: string): void => { if (k) { run(k); } };
}
export function plain(x?: number): number { if (!x || x > 3) { return 0; } return x; }
)~";
  EXPECT_EQ(figures("a.ts", kText), "constructor 5 1\nscale 7 2\nhandle 8 2\nplain 10 3\n");
}

TEST(Metrics, markup_in_scripts) {
  constexpr std::string_view kText = R"~(export function List({ items }: Props) {
  return <ul>{items.map((i) => (i.ok ? <li key={i.id}>{i.name && "x"}</li> : null))}</ul>;
}
const Row = (p: Props) => {
  return p.open ? <b>yes</b> : <i>don&apos;t</i>;
};
)~";
  EXPECT_EQ(figures("a.tsx", kText), "(anonymous) 2 3\nList 1 1\nRow 4 2\n");
}

TEST(Metrics, python_definitions_comprehensions_and_patterns) {
  constexpr std::string_view kText = R"~(class Gauge:
    """if this counted, and that"""
    @property
    async def full(self, *args, limit: Dict[str, int] = None) -> bool:
        """while for"""
        note = f"{'a' if self.n else 'b'} {self.n:>{self.w}}"
        return [r for r in args if r and not r.old] or note

def route(command):
    match command.split():
        case ["go", where] if where:
            return lambda x: 1 if x else 2
        case _:
            case = 3
    try:
        pass
    except (A, B):
        pass
    else:
        pass
    finally:
        pass

def outer():
    def inner(k):
        while k: k -= 1
        else: return k
    return inner
)~";
  EXPECT_EQ(figures("a.py", kText), "full 4 6\nroute 9 7\nouter.inner 25 2\nouter 24 1\n");
}

TEST(Metrics, go_receivers_closures_and_selects) {
  constexpr std::string_view kText = R"~(package demo
func (p *Pool) Take(want func(int) bool) (int, error) {
  for _, v := range p.free { if v > 0 && want(v) { return v, nil } }
  raw := `if x { for y && z`
  defer func() { if r := recover(); r != nil { p.log(r, raw) } }()
  select { case v := <-p.in: return v, nil; case <-p.stop: }
  return 0, nil
}
func Map[T any](xs []T, f func(T) T) interface{} { return f(xs[0]) }
type Shape interface { Area() float64 }
)~";
  EXPECT_EQ(figures("a.go", kText), " 5 2\nTake 2 6\nMap 9 1\n");
}

TEST(Metrics, rust_matches_guards_and_question_marks) {
  constexpr std::string_view kText = R"~(impl<'a> Cache<'a> {
    #[inline] pub fn skipped() { if true {} }
    pub fn get<T>(&mut self, k: &'a str) -> Option<u32> where T: Copy {
        let n: i32 = k.parse()?;
        match n { 0 => 1, x if x > 4 && x < 9 => 3, _ => if n < 0 { 1 } else { 2 } };
        'outer: loop { for i in 0..n { if i == 3 { break 'outer; } } }
        let f = |x: u32| if x > 2 { x } else { 0 };
        None
    }
}
)~";
  EXPECT_EQ(figures("a.rs", kText), "get 3 10\n");
}

TEST(Metrics, php_methods_arrow_functions_and_matches) {
  constexpr std::string_view kText = R"~(<?php if ($user): ?><p>for while</p><?php endif; ?>
<?php
final class Cart {
    public function __construct(private array $rows = [], private ?string $code = null) {}
    public function count(): int {
        foreach ($this->rows as $row) { if (!$row || $row > 3) { continue; } elseif ($row) { break; } }
        return $this->code ? 1 : ($n ?? 2);
    }
}
function kind(int $n) { $f = fn($x) => $x > 1 ? 'a' : 'b';
  return match (true) { $n < 0 => 'neg', default => $n?->m() ?: 1 }; }
)~";
  EXPECT_EQ(figures("a.php", kText), "Cart::__construct 4 2\nCart::count 5 6\nkind 10 3\n");
}

TEST(Metrics, ruby_blocks_modifiers_and_rescues) {
  constexpr std::string_view kText = R"~(module Tools
  def self.grade(x)
    case x when 90..100 then :a when 80 then :b else :c end
  end
  def walk(items)
    return unless items && items.any?
    items.each { |i| puts "#{i > 1 ? 'x' : 'y'} if" }
    until items.empty? or done?
      items.shift if items.first
    end
  rescue IOError, SystemCallError => e
    retry
  ensure
    close
  end
  def full? = @n > 9
end
)~";
  EXPECT_EQ(figures("a.rb", kText), "self.grade 2 3\nwalk 5 6\nfull? 16 1\n");
}

TEST(Metrics, lines_parameters_and_ends) {
  const auto measured = measure("a.c", "int f(int a, const char *s)\n{\n\n  // nothing\n  return a;\n}\n");
  ASSERT_TRUE(measured);
  ASSERT_EQ(measured->functions.size(), 1U);
  EXPECT_EQ(measured->functions[0].end_line, 6U);
  EXPECT_EQ(measured->functions[0].lines_of_code, 4);
  EXPECT_EQ(measured->functions[0].parameters, 2U);
}

TEST(Metrics, line_ends_of_other_systems_change_nothing) {
  EXPECT_EQ(figures("a.c", "/* a\r\n b */\r\nint f() {\r\n  if (1) return 2;\r\n}\r\n"), "f 3 2\n");
  EXPECT_EQ(figures("a.py",
                    "\xef\xbb\xbf"
                    "def f():\r\n    if a:\r\n        pass\r\ndef g():\r\n    pass\r\n"),
            "f 1 2\ng 4 1\n");
}

TEST(Metrics, languages_go_by_the_name) {
  EXPECT_TRUE(is_measured("x/a.TSX"));
  EXPECT_TRUE(is_measured("a.mjs"));
  EXPECT_FALSE(is_measured("a.txt"));
  EXPECT_FALSE(is_measured("Makefile"));
  EXPECT_TRUE(is_measured("a.d/Rakefile"));
  EXPECT_TRUE(is_measured("bin/tool", "#!/usr/bin/env python3\n"));
  EXPECT_FALSE(is_measured("bin/tool", "#!/bin/sh\n# python\n"));
  EXPECT_FALSE(is_measured("a.txt", "#!/usr/bin/env python3\n"));
  EXPECT_EQ(figures("a.txt", "if"), "not measured");
}

// Pitfall C8: what nobody would write must not cost more than its size.
TEST(Metrics, hostile_texts_end) {
  const auto begin = std::chrono::steady_clock::now();
  constexpr std::size_t kMany = 100'000;
  const auto repeated = [](std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i)
      all += text;
    return all;
  };
  for (const char* path : {"a.c", "a.cs", "A.java", "a.js", "a.tsx", "a.ts", "a.py", "a.go", "a.rs", "a.php", "a.rb"}) {
    const std::string head = std::string_view(path).ends_with("php") ? "<?php " : "";
    for (const char* piece : {"(",      "{",     "[",           "<",    "<a ",       "a<",      "\"\\\"", "'\\",
                              "`",      "/*",    "/",           "#{\"", "f\"{",      "<<<A\n",  "%q(",    "def f(",
                              "new A(", "x = (", "function f(", "[](",  "class A {", "a(b) c ", "\n("}) {
      measure(path, head + repeated(piece, kMany));
    }
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(120));
}

// A set of files with known figures, one JSON object a line: {file, code, language, functions: [{name, line,
// cyclomatic}]}. Name one to see how exact the counters are: CC_CCN_DATA=set.jsonl.
TEST(Metrics, labelled_set_is_met_exactly) {
  const char* path = std::getenv("CC_CCN_DATA");
  if (path == nullptr) GTEST_SKIP() << "CC_CCN_DATA names no set";
  std::ifstream lines(path);
  std::map<std::string, std::pair<int, int>> exact;  // by language: met, wanted
  for (std::string line; std::getline(lines, line);) {
    const auto snippet = parse_json(line);
    ASSERT_TRUE(snippet) << snippet.error().message;
    std::string wanted;
    auto& [met, all] = exact[string_member(*snippet, "language")];
    std::multiset<std::string> expected;
    for (const Json& function : (*snippet)["functions"]) {
      expected.insert(fmt::format("{} {} {}", string_member(function, "name"), function["line"].get<int>(),
                                  function["cyclomatic"].get<int>()));
    }
    all += static_cast<int>(expected.size());
    const auto measured = measure(string_member(*snippet, "file"), string_member(*snippet, "code"));
    ASSERT_TRUE(measured) << string_member(*snippet, "file");
    for (const FunctionMetrics& function : measured->functions) {
      const auto found = expected.find(fmt::format("{} {} {}", function.name, function.line, function.cyclomatic));
      EXPECT_NE(found, expected.end()) << string_member(*snippet, "file") << ": " << function.name << " "
                                       << function.line << " " << function.cyclomatic;
      if (found == expected.end()) continue;
      expected.erase(found);
      ++met;
    }
    for (const std::string& missing : expected)
      ADD_FAILURE() << string_member(*snippet, "file") << " lacks " << missing;
  }
  for (const auto& [language, count] : exact)
    fmt::print("{}: {} of {}\n", language, count.first, count.second);
}

}  // namespace
}  // namespace commandcenter::code
