// Known secrets in what a program says, replaced before anybody sees or stores it: as they are, in Base64, hexadecimal,
// percent and JSON escapes, also spread over lines and over pieces of a stream. Whoever has a secret can always tell it
// in a code of its own; this is against accidents. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace commandcenter::sandbox {

inline constexpr std::string_view kMasked = "***";
inline constexpr std::size_t kMinMasked_bytes = 6;          // shorter values are not looked for
inline constexpr std::size_t kMinMaskedLine_bytes = 16;     // lines of a value that is not seen as a whole
inline constexpr std::size_t kMaxLineBreaksWithin = 2'000;  // a secret with more of them in between is not seen

class Mask {
 public:
  Mask() = default;
  explicit Mask(const std::vector<std::string>& values);

  bool empty() const { return patterns_.empty(); }
  bool finds(std::string_view text) const;
  std::string apply(std::string_view text) const;

 private:
  friend class MaskedStream;
  enum class Match { kNo, kWhole, kBegun };
  struct Found {
    Match match = Match::kNo;
    std::size_t length = 0;  // of the text, line breaks within included
  };
  Found at(std::string_view text) const;  // the longest one that the text starts with
  void add(std::string pattern);

  std::vector<std::string> patterns_;                     // without line breaks
  std::array<std::vector<std::size_t>, 256> by_first_{};  // indexes of patterns, by their first byte, longest first
};

// A mask over pieces. What may be the beginning of a secret waits for the next piece.
class MaskedStream {
 public:
  using Out = std::function<void(std::string_view)>;
  explicit MaskedStream(const Mask& mask) : mask_(mask) {}

  void feed(std::string_view bytes, const Out& out);
  void finish(const Out& out);

 private:
  void go_on(bool is_end, const Out& out);

  const Mask& mask_;
  std::string held_;
};

}  // namespace commandcenter::sandbox
