// The places of a text at which something may be found.
#include <algorithm>
#include <unordered_map>

#include "code/dataflow/gate.h"
#include "code/dataflow/idle.h"
#include "code/dataflow/names_reader.h"
#include "code/dataflow/statement_texts.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr std::size_t kMaxPlaces = 100'000;

// Calls that hold a text against a pattern.
constexpr std::string_view kMatches =
    "test exec match matchAll search fullmatch matcher replace replaceAll split matches findall finditer sub IsMatch "
    "Match Matches preg_match preg_match_all preg_replace gsub scan MatchString";
// PHP's words that are no calls, but do what one does.
constexpr std::string_view kStatements = "echo print include include_once require require_once exit die eval printf";

bool found_at(const Regex& regex, std::string_view text, std::vector<std::uint32_t>& places) {
  for (std::size_t from = 0; from < text.size();) {
    const auto match = regex.search(text, from);
    if (!match) return true;
    const auto begin = static_cast<std::size_t>((*match)[0].data() - text.data());
    from = begin + std::max<std::size_t>((*match)[0].size(), 1);
    places.push_back(static_cast<std::uint32_t>(std::min(begin + (*match)[0].size(), text.size())));
    places.push_back(static_cast<std::uint32_t>(begin));
    if (places.size() > kMaxPlaces) return false;
  }
  return true;
}

}  // namespace

struct Gate::Wanted {
  std::vector<std::uint8_t> uses;  // of each word: bits by Use
  std::vector<std::uint32_t> places;
  bool patterns = false;    // calls that match
  bool statements = false;  // calls that run SQL
};

// False when it may be anywhere.
bool Gate::want(const Need& need, std::string_view text, Wanted& wanted) const {
  const auto bit = [](Use use) { return static_cast<std::uint8_t>(1U << static_cast<unsigned>(use)); };
  wanted.statements = wanted.statements || need.statement;
  if (need.words.empty()) {
    wanted.patterns = wanted.patterns || !need.texts.empty();
    return grammar_ == Grammar::kPhp || !need.texts.empty()
               ? std::ranges::all_of(need.texts,
                                     [&](const auto& regex) { return found_at(*regex, text, wanted.places); })
               : false;
  }
  if (need.last != kNoWord && need.use != Use::kSeen) {
    wanted.uses[need.last] |= bit(need.use);
    return true;
  }
  for (const Word word : need.words)
    wanted.uses[word] |= bit(Use::kSeen);
  return true;
}

// By names that no model has.
void Gate::add_calls(std::string_view text, Wanted& wanted) const {
  NamesReader reader(text, grammar_, false);
  std::unordered_map<std::string_view, bool> runs;
  std::size_t begin = 0;
  std::size_t end = 0;
  while (reader.next(begin, end)) {
    const std::string_view name = text.substr(begin, end - begin);
    bool here = (wanted.patterns && one_of(name, kMatches)) || (grammar_ == Grammar::kPhp && one_of(name, kStatements));
    if (!here && wanted.statements) {
      const auto [known, is_new] = runs.try_emplace(name, false);
      if (is_new) known->second = std::ranges::any_of(runs_, [&](const auto& regex) { return regex->found_in(name); });
      here = known->second && Uses(text, grammar_).is(Use::kGiven, begin, end);
    }
    if (here) wanted.places.push_back(static_cast<std::uint32_t>(begin));
  }
}

std::optional<std::vector<std::uint32_t>> Gate::places(const Seen& seen, std::string_view text) const {
  Wanted wanted;
  wanted.uses.resize(words_.size(), 0);
  for (const Need& need : sinks_) {
    if (met(need, seen, text) && all_in(need, text) && !want(need, text, wanted)) return std::nullopt;
  }
  for (const auto& answer : answers_) {
    if (answer == nullptr || !found_at(*answer, text, wanted.places)) return std::nullopt;
  }
  const Uses uses(text, grammar_);
  for (const Seen::Place& place : seen.places) {
    const unsigned wanted_uses = wanted.uses[place.word];
    for (const Use use : {Use::kSeen, Use::kCalled, Use::kGiven, Use::kBuilt, Use::kAssigned, Use::kMember}) {
      if ((wanted_uses & (1U << static_cast<unsigned>(use))) == 0 || !uses.is(use, place.begin, place.end)) continue;
      wanted.places.push_back(place.begin);
      break;
    }
  }
  const StatementTexts texts = statement_texts(text, grammar_, seen.literals, true);
  wanted.places.insert(wanted.places.end(), texts.places.begin(), texts.places.end());
  wanted.statements = wanted.statements || texts.begun;
  if (wanted.statements || wanted.patterns || grammar_ == Grammar::kPhp) add_calls(text, wanted);
  std::ranges::sort(wanted.places);
  return std::move(wanted.places);
}

Shortened Gate::shortened(std::string_view text) const {
  if (text.size() < kMinShortened_bytes) return {};
  const Seen seen = words_in(text, false);
  const auto wanted = places(seen, text);
  return wanted ? without_idle(text, grammar_, *wanted, seen.literals) : Shortened{};
}

}  // namespace commandcenter::code::dataflow
