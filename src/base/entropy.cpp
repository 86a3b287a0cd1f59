#include "base/entropy.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <string_view>

#include "base/assert.h"

namespace commandcenter {

void SystemEntropy::fill(std::span<std::uint8_t> bytes) {
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = ::getrandom(bytes.data() + filled, bytes.size() - filled, 0);
    if (got < 0) {
      CC_ASSERT(errno == EINTR);
      continue;
    }
    filled += static_cast<std::size_t>(got);
  }
}

namespace {

constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t kTimeChars = 10;
constexpr std::size_t kRandomChars = 16;

// The next one of the same millisecond; the same if it was the last.
std::string successor(std::string id) {
  for (std::size_t i = id.size(); i-- > kTimeChars;) {
    const std::size_t digit = kAlphabet.find(id[i]);
    if (digit + 1 < kAlphabet.size()) {
      id[i] = kAlphabet[digit + 1];
      std::fill(id.begin() + static_cast<std::ptrdiff_t>(i) + 1, id.end(), kAlphabet.front());
      return id;
    }
  }
  return id;
}

}  // namespace

std::string make_id(std::int64_t wall_ms, Entropy& entropy) {
  std::string id(kTimeChars + kRandomChars, '0');
  auto time = static_cast<std::uint64_t>(wall_ms);
  for (std::size_t i = kTimeChars; i-- > 0; time >>= 5)
    id[i] = kAlphabet[time & 31];
  std::array<std::uint8_t, kRandomChars> random{};
  entropy.fill(random);
  for (std::size_t i = 0; i < kRandomChars; ++i)
    id[kTimeChars + i] = kAlphabet[random[i] & 31];
  return id;
}

std::string IdSequence::next(std::int64_t wall_ms, Entropy& entropy) {
  std::string id = make_id(wall_ms, entropy);
  const bool same_time = last_.starts_with(std::string_view(id).substr(0, kTimeChars));
  if (same_time && id <= last_) id = successor(last_);
  last_ = id;
  return id;
}

}  // namespace commandcenter
