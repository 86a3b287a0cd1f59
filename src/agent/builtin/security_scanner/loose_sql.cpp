// Literals are cut out of the text with what is put between them; one that reads like a statement, with something where
// a value stands, counts where a call runs it.
#include "agent/builtin/security_scanner/loose_sql.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/characters.h"
#include "base/regex.h"
#include "code/dataflow/sql_text.h"
#include "code/dataflow/value.h"

namespace commandcenter::security_scanner {
namespace {

namespace dataflow = code::dataflow;

enum class Holes : std::uint8_t { kNone, kDollar, kBackslash, kFormat, kPercent };

struct Dialect {
  std::string_view extensions;  // between spaces
  Holes holes;                  // how a value is put into a literal
  std::string_view comment;     // to the end of the line
  char plus;                    // puts two texts together
  bool single_quotes;           // also hold a text
};

constexpr auto kDialects = std::to_array<Dialect>({
    {"kt kts scala sc groovy gradle", Holes::kDollar, "//", '+', false},
    {"dart", Holes::kDollar, "//", '+', true},
    {"pl pm", Holes::kDollar, "#", '.', false},
    {"swift", Holes::kBackslash, "//", '+', false},
    {"rs", Holes::kFormat, "//", '+', false},
    {"c cc cpp cxx h hh hpp", Holes::kPercent, "//", '+', false},
});

const Regex& runs() {
  static const Regex pattern = Regex::known(
      R"((?i)(^|_)(raw)?(query|exec(ute)?|execsql|prepare|sql|select|command|update)\w*$|)"
      R"(statement|createnative|createquery|)"
      R"(^(do|selectall_arrayref|selectrow_array|fetch_\w+|simple_query|batch_execute|rawquery|execsql|queryfor\w+)$)");
  return pattern;
}

const Dialect* dialect_of(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  if (dot == std::string_view::npos) return nullptr;
  const std::string wanted = " " + code::lower(path.substr(dot + 1)) + " ";
  for (const Dialect& dialect : kDialects) {
    if ((" " + std::string(dialect.extensions) + " ").find(wanted) != std::string::npos) return &dialect;
  }
  return nullptr;
}

class Finder {
 public:
  Finder(const code::Source& source, const Dialect& dialect) : text_(source.text()), dialect_(dialect) {}

  std::vector<dataflow::Flaw> find() {
    std::size_t at = 0;
    for (std::size_t count = 0; count < kMaxLiterals && next_literal(at); ++count)
      statement(at);
    return std::move(flaws_);
  }

 private:
  // Goes to the next quote that opens a text.
  bool next_literal(std::size_t& at) const {
    while (at < text_.size()) {
      const std::string_view rest = text_.substr(at);
      if (rest.starts_with(dialect_.comment)) {
        at = std::min(text_.find('\n', at), text_.size());
      } else if (rest.starts_with("/*")) {
        at = std::min(text_.find("*/", at + 2), text_.size() - 2) + 2;
      } else if (rest.front() == '"' || (rest.front() == '\'' && dialect_.single_quotes)) {
        return true;
      } else if (rest.front() == '\'' && rest.size() > 2 && rest[2] == '\'') {
        at += 3;  // a character
      } else {
        ++at;
      }
    }
    return false;
  }

  // One text literal; what is put into it becomes a hole, by the name that is written there.
  void literal(std::size_t& at, std::string& out) {
    const bool triple = text_.substr(at).starts_with("\"\"\"");
    const std::string_view quote = text_.substr(at, triple ? 3 : 1);
    at += quote.size();
    while (at < text_.size() && !text_.substr(at).starts_with(quote)) {
      const char c = text_[at];
      if (c == '\n' && !triple && dialect_.holes != Holes::kFormat && dialect_.holes != Holes::kDollar) break;
      if (hole(at, out)) continue;
      if (c == '\\' && at + 1 < text_.size()) ++at;
      out.push_back(text_[at] == dataflow::kHole ? ' ' : text_[at]);
      ++at;
    }
    at = std::min(at + quote.size(), text_.size());
  }

  bool hole(std::size_t& at, std::string& out) {
    const std::string_view rest = text_.substr(at);
    std::size_t length = 0;
    std::string_view name;
    if (dialect_.holes == Holes::kDollar && rest.size() > 1 && rest[0] == '$') {
      if (rest[1] == '{') {
        length = rest.find('}') == std::string_view::npos ? 0 : rest.find('}') + 1;
        name = length > 3 ? rest.substr(2, length - 3) : std::string_view{};
      } else if (is_word(rest[1]) && (rest[1] < '0' || rest[1] > '9')) {
        length = 1;
        while (length < rest.size() && is_word(rest[length]))
          ++length;
        name = rest.substr(1, length - 1);
      }
    } else if (dialect_.holes == Holes::kBackslash && rest.starts_with("\\(")) {
      length = rest.find(')') == std::string_view::npos ? 0 : rest.find(')') + 1;
      name = length > 3 ? rest.substr(2, length - 3) : std::string_view{};
    } else if (dialect_.holes == Holes::kFormat && rest[0] == '{') {
      length = rest.find('}') == std::string_view::npos ? 0 : rest.find('}') + 1;
      name = length > 2 ? rest.substr(1, length - 2) : std::string_view{"_"};
      formats_ = true;
    } else if (dialect_.holes == Holes::kPercent && rest.starts_with("%s")) {
      length = 2;
      name = "_";
      formats_ = true;
    }
    if (length == 0) return false;
    value(name, out);
    interpolated_ = interpolated_ || !formats_;
    at += length;
    return true;
  }

  // Constants and numbers are no holes.
  void value(std::string_view name, std::string& out) const {
    out += is_harmless(name) ? "0" : std::string(1, dataflow::kHole);
  }

  bool is_harmless(std::string_view name) const {
    const std::string_view first = name.substr(0, name.find_first_of(".[( ?:!"));
    if (first.empty()) return true;
    if (std::ranges::all_of(first,
                            [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }) &&
        first != "_")
      return true;
    for (const std::string_view sign :
         {"toInt", "toLong", "size", "length", "count", "laceholder", "escape", "quote"}) {
      if (name.find(sign) != std::string_view::npos) return true;
    }
    constexpr auto kTypes = std::to_array<std::string_view>(
        {"Int", "Long", "Short", "Double", "Float", "Boolean", "Bool", "UUID", "i8",   "i16", "i32",   "i64",
         "u8",  "u16",  "u32",   "u64",    "usize", "isize",   "f32",  "f64",  "bool", "int", "double"});
    for (std::size_t at = text_.find(first); at != std::string_view::npos; at = text_.find(first, at + 1)) {
      std::size_t end = at + first.size();
      if ((at > 0 && is_word(text_[at - 1])) || (end < text_.size() && is_word(text_[end]))) continue;
      while (end < text_.size() && text_[end] == ' ')
        ++end;
      if (end >= text_.size() || text_[end] != ':') continue;
      const std::size_t begin = std::min(text_.find_first_not_of(" &", end + 1), text_.size());
      std::size_t stop = begin;
      while (stop < text_.size() && is_word(text_[stop]))
        ++stop;
      if (std::ranges::find(kTypes, text_.substr(begin, stop - begin)) != kTypes.end()) return true;
    }
    return false;
  }

  std::size_t skip_space(std::size_t at) const {
    return std::min(text_.find_first_not_of(" \t\r\n", at), text_.size());
  }

  // Literals and values with a plus between them.
  void statement(std::size_t& at) {
    const std::size_t begin = at;
    std::string out;
    formats_ = false;
    interpolated_ = false;
    bool added = false;
    literal(at, out);
    while (out.size() < kMaxLooseStatement_bytes) {
      std::size_t next = skip_space(at);
      if (next >= text_.size() || text_[next] != dialect_.plus) break;
      next = skip_space(next + 1);
      if (next >= text_.size()) break;
      if (text_[next] == '"') {
        at = next;
        literal(at, out);
        continue;
      }
      std::size_t end = next;
      while (end < text_.size() && (is_word(text_[end]) || text_[end] == '.' || text_[end] == '$' || text_[end] == '&'))
        ++end;
      if (end == next) break;
      const bool called = end < text_.size() && text_[end] == '(';
      value(text_.substr(next, end - next), out);
      added = true;
      at = called ? std::min(text_.find(')', end), text_.size() - 1) + 1 : end;
    }
    if (out.find(dataflow::kHole) == std::string::npos || !dataflow::looks_like_sql(out)) return;
    const auto places = dataflow::hole_places(out);
    const bool value = std::ranges::any_of(places, [](dataflow::HolePlace place) {
      return place == dataflow::HolePlace::kValue || place == dataflow::HolePlace::kQuoted;
    });
    if (!value) return;
    const char* rule = formats_                  ? "sql/formatting"
                       : interpolated_ && !added ? "sql/interpolation"
                                                 : "sql/concatenation";
    if (const auto call = call_for(begin, at)) report(*call, rule);
  }

  struct Name {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  // The name of the call whose brackets are around a place.
  std::optional<Name> call_around(std::size_t at) const {
    int depth = 0;
    const std::size_t least = at > kMaxBefore_bytes ? at - kMaxBefore_bytes : 0;
    for (std::size_t i = at; i-- > least;) {
      const char c = text_[i];
      if (c == ')') ++depth;
      if (c == ';' || c == '{' || c == '}') return std::nullopt;
      if (c != '(' || depth-- > 0) continue;
      std::size_t end = i;
      if (end > 0 && text_[end - 1] == '!') --end;                                       // of a macro
      if (end > 0 && text_[end - 1] == '>') end = std::min(text_.rfind('<', end), end);  // type arguments
      while (end > 0 && text_[end - 1] == ':')
        --end;
      std::size_t begin = end;
      while (begin > 0 && is_word(text_[begin - 1]))
        --begin;
      if (begin == end) return std::nullopt;
      return Name{begin, end};
    }
    return std::nullopt;
  }

  std::optional<Name> call_for(std::size_t begin, std::size_t end) const {
    auto call = call_around(begin);
    std::size_t from = begin;
    std::string_view variable;
    for (int level = 0; call && level < 3; ++level) {
      const std::string_view name = text_.substr(call->begin, call->end - call->begin);
      if (runs().found_in(name)) return call;
      if (name.ends_with("printf")) variable = first_argument(call->end);
      from = call->begin;
      call = call_around(from);
    }
    if (variable.empty()) variable = assigned(from);
    return variable.empty() ? std::nullopt : use_of(variable, end);
  }

  std::string_view first_argument(std::size_t open) const {
    const std::size_t begin = std::min(text_.find_first_not_of("( &*", open), text_.size());
    std::size_t end = begin;
    while (end < text_.size() && is_word(text_[end]))
      ++end;
    return text_.substr(begin, end - begin);
  }

  // "sql" of "val sql: String = ".
  std::string_view assigned(std::size_t at) const {
    const std::size_t line = at == 0 ? 0 : text_.rfind('\n', at - 1) + 1;
    std::string_view before = text_.substr(line, at - line);
    const std::size_t sign = before.rfind('=');
    if (sign == std::string_view::npos && line > 1) {  // on the line before
      const std::size_t above = text_.rfind('\n', line - 2) + 1;
      before = text_.substr(above, at - above);
    }
    const std::size_t equal = before.rfind('=');
    if (equal == std::string_view::npos || equal == 0) return {};
    before = before.substr(0, equal);
    if (before.ends_with('+') || before.ends_with('.')) before.remove_suffix(1);
    const std::size_t colon = before.rfind(':');  // of a type, not of "std::string"
    if (colon != std::string_view::npos && colon > 0 && before[colon - 1] != ':') before = before.substr(0, colon);
    while (!before.empty() && !is_word(before.back()))
      before.remove_suffix(1);
    std::size_t begin = before.size();
    while (begin > 0 && is_word(before[begin - 1]))
      --begin;
    return before.substr(begin);
  }

  std::optional<Name> use_of(std::string_view variable, std::size_t from) const {
    const std::size_t stop = std::min(from + kMaxUse_bytes, text_.size());
    for (std::size_t at = text_.find(variable, from); at < stop; at = text_.find(variable, at + 1)) {
      const std::size_t end = at + variable.size();
      if (is_word(text_[at - 1]) || (end < text_.size() && is_word(text_[end]))) continue;
      const auto call = call_around(at);
      if (call && runs().found_in(text_.substr(call->begin, call->end - call->begin))) return call;
    }
    return std::nullopt;
  }

  void report(const Name& call, const char* rule) {
    if (flaws_.size() >= dataflow::kMaxFlaws) return;
    if (std::ranges::any_of(flaws_, [&](const dataflow::Flaw& known) { return known.begin == call.begin; })) return;
    dataflow::Flaw flaw;
    flaw.rule = dataflow::rule_named(rule);
    flaw.begin = call.begin;
    flaw.end = call.end;
    flaw.confidence = code::Confidence::kMedium;
    flaw.build = formats_         ? dataflow::Build::kFormatting
                 : rule[4] == 'i' ? dataflow::Build::kInterpolation
                                  : dataflow::Build::kConcatenation;
    flaws_.push_back(std::move(flaw));
  }

  std::string_view text_;
  const Dialect& dialect_;
  std::vector<dataflow::Flaw> flaws_;
  bool formats_ = false;       // of the statement that is read
  bool interpolated_ = false;  // likewise
};

}  // namespace

std::vector<dataflow::Flaw> loose_sql_flaws(const code::Source& source) {
  const Dialect* dialect = dialect_of(source.path());
  return dialect == nullptr ? std::vector<dataflow::Flaw>{} : Finder(source, *dialect).find();
}

}  // namespace commandcenter::security_scanner
