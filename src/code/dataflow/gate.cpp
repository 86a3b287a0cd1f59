#include "code/dataflow/gate.h"

#include <algorithm>
#include <array>
#include <bit>

namespace commandcenter::code::dataflow {
namespace {

constexpr Contexts kSql = 1;
constexpr std::uint64_t kHashStart = 0xCBF29CE484222325;
constexpr std::uint64_t kHashFactor = 0x100000001B3;  // FNV-1a

// What lowering says where the text has a keyword, a sign or an attribute, or says otherwise.
constexpr auto kUnwritten =
    std::to_array<std::string_view>({"jsx", "this", "include", "exit", "print", "echo", "new", "super"});

constexpr auto kPartOfName = [] {
  std::array<bool, 256> table{};
  for (int c = 0; c < 256; ++c)
    table[static_cast<std::size_t>(c)] =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
  return table;
}();

bool part_of_name(char c) {
  return kPartOfName[static_cast<unsigned char>(c)];
}

std::uint64_t hash_of(std::string_view name, unsigned char fold, std::uint64_t hash = kHashStart) {
  for (const char c : name)
    hash = (hash ^ (static_cast<unsigned char>(c) | fold)) * kHashFactor;
  return hash;
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
  return before.ends_with("self.") || before.ends_with("this.") || before.ends_with("this->") ||
         before.ends_with("this?.");
}

bool equal(std::string_view name, std::string_view word, bool any_case) {
  if (!any_case) return name == word;
  return std::ranges::equal(name, word, [](char a, char b) { return (a | 0x20) == (b | 0x20); });
}

bool subset(const std::vector<std::uint16_t>& words, const std::vector<bool>& seen) {
  return std::ranges::all_of(words, [&](std::uint16_t word) { return seen[word]; });
}

bool found_in(const std::vector<std::shared_ptr<const Regex>>& patterns, std::string_view text) {
  return std::ranges::any_of(patterns, [&](const auto& regex) { return regex == nullptr || regex->found_in(text); });
}

bool all_in(const std::vector<std::shared_ptr<const Regex>>& patterns, std::string_view text) {
  return std::ranges::all_of(patterns, [&](const auto& regex) { return regex->found_in(text); });
}

}  // namespace

Gate::Gate(const Models& models, Grammar grammar)
    : any_case_(models.any_case_),
      says_this_(grammar == Grammar::kPython || grammar == Grammar::kPhp || grammar == Grammar::kJavaScript ||
                 grammar == Grammar::kTypeScript || grammar == Grammar::kTsx) {
  for (const auto& [last, roles] : models.by_last_) {
    for (const Entry& entry : roles[static_cast<std::size_t>(Role::kSource)])
      add_path(entry, {}, sources_);
    for (const Role role : {Role::kSink, Role::kFlag, Role::kAssign, Role::kStore}) {
      for (const Entry& entry : roles[static_cast<std::size_t>(role)]) {
        if (entry.rule->category == "internal") continue;
        const bool flag =
            role == Role::kFlag || (role == Role::kAssign && !entry.arguments.empty() && entry.arguments[0] == "flag");
        Need need;
        if (entry.near != nullptr) need.texts.push_back(entry.near);
        need.source = !flag && entry.least == Level::kSource;
        need.statement = !flag && (entry.rule->context & kSql) != 0;
        add_path(entry, std::move(need), sinks_);
      }
    }
  }
  Need answer;  // of a function in the cloud
  answer.words = {word("statusCode"), word("body")};
  answer.source = true;
  sinks_.push_back(std::move(answer));
  for (const auto* list : {&models.params, &models.entries})
    for (const Marked& marked : *list)
      marks_.push_back(marked.anywhere);
  for (const Marked& marked : models.returns)
    answers_.push_back(marked.anywhere);
  slots_.resize(std::bit_ceil(words_.size() * 4));
  const unsigned char fold = any_case_ ? 0x20 : 0;
  for (std::size_t i = 0; i < words_.size(); ++i) {
    const std::uint64_t hash = hash_of(words_[i], fold);
    std::size_t at = hash & (slots_.size() - 1);
    while (!slots_[at].text.empty())
      at = (at + 1) & (slots_.size() - 1);
    slots_[at] = {hash, words_[i], static_cast<Word>(i)};
  }
}

Gate::Word Gate::word(std::string_view text) {
  const auto known = std::ranges::find(words_, text);
  if (known != words_.end()) return static_cast<Word>(known - words_.begin());
  words_.emplace_back(text);
  return static_cast<Word>(words_.size() - 1);
}

void Gate::add_path(const Entry& entry, Need need, std::vector<Need>& list) {
  for (std::size_t i = 0; i < entry.path.size(); ++i) {
    const std::string& segment = entry.path[i];  // the last first
    const bool member = says_this_ && i + 1 < entry.path.size() && entry.path[i + 1] == "this";
    for_each_name(segment, [&](std::size_t begin, std::size_t end) {
      const std::string name = segment.substr(begin, end - begin);
      if (member)
        need.words.push_back(word("this." + name));
      else if (std::ranges::find(kUnwritten, name) == kUnwritten.end())
        need.words.push_back(word(name));
    });
  }
  for (const Condition& condition : entry.conditions) {
    if (condition.unless) continue;
    if (condition.anywhere != nullptr) need.texts.push_back(condition.anywhere);
    const bool named = condition.argument != "recv" && !condition.argument.empty() &&
                       part_of_name(condition.argument[0]) &&
                       (condition.argument[0] < '0' || condition.argument[0] > '9');
    if (named && list.data() != sources_.data()) need.words.push_back(word(condition.argument));
  }
  list.push_back(std::move(need));
}

std::vector<bool> Gate::words_in(std::string_view text) const {
  std::vector<bool> seen(words_.size(), false);
  const std::size_t mask = slots_.size() - 1;
  const unsigned char fold = any_case_ ? 0x20 : 0;
  const auto look_up = [&](std::string_view name, std::uint64_t hash, std::string_view before) {
    for (std::size_t at = hash & mask; !slots_[at].text.empty(); at = (at + 1) & mask) {
      const std::string_view word = slots_[at].text;
      if (slots_[at].hash != hash || word.size() != before.size() + name.size() || !word.starts_with(before) ||
          !equal(name, word.substr(before.size()), any_case_))
        continue;
      seen[slots_[at].word] = true;
      return;
    }
  };
  const std::uint64_t this_hash = hash_of("this.", fold);
  for_each_name(text, [&](std::size_t begin, std::size_t end) {
    if (text.substr(end).starts_with("://")) return;  // of an address
    const std::string_view name = text.substr(begin, end - begin);
    look_up(name, hash_of(name, fold), {});
    if (name[0] == '$') look_up(name.substr(1), hash_of(name.substr(1), fold), {});
    if (says_this_ && of_this(text.substr(0, begin))) look_up(name, hash_of(name, fold, this_hash), "this.");
  });
  return seen;
}

bool Gate::holds_source(const std::vector<bool>& seen, std::string_view text) const {
  return std::ranges::any_of(sources_, [&](const Need& need) { return subset(need.words, seen); }) ||
         found_in(marks_, text);
}

Gate::Answer Gate::ask(std::string_view text, bool statements) const {
  if (statements) return Answer::kOpen;
  const std::vector<bool> seen = words_in(text);
  bool wants_source = false;
  for (const Need& need : sinks_) {
    if (!subset(need.words, seen)) continue;
    if (need.source || need.statement)
      wants_source = wants_source || all_in(need.texts, text);
    else if (all_in(need.texts, text))
      return Answer::kOpen;
  }
  if (!wants_source && !found_in(answers_, text)) return Answer::kClosed;
  return holds_source(seen, text) ? Answer::kOpen : Answer::kForeign;
}

const Gate& Gate::of(Grammar grammar) {
  static const auto all = [] {
    std::vector<Gate> made;
    for (std::size_t i = 0; i < kGrammars; ++i)
      made.emplace_back(Models::of(static_cast<Grammar>(i)), static_cast<Grammar>(i));
    return made;
  }();
  return all[static_cast<std::size_t>(grammar)];
}

}  // namespace commandcenter::code::dataflow
