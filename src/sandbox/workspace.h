// Which folders of the host agents may be shown: those below the configured roots, and nothing else.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace commandcenter::sandbox {

class WorkspaceRoots {
 public:
  WorkspaceRoots() = default;

  // Each root must be an existing folder; the error names the one that is not.
  static Result<WorkspaceRoots> of(const std::vector<std::string>& roots);

  // One more; the same holds for it.
  Result<void> add(const std::string& root);

  // The folder with every symbolic link resolved. kNotFound when it is not there, kInvalid when it is not a folder,
  // kForbidden when it is not a root or below one.
  Result<std::string> resolve(const std::string& path) const;

  const std::vector<std::string>& roots() const { return roots_; }

 private:
  std::vector<std::string> roots_;  // canonical
};

}  // namespace commandcenter::sandbox
