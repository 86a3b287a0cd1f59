// .gitignore files: comments, negation, anchors, `*`, `?`, `[a-z]`, `**`, and patterns for folders only.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace commandcenter::code {

inline constexpr std::size_t kMaxIgnoreFile_bytes = 1 << 20;
inline constexpr std::size_t kMaxIgnorePatterns = 10'000;  // per file; further ones are not read

// The rules of one .gitignore, for paths relative to its folder.
class IgnoreFile {
 public:
  enum class Verdict { kSilent, kIgnored, kKept };

  explicit IgnoreFile(std::string_view text);

  // Of the last pattern that matches; `path` has forward slashes and no leading one.
  Verdict judge(std::string_view path, bool is_folder) const;
  bool empty() const { return patterns_.empty(); }

 private:
  struct Pattern {
    std::vector<std::string> segments;
    bool negated = false;
    bool folders_only = false;
    bool anchored = false;
  };
  static bool matches(const Pattern& pattern, std::string_view path);
  std::vector<Pattern> patterns_;
};

// Shell pattern against one path segment. Time is at most pattern times text.
bool segment_matches(std::string_view pattern, std::string_view text);

}  // namespace commandcenter::code
