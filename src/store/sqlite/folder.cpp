#include "store/sqlite/folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "store/sqlite/connection.h"

namespace commandcenter::store {
namespace {

constexpr mode_t kFolderMode = 0700;
constexpr mode_t kFileMode = 0600;

Error not_writable(const std::string& data_folder, int error) {
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
    return {ErrorCode::kUnavailable,
            fmt::format("the disk of data folder {} is full: free some space and try again", data_folder)};
  }
  return {
      ErrorCode::kUnavailable,
      fmt::format("data folder {} cannot be written ({}): make it writable for this user or choose another with --data",
                  data_folder, std::system_category().message(error))};
}

// A new name in a folder survives a power cut only once the folder is flushed.
void flush_folder(const std::string& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

std::string holder(int descriptor) {
  std::array<char, 32> text{};
  const ssize_t size_bytes = ::pread(descriptor, text.data(), text.size() - 1, 0);
  std::string pid;
  for (ssize_t i = 0;
       i < size_bytes && text[static_cast<std::size_t>(i)] >= '0' && text[static_cast<std::size_t>(i)] <= '9'; ++i) {
    pid += text[static_cast<std::size_t>(i)];
  }
  return pid.empty() ? "that is just starting" : "(pid " + pid + ")";
}

}  // namespace

Result<void> make_data_folder(const std::string& data_folder) {
  struct stat status {};
  if (::stat(data_folder.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) return {};
    return fail(ErrorCode::kInvalid,
                fmt::format("data folder {} is not a folder: choose another with --data", data_folder));
  }
  std::filesystem::path path(data_folder);
  if (!path.has_filename()) path = path.parent_path();  // "data/" names the same folder as "data"
  const std::filesystem::path above = path.parent_path();
  std::error_code error;
  if (!above.empty()) std::filesystem::create_directories(above, error);
  if (error) return fail(not_writable(data_folder, error.value()));
  if (::mkdir(path.c_str(), kFolderMode) != 0 && errno != EEXIST) return fail(not_writable(data_folder, errno));
  flush_folder(above.empty() ? "." : above.string());
  return {};
}

Result<void> make_database_file(const std::string& data_folder) {
  const std::string path = database_path(data_folder);
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    return fail(ErrorCode::kInvalid,
                fmt::format("commandcenter.db in data folder {} is not a file: move it away or choose "
                            "another folder with --data",
                            data_folder));
  }
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode);
  if (descriptor < 0) return fail(not_writable(data_folder, errno));
  ::close(descriptor);
  flush_folder(data_folder);
  return {};
}

Result<std::unique_ptr<FolderLock>> FolderLock::take(const std::string& data_folder) {
  const std::string path = data_folder + "/lock";
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kFileMode);
  if (descriptor < 0) return fail(not_writable(data_folder, errno));
  std::unique_ptr<FolderLock> lock(new FolderLock(descriptor));
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    if (error != EWOULDBLOCK) return fail(not_writable(data_folder, error));
    return fail(ErrorCode::kConflict,
                fmt::format("data folder {} is used by another commandcenter {}: stop it or choose "
                            "another with --data",
                            data_folder, holder(descriptor)));
  }
  const std::string pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(descriptor, 0) != 0 ||
      ::pwrite(descriptor, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    return fail(not_writable(data_folder, errno));
  }
  return lock;
}

FolderLock::~FolderLock() {
  ::close(descriptor_);
}

}  // namespace commandcenter::store
