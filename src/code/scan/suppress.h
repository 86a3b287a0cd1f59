// Comments that silence a finding: ours ("commandcenter-ignore: rule -- reason") and those that other tools know. Pure.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "code/source/source.h"

namespace commandcenter::code {

inline constexpr std::size_t kMaxBlocks = 1'000;         // of one file: comments that silence what follows
inline constexpr std::size_t kMaxComment_bytes = 1'000;  // of what stands behind a mark

// The comments of one file. Refers to the source. Reads a line once when it is asked line by line.
class Suppressions {
 public:
  explicit Suppressions(const Source& source);

  // The line whose comment silences a finding of that rule and category on `line`; 0 when there is none. A comment
  // counts on the line itself; ours alone on a line, and those meant so, count for the next one; some for all lines up
  // to another.
  std::size_t line_for(std::size_t line, std::string_view rule, std::string_view category);

 private:
  struct Comment {
    std::size_t kind = 0;
    std::string_view rest;  // behind the mark
  };
  struct Line {
    std::size_t number = 0;
    bool only_comment = false;
    std::vector<Comment> comments;
  };

  void read(std::size_t number, Line& line) const;
  static bool silences(const Line& line, bool next, std::string_view rule, std::string_view category);
  std::size_t block_for(std::size_t line, std::string_view rule, std::string_view category) const;

  struct Found {
    std::size_t kind = 0;
    std::size_t begin = 0;
    std::size_t end = 0;  // npos: the end of the file
  };
  const Source& source_;
  std::vector<Found> blocks_;
  Line here_;  // the line that was asked for last, and the one above it
  Line above_;
};

inline constexpr std::string_view kOwnMark = "commandcenter-ignore";

// The rules and categories that stand behind our mark ("rule, other-rule -- reason"); none: it is about all.
std::vector<std::string_view> named_behind_mark(std::string_view rest);

}  // namespace commandcenter::code
