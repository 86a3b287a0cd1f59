// Numbers and texts as bytes, for caches: what is read may be broken, or a stranger's. Pure.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace commandcenter::code {

class PackWriter {
 public:
  void number(std::uint64_t value) {  // seven bits a byte
    for (; value >= 0x80; value >>= 7)
      bytes_ += static_cast<char>((value & 0x7f) | 0x80);
    bytes_ += static_cast<char>(value);
  }
  void text(std::string_view value) {
    number(value.size());
    bytes_ += value;
  }
  void real(double value) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    raw(&bits, sizeof bits);
  }
  void raw(const void* data, std::size_t size) { bytes_.append(static_cast<const char*>(data), size); }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Past the end it gives zeros and remembers that it was there. Texts are views of the bytes.
class PackReader {
 public:
  explicit PackReader(std::string_view bytes) : bytes_(bytes) {}
  bool sound() const { return sound_; }
  bool at_end() const { return bytes_.empty(); }

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::string_view one = raw(1);
      const auto byte = static_cast<unsigned char>(one.empty() ? 0 : one[0]);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return value;
  }
  std::size_t count() {  // of entries that take at least a byte each
    const std::uint64_t value = number();
    if (value > bytes_.size()) sound_ = false;
    return sound_ ? static_cast<std::size_t>(value) : 0;
  }
  std::string_view text() { return raw(number()); }
  double real() {
    std::uint64_t bits = 0;
    const std::string_view from = raw(sizeof bits);
    if (from.size() == sizeof bits) std::memcpy(&bits, from.data(), sizeof bits);
    return std::bit_cast<double>(bits);
  }
  std::string_view raw(std::uint64_t size) {
    if (size > bytes_.size()) {
      sound_ = false;
      bytes_ = {};
      return {};
    }
    const std::string_view part = bytes_.substr(0, static_cast<std::size_t>(size));
    bytes_.remove_prefix(static_cast<std::size_t>(size));
    return part;
  }

 private:
  std::string_view bytes_;
  bool sound_ = true;
};

}  // namespace commandcenter::code
