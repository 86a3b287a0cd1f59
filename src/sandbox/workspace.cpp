#include "sandbox/workspace.h"

#include <filesystem>
#include <system_error>

#include <fmt/format.h>

namespace commandcenter::sandbox {
namespace {

Result<std::string> canonical_folder(const std::string& path, std::string_view what) {
  std::error_code error;
  const auto canonical = std::filesystem::canonical(path, error);
  if (error) return fail(ErrorCode::kNotFound, fmt::format("{} {} is not there: {}", what, path, error.message()));
  if (!std::filesystem::is_directory(canonical, error)) {
    return fail(ErrorCode::kInvalid, fmt::format("{} {} is not a folder", what, path));
  }
  return canonical.string();
}

bool is_at_or_below(const std::string& path, const std::string& root) {
  if (root == "/") return true;
  return path.starts_with(root) && (path.size() == root.size() || path[root.size()] == '/');
}

}  // namespace

Result<WorkspaceRoots> WorkspaceRoots::of(const std::vector<std::string>& roots) {
  WorkspaceRoots result;
  for (const std::string& root : roots) {
    if (auto added = result.add(root); !added) return fail(std::move(added.error()));
  }
  return result;
}

Result<void> WorkspaceRoots::add(const std::string& root) {
  auto canonical = canonical_folder(root, "root");
  if (!canonical) return fail(std::move(canonical.error()));
  roots_.push_back(std::move(*canonical));
  return {};
}

Result<std::string> WorkspaceRoots::resolve(const std::string& path) const {
  auto canonical = canonical_folder(path, "repository");
  if (!canonical) return canonical;
  for (const std::string& root : roots_) {
    if (is_at_or_below(*canonical, root)) return canonical;
  }
  return fail(
      ErrorCode::kForbidden,
      fmt::format(
          "repository {} is outside the folders that agents may see: start the server with --root {} to allow it", path,
          path));
}

}  // namespace commandcenter::sandbox
