// Git's index: its files, and which of its folders are as an object of git has them. Source of the format: git's own
// documentation, "gitformat-index", versions 2 to 4, extension TREE. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace commandcenter::code {

inline constexpr std::size_t kObjectId_bytes = 20;  // of SHA-1
using ObjectId = std::array<std::uint8_t, kObjectId_bytes>;

struct IndexEntry {
  std::string_view path;
  ObjectId id;
  std::uint32_t mode = 0;
  bool in_conflict = false;  // one of several of that path
};

struct CachedTree {
  std::string name;                 // of the folder; "" for the root
  std::optional<ObjectId> tree;     // nothing: something in it has changed since it was last an object
  std::size_t entries = 0;          // files below it, where it is one
  std::vector<CachedTree> folders;  // by name

  const CachedTree* find(std::string_view folder) const;  // null: nothing is known of it
};

struct IndexFile {
  std::vector<IndexEntry> entries;  // by path
  CachedTree root;
  std::deque<std::string> names;  // those that are not in the file as they are
};

// `bytes`: of the file; they must outlive what is made of them. Nothing when it has no extension TREE, does not hold
// all files (it is split or sparse), or is damaged.
std::optional<IndexFile> read_index(std::string_view bytes);

// The checksum by which one knows a state of the index; empty when the file is too short, or git left it out.
std::string_view checksum_of(std::string_view index);

}  // namespace commandcenter::code
