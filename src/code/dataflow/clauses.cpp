#include "code/dataflow/clauses.h"

#include <algorithm>
#include <bit>

#include "code/dataflow/names_reader.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

// Words that are no names: of each language, since one's word is another's variable.
constexpr std::string_view kEverywhere =
    "if for while switch catch else do try finally case default class return new true false null import in break "
    "continue throw public private protected static const";
constexpr std::string_view kControl =
    "if for while switch catch else do try finally synchronized using lock foreach unless until elseif elsif select "
    "case default class interface struct enum namespace match fixed trait module";

struct Vocabulary {
  std::string_view reserved;
  std::string_view binding;  // they give values to names without a sign
};

constexpr Vocabulary vocabulary_of(Grammar grammar) {
  switch (grammar) {
    case Grammar::kPython:
      return {
          "and as assert async await def del elif except from global is lambda nonlocal not or pass raise with "
          "yield None True False",
          "for as lambda with"};
    case Grammar::kRuby:
      return {
          "and begin def elsif end ensure module nil not or redo rescue retry self super then undef unless until "
          "when yield lambda proc",
          "for do rescue lambda proc in"};
    case Grammar::kGo:
      return {
          "chan defer fallthrough func go goto interface map package range select struct type var nil string int "
          "int64 byte error bool any",
          "for range"};
    case Grammar::kPhp:
      return {
          "abstract and array as echo elseif empty endfor endforeach endif endwhile extends final fn foreach "
          "function global implements include include_once instanceof interface isset list match namespace or "
          "print require require_once trait unset use var yield",
          "for foreach as catch match"};
    case Grammar::kJava:
      return {
          "abstract assert boolean byte char double enum extends final float implements instanceof int interface "
          "long native package record short super synchronized throws var void volatile yield",
          "for catch instanceof"};
    case Grammar::kCSharp:
      return {
          "abstract as async await bool byte char decimal double enum extern fixed float foreach int interface "
          "internal is lock long namespace object out override readonly ref sealed short string struct using var "
          "virtual void volatile yield",
          "for foreach out is catch switch"};
    default:
      return {
          "as async await debugger delete export extends function instanceof let of super typeof undefined var "
          "void with yield",
          "for catch"};
  }
}

constexpr std::string_view kDeclaring = "var let const val";
constexpr std::string_view kBeforeLiteral = "return const let var import export default yield in of typeof await case";
constexpr std::string_view kTypes = "string number boolean any unknown void object never";  // of TypeScript

bool is_one_of(char c, std::string_view signs) {
  return signs.find(c) != std::string_view::npos;
}

// Of a name in any case.
std::uint32_t hash_of(std::string_view name) {
  std::uint32_t hash = 0x811C9DC5;
  for (const char c : name)
    hash = (hash ^ (static_cast<unsigned char>(c) | 0x20U)) * 0x01000193;
  return hash;
}

bool equal(std::string_view a, std::string_view b, bool any_case) {
  return a == b || (any_case && std::ranges::equal(a, b, [](char c, char d) { return (c | 0x20) == (d | 0x20); }));
}

// What a name says about its clause.
enum Kind : std::uint8_t {
  kControls = 1,
  kBinds = 2,
  kDeclares = 4,
  kReturns = 8,
  kMakes = 16,
  kBegins = 32,    // a function
  kNameless = 64,  // one without a name
  kKeyword = 128,
};

std::uint8_t kind_of(std::string_view name, Grammar grammar) {
  const Vocabulary own = vocabulary_of(grammar);
  if (!one_of(name, kEverywhere) && !one_of(name, own.reserved)) return 0;
  unsigned kind = kKeyword;
  if (one_of(name, kControl)) kind |= kControls;
  if (one_of(name, own.binding)) kind |= kBinds;
  if (one_of(name, kDeclaring)) kind |= kDeclares;
  if (name == "return" || name == "yield") kind |= kReturns;
  if (name == "new") kind |= kMakes;
  if (one_of(name, "function func fn def")) kind |= kBegins;
  if (one_of(name, "lambda proc")) kind |= kNameless;
  return static_cast<std::uint8_t>(kind);
}

bool is_script(Grammar grammar) {
  return grammar == Grammar::kJavaScript || grammar == Grammar::kTypeScript || grammar == Grammar::kTsx;
}

enum class Open : std::uint8_t { kRound, kSquare, kLiteral, kBlock };

class ClauseReader {
 public:
  ClauseReader(std::string_view text, Grammar grammar)
      : text_(text),
        grammar_(grammar),
        reader_(text, grammar, false),
        lines_(grammar == Grammar::kPython || grammar == Grammar::kRuby || grammar == Grammar::kGo ||
               is_script(grammar)),
        blocks_(grammar != Grammar::kPython && grammar != Grammar::kRuby) {
    out_.slots.resize(1'024, kNoNumber);
    out_.words.reserve(text.size() / 10);
    start_clause();
  }

  Clauses run() {
    out_.any_case = grammar_ == Grammar::kPhp;
    std::size_t begin = 0;
    std::size_t end = 0;
    while (reader_.next(begin, end)) {
      const bool quoted = reader_.in_literal();
      scan(begin);
      if (!quoted || inserted(begin)) word(begin, end, quoted);
      at_ = end;
    }
    scan(text_.size());
    if (!blocks_) find_indented();
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
  Word& last_word() { return out_.words.back(); }
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
    Word made;
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
    made.type = typed && last_ == ':' && one_of(name, kTypes);
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

  void keyword(const Word& made) {
    const unsigned kind = kinds_[made.name];
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
    const std::size_t mask = out_.slots.size() - 1;
    std::size_t slot = hash_of(name) & mask;
    while (out_.slots[slot] != kNoNumber && !equal(out_.names[out_.slots[slot]], name, grammar_ == Grammar::kPhp))
      slot = (slot + 1) & mask;
    if (out_.slots[slot] != kNoNumber) return out_.slots[slot];
    const auto made = static_cast<std::uint32_t>(out_.names.size());
    out_.slots[slot] = made;
    out_.names.push_back(name);
    kinds_.push_back(kind_of(name, grammar_));
    out_.keywords.push_back(kinds_.back() != 0);
    if (name == "this") out_.self = made;
    if (out_.names.size() * 2 > out_.slots.size()) grow();
    return made;
  }

  void grow() {
    std::vector<std::uint32_t> slots(out_.slots.size() * 4, kNoNumber);
    for (std::uint32_t i = 0; i < out_.names.size(); ++i) {
      std::size_t slot = hash_of(out_.names[i]) & (slots.size() - 1);
      while (slots[slot] != kNoNumber)
        slot = (slot + 1) & (slots.size() - 1);
      slots[slot] = i;
    }
    out_.slots = std::move(slots);
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
    if (word_before && one_of(name, kBeforeLiteral)) return true;
    const Clause& here = out_.clauses[clause_];
    switch (grammar_) {
      case Grammar::kGo: {
        if (is_one_of(last_, "=(,[:&{")) return true;
        if (!word_before || out_.keywords[out_.words.back().name]) return false;
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
    if (!out_.words.empty()) clause().target = static_cast<std::uint32_t>(out_.words.size() - 1);
  }

  void add_params(ClauseFunction& function, std::uint32_t begin, std::uint32_t end) {
    for (std::size_t i = out_.words.size(); i > 0 && out_.words[i - 1].begin >= begin; --i) {
      if (out_.words[i - 1].begin >= end || out_.keywords[out_.words[i - 1].name]) continue;
      out_.words[i - 1].head = true;
      function.params.push_back(static_cast<std::uint32_t>(i - 1));
    }
  }

  void add_names(ClauseFunction& function) {
    const Clause& here = clause();
    for (const std::uint32_t word : {here.target, here.key}) {
      if (word != kNoNumber) function.names.push_back(out_.words[word].name);
    }
  }

  // "(a, b) =>", "a ->"
  void arrow() {
    ClauseFunction made;
    made.clause = clause_;
    if (last_ == 'a' && !out_.words.empty()) {
      add_params(made, last_word().begin, last_word().end);
    } else if (!groups_.empty() && groups_.back().clause == clause_) {
      const Group& group = groups_.back();
      add_params(made, group.begin, group.end);
      if (group.word != kNoNumber && !out_.keywords[out_.words[group.word].name])
        made.names.push_back(out_.words[group.word].name);
    }
    add_names(made);
    out_.functions.push_back(std::move(made));
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
      add_params(made, group.begin, group.end);
      if (group.word != kNoNumber && !out_.keywords[out_.words[group.word].name])
        made.names.push_back(out_.words[group.word].name);
      if (!declared && here.keyword == kNoNumber) break;
    }
    if (!has_group) return kNoNumber;
    add_names(made);
    out_.functions.push_back(std::move(made));
    return static_cast<std::uint32_t>(out_.functions.size() - 1);
  }

  // Python and Ruby: functions by "def", and what is in them by how far it is indented.
  void find_indented() {
    std::vector<std::uint32_t> first(out_.clauses.size(), kNoNumber);
    for (std::uint32_t i = 0; i < out_.words.size(); ++i) {
      auto& place = first[out_.words[i].clause];
      if (place == kNoNumber) place = i;
    }
    std::vector<std::pair<std::uint32_t, std::uint32_t>> around;  // column, function
    for (std::uint32_t i = 0; i < out_.clauses.size(); ++i) {
      Clause& here = out_.clauses[i];
      if (here.parent != kNoNumber || first[i] == kNoNumber) continue;
      while (!around.empty() && around.back().first >= here.column)
        around.pop_back();
      here.function = around.empty() ? kNoNumber : around.back().second;
      if (here.nameless && here.target != kNoNumber) {
        ClauseFunction made{i, {out_.words[here.target].name}, {}};
        for (std::uint32_t w = first[i]; w < out_.words.size() && out_.words[w].begin < here.left_end + 1'000; ++w) {
          if (out_.words[w].clause == i && !out_.keywords[out_.words[w].name]) made.params.push_back(w);
        }
        out_.functions.push_back(std::move(made));
      }
      if (here.keyword == kNoNumber) continue;
      ClauseFunction made;
      made.clause = i;
      for (std::uint32_t w = first[i]; w < out_.words.size() && out_.words[w].begin < here.keyword + 1'000; ++w) {
        Word& word = out_.words[w];
        if (word.clause != i || word.begin <= here.keyword || out_.keywords[word.name]) continue;
        if (made.names.empty() && word.name != out_.self) {
          made.names.push_back(word.name);
          word.key = true;
        } else if (!made.names.empty()) {
          word.head = true;
          made.params.push_back(w);
        }
      }
      around.emplace_back(here.column, static_cast<std::uint32_t>(out_.functions.size()));
      out_.functions.push_back(std::move(made));
    }
    for (Clause& here : out_.clauses) {
      if (here.parent != kNoNumber) here.function = out_.clauses[here.parent].function;
    }
  }

  std::string_view text_;
  Grammar grammar_;
  NamesReader reader_;
  bool lines_;   // the end of a line may end a clause
  bool blocks_;  // are in braces
  Clauses out_;
  std::vector<std::uint8_t> kinds_;  // by number of the name
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

std::uint32_t Clauses::number_of(std::string_view name) const {
  if (slots.empty()) return kNoNumber;
  std::size_t slot = hash_of(name) & (slots.size() - 1);
  while (slots[slot] != kNoNumber && !equal(names[slots[slot]], name, any_case))
    slot = (slot + 1) & (slots.size() - 1);
  return slots[slot];
}

std::uint32_t Clauses::clause_at(std::uint32_t place) const {
  const auto found = std::ranges::lower_bound(words, place, {}, &Word::begin);
  return found == words.end() ? kNoNumber : found->clause;
}

Clauses clauses_of(std::string_view text, Grammar grammar) {
  return ClauseReader(text, grammar).run();
}

}  // namespace commandcenter::code::dataflow
