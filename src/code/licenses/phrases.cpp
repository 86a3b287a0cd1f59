#include "code/licenses/phrases.h"

#include <algorithm>
#include <functional>

namespace commandcenter::code::licenses {

PhraseTable::PhraseTable(std::span<const Phrase> phrases) {
  std::vector<Word> words;
  for (const Phrase& phrase : phrases) {
    words_of(phrase.words, words);
    Compiled compiled{{}, phrase.meaning};
    for (const Word& word : words)
      compiled.words.push_back(word.hash);
    if (compiled.words.size() < 2) continue;
    by_first_two_[compiled.words[0] * 31 + compiled.words[1]].push_back(std::move(compiled));
  }
  for (auto& [key, list] : by_first_two_)
    std::ranges::sort(list, std::greater(), [](const Compiled& compiled) { return compiled.words.size(); });
}

PhraseTable::Hit PhraseTable::at(std::span<const Word> words, std::size_t begin) const {
  if (begin + 1 >= words.size()) return {};
  const auto list = by_first_two_.find(words[begin].hash * 31 + words[begin + 1].hash);
  if (list == by_first_two_.end()) return {};
  const auto rest = words.subspan(begin);
  for (const Compiled& phrase : list->second) {
    const bool same = phrase.words.size() <= rest.size() &&
                      std::equal(phrase.words.begin(), phrase.words.end(), rest.begin(),
                                 [](std::uint64_t hash, const Word& word) { return hash == word.hash; });
    if (same) return {phrase.meaning, phrase.words.size()};
  }
  return {};
}

}  // namespace commandcenter::code::licenses
