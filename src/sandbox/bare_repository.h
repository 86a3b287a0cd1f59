// Whether a patch would leave a git repository without a working tree: a folder with HEAD, objects and refs. Git takes
// such a folder for a repository as soon as somebody works in it, and runs what its config says. A folder named .git
// never comes into a patch; this one could under any name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "patch/patch.h"

namespace commandcenter::sandbox {

// The folder ("." for the workspace itself), also when only a part of it is of the patch and the rest of `workspace`.
std::optional<std::string> bare_repository(const std::vector<patch::Change>& changes, const std::string& workspace);

}  // namespace commandcenter::sandbox
