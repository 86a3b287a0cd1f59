// What a process does between its birth and becoming bubblewrap or, without a sandbox, the program: folders are
// attached for it, its descriptors get their numbers, its limits are lowered, it becomes its user.
//
// Plain data and system calls only: nothing is allocated, because the process may share its memory with the helper, and
// no library but C's is needed, because it may be a copy of bubblewrap (zygote_main.cpp).
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "sandbox/spawn_stage.h"

namespace commandcenter::sandbox {

// Where folders are attached when there is no stage, in a mount namespace of the launch's own.
inline constexpr const char* kShownFolder = "/tmp";

struct ResourceLimit {
  std::int32_t resource = 0;  // RLIMIT_…
  std::uint64_t value = 0;
};

// A folder or file of the host, attached for one launch.
struct ShownEntry {
  const char* source = nullptr;
  const char* target = nullptr;
  int id_map = -1;  // a descriptor; whose files they seem to be
  bool writable = false;
  bool is_folder = true;
};

struct ChildSetup {
  pid_t helper = 0;  // with which it is to die
  const char* folder = nullptr;
  const char* mount_point = nullptr;  // of an overlay to be mounted first; null: none
  const char* mount_options = nullptr;
  const char* user_map = nullptr;  // for the namespaces in which that is done
  const char* group_map = nullptr;
  bool own_mounts = false;  // it was born into a mount namespace of its own
  bool staged = false;      // there is a stage in it, see stage.h
  std::uint32_t user = 0;   // to become; 0: it stays who it is
  const ShownEntry* shown = nullptr;
  std::size_t shown_count = 0;
  const ResourceLimit* limits = nullptr;
  std::size_t limit_count = 0;
  int* fds = nullptr;  // will be 0, 1, 2, …
  std::size_t fd_count = 0;
  int kept_fd = -1;               // one more that stays open, far above those
  const char* program = nullptr;  // to be opened before the user changes, who may not be able to walk to it
};

struct ChildFailure {
  SpawnStage stage = SpawnStage::kProcess;
  int error = 0;  // 0: none
};

// Leaves with every signal blocked or not as the caller had it. `program_fd` is that of ChildSetup::program.
ChildFailure set_up_child(const ChildSetup& setup, int& program_fd);

// To another user, without privileges; descriptors 0 … are handed over to it. False with errno set.
bool become(std::uint32_t user, int inherited_fds);

}  // namespace commandcenter::sandbox
