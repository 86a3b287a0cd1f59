#include "sandbox/spawn_protocol.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <type_traits>

#include "base/assert.h"

namespace commandcenter::sandbox {
namespace {

static_assert(std::is_trivially_copyable_v<Request> && std::is_trivially_copyable_v<Notice>);
static_assert(std::is_trivially_copyable_v<ResourceLimit>);

struct PlanHeader {
  std::uint32_t argument_count = 0;
  std::uint32_t variable_count = 0;
  std::uint32_t limit_count = 0;
  std::uint32_t shown_count = 0;
  std::uint32_t is_bubblewrap = 0;
  std::uint32_t into_cgroup = 0;
  std::uint32_t staged = 0;
  UserRange users;
};

template <typename T>
void append_bytes(std::string& out, const T& value) {
  char raw[sizeof(T)];
  std::memcpy(raw, &value, sizeof(T));
  out.append(raw, sizeof(T));
}

template <typename T>
bool take_bytes(std::string_view& in, T& value) {
  if (in.size() < sizeof(T)) return false;
  std::memcpy(&value, in.data(), sizeof(T));
  in.remove_prefix(sizeof(T));
  return true;
}

bool take_text(std::string_view& in, std::string& text) {
  const std::size_t end = in.find('\0');
  if (end == std::string_view::npos) return false;
  text.assign(in.substr(0, end));
  in.remove_prefix(end + 1);
  return true;
}

Transfer transfer_of(ssize_t moved, std::size_t expected) {
  if (moved == static_cast<ssize_t>(expected)) return Transfer::kDone;
  if (moved < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return Transfer::kWouldBlock;
  return Transfer::kClosed;
}

using ControlBuffer = std::array<char, CMSG_SPACE(sizeof(int) * kMaxMessageFds)>;

}  // namespace

std::string encode_plan(const SpawnPlan& plan) {
  std::string out;
  PlanHeader header;
  header.argument_count = static_cast<std::uint32_t>(plan.argv.size());
  header.variable_count = static_cast<std::uint32_t>(plan.environment.size());
  header.limit_count = static_cast<std::uint32_t>(plan.limits.size());
  header.shown_count = static_cast<std::uint32_t>(plan.shown.size());
  header.is_bubblewrap = plan.is_bubblewrap ? 1 : 0;
  header.into_cgroup = plan.into_cgroup ? 1 : 0;
  header.staged = plan.staged ? 1 : 0;
  header.users = plan.users;
  append_bytes(out, header);
  for (const ResourceLimit& limit : plan.limits)
    append_bytes(out, limit);
  const auto append_text = [&out](const std::string& text) { out.append(text).push_back('\0'); };
  append_text(plan.folder);
  append_text(plan.mount_point);
  append_text(plan.mount_options);
  for (const std::string& argument : plan.argv)
    append_text(argument);
  for (const std::string& variable : plan.environment)
    append_text(variable);
  for (const ShownPath& path : plan.shown) {
    append_text(path.source);
    append_text(path.target);
    append_bytes(out, path.writable);
  }
  return out;
}

std::optional<SpawnPlan> decode_plan(std::string_view bytes) {
  PlanHeader header;
  if (!take_bytes(bytes, header)) return std::nullopt;
  // Every entry takes at least one byte, so the counts cannot ask for more than was sent.
  const std::uint64_t entries =
      std::uint64_t{header.argument_count} + header.variable_count + header.limit_count + header.shown_count;
  if (header.argument_count == 0 || entries > bytes.size()) return std::nullopt;
  SpawnPlan plan;
  plan.limits.resize(header.limit_count);
  plan.argv.resize(header.argument_count);
  plan.environment.resize(header.variable_count);
  plan.shown.resize(header.shown_count);
  plan.is_bubblewrap = header.is_bubblewrap != 0;
  plan.into_cgroup = header.into_cgroup != 0;
  plan.staged = header.staged != 0;
  plan.users = header.users;
  for (ResourceLimit& limit : plan.limits) {
    if (!take_bytes(bytes, limit)) return std::nullopt;
  }
  if (!take_text(bytes, plan.folder) || !take_text(bytes, plan.mount_point) || !take_text(bytes, plan.mount_options)) {
    return std::nullopt;
  }
  for (std::string& argument : plan.argv) {
    if (!take_text(bytes, argument)) return std::nullopt;
  }
  for (std::string& variable : plan.environment) {
    if (!take_text(bytes, variable)) return std::nullopt;
  }
  for (ShownPath& path : plan.shown) {
    if (!take_text(bytes, path.source) || !take_text(bytes, path.target) || !take_bytes(bytes, path.writable))
      return std::nullopt;
  }
  if (!bytes.empty()) return std::nullopt;
  return plan;
}

Transfer send_request(int socket, const Request& request, const std::vector<UniqueFd>& fds) {
  CC_ASSERT(fds.size() <= kMaxMessageFds);
  Request copy = request;
  iovec part{&copy, sizeof(copy)};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) ControlBuffer control{};
  if (!fds.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(sizeof(int) * fds.size());
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
    for (std::size_t i = 0; i < fds.size(); ++i) {
      const int fd = fds[i].get();
      std::memcpy(CMSG_DATA(header) + i * sizeof(int), &fd, sizeof(int));
    }
  }
  return transfer_of(::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL), sizeof(copy));
}

Transfer receive_request(int socket, Request& request, std::vector<UniqueFd>& fds) {
  fds.clear();
  iovec part{&request, sizeof(request)};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) ControlBuffer control{};
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t received = ::recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (received > 0) {
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
      if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
      const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      for (std::size_t i = 0; i < count; ++i) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(int));
        fds.emplace_back(fd);
      }
    }
  }
  return transfer_of(received, sizeof(request));
}

bool send_notice(int socket, const Notice& notice) {
  ssize_t sent = 0;
  do {
    sent = ::send(socket, &notice, sizeof(notice), MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(sizeof(notice));
}

Transfer receive_notice(int socket, Notice& notice) {
  return transfer_of(::recv(socket, &notice, sizeof(notice), MSG_DONTWAIT), sizeof(notice));
}

}  // namespace commandcenter::sandbox
