#include "agent/builtin/patcher/files.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include <fmt/format.h>

#include "agent/builtin/patcher/patcher.h"

namespace commandcenter::patcher {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 6> kForeignFolders{"node_modules", "venv", "dist", "build", "vendor", "target"};

bool is_foreign(const std::string& name) {
  return name.starts_with('.') ||
         std::find(kForeignFolders.begin(), kForeignFolders.end(), name) != kForeignFolders.end();
}

Result<void> walk(const std::string& workspace, const std::string& folder, int depth, std::vector<std::string>& found) {
  if (depth > kMaxDepth) return {};
  std::error_code error;
  fs::directory_iterator entry(fs::path(workspace) / folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    std::error_code ignored;
    const fs::file_status status = entry->symlink_status(ignored);
    if (fs::is_directory(status) && !is_foreign(name)) {
      if (auto done = walk(workspace, join(folder, name), depth + 1, found); !done) return done;
    } else if (fs::is_regular_file(status)) {
      if (found.size() >= kMaxFiles)
        return fail(ErrorCode::kTooLarge, fmt::format("there are more than {} files: name a folder", kMaxFiles));
      found.push_back(join(folder, name));
    }
  }
  return {};
}

}  // namespace

std::string join(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : folder + "/" + name;
}

Result<Files> Files::open(const std::string& workspace) {
  auto folder = patch::Folder::open(workspace);
  if (!folder) return fail(std::move(folder.error()));
  return Files(workspace, std::move(*folder));
}

Result<std::vector<std::string>> Files::list(const std::string& folder) const {
  std::vector<std::string> found;
  if (auto walked = walk(workspace_, folder, 0, found); !walked) return fail(std::move(walked.error()));
  std::sort(found.begin(), found.end());
  return found;
}

bool Files::exists(const std::string& path) const {
  if (const auto known = known_.find(path); known != known_.end()) return known->second.after.has_value();
  const auto content = folder_.read(path);
  return content && *content;
}

Result<std::string> Files::read(const std::string& path) {
  auto known = known_.find(path);
  if (known == known_.end()) {
    if (const std::string problem = patch::problem_with_path(path); !problem.empty())
      return fail(ErrorCode::kForbidden, problem);
    auto content = folder_.read(path);
    if (!content) return fail(std::move(content.error()));
    if (!*content) return fail(ErrorCode::kNotFound, fmt::format("File not found: {}", path));
    known = known_.emplace(path, patch::Change{path, *content, *content}).first;
  }
  const std::optional<patch::Content>& now = known->second.after;
  if (!now) return fail(ErrorCode::kNotFound, fmt::format("File not found: {}", path));
  if (now->mode == patch::Mode::kLink)
    return fail(ErrorCode::kForbidden, fmt::format("{} is a symbolic link, which is never followed", path));
  if (now->bytes.size() > kMaxFile_bytes)
    return fail(ErrorCode::kTooLarge,
                fmt::format("{} has {} bytes; at most {} are read", path, now->bytes.size(), kMaxFile_bytes));
  if (now->bytes.find('\0') != std::string::npos)
    return fail(ErrorCode::kForbidden, fmt::format("{} is not a text file", path));
  return now->bytes;
}

Result<void> Files::write(const std::string& path, std::string text) {
  if (!known_.contains(path)) {
    if (const std::string problem = patch::problem_with_path(path); !problem.empty())
      return fail(ErrorCode::kForbidden, problem);
    auto content = folder_.read(path);
    if (!content) return fail(std::move(content.error()));
    std::error_code ignored;
    if (!*content && fs::is_directory(fs::path(workspace_) / path, ignored))
      return fail(ErrorCode::kForbidden, fmt::format("{} is a folder", path));
    known_.emplace(path, patch::Change{path, *content, *content});
  }
  patch::Change& change = known_.at(path);
  if (change.before && change.before->mode == patch::Mode::kLink)
    return fail(ErrorCode::kForbidden, fmt::format("{} is a symbolic link, which is never followed", path));
  change.after = patch::Content{change.before ? change.before->mode : patch::Mode::kFile, std::move(text)};
  return {};
}

std::vector<patch::Change> Files::changes() const {
  std::vector<patch::Change> changed;
  for (const auto& [path, change] : known_) {
    if (change.before != change.after) changed.push_back(change);
  }
  return changed;
}

}  // namespace commandcenter::patcher
