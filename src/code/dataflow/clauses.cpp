#include "code/dataflow/clauses.h"

#include <algorithm>

#include "code/dataflow/clause_words.h"
#include "code/dataflow/indented.h"
#include "code/dataflow/names_reader.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

bool is_one_of(char c, std::string_view signs) {
  return signs.find(c) != std::string_view::npos;
}

enum class Open : std::uint8_t { kRound, kSquare, kLiteral, kBlock };

class ClauseReader {
 public:
  ClauseReader(std::string_view text, Grammar grammar)
      : text_(text),
        grammar_(grammar),
        reader_(text, grammar),
        lines_(grammar == Grammar::kPython || grammar == Grammar::kRuby || grammar == Grammar::kGo ||
               is_script(grammar)),
        blocks_(grammar != Grammar::kPython && grammar != Grammar::kRuby) {
    out_.names = NameNumbers(grammar);
    out_.words.reserve(text.size() / 10);
    start_clause();
  }

  Clauses run() {
    std::size_t begin = 0;
    std::size_t end = 0;
    while (reader_.next(begin, end)) {
      const bool quoted = reader_.in_literal();
      scan(begin);
      if (!quoted || inserted(begin)) word(begin, end, quoted);
      at_ = end;
    }
    scan(text_.size());
    if (!blocks_) find_indented(out_);
    out_.classes.resize(out_.names.size(), false);
    for (std::size_t i = 1; i < out_.words.size(); ++i) {
      if (out_.names[out_.words[i - 1].name] == "class") out_.classes[out_.words[i].name] = true;
    }
    return std::move(out_);
  }

 private:
  struct Bracket {
    Open kind = Open::kRound;
    std::uint32_t clause = 0;
    std::uint32_t begin = 0;
    std::uint32_t word = kNoNumber;          // the name before it
    std::uint32_t function = kNoNumber;      // of what was around a block
    std::uint32_t first_clause = kNoNumber;  // of a literal's entries
  };
  struct Group {  // brackets that were closed
    std::uint32_t clause = 0;
    std::uint32_t depth = 0;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    std::uint32_t word = kNoNumber;
  };

  Clause& clause() { return out_.clauses[clause_]; }
  ClauseWord& last_word() { return out_.words.back(); }
  char at(std::size_t place) const { return place < text_.size() ? text_[place] : '\0'; }
  bool within(Open kind) const { return !brackets_.empty() && brackets_.back().kind == kind; }
  std::uint32_t depth() const { return static_cast<std::uint32_t>(brackets_.size()); }

  void start_clause(std::uint32_t parent = kNoNumber) {
    Clause made;
    made.parent = parent;
    made.function = function_;
    made.depth = depth();
    clause_ = static_cast<std::uint32_t>(out_.clauses.size());
    out_.clauses.push_back(made);
    empty_ = true;
    after_arrow_ = false;
  }

  void end_clause() {
    if (empty_ && clause().parent == kNoNumber && clause().depth == depth()) return;
    start_clause(within(Open::kLiteral) ? brackets_.back().clause : kNoNumber);
  }

  // A name in a literal counts where a value is put in.
  bool inserted(std::size_t begin) const {
    if (grammar_ == Grammar::kPhp) return text_[begin] == '$' || (begin > 1 && text_[begin - 1] == '>');
    return inserts_;
  }

  // What stands between names.
  void scan(std::size_t to) {
    const auto& apart = reader_.apart();
    while (at_ < to) {
      if (next_apart_ < apart.size() && at_ >= apart[next_apart_].end) {
        leave_apart(apart[next_apart_]);
        continue;
      }
      if (next_apart_ < apart.size() && at_ >= apart[next_apart_].begin) {
        const std::size_t end = std::min<std::size_t>(apart[next_apart_].end, to);
        for (; at_ < end; ++at_) {
          if (text_[at_] == '{') inserts_ = true;
          if (text_[at_] == '}') inserts_ = false;
        }
        continue;
      }
      sign(text_[at_]);
    }
    while (next_apart_ < apart.size() && at_ >= apart[next_apart_].end)
      leave_apart(apart[next_apart_]);
  }

  void leave_apart(const Literal& range) {
    ++next_apart_;
    inserts_ = false;
    const char first = text_[range.begin];
    if (first == '?' && grammar_ == Grammar::kPhp) return end_clause();
    if (first == '#' || (first == '/' && is_one_of(at(range.begin + 1), "/*"))) return;
    if (first == '\n') pending_ = true;
    settle('"');
    last_ = '"';
    empty_ = false;
  }

  // A line that ended ends the clause, unless what comes goes on with it.
  void settle(char next) {
    if (!pending_) return;
    pending_ = false;
    if (goes_on(next)) return;
    end_clause();
    last_ = '\0';
  }

  bool goes_on(char next) const {
    if (!lines_ || (!brackets_.empty() && brackets_.back().kind != Open::kBlock)) return true;
    if (grammar_ == Grammar::kPython) return last_ == '\\';
    if (grammar_ == Grammar::kRuby && last_ == '|' && before_last_ != '|') return false;
    return is_one_of(last_, ",([{=+-*/%&|^!~?:<>.\\") || is_one_of(next, ".,)]}?:+-*/%&|=<>^{");
  }

  void word(std::size_t begin, std::size_t end, bool quoted) {
    const std::string_view name = text_.substr(begin, end - begin);
    if (name[0] >= '0' && name[0] <= '9') {
      if (!quoted) settle('0'), last_ = '0', empty_ = false;
      return;
    }
    if (!quoted) settle('a');
    ClauseWord made;
    made.begin = static_cast<std::uint32_t>(begin);
    made.end = static_cast<std::uint32_t>(end);
    made.name = number(name);
    made.clause = clause_;
    made.quoted = quoted;
    const char sign = begin == 0 ? '\0' : text_[begin - 1];
    const char before = begin < 2 ? '\0' : text_[begin - 2];
    made.member = (sign == '.' && before != '.') || (sign == '>' && before == '-') || (sign == ':' && before == ':') ||
                  (!quoted && last_ == '.' && before_last_ != '.');
    const char next = at(end);
    made.holds =
        next == '.' || next == '[' || (next == '-' && at(end + 1) == '>') || (next == '?' && at(end + 1) == '.');
    const bool typed = grammar_ == Grammar::kTypeScript || grammar_ == Grammar::kTsx;
    made.type = typed && last_ == ':' && names_type(name);
    made.own = grammar_ == Grammar::kRuby && sign == '@';
    if (!quoted) {
      // "String name": what stands before a name is its type.
      if ((grammar_ == Grammar::kJava || grammar_ == Grammar::kCSharp) && last_ == 'a' && !out_.words.empty())
        last_word().type = true;
      if (!made.member) keyword(made);
      if (empty_) clause().column = column_of(begin);
      first_in_entry_ = empty_ && within(Open::kLiteral) && clause().parent != kNoNumber;
      empty_ = false;
      before_last_ = last_;
      last_ = 'a';
      after_arrow_ = false;
    }
    out_.words.push_back(made);
  }

  std::uint32_t column_of(std::size_t place) const {
    const std::size_t line = place == 0 ? 0 : text_.rfind('\n', place - 1) + 1;
    std::size_t column = line;
    while (column < place && (text_[column] == ' ' || text_[column] == '\t'))
      ++column;
    return static_cast<std::uint32_t>(column - line);
  }

  void keyword(const ClauseWord& made) {
    const unsigned kind = out_.names.kind(made.name);
    if (kind == 0) return;
    Clause& here = clause();
    if (here.depth == depth() && (kind & kControls) != 0) here.control = true;
    if ((kind & kBinds) != 0) here.binds = true;
    if ((kind & kDeclares) != 0) here.declares = true;
    if ((kind & kReturns) != 0) here.returns = true;
    if ((kind & kMakes) != 0) here.makes = true;
    if ((kind & kBegins) != 0) here.keyword = made.begin;
    if ((kind & kNameless) != 0) here.nameless = true;
  }

  std::uint32_t number(std::string_view name) {
    if (name == "self" || name == "$this" || name == "cls") name = "this";
    const std::uint32_t made = out_.names.add(name);
    if (name == "this") out_.self = made;
    return made;
  }

  void sign(char c) {
    const std::size_t place = at_++;
    if (c == ' ' || c == '\t' || c == '\r') return;
    if (c == '\n') {
      pending_ = true;
      return;
    }
    if (c == '@' && grammar_ == Grammar::kRuby) return settle('a');
    settle(c);
    if (c != '{') after_arrow_ = false;
    switch (c) {
      case '(':
      case '[':
        open(c == '(' ? Open::kRound : Open::kSquare, place);
        break;
      case ')':
      case ']':
        close(c == ')' ? Open::kRound : Open::kSquare, place);
        break;
      case '{':
        if (!blocks_) {
          open(Open::kSquare, place);
          break;
        }
        open_brace(place);
        return;
      case '}':
        if (!blocks_) {
          close(Open::kSquare, place);
          break;
        }
        close_brace(place);
        return;
      case '|':
        if (grammar_ == Grammar::kRuby) clause().binds = true;
        break;
      case '<': {
        const bool appends = grammar_ == Grammar::kRuby && at(place + 1) == '<';              // "list << x"
        const bool sends = grammar_ == Grammar::kGo && at(place + 1) == '-' && last_ == 'a';  // "channel <- x"
        if (!(appends || sends) || clause().left_end != 0) break;
        clause().left_end = static_cast<std::uint32_t>(place);
        clause().spreads = true;
        clause().sends = sends;
        break;
      }
      case ';':
        if (!within(Open::kRound)) end_clause(), c = '\0';
        break;
      case ',':
        if (within(Open::kLiteral)) start_clause(brackets_.back().clause);
        break;
      case '=':
        equals(place);
        break;
      case ':':
        if (first_in_entry_ && last_ == 'a' && at(place + 1) != ':') {
          last_word().key = true;
          clause().key = static_cast<std::uint32_t>(out_.words.size() - 1);
        }
        break;
      case '>':
        if (grammar_ == Grammar::kJava && last_ == '-') arrow();
        if (grammar_ == Grammar::kRuby && last_ == '-') clause().nameless = true;
        break;
      default:
        break;
    }
    first_in_entry_ = false;
    before_last_ = last_;
    last_ = c;
  }

  void open(Open kind, std::size_t place) {
    Bracket made;
    made.kind = kind;
    made.clause = clause_;
    made.begin = static_cast<std::uint32_t>(place);
    if (kind == Open::kRound && last_ == 'a' && !out_.words.empty()) {
      made.word = static_cast<std::uint32_t>(out_.words.size() - 1);
      last_word().called = true;
    }
    brackets_.push_back(made);
    empty_ = false;
  }

  void close(Open kind, std::size_t place) {
    if (brackets_.empty() || brackets_.back().kind == Open::kLiteral || brackets_.back().kind == Open::kBlock) return;
    const Bracket closed = brackets_.back();
    brackets_.pop_back();
    clause_ = closed.clause;
    if (kind != Open::kRound) return;
    if (groups_.size() >= 64) groups_.erase(groups_.begin(), groups_.begin() + 32);
    groups_.push_back({clause_, depth(), closed.begin, static_cast<std::uint32_t>(place), closed.word});
  }

  bool is_literal() const {
    const bool word_before = last_ == 'a' && !out_.words.empty();
    const std::string_view name = word_before ? out_.names[out_.words.back().name] : std::string_view{};
    if (name == "$" || (word_before && name.ends_with('$'))) return true;
    if (after_arrow_) return false;
    if (word_before && before_literal(name)) return true;
    const Clause& here = out_.clauses[clause_];
    switch (grammar_) {
      case Grammar::kGo: {
        if (is_one_of(last_, "=(,[:&{")) return true;
        if (!word_before || out_.names.is_keyword(out_.words.back().name)) return false;
        const std::size_t begin = out_.words.back().begin;
        if (begin > 0 && is_one_of(text_[begin - 1], "]*")) return true;
        return here.depth < depth() || !(here.control || here.keyword != kNoNumber || here.binds);
      }
      case Grammar::kCSharp:
        return is_one_of(last_, "=(,[]") || here.makes || name == "switch" || name == "with";
      case Grammar::kJava:
        return is_one_of(last_, "=(,]{");
      case Grammar::kPhp:
        return here.control && here.depth == depth() && here.left_end != 0;
      default:
        return is_one_of(last_, "=(,[:?&|+!~>");
    }
  }

  void open_brace(std::size_t place) {
    Bracket made;
    made.kind = is_literal() ? Open::kLiteral : Open::kBlock;
    made.clause = clause_;
    made.begin = static_cast<std::uint32_t>(place);
    made.function = function_;
    if (made.kind == Open::kBlock) {
      const std::uint32_t head = after_arrow_ ? static_cast<std::uint32_t>(out_.functions.size() - 1) : read_head();
      if (head != kNoNumber) function_ = head;
    }
    made.first_clause = static_cast<std::uint32_t>(out_.clauses.size());
    brackets_.push_back(made);
    start_clause(made.kind == Open::kLiteral ? made.clause : kNoNumber);
    before_last_ = last_ = '\0';
  }

  void close_brace(std::size_t place) {
    while (!brackets_.empty() && (brackets_.back().kind == Open::kRound || brackets_.back().kind == Open::kSquare))
      brackets_.pop_back();
    before_last_ = '\0';
    last_ = '}';
    if (brackets_.empty()) return start_clause();
    const Bracket closed = brackets_.back();
    brackets_.pop_back();
    clause_ = closed.clause;
    empty_ = false;
    std::size_t next = place + 1;
    while (is_one_of(at(next), " \t\r\n"))
      ++next;
    if (closed.kind == Open::kLiteral) {
      const std::string_view rest = text_.substr(next);
      const bool pattern = (rest.starts_with('=') && !rest.starts_with("==")) || rest.starts_with("of ") ||
                           rest.starts_with("in ") || rest.starts_with(':');
      for (std::size_t i = out_.words.size(); pattern && i > 0 && out_.words[i - 1].begin > closed.begin; --i) {
        if (out_.clauses[out_.words[i - 1].clause].parent == clause_) out_.words[i - 1].clause = clause_;
      }
      return;
    }
    function_ = closed.function;
    const bool inside = !brackets_.empty() && brackets_.back().kind != Open::kBlock;
    if (!inside && !is_one_of(at(next), ").,;([?:|&=+")) {
      start_clause();
      last_ = '\0';
    }
  }

  void equals(std::size_t place) {
    const char next = at(place + 1);
    if (next == '=' || next == '~') {
      at_ = place + (at(place + 2) == '=' ? 3 : 2);
      return;
    }
    if (next == '>') {
      at_ = place + 2;
      if (grammar_ != Grammar::kRuby && (grammar_ != Grammar::kPhp || clause().keyword != kNoNumber)) arrow();
      return;
    }
    const char before = place == 0 ? '\0' : text_[place - 1];
    if (is_one_of(before, "!<>") && !(before == '<' && grammar_ == Grammar::kRuby)) return;
    const bool direct = last_ == 'a' || (before == ':' && grammar_ == Grammar::kGo);
    if (direct && !out_.words.empty()) last_word().target = true;
    if (grammar_ == Grammar::kPython && before != ':' && within(Open::kRound)) return;  // an argument's name
    clause().left_end = static_cast<std::uint32_t>(place);
    mark_left(direct);
    if (!out_.words.empty()) clause().target = static_cast<std::uint32_t>(out_.words.size() - 1);
  }

  // "a.b = x" gives a value to "b", and something to "a".
  void mark_left(bool direct) {
    const bool plain = direct && (grammar_ == Grammar::kJavaScript || grammar_ == Grammar::kPhp ||
                                  grammar_ == Grammar::kJava || grammar_ == Grammar::kCSharp);
    std::size_t i = out_.words.size();
    for (; plain && i > 1 && out_.words[i - 1].member; --i) {
      if (out_.words[i - 2].end + 2 < out_.words[i - 1].begin || out_.words[i - 2].called) break;
      out_.words[i - 2].base = true;
    }
    if (!plain || i == 0 || out_.words[i - 1].member) clause().spreads = true;
  }

  void add_params(ClauseFunction& function, std::uint32_t begin, std::uint32_t end) {
    for (std::size_t i = out_.words.size(); i > 0 && out_.words[i - 1].begin >= begin; --i) {
      ClauseWord& word = out_.words[i - 1];
      if (word.begin >= end || out_.names.is_keyword(word.name)) continue;
      word.head = true;
      word.reference = grammar_ == Grammar::kPhp && word.begin > 0 && text_[word.begin - 1] == '&';
      function.params.push_back(static_cast<std::uint32_t>(i - 1));
    }
  }

  void add_function(ClauseFunction function) {  // named by what its value becomes, too
    const Clause& here = clause();
    for (const std::uint32_t word : {here.target, here.key})
      if (word != kNoNumber) function.names.push_back(out_.words[word].name);
    out_.functions.push_back(std::move(function));
  }

  void add_group(ClauseFunction& function, const Group& group) {
    add_params(function, group.begin, group.end);
    if (group.word != kNoNumber && !out_.names.is_keyword(out_.words[group.word].name))
      function.names.push_back(out_.words[group.word].name);
  }

  // "(a, b) =>", "a ->"
  void arrow() {
    ClauseFunction made;
    made.clause = clause_;
    if (last_ == 'a' && !out_.words.empty()) {
      add_params(made, last_word().begin, last_word().end);
    } else if (!groups_.empty() && groups_.back().clause == clause_) {
      add_group(made, groups_.back());
    }
    add_function(std::move(made));
    after_arrow_ = true;
  }

  // Of the block that begins here; kNoNumber when it is of no function.
  std::uint32_t read_head() {
    const Clause here = clause();
    const bool declared = here.depth == depth();
    if (declared && here.control && here.keyword == kNoNumber) return kNoNumber;
    ClauseFunction made;
    made.clause = clause_;
    bool has_group = false;
    for (std::size_t i = groups_.size(); i > 0 && groups_[i - 1].clause == clause_; --i) {
      const Group& group = groups_[i - 1];
      if (group.depth != depth() || (here.keyword != kNoNumber && group.begin < here.keyword)) continue;
      has_group = true;
      add_group(made, group);
      if (!declared && here.keyword == kNoNumber) break;
    }
    if (!has_group) return kNoNumber;
    add_function(std::move(made));
    return static_cast<std::uint32_t>(out_.functions.size() - 1);
  }

  std::string_view text_;
  Grammar grammar_;
  NamesReader reader_;
  bool lines_;   // the end of a line may end a clause
  bool blocks_;  // are in braces
  Clauses out_;
  std::vector<Bracket> brackets_;
  std::vector<Group> groups_;
  std::size_t at_ = 0;
  std::size_t next_apart_ = 0;
  std::uint32_t clause_ = 0;
  std::uint32_t function_ = kNoNumber;
  char last_ = '\0';  // the sign before; 'a': a name, '"': a literal
  char before_last_ = '\0';
  bool pending_ = false;  // a line ended
  bool empty_ = true;     // nothing of the clause was seen
  bool inserts_ = false;  // within braces of a literal
  bool first_in_entry_ = false;
  bool after_arrow_ = false;
};

}  // namespace

std::uint32_t Clauses::clause_at(std::uint32_t place) const {
  const auto found = std::ranges::lower_bound(words, place, {}, &ClauseWord::begin);
  return found == words.end() ? kNoNumber : found->clause;
}

Clauses clauses_of(std::string_view text, Grammar grammar) {
  return ClauseReader(text, grammar).run();
}

}  // namespace commandcenter::code::dataflow
