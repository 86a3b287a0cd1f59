#include "code/dataflow/gate.h"

#include <algorithm>
#include <array>
#include <bit>
#include <mutex>
#include <optional>

#include "base/assert.h"
#include "base/characters.h"
#include "code/dataflow/names_reader.h"
#include "code/dataflow/statement_texts.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

// What lowering says where the text has a keyword, a sign or an attribute, or says otherwise.
constexpr auto kUnwritten =
    std::to_array<std::string_view>({"jsx", "this", "include", "exit", "print", "echo", "new", "super"});

bool is_alphanumeric(char c) {
  return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

bool part_of_name(char c) {
  return NamesReader::part_of_name(c);
}

// Calls `see` with the beginning and the end of each name.
template <typename See>
void for_each_name(std::string_view text, const See& see) {
  for (std::size_t at = 0; at < text.size();) {
    if (!part_of_name(text[at])) {
      ++at;
      continue;
    }
    const std::size_t begin = at;
    while (at < text.size() && part_of_name(text[at]))
      ++at;
    see(begin, at);
  }
}

// "self.", "this." or "$this->" stands before it.
bool of_this(std::string_view before) {
  if (before.empty() || (before.back() != '.' && before.back() != '>')) return false;
  return before.ends_with("self.") || before.ends_with("this.") || before.ends_with("this->") ||
         before.ends_with("this?.");
}

bool equal(std::string_view name, std::string_view word, bool any_case) {
  if (!any_case) return name == word;
  return std::ranges::equal(name, word, [](char a, char b) { return (a | 0x20) == (b | 0x20); });
}

// "merge(to[key], …)" and "to[key] = …".
const std::array<std::shared_ptr<const Pattern>, 2>& merge_patterns() {
  static const std::array<std::shared_ptr<const Pattern>, 2> patterns = {
      pattern_of(R"([(,]\s*[a-zA-Z0-9_$]+\[\s*[a-zA-Z_$][a-zA-Z0-9_$]*\s*\]\s*[,)])"),
      pattern_of(R"([a-zA-Z0-9_$]\[[a-zA-Z_$][a-zA-Z0-9_$]*\]\s*=)")};
  return patterns;
}

}  // namespace

Gate::Mark::Mark(const Marked& marked, bool param, bool all)
    : anywhere(marked.anywhere), others(marked.parts), of_param(param), of_class(all) {
  if (marked.file != nullptr) others.push_back(marked.file);
}

bool Gate::may_merge(const Source& source) {
  const auto grammar = grammar_of(source);
  return grammar && is_script(*grammar) &&
         std::ranges::all_of(merge_patterns(), [&](const auto& regex) { return regex->found_in(source.text()); });
}

Gate::Gate(const Models& models, Grammar grammar)
    : grammar_(grammar),
      any_case_(models.any_case_),
      says_this_(grammar == Grammar::kPython || grammar == Grammar::kPhp || is_script(grammar)) {
  add_sources(models);
  add_sinks(models);
  for (const std::string_view part : {"body", "Location"}) {
    Need answer;  // of a function in the cloud
    answer.words = {word("statusCode"), word(part)};
    answer.source = true;
    sinks_.push_back(std::move(answer));
  }
  add_bodies(models);
  add_checks(grammar);
  for (const Marked& marked : models.params)
    marks_.emplace_back(marked, true, false);
  for (const Marked& marked : models.entries)
    marks_.emplace_back(marked, false, marked.spelled.find(".*") != std::string::npos);
  for (const Marked& marked : models.returns)
    answers_.emplace_back(marked, false, false);
  for (const Marked& marked : models.patterns)
    runs_.push_back(marked.pattern);
  for (const std::vector<Mark>* marks : {&marks_, &answers_}) {
    for (const Mark& mark : *marks) {
      if (mark.anywhere != nullptr) mark_patterns_.add(mark.anywhere);
      for (const auto& other : mark.others)
        mark_patterns_.add(other);
    }
  }
  slots_.resize(std::bit_ceil(words_.size() * 4));
  for (std::size_t i = 0; i < words_.size(); ++i) {
    const std::uint64_t hash = hash_of(words_[i], grammar_);
    std::size_t at = hash & (slots_.size() - 1);
    while (!slots_[at].text.empty())
      at = (at + 1) & (slots_.size() - 1);
    slots_[at] = {hash, words_[i], static_cast<Word>(i)};
  }
}

void Gate::add_sources(const Models& models) {
  for (const auto& [last, known] : models.by_last_) {
    for (const Role role : {Role::kSource, Role::kFill, Role::kFeed}) {
      for (const Entry& entry : known.entries[static_cast<std::size_t>(role)]) {
        if (entry.least != Level::kSource) continue;                      // likely foreign is what nobody knows, too
        if (role == Role::kFill && entry.arguments.size() < 2) continue;  // passes on what it gets
        Need need;
        need.use = use_of(entry);
        need.record = entry.without == kOutsidePages;
        if (entry.near != nullptr) need.texts.push_back(entry.near);
        if (entry.file != nullptr) need.texts.push_back(entry.file);
        add_path(entry, std::move(need), sources_);
      }
    }
  }
}

void Gate::add_sinks(const Models& models) {
  for (const auto& [last, known] : models.by_last_) {
    for (const Role role : {Role::kSink, Role::kFlag, Role::kAssign, Role::kStore}) {
      for (const Entry& entry : known.entries[static_cast<std::size_t>(role)]) {
        if (entry.rule->category == "internal") continue;
        const bool flag = role == Role::kFlag || (!entry.arguments.empty() && entry.arguments[0] == "flag");
        Need need;
        if (entry.near != nullptr) need.texts.push_back(entry.near);
        if (entry.file != nullptr) need.texts.push_back(entry.file);
        need.fixed = flag;
        need.constant = flag && std::ranges::any_of(entry.conditions, [](const Condition& condition) {
                          return condition.argument != "recv" && condition.expected != nullptr;
                        });
        need.source = !flag && entry.least == Level::kSource;
        need.statement = !flag && (entry.rule->context & kSqlContext) != 0;
        need.use = use_of(entry);
        add_path(entry, std::move(need), sinks_);
      }
    }
  }
}

// How the last name of an entry's path must be used.
Use Gate::use_of(const Entry& entry) const {
  const bool property = std::ranges::find(entry.path, "jsx") != entry.path.end();
  if (property || grammar_ == Grammar::kHtml) return Use::kSeen;
  const bool receiver = std::ranges::find(entry.arguments, "recv") != entry.arguments.end();
  switch (entry.role) {
    case Role::kSink:
      if (!receiver) return entry.needs_build ? Use::kBuilt : Use::kGiven;
      return grammar_ == Grammar::kRuby ? Use::kSeen : Use::kCalled;
    case Role::kFlag:
      return grammar_ == Grammar::kRuby ? Use::kSeen : Use::kCalled;
    case Role::kFill:
    case Role::kFeed:
      return Use::kCalled;
    case Role::kAssign:
      return Use::kAssigned;
    case Role::kSource:
      return entry.path.size() > 1 && entry.path[1] != "^" && entry.path[0].find('(') == std::string::npos
                 ? Use::kMember
                 : Use::kSeen;
    default:
      return Use::kSeen;
  }
}

// Functions whose body is judged: by the names in the pattern, wherever they stand.
void Gate::add_bodies(const Models& models) {
  for (const Marked& body : models.bodies) {
    Need need;
    std::string names;
    const std::string_view spelled = body.spelled;
    for (std::size_t i = 0; i < spelled.size(); ++i) {
      if (spelled.substr(i).starts_with("(?"))
        i = std::min(spelled.find(')', i), spelled.size() - 1);
      else if (spelled[i] == '\\')
        ++i;
      names += i < spelled.size() && part_of_name(spelled[i]) && spelled[i] != '$' && !(i > 0 && spelled[i - 1] == '\\')
                   ? spelled[i]
                   : ' ';
    }
    for_each_name(names, [&](std::size_t begin, std::size_t end) {
      need.words.push_back(word(names.substr(begin, end - begin)));
    });
    sinks_.push_back(std::move(need));
  }
}

// What the engine looks for without a model.
void Gate::add_checks(Grammar grammar) {
  Need pattern;  // that takes very long
  pattern.shape = Need::Shape::kPattern;
  sinks_.push_back(std::move(pattern));
  if (grammar == Grammar::kPhp) {
    Need named;  // a function by a name of somebody's choice
    named.source = true;
    named.texts = {pattern_of(R"(\$\w+\s*\(|\bnew\s+\$)")};
    sinks_.push_back(std::move(named));
  }
  if (grammar == Grammar::kJava) {
    Need routes;  // of Spark: what they give is shown
    routes.words = {word("Spark")};
    routes.source = true;
    sinks_.push_back(std::move(routes));
  }
  if (grammar == Grammar::kRuby) {
    Marked block;  // of a route, or a method for Rack: what it gives is shown
    block.anywhere = pattern_of(
        R"(\b(?:get|post|put|patch|delete|on|is|root|not_found|error)\b[^\n]*(?:\bdo\b|\{)|\bdef call\b\W*env\b)");
    answers_.emplace_back(block, false, false);
  }
  if (!is_script(grammar)) return;
  Need merge;  // of an object into another, member by member
  merge.shape = Need::Shape::kMerge;
  merge.texts.assign(merge_patterns().begin(), merge_patterns().end());
  sinks_.push_back(std::move(merge));
  Need key;  // object[a][b] = value
  key.source = true;
  key.texts = {pattern_of(R"(\]\[[^\n]*\]\s*=)")};
  sinks_.push_back(std::move(key));
}

Gate::Word Gate::word(std::string_view text) {
  const auto [known, is_new] = numbers_.try_emplace(std::string(text), static_cast<Word>(words_.size()));
  if (is_new) words_.emplace_back(text);
  return known->second;
}

void Gate::add_path(const Entry& entry, Need need, std::vector<Need>& list) {
  const auto plain = [](const std::string& name) { return !name.empty() && std::ranges::all_of(name, part_of_name); };
  if (entry.path[0] == "`") need.texts.push_back(pattern_of("`"));
  for (std::size_t i = 0; i < entry.path.size(); ++i) {
    const std::string& segment = entry.path[i];  // the last first
    const bool member = says_this_ && i + 1 < entry.path.size() && entry.path[i + 1] == "this";
    for_each_name(segment, [&](std::size_t begin, std::size_t end) {
      const std::string name = segment.substr(begin, end - begin);
      const bool written = member || std::ranges::find(kUnwritten, name) == kUnwritten.end();
      if (written) need.words.push_back(word(member ? "this." + name : name));
      if (i == 0) need.last = written ? need.words.back() : kNoWord;
      if (i > 0 && written && segment == name + "()") need.calls.push_back(need.words.back());
    });
  }
  need.of_call = entry.path.size() > 1 && entry.path[1].ends_with("()") && is_script(grammar_);
  // What an object is called is its name, where types are not written.
  const bool untyped = grammar_ != Grammar::kJava && grammar_ != Grammar::kCSharp;
  const bool called = need.use == Use::kCalled || need.use == Use::kGiven || need.use == Use::kBuilt;
  if ((need.use == Use::kMember || (called && grammar_ != Grammar::kGo && need.last != kNoWord)) && untyped &&
      entry.path.size() == 2 && !need.words.empty() && plain(entry.path[1]) && entry.path[1] != "this" &&
      (entry.path[1][0] & 0x20) != 0)
    need.object = need.words.back();
  for (const Condition& condition : entry.conditions) {
    if (condition.unless) continue;
    // Go's objects have the names of packages, which are literals.
    const bool named_in_code = condition.argument == "recv" && grammar_ != Grammar::kGo;
    if (condition.anywhere != nullptr) (named_in_code ? need.code : need.texts).push_back(condition.anywhere);
    if (!condition.key.empty() && condition.argument != "recv") need.words.push_back(word(condition.key));
    const bool named = condition.argument != "recv" && !condition.argument.empty() &&
                       part_of_name(condition.argument[0]) &&
                       (condition.argument[0] < '0' || condition.argument[0] > '9');
    if (named && list.data() != sources_.data()) need.words.push_back(word(condition.argument));
  }
  list.push_back(std::move(need));
}

Gate::Seen Gate::words_in(const Names& names) const {
  Seen seen;
  seen.words.resize(words_.size(), false);
  const std::string_view text = names.text();
  const std::size_t mask = slots_.size() - 1;
  const auto look_up = [&](const Name& place, std::string_view name, std::uint64_t hash, std::string_view before) {
    if (text.substr(place.end).starts_with("://")) return;  // of an address
    for (std::size_t at = hash & mask; !slots_[at].text.empty(); at = (at + 1) & mask) {
      const std::string_view word = slots_[at].text;
      if (slots_[at].hash != hash || word.size() != before.size() + name.size() || !word.starts_with(before) ||
          !equal(name, word.substr(before.size()), any_case_))
        continue;
      seen.words[slots_[at].word] = true;
      if (names.in_code(place.begin, place.end) || names.is_literal(place))
        seen.places.push_back({slots_[at].word, place.begin, place.end});
      return;
    }
  };
  const std::uint64_t this_hash = hash_of("this.", grammar_);
  for (const Name& place : names.all()) {
    const std::string_view name = names.name(place);
    if (!slots_[place.hash & mask].text.empty()) look_up(place, name, place.hash, {});  // most are no word
    if (name[0] == '$') look_up(place, name.substr(1), hash_of(name.substr(1), grammar_), {});
    if (says_this_ && of_this(text.substr(0, place.begin)))
      look_up(place, name, hash_of(name, grammar_, this_hash), "this.");
  }
  return seen;
}

bool Gate::is_member(const Need& need, const Seen& seen, const Seen::Place& place, const Uses& uses) const {
  if (need.use != Use::kMember && !uses.of_object(place.begin)) return true;  // imported by its own name
  if (uses.member_of(words_[need.object], place.begin, place.end, any_case_)) return true;
  return std::ranges::any_of(seen.places, [&](const Seen::Place& other) {
    return other.word == need.object && uses.handed_on(other.begin, other.end);
  });
}

// The last of the words, as the entry wants it.
bool Gate::is_used(const Need& need, const Seen& seen, std::string_view text) const {
  if (need.last == kNoWord || need.use == Use::kSeen) return true;
  const Uses uses(text, grammar_);
  const bool calls = !is_script(grammar_) || std::ranges::all_of(need.calls, [&](Word word) {
    return std::ranges::any_of(seen.places, [&](const Seen::Place& place) {
      return place.word == word && uses.is(Use::kCalled, place.begin, place.end);
    });
  });
  return calls && std::ranges::any_of(seen.places, [&](const Seen::Place& place) {
           return place.word == need.last && uses.is(need.use, place.begin, place.end) &&
                  (!need.of_call || uses.of_call(place.begin)) &&
                  (need.object == kNoWord || is_member(need, seen, place, uses));
         });
}

bool Gate::all_in(const Need& need, const Names& names) {
  return std::ranges::all_of(need.texts, [&](const auto& regex) { return names.holds(*regex); }) &&
         std::ranges::all_of(need.code, [&](const auto& regex) { return names.holds_in_code(*regex); });
}

bool Gate::is_in(const Mark& mark, const Names& names) const {
  names.look_for(mark_patterns_);
  return std::ranges::all_of(mark.others, [&](const auto& regex) { return names.holds(*regex); }) &&
         (mark.anywhere == nullptr || names.holds_in_code(*mark.anywhere));
}

// A tag behind a quotation mark, another tag or the beginning of a line.
bool Gate::holds_page(const Names& names) {
  const std::string_view text = names.text();
  for (std::size_t open = text.find('<'); open != std::string_view::npos; open = text.find('<', open + 1)) {
    const std::size_t name = open + (text.substr(open + 1).starts_with('/') ? 2 : 1);
    std::size_t end = name;
    while (end < text.size() && is_alphanumeric(text[end]))
      ++end;
    if (end == name || is_digit(text[name]) || end == text.size()) continue;
    if (std::string_view(" \t\n\r\f>/").find(text[end]) == std::string_view::npos) continue;
    const std::size_t before = text.find_last_not_of(" \t", open == 0 ? 0 : open - 1);
    if (open == 0 || before == std::string_view::npos ||
        std::string_view("\n\"'`>").find(text[before]) != std::string_view::npos)
      return true;
  }
  return false;
}

bool Gate::holds_source(const Seen& seen, const Names& names, bool records) const {
  const auto counts = [&](const Need& need) {
    return (records || !need.record) && met(need, seen, names.text()) && all_in(need, names);
  };
  return std::ranges::any_of(sources_, counts) ||
         std::ranges::any_of(marks_, [&](const Mark& mark) { return is_in(mark, names); });
}

Gate::Answer Gate::ask(const Names& names, bool statements) const {
  if (statements && names.page()) return Answer::kOpen;
  const std::string_view text = names.text();
  const Seen seen = words_in(names);
  std::optional<StatementTexts> put;  // looked at when it matters
  const auto texts = [&]() -> const StatementTexts& {
    if (!put) put = statement_texts(text, grammar_, names.literals());
    return *put;
  };
  if (statements && texts().begun && texts().open) return Answer::kOpen;
  bool wants_source = statements && texts().begun;
  bool wants_statement = wants_source;
  for (const Need& need : sinks_) {
    if (need.source && wants_source) continue;
    if (need.statement && wants_statement) continue;
    if (!met(need, seen, text) || !all_in(need, names)) continue;
    if (need.shape == Need::Shape::kPattern && slow_patterns(names).empty()) continue;
    if (!need.source && (!need.statement || texts().open)) return Answer::kOpen;
    wants_source = true;
    wants_statement = wants_statement || need.statement;
  }
  if (!wants_source && !std::ranges::any_of(answers_, [&](const Mark& mark) { return is_in(mark, names); }))
    return holds_source(seen, names, false) ? Answer::kHanded : Answer::kClosed;
  if (holds_source(seen, names, holds_page(names))) return Answer::kOpen;
  return wants_statement ? Answer::kStatement : Answer::kForeign;
}

const Gate& Gate::of(Grammar grammar) {
  struct Kept {
    std::once_flag made;
    std::optional<Gate> gate;
  };
  static std::array<Kept, kGrammars> all;
  Kept& kept = all[static_cast<std::size_t>(grammar)];
  std::call_once(kept.made, [&] { kept.gate.emplace(Models::of(grammar), grammar); });
  return *kept.gate;
}

}  // namespace commandcenter::code::dataflow
