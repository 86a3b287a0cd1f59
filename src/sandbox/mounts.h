// What a sandboxed program sees, as arguments of bubblewrap. Everything it is not given here does not exist for it.
//
// /usr (and /bin, /lib … as the host has them), a few public files of /etc, its own user database, /proc of its own
// processes, a minimal /dev, a private /tmp and /dev/shm of bounded size, the workspace and the extra binds. Only /tmp
// and /dev/shm can be written. The user inside is 1000, which is the user of the server outside: files are readable as
// for the server, but only those that are mounted. Nothing of /etc/ssl/private, /sys or a home folder is.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "sandbox/host_user.h"
#include "sandbox/sandbox.h"

namespace commandcenter::sandbox {

inline constexpr std::int64_t kSharedMemoryBytes = 64LL << 20;  // /dev/shm, when the scratch space isn't smaller

// The descriptors that bubblewrap is given, in this order; 0, 1, 2 are the program's own.
enum BubblewrapFd : int {
  kStatusFd = 3,  // bubblewrap writes what it did
  kGateFd = 4,    // bubblewrap waits here before it starts the program
  kArgumentsFd = 5,
  // 6, 7 and 8 are the first program's, see init_protocol.h
  kSeccompFd = 9,
  kFirstSecretFd = 10,  // one for each secret; then the way to the proxy, then those that the stage has no need of
};
int proxy_fd(const LaunchSpec& spec);
int passwd_fd(const LaunchSpec& spec);
int group_fd(const LaunchSpec& spec);

// The parts of the host's layout that every launch needs; looked at once.
struct RootFolder {
  std::string path;     // /bin, /lib …
  std::string link_to;  // empty: it is a folder
};
struct HostLayout {
  std::string bubblewrap;  // its path; empty when not installed
  std::vector<RootFolder> root_folders;
};
HostLayout look_at_host();
std::vector<std::string> root_arguments(const HostLayout& host);  // --symlink usr/bin /bin, or --ro-bind /bin /bin, …

std::string passwd_file();
std::string group_file();

// Where bubblewrap finds the folders and files of the host that only this launch shows: where they are, or at
// kShownFolder/0, /1, … (see host_user.h), or where they belong within a root folder that is made already (stage.h).
enum class ShownAt { kOwnPlace, kCommonFolder, kStage };

// Whether that root folder has a place for all that this launch shows.
bool fits_stage(const LaunchSpec& spec);

// Those folders and files: the image's root, the workspace, then the binds.
std::vector<ShownPath> shown_paths(const LaunchSpec& spec, ShownAt shown_at);

// Arguments that go through kArgumentsFd, each ended by NUL.
std::string bubblewrap_arguments(const HostLayout& host, const LaunchSpec& spec, ShownAt shown_at);

// The command line proper, the same for all: --args, and the first program.
std::vector<std::string> bubblewrap_command(const HostLayout& host);

// What goes through kInitOrdersFd: what the first program allows, the program with its arguments, and its environment.
std::string init_orders(const LaunchSpec& spec);

// Where a path inside the sandbox lies on the host; empty when it isn't something of the host.
std::string host_path_of(const LaunchSpec& spec, const std::string& inside_path);

}  // namespace commandcenter::sandbox
