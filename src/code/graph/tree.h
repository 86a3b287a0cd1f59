// The paths of a repository, for resolvers: what exists, what lies in a folder, what ends in a name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "code/graph/graph.h"

namespace commandcenter::architecture {

using FileId = std::uint32_t;

std::string_view folder_of(std::string_view path);  // "" for a file at the root
std::string_view name_of(std::string_view path);    // behind the last slash
std::string_view stem_of(std::string_view path);    // name without its extension
std::string_view ending_of(std::string_view path);  // extension without the dot, "" when there is none
// "a/b" and "../c" give "a/c". Nothing when the way leads out of the root.
std::optional<std::string> join_path(std::string_view folder, std::string_view relative);
// Folders of a path from its own up to the root, "" last.
std::vector<std::string_view> ancestors(std::string_view folder);
std::size_t shared_folders(std::string_view a, std::string_view b);  // how many folders both begin with

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
template <typename Value>
using TextMap = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;
using TextSet = std::unordered_set<std::string, TextHash, std::equal_to<>>;

class Tree {
 public:
  explicit Tree(const std::vector<SourceFile>& files);

  const SourceFile& file(FileId id) const { return files_[id]; }
  std::size_t size() const { return files_.size(); }
  std::optional<FileId> find(std::string_view path) const;
  bool has_folder(std::string_view path) const { return path.empty() || folders_.contains(path); }
  const std::vector<FileId>& in_folder(std::string_view path) const;  // directly
  const std::vector<FileId>& named(std::string_view name) const;      // by the last part of their path
  // The file whose path ends in `suffix`, which begins at a folder: the one nearest to `near`, if one is.
  std::optional<FileId> ending_in(std::string_view suffix, std::string_view near) const;
  // Of several, the one that shares the most folders with `near`; the first of equals.
  FileId nearest(const std::vector<FileId>& ids, std::string_view near) const;

 private:
  const std::vector<SourceFile>& files_;
  std::unordered_map<std::string_view, FileId> by_path_{};
  std::unordered_map<std::string_view, std::vector<FileId>> by_folder_{};
  std::unordered_map<std::string_view, std::vector<FileId>> by_name_{};
  TextSet folders_{};
};

}  // namespace commandcenter::architecture
