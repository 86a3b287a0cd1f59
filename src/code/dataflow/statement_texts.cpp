#include "code/dataflow/statement_texts.h"

#include <algorithm>
#include <array>
#include <string>

#include "code/dataflow/sql_text.h"
#include "code/dataflow/words.h"
#include "code/source/source.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr std::size_t kMaxContent_bytes = 4'000;  // of a literal; what is behind is not looked at
constexpr std::size_t kMaxGap_bytes = 300;        // between parts of a statement

// Calls that tell people something.
constexpr std::string_view kMessages =
    "log trace debug info notice warn warning error severe critical fatal exception fail assert panic die abort exit "
    "print println printf eprintln echo puts raise _ N_ gettext ngettext trigger_error error_log "
    "Debug Debugf Info Infof Warn Warnf Warning Warningf Fatal Fatalf Panic Panicf Print Printf Println Logf Skipf";
// Methods that look for a text in another.
constexpr std::string_view kSearches =
    "split rsplit splitlines strip lstrip rstrip find rfind index rindex indexOf lastIndexOf contains includes "
    "startsWith endsWith startswith endswith start_with? end_with? equals equalsIgnoreCase partition rpartition count "
    "Split SplitN HasPrefix HasSuffix Index IndexOf Contains TrimPrefix TrimSuffix Cut StartsWith EndsWith explode "
    "strpos stripos";

bool letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

class Reader {
 public:
  Reader(std::string_view text, Grammar grammar) : text_(text), grammar_(grammar) {}

  StatementTexts read(std::span<const Literal> literals, bool all) {
    StatementTexts found;
    literals_ = literals;
    for (index_ = 0; index_ < literals.size(); ++index_) {
      const Literal& literal = literals[index_];
      enter(literal);
      if (documents()) continue;
      const bool begun = begins();
      found.begun = found.begun || begun;
      part_ = begun || (part_ && goes_on(literal));
      last_end_ = literal.end;
      const bool is_open = (all || !found.open) && leaves_open(false) && is_statement();
      if (all && leaves_open(true) && is_statement()) found.named.push_back(literal.begin);
      found.open = found.open || is_open;
      if (all && (begun || is_open)) found.places.push_back(literal.begin);
    }
    return found;
  }

 private:
  // Without quotes, in lower case.
  void enter(const Literal& literal) {
    literal_ = literal;
    raw_ = text_.substr(literal.begin, literal.end - literal.begin);
    std::size_t quotes = 0;
    while (quotes < 3 && quotes < raw_.size() && raw_[quotes] == raw_[0])
      ++quotes;
    const bool heredoc = raw_.starts_with('\n') || raw_.starts_with("<<<");
    if (quotes == 2) quotes = 1;
    if (heredoc) quotes = raw_.starts_with("<<<") ? std::min(raw_.find('\n'), raw_.size()) : 0;
    std::string_view content = raw_.substr(quotes);
    if (!heredoc) content = content.substr(0, content.size() - std::min(content.size(), quotes));
    content_ = content.substr(0, kMaxContent_bytes);
    small_ = lower(content_);
  }

  char next() const {
    std::size_t at = literal_.end;
    while (at < text_.size() && (text_[at] <= ' ' || text_[at] == '\\'))
      ++at;
    return at < text_.size() ? text_[at] : '\0';
  }

  bool begins() const {
    constexpr auto kVerbs = std::to_array<std::string_view>({"select", "insert", "update", "delete", "replace", "with",
                                                             "merge", "create", "alter", "drop", "call", "exec",
                                                             "execute", "truncate", "grant", "explain", "from"});
    if (looks_like_sql(content_)) return true;
    const std::size_t begin = std::min(small_.find_first_not_of(" \t\r\n({;"), small_.size());
    std::size_t end = begin;
    while (end < small_.size() && letter(small_[end]))
      ++end;
    const std::string_view verb = std::string_view(small_).substr(begin, end - begin);
    if (std::ranges::find(kVerbs, verb) == kVerbs.end() || !is_statement()) return false;
    // What comes behind may make it one.
    const bool whole = small_.find_first_not_of(" \t\r\n", end) == std::string::npos;
    if (whole) return is_added_to() || next() == '"' || next() == '\'' || next() == '`';
    if (small_[end] == '(' && verb != "select" && verb != "call" && verb != "exec") return false;
    return is_added_to() || small_.find_first_of("{$%") != std::string::npos;
  }

  // Something is put behind it.
  bool is_added_to() const {
    const char sign = next();
    if (sign == '.') return !one_of(method_behind(), kSearches);
    return sign != '\0' && std::string_view("+%&|").find(sign) != std::string_view::npos;
  }

  // The name behind the dot that follows.
  std::string_view method_behind() const {
    const std::size_t dot = text_.find('.', literal_.end);
    std::size_t end = dot + 1;
    while (end < text_.size() && NamesReader::part_of_name(text_[end]))
      ++end;
    return text_.substr(dot + 1, end - dot - 1);
  }

  // It may become a part of one: it is no message of an error or a log, and nothing that a text is searched for.
  bool is_statement() const {
    if (looks_like_sql(content_)) return true;
    const std::string_view callee = callee_of_literal();
    const bool only_given = next() == ',' || next() == ')';
    const bool subscript = next() == ']' && literal_.begin > 0 && text_[literal_.begin - 1] == '[';
    return !subscript && !is_message(callee) && !(only_given && one_of(callee, kSearches));
  }

  static bool is_message(std::string_view callee) {
    for (const std::string_view end : {"Error", "Exception", "Warning", "Errorf", "Abort"})
      if (callee.ends_with(end)) return true;
    return one_of(callee, kMessages);
  }

  // The name before the brackets around it, or before the literal itself where none are needed; empty: there is none.
  std::string_view callee_of_literal() const {
    std::size_t depth = 0;
    std::size_t known = index_;  // literals before are passed over
    const std::size_t least = literal_.begin > kMaxGap_bytes ? literal_.begin - kMaxGap_bytes : 0;
    for (std::size_t at = literal_.begin; at > least; --at) {
      if (known > 0 && at == literals_[known - 1].end) {
        at = literals_[--known].begin + 1;
        continue;
      }
      const char c = text_[at - 1];
      if (c == ')' || c == ']') ++depth;
      if (std::string_view(";{}").find(c) != std::string_view::npos) return {};
      if (c == '\n' && depth == 0 && grammar_ == Grammar::kRuby) return {};
      const bool bare = c == ' ' && depth == 0 && at > 1 && letter(text_[at - 2]);
      if (bare && (grammar_ == Grammar::kRuby || grammar_ == Grammar::kPhp || grammar_ == Grammar::kPython)) {
        const std::string_view name = name_before(at - 1);
        if (one_of(name, "echo print puts raise warn die abort")) return name;
      }
      if (c != '(' && c != '[') continue;
      if (depth == 0) return c == '(' ? name_before(at - 1) : std::string_view{};
      --depth;
    }
    return {};
  }

  std::string_view name_before(std::size_t end) const {
    while (end > 0 && text_[end - 1] == ' ')
      --end;
    std::size_t begin = end;
    while (begin > 0 && NamesReader::part_of_name(text_[begin - 1]))
      --begin;
    return text_.substr(begin, end - begin);
  }

  // The literal is added to the one before.
  bool goes_on(const Literal& literal) const {
    if (literal.begin < last_end_ || literal.begin - last_end_ > kMaxGap_bytes) return false;
    return text_.substr(last_end_, literal.begin - last_end_).find_first_of(";{}=:") == std::string_view::npos;
  }

  // A value is compared with something, or is one of a list, whatever the rest of the statement is.
  bool compares(std::string_view before) const {
    const std::size_t end = before.find_last_not_of(" \t\r\n'\"(%");
    if (end == std::string_view::npos) return false;
    const bool quoted = before.substr(end + 1).find('\'') != std::string_view::npos;
    const bool bracketed = before.substr(end + 1).find('(') != std::string_view::npos;
    before = before.substr(0, end + 1);
    if (before.ends_with('.')) {  // "order by o."
      before.remove_suffix(1);
      while (!before.empty() && letter(before.back()))
        before.remove_suffix(1);
      return before.ends_with("order by ") || before.ends_with("group by ");
    }
    for (const std::string_view word : {"like", "between", "values", "order by", "group by", "where", "limit"}) {
      if (before.ends_with(word)) return true;
    }
    if (before.ends_with(" in")) return bracketed || holds_word();  // prose says it, too
    if (std::string_view("=<>").find(before.back()) == std::string_view::npos) return false;
    return quoted || directly_given() || holds_word();
  }

  bool directly_given() const {
    std::size_t at = literal_.begin;
    while (at > 0 && (text_[at - 1] <= ' ' || letter(text_[at - 1])) && literal_.begin - at < 40)
      --at;
    const bool call = at > 1 && text_[at - 1] == '(' && NamesReader::part_of_name(text_[at - 2]);
    return at > 0 && (call || (grammar_ == Grammar::kRuby && text_[at] <= ' '));
  }

  bool holds_word() const {
    constexpr auto kWords = std::to_array<std::string_view>({"where", "and", "or", "set", "values", "having", "on"});
    for (std::size_t i = 0; i < small_.size(); ++i) {
      std::size_t end = i;
      while (end < small_.size() && letter(small_[end]))
        ++end;
      if (std::ranges::find(kWords, std::string_view(small_).substr(i, end - i)) != kWords.end()) return true;
      i = end;
    }
    return false;
  }

  // Python: a text that stands alone below the head of a function or a class.
  bool documents() const {
    if (grammar_ != Grammar::kPython || !(raw_.starts_with("\"\"\"") || raw_.starts_with("'''"))) return false;
    std::size_t at = literal_.begin;
    bool line = false;
    while (at > 0 && text_[at - 1] <= ' ') {
      line = line || text_[at - 1] == '\n';
      --at;
    }
    return at == 0 || (line && text_[at - 1] == ':');
  }

  // A value, or a name.
  bool leaves_open(bool name) const {
    if (name && !part_) return false;
    const std::string_view small = small_;
    const auto is_room = [&](std::size_t at, std::size_t behind) {
      if (!part_ && !compares(small.substr(0, at))) return false;
      const std::size_t place = small.find_first_not_of(' ', behind);
      const char sign = place == std::string_view::npos ? ' ' : small[place];
      return (place_of(small.substr(0, at), sign) == HolePlace::kName) == name;
    };
    const bool goes_on = !name || std::string_view("+.&|").find(next()) != std::string_view::npos;
    if (!small.empty() && goes_on && is_room(small.size(), small.size())) return true;
    for (std::size_t at = 0; at < small.size(); ++at) {
      if (small[at] != '{' && small[at] != '$' && small[at] != '#' && small[at] != '%') continue;
      std::size_t end = at + 1;
      if (at + 1 < small.size() && small[at] != '{' && small[at + 1] == '{') ++end;
      if (end < small.size() && (small[end - 1] == '{')) end = std::min(small.find('}', end), small.size() - 1) + 1;
      while (end < small.size() && (letter(small[end]) || (small[end] >= '0' && small[end] <= '9')))
        ++end;
      const bool pattern = small[at] == '%' || (small[at] == '{' && !inserts());
      if ((!pattern || is_pattern()) && is_room(at, end)) return true;
    }
    return false;
  }

  // What is in braces is put in.
  bool inserts() const {
    const std::size_t begin = literal_.begin;
    const auto before = [&](std::size_t back) {
      return begin >= back ? static_cast<char>(text_[begin - back] | 0x20) : '\0';
    };
    if (grammar_ == Grammar::kPython) return before(1) == 'f' || (before(1) == 'r' && before(2) == 'f');
    if (grammar_ == Grammar::kCSharp)
      return begin > 0 && (text_[begin - 1] == '$' || (begin > 1 && text_[begin - 2] == '$'));
    return grammar_ == Grammar::kPhp;
  }

  // Somebody gives values for its "%s".
  bool is_pattern() const {
    if (next() == '%' || next() == '.') return true;
    std::size_t at = literal_.begin;
    while (at > 0 && (text_[at - 1] <= ' ' || letter(text_[at - 1])) && literal_.begin - at < 40)
      --at;
    const char before = at == 0 ? '\0' : text_[at - 1];
    if (before != '(' && before != ',') return true;  // kept for later
    const std::string_view callee = text_.substr(at > 60 ? at - 60 : 0, std::min<std::size_t>(at, 60));
    return next() != ',' || lower(callee).find("f(") != std::string::npos ||
           lower(callee).find("format") != std::string::npos || lower(callee).find("printf") != std::string::npos;
  }

  std::string_view text_;
  Grammar grammar_;
  std::span<const Literal> literals_;
  std::size_t index_ = 0;
  Literal literal_;
  std::string_view raw_;
  std::string_view content_;
  std::string small_;
  std::size_t last_end_ = 0;  // of the literal before
  bool part_ = false;         // of a statement that is put together
};

}  // namespace

StatementTexts statement_texts(std::string_view text, Grammar grammar, std::span<const Literal> literals, bool all) {
  return Reader(text, grammar).read(literals, all);
}

}  // namespace commandcenter::code::dataflow
