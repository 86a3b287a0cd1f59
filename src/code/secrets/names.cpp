// The words of a name.
#include "code/secrets/names.h"

#include <cstring>
#include <string>
#include <vector>

#include "base/characters.h"
#include "code/secrets/chosen.h"

namespace commandcenter::code {
namespace {

// A bit for each letter: a word can only be in a text that has its letters.
std::uint32_t letters_of(std::string_view text) {
  std::uint32_t letters = 0;
  for (const char c : text)
    letters |= 1U << (static_cast<unsigned char>(c) % 32);
  return letters;
}

const std::vector<std::uint32_t>& letters_of_words() {
  static const std::vector<std::uint32_t> letters = [] {
    std::vector<std::uint32_t> made;
    for (const KeyWord& word : key_words())
      made.push_back(letters_of(word.text));
    return made;
  }();
  return letters;
}

// "SnapID" does not speak of an API: its letters are those of two words.
bool crosses_hump(std::string_view word) {
  constexpr std::size_t kShort_bytes = 3;
  return word.size() == kShort_bytes &&
         ((is_lower(word[0]) && is_upper(word[1])) || (is_lower(word[1]) && is_upper(word[2])));
}

}  // namespace

void read_name(std::string_view text, Candidate& candidate) {
  const std::string name = lower(text.substr(candidate.name_begin, candidate.name_end - candidate.name_begin));
  const std::uint32_t letters = letters_of(name);
  std::size_t last_end = 0;
  for (std::size_t i = 0; i < key_words().size(); ++i) {
    if ((letters_of_words()[i] & ~letters) != 0) continue;
    const KeyWord& word = key_words()[i];
    if (name.find(word.text) == std::string::npos) continue;  // faster than backwards
    const std::size_t at = name.rfind(word.text);
    if (is_part_of_another(name, word.text, at)) continue;
    if (crosses_hump(text.substr(candidate.name_begin + at, word.text.size()))) continue;
    const bool whole = std::strchr("_-.", word.text.front()) != nullptr;  // "_pat", not "_path"
    if (whole && at + word.text.size() < name.size() && name[at + word.text.size()] >= 'a') continue;
    candidate.kinds = static_cast<std::uint16_t>(candidate.kinds | 1U << static_cast<unsigned>(word.kind));
    if (at + word.text.size() <= last_end) continue;
    last_end = at + word.text.size();
    candidate.word_begin = candidate.name_begin + at;
    candidate.word_end = candidate.name_begin + last_end;
  }
  // "password" and "passwd" go on where "pass" ends
  for (const std::string_view rest : {"word", "wd", "wort", "phrase", "code"}) {
    if (last_end > 0 && std::string_view(name).substr(last_end).starts_with(rest) &&
        std::string_view(name).substr(0, last_end).ends_with("pass"))
      candidate.word_end += rest.size();
  }
}

}  // namespace commandcenter::code
