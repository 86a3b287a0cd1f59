// Calls that ask a database, told from the method and from what it is called on, and the loops in which that is a
// waste.
#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <string>
#include <unordered_set>

#include <fmt/format.h>

#include "code/review/judge.h"

namespace commandcenter::code::review {
namespace {

using enum Role;

template <std::size_t kSize>
bool is_one_of(const std::array<std::string_view, kSize>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

// Nothing but a database has methods of such names.
constexpr auto kSureMethods = std::to_array<std::string_view>({"findOne",
                                                               "findById",
                                                               "findByPk",
                                                               "findUnique",
                                                               "findUniqueOrThrow",
                                                               "findOneBy",
                                                               "findOneOrFail",
                                                               "findAndCountAll",
                                                               "findOneAndUpdate",
                                                               "findByIdAndUpdate",
                                                               "findByIdAndDelete",
                                                               "insertOne",
                                                               "updateOne",
                                                               "deleteOne",
                                                               "replaceOne",
                                                               "countDocuments",
                                                               "find_one",
                                                               "insert_one",
                                                               "update_one",
                                                               "delete_one",
                                                               "replace_one",
                                                               "find_one_and_update",
                                                               "count_documents",
                                                               "get_or_create",
                                                               "update_or_create",
                                                               "find_or_create_by",
                                                               "find_or_create_by!",
                                                               "executeQuery",
                                                               "executeUpdate",
                                                               "queryForObject",
                                                               "queryForList",
                                                               "queryForMap",
                                                               "QueryRow",
                                                               "QueryRowContext",
                                                               "QueryContext",
                                                               "ExecContext",
                                                               "NamedExec",
                                                               "fetch_optional",
                                                               "findOrFail",
                                                               "updateOrCreate",
                                                               "firstOrCreate",
                                                               "SaveChanges",
                                                               "SaveChangesAsync",
                                                               "FirstOrDefaultAsync",
                                                               "SingleOrDefaultAsync",
                                                               "ExecuteNonQuery",
                                                               "ExecuteNonQueryAsync",
                                                               "ExecuteScalar",
                                                               "ExecuteScalarAsync",
                                                               "ExecuteReader",
                                                               "ExecuteReaderAsync"});

// Methods that ask a database when what they are called on looks like one.
constexpr auto kQueryMethods = std::to_array<std::string_view>({"query",
                                                                "execute",
                                                                "raw",
                                                                "find",
                                                                "findFirst",
                                                                "findMany",
                                                                "findAll",
                                                                "findBy",
                                                                "find_by",
                                                                "where",
                                                                "exists",
                                                                "exists?",
                                                                "count",
                                                                "filter",
                                                                "first",
                                                                "select",
                                                                "insert",
                                                                "update",
                                                                "delete",
                                                                "create",
                                                                "save",
                                                                "fetch",
                                                                "fetchone",
                                                                "fetchall",
                                                                "fetchrow",
                                                                "fetchval",
                                                                "prepare",
                                                                "Query",
                                                                "Exec",
                                                                "run",
                                                                "all",
                                                                "aggregate",
                                                                "get_row",
                                                                "get_var",
                                                                "get_results",
                                                                "get_col",
                                                                "get_where",
                                                                "fetchRow",
                                                                "fetchOne",
                                                                "fetchAll",
                                                                "findAllBy",
                                                                "upsert",
                                                                "selectFrom",
                                                                "insertInto",
                                                                "deleteFrom",
                                                                "updateTable",
                                                                "exec_query",
                                                                "select_all",
                                                                "select_value",
                                                                "select_rows",
                                                                "scalar",
                                                                "scalars",
                                                                "executemany",
                                                                "createQuery",
                                                                "flush",
                                                                "First",
                                                                "Find",
                                                                "Create",
                                                                "Save",
                                                                "Where",
                                                                "Raw",
                                                                "Select",
                                                                "Updates",
                                                                "Queryx",
                                                                "QueryRowx",
                                                                "table",
                                                                "get",
                                                                "filter_by",
                                                                "FirstOrDefault",
                                                                "Single",
                                                                "SingleOrDefault",
                                                                "FindAsync",
                                                                "ToListAsync",
                                                                "AnyAsync",
                                                                "CountAsync",
                                                                "QueryAsync",
                                                                "QueryFirstOrDefault",
                                                                "QueryFirstOrDefaultAsync",
                                                                "ExecuteAsync",
                                                                "Execute",
                                                                "merge",
                                                                "persistAndFlush"});

constexpr auto kDatabaseWords = std::to_array<std::string_view>(
    {"db",         "database",     "conn", "connection", "cursor",    "cur",           "session",    "repo",
     "repository", "prisma",       "knex", "pool",       "em",        "entitymanager", "objects",    "pdo",
     "mysqli",     "jdbctemplate", "stmt", "sth",        "statement", "sequelize",     "mongoose",   "collection",
     "tx",         "trx",          "sql",  "dao",        "wpdb",      "dbcontext",     "datasource", "queryrunner"});

// "get", "flush" and "table" say too little for what has the name of a file, a cache or a transfer, too.
bool is_asked_by(const View& view, std::string_view word, std::string_view method) {
  const auto among = [&](std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, word) != words.end();
  };
  if (method == "get") return word == "objects" && view.is(Grammar::kPython);
  const bool capital = method[0] >= 'A' && method[0] <= 'Z';
  if (capital != view.is(Grammar::kGo) && (capital ? !view.is(Grammar::kCSharp) : view.is(Grammar::kGo))) return false;
  if (method == "flush") return among({"em", "entitymanager"}) && !view.is(Grammar::kJava);
  if (method == "table") return word == "db" && view.is(Grammar::kPhp);
  if (word == "objects") return view.is(Grammar::kPython);
  if (view.is_script()) {  // cursors of editors, sessions of browsers, pools of workers
    if (among({"cursor", "cur"})) return false;
    if (word == "session") return method == "run" || method == "query" || method == "execute";
    if (among({"pool", "conn", "connection"})) return method == "query" || method == "execute" || method == "insert";
  }
  if (among({"cursor", "cur"})) return view.is(Grammar::kPython);
  if (word == "pool") return view.is(Grammar::kPython);
  // Elsewhere than in drivers of MongoDB, a collection is a list.
  return word != "collection" || view.is_script() || view.is(Grammar::kPython);
}

std::string low_letters(std::string_view word) {
  std::string low;
  for (const char c : word)
    if (c != '_' && c != '$' && c != '@') low += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return low;
}

bool is_database(const View& view, std::string_view word, std::string_view method) {
  if (view.is_script() && word.starts_with('$')) return false;  // an element of a page
  const std::string low = low_letters(word);
  return std::ranges::any_of(kDatabaseWords, [&](std::string_view known) {
    constexpr std::size_t kLongWord = 8;  // shorter ones end other words, too
    const bool named = low == known || (known.size() >= kLongWord && known != "collection" && low.ends_with(known));
    return named && is_asked_by(view, known, method);
  });
}

// Rows of a query that was made before: "cursor.fetchone()", "$stmt->fetch()".
bool takes_rows(std::string_view receiver, std::string_view method) {
  constexpr auto kResults = std::to_array<std::string_view>({"cursor", "cur", "stmt", "statement", "sth"});
  if (!method.starts_with("fetch")) return false;
  receiver.remove_prefix(std::min(receiver.find_first_not_of("$@_"), receiver.size()));
  return is_one_of(kResults, receiver);
}

// The statement or the expression around takes the value of the call as it comes: "await f()".
bool is_awaited(const View& view, NodeId call) {
  const NodeId above = view.parent(call);
  return above != kNoNode && view.role(above) == kAwait;
}

// "pool.update()" and "where('a', b)" that are handed on make a part of a query, and ask nothing.
bool is_part_of_query(const View& view, NodeId call, std::string_view method) {
  const auto arguments = view.arguments(call);
  if (view.is(Grammar::kPython) && arguments.empty() &&
      (method == "update" || method == "insert" || method == "delete" || method == "select"))
    return true;
  if (method.ends_with("One") && view.text(call).find("bulk") != std::string_view::npos) return true;  // sent together
  if (method != "where" && method != "Where" && method != "raw" && method != "Raw" && method != "prepare") return false;
  NodeId above = view.parent(call);
  if (method == "prepare" && above != kNoNode && view.child(above, "left") != kNoNode)  // told of its execute()
    return takes_rows(view.text(view.child(above, "left")), "fetch");
  if (above != kNoNode && view.kind(above) == "argument") above = view.parent(above);
  return above != kNoNode && view.kind(above).starts_with("argument");
}

// A class of the application that is asked by its static methods: "User.findOne", "User::where".
bool asks_model(const View& view, NodeId call, std::string_view model, std::string_view method) {
  if (model.empty() || model[0] < 'A' || model[0] > 'Z') return false;
  constexpr auto kOthers = std::to_array<std::string_view>(
      {"Dir", "File", "FileTest", "Find", "Set", "Struct", "Hash", "Array", "Object", "Promise", "Pathname", "Etc"});
  if (is_one_of(kOthers, model)) return false;
  if (view.is(Grammar::kRuby)) {
    constexpr auto kMethods =
        std::to_array<std::string_view>({"find", "find_by", "find_by!", "where", "create", "create!", "exists?"});
    return is_one_of(kMethods, method);
  }
  if (view.is(Grammar::kPhp)) {
    constexpr auto kMethods = std::to_array<std::string_view>({"find", "where", "findBy", "firstWhere"});
    return is_one_of(kMethods, method);
  }
  if (!view.is_script()) return false;
  constexpr auto kAwaited = std::to_array<std::string_view>(
      {"find", "findAll", "findBy", "where", "create", "count", "destroy", "upsert", "findOrCreate", "exists"});
  return is_one_of(kAwaited, method) && is_awaited(view, call);
}

// "db.query", "User.findOne" (a class), "this.repo.findById", "Book.objects.get".
bool asks(const View& view, NodeId call) {
  const std::string_view callee = view.callee(call);
  if (callee.starts_with("mysqli_query") || callee.starts_with("pg_query") || callee.starts_with("sqlx::query"))
    return true;
  const std::string_view method = called_name(view, call);
  if (method.empty()) return false;
  if (is_one_of(kSureMethods, method)) return method != callee || view.is(Grammar::kPython);
  const std::size_t point = callee.find_last_of(".>:");
  if (point == std::string_view::npos || point == 0) {
    const auto arguments = view.arguments(call);  // "knex('books')"
    return view.is_script() && (callee == "knex" || callee == "trx") && arguments.size() == 1;
  }
  const std::string_view receiver = callee.substr(0, callee.find_last_not_of(".->:?", point) + 1);
  const std::size_t last = receiver.find_last_of(".>:");
  const std::string_view word = last == std::string_view::npos ? receiver : receiver.substr(last + 1);
  constexpr auto kOfPrisma = std::to_array<std::string_view>(
      {"findFirst", "findMany", "create", "update", "upsert", "delete", "count", "aggregate", "$queryRaw"});
  if (receiver.find("prisma.") != std::string_view::npos) return is_one_of(kOfPrisma, method);
  if (view.is(Grammar::kJava) || view.is(Grammar::kCSharp)) {
    const std::string owner = low_letters(word);
    const bool store = owner.ends_with("repository") || owner.ends_with("dao") || owner.ends_with("mapper");
    for (const std::string_view prefix : {"findBy", "existsBy", "countBy", "deleteBy", "selectBy"})
      if (store && method.starts_with(prefix)) return true;
  }
  if (!is_one_of(kQueryMethods, method)) return false;
  if (takes_rows(word, method)) return false;
  if (view.is(Grammar::kCSharp) && receiver.find("ontext.") != std::string_view::npos)
    return method != "Create" && method != "Execute" && method != "Where" && method != "Select";
  return is_database(view, word, method) || (last == std::string_view::npos && asks_model(view, call, word, method));
}

// Methods that ask, and for each first byte the lengths of those that begin with it: most calls need no more.
struct AskingNames {
  AskingNames() {
    all.insert({"mysqli_query", "pg_query", "pg_query_params", "knex", "trx", "query_as", "save!", "destroy",
                "destroy!", "reload", "$queryRaw", "create!", "find_by!", "findOrCreate", "firstWhere"});
    all.insert(kSureMethods.begin(), kSureMethods.end());
    all.insert(kQueryMethods.begin(), kQueryMethods.end());
    for (const std::string_view name : all)
      lengths[static_cast<unsigned char>(name[0])] |= 1U << name.size();
  }
  bool holds(std::string_view name) const {
    constexpr std::size_t kLongest = 31;
    return !name.empty() && name.size() <= kLongest &&
           (lengths[static_cast<unsigned char>(name[0])] >> name.size() & 1U) != 0 && all.contains(name);
  }
  std::unordered_set<std::string_view> all;
  std::array<std::uint32_t, 256> lengths{};
};

bool may_ask(const View& view, std::string_view method) {
  static const AskingNames kNames;
  if (kNames.holds(method)) return true;
  return (view.is(Grammar::kJava) || view.is(Grammar::kCSharp)) && method.find("By") != std::string_view::npos;
}

std::string_view last_part(std::string_view callee) {
  std::size_t begin = callee.size();
  while (begin > 0 && callee[begin - 1] != '.' && callee[begin - 1] != '>' && callee[begin - 1] != ':')
    --begin;
  return callee.substr(begin);
}

// "x.save()" of the loop's own element, in a file that has to do with the library whose objects ask by themselves.
bool saves_element(const View& view, const Loops& loops, NodeId loop, NodeId call) {
  const std::string_view callee = view.callee(call);
  const std::string_view method = called_name(view, call);
  const std::size_t point = callee.find_last_of(".>");
  if (point == std::string_view::npos || !view.arguments(call).empty()) return false;
  const std::string_view owner = callee.substr(0, callee.find_last_not_of(".->?", point) + 1);
  bool likely = false;
  if (view.is_script()) {
    likely = method == "save" && is_awaited(view, call);
  } else if (view.is(Grammar::kPython)) {
    likely = (method == "save" || method == "delete") && view.source().text().find("django") != std::string_view::npos;
  } else if (view.is(Grammar::kRuby)) {
    constexpr auto kMethods = std::to_array<std::string_view>({"save", "save!", "destroy", "destroy!", "reload"});
    likely = is_one_of(kMethods, method);
  }
  if (!likely) return false;
  const auto own = loops.variables(loop);
  return std::ranges::find(own, owner) != own.end();
}

// The list that it runs over, as it is called: "chunks" of "split(a).chunks", "grouped_slice" of "grouped_slice(ids)".
bool runs_over(const View& view, const Loops& loops, NodeId loop, const auto& is_meant) {
  const NodeId over = loops.collection(loop);
  if (over == kNoNode) return false;
  bool meant = false;
  for_each_name(view, over, [&](NodeId, std::string_view name) { meant = meant || is_meant(low_letters(name)); });
  return meant;
}

// It asks for many at once already: a chunk, a batch.
bool is_in_parts(const View& view, const Loops& loops, NodeId loop) {
  const auto is_part = [](const std::string& name) {
    return name.find("chunk") != std::string::npos || name.find("batch") != std::string::npos ||
           name.ends_with("slice");
  };
  const auto own = loops.variables(loop);
  return runs_over(view, loops, loop, is_part) ||
         std::ranges::any_of(own, [&](std::string_view name) { return is_part(low_letters(name)); });
}

// Tables, databases and statements cannot be asked at once.
bool is_over_structure(const View& view, const Loops& loops, NodeId loop) {
  return runs_over(view, loops, loop, [](const std::string& name) {
    for (const std::string_view word : {"tables", "tablenames", "schemas", "databases", "dbs", "columns", "indexes",
                                        "statements", "stmts", "queries", "sqls", "sqllist", "migrations", "shards"})
      if (name == word || (word.size() > 5 && name.ends_with(word))) return true;
    return false;
  });
}

// The same is asked again until it works.
bool is_retry(const View& view, NodeId loop) {
  const NodeId body = view.child(loop, "body");
  std::string head =
      low_letters(view.text(loop).substr(0, body == kNoNode ? 0 : view.node(body).begin - view.node(loop).begin));
  if (view.kind(loop).starts_with("do")) head = low_letters(view.text(view.child(loop, "condition")));
  return head.find("retr") != std::string::npos || head.find("attempt") != std::string::npos ||
         head.find("tries") != std::string::npos;
}

// "for sql in list: cursor.execute(sql)".
bool runs_element(const View& view, const Loops& loops, NodeId loop, NodeId call) {
  constexpr auto kRuns =
      std::to_array<std::string_view>({"execute", "executeUpdate", "executeQuery", "exec", "Exec", "ExecContext",
                                       "query", "raw", "run", "prepare", "Query", "QueryContext"});
  const auto arguments = view.arguments(call);
  if (!is_one_of(kRuns, called_name(view, call)) || arguments.empty()) return false;
  std::string_view first = view.text(arguments[0]);
  if (view.is(Grammar::kGo) && arguments.size() > 1 && (first == "ctx" || first.ends_with("ontext")))
    first = view.text(arguments[1]);
  const auto own = loops.variables(loop);
  return std::ranges::find(own, first) != own.end();
}

bool is_migration(std::string_view path) {
  return path.find("migrations/") != std::string_view::npos || path.find("migrate/") != std::string_view::npos;
}

}  // namespace

bool is_query(const View& view, NodeId call) {
  return may_ask(view, called_name(view, call)) && asks(view, call) &&
         !is_part_of_query(view, call, called_name(view, call));
}

void judge_query(Judge& judge, const Loops& loops, NodeId call, std::string_view callee) {
  const View& view = judge.view();
  const bool plain = !callee.empty();
  if (!may_ask(view, plain ? last_part(callee) : called_name(view, call))) return;
  const bool query = is_query(view, call);
  const NodeId loop = loops.repeating(call);
  if (loop == kNoNode || (!query && !saves_element(view, loops, loop, call))) return;
  if (is_in_parts(view, loops, loop) || is_over_structure(view, loops, loop) || runs_element(view, loops, loop, call) ||
      is_retry(view, loop))
    return;
  const std::string_view name = plain ? callee : called_name(view, call);
  Spot& spot = judge.add(Rule::kQueryInLoop, call, fmt::format("A query in each turn of a loop: {}", name));
  spot.confidence = Confidence::kMedium;
  if (view.source().traits().test || is_migration(view.source().path())) spot.severity = Severity::kLow;
}

}  // namespace commandcenter::code::review
