#include "patch/folder.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace commandcenter::patch {
namespace {

constexpr mode_t kNewFile = 0644;
constexpr mode_t kNewProgram = 0755;
constexpr mode_t kNewFolder = 0755;
constexpr mode_t kExecuteBits = 0111;
constexpr mode_t kPermissions = 0777;

int open_beneath(int root, const std::string& path, int flags) {
  open_how how{};
  how.flags = static_cast<__u64>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return static_cast<int>(::syscall(SYS_openat2, root, path.c_str(), &how, sizeof(how)));
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

std::string name_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

Error cannot(std::string_view what, const std::string& path, int error) {
  if (error == ELOOP || error == EXDEV)
    return {ErrorCode::kForbidden, fmt::format("{} lies behind a symbolic link, which a patch never follows", path)};
  return {ErrorCode::kUnavailable, fmt::format("{} cannot be {}: {}", path, what, std::strerror(error))};
}

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }

 private:
  int fd_;
};

Result<std::string> read_all(int fd, std::size_t size, const std::string& path) {
  std::string bytes(size, '\0');
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = ::read(fd, bytes.data() + done, size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(cannot("read", path, errno));
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

// The permissions of a new file: as before, if there was one; git knows only whether it may be executed.
mode_t permissions(int parent, const std::string& name, Mode mode) {
  struct stat before {};
  const bool replaces = ::fstatat(parent, name.c_str(), &before, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(before.st_mode);
  if (!replaces) return mode == Mode::kExecutable ? kNewProgram : kNewFile;
  const mode_t kept = before.st_mode & kPermissions;
  if (mode != Mode::kExecutable) return kept & ~kExecuteBits;
  return (kept & S_IXUSR) != 0 ? kept : kept | (kept & 0444) >> 2;
}

bool make_file(int parent, const std::string& name, const std::string& temporary, const Content& content) {
  ::unlinkat(parent, temporary.c_str(), 0);  // left by a crash
  if (content.mode == Mode::kLink) {
    if (content.bytes.find('\0') == std::string::npos)
      return ::symlinkat(content.bytes.c_str(), parent, temporary.c_str()) == 0;
    errno = EINVAL;
    return false;
  }
  const Fd file(::openat(parent, temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kNewFile));
  return file.open() && write_all(file.get(), content.bytes) &&
         ::fchmod(file.get(), permissions(parent, name, content.mode)) == 0 && ::fsync(file.get()) == 0;
}

}  // namespace

Folder::Folder(Folder&& other) noexcept : root_(std::exchange(other.root_, -1)), touched_(std::move(other.touched_)) {}

Folder::~Folder() {
  if (root_ >= 0) ::close(root_);
}

Result<Folder> Folder::open(const std::string& path) {
  const int root = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (root < 0) {
    return fail(ErrorCode::kUnavailable, fmt::format("the workspace cannot be opened: {}", std::strerror(errno)));
  }
  return Folder(root);
}

Result<std::optional<Content>> Folder::read(const std::string& path) const {
  const Fd parent(open_beneath(root_, parent_of(path), O_PATH | O_DIRECTORY));
  if (!parent.open()) {
    if (errno == ENOENT || errno == ENOTDIR) return std::optional<Content>{};
    return fail(cannot("read", path, errno));
  }
  const std::string name = name_of(path);
  struct stat about {};
  if (::fstatat(parent.get(), name.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return std::optional<Content>{};
    return fail(cannot("read", path, errno));
  }
  if (S_ISLNK(about.st_mode)) {
    std::array<char, kMaxPath_bytes + 100> target{};
    const ssize_t length = ::readlinkat(parent.get(), name.c_str(), target.data(), target.size());
    if (length < 0) return fail(cannot("read", path, errno));
    return Content{Mode::kLink, std::string(target.data(), static_cast<std::size_t>(length))};
  }
  if (S_ISDIR(about.st_mode)) return std::optional<Content>{};
  if (!S_ISREG(about.st_mode)) {
    return fail(ErrorCode::kForbidden, fmt::format("{} is neither a file nor a link", path));
  }
  if (about.st_size > static_cast<off_t>(kMaxFile_bytes)) {
    return fail(ErrorCode::kTooLarge,
                fmt::format("{} has {} bytes; a file of a patch has at most {}", path, about.st_size, kMaxFile_bytes));
  }
  const Fd file(::openat(parent.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.open()) return fail(cannot("read", path, errno));
  auto bytes = read_all(file.get(), static_cast<std::size_t>(about.st_size), path);
  if (!bytes) return fail(std::move(bytes.error()));
  return Content{(about.st_mode & S_IXUSR) != 0 ? Mode::kExecutable : Mode::kFile, std::move(*bytes)};
}

Result<int> Folder::open_parent(const std::string& path, bool make) const {
  const std::string folder = parent_of(path);
  int parent = open_beneath(root_, folder, O_RDONLY | O_DIRECTORY);
  for (std::size_t end = folder.find('/'); make && parent < 0 && errno == ENOENT;) {
    // One folder after the other, each made in one that is known to be inside.
    const std::string next = folder.substr(0, end);
    const Fd above(open_beneath(root_, parent_of(next), O_PATH | O_DIRECTORY));
    if (!above.open()) return fail(cannot("written", path, errno));
    if (::mkdirat(above.get(), name_of(next).c_str(), kNewFolder) != 0 && errno != EEXIST)
      return fail(cannot("written", path, errno));
    if (end == std::string::npos) {
      parent = open_beneath(root_, folder, O_RDONLY | O_DIRECTORY);
      break;
    }
    end = folder.find('/', end + 1);
    errno = ENOENT;
  }
  if (parent < 0) return fail(cannot("written", path, errno));
  return parent;
}

Result<void> Folder::write(const std::string& path, const Content& content, const std::string& temporary) {
  auto opened = open_parent(path, true);
  if (!opened) return fail(std::move(opened.error()));
  const Fd parent(*opened);
  const std::string name = name_of(path);
  if (!make_file(parent.get(), name, temporary, content) ||
      ::renameat(parent.get(), temporary.c_str(), parent.get(), name.c_str()) != 0) {
    const int error = errno;
    ::unlinkat(parent.get(), temporary.c_str(), 0);
    return fail(cannot("written", path, error));
  }
  for (std::string folder = parent_of(path);; folder = parent_of(folder)) {
    touched_.insert(folder);
    if (folder == ".") return {};
  }
}

Result<void> Folder::remove(const std::string& path) {
  auto opened = open_parent(path, false);
  if (!opened) return fail(std::move(opened.error()));
  const Fd parent(*opened);
  if (::unlinkat(parent.get(), name_of(path).c_str(), 0) != 0 && errno != ENOENT)
    return fail(cannot("removed", path, errno));
  std::string folder = parent_of(path);
  while (folder != ".") {
    const Fd above(open_beneath(root_, parent_of(folder), O_PATH | O_DIRECTORY));
    if (!above.open() || ::unlinkat(above.get(), name_of(folder).c_str(), AT_REMOVEDIR) != 0) break;
    folder = parent_of(folder);
  }
  touched_.insert(folder);
  return {};
}

Result<void> Folder::sync() {
  for (const std::string& folder : touched_) {
    const Fd opened(open_beneath(root_, folder, O_RDONLY | O_DIRECTORY));
    if (!opened.open()) {
      if (errno == ENOENT) continue;  // removed since
      return fail(cannot("flushed", folder, errno));
    }
    if (::fsync(opened.get()) != 0) return fail(cannot("flushed", folder, errno));
  }
  touched_.clear();
  return {};
}

}  // namespace commandcenter::patch
