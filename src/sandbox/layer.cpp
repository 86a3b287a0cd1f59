#include "sandbox/layer.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <set>
#include <system_error>

#include <fmt/format.h>

#include "patch/folder.h"
#include "sandbox/bare_repository.h"
#include "sandbox/hidden_folders.h"
#include "sandbox/unique_fd.h"

namespace commandcenter::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kGitFolder = ".git";
constexpr std::int64_t kNanoseconds = 1'000'000'000;
constexpr std::size_t kSendChunk_bytes = 1 << 30;

std::int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * kNanoseconds + now.tv_nsec;
}

std::int64_t changed_ns(const struct stat& about) {
  return about.st_ctim.tv_sec * kNanoseconds + about.st_ctim.tv_nsec;
}

bool look(const std::string& path, struct stat& about) {
  return ::lstat(path.c_str(), &about) == 0;
}

Error cannot(std::string_view doing, const std::string& path) {
  return {ErrorCode::kUnavailable, fmt::format("{}: {}: {}", doing, path, std::strerror(errno))};
}

// An overlay copies a file with its owner before it is written, and can do that only for owners it knows: us.
bool all_ours(const std::string& workspace, const std::vector<std::string>& hidden) {
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  const std::size_t start = workspace.size() + 1;
  std::error_code error;
  fs::recursive_directory_iterator entry(workspace, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (!hidden.empty() && is_hidden(hidden, std::string_view(entry->path().native()).substr(start))) {
      entry.disable_recursion_pending();
      continue;
    }
    struct stat about {};
    if (!look(entry->path().string(), about) || about.st_uid != user || about.st_gid != group) return false;
  }
  struct stat about {};
  return !error && look(workspace, about) && about.st_uid == user && about.st_gid == group;
}

// Mount options have no place for these in a path.
bool fits_mount_option(const std::string& path) {
  return path.find_first_of(",:\\\"") == std::string::npos;
}

// Also what the program made unreadable for itself.
void make_readable(const std::string& path, const struct stat& about) {
  const mode_t needed = S_ISDIR(about.st_mode) ? S_IRWXU : S_IRUSR;
  if ((about.st_mode & needed) != needed) ::chmod(path.c_str(), (about.st_mode & 07777) | needed);
}

void remove_tree(const std::string& path, int depth) {
  struct stat about {};
  if (!look(path, about)) return;
  if (!S_ISDIR(about.st_mode) || depth > kMaxFolderDepth) {
    ::unlink(path.c_str());
    return;
  }
  make_readable(path, about);
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(path, ignored))
    remove_tree(entry.path().string(), depth + 1);
  ::rmdir(path.c_str());
}

bool copy_bytes(int from, int to, std::int64_t size) {
  if (::ioctl(to, FICLONE, from) == 0) return true;
  while (size > 0) {
    const ssize_t sent = ::sendfile(to, from, nullptr, kSendChunk_bytes);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    if (sent == 0) break;
    size -= sent;
  }
  return true;
}

}  // namespace

// Fills a copy.
class LayerCopier {
 public:
  LayerCopier(Layer& layer, const struct stat& own) : layer_(layer), own_(own) {}

  Result<void> folder(const std::string& path, int depth) {
    if (depth > kMaxFolderDepth)
      return fail(ErrorCode::kTooLarge, fmt::format("folders deeper than {} cannot be copied", kMaxFolderDepth));
    std::error_code error;
    fs::directory_iterator entry(layer_.mount_.workspace + path, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      if (auto done = one(path + "/" + entry->path().filename().string(), depth); !done) return done;
    }
    return {};
  }

 private:
  Result<void> one(const std::string& path, int depth) {
    const std::string from = layer_.mount_.workspace + path;
    const std::string to = layer_.mount_.shown + path;
    struct stat about {};
    if (!look(from, about)) return {};
    if (about.st_dev == own_.st_dev && about.st_ino == own_.st_ino) return {};  // where this very copy lies
    if (S_ISDIR(about.st_mode)) {
      if (::mkdir(to.c_str(), 0700 | (about.st_mode & 0777)) != 0)
        return fail(cannot("the workspace cannot be copied", path));
      return is_hidden(layer_.hidden_, path.substr(1)) ? Result<void>() : folder(path, depth + 1);
    }
    files_ += 1;
    bytes_ += about.st_size;
    if (files_ > kMaxCopiedFiles || bytes_ > kMaxCopied_bytes) {
      return fail(ErrorCode::kTooLarge,
                  fmt::format("the workspace has more than {} files or {} bytes, the most that is copied for an agent",
                              kMaxCopiedFiles, kMaxCopied_bytes));
    }
    if (S_ISLNK(about.st_mode)) {
      std::error_code error;
      fs::copy_symlink(from, to, error);
    } else if (S_ISREG(about.st_mode)) {
      const UniqueFd in(::open(from.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
      if (!in.open()) return {};  // the program could not read it either
      const UniqueFd out(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600 | (about.st_mode & 0777)));
      if (!out.open() || !copy_bytes(in.get(), out.get(), about.st_size))
        return fail(cannot("the workspace cannot be copied", path));
    }
    struct stat made {};
    layer_.mount_.copied_bytes = bytes_;
    if (look(to, made)) layer_.copied_[path.substr(1)] = {changed_ns(made), made.st_ino};
    return {};
  }

  Layer& layer_;
  const struct stat& own_;
  std::int64_t files_ = 0;
  std::int64_t bytes_ = 0;
};

// Reads what was changed. Paths are relative, without a slash at either end.
class LayerReader {
 public:
  LayerReader(const Layer& layer, patch::Folder base, patch::Folder top)
      : layer_(layer), base_(std::move(base)), top_(std::move(top)) {}

  Result<std::vector<patch::Change>> changes() {
    const bool overlay = layer_.mount_.overlay;
    if (auto walked = walk("", 0); !walked) return fail(std::move(walked.error()));
    if (!overlay) {
      for (const auto& [path, stamp] : layer_.copied_) {
        if (seen_.contains(path) || in_git(path)) continue;
        if (auto gone = base_gone(path, 0); !gone) return fail(std::move(gone.error()));
      }
    }
    std::vector<patch::Change> all;
    for (auto& [path, change] : changes_) {
      if (change.before == change.after || is_hidden(layer_.hidden_, path)) continue;
      struct stat about {};
      if (look(layer_.mount_.workspace + "/" + path, about) && changed_ns(about) > layer_.began_ns_) {
        return fail(ErrorCode::kConflict,
                    fmt::format("{} was changed in the workspace while the agent was changing it", path));
      }
      all.push_back(std::move(change));
    }
    return all;
  }

 private:
  static bool in_git(std::string_view path) {
    return path == kGitFolder || path.starts_with(".git/") || path.find("/.git/") != std::string_view::npos ||
           path.ends_with("/.git");
  }

  std::string top_path(const std::string& path) const {
    return (layer_.mount_.overlay ? layer_.mount_.upper : layer_.mount_.shown) + "/" + path;
  }

  Result<void> walk(const std::string& folder, int depth) {
    if (depth > kMaxFolderDepth)
      return fail(ErrorCode::kTooLarge, fmt::format("the agent made folders deeper than {}", kMaxFolderDepth));
    std::error_code error;
    fs::directory_iterator entry(top_path(folder), error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      const std::string name = entry->path().filename().string();
      const std::string path = folder.empty() ? name : folder + "/" + name;
      if (name == kGitFolder || is_hidden(layer_.hidden_, path)) continue;
      if (auto done = one(path, depth); !done) return done;
    }
    if (error)
      return fail(ErrorCode::kInternal, fmt::format("what the agent changed cannot be read: {}", error.message()));
    return {};
  }

  Result<void> one(const std::string& path, int depth) {
    const std::string place = top_path(path);
    struct stat about {};
    if (!look(place, about)) return {};
    struct stat under {};
    const bool covers = look(layer_.mount_.workspace + "/" + path, under);
    if (S_ISDIR(about.st_mode)) {
      make_readable(place, about);
      char opaque = 'n';
      const bool hides =
          layer_.mount_.overlay && ::lgetxattr(place.c_str(), "user.overlay.opaque", &opaque, 1) == 1 && opaque == 'y';
      if (covers && (hides || !S_ISDIR(under.st_mode))) {
        if (auto gone = base_gone(path, depth); !gone) return gone;
      }
      return walk(path, depth + 1);
    }
    if (layer_.mount_.overlay && S_ISCHR(about.st_mode) && about.st_rdev == 0) return base_gone(path, depth);
    if (!S_ISREG(about.st_mode) && !S_ISLNK(about.st_mode)) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("the agent left {}, which is neither a file nor a link: a patch cannot hold it", path));
    }
    if (!layer_.mount_.overlay) {
      seen_.insert(path);
      const auto copied = layer_.copied_.find(path);
      if (copied != layer_.copied_.end() && copied->second == Layer::Stamp{changed_ns(about), about.st_ino}) return {};
    }
    if (covers && S_ISDIR(under.st_mode)) {
      if (auto gone = base_gone(path, depth); !gone) return gone;
    }
    if (S_ISREG(about.st_mode)) make_readable(place, about);
    auto content = top_.read(path);
    if (!content) return fail(std::move(content.error()));
    auto change = change_of(path);
    if (!change) return fail(std::move(change.error()));
    (*change)->after = std::move(*content);
    return take((*change)->after);
  }

  Result<void> take(const std::optional<patch::Content>& content) {
    if (content) bytes_ += static_cast<std::int64_t>(content->bytes.size());
    if (bytes_ <= kMaxChanged_bytes) return {};
    return fail(ErrorCode::kTooLarge, fmt::format("the files that the agent changed have more than {} bytes together, "
                                                  "before and after; a patch is made of no more",
                                                  kMaxChanged_bytes));
  }

  // The file, or all files below the folder, are no longer there.
  Result<void> base_gone(const std::string& path, int depth) {
    if (in_git(path) || is_hidden(layer_.hidden_, path)) return {};
    const std::string place = layer_.mount_.workspace + "/" + path;
    struct stat about {};
    if (!look(place, about)) return {};
    if (!S_ISDIR(about.st_mode)) {
      if (!S_ISREG(about.st_mode) && !S_ISLNK(about.st_mode)) return {};
      auto change = change_of(path);
      if (!change) return fail(std::move(change.error()));
      (*change)->after.reset();
      return {};
    }
    if (depth > kMaxFolderDepth) return {};
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(place, error)) {
      if (auto gone = base_gone(path + "/" + entry.path().filename().string(), depth + 1); !gone) return gone;
    }
    return {};
  }

  Result<patch::Change*> change_of(const std::string& path) {
    if (const auto known = changes_.find(path); known != changes_.end()) return &known->second;
    if (changes_.size() >= patch::kMaxFiles) {
      return fail(ErrorCode::kTooLarge,
                  fmt::format("the agent changed more than {} files, the most that a patch has", patch::kMaxFiles));
    }
    struct stat about {};
    patch::Change change{path, std::nullopt, std::nullopt};
    if (look(layer_.mount_.workspace + "/" + path, about) && !S_ISDIR(about.st_mode)) {
      auto before = base_.read(path);
      if (!before) return fail(std::move(before.error()));
      change.before = std::move(*before);
      if (auto taken = take(change.before); !taken) return fail(std::move(taken.error()));
    }
    return &changes_.emplace(path, std::move(change)).first->second;
  }

  const Layer& layer_;
  patch::Folder base_;
  patch::Folder top_;
  std::map<std::string, patch::Change> changes_;
  std::set<std::string> seen_;
  std::int64_t bytes_ = 0;
};

Result<Layer> Layer::make(const std::string& workspace, const std::string& folder, bool may_overlay,
                          const std::vector<std::string>& hidden) {
  Layer layer;
  layer.hidden_ = hidden;
  layer.folder_ = folder;
  LayerMount& mount = layer.mount_;
  mount.workspace = workspace;
  mount.shown = folder + "/shown";
  mount.overlay =
      may_overlay && fits_mount_option(workspace) && fits_mount_option(folder) && all_ours(workspace, hidden);
  std::error_code error;
  fs::create_directories(mount.shown, error);
  if (!error) fs::permissions(folder, fs::perms::owner_all, error);
  if (!error && mount.overlay) {
    mount.upper = folder + "/upper";
    mount.work = folder + "/work";
    fs::create_directory(mount.upper, error);
    if (!error) fs::create_directory(mount.work, error);
  }
  if (error) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("no room for the changes of the agent can be made: {}", error.message()));
  }
  layer.began_ns_ = now_ns();
  if (mount.overlay) return layer;
  struct stat own {};
  look(fs::path(folder).parent_path().string(), own);
  auto copied = LayerCopier(layer, own).folder("", 0);
  if (copied) return layer;
  layer.remove();
  return fail(std::move(copied.error()));
}

Result<patch::Patch> Layer::capture(const Mask& secrets) const {
  auto base = patch::Folder::open(mount_.workspace);
  if (!base) return fail(std::move(base.error()));
  auto top = patch::Folder::open(mount_.overlay ? mount_.upper : mount_.shown);
  if (!top) return fail(std::move(top.error()));
  auto changes = LayerReader(*this, std::move(*base), std::move(*top)).changes();
  if (!changes) return fail(std::move(changes.error()));
  if (changes->empty()) return patch::Patch{};
  for (const patch::Change& change : *changes) {
    if (change.after && secrets.finds(change.after->bytes)) {
      return fail(ErrorCode::kForbidden,
                  fmt::format("{} holds a secret of the agent, as it was changed: a patch must not", change.path));
    }
  }
  if (const auto folder = bare_repository(*changes, mount_.workspace)) {
    return fail(ErrorCode::kForbidden,
                fmt::format("{} would be a git repository (HEAD, objects, refs), whose configuration git obeys for "
                            "whoever works in there: a patch must not hold one",
                            *folder));
  }
  return patch::make(*changes);
}

void Layer::remove_folder(const std::string& folder) {
  remove_tree(folder, 0);
}

}  // namespace commandcenter::sandbox
