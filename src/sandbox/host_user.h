// Who a sandboxed program is on the host when the server runs as root: nobody. Each running sandbox gets a user of its
// own from a range that no account uses, so that the kernel's limits of a user (processes, pipes, keys) hold, which it
// never applies to root, and an escaped program owns nothing.
//
// Such a user may not walk to a folder below /root, nor read files that only root may read. So the folders that the
// program is to see are attached in a mount namespace of its own (on the stage, see stage.h, or below kShownFolder),
// and shown with their owner's files as that user's (id-mapped mounts; file systems without them show files as they
// are).
//
// A server without root shares its own user, whose limits the kernel applies to each user namespace.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "sandbox/unique_fd.h"

namespace commandcenter::sandbox {

inline constexpr std::size_t kMaxKeptIdMaps = 512;  // descriptors of the helper

struct UserRange {
  std::uint32_t first = 0;
  std::uint32_t count = 0;  // 0: programs share the server's user
};

// A range for this server: empty unless it is root, the numbers exist in its user namespace, and the root file system
// can show its files as another user's: programs that can read nothing would be of no use.
UserRange unused_users();

// A folder or file of the host, attached for one launch.
struct ShownPath {
  std::string source;
  std::string target;
  bool writable = false;
  // The helper's:
  bool is_folder = true;
  int id_map = -1;
  bool operator==(const ShownPath&) const = default;
};

// What a launch looks like to the host and the host to it, prepared before clone.
struct Disguise {
  std::uint32_t user = 0;  // to become; 0: the server's
  bool staged = false;
  std::vector<ShownPath> shown;
};

// The helper's book of users in use. Its own thread only.
class UserBook {
 public:
  // Takes the lowest free user of the range, as whose the paths will be shown.
  std::uint32_t take(const UserRange& range, std::vector<ShownPath>& paths);
  void give_back(std::uint32_t user) { used_.erase(user); }

 private:
  int id_map(uid_t owner, gid_t group, std::uint32_t user);

  std::set<std::uint32_t> used_;
  std::map<std::tuple<uid_t, gid_t, std::uint32_t>, UniqueFd> id_maps_;
};

}  // namespace commandcenter::sandbox
