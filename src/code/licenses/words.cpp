#include "code/licenses/words.h"

#include <algorithm>
#include <array>
#include <utility>

namespace commandcenter::code::licenses {
namespace {

constexpr std::size_t kMaxTag_bytes = 200;
constexpr std::size_t kMaxWord_bytes = 40;
constexpr std::size_t kMaxCopyrightLine_bytes = 200;

// What a byte is: 0 separates words, 1 to 0x7f is the lower-case character.
constexpr std::array<char, 256> make_table() {
  std::array<char, 256> table{};
  for (int c = 0; c < 256; ++c) {
    const auto at = static_cast<std::size_t>(c);
    if (c >= 'a' && c <= 'z') table[at] = static_cast<char>(c);
    if (c >= '0' && c <= '9') table[at] = static_cast<char>(c);
    if (c >= 'A' && c <= 'Z') table[at] = static_cast<char>(c - 'A' + 'a');
    if (c >= 0x80) table[at] = 1;
  }
  return table;
}
constexpr std::array<char, 256> kTable = make_table();

constexpr std::uint64_t kSeed = 0xcbf29ce484222325ULL;
constexpr std::uint64_t kPrime = 0x100000001b3ULL;

constexpr std::uint64_t hash_text(std::string_view word) {
  std::uint64_t hash = kSeed;
  for (const char c : word)
    hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  return hash;
}

// Spellings that count as one word.
struct Same {
  std::uint64_t from;
  std::uint64_t to;
};
constexpr auto kSame = std::to_array<Same>({
    {hash_text("licence"), hash_text("license")},
    {hash_text("licences"), hash_text("licenses")},
    {hash_text("licenced"), hash_text("licensed")},
    {hash_text("organisation"), hash_text("organization")},
    {hash_text("organisations"), hash_text("organizations")},
    {hash_text("authorisation"), hash_text("authorization")},
    {hash_text("authorised"), hash_text("authorized")},
    {hash_text("merchantibility"), hash_text("merchantability")},
    {hash_text("acknowledgement"), hash_text("acknowledgment")},
    {hash_text("acknowledgements"), hash_text("acknowledgments")},
    {hash_text("centre"), hash_text("center")},
    {hash_text("favour"), hash_text("favor")},
    {hash_text("honour"), hash_text("honor")},
    {hash_text("fulfil"), hash_text("fulfill")},
    {hash_text("labour"), hash_text("labor")},
    {hash_text("https"), hash_text("http")},
    {hash_text("programme"), hash_text("program")},
    {hash_text("utilisation"), hash_text("utilization")},
    {hash_text("wilful"), hash_text("willful")},
    {hash_text("analogue"), hash_text("analog")},
    {hash_text("judgement"), hash_text("judgment")},
    {hash_text("noncommercial"), hash_text("noncommercial")},
});

constexpr std::uint64_t kCopyright = hash_text("copyright");
constexpr std::uint64_t kDnl = hash_text("dnl");
constexpr std::uint64_t kRem = hash_text("rem");

std::uint64_t canonical(std::uint64_t hash) {
  // The first letters decide rarely; the table is short, and most words differ in the low byte.
  for (const Same& same : kSame) {
    if (same.from == hash) return same.to;
  }
  return hash;
}

// The end of a tag that begins here, or 0. "<year>" is one, "a < b" is none.
std::size_t tag_end(std::string_view text, std::size_t at) {
  if (at + 1 >= text.size()) return 0;
  const char next = text[at + 1];
  if (text.substr(at).starts_with("<!--")) return at + 4;  // a comment's words count
  if (next != '/' && next != '!' && kTable[static_cast<unsigned char>(next)] == 0) return 0;
  const std::size_t limit = std::min(text.size(), at + kMaxTag_bytes);
  for (std::size_t end = at + 1; end < limit; ++end) {
    if (text[end] == '>') return end + 1;
    if (text[end] == '<') return 0;
  }
  return 0;
}

// "&quot;", "&#8220;": letters that are none.
std::size_t entity_end(std::string_view text, std::size_t at) {
  constexpr std::size_t kMaxEntity_bytes = 10;
  for (std::size_t end = at + 1; end < std::min(text.size(), at + kMaxEntity_bytes); ++end) {
    if (text[end] == ';') return end > at + 2 ? end + 1 : 0;
    if (text[end] != '#' && kTable[static_cast<unsigned char>(text[end])] == 0) return 0;
  }
  return 0;
}

// Typographic signs of UTF-8: quotes, dashes, ©, ®, no-break space. They separate words.
std::size_t sign_end(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U; };
  if (byte(0) == 0xc2 && byte(1) != 0) return at + 2;
  if (byte(0) == 0xe2 && byte(1) >= 0x80 && byte(1) <= 0x84) return std::min(at + 3, text.size());
  if (byte(0) == 0xef && byte(1) == 0xbb) return std::min(at + 3, text.size());
  return 0;
}

bool digit_in(std::string_view line) {
  return line.find_first_of("0123456789<[{") != std::string_view::npos;
}

// "Copyright (c) 2020 Somebody", "© 2020": who and when is not what. The line's end when it is one.
std::size_t copyright_line(std::string_view text, std::size_t after_word) {
  const std::size_t end = std::min(text.find('\n', after_word), text.size());
  const std::string_view line = text.substr(after_word, end - after_word);
  if (line.size() > kMaxCopyrightLine_bytes) return 0;
  const std::size_t first = line.find_first_not_of(" \t");
  if (first == std::string_view::npos) return 0;
  const bool sign = line.substr(first).starts_with("(c)") || line.substr(first).starts_with("(C)") ||
                    line.substr(first).starts_with("\xc2\xa9");
  const bool year = digit_in(line.substr(first, 1)) || line.substr(first, 2) == ": ";
  return (sign || year) && digit_in(line) ? end : 0;
}

}  // namespace

std::uint64_t hash_of(std::string_view lower_case_word) {
  return canonical(hash_text(lower_case_word));
}

void words_of(std::string_view text, std::vector<Word>& words) {
  words.clear();
  text = text.substr(0, kMaxText_bytes);
  bool line_begins = true;
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (kTable[byte] == 0) {
      std::size_t end = at + 1;
      if (byte == '\n') line_begins = true;
      if (byte == '<') end = std::max(end, tag_end(text, at));
      if (byte == '&') end = std::max(end, entity_end(text, at));
      at = end;
      continue;
    }
    if (byte >= 0x80) {
      if (const std::size_t end = sign_end(text, at); end != 0) {
        at = end;
        continue;
      }
    }
    const std::size_t begin = at;
    std::uint64_t hash = kSeed;
    const bool ideograph = byte >= 0xe3 && byte <= 0xed;  // written without spaces: each is a word
    while (at < text.size()) {
      const auto c = static_cast<unsigned char>(text[at]);
      if (ideograph ? at == begin + 3 : c >= 0xe3 && c <= 0xed && at > begin) break;
      if (kTable[c] == 0 || (c >= 0x80 && sign_end(text, at) != 0)) break;
      hash = (hash ^ static_cast<unsigned char>(c >= 0x80 ? c : kTable[c])) * kPrime;
      ++at;
    }
    const bool first = std::exchange(line_begins, false);
    const std::size_t size = at - begin;
    if (size > kMaxWord_bytes || (size == 1 && kTable[byte] > '9')) {
      line_begins = first;  // a bullet, a column of comment signs
      continue;
    }
    if (first && (hash == kDnl || hash == kRem)) {
      line_begins = true;
      continue;
    }
    if (hash == kCopyright && first) {
      if (const std::size_t end = copyright_line(text, at); end != 0) {
        at = end;
        continue;
      }
    }
    words.push_back({canonical(hash), static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(at)});
  }
}

}  // namespace commandcenter::code::licenses
