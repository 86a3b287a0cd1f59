// A workspace that may be written without changing it: an overlay, or where the kernel or the owners of the files do
// not allow that, a copy. What was changed comes out as a patch. Private to this folder.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "patch/patch.h"
#include "sandbox/mask.h"
#include "sandbox/sandbox.h"

namespace commandcenter::sandbox {

inline constexpr int kMaxFolderDepth = 200;
inline constexpr std::int64_t kMaxCopiedFiles = 500'000;
inline constexpr std::int64_t kMaxCopied_bytes = 4LL << 30;
// Of all files that a patch is made from, before and after: they are in memory together. Files with holes are large
// without taking any of the disk.
inline constexpr std::int64_t kMaxChanged_bytes = 256LL << 20;

class Layer {
 public:
  // `folder` is made for it and must not exist. Takes a look at every file's owner, or copies every file.
  // What is hidden (relative paths) becomes an empty folder, and is no part of what differs.
  static Result<Layer> make(const std::string& workspace, const std::string& folder, bool may_overlay,
                            const std::vector<std::string>& hidden = {});

  const LayerMount& mount() const { return mount_; }

  // What differs from the workspace. kConflict when a file that the program changed was changed there as well
  // meanwhile. Contents of a .git folder are left out: no patch may touch them.
  // kForbidden when a file that it changed holds one of the secrets.
  Result<patch::Patch> capture(const Mask& secrets = {}) const;

  void remove() { remove_folder(folder_); }
  static void remove_folder(const std::string& folder);

 private:
  struct Stamp {
    std::int64_t changed_ns = 0;
    std::uint64_t inode = 0;
    bool operator==(const Stamp&) const = default;
  };
  friend class LayerReader;
  friend class LayerCopier;

  std::string folder_;
  LayerMount mount_;
  std::int64_t began_ns_ = 0;
  std::vector<std::string> hidden_;
  std::map<std::string, Stamp> copied_;  // of a copy: what each file was
};

}  // namespace commandcenter::sandbox
