// The files below a folder that deserve a look, one at a time, in a fixed order.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace commandcenter::security_scanner {

inline constexpr std::size_t kMaxFolderDepth = 128;
inline constexpr std::size_t kMaxVisitedFiles = 1'000'000;

struct Visitor {
  std::function<void(std::string path, std::string text)> file;  // text in UTF-8
  std::function<void(const std::string& path, std::string_view reason)> skipped;
};

// Visits the file `target`, or every file below the folder `target`, a path relative to `workspace` ("" = all of it).
// Paths given to the visitor are relative to the workspace. Folders of dependencies and builds, and what .gitignore
// files from the workspace down exclude, are passed over in silence; anything that cannot be read as text is reported
// as skipped. Symbolic links are never followed. Fails only when the target cannot be looked at.
Result<void> walk(const std::string& workspace, const std::string& target, const Visitor& visitor);

// The target relative to the workspace, from what the caller wrote. kForbidden when it is outside, also by way of
// symbolic links; kNotFound when it is not there.
Result<std::string> resolve_target(const std::string& workspace, const std::string& target);

}  // namespace commandcenter::security_scanner
