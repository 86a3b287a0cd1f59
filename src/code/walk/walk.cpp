// The walk: a stack of tasks, several threads, each folder and each batch of files once.
#include "code/walk/walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/memory.h"
#include "code/git/git.h"
#include "code/walk/ignore.h"
#include "code/walk/read.h"

namespace commandcenter::code {
namespace {

constexpr std::size_t kBatchFiles = 64;
constexpr std::size_t kListing_bytes = 32 << 10;

// .gitignore files from the root down to a folder; folders share those above them.
struct IgnoreScope {
  std::shared_ptr<const IgnoreScope> parent;
  std::string folder;
  IgnoreFile rules;
};
using Scope = std::shared_ptr<const IgnoreScope>;

struct Folder {
  Descriptor descriptor;
  std::string path;  // relative to the root, "" for it
  Scope scope;
  std::size_t depth = 0;
  bool ignored = false;  // only what git tracks below it counts
};
using FolderPointer = std::shared_ptr<const Folder>;

struct Task {
  FolderPointer folder;            // the parent of what is named
  std::string name;                // a folder to list, unless there are files
  std::vector<std::string> files;  // to read
};

std::string join(std::string_view folder, std::string_view name) {
  return folder.empty() ? std::string(name) : fmt::format("{}/{}", folder, name);
}

bool is_version_control(std::string_view name) {
  return name == ".git" || name == ".hg" || name == ".svn" || name == ".bzr";
}

bool is_excluded(std::string_view name) {
  return std::ranges::find(kExcludedFolders, name) != kExcludedFolders.end();
}

// What git tracks below the root; read when the first ignored file is met.
class Tracked {
 public:
  explicit Tracked(const std::string& root) : root_(root) {}

  bool holds(std::string_view path, bool is_folder) {
    std::call_once(once_, [&] { paths_ = tracked_paths(root_); });
    const std::string key = is_folder ? fmt::format("{}/", path) : std::string(path);
    const auto found = std::ranges::lower_bound(paths_, key);
    return found != paths_.end() && (is_folder ? found->starts_with(key) : *found == key);
  }

 private:
  const std::string& root_;
  std::once_flag once_;
  std::vector<std::string> paths_;  // ordered
};

// Tasks for the threads; the last one that finds nothing to do and nobody at work ends the walk.
class TaskStack {
 public:
  void push(Task task) {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    ready_.notify_one();
  }

  std::optional<Task> next(bool finished_one) {
    std::unique_lock lock(mutex_);
    if (finished_one) --busy_;
    ready_.wait(lock, [&] { return !tasks_.empty() || busy_ == 0; });
    if (tasks_.empty()) {
      ready_.notify_all();
      return std::nullopt;
    }
    Task task = std::move(tasks_.back());
    tasks_.pop_back();
    ++busy_;
    return task;
  }

 private:
  std::mutex mutex_;
  std::condition_variable ready_;
  std::vector<Task> tasks_;
  unsigned busy_ = 0;
};

class Walk {
 public:
  Walk(const std::string& root, const WalkOptions& options, const Visitor& visitor)
      : options_(options), visitor_(visitor), tracked_(root) {}

  void skipped(std::string path, std::string reason) {
    const std::lock_guard lock(skipped_mutex_);
    visitor_.skipped(std::move(path), std::move(reason));
  }

  // A folder with the rules of its own .gitignore, or nothing when it cannot be opened.
  FolderPointer enter(const Folder* parent, const std::string& name, int parent_descriptor) {
    const bool same = parent != nullptr && name == ".";
    const std::string path = parent == nullptr ? std::string() : same ? parent->path : join(parent->path, name);
    Descriptor opened(::openat(parent_descriptor, name.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW));
    if (!opened.valid()) {
      skipped(path, std::string(reason_of(errno)));
      return nullptr;
    }
    const std::size_t depth = parent == nullptr ? 0 : parent->depth + (same ? 0 : 1);
    if (depth > kMaxFolderDepth) {
      skipped(path, fmt::format("deeper than {} folders", kMaxFolderDepth));
      return nullptr;
    }
    Scope scope = parent == nullptr ? nullptr : parent->scope;
    if (options_.excludes && !same) {
      if (parent == nullptr) scope = with_rules(opened.get(), ".git/info/exclude", path, std::move(scope));
      scope = with_rules(opened.get(), ".gitignore", path, std::move(scope));
    }
    const bool ignored = parent != nullptr && (parent->ignored || (!same && is_ignored(parent->scope, path, true)));
    return std::make_shared<const Folder>(Folder{std::move(opened), path, std::move(scope), depth, ignored});
  }

  void push(Task task) { stack_.push(std::move(task)); }

  void work(unsigned thread) {
    FileBuffer buffer(options_.max_file_bytes);
    std::vector<char> listing(kListing_bytes);
    bool finished_one = false;
    while (auto task = stack_.next(finished_one)) {
      finished_one = true;
      if (!task->files.empty()) {
        for (const std::string& name : task->files)
          read_file(*task->folder, name, thread, buffer);
      } else if (const auto folder = enter(task->folder.get(), task->name, task->folder->descriptor.get())) {
        list(folder, listing, thread, buffer);
      }
    }
  }

  void list(const FolderPointer& folder, std::vector<char>& memory, unsigned thread, FileBuffer& buffer) {
    std::vector<std::string> files;
    std::vector<std::string> folders;
    while (true) {
      const long got = ::syscall(SYS_getdents64, folder->descriptor.get(), memory.data(), memory.size());
      if (got < 0) skipped(folder->path, std::string(reason_of(errno)));
      if (got <= 0) break;
      for (long at = 0; at < got;) {
        const auto* entry = reinterpret_cast<const dirent64*>(memory.data() + at);
        at += entry->d_reclen;
        consider(*folder, entry->d_name, entry->d_type, files, folders);
      }
    }
    if (options_.excludes && options_.is_excluded)
      std::erase_if(folders, [&](const std::string& name) { return options_.is_excluded(files, name); });
    for (std::string& name : folders)
      stack_.push({folder, std::move(name), {}});
    while (files.size() > kBatchFiles) {  // other threads may take those; the rest is done here
      stack_.push(
          {folder, {}, {std::make_move_iterator(files.end() - kBatchFiles), std::make_move_iterator(files.end())}});
      files.resize(files.size() - kBatchFiles);
    }
    for (const std::string& name : files)
      read_file(*folder, name, thread, buffer);
  }

  void read_file(const Folder& folder, const std::string& name, unsigned thread, FileBuffer& buffer) {
    const std::string path = join(folder.path, name);
    if (visitor_.is_known) {
      FileIdentity identity;  // before the file is read: what is read may be newer than that, never older
      if (identify(folder.descriptor.get(), name.c_str(), identity) && visitor_.is_known(thread, path, identity))
        return;
    }
    std::string reason;
    const std::string_view bytes = buffer.read(folder.descriptor.get(), name.c_str(), reason);
    if (!reason.empty()) return skipped(path, std::move(reason));
    visitor_.file(thread, path, bytes);
  }

 private:
  static Scope with_rules(int folder, const char* name, const std::string& path, Scope parent) {
    FileBuffer buffer(kMaxIgnoreFile_bytes);
    std::string reason;
    const std::string_view text = buffer.read(folder, name, reason);
    if (text.empty()) return parent;
    IgnoreFile rules(text);
    if (rules.empty()) return parent;
    return std::make_shared<const IgnoreScope>(IgnoreScope{std::move(parent), path, std::move(rules)});
  }

  static bool is_ignored(const Scope& innermost, std::string_view path, bool is_folder) {
    for (const IgnoreScope* scope = innermost.get(); scope != nullptr; scope = scope->parent.get()) {
      const std::string_view below = scope->folder.empty() ? path : path.substr(scope->folder.size() + 1);
      const auto verdict = scope->rules.judge(below, is_folder);
      if (verdict != IgnoreFile::Verdict::kSilent) return verdict == IgnoreFile::Verdict::kIgnored;
    }
    return false;
  }

  void consider(const Folder& folder, const char* name, unsigned char type, std::vector<std::string>& files,
                std::vector<std::string>& folders) {
    const std::string_view view(name);
    if (view == "." || view == "..") return;
    if (type == DT_UNKNOWN) {
      struct stat status {};
      if (::fstatat(folder.descriptor.get(), name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return skipped(join(folder.path, view), std::string(reason_of(errno)));
      type = S_ISDIR(status.st_mode) ? DT_DIR : S_ISREG(status.st_mode) ? DT_REG : S_ISLNK(status.st_mode) ? DT_LNK : 0;
    }
    const bool is_folder = type == DT_DIR;
    if (is_version_control(view)) return;  // a folder, or the file that a worktree has in its place
    if (is_folder && options_.excludes && !options_.is_excluded && is_excluded(view)) return;
    if (folder.scope != nullptr || folder.ignored) {
      const std::string path = join(folder.path, view);
      if ((folder.ignored || is_ignored(folder.scope, path, is_folder)) && !tracked_.holds(path, is_folder)) return;
    }
    if (is_folder) return void(folders.emplace_back(view));
    if (type == DT_REG) return void(files.emplace_back(view));
    skipped(join(folder.path, view), type == DT_LNK ? "symbolic link" : "not a regular file");
  }

  const WalkOptions& options_;
  const Visitor& visitor_;
  Tracked tracked_;
  TaskStack stack_;
  std::mutex skipped_mutex_;
};

}  // namespace

bool identify(int folder, const char* name, FileIdentity& identity) {
  struct stat status {};
  if (::fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode)) return false;
  const auto ns = [](const timespec& time) { return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; };
  identity = {status.st_dev, status.st_ino, status.st_size, ns(status.st_mtim), ns(status.st_ctim)};
  return true;
}

unsigned thread_count(const WalkOptions& options) {
  const unsigned wanted = options.threads > 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  return std::min(wanted, kMaxThreads);
}

void on_threads(unsigned threads, const std::function<void(unsigned thread)>& work) {
  std::vector<std::jthread> others;
  for (unsigned i = 1; i < threads; ++i)
    others.emplace_back([&work, i] {
      use_large_pages_in_thread();
      work(i);
    });
  work(0);
}

Result<void> walk(const std::string& root, const std::string& target, const WalkOptions& options,
                  const Visitor& visitor) {
  Walk walk(root, options, visitor);
  FolderPointer folder = walk.enter(nullptr, root.empty() ? "." : root, AT_FDCWD);
  if (folder == nullptr) return fail(ErrorCode::kNotFound, fmt::format("{} is no folder that can be read", root));
  std::string_view rest = target;
  while (!rest.empty()) {
    const std::string name(rest.substr(0, rest.find('/')));
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    if (name.empty() || name == ".") continue;
    struct stat status {};
    const int links = options.target == OnLink::kFollow && rest.empty() ? 0 : AT_SYMLINK_NOFOLLOW;
    if (::fstatat(folder->descriptor.get(), name.c_str(), &status, links) != 0)
      return fail(ErrorCode::kNotFound, fmt::format("there is no {}", target));
    if (!S_ISDIR(status.st_mode)) {
      if (!rest.empty()) return fail(ErrorCode::kNotFound, fmt::format("there is no {}", target));
      FileBuffer buffer(options.max_file_bytes, options.target);
      walk.read_file(*folder, name, 0, buffer);
      return {};
    }
    folder = walk.enter(folder.get(), name, folder->descriptor.get());
    if (folder == nullptr) return fail(ErrorCode::kForbidden, fmt::format("{} cannot be read", target));
  }
  walk.push({folder, ".", {}});
  on_threads(thread_count(options), [&walk](unsigned thread) { walk.work(thread); });
  return {};
}

}  // namespace commandcenter::code
