// The places of a text at which something may be found.
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <unordered_map>

#include "code/dataflow/clauses.h"
#include "code/dataflow/gate.h"
#include "code/dataflow/idle.h"
#include "code/dataflow/kept_statements.h"
#include "code/dataflow/names_reader.h"
#include "code/dataflow/redos.h"
#include "code/dataflow/statement_texts.h"
#include "code/dataflow/trail.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr std::size_t kMaxImport_bytes = 300;  // of a line that imports something
constexpr std::size_t kMaxPlaces = 100'000;
constexpr std::size_t kMaxHanded_bytes = 300;  // of a call that gets a statement

// Calls that hold a text against a pattern.
constexpr std::string_view kMatches =
    "test exec match matchAll search fullmatch matcher replace replaceAll split matches findall finditer sub IsMatch "
    "Match Matches preg_match preg_match_all preg_replace gsub scan MatchString";
// PHP's words that are no calls, but do what one does.
constexpr std::string_view kStatements = "echo print include include_once require require_once exit die eval printf";

using Offsets = std::vector<std::uint32_t>;

// Where the pattern begins and ends. False when there are too many, or it may be anywhere.
bool find_all(const std::shared_ptr<const Pattern>& regex, std::string_view text, Offsets& places) {
  if (regex == nullptr) return false;
  for (std::size_t from = 0; from < text.size();) {
    const auto match = regex->find(text, from);
    if (!match) return true;
    const auto begin = static_cast<std::size_t>(match->data() - text.data());
    from = begin + std::max<std::size_t>(match->size(), 1);
    places.push_back(static_cast<std::uint32_t>(begin));
    places.push_back(static_cast<std::uint32_t>(std::min(begin + match->size(), text.size())));
    if (places.size() > kMaxPlaces) return false;
  }
  return true;
}

}  // namespace

class Gate::Places {
 public:
  Places(const Gate& gate, const Names& names)
      : gate_(gate), names_(names), seen_(gate.words_in(names)), text_(names.text()) {
    by_word_.resize(gate_.words_.size());
    for (const Seen::Place& place : seen_.places)
      by_word_[place.word].push_back(place);
  }

  // Nothing when it may be anywhere.
  std::optional<Wanted> find(const Foreign& foreign) {
    if (!foreign.none()) read_foreign(foreign);
    texts_ = statement_texts(text_, gate_.grammar_, names_.literals(), true);
    statements_ = texts_.begun;
    for (const Need& need : gate_.sinks_) {
      if (gate_.met(need, seen_, text_) && all_in(need, names_) && !add(need)) return std::nullopt;
    }
    if (!add_answers()) return std::nullopt;
    for (const std::uint32_t place : foreign_sinks_) {
      if (!user_gets_to(place)) continue;
      found_.push_back(place);
      in_.data = in_.harm = true;
    }
    if (statements_ || gate_.grammar_ == Grammar::kPhp) add_calls();
    if (!renamed_.empty() || !open_renamed_.empty()) add_renamed();
    if (in_.data && !found_.empty()) add_shelves();
    Wanted wanted;
    wanted.in = in_;
    if (in_.data) wanted.feeds = user_places();
    if (failed_) return std::nullopt;
    if (in_.statements) {
      wanted.feeds.insert(wanted.feeds.end(), texts_.places.begin(), texts_.places.end());
      wanted.feeds.insert(wanted.feeds.end(), foreign_statements_.begin(), foreign_statements_.end());
    }
    std::ranges::sort(found_);
    wanted.places = std::move(found_);
    wanted.handed = std::move(handed_);
    return wanted;
  }

  // For those that use the file; its own flows do not matter.
  Dealings dealings(const Foreign& foreign) {
    if (!foreign.none()) read_foreign(foreign);
    std::array<Offsets, 4> places;  // as in the result
    for (const Need& need : gate_.sources_) {
      if (gate_.met(need, seen_, text_) && all_in(need, names_)) sites(need, places[need.record ? 1 : 0]);
    }
    StatementTexts texts = statement_texts(text_, gate_.grammar_, names_.literals(), true);
    places[3] = std::move(texts.named);  // parameters are not enough for them
    if (texts.open) add_with_kept_parts(text_, gate_.grammar_, texts.places, places[3]);
    if (texts.open) places[2] = std::move(texts.places);
    for (const Need& need : gate_.sinks_) {
      if (need.source && gate_.met(need, seen_, text_) && all_in(need, names_)) sites(need, places[3]);
    }
    if (gate_.grammar_ == Grammar::kPhp) add_handed_statements(places[3]);
    add_words_of_language(places[3]);
    places[0].insert(places[0].end(), foreign_sources_.begin(), foreign_sources_.end());
    places[3].insert(places[3].end(), foreign_sinks_.begin(), foreign_sinks_.end());
    for (Offsets& list : places)
      std::erase_if(list, [&](std::uint32_t place) { return imports(place); });
    if (std::ranges::all_of(places, &Offsets::empty)) return {};
    auto names = names_that_reach(names_, places);
    return {std::move(names[0]), std::move(names[1]), std::move(names[2]), std::move(names[3])};
  }

 private:
  // "return mysqli_query($db, $sql);": who calls such a function has put the statement together.
  void add_handed_statements(Offsets& places) const {
    static const auto whole = pattern_of(R"(^\w+\s*\((?:[^;\n]*,)?\s*\$\w+\s*[,)])");
    Offsets found;
    for (const Need& need : gate_.sinks_)
      if (need.statement && gate_.met(need, seen_, text_) && all_in(need, names_)) sites(need, found);
    for (const std::uint32_t place : found)
      if (whole->found_in(text_.substr(place, kMaxHanded_bytes))) places.push_back(place);
  }

  // Where the need's last name, or what else it asks for, stands.
  bool sites(const Need& need, Offsets& places, Offsets* renamed = nullptr) const {
    if (need.words.empty()) {
      if (need.texts.empty()) return gate_.grammar_ == Grammar::kPhp;  // a word of the language: see add_calls()
      return std::ranges::all_of(need.texts, [&](const auto& regex) { return find_all(regex, text_, places); });
    }
    const Uses uses(text_, gate_.grammar_);
    const bool only_last = need.last != kNoWord && need.use != Use::kSeen;
    for (const Word word : need.words) {
      if (need.last != kNoWord && word != need.last) continue;
      for (const Seen::Place& place : by_word_[word]) {
        if (only_last && !uses.is(need.use, place.begin, place.end)) continue;
        if (only_last && need.of_call && !uses.of_call(place.begin)) continue;
        if (only_last && need.object != kNoWord && !gate_.is_member(need, seen_, place, uses)) continue;
        places.push_back(place.begin);
        const bool call = need.use == Use::kCalled || need.use == Use::kGiven || need.use == Use::kBuilt;
        if (renamed != nullptr && call && uses.renamed(place.begin, place.end)) renamed->push_back(place.begin);
      }
    }
    return true;
  }

  bool add(const Need& need) {
    if (need.shape == Need::Shape::kMerge) return add_merges();
    if (need.shape == Need::Shape::kPattern) return add_patterns();
    statements_ = statements_ || need.statement;
    Offsets places;
    const bool open = !need.source && !need.statement;
    if (!sites(need, places, open ? &open_renamed_ : &renamed_)) return false;
    for (const std::uint32_t place : places) {
      if (!open && !is_reached(place, need.statement)) continue;
      found_.push_back(place);
      if (need.constant && Uses(text_, gate_.grammar_).is(Use::kGiven, place, end_of_name(place)))
        handed_.push_back(place);
      in_.data = in_.data || !need.fixed;
    }
    return true;
  }

  std::size_t end_of_name(std::size_t place) const {
    while (place < text_.size() && NamesReader::part_of_name(text_[place]))
      ++place;
    return place;
  }

  // function merge(to, from) { … merge(to[key], …) … to[key] = …
  bool add_merges() {
    const Clauses& all = clauses();
    const WordsByName words = words_by_name();
    std::map<std::uint32_t, Offsets> again;                  // by what is written into: clauses that speak of members
    std::set<std::pair<std::uint32_t, std::uint32_t>> done;  // what is written into, name of the function
    for (const ClauseFunction& function : all.functions) {
      if (function.params.size() < 2) continue;
      const std::uint32_t into = all.words[std::ranges::min(function.params)].name;
      const auto [known, is_new] = again.try_emplace(into);
      if (is_new) known->second = clauses_of_members(words.indexed[into]);
      for (const std::uint32_t name : function.names) {
        if (known->second.empty() || !done.emplace(into, name).second) continue;
        for (const std::uint32_t call : words.called[name]) {
          if (std::ranges::binary_search(known->second, all.words[call].clause))
            found_.push_back(all.words[call].begin);
        }
      }
    }
    return true;
  }

  struct WordsByName {
    std::vector<Offsets> indexed;  // "name["
    std::vector<Offsets> called;
  };
  WordsByName words_by_name() {
    const Clauses& all = clauses();
    WordsByName words{std::vector<Offsets>(all.names.size()), std::vector<Offsets>(all.names.size())};
    for (std::uint32_t i = 0; i < all.words.size(); ++i) {
      const ClauseWord& word = all.words[i];
      if (text_.substr(word.end).starts_with('[')) words.indexed[word.name].push_back(i);
      if (word.called) words.called[word.name].push_back(i);
    }
    return words;
  }

  // Sorted; none if no member gets a value.
  Offsets clauses_of_members(const Offsets& indexed) {
    const Clauses& all = clauses();
    Offsets found;
    bool written = false;
    for (const std::uint32_t i : indexed) {
      const ClauseWord& word = all.words[i];
      written = written || word.begin < all.clauses[word.clause].left_end;
      found.push_back(word.clause);
    }
    if (!written) return {};
    std::ranges::sort(found);
    return found;
  }

  // Expressions that take very long, and the calls that they may get to.
  bool add_patterns() {
    const Offsets slow = slow_patterns(names_);
    if (slow.empty()) return true;
    Trail patterns(clauses(), gate_.grammar_);
    patterns.from(slow);
    for (const ClauseWord& word : clauses().words) {
      if (one_of(clauses().names[word.name], kMatches) && patterns.reaches(word.begin)) found_.push_back(word.begin);
    }
    found_.insert(found_.end(), slow.begin(), slow.end());
    return true;
  }

  // PHP's words that do what calls do.
  void add_words_of_language(Offsets& places) const {
    if (gate_.grammar_ != Grammar::kPhp) return;
    for (const Name& name : names_.all())
      if (one_of(names_.name(name), kStatements)) places.push_back(name.begin);
  }

  // Where names of other files are used, but for where they are imported.
  void read_foreign(const Foreign& foreign) {
    std::vector<std::uint64_t> hashes;
    for (const auto* list : {&foreign.sources, &foreign.statements, &foreign.sinks})
      for (const std::string_view name : *list)
        hashes.push_back(hash_of(name, gate_.grammar_));
    std::ranges::sort(hashes);
    for (const Name& place : names_.all()) {
      if (!std::ranges::binary_search(hashes, place.hash)) continue;
      const std::string_view name = names_.name(place);
      const bool source = std::ranges::binary_search(foreign.sources, name);
      const bool statement = std::ranges::binary_search(foreign.statements, name);
      const bool sink = std::ranges::binary_search(foreign.sinks, name);
      if (!(source || statement || sink) || imports(place.begin)) continue;
      if (statement) foreign_statements_.push_back(place.begin);
      if (source) foreign_sources_.push_back(place.begin);
      if (sink) foreign_sinks_.push_back(place.begin);
    }
  }

  bool imports(std::size_t place) const {
    const std::size_t least = place > kMaxImport_bytes ? place - kMaxImport_bytes : 0;
    std::string_view before = text_.substr(least, place - least);
    before.remove_prefix(before.rfind('\n') + 1);  // nothing when there is none
    before.remove_prefix(std::min(before.find_first_not_of(" \t"), before.size()));
    for (const std::string_view word : {"import ", "from ", "use ", "using ", "require", "include", "package "})
      if (before.starts_with(word)) return true;
    const std::string_view next = text_.substr(place, kMaxImport_bytes);
    const std::string_view behind = next.substr(0, next.find('\n'));
    return behind.find("require(") != std::string_view::npos;
  }

  // Functions whose result is shown: where they may give back what a user sent.
  bool add_answers() {
    for (const Mark& answer : gate_.answers_) {
      if (!gate_.is_in(answer, names_)) continue;
      if (answer.anywhere == nullptr) return false;
      in_.data = true;
      const Offsets places = user_trail().returns();
      found_.insert(found_.end(), places.begin(), places.end());
      break;
    }
    return true;
  }

  // A function that leaves a user's data to others runs, though nothing may be found in it.
  void add_shelves() {
    const Offsets& shelves = user_trail().shelves();
    found_.insert(found_.end(), shelves.begin(), shelves.end());
  }

  // Where what has another name in this file is called.
  void add_renamed() {
    for (const bool open : {true, false}) {
      std::vector<bool> others = other_names(open ? open_renamed_ : renamed_);
      for (const ClauseWord& word : clauses().words) {
        const bool called = word.called || gate_.grammar_ == Grammar::kRuby || text_.substr(word.end).starts_with('`');
        if (called && others[word.name] && (open || is_reached(word.begin, true))) found_.push_back(word.begin);
      }
    }
  }

  // By number: what the things at these places are called where they are put.
  std::vector<bool> other_names(const Offsets& places) {
    const Clauses& all = clauses();
    std::vector<bool> others(all.names.size(), false);
    std::vector<bool> handing(all.clauses.size(), false);
    for (const std::uint32_t place : places) {
      const auto word = std::ranges::lower_bound(all.words, place, {}, &ClauseWord::begin);
      if (word == all.words.end()) continue;
      const Clause& clause = all.clauses[word->clause];
      for (const std::uint32_t other : {clause.target, clause.key}) {
        if (other != kNoNumber) others[all.words[other].name] = true;
      }
      // "exec as run", "exec: run", "promisify(exec)", "start(exec)" of a function that calls what it gets
      for (auto near = word + 1; near != all.words.end() && near < word + 3; ++near)
        if (near->clause == word->clause) others[near->name] = true;
      handing[word->clause] = true;
    }
    std::vector<bool> handed(all.names.size(), false);
    for (const ClauseWord& word : all.words) {
      if (handing[word.clause]) handed[word.name] = true;
    }
    for (const ClauseFunction& function : all.functions) {
      if (std::ranges::none_of(function.names, [&](std::uint32_t name) { return handed[name]; })) continue;
      for (const std::uint32_t param : function.params)
        others[all.words[param].name] = true;
    }
    return others;
  }

  // By names that no model has.
  void add_calls() {
    std::unordered_map<std::string_view, bool> runs;
    for (const auto& [place, end, hash] : names_.all()) {
      const std::string_view name = text_.substr(place, end - place);
      const bool here = gate_.grammar_ == Grammar::kPhp && one_of(name, kStatements);
      if (here && is_reached(place, false)) found_.push_back(place);
      if (here || !statements_) continue;
      const auto [known, is_new] = runs.try_emplace(name, false);
      if (is_new)
        known->second = kind_of(name, gate_.grammar_) == 0 &&
                        std::ranges::any_of(gate_.runs_, [&](const auto& regex) { return regex->found_in(name); });
      if (known->second && Uses(text_, gate_.grammar_).is(Use::kGiven, place, end) && is_reached(place, true))
        found_.push_back(place);
    }
  }

  const Clauses& clauses() {
    if (!clauses_) clauses_ = clauses_of(text_, gate_.grammar_);
    return *clauses_;
  }

  // Where what a user sends comes in.
  const Offsets& user_places() {
    if (sources_) return *sources_;
    sources_.emplace();
    const bool page = holds_page(names_);
    for (const Need& need : gate_.sources_) {
      if ((page || !need.record) && gate_.met(need, seen_, text_) && all_in(need, names_) && !sites(need, *sources_))
        failed_ = true;
    }
    sources_->insert(sources_->end(), foreign_sources_.begin(), foreign_sources_.end());
    unmarked_ = sources_->size();
    for (const Mark& mark : gate_.marks_) {
      if (!gate_.is_in(mark, names_)) continue;
      Offsets marked;
      if (!find_all(mark.anywhere, text_, marked)) failed_ = true;
      for (std::size_t i = 0; i < marked.size(); i += 2) {
        if (!names_.in_code(marked[i], marked[i + 1]) || !is_param(mark, marked[i], marked[i + 1])) continue;
        marked_.emplace_back(&mark, marked[i]), sources_->push_back(marked[i]);
      }
    }
    return *sources_;
  }

  // A mark that ends with the name of a parameter stands in the head of a function.
  bool is_param(const Mark& mark, std::uint32_t begin, std::uint32_t end) {
    if (!mark.of_param) return true;
    const auto& words = clauses().words;
    if (!NamesReader::part_of_name(text_[end - 1]) && text_[end - 1] != '(') --end;  // the sign behind it
    const auto word = std::ranges::lower_bound(words, end, {}, &ClauseWord::end);
    const bool named = word != words.end() && word->end == end && word->begin >= begin;
    const char before = named && word->begin > 0 ? text_[word->begin - 1] : '\0';
    return !named || before == '@' || before == '[' || word->head;
  }

  Trail& user_trail() {
    if (user_) return *user_;
    user_.emplace(clauses(), gate_.grammar_);
    user_->from(std::span(user_places()).first(unmarked_));
    for (const auto& [mark, place] : marked_) {
      if (mark->of_param)
        user_->from_param(place);
      else
        user_->from_head(place, mark->of_class);
    }
    return *user_;
  }

  bool user_gets_to(std::uint32_t place) { return user_trail().reaches(place); }

  Trail& statement_trail() {
    if (!statement_) {
      statement_.emplace(clauses(), gate_.grammar_);
      statement_->from(texts_.places);
      statement_->from(foreign_statements_);
    }
    return *statement_;
  }

  bool statement_gets_to(std::uint32_t place) { return statement_trail().reaches(place); }

  // By a user's data, or in a statement.
  bool is_reached(std::uint32_t place, bool by_statement) {
    if (!user_gets_to(place) && !(by_statement && statement_gets_to(place))) return false;
    in_.data = true;
    in_.statements = in_.statements || by_statement;
    return true;
  }

  const Gate& gate_;
  const Names& names_;
  Seen seen_;
  std::string_view text_;
  std::vector<std::vector<Seen::Place>> by_word_;
  StatementTexts texts_;
  std::optional<Clauses> clauses_;
  Offsets foreign_sources_;
  Offsets foreign_statements_;
  Offsets foreign_sinks_;
  std::optional<Offsets> sources_;
  std::size_t unmarked_ = 0;  // of them: the first
  std::vector<std::pair<const Mark*, std::uint32_t>> marked_;
  std::optional<Trail> user_;       // of what a user sends
  std::optional<Trail> statement_;  // of parts of statements
  Offsets found_;
  Offsets handed_;
  Interest in_{.data = false, .statements = false, .harm = false};
  Offsets renamed_;          // sinks that get another name
  Offsets open_renamed_;     // and those that need no flow
  bool statements_ = false;  // calls that run SQL count
  bool failed_ = false;      // a source may be anywhere
};

// Expressions, or texts that may be one, that take very long on some texts.
std::vector<std::uint32_t> Gate::slow_patterns(const Names& names) {
  Offsets places;
  for (const Literal& literal : names.apart()) {
    const std::string_view raw = names.text().substr(literal.begin, literal.end - literal.begin);
    if (raw.size() < 4 || raw.starts_with("//") || raw.starts_with("/*") || raw.starts_with('#')) continue;
    if (raw.find(")+") == std::string_view::npos && raw.find(")*") == std::string_view::npos &&
        raw.find("){") == std::string_view::npos)
      continue;
    const bool script = raw.starts_with('/');
    std::string_view inside = raw;
    while (!script && inside.size() > 1 && std::string_view("\"'`").find(inside.front()) != std::string_view::npos &&
           inside.back() == inside.front()) {
      inside.remove_prefix(1);
      inside.remove_suffix(1);
    }
    std::string single;
    for (std::size_t i = 0; i < inside.size(); ++i) {
      single.push_back(inside[i]);
      if (inside.substr(i).starts_with("\\\\")) ++i;
    }
    const bool part = std::ranges::count(inside, '(') != std::ranges::count(inside, ')');
    if (part || is_exponential(inside, true) || is_exponential(inside, false) || is_exponential(single, true) ||
        is_exponential(single, false))
      places.push_back(literal.begin);
  }
  return places;
}

Dealings Gate::dealings(const Names& names) const {
  return Places(*this, names).dealings({});
}

Dealings Gate::dealings(const Names& names, const Foreign& foreign) const {
  return Places(*this, names).dealings(foreign);
}

Shortened Gate::shortened(const Names& names, const Foreign& foreign) const {
  const std::size_t size_bytes = names.text().size();
  if (size_bytes < kMinShortened_bytes || size_bytes > kMaxShortened_bytes) return {};
  const std::optional<Wanted> wanted = Places(*this, names).find(foreign);
  if (!wanted) return {};
  if (wanted->places.empty()) {
    Shortened nothing;
    nothing.nothing = true;
    return nothing;
  }
  return without_idle(names, *wanted);
}

}  // namespace commandcenter::code::dataflow
