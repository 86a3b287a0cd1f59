#include "code/dataflow/trail.h"

#include <algorithm>

#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr std::size_t kReach_bytes = 1'000;  // from a mark to the function that it is for

// Lists by number as one list and where each begins.
template <typename Key>
void sort_into(std::size_t count, std::size_t keys, const Key& key, std::vector<std::uint32_t>& begin,
               std::vector<std::uint32_t>& list) {
  begin.assign(keys + 1, 0);
  for (std::uint32_t i = 0; i < count; ++i)
    ++begin[key(i) + 1];
  for (std::size_t i = 0; i < keys; ++i)
    begin[i + 1] += begin[i];
  list.resize(count);
  std::vector<std::uint32_t> next(begin.begin(), begin.end() - 1);
  for (std::uint32_t i = 0; i < count; ++i)
    list[next[key(i)]++] = i;
}

bool is_constant(std::string_view name) {
  return std::ranges::all_of(name, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; });
}

}  // namespace

Trail::Trail(const Clauses& clauses, Grammar grammar)
    : clauses_(clauses), grammar_(grammar), typed_(grammar == Grammar::kJava || grammar == Grammar::kCSharp) {
  index();
}

// A name that may hold data; types begin with a capital letter where they are written.
bool Trail::is_variable(const ClauseWord& word) const {
  if (word.called || word.type) return false;
  const char first = clauses_.names[word.name][0];
  return !typed_ || word.target || word.holds || !(first >= 'A' && first <= 'Z');
}

void Trail::index() {
  const auto& words = clauses_.words;
  const std::size_t names = clauses_.names.size();
  const std::size_t count = clauses_.clauses.size();
  sort_into(
      words.size(), count, [&](std::uint32_t i) { return words[i].clause; }, clause_begin_, clause_words_);
  sort_into(
      words.size(), names, [&](std::uint32_t i) { return words[i].name; }, name_begin_, name_words_);
  functions_.resize(names);
  taking_.resize(names);
  heads_.resize(count);
  for (std::uint32_t name = 0; name < names && !has_queues_; ++name)
    has_queues_ = clauses_.names[name].ends_with("Queue") || clauses_.names[name].ends_with("Deque");
  given_.resize(names, false);
  held_.resize(count, kNothing);
  queued_.resize(count, kNothing);
  called_in_.resize(count, false);
  last_.resize(count, 0);
  entered_.resize(names, false);
  handed_.resize(names, false);
  filled_.resize(names, false);
  called_.resize(names, false);
  refers_.resize(names, false);
  for (const auto& [name, with] :
       {std::pair("apply_filters", "add_filter"), std::pair("array_map", "array_map"),
        std::pair("call_user_func", "call_user_func"), std::pair("call_user_func_array", "call_user_func_array")}) {
    const std::uint32_t number = grammar_ == Grammar::kPhp ? clauses_.names.find(name) : kNoNumber;
    if (number != kNoNumber && clauses_.names.find(with) != kNoNumber) runners_.push_back(number);
  }
  for (std::uint32_t i = 0; i < clauses_.functions.size(); ++i) {
    const ClauseFunction& function = clauses_.functions[i];
    heads_[function.clause].push_back(i);
    for (const std::uint32_t name : function.names)
      functions_[name].push_back(i);
    for (const std::uint32_t word : function.params)
      taking_[words[word].name].push_back(i);
  }
  for (const ClauseWord& word : words) {
    const Clause& clause = clauses_.clauses[word.clause];
    if (word.reference) refers_[word.name] = true;
    if (is_given(word, clause) || (is_variable(word) && (clause.binds || clause.declares))) given_[word.name] = true;
  }
  // Other names of functions: "run = go", "{ run: go }".
  for (const ClauseWord& word : words) {
    const Clause& clause = clauses_.clauses[word.clause];
    if (word.called || word.head || word.key || functions_[word.name].empty()) continue;
    for (const std::uint32_t other : {clause.target, clause.key}) {
      if (other == kNoNumber || word.begin <= words[other].begin || words[other].name == word.name) continue;
      auto& list = functions_[words[other].name];
      for (const std::uint32_t function : functions_[word.name]) {
        if (list.size() < 100 && std::ranges::find(list, function) == list.end()) list.push_back(function);
      }
    }
  }
}

std::span<const std::uint32_t> Trail::words_of(std::uint32_t clause) const {
  return std::span(clause_words_).subspan(clause_begin_[clause], clause_begin_[clause + 1] - clause_begin_[clause]);
}

bool Trail::is_use(const ClauseWord& word) const {
  return !(word.target || word.head || word.key || word.type || (word.name == clauses_.self && word.holds));
}

// A value is put into it here, or into a member of it.
bool Trail::is_given(const ClauseWord& word, const Clause& clause) const {
  return is_variable(word) && (word.target || word.base || (clause.spreads && word.begin < clause.left_end));
}

// An object with a method that is called with what stands behind: that stays in the object.
bool Trail::takes(std::uint32_t index, std::uint32_t last) const {
  const auto& words = clauses_.words;
  if (!words[index].holds || words[index].begin >= last || words[index].name == clauses_.self) return false;
  for (std::size_t i = index + 1; i < words.size() && words[i].member && words[i].begin < last; ++i) {
    if (words[i].called) return true;
  }
  return false;
}

void Trail::hold(std::uint32_t clause, Held held, std::uint32_t place) {
  const bool further = place > last_[clause];
  if (held_[clause] >= held && !further) return;
  last_[clause] = std::max(last_[clause], place);
  held_[clause] = std::max(held, held_[clause]);
  if (queued_[clause] >= held) return;
  queued_[clause] = held;
  waiting_.emplace_back(clause, held);
}

void Trail::enter(std::uint32_t name) {
  if (entered_[name] || clauses_.names.is_keyword(name)) return;
  entered_[name] = true;
  for (std::uint32_t i = name_begin_[name]; i < name_begin_[name + 1]; ++i) {
    const ClauseWord& word = clauses_.words[name_words_[i]];
    if (is_use(word)) hold(word.clause, kUsed, word.begin);
  }
}

void Trail::enter_params(std::uint32_t function) {
  for (const std::uint32_t word : clauses_.functions[function].params)
    enter(clauses_.words[word].name);
}

void Trail::enter_functions(std::uint32_t name) {
  if (handed_[name]) return;
  handed_[name] = true;
  for (const std::uint32_t function : functions_[name])
    enter_params(function);
}

void Trail::enter_callers(std::uint32_t name) {
  if (filled_[name]) return;
  filled_[name] = true;
  for (const std::uint32_t function : taking_[name]) {
    for (const std::uint32_t own : clauses_.functions[function].names) {
      enter(own);
      if (refers_[name]) enter_arguments(own);
    }
  }
}

// PHP: "load($name)" of "function load(&$value)".
void Trail::enter_arguments(std::uint32_t name) {
  for (std::uint32_t i = name_begin_[name]; i < name_begin_[name + 1]; ++i) {
    const ClauseWord& call = clauses_.words[name_words_[i]];
    for (const std::uint32_t at : words_of(call.clause)) {
      const ClauseWord& word = clauses_.words[at];
      if (word.begin > call.begin && !word.called && !word.head) enter(word.name);
    }
  }
}

// Functions that are handed over where something of this name is called: bus.on("job", run).
void Trail::enter_all_known_as(std::uint32_t name) {
  for (std::uint32_t i = name_begin_[name]; i < name_begin_[name + 1]; ++i) {
    const std::uint32_t clause = clauses_.words[name_words_[i]].clause;
    if (called_in_[clause]) continue;
    called_in_[clause] = true;
    for (const std::uint32_t function : heads_[clause])
      enter_params(function);
    for (const std::uint32_t at : words_of(clause))
      enter_functions(clauses_.words[at].name);
  }
}

void Trail::from(std::span<const std::uint32_t> places) {
  for (const std::uint32_t place : places) {
    const std::uint32_t clause = clauses_.clause_at(place);
    if (clause != kNoNumber) hold(clause, kUsed, place);
  }
  run();
}

void Trail::from_param(std::uint32_t place) {
  int left = 3;
  auto word = std::ranges::lower_bound(clauses_.words, place, {}, &ClauseWord::end);
  for (; word != clauses_.words.end() && word->begin < place + kReach_bytes && left > 0; ++word) {
    if (!word->head) continue;
    enter(word->name);
    --left;
  }
  run();
}

void Trail::from_head(std::uint32_t place, bool all_behind) {
  for (std::uint32_t i = 0; i < clauses_.functions.size(); ++i) {
    const auto words = words_of(clauses_.functions[i].clause);
    if (words.empty()) continue;
    const std::uint32_t end = clauses_.words[words.back()].begin;
    if (end >= place && (all_behind || end < place + kReach_bytes)) enter_params(i);
  }
  run();
}

void Trail::run() {
  while (!waiting_.empty()) {
    const auto [clause, held] = waiting_.back();
    waiting_.pop_back();
    queued_[clause] = kNothing;
    spread(clause, held);
  }
}

void Trail::spread(std::uint32_t index, Held held) {
  const Clause& clause = clauses_.clauses[index];
  bool makes = false;
  for (const std::uint32_t at : words_of(index)) {
    const ClauseWord& word = clauses_.words[at];
    if (is_given(word, clause)) {
      enter(word.name);
      // What a function puts into an object that it was given is there where it was called.
      if (word.holds || refers_[word.name]) enter_callers(word.name);
      const std::uint32_t puts = word.holds ? clauses_.names.find("__setitem__") : kNoNumber;
      if (puts != kNoNumber) enter_functions(puts);
    }
    put_on_shelf(at, held);
    put_into_queue(at, held);
    if (held != kUsed) continue;
    enter_functions(word.name);
    if (word.called && !word.member) call(word.name);
    const std::string_view name = clauses_.names[word.name];
    if (word.called && word.member && name == "emit") {
      for (const std::string_view listens : {"on", "once", "addListener"}) {
        const std::uint32_t number = clauses_.names.find(listens);
        if (number != kNoNumber) enter_all_known_as(number);
      }
    }
    if (grammar_ == Grammar::kRuby && word.called && name.starts_with("perform_")) {
      const std::uint32_t number = clauses_.names.find("perform");
      if (number != kNoNumber) enter_functions(number);
    }
    // print(data, file=out), array_push($list, $data)
    const bool first = (word.target && name == "file") || (word.called && name == "array_push");
    if (first && at + 1 < clauses_.words.size()) enter(clauses_.words[at + 1].name);
    makes = makes || (word.member && name == "new") || clauses_.classes[word.name];
    // What is given to a method of an object stays in it; Go's functions fill what they get the address of.
    const bool kept = given_[word.name] && (grammar_ == Grammar::kGo || takes(at, last_[index]));
    if (is_variable(word) && !word.member && !word.key && (kept || clause.binds || word.quoted)) enter(word.name);
  }
  if (held == kUsed) {
    for (const std::uint32_t function : heads_[index])
      enter_params(function);
  }
  if (held == kUsed && makes) {
    for (const std::string_view name : {"constructor", "__init__", "__construct", "initialize", "init", "__call__"}) {
      const std::uint32_t number = clauses_.names.find(name);
      if (number != kNoNumber) enter_functions(number);
    }
  }
  if (clause.parent != kNoNumber) hold(clause.parent, held, last_[index]);
  if (clause.returns || grammar_ == Grammar::kRuby) leave_function(clause);
}

// "g.name = data", "@name = data"; "request.setAttribute(key, data)", "c.Set(key, data)",
// "context.WithValue(parent, key, data)", which others get by the key.
void Trail::put_on_shelf(std::uint32_t at, Held held) {
  const ClauseWord& word = clauses_.words[at];
  if (word.target && word.own) shelves_.push_back(word.begin);
  if (!word.member || at == 0) return;
  const std::string_view name = clauses_.names[word.name];
  const bool keeps = held == kUsed && word.called &&
                     (name == "setAttribute" || (grammar_ == Grammar::kGo && one_of(name, "Set Locals WithValue")));
  std::uint32_t root = at;
  while (root > 0 && clauses_.words[root].member)
    --root;
  const bool shared =
      one_of(clauses_.names[clauses_.words[root].name], "g flask quart req request res response reply ctx context");
  if (keeps || (shared && is_given(word, clauses_.clauses[word.clause]))) shelves_.push_back(word.begin);
  if (!keeps) return;
  for (const std::string_view reads : {"getAttribute", "Get", "MustGet", "GetString", "Value", "Locals"}) {
    const std::uint32_t number = clauses_.names.find(reads);
    if (number != kNoNumber) enter(number);
  }
}

// "jobs.put(data)", Go's "jobs <- data": others take it out of what has that name.
void Trail::put_into_queue(std::uint32_t at, Held held) {
  const ClauseWord& word = clauses_.words[at];
  const Clause& clause = clauses_.clauses[word.clause];
  if (clause.sends && word.begin < clause.left_end) shelves_.push_back(word.begin);
  if (held != kUsed || !has_queues_ || at == 0 || !word.called || !word.member) return;
  if (grammar_ != Grammar::kPython && grammar_ != Grammar::kJava) return;
  if (!one_of(clauses_.names[word.name], "put put_nowait offer add addLast addFirst offerLast offerFirst push")) return;
  enter(clauses_.words[at - 1].name);
  shelves_.push_back(word.begin);
}

// What a function returns is where it is called; what a callback returns is part of what the call gives.
void Trail::leave_function(const Clause& clause) {
  if (clause.function == kNoNumber) return;
  const ClauseFunction& function = clauses_.functions[clause.function];
  for (const std::uint32_t name : function.names)
    enter(name);
  if (grammar_ == Grammar::kPhp) leave_by_another_name(function);
  hold(function.clause, kValue, 0);
}

// PHP: what runs functions that are named in quotes; members that "__get" and "__set" make up, elements that
// "offsetGet" gives.
void Trail::leave_by_another_name(const ClauseFunction& function) {
  for (const std::uint32_t runner : runners_)
    enter(runner);
  const bool any = std::ranges::any_of(
      function.names, [&](std::uint32_t name) { return one_of(clauses_.names[name], "__get __set offsetGet"); });
  for (const ClauseWord& word : any ? std::span(clauses_.words) : std::span<const ClauseWord>())
    if (word.holds) enter(word.name);
}

// A parameter is called: what it gets goes to the functions that are handed over for it.
void Trail::call(std::uint32_t name) {
  if (called_[name]) return;
  called_[name] = true;
  if (grammar_ == Grammar::kPhp && clauses_.names[name] == "define") {  // a constant, whose name is in quotes
    for (std::uint32_t other = 0; other < clauses_.names.size(); ++other)
      if (is_constant(clauses_.names[other])) enter(other);
  }
  if (is_script(grammar_) && given_[name] && functions_[name].empty()) {  // "handlers[name]", any of them
    for (std::uint32_t i = 0; i < clauses_.functions.size(); ++i)
      if (clauses_.clauses[clauses_.functions[i].clause].key != kNoNumber) enter_params(i);
  }
  for (const std::uint32_t taker : taking_[name]) {
    for (const std::uint32_t known_as : clauses_.functions[taker].names)
      enter_all_known_as(known_as);
  }
}

bool Trail::reaches(std::uint32_t place) const {
  const std::uint32_t clause = clauses_.clause_at(place);
  return clause == kNoNumber || held_[clause] != kNothing;
}

std::vector<std::uint32_t> Trail::returns() const {
  std::vector<std::uint32_t> places;
  for (std::uint32_t i = 0; i < held_.size(); ++i) {
    if (held_[i] == kNothing) continue;
    if (!clauses_.clauses[i].returns && heads_[i].empty() && grammar_ != Grammar::kRuby) continue;
    for (const std::uint32_t word : words_of(i))
      places.push_back(clauses_.words[word].begin);
  }
  return places;
}

}  // namespace commandcenter::code::dataflow
