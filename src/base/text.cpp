#include "base/text.h"

#include <cstddef>

namespace commandcenter {
namespace {

constexpr std::size_t kMaxContinuation_bytes = 3;

// Bytes of the character that begins with this one.
std::size_t length_of(unsigned char lead) {
  if (lead >= 0xF0) return 4;
  if (lead >= 0xE0) return 3;
  return lead >= 0xC0 ? 2 : 1;
}

}  // namespace

std::string_view whole_characters(std::string_view text) {
  std::size_t present = 1;  // bytes that are there of the last character
  const auto byte = [&] { return static_cast<unsigned char>(text[text.size() - present]); };
  while (present < text.size() && present <= kMaxContinuation_bytes && (byte() & 0xC0U) == 0x80U)
    ++present;
  if (text.empty() || length_of(byte()) <= present) return text;
  return text.substr(0, text.size() - present);
}

}  // namespace commandcenter
