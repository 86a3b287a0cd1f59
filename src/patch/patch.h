// Changes of files as text that people read and `git apply` takes, and back.
//
//   changes ──make──▶ Patch ──resolve(what is there now)──▶ changes, or why it does not fit
//
// The text is what `git diff --binary --full-index --no-renames` prints, byte for byte: modes, symbolic links, binary
// files and a missing newline at the end included. Pure but for libgit2's memory; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace commandcenter::patch {

inline constexpr std::size_t kMaxPatch_bytes = 64 << 20;
inline constexpr std::size_t kMaxFiles = 10'000;
inline constexpr std::size_t kMaxFile_bytes = 64 << 20;
inline constexpr std::size_t kMaxPath_bytes = 4'000;

enum class Mode { kFile, kExecutable, kLink };  // all that git knows

struct Content {
  Mode mode = Mode::kFile;
  std::string bytes;  // of a link: what it points to
  bool operator==(const Content&) const = default;
};

struct Change {
  std::string path;               // relative, with '/'
  std::optional<Content> before;  // nothing: not there
  std::optional<Content> after;
};

struct Patch {
  std::string text;  // empty: nothing changed
  std::int64_t files = 0;
  std::int64_t added = 0;  // lines
  std::int64_t removed = 0;
};

// In order of path, as git sorts them. kTooLarge names the limit and what exceeded it.
Result<Patch> make(const std::vector<Change>& changes);

// The same changes the other way round.
std::vector<Change> reversed(std::vector<Change> changes);

using ReadFile = std::function<Result<std::optional<Content>>(const std::string& path)>;

// What the patch does to the files that `read` shows. kConflict when one of them is not byte for byte what the patch
// was made from; kForbidden when a path could lead elsewhere; kInvalid when the text is no such patch.
Result<std::vector<Change>> resolve(std::string_view text, const ReadFile& read);

// Why a path must not be written, or empty: absolute, "..", ".git", control characters.
std::string problem_with_path(std::string_view path);

}  // namespace commandcenter::patch
