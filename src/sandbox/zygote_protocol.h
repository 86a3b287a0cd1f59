// How the helper asks a loaded bubblewrap (zygote_main.cpp) for a copy of itself, over a SOCK_SEQPACKET socket: one
// ZygoteOrder, cut off after its text, with descriptors: the cgroup if there is one, the program's, then the id maps.
// One ZygoteReply comes back for each, from the copy or, if there is none, from the original; and one before all, when
// it is ready.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "sandbox/child_setup.h"
#include "sandbox/spawn_stage.h"

namespace commandcenter::sandbox {

inline constexpr int kZygoteSocketFd = 200;   // above every number a program is given
inline constexpr int kZygoteLibraryFd = 201;  // what has been loaded into bubblewrap
inline constexpr std::size_t kMostZygoteFds = 120;
inline constexpr std::size_t kMostZygoteLimits = 8;
inline constexpr std::size_t kMostZygoteShown = 32;
inline constexpr std::size_t kMostZygoteText_bytes = 32U << 10;

// Places in ZygoteOrder::text; 0: nothing.
using TextPlace = std::uint32_t;

struct ZygoteShown {
  TextPlace source = 0;
  TextPlace target = 0;
  bool writable = false;
  bool is_folder = true;
  bool has_id_map = false;
};

// A ChildSetup, in one piece.
struct ZygoteOrder {
  std::uint32_t user = 0;
  std::uint32_t fd_count = 0;  // the program's
  std::uint32_t limit_count = 0;
  std::uint32_t shown_count = 0;
  bool into_cgroup = false;
  bool own_mounts = false;
  bool staged = false;
  TextPlace folder = 0;
  TextPlace mount_point = 0;
  TextPlace mount_options = 0;
  TextPlace user_map = 0;
  TextPlace group_map = 0;
  std::array<ResourceLimit, kMostZygoteLimits> limits{};
  std::array<ZygoteShown, kMostZygoteShown> shown{};
  std::uint32_t text_bytes = 1;
  std::array<char, kMostZygoteText_bytes> text{};  // each ended by NUL; last, because only what is used is sent
};

struct ZygoteReply {
  std::int32_t pid = -1;  // of the copy; -1: none was made
  SpawnStage stage = SpawnStage::kProcess;
  std::int32_t error = 0;
};

}  // namespace commandcenter::sandbox
