// No line of the models waits for a text that is never looked at: whatever a line can match in holds a word of the list
// that selects the files (code/rules). A line whose text has none fails here, with the words that it would need.
#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "code/dataflow/models.h"
#include "code/rules/rules.h"
#include "code/source/source.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr std::size_t kMaxSpellings = 400;

// The texts that a pattern of the models stands for: one for each of its alternatives; what repeats stands once.
class Spellings {
 public:
  static std::vector<std::string> of(std::string_view pattern) { return Spellings(pattern).alternatives(); }

 private:
  using Texts = std::vector<std::string>;
  explicit Spellings(std::string_view pattern) : rest_(pattern) {}

  static Texts joined(const Texts& before, const Texts& behind) {
    Texts all;
    for (const std::string& a : before) {
      for (const std::string& b : behind) {
        if (all.size() < kMaxSpellings) all.push_back(a + b);
      }
    }
    return all;
  }

  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  char next() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  Texts alternatives() {
    Texts all;
    do {
      std::ranges::move(sequence(), std::back_inserter(all));
    } while (take("|"));
    return all;
  }

  Texts sequence() {
    Texts texts{""};
    while (!rest_.empty() && rest_.front() != '|' && rest_.front() != ')') {
      Texts piece = atom();
      if (take("?")) piece.emplace_back();
      if (take("*")) piece = {""};
      take("+");
      texts = joined(texts, piece);
    }
    return texts;
  }

  Texts atom() {
    if (take("(?i)") || take("(?s)") || take("(?m)")) return {""};
    if (take("(?:") || take("(")) {
      Texts inside = alternatives();
      take(")");
      return inside;
    }
    if (take("[")) return set();
    if (take("\\")) return escaped();
    const char c = next();
    if (c == '^' || c == '$') return {""};
    return {std::string(1, c == '.' ? '\n' : c)};
  }

  // Any of a set stands for all of them; of "none of these", a sign that no word has.
  Texts set() {
    const bool none = take("^");
    const std::string one(1, none ? '\n' : rest_.front() == '\\' ? rest_[1] : rest_.front());
    while (!rest_.empty() && rest_.front() != ']') {
      if (next() == '\\') next();
    }
    take("]");
    return {one};
  }

  Texts escaped() {
    const char c = next();
    if (c == 'b') return {""};
    if (c == 's' || c == 'S') return {" "};
    return {std::string(1, c == 'w' || c == 'W' || c == 'd' ? 'x' : c)};
  }

  std::string_view rest_;
};

std::vector<std::string_view> split(std::string_view text, std::string_view sign) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(sign, at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + sign.size();
  }
  return parts;
}

bool holds(std::string_view text, FlawKind kind) {
  const std::string small = lower(text);
  return std::ranges::any_of(flaw_words(), [&](const FlawWord& word) {
    return word.kind == kind && small.find(word.text) != std::string::npos;
  });
}

bool worth_a_look(std::string_view text) {
  return holds(text, FlawKind::kUnsafe) || holds(text, FlawKind::kSource) || holds(text, FlawKind::kStatement);
}

using Columns = std::vector<std::string_view>;

constexpr auto kFiles = std::to_array<std::string_view>(
    {"all.txt", "csharp.txt", "go.txt", "java.txt", "php.txt", "python.txt", "ruby.txt", "script.txt"});

// Calls `see` with the columns of each line of the models.
template <typename See>
void for_each_line(const See& see) {
  for (const std::string_view file : kFiles) {
    std::ifstream stream("src/code/dataflow/models/" + std::string(file), std::ios::binary);
    ASSERT_TRUE(stream) << file;
    for (std::string line; std::getline(stream, line);) {
      const Columns columns = split(line, "  ");
      if (columns.size() > 1 && !line.starts_with('#')) see(columns, file);
    }
  }
}

std::string_view behind(std::string_view option, std::string_view word) {
  return option.starts_with(word) ? option.substr(word.size()) : std::string_view{};
}

// What stands where an entry matches: its path, as written, and what its options ask for.
std::vector<std::string> texts_of(const Columns& columns, std::string_view path, std::string_view file) {
  const bool call = columns[0] != "source" && columns[0] != "assign" && columns[0] != "store";
  std::string begin;
  for (const char c : path)
    begin += c == '^' || c == '*' ? "" : std::string(1, c);
  const bool member = begin.starts_with('$') || begin.starts_with("this.") || begin.find("().") != std::string::npos;
  for (std::size_t at = 0; file == "php.txt" && member && (at = begin.find('.', at)) != std::string::npos;)
    begin.replace(at, 1, "->");
  const bool of_class = begin[0] >= 'A' && begin[0] <= 'Z' && std::ranges::count(begin, '.') == 1;
  if (file == "php.txt" && (columns[0] == "sink" || columns[0] == "feed") && of_class)
    begin.replace(begin.find('.'), 1, "::");
  const bool has_new = file != "python.txt" && file != "ruby.txt" && file != "go.txt";
  if (call && has_new && begin[0] >= 'A' && begin[0] <= 'Z' && begin.find('.') == std::string::npos)
    begin = "new " + begin;
  begin += call ? "(" : columns[0] == "assign" ? " = " : columns[0] == "store" ? "[" : "";
  std::vector<std::string> texts{begin};
  const std::size_t dot = begin.find('.');  // behind a type, of which something else is
  const bool typed = file == "java.txt" || file == "csharp.txt" || file == "go.txt";
  if (typed && columns[0] == "source" && begin[0] >= 'A' && begin[0] <= 'Z' && dot != std::string::npos)
    texts.push_back(begin.substr(0, dot) + " x\nx" + begin.substr(dot) + (file == "go.txt" ? "(" : ""));
  const auto add = [&](const std::vector<std::string>& more) {
    std::vector<std::string> all;
    for (const std::string& text : texts) {
      for (const std::string& other : more)
        all.push_back(text + "\n" + other);
    }
    texts = std::move(all);
  };
  for (const std::string_view option : columns) {
    if (const std::string_view condition = behind(option, "if:"); !condition.empty()) {
      const std::size_t tilde = std::min(condition.find('~'), condition.size());
      const std::string name(condition.substr(0, tilde));
      if (name == "recv" && begin.find('.') == std::string::npos) {
        for (const std::string& receiver : Spellings::of(condition.substr(tilde + 1)))
          texts.push_back(receiver + "." + begin + (receiver.find('$') == std::string::npos ? "" : " of $("));
        texts.erase(texts.begin());
        continue;
      }
      std::vector<std::string> named{""};
      if (name[0] > '9' && name != "recv")
        named = file == "python.txt" ? std::vector{name + "="} : std::vector{name + " = ", name + ": "};
      std::vector<std::string> both;
      for (const std::string& before : named) {
        for (const std::string& value : Spellings::of(condition.substr(std::min(tilde + 1, condition.size()))))
          both.push_back(before + value);
      }
      add(both);
    }
    if (const std::string_view literal = behind(option, "literal:"); literal > "A") add({std::string(literal) + "="});
    for (const std::string_view word : {"near:", "beside:", "file:"}) {
      if (word == "file:" && columns[0] != "feed" && columns[0] != "source") continue;
      if (const std::string_view pattern = behind(option, word); !pattern.empty()) add(Spellings::of(pattern));
    }
  }
  return texts;
}

bool has(const Columns& columns, std::string_view column) {
  return std::ranges::find(columns, column) != columns.end();
}

// True when the line is a reason to look at a file: a user's data, or what does harm without one. Statements are
// reasons of their own.
bool is_reason(const Columns& columns) {
  const std::string_view role = columns[0];
  const bool likely = has(columns, "least:param") || has(columns, "least:unknown") || has(columns, "least:result");
  if (role == "source" || role == "feed") return !likely;
  if (role == "fill") return columns[2].ends_with(",request");
  const Rule* rule = columns.size() > 2 ? rule_named(columns[2]) : nullptr;
  if (rule == nullptr || rule->category == "internal") return false;
  if (role == "flag" || has(columns, "flag")) return true;
  const bool finds = role == "sink" || role == "assign" || role == "store";
  const bool foreign = has(columns, "least:source") || (!likely && rule->least == Level::kSource);
  return finds && rule->category != "sql-injection" && !foreign;
}

// What reads a store by a name that all code has: the statement, or what a page is made of, is the reason then.
bool is_common(std::string_view path) {
  const std::string_view last = path.substr(path.rfind('.') + 1);
  constexpr std::array<std::string_view, 10> kNames = {"all", "execute",  "fetch", "filter", "first",
                                                       "get", "order_by", "raw",   "select", "where"};
  return std::ranges::find(kNames, last) != kNames.end();
}

// They are compiled when they are first asked for, which would be too late to see a mistake.
TEST(Models, every_expression_can_be_compiled) {
  std::size_t expressions = 0;
  const auto check = [&](std::string_view expression) {
    ++expressions;
    EXPECT_TRUE(Regex::compile(expression)) << expression;
  };
  for_each_line([&](const Columns& columns, std::string_view /*file*/) {
    for (const char* kind : {"entry", "param", "except", "return", "body", "like"})
      if (columns[0] == kind) check(columns[1]);
    for (const std::string_view option : columns) {
      for (const char* word : {"near:", "not-near:", "beside:", "not-beside:", "file:", "not-file:", "not:", "text:"})
        if (option.starts_with(word)) check(behind(option, word));
      const bool condition = option.starts_with("if:") || option.starts_with("unless:");
      if (condition && option.find('~') != std::string_view::npos) check(option.substr(option.find('~') + 1));
    }
  });
  EXPECT_GT(expressions, 400U);
}

TEST(FlawWords, every_line_of_the_models_is_looked_for) {
  std::size_t lines = 0;
  for_each_line([&](const Columns& columns, std::string_view file) {
    if (!is_reason(columns)) return;
    ++lines;
    for (const std::string_view path : split(columns[1], "|")) {
      if (has(columns, "stored") && is_common(path)) continue;
      for (const std::string& text : texts_of(columns, path, file))
        EXPECT_TRUE(worth_a_look(text)) << columns[0] << " " << path << ": " << text;
    }
  });
  EXPECT_GT(lines, 150U);
}

TEST(FlawWords, every_mark_of_a_users_data_is_looked_for) {
  std::size_t lines = 0;
  for_each_line([&](const Columns& columns, std::string_view /*file*/) {
    if (columns[0] != "param" && columns[0] != "entry" && columns[0] != "body") return;
    ++lines;
    std::vector<std::string> files{""};
    for (const std::string_view option : columns) {
      if (const std::string_view file = behind(option, "file:"); !file.empty()) files = Spellings::of(file);
    }
    for (std::string text : Spellings::of(columns[1])) {
      if (text.starts_with('@') && text.find('(') == std::string::npos) text += "(\"/";  // what a route begins with
      for (const std::string& file : files)
        EXPECT_TRUE(worth_a_look(text + "\n" + file)) << columns[0] << " " << text << " " << file;
    }
  });
  EXPECT_GT(lines, 25U);
}

TEST(FlawWords, every_way_to_begin_a_statement_is_looked_for) {
  for (const char* text : {"select a from b",
                           "SELECT\n a FROM b",
                           "insert into a",
                           "update a set",
                           "delete from a",
                           "replace into a",
                           "\"with a as (",
                           "'with a as (",
                           "merge into a",
                           "create table a",
                           "alter table a",
                           "drop table a",
                           "{call a",
                           "\"exec a",
                           "'exec a",
                           "\"execute a",
                           "truncate table a",
                           "\"grant a to",
                           "explain select",
                           "\"from Invoice i where",
                           "'from Invoice i where",
                           "\"call a",
                           "alter user a",
                           "create user a",
                           "drop user a",
                           "create database a",
                           "drop database a",
                           "create schema a",
                           "set search_path to",
                           "create index a",
                           "drop view a"})
    EXPECT_TRUE(holds(text, FlawKind::kStatement)) << text;
}

}  // namespace
}  // namespace commandcenter::code::dataflow
