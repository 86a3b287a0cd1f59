// The words of probe_sandbox(), apart from the trying.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace commandcenter::sandbox {

// Reads /proc/sys/<path>; empty when the host does not have it.
using ReadKernelSetting = std::function<std::string(std::string_view path)>;

// Why bubblewrap failed, and which kernel setting to change; `complaint` is its standard error.
std::string explain_probe_failure(std::string_view complaint, const ReadKernelSetting& read_setting);

}  // namespace commandcenter::sandbox
