#include "code/graph/tree.h"

#include <algorithm>

namespace commandcenter::architecture {

std::string_view folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view name_of(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

std::string_view stem_of(std::string_view path) {
  const std::string_view name = name_of(path);
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? name : name.substr(0, dot);
}

std::string_view ending_of(std::string_view path) {
  const std::string_view name = name_of(path);
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? std::string_view() : name.substr(dot + 1);
}

std::optional<std::string> join_path(std::string_view folder, std::string_view relative) {
  std::string result(folder);
  while (!relative.empty()) {
    const std::size_t slash = std::min(relative.find('/'), relative.size());
    const std::string_view part = relative.substr(0, slash);
    relative.remove_prefix(std::min(slash + 1, relative.size()));
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (result.empty()) return std::nullopt;
      result.resize(folder_of(result).size());
      continue;
    }
    if (!result.empty()) result += '/';
    result += part;
  }
  return result;
}

std::vector<std::string_view> ancestors(std::string_view folder) {
  std::vector<std::string_view> result;
  while (!folder.empty()) {
    result.push_back(folder);
    folder = folder_of(folder);
  }
  result.emplace_back();
  return result;
}

std::size_t shared_folders(std::string_view a, std::string_view b) {
  std::size_t count = 0;
  const std::size_t end = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < end && a[i] == b[i]; ++i)
    count += a[i] == '/' ? 1U : 0U;
  return count;
}

Tree::Tree(const std::vector<SourceFile>& files) : files_(files) {
  by_path_.reserve(files.size());
  for (FileId id = 0; id < files.size(); ++id) {
    const std::string_view path = files[id].path;
    by_path_.emplace(path, id);
    by_folder_[folder_of(path)].push_back(id);
    by_name_[name_of(path)].push_back(id);
    for (std::string_view folder = folder_of(path); !folder.empty(); folder = folder_of(folder)) {
      if (!folders_.emplace(folder).second) break;
    }
  }
}

std::optional<FileId> Tree::find(std::string_view path) const {
  const auto found = by_path_.find(path);
  return found == by_path_.end() ? std::nullopt : std::optional(found->second);
}

const std::vector<FileId>& Tree::in_folder(std::string_view path) const {
  static const std::vector<FileId> kNone;
  const auto found = by_folder_.find(path);
  return found == by_folder_.end() ? kNone : found->second;
}

const std::vector<FileId>& Tree::named(std::string_view name) const {
  static const std::vector<FileId> kNone;
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? kNone : found->second;
}

std::optional<FileId> Tree::ending_in(std::string_view suffix, std::string_view near) const {
  std::optional<FileId> best;
  std::size_t best_shared = 0;
  bool tie = false;
  for (const FileId id : named(name_of(suffix))) {
    const std::string_view path = files_[id].path;
    if (!path.ends_with(suffix)) continue;
    if (path.size() > suffix.size() && path[path.size() - suffix.size() - 1] != '/') continue;
    const std::size_t shared = shared_folders(path, near);
    tie = best.has_value() && shared == best_shared;
    if (best && shared <= best_shared) continue;
    best = id;
    best_shared = shared;
  }
  return tie ? std::nullopt : best;
}

FileId Tree::nearest(const std::vector<FileId>& ids, std::string_view near) const {
  return *std::ranges::max_element(ids, {}, [&](FileId id) { return shared_folders(files_[id].path, near); });
}

}  // namespace commandcenter::architecture
