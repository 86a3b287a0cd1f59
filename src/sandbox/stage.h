// The root folder of sandboxes, made once: /usr, the few public files of /etc, devices, a user database, and empty
// folders where the rest goes. It lies in a mount namespace of the spawn helper's own, of which each launch gets a
// copy; there its own folders are attached, and bubblewrap takes the whole with one bind. Made mount by mount for each
// step, it costs bubblewrap as much as the namespaces do.
//
// All of it is read-only: by its file system, and by mounts that a sandbox, in a user namespace below the helper's,
// cannot change.
#pragma once

#include <sys/stat.h>

#include <string_view>
#include <vector>

namespace commandcenter::sandbox {

// Where it is attached in that namespace: a folder that every machine has, and no sandbox needs.
inline constexpr const char* kStageFolder = "/sys";

// Whether something of the host can be attached at this path of the sandbox.
bool is_stage_place(std::string_view inside_path);

// The helper's, on its one thread.
class Stage {
 public:
  // Moves this process into namespaces of its own, and builds. False with errno set where the machine does not let it:
  // nothing has changed then, and bubblewrap makes the root folder.
  bool open();

  bool is_open() const { return open_; }

  // Builds it anew if a file of the host that it holds a copy of has been replaced.
  bool refresh();

 private:
  struct Copied {
    ino_t inode = 0;
    timespec changed{};
  };
  bool enter();
  bool build();
  static std::vector<Copied> look();

  bool open_ = false;
  std::vector<Copied> copied_;
};

}  // namespace commandcenter::sandbox
