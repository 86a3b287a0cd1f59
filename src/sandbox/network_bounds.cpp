#include "sandbox/network_bounds.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "base/assert.h"
#include "sandbox/unique_fd.h"

namespace commandcenter::sandbox {
namespace {

struct Setting {
  const char* path = nullptr;
  std::int64_t first_bytes = 0;  // before the kernel has seen that more would be of use
};
constexpr std::array<Setting, 2> kSettings{
    {{"/proc/sys/net/ipv4/tcp_rmem", 64 << 10}, {"/proc/sys/net/ipv4/tcp_wmem", 16 << 10}}};
constexpr int kLeast_bytes = 4096;

bool write_settings() {
  return std::ranges::all_of(kSettings, [](const Setting& setting) {
    const UniqueFd file(::open(setting.path, O_WRONLY | O_CLOEXEC));
    const std::string text = fmt::format("{} {} {}", kLeast_bytes, setting.first_bytes, kTcpBuffer_bytes);
    return file.open() && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
  });
}

}  // namespace

bool bound_network(pid_t pid) {
  const UniqueFd own(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
  const UniqueFd its(::open(fmt::format("/proc/{}/ns/net", pid).c_str(), O_RDONLY | O_CLOEXEC));
  if (!own.open() || !its.open() || ::setns(its.get(), CLONE_NEWNET) != 0) return false;
  const bool written = write_settings();
  // Whatever it starts from here on would be in somebody's sandbox.
  CC_ASSERT(::setns(own.get(), CLONE_NEWNET) == 0);
  return written;
}

}  // namespace commandcenter::sandbox
