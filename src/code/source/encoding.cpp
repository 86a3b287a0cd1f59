// Bytes to text.
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "code/source/source.h"

namespace commandcenter::code {
namespace {

constexpr std::size_t kProbe_bytes = 8 << 10;  // how much of a file decides whether it is binary

void append_utf8(std::uint32_t point, std::string& out) {
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xc0 | (point >> 6));
    put(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    put(0xe0 | (point >> 12));
    put(0x80 | ((point >> 6) & 0x3f));
    put(0x80 | (point & 0x3f));
  } else {
    put(0xf0 | (point >> 18));
    put(0x80 | ((point >> 12) & 0x3f));
    put(0x80 | ((point >> 6) & 0x3f));
    put(0x80 | (point & 0x3f));
  }
}

// Length of the character at `at`, 0 when it is not UTF-8.
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(at);
  const std::size_t length = lead < 0x80                   ? 1
                             : lead >= 0xc2 && lead < 0xe0 ? 2
                             : lead >= 0xe0 && lead < 0xf0 ? 3
                             : lead >= 0xf0 && lead < 0xf5 ? 4
                                                           : 0;
  if (length == 0 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return 0;
  }
  const unsigned second = length > 1 ? byte(at + 1) : 0;
  const bool bad = (lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) ||
                   (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f);
  return bad ? 0 : length;
}

std::size_t ascii_run(std::string_view text, std::size_t at) {
  std::uint64_t block = 0;
  while (at + sizeof block <= text.size()) {
    std::memcpy(&block, text.data() + at, sizeof block);
    if ((block & 0x8080808080808080ULL) != 0) break;
    at += sizeof block;
  }
  return at;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t at = ascii_run(text, 0); at < text.size(); at = ascii_run(text, at)) {
    const std::size_t length = utf8_length(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::string to_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (std::size_t at = 0; at < text.size();) {
    if (const std::size_t length = utf8_length(text, at); length > 0) {
      out.append(text.substr(at, length));
      at += length;
    } else {
      append_utf8(static_cast<unsigned char>(text[at++]), out);
    }
  }
  return out;
}

std::string utf16_to_utf8(std::string_view bytes, bool big_endian) {
  const auto unit = [&](std::size_t i) {
    const auto first = static_cast<unsigned char>(bytes[i]);
    const auto second = static_cast<unsigned char>(bytes[i + 1]);
    return static_cast<std::uint32_t>(big_endian ? first << 8 | second : second << 8 | first);
  };
  std::string out;
  out.reserve(bytes.size() / 2);
  for (std::size_t at = 0; at + 1 < bytes.size(); at += 2) {
    std::uint32_t point = unit(at);
    if (at == 0 && point == 0xfeff) continue;  // the mark of the byte order
    const bool high = point >= 0xd800 && point < 0xdc00;
    if (high && at + 3 < bytes.size() && unit(at + 2) >= 0xdc00 && unit(at + 2) < 0xe000) {
      point = 0x10000 + ((point - 0xd800) << 10) + (unit(at + 2) - 0xdc00);
      at += 2;
    } else if (point >= 0xd800 && point < 0xe000) {
      point = 0xfffd;
    }
    append_utf8(point, out);
  }
  return out;
}

Encoding encoding_of(std::string_view bytes) {
  if (bytes.starts_with("\xff\xfe")) return Encoding::kUtf16Le;
  if (bytes.starts_with("\xfe\xff")) return Encoding::kUtf16Be;
  const std::string_view probe = bytes.substr(0, kProbe_bytes);
  if (std::memchr(probe.data(), 0, probe.size()) != nullptr) {
    // English text in UTF-16 without a mark: every second byte is NUL, and only those.
    std::size_t even = 0;
    std::size_t odd = 0;
    for (std::size_t i = 0; i < probe.size(); ++i)
      (i % 2 == 0 ? even : odd) += static_cast<std::size_t>(probe[i] == '\0');
    const std::size_t half = probe.size() / 2;
    if (half >= 8 && even == 0 && odd * 10 >= half * 9) return Encoding::kUtf16Le;
    if (half >= 8 && odd == 0 && even * 10 >= half * 9) return Encoding::kUtf16Be;
    return Encoding::kBinary;
  }
  return Encoding::kText;
}

std::string_view cut_utf8(std::string_view text, std::size_t size_bytes) {
  if (text.size() <= size_bytes) return text;
  while (size_bytes > 0 && (static_cast<unsigned char>(text[size_bytes]) & 0xc0) == 0x80)
    --size_bytes;
  return text.substr(0, size_bytes);
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return result;
}

}  // namespace commandcenter::code
