// Which files of the index are not as a commit has them, without reading all folders of the commit. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "code/git/index_file.h"

namespace commandcenter::code {

// What an object of git says a folder holds.
struct FolderEntry {
  std::string name;
  ObjectId id;
  std::uint32_t mode = 0;  // as the index has it; kFolderMode for a folder
};
inline constexpr std::uint32_t kFolderMode = 0040000;
using Folder = std::vector<FolderEntry>;  // by any order
using ReadFolder = std::function<std::optional<Folder>(const ObjectId& id)>;

// Folders that the index knows to be the commit's are passed over: a comparison that reads them all takes a second for
// 10,000 of them. `head`: the commit's root; nothing before the first commit. A folder that only the commit has stands
// for all it holds. Nothing when the index contradicts itself or a folder cannot be read: all must be compared.
std::optional<std::vector<std::string>> staged_paths(const IndexFile& index, const std::optional<ObjectId>& head,
                                                     const ReadFolder& read);

}  // namespace commandcenter::code
