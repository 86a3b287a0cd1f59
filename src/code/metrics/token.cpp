// Words to symbols, and the classes of characters.
#include "code/metrics/token.h"

#include <algorithm>
#include <utility>

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

// Outside ASCII by blocks: what is neither punctuation, symbol, mark nor space counts as a letter.
bool is_letter(char32_t code) {
  if (code < 0x80) return (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z');
  if (code < 0xc0) return code == 0xaa || code == 0xb5 || code == 0xba;
  if (code == 0xd7 || code == 0xf7) return false;
  constexpr auto kNotLetters = std::to_array<std::pair<char32_t, char32_t>>({{0x2c2, 0x2c5},
                                                                             {0x300, 0x36f},
                                                                             {0x2000, 0x2070},
                                                                             {0x2072, 0x2101},
                                                                             {0x2190, 0x2bff},
                                                                             {0x3000, 0x3004},
                                                                             {0x3007, 0x3030},
                                                                             {0xd800, 0xf8ff},
                                                                             {0xfe00, 0xfe6f},
                                                                             {0xff01, 0xff20},
                                                                             {0xff3b, 0xff40},
                                                                             {0xff5b, 0xff65},
                                                                             {0xffe0, 0xffff},
                                                                             {0x1f000, 0x1faff}});
  return std::ranges::none_of(kNotLetters,
                              [&](const auto& range) { return range.first <= code && code <= range.second; });
}

bool is_word(char32_t code) {
  if (code < 0x80) return is_letter(code) || code == '_' || (code >= '0' && code <= '9');
  return is_letter(code) || code == 0xb2 || code == 0xb3 || code == 0xb9 || (code >= 0xbc && code <= 0xbe) ||
         (code >= 0xff10 && code <= 0xff19);
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
      if (!is_word(byte)) break;
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
