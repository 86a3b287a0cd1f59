// Files of repositories and agents, which strangers have made, read for people. Private to this folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/result.h"

namespace commandcenter::server {

bool is_below(const std::filesystem::path& path, const std::filesystem::path& folder);

// Where `file` leads from `folder`, links resolved; nothing when it is not there or outside.
std::optional<std::filesystem::path> path_below(const std::filesystem::path& folder, const std::string& file);

// The bytes of a regular file. kNotFound for anything else, kInvalid for one that is too large; messages say `name`.
Result<std::string> read_file(const std::filesystem::path& path, const std::string& name, std::int64_t max_bytes);

}  // namespace commandcenter::server
