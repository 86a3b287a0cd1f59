// The conversation between the server and its spawn helper, over a SOCK_SEQPACKET socket: one fixed-size message a
// packet. Both ends are the same executable, so the structs travel as they are.
//
//   server → helper   kStart {id, descriptors}   what to run is in the memfd that comes first (see SpawnPlan)
//                     kWatch {id, pid}           pid 1 of the launch's namespace: its end is the end of the tree
//                     kKill  {id}
//                     kOpenStage {}              once, before all others: see stage.h
//   helper → server   kStarted {id, pid}, or kFailed {id, stage, error}; later kEnded {id, wait_status}
//                     kStageOpened {error}
//
// kEnded is sent when the started process was reaped and, if one was named by kWatch, pid 1 of its namespace too.
// Messages of the server are handled in order and before any exit that they could have caused.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/child_setup.h"
#include "sandbox/host_user.h"
#include "sandbox/spawn_stage.h"
#include "sandbox/unique_fd.h"

namespace commandcenter::sandbox {

inline constexpr std::size_t kMaxMessageFds = 64;            // the plan and what the program inherits
inline constexpr std::size_t kMaxSpawnPlanBytes = 4U << 20;  // argv, environment, limits

enum class RequestKind : std::uint32_t { kStart = 1, kWatch = 2, kKill = 3, kOpenStage = 4 };

struct Request {
  RequestKind kind = RequestKind::kStart;
  std::int32_t pid = 0;
  std::uint64_t id = 0;
};

enum class NoticeKind : std::uint32_t { kStarted = 1, kFailed = 2, kEnded = 3, kStageOpened = 4 };
struct Notice {
  NoticeKind kind = NoticeKind::kStarted;
  std::int32_t pid = 0;
  std::uint64_t id = 0;
  SpawnStage stage = SpawnStage::kRequest;
  std::int32_t error = 0;
  std::int32_t wait_status = 0;
};

// Programs are given the descriptors of a kStart message as 0, 1, 2, … in their order (the plan itself excluded).
struct SpawnPlan {
  bool is_bubblewrap = false;  // then argv is the same for all, and there is no environment
  std::vector<std::string> argv;
  std::vector<std::string> environment;  // NAME=value
  std::string folder = "/";
  std::string mount_point;  // of an overlay to be mounted first; empty = none
  std::string mount_options;
  std::vector<ResourceLimit> limits;
  bool into_cgroup = false;  // the descriptor after the plan's is that group's folder
  UserRange users;           // to become one of; see host_user.h
  bool staged = false;       // on the helper's stage, see stage.h
  std::vector<ShownPath> shown;
};

// Text of a plan; its strings must not hold NUL bytes.
std::string encode_plan(const SpawnPlan& plan);
std::optional<SpawnPlan> decode_plan(std::string_view bytes);

enum class Transfer { kDone, kWouldBlock, kClosed };

Transfer send_request(int socket, const Request& request, const std::vector<UniqueFd>& fds);  // never blocks
Transfer receive_request(int socket, Request& request, std::vector<UniqueFd>& fds);           // never blocks
bool send_notice(int socket, const Notice& notice);   // blocks while the server is busy; false when it is gone
Transfer receive_notice(int socket, Notice& notice);  // never blocks

}  // namespace commandcenter::sandbox
