#include "sandbox/hidden_folders.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace commandcenter::sandbox {
namespace {

namespace fs = std::filesystem;

bool is_at_or_below(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || folder == "/" || path[folder.size()] == '/');
}

std::string canonical(const std::string& folder) {
  std::error_code error;
  std::string path = fs::weakly_canonical(fs::absolute(folder, error), error).string();
  if (error) path = folder;
  while (path.size() > 1 && path.ends_with('/'))
    path.pop_back();
  return path;
}

}  // namespace

HiddenFolders::HiddenFolders(const std::vector<std::string>& folders, const std::vector<std::string>& shown) {
  for (const std::string& folder : folders)
    folders_.push_back(canonical(folder));
  for (const std::string& folder : shown) {
    if (!folder.empty()) shown_.push_back(canonical(folder));
  }
}

Result<std::vector<std::string>> HiddenFolders::below(const std::string& workspace) const {
  std::vector<std::string> hidden;
  const std::string start = workspace == "/" ? workspace : workspace + "/";
  const auto add = [&](const std::string& relative) {
    std::error_code error;
    // A link leads out of the workspace, or to where it is hidden as well.
    if (fs::is_directory(fs::symlink_status(start + relative, error)) && !is_hidden(hidden, relative))
      hidden.push_back(relative);
  };
  for (const std::string& folder : folders_) {
    const bool is_shown = std::ranges::any_of(
        shown_, [&](const std::string& place) { return workspace != place && is_at_or_below(workspace, place); });
    if (is_at_or_below(workspace, folder) && !is_shown) {
      return fail(ErrorCode::kForbidden,
                  "the workspace lies in the server's data folder, which agents must not see: use another folder");
    }
    if (is_at_or_below(folder, workspace)) add(folder.substr(start.size()));
  }
  add(std::string(kUsualDataFolder));
  return hidden;
}

bool is_hidden(const std::vector<std::string>& hidden, std::string_view path) {
  return std::any_of(hidden.begin(), hidden.end(),
                     [path](const std::string& folder) { return is_at_or_below(path, folder); });
}

}  // namespace commandcenter::sandbox
