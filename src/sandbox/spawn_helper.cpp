// The server's side of the helper's life: fork it, keep the socket, end it.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "sandbox/helper_process.h"
#include "sandbox/sandbox.h"

namespace commandcenter::sandbox {

Result<SpawnHelper> SpawnHelper::fork_now() {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return fail(ErrorCode::kInternal,
                fmt::format("cannot open a socket to the spawn helper: {}", std::strerror(errno)));
  }
  const pid_t pid = ::fork();
  if (pid < 0) {
    const int error = errno;
    ::close(ends[0]);
    ::close(ends[1]);
    return fail(ErrorCode::kInternal, fmt::format("cannot start the spawn helper: {}", std::strerror(error)));
  }
  if (pid == 0) {
    ::close(ends[0]);
    run_helper(ends[1]);
  }
  ::close(ends[1]);
  return SpawnHelper(ends[0], pid);
}

SpawnHelper::SpawnHelper(int socket, int pid) : socket_(socket), pid_(pid) {}

SpawnHelper::SpawnHelper(SpawnHelper&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), pid_(std::exchange(other.pid_, -1)) {}

SpawnHelper& SpawnHelper::operator=(SpawnHelper&& other) noexcept {
  std::swap(socket_, other.socket_);
  std::swap(pid_, other.pid_);
  return *this;
}

SpawnHelper::~SpawnHelper() {
  if (socket_ >= 0) ::close(socket_);
  // The helper takes the closed socket as its order to end; it has its own deadline for that.
  while (pid_ > 0 && ::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

int SpawnHelper::socket() const {
  return socket_;
}

}  // namespace commandcenter::sandbox
