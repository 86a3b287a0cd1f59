#include "code/review/json_text.h"

#include <array>
#include <cstddef>

#include "base/json.h"
#include "code/source/source.h"

namespace commandcenter::code {
namespace {

enum Kind : unsigned char { kPlain, kEscaped, kWide };  // kWide: part of a character of several bytes

constexpr std::array<Kind, 256> kinds() {
  std::array<Kind, 256> all{};
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i] = i >= 0x80 ? kWide : i < 0x20 || i == '"' || i == '\\' ? kEscaped : kPlain;
  return all;
}
constexpr auto kKinds = kinds();

void append_escaped(std::string& out, char c) {
  constexpr std::string_view kLetters = "\"\"\\\\\bb\ff\nn\rr\tt";  // the character, and its letter behind a backslash
  for (std::size_t i = 0; i < kLetters.size(); i += 2)
    if (kLetters[i] == c) return void((out += '\\') += kLetters[i + 1]);
  constexpr std::string_view kDigits = "0123456789abcdef";
  ((out += "\\u00") += kDigits[static_cast<unsigned char>(c) >> 4]) += kDigits[static_cast<unsigned char>(c) & 15];
}

}  // namespace

void append_json(std::string& out, std::string_view text) {
  const std::size_t before = out.size();
  out += '"';
  bool wide = false;
  std::size_t from = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const Kind kind = kKinds[static_cast<unsigned char>(text[at])];
    wide = wide || kind == kWide;
    if (kind != kEscaped) continue;
    out.append(text, from, at - from);
    append_escaped(out, text[at]);
    from = at + 1;
  }
  out.append(text, from);
  out += '"';
  if (!wide || is_utf8(text)) return;
  out.resize(before);
  out += dump_json(Json(text));
}

}  // namespace commandcenter::code
