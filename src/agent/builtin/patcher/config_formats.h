// Settings put into a configuration file, by format: what is not named stays as it is, byte for byte, comments and
// order too. `set` is a JSON merge patch: objects are merged, null removes, everything else takes the place of what was
// there. Pure. Private to this folder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace commandcenter::patcher {

inline constexpr int kMaxConfigDepth = 60;

Result<std::string> merge_json(std::string_view text, const Json& set);  // with comments and trailing commas, too
Result<std::string> merge_yaml(std::string_view text, const Json& set);
Result<std::string> merge_toml(std::string_view text, const Json& set);
Result<std::string> merge_ini(std::string_view text, const Json& set);

enum class Assign { kEnv, kProperties };
Result<std::string> merge_assignments(std::string_view text, const Json& set, Assign kind);

// A place of a text and what comes there.
struct Edit {
  std::size_t offset = 0;
  std::size_t length = 0;
  std::string by;
};
std::string edited(std::string_view text, std::vector<Edit> edits);  // places must not overlap

// "\r\n" when the first line of the text ends so.
std::string_view line_end_of(std::string_view text);

}  // namespace commandcenter::patcher
