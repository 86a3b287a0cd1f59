// Taking an agent's folder in: copied once, addressed by what it contains, never changed again.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "agent/agent.h"
#include "base/sha256.h"
#include "sandbox/hidden_folders.h"

namespace commandcenter::agent {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHashLength = 32;

struct Entry {
  fs::path relative;
  bool executable = false;
};

// The regular files of a folder in a fixed order. Links and special files are refused: what they lead to could change.
Result<std::vector<Entry>> list_files(const fs::path& source) {
  std::vector<Entry> entries;
  std::int64_t total_bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator it(source, error), end; !error && it != end; it.increment(error)) {
    const fs::path relative = it->path().lexically_relative(source);
    const auto status = it->symlink_status(error);
    if (error) break;
    if (fs::is_directory(status)) {
      if (relative.filename() == ".git" || relative == sandbox::kUsualDataFolder) it.disable_recursion_pending();
      continue;
    }
    if (!fs::is_regular_file(status)) {
      return fail(
          ErrorCode::kInvalid,
          fmt::format("{} is a link or a special file: an agent's folder may hold only files", relative.string()));
    }
    total_bytes += static_cast<std::int64_t>(it->file_size(error));
    entries.push_back({relative, (status.permissions() & fs::perms::owner_exec) != fs::perms::none});
    if (entries.size() > kMaxAgentFiles)
      return fail(ErrorCode::kTooLarge, fmt::format("the agent's folder has more than {} files", kMaxAgentFiles));
    if (total_bytes > kMaxAgentFolder_bytes) {
      return fail(ErrorCode::kTooLarge,
                  fmt::format("the agent's folder is larger than {} MiB", kMaxAgentFolder_bytes >> 20));
    }
  }
  if (error) return fail(ErrorCode::kInvalid, fmt::format("the agent's folder cannot be read: {}", error.message()));
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.relative < b.relative; });
  return entries;
}

Result<std::string> hash_files(const fs::path& source, const std::vector<Entry>& entries) {
  std::string digest_of_all;
  for (const Entry& entry : entries) {
    std::ifstream file(source / entry.relative, std::ios::binary);
    if (!file) return fail(ErrorCode::kInvalid, fmt::format("{} cannot be read", entry.relative.string()));
    const std::string content{std::istreambuf_iterator<char>(file), {}};
    digest_of_all += fmt::format("{}\n{}\n{}\n", entry.relative.string(), entry.executable, sha256_hex(content));
  }
  return sha256_hex(digest_of_all).substr(0, kHashLength);
}

}  // namespace

Result<std::string> import_folder(const std::string& source, const std::string& destination) {
  if (const auto kept = sandbox::HiddenFolders({fs::path(destination).parent_path().string()}).below(source);
      !kept || std::ranges::any_of(*kept, [](const auto& path) { return path != sandbox::kUsualDataFolder; })) {
    return fail(ErrorCode::kForbidden, "the agent's folder and the server's data folder must lie apart");
  }
  const auto entries = list_files(source);
  if (!entries) return fail(entries.error());
  const auto hash = hash_files(source, *entries);
  if (!hash) return hash;

  const fs::path target = fs::path(destination) / *hash;
  std::error_code error;
  if (fs::exists(target, error)) return target.string();
  const fs::path staging = fs::path(destination) / (*hash + ".partial");
  fs::remove_all(staging, error);
  fs::create_directories(staging, error);
  for (const Entry& entry : *entries) {
    if (error) break;
    fs::create_directories((staging / entry.relative).parent_path(), error);
    if (!error) fs::copy_file(fs::path(source) / entry.relative, staging / entry.relative, error);
  }
  if (!error) fs::rename(staging, target, error);
  if (error)
    return fail(ErrorCode::kUnavailable, fmt::format("the agent's files cannot be stored: {}", error.message()));
  return target.string();
}

std::string imported_folder(const std::string& recorded, const std::string& destination) {
  if (destination.empty() || recorded.empty()) return recorded;
  const fs::path hash = fs::path(recorded).filename();
  const bool is_hash =
      hash.string().size() == kHashLength && hash.string().find_first_not_of("0123456789abcdef") == std::string::npos;
  const fs::path here = fs::path(destination) / hash;
  std::error_code error;
  return is_hash && fs::is_directory(here, error) ? here.string() : recorded;
}

}  // namespace commandcenter::agent
