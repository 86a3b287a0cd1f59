// Every file below a folder that is worth reading, read once, by several threads.
//
// Not looked into: version control folders; unless told otherwise, dependencies, build output and our own data
// (kExcludedFolders) and what .gitignore, .ignore-style negation included, takes out of a repository. A file that git
// tracks is never ignored. Links are listed, never followed, but for a target if that is wanted; what cannot be read is
// listed and the walk goes on.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "code/walk/read.h"

namespace commandcenter::code {

inline constexpr std::size_t kMaxFile_bytes = 16 << 20;  // longer files are listed as skipped
inline constexpr std::size_t kMaxFolderDepth = 256;
inline constexpr unsigned kMaxThreads = 16;

inline constexpr auto kExcludedFolders = std::to_array<std::string_view>({"node_modules",  "bower_components",
                                                                          "vendor",        "third_party",
                                                                          "vendors",       "thirdparty",
                                                                          "third-party",   "3rdparty",
                                                                          "jspm_packages", "dist",
                                                                          "build",         "built",
                                                                          "target",        "out",
                                                                          "venv",          ".venv",
                                                                          "__pycache__",   ".tox",
                                                                          ".nox",          ".mypy_cache",
                                                                          ".ruff_cache",   ".pytest_cache",
                                                                          "site-packages", ".gradle",
                                                                          ".next",         ".nuxt",
                                                                          ".svelte-kit",   ".terraform",
                                                                          "Pods",          "DerivedData",
                                                                          ".bundle",       ".cache",
                                                                          "coverage",      ".nyc_output",
                                                                          ".commandcenter"});

struct WalkOptions {
  bool excludes = true;  // false: look at everything but version control
  std::size_t max_file_bytes = kMaxFile_bytes;
  unsigned threads = 0;             // 0: one per processor, at most kMaxThreads
  OnLink target = OnLink::kRefuse;  // whether a target may be a link to a file; only for one that the user named
  // Decides instead of kExcludedFolders, by the name of a folder and the files beside it.
  std::function<bool(std::span<const std::string> siblings, std::string_view folder)> is_excluded{};
};

// What tells a file from what it was before without reading it.
struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size_bytes = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;  // no program can set it
  bool operator==(const FileIdentity&) const = default;
};
// Of a regular file, links not followed. False when there is none.
bool identify(int folder, const char* name, FileIdentity& identity);

struct Visitor {
  // From several threads at once, each with its own number from 0. `path` is relative to the root, with forward
  // slashes; both views end with the call.
  std::function<void(unsigned thread, std::string_view path, std::string_view bytes)> file;
  std::function<void(std::string path, std::string reason)> skipped;  // from one thread at a time
  // Asked before a file is read, by the same thread, if there is such a function; true: it need not be read.
  std::function<bool(unsigned thread, std::string_view path, const FileIdentity& identity)> is_known{};
};

unsigned thread_count(const WalkOptions& options);

// Calls `work` once on each of so many threads, the caller's among them, with its number; returns when all are done.
void on_threads(unsigned threads, const std::function<void(unsigned thread)>& work);

// `target` is a path below `root`, "" for the root itself; a file is read whatever its name. .gitignore files from the
// root down count. Fails when the target does not exist.
Result<void> walk(const std::string& root, const std::string& target, const WalkOptions& options,
                  const Visitor& visitor);

}  // namespace commandcenter::code
