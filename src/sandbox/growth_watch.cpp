#include "sandbox/growth_watch.h"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "sandbox/wording.h"

namespace commandcenter::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kBlock_bytes = 512;    // of stat
constexpr std::int64_t kEntry_bytes = 1'024;  // what a name costs beside its content

// As much of it as is needed to know that it is more than `enough`.
std::int64_t size_of(const std::string& folder, std::int64_t enough) {
  std::int64_t bytes = 0;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && entry != fs::recursive_directory_iterator() && bytes <= enough; entry.increment(error)) {
    struct stat about {};
    if (::lstat(entry->path().c_str(), &about) == 0) bytes += kEntry_bytes + about.st_blocks * kBlock_bytes;
  }
  return bytes;
}

}  // namespace

GrowthWatch::GrowthWatch(const LaunchSpec& spec) : limit_bytes_(spec.limits.layer_bytes) {
  if (spec.layer) folder_ = spec.layer->overlay ? spec.layer->upper : spec.layer->shown;
  if (spec.writable) folder_ = spec.writable->host_path;
  most_bytes_ = limit_bytes_ + (spec.layer ? spec.layer->copied_bytes : 0);
}

std::optional<Breach> GrowthWatch::look(std::int64_t now_ms) {
  if (folder_.empty() || now_ms < next_ms_) return std::nullopt;
  const auto begin = std::chrono::steady_clock::now();
  const std::int64_t bytes = size_of(folder_, most_bytes_);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
  next_ms_ = now_ms + std::max(kGrowthPause_ms, took.count() * kGrowthShare);
  if (bytes <= most_bytes_) return std::nullopt;
  return Breach{"layer", fmt::format("wrote more than {} to the workspace (limit layer)", size_text(limit_bytes_))};
}

}  // namespace commandcenter::sandbox
