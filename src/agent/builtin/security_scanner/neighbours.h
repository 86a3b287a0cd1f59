// Files of the same repository that a file uses: its functions may be called with a user's data. Read on demand, parsed
// once. Safe to use from several threads.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "code/source/source.h"
#include "code/syntax/syntax.h"

namespace commandcenter::security_scanner {

inline constexpr std::size_t kMaxNeighbours = 12;  // of one file
inline constexpr std::size_t kMaxNeighbour_bytes = 128 << 10;
inline constexpr std::size_t kMaxFolder_files = 200;
inline constexpr std::size_t kMaxKeptNeighbours = 1'024;

struct Neighbour {
  std::string name;  // without folders and extension; ".": its functions are called without it
  std::string text;
  std::optional<code::Tree> tree;
};

class Neighbours {
 public:
  // `root`: the folder that paths are relative to; empty: there are no other files.
  explicit Neighbours(std::string root) : root_(std::move(root)) {}

  std::vector<std::shared_ptr<const Neighbour>> of(const code::Source& source, code::Grammar grammar) const;

 private:
  std::vector<std::shared_ptr<const Neighbour>> package_of(const code::Source& source) const;
  std::vector<std::string> files_in(const std::string& folder) const;
  std::shared_ptr<const Neighbour> find(const std::string& path, code::Grammar grammar) const;

  std::string root_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::vector<std::string>> folders_;
  mutable std::map<std::string, std::shared_ptr<const Neighbour>> kept_;  // null: there is no such file
};

}  // namespace commandcenter::security_scanner
