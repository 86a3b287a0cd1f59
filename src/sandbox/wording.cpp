#include "sandbox/wording.h"

#include <cstring>

#include <fmt/format.h>

namespace commandcenter::sandbox {

std::string size_text(std::int64_t bytes) {
  constexpr std::int64_t kKibi = 1024;
  constexpr std::int64_t kMebi = 1024 * 1024;
  if (bytes >= kMebi && bytes % kMebi == 0) return fmt::format("{} MiB", bytes / kMebi);
  if (bytes >= 10 * kMebi) return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / static_cast<double>(kMebi));
  if (bytes >= kKibi && bytes % kKibi == 0) return fmt::format("{} KiB", bytes / kKibi);
  return fmt::format("{} bytes", bytes);
}

std::string duration_text(std::int64_t time_ms) {
  if (time_ms < 1000) return fmt::format("{} ms", time_ms);
  if (time_ms % 1000 == 0) return fmt::format("{} s", time_ms / 1000);
  return fmt::format("{} s", static_cast<double>(time_ms) / 1000.0);
}

std::string signal_text(int signal) {
  const char* name = ::sigabbrev_np(signal);
  if (name == nullptr) return fmt::format("signal {}", signal);
  return fmt::format("signal {} (SIG{})", signal, name);
}

}  // namespace commandcenter::sandbox
