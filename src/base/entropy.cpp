#include "base/entropy.h"

#include <sys/random.h>

#include <array>
#include <cerrno>

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

std::string make_id(std::int64_t wall_ms, Entropy& entropy) {
  static constexpr char kAlphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
  constexpr std::size_t kTimeChars = 10;
  constexpr std::size_t kRandomChars = 16;
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

}  // namespace commandcenter
