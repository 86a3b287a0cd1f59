// What somebody who takes over a repository asks first, answered from its files: how it is built, what it is tied to,
// how healthy it is. Three reports as JSON, and the pages that are written from them.
#pragma once

#include <map>
#include <string>

#include "base/json.h"
#include "base/result.h"

namespace commandcenter::audit {

inline constexpr std::size_t kMaxListed = 200;  // entries of any list; totals count all
inline constexpr std::size_t kMaxExports = 50;  // repository exports in XML that are read
inline constexpr std::size_t kMaxExportFiles = 50'000;

// What is looked at.
struct Place {
  std::string root{};
  std::string target{};  // a folder below the root, "" for all of it
  std::string folder{};  // what the root is called where it comes from: in a sandbox it has lost its name
};

Result<Json> structure(const Place& place);
Result<Json> integration(const Place& place);
// `compliance` is the answer of the compliance checker about the same folder.
Result<Json> health(const Place& place, const Json& compliance);

// Puts in since when dependencies have their versions, where the report was made without the history: that of a git
// worktree lies outside of it, where a sandbox sees nothing. `root` is the folder that the report is about.
void date_dependencies(const std::string& root, Json& health);

// A repository export as text (repomix and its like): files with their lines, and whether the end is missing. Pure.
Json read_export(std::string_view text);

// Name of each page to its text, from what the four branches said; a branch that failed is null, and its page says so.
std::map<std::string, std::string> pages(const Json& diagrams, const Json& structure, const Json& integration,
                                         const Json& health);

}  // namespace commandcenter::audit
