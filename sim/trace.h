// What happened in a world, line by line, and a hash of it. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace commandcenter::sim {

class Trace {
 public:
  explicit Trace(bool keep_text) : keep_text_(keep_text) {}

  void line(std::int64_t at_ms, std::string_view text) {
    add(std::to_string(at_ms));
    add(" ");
    add(text);
    add("\n");
  }
  std::uint64_t hash() const { return hash_; }
  const std::string& text() const { return text_; }

 private:
  void add(std::string_view text) {
    for (const char c : text)
      hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;  // FNV-1a
    if (keep_text_) text_ += text;
  }

  bool keep_text_;
  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
  std::string text_;
};

}  // namespace commandcenter::sim
