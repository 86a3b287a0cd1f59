// The files of the workspace as this agent sees and changes them: reads from disk, keeps changes in memory. Private.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "patch/folder.h"
#include "patch/patch.h"

namespace commandcenter::patcher {

class Files {
 public:
  static Result<Files> open(const std::string& workspace);

  // Paths below a folder, sorted, without hidden folders and those that hold what others wrote (node_modules, dist, …).
  // No link is followed.
  Result<std::vector<std::string>> list(const std::string& folder) const;

  // The text of a file. kNotFound, kForbidden for links and what is no text, kTooLarge.
  Result<std::string> read(const std::string& path);
  bool exists(const std::string& path) const;

  Result<void> write(const std::string& path, std::string text);

  // Everything that was written, as changes; nothing for what stayed the same.
  std::vector<patch::Change> changes() const;

 private:
  Files(std::string workspace, patch::Folder folder) : workspace_(std::move(workspace)), folder_(std::move(folder)) {}

  std::string workspace_;
  patch::Folder folder_;
  std::map<std::string, patch::Change> known_;
};

std::string join(const std::string& folder, const std::string& name);

}  // namespace commandcenter::patcher
