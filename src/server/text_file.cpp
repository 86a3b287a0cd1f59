#include "server/text_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>

namespace commandcenter::server {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxName_bytes = 300;  // in messages

}  // namespace

bool is_below(const fs::path& path, const fs::path& folder) {
  const auto [end, _] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return end == folder.end();
}

std::optional<fs::path> path_below(const fs::path& folder, const std::string& file) {
  std::error_code error;
  fs::path path = fs::canonical(folder / fs::path(file).relative_path(), error);
  if (error || !is_below(path, folder)) return std::nullopt;
  return path;
}

Result<std::string> read_file(const fs::path& path, const std::string& name, std::int64_t max_bytes) {
  const auto not_there = [&] {
    return fail(ErrorCode::kNotFound,
                fmt::format("there is no file {} in this repository", name.substr(0, kMaxName_bytes)));
  };
  // Not blocking: what is no file may be a pipe, whose opening would wait for ever.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) return not_there();
  struct stat facts {};
  std::string text;
  const bool regular = ::fstat(descriptor, &facts) == 0 && S_ISREG(facts.st_mode);
  const bool whole = regular && facts.st_size <= max_bytes;
  if (whole) {
    text.resize(static_cast<std::size_t>(facts.st_size));
    std::size_t read = 0;
    while (read < text.size()) {
      const ssize_t got = ::read(descriptor, text.data() + read, text.size() - read);
      if (got <= 0) break;
      read += static_cast<std::size_t>(got);
    }
    text.resize(read);
  }
  ::close(descriptor);
  if (!regular) return not_there();
  if (!whole) {
    return fail(ErrorCode::kInvalid, fmt::format("{} has {} bytes; files of at most {} are shown",
                                                 name.substr(0, kMaxName_bytes), facts.st_size, max_bytes));
  }
  return text;
}

}  // namespace commandcenter::server
