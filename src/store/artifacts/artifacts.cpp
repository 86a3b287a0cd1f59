#include "store/artifacts/artifacts.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "base/sha256.h"

namespace commandcenter::store {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHashLength = 64;
constexpr std::string_view kPartial = ".partial";  // a file that is being made

Error cannot_store(int error) {
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
    return {ErrorCode::kUnavailable, "the disk of the data folder is full: an artifact could not be stored"};
  }
  return {ErrorCode::kUnavailable,
          fmt::format("an artifact could not be stored: {}", std::system_category().message(error))};
}

// A name survives a power cut once its folder is flushed.
bool flush_folder(const std::string& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool flushed = ::fsync(descriptor) == 0;
  ::close(descriptor);
  return flushed;
}

// 0, or what went wrong.
int write_flushed(const std::string& path, std::string_view content) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return errno;
  int error = 0;
  while (!content.empty() && error == 0) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written >= 0)
      content.remove_prefix(static_cast<std::size_t>(written));
    else if (errno != EINTR)
      error = errno;
  }
  if (error == 0 && ::fsync(descriptor) != 0) error = errno;
  ::close(descriptor);
  return error;
}

}  // namespace

bool is_artifact_hash(std::string_view text) {
  return text.size() == kHashLength && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<std::unique_ptr<ArtifactFolder>> ArtifactFolder::open(std::string folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return fail(cannot_store(errno));
  return std::unique_ptr<ArtifactFolder>(new ArtifactFolder(std::move(folder)));
}

std::string ArtifactFolder::path_of(const std::string& hash) const {
  return fmt::format("{}/{}/{}", folder_, hash.substr(0, 2), hash);
}

Result<std::string> ArtifactFolder::put(std::string_view content) {
  if (static_cast<std::int64_t>(content.size()) > kMaxArtifact_bytes) {
    return fail(ErrorCode::kTooLarge,
                fmt::format("an artifact has {} bytes; at most {} are stored", content.size(), kMaxArtifact_bytes));
  }
  std::string hash = sha256_hex(content);
  const std::string path = path_of(hash);
  const std::lock_guard lock(mutex_);
  struct stat status {};
  const bool is_there = ::stat(path.c_str(), &status) == 0 && status.st_size == static_cast<off_t>(content.size());
  if (!is_there) {
    const std::string folder = fs::path(path).parent_path().string();
    const bool is_new = ::mkdir(folder.c_str(), 0700) == 0;
    if (!is_new && errno != EEXIST) return fail(cannot_store(errno));
    const std::string partial = path + std::string(kPartial);
    int error = write_flushed(partial, content);
    if (error == 0 && ::rename(partial.c_str(), path.c_str()) != 0) error = errno;
    if (error == 0 && (!flush_folder(folder) || (is_new && !flush_folder(folder_)))) error = errno;
    if (error != 0) {
      ::unlink(partial.c_str());
      return fail(cannot_store(error));
    }
  }
  ++held_[hash];
  return hash;
}

void ArtifactFolder::release(const std::string& hash) {
  const std::lock_guard lock(mutex_);
  const auto held = held_.find(hash);
  if (held != held_.end() && --held->second == 0) held_.erase(held);
}

Result<std::string> ArtifactFolder::read(const std::string& hash) const {
  if (!is_artifact_hash(hash)) return fail(ErrorCode::kNotFound, "Artifact not found");
  std::ifstream file(path_of(hash), std::ios::binary);
  if (!file) return fail(ErrorCode::kNotFound, "Artifact not found");
  std::string content{std::istreambuf_iterator<char>(file), {}};
  if (sha256_hex(content) != hash) {
    return fail(ErrorCode::kInternal,
                fmt::format("artifact {} is damaged: restore it from a backup of the data folder", hash));
  }
  return content;
}

void ArtifactFolder::remove(const std::string& hash) {
  if (!is_artifact_hash(hash)) return;
  const std::lock_guard lock(mutex_);
  if (!held_.contains(hash)) ::unlink(path_of(hash).c_str());
}

Result<std::int64_t> ArtifactFolder::sweep(const std::function<Result<bool>(const std::string& hash)>& is_named) {
  std::vector<std::string> unnamed;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder_, error), end; !error && it != end; it.increment(error)) {
    if (!it->is_regular_file(error)) continue;
    const std::string name = it->path().filename().string();
    if (is_artifact_hash(name)) {
      const auto named = is_named(name);
      if (!named) return fail(named.error());
      if (*named) continue;
    } else if (!name.ends_with(kPartial)) {
      continue;  // none of ours
    }
    unnamed.push_back(it->path().string());
  }
  if (error) return fail(cannot_store(error.value()));
  const std::lock_guard lock(mutex_);
  std::int64_t removed = 0;
  for (const std::string& path : unnamed) {
    if (!held_.contains(fs::path(path).filename().string()) && ::unlink(path.c_str()) == 0) ++removed;
  }
  return removed;
}

}  // namespace commandcenter::store
