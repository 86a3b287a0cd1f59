// Numbers and texts as bytes, for caches: what is read may be broken, or a stranger's. Pure.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

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
  void real(double value) { word(std::bit_cast<std::uint64_t>(value)); }
  void word(std::uint64_t value) { raw(&value, sizeof value); }
  void raw(const void* data, std::size_t size) { bytes_.append(static_cast<const char*>(data), size); }
  std::string take() { return std::exchange(bytes_, {}); }

 private:
  std::string bytes_;
};

// Past the end it gives zeros and remembers that it was there. Texts are views of the bytes.
class PackReader {
 public:
  explicit PackReader(std::string_view bytes) : bytes_(bytes) {}
  bool sound() const { return sound_; }
  bool at_end() const { return bytes_.empty(); }
  std::string_view rest() const { return bytes_; }

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !bytes_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes_.front());
      bytes_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    sound_ = false;
    return 0;
  }
  std::size_t count() {  // of entries that take at least a byte each
    const std::uint64_t value = number();
    if (value > bytes_.size()) sound_ = false;
    return sound_ ? static_cast<std::size_t>(value) : 0;
  }
  std::string_view text() { return raw(number()); }
  double real() { return std::bit_cast<double>(word()); }
  std::uint64_t word() {  // eight bytes, as they are
    std::uint64_t value = 0;
    const std::string_view from = raw(sizeof value);
    if (from.size() == sizeof value) std::memcpy(&value, from.data(), sizeof value);
    return value;
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
