// From each string that begins like a statement, follow what is joined to it; a foreign piece makes it a finding if a
// call that runs statements is around it or close.
#include "agent/builtin/security_scanner/sql.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.h"

namespace commandcenter::security_scanner {
namespace {

constexpr std::size_t kMaxPieces = 200;
constexpr std::size_t kLinesBefore = 5;  // how far from the statement the call that runs it may be
constexpr std::size_t kLinesAfter = 25;
constexpr std::size_t kMaxCallHead_bytes = 600;

constexpr Rule kInterpolation{"sql/interpolation", "SQL Injection", Category::kSql};
constexpr Rule kConcatenation{"sql/concatenation", "SQL Injection", Category::kSql};
constexpr Rule kFormatting{"sql/formatting", "SQL Injection", Category::kSql};

constexpr std::string_view kStatement =
    R"((?i)["'`][\s(]*(?:select|insert\s+into|update|delete\s+from|delete|replace\s+into)\s)";
constexpr std::string_view kClause = R"((?i)\b(?:from|into|set|where|values)\b)";
// The call around a statement, at the end of the text before it; and one anywhere in its neighbourhood.
constexpr std::string_view kCall =
    R"((?i)(?:execut\w*|\w*quer(?:y|ies)\w*|\w*raw\w*|\bexec\w*|prepared?\w*|create(?:statement|command)|)"
    R"(sqlcommand)(?:<[^()]*>)?!?\s*\($)";
constexpr std::string_view kNearby =
    R"((?i)(?:execut\w*|\bquery\w*|\w+query|\braw|rawquery|\bexec\w*|prepare(?:d?statement)?|createquery|)"
    R"(createcommand|sqlcommand)(?:<[^()]*>)?!?\s*\()";

Regex compiled(std::string_view pattern) {
  auto regex = Regex::compile(pattern);
  CC_ASSERT(regex);
  return std::move(*regex);
}

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}

// How a statement was put together.
struct Build {
  const Rule* rule = nullptr;  // null: of literals only
  std::vector<std::string_view> expressions;
  std::string statement;  // the literal pieces
  std::size_t end = 0;
};

class Follower {
 public:
  Follower(const Source& source, const Lexed& lexed, const Literal& first)
      : text_(source.text()), language_(source.language()), lexed_(lexed) {
    add(first);
    leading_call(first);
  }

  Build run() {
    for (std::size_t pieces = 0; pieces < kMaxPieces && next_piece(); ++pieces)
      continue;
    return std::move(build_);
  }

 private:
  void add(const Literal& literal) {
    build_.statement.append(text_.substr(literal.begin, literal.end - literal.begin)).push_back(' ');
    at_ = build_.end = literal.close;
    for (const std::string_view expression : interpolations(text_, literal, language_))
      foreign(kInterpolation, expression);
  }

  void foreign(const Rule& rule, std::string_view expression) {
    if (build_.rule == nullptr) build_.rule = &rule;
    build_.expressions.push_back(expression);
  }

  // String.format("SELECT … %s", x), fmt.Sprintf(…), format!("… {}", x)
  void leading_call(const Literal& first) {
    std::size_t open = first.open;
    while (open > 0 && (text_[open - 1] == ' ' || text_[open - 1] == '\n' || text_[open - 1] == '\t'))
      --open;
    if (open == 0 || text_[open - 1] != '(') return;
    std::size_t name = --open;
    while (name > 0 && (is_word(text_[name - 1]) || text_[name - 1] == '!'))
      --name;
    std::string call(text_.substr(name, open - name));
    for (char& c : call)
      c = static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    formatted_ = call.ends_with("format") || call.ends_with("printf") || call.ends_with("format!");
  }

  void skip_blanks() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\\'))
      ++at_;
  }

  bool sees(std::string_view what) const { return text_.substr(std::min(at_, text_.size())).starts_with(what); }

  // The operand at at_: a literal or a foreign expression.
  void operand(const Rule& rule) {
    skip_blanks();
    if (const Literal* literal = lexed_.opening_at(at_)) return add(*literal);
    const std::size_t begin = at_;
    std::size_t depth = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (const Literal* literal = lexed_.opening_at(at_)) {
        at_ = literal->close;
        continue;
      }
      if (c == '(' || c == '[' || c == '{')
        ++depth;
      else if (c == ')' || c == ']' || c == '}') {
        if (depth == 0) break;
        --depth;
      } else if (depth == 0 && (c == ',' || c == ';' || c == '\n' || c == '+' || sees("||") || sees(" . ")))
        break;
      ++at_;
    }
    std::string_view expression = text_.substr(begin, at_ - begin);
    while (!expression.empty() && (expression.back() == ' ' || expression.back() == '\r'))
      expression.remove_suffix(1);
    if (!expression.empty()) foreign(rule, expression);
    build_.end = begin + expression.size();
  }

  bool next_piece() {
    skip_blanks();
    if (at_ >= text_.size()) return false;
    const char c = text_[at_];
    const bool dots = language_ == Language::kPhp || language_ == Language::kPerl;
    const bool percents =
        language_ == Language::kPython || language_ == Language::kRuby || language_ == Language::kScript;
    if (c == '+' && !sees("++") && !sees("+=")) return ++at_, operand(kConcatenation), true;
    if (c == '&' && language_ == Language::kCSharp && !sees("&&")) return ++at_, operand(kConcatenation), true;
    if (sees("||") && language_ != Language::kScript && language_ != Language::kMarkup)
      return at_ += 2, operand(kConcatenation), true;
    if (c == '.' && dots && !sees("...")) return ++at_, operand(kConcatenation), true;
    if (c == '%' && percents && has_marks()) return ++at_, operand(kFormatting), true;
    for (const std::string_view call : {".format(", ".formatted(", ".concat(", "+%"}) {
      if (sees(call) && (call == ".concat(" || has_marks())) return at_ += call.size(), operand(kFormatting), true;
    }
    if (c == ',' && formatted_ && has_marks()) {
      formatted_ = false;
      return ++at_, operand(kFormatting), true;
    }
    // Python and C join neighbouring literals.
    if (const Literal* literal = lexed_.opening_at(at_)) return add(*literal), true;
    return false;
  }

  bool has_marks() const {
    const std::string& sql = build_.statement;
    return sql.find('{') != std::string::npos || sql.find('%') != std::string::npos;
  }

  std::string_view text_;
  Language language_;
  const Lexed& lexed_;
  std::size_t at_ = 0;
  bool formatted_ = false;
  Build build_;
};

// TABLE_NAME, Config.TABLE, self.TABLE
bool is_constant(std::string_view expression) {
  const std::size_t dot = expression.rfind('.');
  if (dot != std::string_view::npos) expression.remove_prefix(dot + 1);
  return !expression.empty() && expression.front() >= 'A' && expression.front() <= 'Z' &&
         std::ranges::all_of(expression,
                             [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; });
}

// A list of "?" made to measure, or a value that the driver escapes, puts no foreign text into the statement.
bool is_harmless(std::string_view expression) {
  std::string small(expression);
  for (char& c : small)
    c = static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
  for (const std::string_view word :
       {"placeholder", "\"?\"", "'?'", "'%s'", "\"%s\"", "escape(", "escapeid(", "quote_ident", "sql.identifier"}) {
    if (small.find(word) != std::string::npos) return true;
  }
  return false;
}

// Text before the literal, back to the bracket that is still open around it.
std::string_view enclosing_call(std::string_view text, std::size_t at) {
  const std::size_t limit = at > kMaxCallHead_bytes ? at - kMaxCallHead_bytes : 0;
  std::size_t depth = 0;
  for (std::size_t i = at; i > limit; --i) {
    const char c = text[i - 1];
    if (c == ')')
      ++depth;
    else if (c == ';' || c == '{' || c == '}')
      break;
    else if (c == '(' && depth-- == 0)
      return text.substr(limit, i - limit);
  }
  return {};
}

}  // namespace

SqlRules::SqlRules()
    : statement_(compiled(kStatement)),
      clause_(compiled(kClause)),
      call_(compiled(kCall)),
      nearby_(compiled(kNearby)) {}

bool SqlRules::may_match(const Source& source) const {
  return code::is_code(source.language()) && statement_.found_in(source.text());
}

void SqlRules::find(const Source& source, const Lexed& lexed, Hits& hits) const {
  const std::string_view text = source.text();
  const std::size_t last_line = source.line_of(text.size());
  std::size_t done = 0;
  for (const Literal& literal : lexed.literals) {
    if (literal.open < done) continue;
    const std::string_view head =
        text.substr(literal.begin - 1, std::min<std::size_t>(literal.end - literal.begin + 1, 200));
    const auto begins = statement_.search(head, 0);
    if (!begins || (*begins)[0].data() != head.data()) continue;
    // A tagged template (sql`…`) hands its values over as parameters.
    if (literal.quote == '`' && !literal.prefix.empty() && literal.prefix != "return" && literal.prefix != "await")
      continue;

    const Build build = Follower(source, lexed, literal).run();
    if (build.rule == nullptr || !clause_.found_in(build.statement)) continue;
    done = build.end;
    if (std::ranges::all_of(build.expressions, is_harmless)) continue;

    const std::string_view call = enclosing_call(text, literal.open);
    const bool inside = !call.empty() && call_.found_in(call);
    const std::size_t line = source.line_of(literal.open);
    const std::size_t from = source.line_begin(line > kLinesBefore ? line - kLinesBefore : 1);
    const std::size_t to = line + kLinesAfter < last_line ? source.line_begin(line + kLinesAfter) : text.size();
    if (!inside && !nearby_.found_in(text.substr(from, to - from))) continue;
    const bool constant = std::ranges::all_of(build.expressions, is_constant);
    hits.push_back({build.rule, literal.open, build.end,
                    constant ? Confidence::kLow
                    : inside ? Confidence::kHigh
                             : Confidence::kMedium});
  }
}

}  // namespace commandcenter::security_scanner
