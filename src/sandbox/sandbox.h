// Running one program in isolation: the Launcher seam, and what an implementation of it promises.
//
// A launch is started once, reports each line of its standard error, and ends exactly once with an Exit, whatever
// happens in between: normal exit, a limit, a kill, the death of the program that does the spawning. When the server
// itself dies, every launched process tree dies with it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "egress/egress.h"
#include "patch/applier.h"
#include "patch/patch.h"

namespace commandcenter::sandbox {

// Upper bounds of one launch. Every breach ends the launch with an Exit that names the limit and its value.
struct Limits {
  std::int64_t timeout_ms = 300'000;           // wall clock, from start() to the end of the process tree
  std::int64_t memory_bytes = 512LL << 20;     // of all its processes together; 0 = not limited
  std::int64_t file_size_bytes = 256LL << 20;  // each file written
  std::int64_t scratch_bytes = 256LL << 20;    // size of the private /tmp, and at most 64 MiB of /dev/shm
  int scratch_files = 50'000;                  // files, folders and links in either of them
  std::int64_t layer_bytes = 1LL << 30;        // written to its copy of the workspace
  std::int64_t stdout_bytes = 16LL << 20;      // the agent's answer
  std::int64_t log_bytes = 64LL << 20;         // all of its standard error
  std::int64_t log_line_bytes = 64LL << 10;    // longer lines are cut there and go on as a new line
  int open_files = 256;                        // of each process; more fail within it
  int processes = 256;                         // and threads, at once
  int cpu_percent = 0;                         // of one processor; 0 = not limited; needs Tier::kFull
  bool operator==(const Limits&) const = default;
};
// Less of these, and no program starts. A memory of 0 means that it is not limited.
inline constexpr Limits kLeastLimits{.timeout_ms = 1,
                                     .memory_bytes = 8LL << 20,  // bubblewrap itself takes that much
                                     .file_size_bytes = 4096,
                                     .scratch_bytes = 4096,
                                     .scratch_files = 16,
                                     .layer_bytes = 4096,
                                     .stdout_bytes = 0,
                                     .log_bytes = 0,
                                     .log_line_bytes = 1,
                                     .open_files = 16,
                                     .processes = 1,
                                     .cpu_percent = 0};

struct Bind {
  std::string host_path;
  std::string inside_path;  // absolute
  bool operator==(const Bind&) const = default;
};

// Readable by the program only, in a file system in memory, at kSecretsFolder/name. In the namespaces tiers only.
struct SecretFile {
  std::string name;  // letters, digits and '_'
  std::string value;
  bool operator==(const SecretFile&) const = default;
};
inline constexpr std::string_view kProxyUrl = "http://127.0.0.1:3128";  // see kProxyPort of init_protocol.h
inline constexpr std::string_view kSecretsFolder = "/run/secrets";

// Where a workspace that may be written lies on the host; set by the launcher.
struct LayerMount {
  std::string workspace;
  std::string shown;     // what the program sees
  bool overlay = false;  // `shown` is mounted: `workspace` below, what is written in `upper`; else it is a copy
  std::string upper;
  std::string work;
  std::int64_t copied_bytes = 0;  // of a copy, before the program begins
  bool operator==(const LayerMount&) const = default;
};
inline constexpr std::string_view kLayerRefused = "layer";  // Exit::limit when the kernel does not mount one

// An image of a container, whose files the program sees instead of the host's /usr.
enum class ImagePull { kNever, kMissing };
struct ImageUse {
  std::string name;  // registry.example.org/team/linter:1.2, or with @sha256:…; without a registry: of this machine
  ImagePull pull = ImagePull::kNever;
  bool operator==(const ImageUse&) const = default;
};
struct ImageName {
  std::string text;
  std::string registry;  // empty: the name says none
};
Result<ImageName> parse_image_name(std::string_view text);

// What to run and what it may see. Paths of the host are used as given: whoever builds the spec has checked them.
struct LaunchSpec {
  std::string label;                                             // for logs and messages: "run 01h… node scan"
  std::vector<std::string> argv;                                 // argv[0] is a path inside the sandbox
  std::optional<ImageUse> image{};                               // argv may be empty or begin with a bare name then
  std::string root{};                                            // the launcher's: the files of the image
  std::vector<std::pair<std::string, std::string>> environment;  // all it sees, but for PWD; nothing is inherited
  std::string working_folder = "/workspace";
  std::string workspace;              // host folder shown read-only at /workspace; empty = an empty folder there
  bool copy_on_write = false;         // it may be written as well: that changes a copy, and comes back as Exit::patch
  std::optional<LayerMount> layer{};  // the launcher's
  std::vector<std::string> hidden{};  // the launcher's: folders of the workspace, relative, that look empty
  std::vector<Bind> read_only_binds;  // the agent's own folder, the executable of a built-in agent
  std::optional<Bind> writable{};     // a folder of the host that it fills
  std::vector<SecretFile> secrets{};  // shown to it as files; masked in all that it says, and in no patch
  std::optional<egress::Policy>
      network{};      // hosts that a proxy lets it reach, at kProxyUrl; nothing: no network at all
  std::string input;  // written to standard input, which is then closed
  Limits limits;
  // It looks at nothing before it has read its input, so it may be started before there is any. See started_ahead.h.
  bool may_start_ahead = false;
  bool operator==(const LaunchSpec&) const = default;
};

enum class ExitKind {
  kExited,      // by itself; exit_code says how
  kSignalled,   // by a signal nobody here sent; signal says which (SIGKILL by the kernel when out of memory, …). In
                // namespaces an exit code of 128 + n counts as signal n: bubblewrap tells both alike, as shells do
  kLimit,       // a limit was reached; message names it and its value
  kKilled,      // kill() was called
  kNotStarted,  // the program never ran: not found, not executable, sandbox refused; message says why
  kLost,        // the spawning process died; what the program did is unknown
};

struct Exit {
  ExitKind kind = ExitKind::kLost;
  int exit_code = 0;
  int signal = 0;
  std::string limit;            // for kLimit: "timeout", "memory", "processes", "scratch", "stdout", "log", …
  std::string message;          // for people; empty for kExited with code 0
  std::string standard_output;  // at most limits.stdout_bytes
  std::int64_t duration_ms = 0;
  // The program never ran or was lost, and it was not its doing: no sandbox could be made. Trying again may help.
  bool infrastructure = false;
  patch::Patch patch{};         // what it changed in a workspace that is copy_on_write; only if it ended with code 0
  egress::Report network{};     // what it reached, or tried to
  std::string patch_problem{};  // why there is none, for people: a patch cannot hold it, a limit, a change meanwhile
};

struct LaunchCallbacks {
  std::function<void()> on_started = {};              // optional: its sandbox is made and the program comes next
  std::function<void(std::string_view line)> on_log;  // one line of standard error without its end; any bytes
  std::function<void(Exit)> on_exit;                  // exactly once, last
};

// A repository at a reference, as a folder that belongs to whoever asked: made by `git` in a sandbox that reaches the
// repository's host only.
struct FetchOrder {
  std::string id;          // names the folder; asked for again, it is found
  std::string repository;  // https://host/path, or a folder of the host that may be shown
  std::string reference;   // branch, tag or commit; empty: what the repository takes for its own
  std::vector<egress::Rule> allowed_hosts;
  std::string credential{};  // secret: "user:password", or a token alone; shown to git and to nobody else
  // Whose it is and with which login: what was fetched once is fetched again from a mirror of the same repository and
  // scope only.
  std::string scope{};
};
struct Fetched {
  std::string folder;
  std::string commit;
};

using LaunchId = std::uint64_t;

// How isolated agents are on this machine, as `doctor`, health and run records show it.
enum class Tier {
  kFull,        // namespaces, and the kernel counts memory, tasks and processor time of each sandbox (cgroup v2)
  kNamespaces,  // namespaces; memory and tasks are limited for each process, and looked at from outside
  kNone,
};
std::string_view tier_word(Tier tier);  // "full", "namespaces", "none"

// Sandboxes that were made, or programs that were started, before there was a launch for them.
struct AheadReport {
  int most = 0;  // at once; 0: none are
  int waiting = 0;
  std::int64_t used_total = 0;
  std::int64_t retired_total = 0;  // ended without having been used
};

// Callbacks come from the launcher's own threads, never from within start() or kill(); they must not block.
class Launcher {
 public:
  virtual ~Launcher() = default;

  // Returns at once. Everything that goes wrong later is told by on_exit (kNotStarted).
  virtual LaunchId start(LaunchSpec spec, LaunchCallbacks callbacks) = 0;

  // Kills the whole process tree; on_exit follows with kKilled. Unknown or ended ids are ignored.
  virtual void kill(LaunchId id) = 0;

  virtual Tier tier() const = 0;
  virtual AheadReport ahead() const { return {}; }

  // Writes patches to their folders, all or nothing; `done` is called from a thread of the launcher's. Given again, an
  // order with an id that is not forgotten yet is finished, or found to be done.
  virtual void apply(patch::Order order, std::function<void(Result<patch::Applied>)> done) {
    static_cast<void>(order);
    done(fail(ErrorCode::kUnavailable, "this launcher writes no patches"));
  }
  virtual void forget(const std::string& order_id) { static_cast<void>(order_id); }

  // `done` is called from a thread of the launcher's. A folder stays until it is released.
  virtual void fetch(FetchOrder order, std::function<void(Result<Fetched>)> done) {
    static_cast<void>(order);
    done(fail(ErrorCode::kUnavailable, "this launcher fetches no repositories"));
  }
  virtual void release(const std::string& fetch_id) { static_cast<void>(fetch_id); }
};

// ---- The real launcher -------------------------------------------------------------------------------------------

// The spawn helper is a small process forked before the server has threads or memory worth copying. Call this first
// thing in main(); it returns only in the parent. Programs are started by the helper, and die with it.
class SpawnHelper {
 public:
  static Result<SpawnHelper> fork_now();
  SpawnHelper(SpawnHelper&&) noexcept;
  SpawnHelper& operator=(SpawnHelper&&) noexcept;
  ~SpawnHelper();  // ends the helper and everything it started

  int socket() const;  // the server's end of the conversation; owned by this object

 private:
  explicit SpawnHelper(int socket, int pid);
  int socket_ = -1;
  int pid_ = -1;
};

struct ProbeReport {
  Tier tier = Tier::kNone;
  std::string detail;           // "bubblewrap 0.8.0, seccomp, Landlock 7, …", or what is missing and how to mend it
  bool separate_users = false;  // the server is root, and each program gets a user of its own on the host
};

// Tries bubblewrap with all namespaces once, for real. Takes a few milliseconds.
ProbeReport probe_sandbox();

// With Tier::kNone programs run unprotected as children of the helper (only when the operator insisted on it): argv[0]
// and the working folder are translated to paths of the host, nothing else is, and only its own process group is
// killed. A helper serves one launcher, which must be destroyed first; that kills what still runs and tells its Exit
// (kKilled).
struct LauncherFolders {
  std::string changes{};                  // for layers and journals of patches; without it no workspace may be changed
  std::string images{};                   // for unpacked images of containers
  std::vector<std::string> registries{};  // of which images may be used
  std::string checkouts{};                // for fetched repositories
  std::string mirrors{};                  // for what was fetched of them before; empty: always all of it
  std::vector<std::string> hidden{};      // the server's own: no program is shown them, see hidden_folders.h
  std::vector<std::string> shown{};       // whose folders may be workspaces although they lie in a hidden one
  int start_ahead = 0;                    // sandboxes that may wait for a launch at once
};
std::unique_ptr<Launcher> make_launcher(SpawnHelper& helper, const ProbeReport& report,
                                        const LauncherFolders& folders = {});

}  // namespace commandcenter::sandbox
