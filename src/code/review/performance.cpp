// Loops in loops, and what a loop repeats for no reason.
#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "code/review/judge.h"

namespace commandcenter::code::review {
namespace {

using enum Role;

constexpr auto kSyncNames = std::to_array<std::string_view>(
    {"readFileSync", "writeFileSync", "appendFileSync", "existsSync",     "statSync",   "lstatSync",
     "readdirSync",  "mkdirSync",     "rmSync",         "rmdirSync",      "unlinkSync", "renameSync",
     "copyFileSync", "accessSync",    "openSync",       "closeSync",      "readSync",   "writeSync",
     "chmodSync",    "realpathSync",  "symlinkSync",    "truncateSync",   "cpSync",     "mkdtempSync",
     "readJsonSync", "writeJsonSync", "ensureDirSync",  "outputFileSync", "removeSync"});

// Methods that ask a database when what they are called on looks like one.
constexpr auto kQueryMethods = std::to_array<std::string_view>(
    {"query",     "execute",  "raw",       "find",         "findOne",         "findFirst",      "findUnique",
     "findMany",  "findAll",  "findById",  "findByPk",     "findOneBy",       "findBy",         "find_by",
     "where",     "exists",   "count",     "filter",       "first",           "select",         "insert",
     "insertOne", "update",   "updateOne", "delete",       "deleteOne",       "create",         "save",
     "fetch",     "fetchone", "fetchall",  "executeQuery", "executeUpdate",   "queryForObject", "queryForList",
     "prepare",   "Query",    "QueryRow",  "QueryContext", "QueryRowContext", "Exec",           "ExecContext",
     "run",       "all",      "aggregate"});
constexpr auto kDatabaseWords = std::to_array<std::string_view>(
    {"db",     "database",  "conn",      "connection", "cursor",        "cur",     "session", "repo",   "repository",
     "prisma", "knex",      "pool",      "em",         "entitymanager", "objects", "pdo",     "mysqli", "jdbctemplate",
     "stmt",   "statement", "sequelize", "mongoose",   "collection",    "tx",      "trx",     "sql",    "dao"});

bool is_database(std::string_view word) {
  std::string low;
  for (const char c : word)
    if (c != '_' && c != '$' && c != '@') low += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::ranges::any_of(kDatabaseWords, [&](std::string_view known) {
    constexpr std::size_t kLongWord = 8;  // shorter ones end other words, too
    return low == known || (known.size() >= kLongWord && known != "collection" && low.ends_with(known));
  });
}

// Rows of a query that was made before: "cursor.fetchone()", "$stmt->fetch()".
bool takes_rows(std::string_view receiver, std::string_view method) {
  constexpr auto kResults = std::to_array<std::string_view>({"cursor", "cur", "stmt", "statement"});
  if (!method.starts_with("fetch")) return false;
  receiver.remove_prefix(std::min(receiver.find_first_not_of("$@_"), receiver.size()));
  return std::ranges::find(kResults, receiver) != kResults.end();
}

// "db.query", "User.findOne" (a class), "this.repo.findById", "Book.objects.get".
bool is_query(const View& view, NodeId call) {
  std::string_view callee = view.callee(call);
  if (callee.starts_with("mysqli_query") || callee.starts_with("pg_query")) return true;
  const std::size_t point = callee.find_last_of(".>:");
  if (point == std::string_view::npos || point == 0) return false;
  const std::string_view method = callee.substr(point + 1);
  if (std::ranges::find(kQueryMethods, method) == kQueryMethods.end()) return false;
  std::string_view receiver = callee.substr(0, callee.find_last_not_of(".->:?", point) + 1);
  const std::size_t last = receiver.find_last_of(".>:");
  const std::string_view word = last == std::string_view::npos ? receiver : receiver.substr(last + 1);
  if (takes_rows(word, method)) return false;
  // Elsewhere than in drivers of MongoDB, a collection is a list.
  if (word.ends_with("collection") && !view.is_script() && !view.is(Grammar::kPython)) return false;
  if (is_database(word)) return true;
  if (receiver.starts_with("prisma.")) return true;
  // A class of the application that is asked by its static methods: "User.findOne".
  const bool is_class = last == std::string_view::npos && !word.empty() && word[0] >= 'A' && word[0] <= 'Z';
  constexpr auto kModelMethods = std::to_array<std::string_view>(
      {"findOne", "findById", "findByPk", "findAll", "findUnique", "find_by", "where", "findBy", "find"});
  const bool of_model = std::ranges::find(kModelMethods, method) != kModelMethods.end();
  return is_class && of_model && (view.is_script() || view.is(Grammar::kRuby) || view.is(Grammar::kPhp));
}

bool compiles_regex(const View& view, NodeId id) {
  const std::string_view callee = view.callee(id);
  switch (view.tree().grammar()) {
    case Grammar::kJavaScript:
    case Grammar::kTypeScript:
    case Grammar::kTsx:
      return callee == "RegExp";
    case Grammar::kPython:
      return callee == "re.compile" || callee == "regex.compile";
    case Grammar::kJava:
      return callee == "Pattern.compile";
    case Grammar::kGo:
      return callee == "regexp.MustCompile" || callee == "regexp.Compile";
    case Grammar::kRust:
      return callee == "Regex::new";
    case Grammar::kCSharp:
      return view.role(id) == kNew && callee == "Regex";
    case Grammar::kRuby:
      return callee == "Regexp.new";
    default:
      return false;
  }
}

// Calls that stop the whole event loop.
bool blocks(const View& view, std::string_view callee) {
  if (view.is(Grammar::kPython)) {
    constexpr auto kNames = std::to_array<std::string_view>(
        {"open", "time.sleep", "urllib.request.urlopen", "subprocess.run", "subprocess.call", "subprocess.check_call",
         "subprocess.check_output", "os.system", "os.listdir", "os.walk", "shutil.copy", "shutil.rmtree"});
    return callee.starts_with("requests.") || std::ranges::find(kNames, callee) != kNames.end();
  }
  if (!view.is(Grammar::kCSharp)) return false;
  if (callee.starts_with("System.IO.")) callee.remove_prefix(10);
  const bool file =
      callee.starts_with("File.Read") || callee.starts_with("File.Write") || callee.starts_with("File.Append");
  return (file && !callee.ends_with("Async")) || callee == "Thread.Sleep";
}

void judge_loop(Judge& judge, const Loops& loops, NodeId id) {
  const View& view = judge.view();
  const NodeId outer = loops.around(id);
  if (outer == kNoNode) return;
  Spot& spot =
      judge.add(Rule::kNestedLoops, id, fmt::format("Nested loops detected: in the loop of line {}", view.line(outer)));
  if (loops.length_of(id, outer) == Loops::Length::kOfAll) return;
  spot.severity = Severity::kLow;
  spot.confidence = Confidence::kMedium;
}

void judge_call(Judge& judge, const Loops& loops, NodeId id) {
  const View& view = judge.view();
  const std::string_view callee = view.callee(id);
  if (callee.empty()) return;
  if (view.is_script() && callee.ends_with("Sync")) {
    const std::size_t point = callee.rfind('.');
    const std::string_view name = point == std::string_view::npos ? callee : callee.substr(point + 1);
    const std::string_view receiver = point == std::string_view::npos ? "fs" : callee.substr(0, point);
    const bool of_fs = receiver.starts_with("fs") || receiver.ends_with("fs") || receiver.ends_with("fsExtra");
    if (!of_fs || std::ranges::find(kSyncNames, name) == kSyncNames.end()) return;
    const NodeId function = view.function_around(id);
    const bool waits = function != kNoNode && view.is_async(function);
    Spot& spot = judge.add(Rule::kSyncFs, id,
                           waits ? fmt::format("Synchronous file system operation in an async function: {}", name)
                                 : fmt::format("Synchronous file system operation: {}", name));
    if (waits) spot.severity = Severity::kMedium;
    return;
  }
  if (blocks(view, callee)) {
    const NodeId function = view.function_around(id);
    if (function == kNoNode || !view.is_async(function)) return;
    judge.add(Rule::kSyncFs, id, fmt::format("Blocking call in an async function: {}", callee)).severity =
        Severity::kMedium;
    return;
  }
  if (compiles_regex(view, id)) {
    const auto arguments = view.arguments(id);
    const bool constant = std::ranges::all_of(arguments, [&](NodeId argument) { return view.is_constant(argument); });
    if (constant && loops.around(id) != kNoNode) judge.add(Rule::kRegexInLoop, id);
    return;
  }
  if (is_query(view, id) && loops.around(id) != kNoNode)
    judge.add(Rule::kQueryInLoop, id, fmt::format("A query in each turn of a loop: {}", callee)).confidence =
        Confidence::kMedium;
}

// What is waited for is time: to try again later, or not too often.
bool is_pause(const View& view, NodeId awaited) {
  if (view.role(awaited) == kNew) return view.text(awaited).find("setTimeout") != std::string_view::npos;
  if (view.role(awaited) != kCall) return false;
  constexpr auto kNames = std::to_array<std::string_view>({"sleep", "delay", "setTimeout", "Delay", "Sleep"});
  const std::string_view callee = view.callee(awaited);
  return std::ranges::find(kNames, callee.substr(callee.find_last_of(".:") + 1)) != kNames.end();
}

void judge_await(Judge& judge, const Loops& loops, NodeId id) {
  const View& view = judge.view();
  const NodeId loop = loops.around(id);
  if (loop == kNoNode || view.role(loop) != kLoop) return;
  const NodeId awaited = view.tree().named_child(id, 0);
  if (awaited != kNoNode && view.role(awaited) == kCall && is_query(view, awaited)) return;  // told already
  if (awaited != kNoNode && is_pause(view, awaited)) return;
  judge.add(Rule::kAwaitInLoop, id);
}

}  // namespace

void judge_performance(Judge& judge, NodeId id) {
  const View& view = judge.view();
  const Loops loops(view);
  const Role role = view.role(id);
  if (role == kLoop) {
    if (loops.is_loop(id)) judge_loop(judge, loops, id);
  } else if (role == kCall) {
    if (loops.is_loop(id))
      judge_loop(judge, loops, id);
    else
      judge_call(judge, loops, id);
  } else if (role == kNew && compiles_regex(view, id)) {
    judge_call(judge, loops, id);
  } else if (role == kAwait) {
    judge_await(judge, loops, id);
  }
}

}  // namespace commandcenter::code::review
