// Files below one folder, reached so that no path leads out of it: not by "..", not through a symbolic link in the
// middle, not even while somebody swaps folders. One thread at a time.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "base/result.h"
#include "patch/patch.h"

namespace commandcenter::patch {

class Folder {
 public:
  static Result<Folder> open(const std::string& path);
  Folder(Folder&& other) noexcept;
  Folder& operator=(Folder&&) = delete;
  ~Folder();

  // The file or link of that name; nothing when there is none, or a folder. kForbidden when a symbolic link lies in the
  // way or it is neither file nor link, kTooLarge above kMaxFile_bytes.
  Result<std::optional<Content>> read(const std::string& path) const;

  // Puts the content there in one step: who reads sees the old or the new file, never a part. `temporary` is the name
  // that the new file has until then, in the same folder. A file that is replaced keeps its permissions but for "may be
  // executed". Makes the folders it needs. On disk only after sync().
  Result<void> write(const std::string& path, const Content& content, const std::string& temporary);

  // Removes it, and the folders that become empty by that.
  Result<void> remove(const std::string& path);

  // Makes everything that was written and removed durable.
  Result<void> sync();

 private:
  explicit Folder(int root) : root_(root) {}
  Result<int> open_parent(const std::string& path, bool make) const;

  int root_ = -1;
  std::set<std::string> touched_;  // folders to be flushed
};

}  // namespace commandcenter::patch
