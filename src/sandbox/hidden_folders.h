// Folders of the host that no program is shown although its workspace holds them: the data of this server, and what
// looks like that of another one. They appear as empty folders that cannot be written, and are no part of any patch.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace commandcenter::sandbox {

inline constexpr std::string_view kUsualDataFolder = ".commandcenter";  // where servers keep their data unless told

class HiddenFolders {
 public:
  // They need not exist yet. Links on the way to them are resolved now. Workspaces may lie below those of `shown`
  // all the same.
  explicit HiddenFolders(const std::vector<std::string>& folders, const std::vector<std::string>& shown = {});

  // Those that exist below the canonical folder, relative to it. kForbidden when it lies in one of them itself.
  Result<std::vector<std::string>> below(const std::string& workspace) const;

 private:
  std::vector<std::string> folders_;
  std::vector<std::string> shown_;
};

// Whether a relative path is one of these folders or lies in one.
bool is_hidden(const std::vector<std::string>& hidden, std::string_view path);

}  // namespace commandcenter::sandbox
