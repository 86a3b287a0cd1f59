#include "code/dataflow/statement_texts.h"

#include <algorithm>
#include <array>
#include <string>

#include "code/dataflow/sql_text.h"
#include "code/source/source.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr std::size_t kMaxContent_bytes = 4'000;  // of a literal; what is behind is not looked at
constexpr std::size_t kMaxGap_bytes = 300;        // between parts of a statement

bool letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

class Reader {
 public:
  Reader(std::string_view text, Grammar grammar) : text_(text), grammar_(grammar) {}

  StatementTexts read(std::span<const Literal> literals, bool all) {
    StatementTexts found;
    for (const Literal& literal : literals) {
      enter(literal);
      if (documents()) continue;
      const bool begun = begins();
      found.begun = found.begun || begun;
      part_ = begun || (part_ && goes_on(literal));
      last_end_ = literal.end;
      const bool is_open = (all || !found.open) && leaves_open(false);
      if (all && leaves_open(true)) found.named.push_back(literal.begin);
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
    if (std::ranges::find(kVerbs, verb) == kVerbs.end()) return false;
    // What comes behind may make it one.
    const bool whole = small_.find_first_not_of(" \t\r\n", end) == std::string::npos;
    return (whole ? std::string_view("+.%&|\"'`") : std::string_view("+.%")).find(next()) != std::string_view::npos ||
           (!whole && small_.find_first_of("{$%") != std::string::npos);
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
    before = before.substr(0, end + 1);
    for (const std::string_view word : {"like", " in", "between", "values", " by", "where", "limit"}) {
      if (before.ends_with(word)) return true;
    }
    if (std::string_view("=<>").find(before.back()) == std::string_view::npos) return false;
    return quoted || directly_given() || holds_word();
  }

  bool directly_given() const {
    std::size_t at = literal_.begin;
    while (at > 0 && (text_[at - 1] <= ' ' || letter(text_[at - 1])) && literal_.begin - at < 40)
      --at;
    return at > 0 && (text_[at - 1] == '(' || (grammar_ == Grammar::kRuby && text_[at] <= ' '));
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
    const std::string_view small = small_;
    const auto is_room = [&](std::size_t at, std::size_t behind) {
      if (!part_ && (name || !compares(small.substr(0, at)))) return false;
      const std::size_t place = small.find_first_not_of(' ', behind);
      const char sign = place == std::string_view::npos ? ' ' : small[place];
      return (place_of(small.substr(0, at), sign) == HolePlace::kName) == name;
    };
    const bool goes_on = !name || std::string_view("+.&|").find(next()) != std::string_view::npos;
    if (!small.empty() && goes_on && is_room(small.size(), small.size())) return true;
    for (std::size_t at = small.find_first_of("{$#%"); at != std::string_view::npos;
         at = small.find_first_of("{$#%", at + 1)) {
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
