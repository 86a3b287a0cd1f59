// Opening without following links unless told to, reading with as few calls as possible.
#include "code/walk/read.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace commandcenter::code {
namespace {

constexpr std::size_t kFirst_bytes = 256 << 10;  // most files fit, so that one read tells their end
constexpr std::size_t kKept_bytes = 4 << 20;     // memory that a large file leaves behind

}  // namespace

std::string_view reason_of(int error) {
  switch (error) {
    case EACCES:
    case EPERM:
      return "unreadable: permission denied";
    case ENOENT:
      return "unreadable: it is gone";
    case ELOOP:
      return "symbolic link";
    case ENXIO:
      return "not a regular file";
    default:
      return "unreadable: input/output error";
  }
}

Descriptor folder_below(int root, std::string_view path) {
  constexpr int kHow = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  Descriptor folder(::openat(root, ".", kHow));
  while (folder.valid() && !path.empty()) {
    const std::string part(path.substr(0, path.find('/')));
    path.remove_prefix(std::min(path.size(), part.size() + 1));
    if (!part.empty()) folder = Descriptor(::openat(folder.get(), part.c_str(), kHow));
  }
  return folder;
}

std::vector<std::string> names_in(int root, std::string_view path) {
  std::vector<std::string> names;
  const Descriptor folder = folder_below(root, path);
  DIR* stream = folder.valid() ? ::fdopendir(::dup(folder.get())) : nullptr;
  if (stream == nullptr) return names;
  while (const dirent* entry = ::readdir(stream))
    names.emplace_back(entry->d_name);
  ::closedir(stream);
  std::ranges::sort(names);
  return names;
}

FileBuffer::FileBuffer(std::size_t max_bytes, OnLink on_link) : max_bytes_(max_bytes), on_link_(on_link) {}

std::string_view FileBuffer::read(int folder, const char* name, std::string& reason) {
  const int links = on_link_ == OnLink::kFollow ? 0 : O_NOFOLLOW;
  const Descriptor file(::openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | links));
  if (!file.valid()) {
    reason = reason_of(errno);
    return {};
  }
  if (size_bytes_ == 0 || size_bytes_ > kKept_bytes) grow(kFirst_bytes, 0);
  std::size_t filled = 0;
  while (true) {
    const ssize_t got = ::read(file.get(), memory_.get() + filled, size_bytes_ - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      reason = errno == EISDIR ? "not a regular file" : reason_of(errno);
      return {};
    }
    filled += static_cast<std::size_t>(got);
    if (filled < size_bytes_) break;  // a regular file gives less than asked only at its end
    struct stat status {};
    const bool known = ::fstat(file.get(), &status) == 0;
    if (known && !S_ISREG(status.st_mode)) {
      reason = "not a regular file";
      return {};
    }
    const auto size_bytes = known && status.st_size > 0 ? static_cast<std::size_t>(status.st_size) : 0;
    if (filled > max_bytes_ || size_bytes > max_bytes_) {
      reason = fmt::format("larger than {} MiB", max_bytes_ >> 20);
      return {};
    }
    grow(std::min(max_bytes_ + 1, std::max(size_bytes + 1, size_bytes_ * 2)), filled);
  }
  if (filled > max_bytes_) {
    reason = fmt::format("larger than {} MiB", max_bytes_ >> 20);
    return {};
  }
  return {memory_.get(), filled};
}

void FileBuffer::grow(std::size_t size_bytes, std::size_t filled) {
  auto larger = std::make_unique_for_overwrite<char[]>(size_bytes);
  if (filled > 0) std::memcpy(larger.get(), memory_.get(), filled);
  memory_ = std::move(larger);
  size_bytes_ = size_bytes;
}

}  // namespace commandcenter::code
