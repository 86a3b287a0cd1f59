// Words to symbols, and the classes of characters.
#include "code/metrics/token.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/regex.h"

namespace commandcenter::code::metrics {
namespace {

using enum Symbol;

constexpr std::size_t kLongestWord = 12;

constexpr auto kWords = std::to_array<std::pair<std::string_view, Symbol>>({
    {"&&", kAndAnd},
    {"||", kOrOr},
    {"??", kDoubleQuestion},
    {"=>", kFatArrow},
    {"->", kThinArrow},
    {"::", kScope},
    {"${", kInterpolation},
    {"if", kIf},
    {"elif", kElif},
    {"elseif", kElseif},
    {"elsif", kElsif},
    {"else", kElse},
    {"for", kFor},
    {"foreach", kForeach},
    {"while", kWhile},
    {"until", kUntil},
    {"do", kDo},
    {"switch", kSwitch},
    {"case", kCase},
    {"when", kWhen},
    {"match", kMatch},
    {"catch", kCatch},
    {"except", kExcept},
    {"rescue", kRescue},
    {"ensure", kEnsure},
    {"finally", kFinally},
    {"final", kFinal},
    {"try", kTry},
    {"then", kThen},
    {"begin", kBegin},
    {"end", kEnd},
    {"unless", kUnless},
    {"and", kAnd},
    {"or", kOr},
    {"where", kWhere},
    {"template", kTemplate},
    {"typedef", kTypedef},
    {"struct", kStruct},
    {"class", kClass},
    {"union", kUnion},
    {"namespace", kNamespace},
    {"module", kModule},
    {"enum", kEnum},
    {"record", kRecord},
    {"trait", kTrait},
    {"interface", kInterface},
    {"extends", kExtends},
    {"implements", kImplements},
    {"operator", kOperator},
    {"const", kConst},
    {"noexcept", kNoexcept},
    {"throw", kThrow},
    {"throws", kThrows},
    {"void", kVoid},
    {"mutable", kMutable},
    {"constexpr", kConstexpr},
    {"consteval", kConsteval},
    {"new", kNew},
    {"static", kStatic},
    {"async", kAsync},
    {"await", kAwait},
    {"abstract", kAbstract},
    {"declare", kDeclare},
    {"type", kType},
    {"get", kGet},
    {"set", kSet},
    {"function", kFunction},
    {"func", kFunc},
    {"fn", kFn},
    {"fun", kFun},
    {"def", kDef},
    {"it", kIt},
    {"use", kUse},
    {"return", kReturn},
    {"yield", kYield},
    {"break", kBreak},
    {"continue", kContinue},
    {"goto", kGoto},
    {"assert", kAssert},
    {"instanceof", kInstanceof},
    {"synchronized", kSynchronized},
    {"public", kPublic},
    {"private", kPrivate},
    {"protected", kProtected},
    {"lambda", kLambda},
    {"default", kDefault},
    {"=begin", kEmbeddedBegin},
    {"=end", kEmbeddedEnd},
});

constexpr std::size_t kSlots = 512;  // a power of two, several times the number of words

constexpr std::size_t slot_of(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<std::size_t>(static_cast<unsigned char>(text[at])); };
  return (byte(0) * 31 + byte(text.size() - 1) * 7 + byte(text.size() / 2) * 131 + text.size() * 17) % kSlots;
}

using Slots = std::array<std::uint8_t, kSlots>;  // 0: empty, else the position in kWords plus one

constexpr Slots make_slots() {
  Slots slots{};
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    std::size_t slot = slot_of(kWords[i].first);
    while (slots[slot] != 0)
      slot = (slot + 1) % kSlots;
    slots[slot] = static_cast<std::uint8_t>(i + 1);
  }
  return slots;
}
constexpr Slots kWordSlots = make_slots();

constexpr char32_t kEndOfLetters = 0x32400;  // nothing beyond is one

std::string utf8(char32_t code) {
  const auto low = [&](unsigned shift) { return static_cast<char>(0x80U | (code >> shift & 0x3fU)); };
  if (code < 0x800) return {static_cast<char>(0xc0U | code >> 6), low(0)};
  if (code < 0x10000) return {static_cast<char>(0xe0U | code >> 12), low(6), low(0)};
  return {static_cast<char>(0xf0U | code >> 18), low(12), low(6), low(0)};
}

// The characters outside ASCII that a pattern matches, as the tables behind regular expressions have them.
class CharacterClass {
 public:
  explicit CharacterClass(std::string_view pattern) {
    const auto regex = Regex::compile(pattern);
    CC_ASSERT(regex);
    for (char32_t code = 0x80; code < kEndOfLetters; ++code) {
      const bool is_surrogate = code >= 0xd800 && code < 0xe000;
      if (is_surrogate || !regex->found_in(utf8(code))) continue;
      if (runs_.empty() || runs_.back().second + 1 < code) runs_.emplace_back(code, code);
      runs_.back().second = code;
    }
  }

  bool contains(char32_t code) const {
    const auto after = std::ranges::upper_bound(runs_, code, {}, &std::pair<char32_t, char32_t>::first);
    return after != runs_.begin() && code <= std::prev(after)->second;
  }

 private:
  std::vector<std::pair<char32_t, char32_t>> runs_;  // first and last, in order
};

}  // namespace

Symbol symbol_of(std::string_view text) {
  if (text.empty() || text.size() > kLongestWord) return kOther;
  if (text.size() == 1) {
    const auto byte = static_cast<unsigned char>(text[0]);
    if (byte >= 0x80 || byte == 0) return kOther;
    return text[0] != '\n' && is_space(byte) ? kSpace : symbol(text[0]);
  }
  for (std::size_t slot = slot_of(text); kWordSlots[slot] != 0; slot = (slot + 1) % kSlots) {
    const auto& [word, found] = kWords[kWordSlots[slot] - 1U];
    if (word == text) return found;
  }
  return kOther;
}

Character character_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t offset) -> char32_t {
    return at + offset < text.size() ? static_cast<unsigned char>(text[at + offset]) : 0;
  };
  const char32_t first = byte(0);
  const auto follows = [&](std::size_t offset) { return (byte(offset) & 0xc0U) == 0x80; };
  if (first < 0xc2 || !follows(1)) return {first, 1};
  if (first < 0xe0) return {(first & 0x1fU) << 6 | (byte(1) & 0x3fU), 2};
  if (!follows(2)) return {first, 1};
  if (first < 0xf0) return {(first & 0xfU) << 12 | (byte(1) & 0x3fU) << 6 | (byte(2) & 0x3fU), 3};
  if (first > 0xf4 || !follows(3)) return {first, 1};
  return {(first & 0x7U) << 18 | (byte(1) & 0x3fU) << 12 | (byte(2) & 0x3fU) << 6 | (byte(3) & 0x3fU), 4};
}

bool is_letter(char32_t code) {
  if (code < 0x80) return (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z');
  static const CharacterClass kLetters("\\pL");
  return kLetters.contains(code);
}

bool is_word(char32_t code) {
  if (code < 0x80) return is_letter(code) || code == '_' || (code >= '0' && code <= '9');
  static const CharacterClass kLettersAndNumbers("[\\pL\\pN]");
  return kLettersAndNumbers.contains(code);
}

bool is_space(char32_t code) {
  if (code < 0x80) return code == ' ' || (code >= '\t' && code <= '\r') || (code >= 0x1c && code <= 0x1f);
  return code == 0x85 || code == 0xa0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x2028 ||
         code == 0x2029 || code == 0x202f || code == 0x205f || code == 0x3000;
}

bool begins_with_letter(std::string_view text) {
  return !text.empty() && is_letter(character_at(text, 0).code);
}

std::size_t word_end(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80) {
      if (!kIsWordByte[byte]) break;
      ++at;
      continue;
    }
    const Character character = character_at(text, at);
    if (!is_word(character.code)) break;
    at += character.length;
  }
  return at;
}

}  // namespace commandcenter::code::metrics
