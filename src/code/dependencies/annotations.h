// What REUSE.toml and .reuse/dep5 say about the licences of files that cannot say it themselves. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace commandcenter::code {

inline constexpr std::size_t kMaxAnnotations = 10'000;

// What counts when the file names a licence as well.
enum class Precedence : std::uint8_t { kClosest, kAggregate, kOverride };

struct Annotation {
  std::vector<std::string> globs;  // from the root; "*" and "**" as `deep` says, "\" before a character that is meant
  std::string spdx;                // an expression
  Precedence precedence = Precedence::kClosest;
  bool deep = false;   // "*" stands for folders as well, as in dep5
  std::string source;  // the file that says it
};

bool is_annotation_file(std::string_view path);

// kInvalid names the line; entries without a licence are left out.
Result<std::vector<Annotation>> read_annotations(std::string_view path, std::string_view text);

// The last of those that fit, which is the one that counts; null when there is none.
const Annotation* annotation_of(const std::vector<Annotation>& annotations, std::string_view path);

}  // namespace commandcenter::code
